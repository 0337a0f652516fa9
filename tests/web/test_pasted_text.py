"""Text of every class of Unicode in every field, and then every page, file, feed and letter opened by strict readers.

All chance comes from the seed; ``benchmarks/pasting.py`` does more of it.
"""

from __future__ import annotations

import io
import zipfile

import pytest

from tests.fuzzing.campaign import STRANGER, filled, stopped_clock
from tests.fuzzing.pasting import paste_and_read, read_as_kept_before
from tests.fuzzing.strict import wrong_with
from tests.web.test_fuzz import SEED

FILES = {"html", "json", "csv", "pdf", "svg", "xml", "zip", "spreadsheetml", "wordprocessingml", "jpeg"}
READING = ("supervisor", STRANGER)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    with stopped_clock():
        yield filled(tmp_path_factory.mktemp("pasting") / "city")


def test_whatever_is_pasted_no_page_or_file_breaks(city, tmp_path):
    read = paste_and_read(city, tmp_path / "data", ("administrator", "inspector", "unit", "supervisor"), READING, SEED)
    assert read.failures == {}
    assert set(read.kinds) >= FILES
    assert len(read.taken) >= 8, "what is pasted is refused before it is kept"
    assert len(read.shown) >= 30


def test_what_was_kept_before_texts_were_cleaned_breaks_no_file(city, tmp_path):
    read = read_as_kept_before(city, tmp_path / "data", READING, SEED)
    assert read.changed > 50
    assert read.failures == {}
    assert set(read.kinds) >= FILES
    assert len(read.shown) >= 20


def archive(name: str, content: bytes) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as made:
        made.writestr(name, content)
    return output.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<p>\x0b</p>", "text/html"),
        ("<p>\u202e</p>".encode(), "text/html"),
        (b"\xff<p>", "text/html"),
        (b"<a>\x0b</a>", "application/atom+xml"),
        (b"<a>", "image/svg+xml"),
        (b'{"a":NaN}', "application/json"),
        (b'"\xed\xa0\x80"', "application/json"),
        (b'{}\n{"a"}\n', "jsonl"),
        (b'a,"b\n', "text/csv"),
        (b"%PDF-1.7", "application/pdf"),
        (archive("word/document.xml", b"<a>\x1b</a>"), "application/zip"),
        (archive("a.docx", b"PK"), "application/zip"),
        (archive("x.xml", b"<a/>"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_a_strict_reader_refuses_what_is_not_well_formed(content, kind):
    assert wrong_with(content, kind)
