"""A data folder as the program wrote it in November 2026 opens, scores, publishes and signs as it did then.

How it was made, and when what is expected of it may change: tests/old_folders/README.md.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.notices.servers import mail_server
from tests.old_folders import FOLDER, application_over, copied, environment, given, settled
from tests.old_folders.addresses import pages
from tests.old_folders.again import AGAIN
from tests.old_folders.answers import Reader, sha256
from tests.old_folders.reading import COMPUTED, KEPT
from tests.ports import free_port

EXPECTED: dict[str, Any] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
SAME_TO = 1e-9
"""Figures that are computed anew may differ by so much of themselves: another processor, another library."""


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A copy of the folder, only read by the tests that share it."""
    opened = Reader(application_over(copied(tmp_path_factory.mktemp("old") / "folder")), given())
    yield opened
    settled(opened.app)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Reader]:
    """A copy that a test may write in, where no photo is searched. It is removed when nothing works in it any more."""
    opened = Reader(application_over(copied(tmp_path / "folder"), INSPECT_PHOTO_WORK=""), given())
    yield opened
    settled(opened.app)


def differences(expected: Any, told: Any, at: str = "") -> Iterator[str]:
    """Where an answer does not say what is expected; what it says besides is no matter."""
    if isinstance(expected, dict) and isinstance(told, dict):
        for name, value in expected.items():
            yield from differences(value, told[name], f"{at}/{name}") if name in told else [f"{at}/{name} is missing"]
    elif isinstance(expected, list) and isinstance(told, list) and len(expected) == len(told):
        for number, pair in enumerate(zip(expected, told, strict=True)):
            yield from differences(*pair, f"{at}/{number}")
    elif isinstance(expected, float) and isinstance(told, int | float):
        if told != pytest.approx(expected, rel=SAME_TO, abs=SAME_TO):
            yield f"{at}: {told!r} instead of {expected!r}"
    elif expected != told:
        yield f"{at}: {told!r} instead of {expected!r}"


def other_packages(expected: Any, told: Any) -> set[str]:
    """Files made by another version of a package than when they were first told of; their bytes say nothing."""
    return {name for name in expected if expected[name]["by"] != told[name]["by"]}


@pytest.mark.parametrize("section", [name for name in KEPT if name != "typeset"])
def test_what_is_kept_reads_as_it_was_written(reader: Reader, section: str):
    assert list(differences(EXPECTED[section], KEPT[section](reader)))[:20] == []


@pytest.mark.parametrize("section", COMPUTED)
def test_what_is_computed_comes_out_the_same(reader: Reader, section: str):
    assert list(differences(EXPECTED[section], COMPUTED[section](reader)))[:20] == []


def test_published_files_that_are_packed_typeset_or_drawn_have_the_same_bytes(reader: Reader):
    expected, told = EXPECTED["typeset"], KEPT["typeset"](reader)
    skipped = other_packages(expected, told)
    assert not any(name.endswith("data.zip") for name in skipped), "nobody's but ours"
    expected = {name: value for name, value in expected.items() if name not in skipped}
    assert list(differences(expected, told)) == []


def test_every_page_of_it_opens(reader: Reader):
    asked = list(pages(reader.given))
    statuses = {(who, path): reader.ask(path, who).status_code for who, path in asked}
    assert len(statuses) > 120
    assert {one: status for one, status in statuses.items() if status != 200} == {}


def test_what_units_were_told_they_are_not_told_again(tmp_path: Path):
    """Only what came after the last mail of the folder: a case that was dispatched, deadlines that passed."""
    port = free_port()
    mail = {"INSPECT_SMTP_HOST": "127.0.0.1", "INSPECT_SMTP_PORT": str(port), "INSPECT_SMTP_TLS": "none"}
    more = {**mail, "INSPECT_SMTP_FROM": "inspect@example.org", "INSPECT_OFFICE_MAIL": "office@example.org"}
    app = application_over(copied(tmp_path / "folder"), **more)
    with mail_server(port) as mailbox:
        for _ in range(2):
            assert app.test_cli_runner().invoke(args=["cases", "remind", "--at-night"]).exit_code == 0
    told = [(",".join(one.rcpt_tos), cases_named(one.content)) for one in mailbox.messages]
    assert sorted(told) == [
        ("duty@example.org", ["2026-00024", "2026-00025"]),
        ("housing@example.org", ["2026-00024", "2026-00025"]),
        ("office@example.org", ["2026-00016", "2026-00024", "2026-00025"]),
        ("police@example.org", ["2026-00026"]),
    ]


def cases_named(message: bytes) -> list[str]:
    """The numbers of the cases that a mail tells of."""
    text = email.message_from_bytes(message, policy=email.policy.default).get_content()
    return sorted(re.findall(r"2026-[0-9]{5}", text))


def test_a_server_starts_on_it_serves_it_and_starts_again(tmp_path: Path, serve: Callable[..., Any], monkeypatch):
    folder = copied(tmp_path / "folder")
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    id, token = next(iter(EXPECTED["inspections"])), given()["tokens"]["admin"]
    for _ in range(2):
        server = serve(folder / "data")
        published = f"{server.address}/index/2026-W46/2/index.json"
        with urllib.request.urlopen(published) as answer:
            assert sha256(answer.read()) == EXPECTED["published"]["2026-W46/2/index.json"]
        asked = urllib.request.Request(f"{server.address}/api/v1/inspections/{id}")
        asked.add_header("Authorization", f"Bearer {token}")
        with urllib.request.urlopen(asked) as answer:
            assert list(differences(EXPECTED["inspections"][id], json.load(answer))) == []
        server.stop()
    accounts = Reader(application_over(folder), given()).command("users", "list")
    assert len(accounts.splitlines()) == 10, "no account was made as in a new folder"


def test_the_folder_is_as_it_was_made():
    """Byte for byte, also after git has had it in its hands."""
    lines = [line.split("  ", 1) for line in (FOLDER / "SHA256SUMS").read_text("utf-8").splitlines()]
    named = {name: digest for digest, name in lines}
    kept = {
        path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in ("data", "checklists")
        for path in (FOLDER / part).rglob("*")
        if path.is_file()
    }
    assert kept == named
    assert list(FOLDER.rglob("snapshot.json")), "a compacted file set is among them"
    assert len({path.parent.parent.name for path in (FOLDER / "data" / "store").rglob("journal.*")}) == 26


@pytest.mark.parametrize("act", AGAIN)
def test_what_is_sent_or_asked_for_again_gives_the_same(own: Reader, act: str):
    assert list(differences(EXPECTED[act], AGAIN[act](own)))[:20] == []
