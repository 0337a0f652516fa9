"""Which text of a name is in force: the folder's or the office's, case by case."""

from __future__ import annotations

import pytest

from inspect_app.domain.checklists.editions import Edition, FileText, TextSource, digest, has_newer_start, source_of
from tests.world import NOW

START, NEWER, EDITED, OFFICE = "起始", "新的起始", "手改", "本单位"
RELEASED = {digest(START), digest(NEWER)}


def file(text: str | None) -> FileText | None:
    return None if text is None else FileText(text, digest(text))


def edition(text: str | None, starting: str | None = START) -> Edition:
    return Edition("index", 1, text, "li", NOW, "", digest(starting) if starting else "")


@pytest.mark.parametrize(
    ("in_folder", "office", "program", "own"),
    [
        # The office never changed it.
        (None, None, TextSource.NOTHING, TextSource.NOTHING),
        (START, None, TextSource.FILE, TextSource.FILE),
        (EDITED, None, TextSource.EDITED_FILE, TextSource.FILE),
        # It did, and the folder is as it was, or brings another text.
        (START, edition(OFFICE), TextSource.EDITION, TextSource.EDITION),
        (NEWER, edition(OFFICE), TextSource.EDITION, TextSource.EDITED_FILE),
        (EDITED, edition(OFFICE), TextSource.EDITED_FILE, TextSource.EDITED_FILE),
        (None, edition(OFFICE), TextSource.EDITION, TextSource.NOTHING),
        # It added a text that the folder never had.
        (None, edition(OFFICE, None), TextSource.EDITION, TextSource.EDITION),
        (NEWER, edition(OFFICE, None), TextSource.EDITION, TextSource.EDITED_FILE),
        # It went back to the folder's.
        (START, edition(None), TextSource.FILE, TextSource.FILE),
        (NEWER, edition(None), TextSource.FILE, TextSource.FILE),
        (EDITED, edition(None), TextSource.EDITED_FILE, TextSource.FILE),
        (EDITED, edition(None, EDITED), TextSource.FILE, TextSource.FILE),
        (None, edition(None), TextSource.NOTHING, TextSource.NOTHING),
    ],
)
def test_the_text_in_force(in_folder, office, program, own):
    found = file(in_folder)
    assert source_of(found, office, RELEASED, own=False, edited=True) is program
    assert source_of(found, office, RELEASED, own=True, edited=True) is own


def test_a_file_that_did_not_change_since_the_last_look_is_no_edit():
    """Else two servers on one store, each with a folder of its own, would take turns for ever."""
    for own in (False, True):
        assert source_of(file(EDITED), edition(OFFICE), RELEASED, own=own, edited=False) is TextSource.EDITION


def test_lines_may_end_in_either_way():
    assert digest("a\r\nb\r\n") == digest(b"a\nb\n")
    assert digest("a\nb") != digest("a\nc")


@pytest.mark.parametrize(
    ("in_folder", "office", "newer"),
    [
        (START, OFFICE, False),
        (NEWER, OFFICE, True),
        (NEWER, NEWER, False),
        (None, OFFICE, False),
        (NEWER, None, False),
    ],
)
def test_a_newer_start_is_one_that_the_office_has_not_seen(in_folder, office, newer):
    assert has_newer_start(file(in_folder), edition(office)) is newer
