"""Hostile files through the real intake: never a crash, never long, never much memory, always the right sentence."""

from __future__ import annotations

import http.client
import io
import json
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inspect_app.photos import intake, raster
from inspect_app.photos.intake import decode
from inspect_app.services import open_services
from inspect_app.wording import say
from tests.measured import PATIENCE_S, allowed_s, clock_s
from tests.photos.hostile import CUT, KEPT, SENTENCES, Case, bombs, coded, flips, impostors, plain, truncations
from tests.photos.judge import forget_peak, peak_mb
from tests.world import World, evidence, failing, first_item, headers, new_id, photo, sha256

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc"),
]
SECONDS, MEGABYTES = 5, 300
ORDINARY = Case("ordinary", photo(5, (2400, 1800)), (KEPT,))
"""An honest photo, by which to tell what others cost."""
PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def swollen() -> list[Case]:
    return list(bombs())


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory, swollen: list[Case]) -> dict[str, tuple[Case, dict[str, Any]]]:
    """Every file as a fresh process judged it, by name. A crash of that process leaves the rest out."""
    folder = tmp_path_factory.mktemp("hostile")
    cases = {
        f"{number:04}": case
        for number, case in enumerate(chain([ORDINARY], truncations(), flips(seed=20), swollen, impostors()))
    }
    for number, case in cases.items():
        (folder / number).write_bytes(case.content)
    command = [sys.executable, "-W", "ignore", "-m", "tests.photos.judge", str(folder)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=120, check=False)
    said = [json.loads(line) for line in done.stdout.splitlines()]
    last = cases[f"{len(said):04}"].name if len(said) < len(cases) else ""
    assert (done.returncode, last) == (0, ""), done.stderr[-2000:]
    return {case.name: (case, one) for case, one in zip(cases.values(), said, strict=True)}


def test_each_gets_the_right_sentence(judged):
    wrong = [
        (case.name, one["says"])
        for case, one in judged.values()
        if not any(one["says"].startswith(wanted) or (wanted and wanted in one["says"]) for wanted in case.may_say)
        or (one["says"] and KEPT in case.may_say and len(case.may_say) == 1)
    ]
    assert wrong == []
    assert len(judged) > 840


def test_what_is_made_afterwards_is_a_picture_or_a_known_sentence(judged):
    """Copies are made of all that was kept; of what was refused as well, which nothing asks for but must do no harm."""
    said = {one["copies_say"] for _, one in judged.values()}
    assert {text for text in said if text and not any(known in text for known in SENTENCES)} == set()
    lost = [
        case.name
        for case, one in judged.values()
        if case.may_say == (KEPT,) and (one["copies_say"] or not one["whole"])
    ]
    assert lost == []


def test_none_takes_long_or_much_memory(judged):
    ordinary = judged[ORDINARY.name][1]["seconds"]
    slow = [(case.name, one["seconds"]) for case, one in judged.values() if one["seconds"] > 50 * ordinary]
    large = [(case.name, one["peak_mb"]) for case, one in judged.values() if one["peak_mb"] > MEGABYTES]
    apart = max(one["apart_mb"] for _, one in judged.values())
    assert (slow, large) == ([], [])
    assert 100 < apart < MEGABYTES  # the process in which large pictures are decoded


def test_an_only_copy_that_ends_early_is_kept_and_marked_as_not_whole(judged):
    cut = {name: one for name, (_, one) in judged.items() if name.startswith("jpeg cut")}
    kept = [name for name, one in cut.items() if not one["only_copy_says"]]
    assert kept == [f"jpeg cut at {percent} %" for percent in range(100 - len(kept), 100)]
    assert len(kept) > 70
    assert {cut[name]["whole"] for name in kept} == {False}
    assert {cut[name]["copies_say"] for name in kept} == {""}
    others = [one for name, (_, one) in judged.items() if " cut at " in name and not name.startswith("jpeg")]
    assert all(one["only_copy_says"] for one in others)


def test_a_picture_decoded_apart_is_the_same(monkeypatch):
    contents = [coded("JPEG", progressive=True), *(plain()[form] for form in ("png", "webp", "heic"))]
    here = [decode(content, 60) for content in contents]
    monkeypatch.setattr(intake, "_MOST_HERE", 0)
    for content, one in zip(contents, here, strict=True):
        apart = decode(content, 60)
        assert (apart.width, apart.exif, apart.small.size) == (one.width, one.exif, one.small.size)
        assert apart.small.tobytes() == one.small.tobytes()


def test_what_goes_wrong_apart_is_told_from_what_is_wrong_with_the_photo(monkeypatch, tmp_path):
    monkeypatch.setattr(intake, "_MOST_HERE", 0)
    content = plain()["png"]
    monkeypatch.setattr(raster, "_APART_S", 0.01)
    assert CUT in say(decode(content, 60)).what
    monkeypatch.setattr(raster, "_APART_S", 30)
    for script, raised in (("kill -9 $$", True), ("kill -XCPU $$", False), ("exit 1", False)):
        program = tmp_path / "python"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setattr(raster.sys, "executable", str(program))
        if raised:
            with pytest.raises(raster.Unable):
                decode(content, 60)
        else:
            assert CUT in say(decode(content, 60)).what
    monkeypatch.setattr(raster.sys, "executable", str(tmp_path / "missing"))
    with pytest.raises(raster.Unable):
        decode(content, 60)


class Phone:
    """Sends photos to a real server and looks at what they cost it."""

    def __init__(self, world: World, server: Any) -> None:
        self.world, self.server, self.pid = world, server, server.pid

    def put(self, content: bytes, *, only_copy: bool = False) -> tuple[int, str]:
        more = {"X-Only-Copy": "1"} if only_copy else {}
        return self.ask("PUT", f"/api/v1/photos/{sha256(content)}", content, **more)

    def ask(self, method: str, path: str, body: bytes | None = None, **more: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        connection.request(method, path, body, {**headers(self.world.tokens["inspector"]), **more})
        answer = connection.getresponse()
        said = answer.read().decode()
        connection.close()
        return answer.status, said


@pytest.fixture
def phone(world: World, serve: Callable[..., Any]) -> Phone:
    world.services.store.close()
    return Phone(world, serve(world.data, afresh=True))


@pytest.mark.alone
def test_a_real_server_stands_it_and_stays_small(phone, swollen):
    quiet = clock_s(lambda: phone.put(photo(5, (640, 480))))
    cases = [
        *list(truncations())[50::100],
        *list(flips(seed=21, each=5)),
        *swollen,
        *impostors(),
    ]
    wrong, slow, large = [], [], []
    for case in cases:
        forget_peak(phone.pid)
        started = time.monotonic()
        status, said = phone.put(case.content)
        seconds, peak = time.monotonic() - started, peak_mb(phone.pid)
        right = status in (200, 201) if case.may_say == (KEPT,) else status == 422 or KEPT in case.may_say
        says = json.loads(said).get("error", "")
        if not right or (says and not any(wanted and wanted in says for wanted in case.may_say)):
            wrong.append((case.name, status, says))
        slow += [(case.name, seconds)] if seconds > allowed_s(SECONDS, quiet) else []
        large += [(case.name, peak)] if peak > MEGABYTES else []
    assert (wrong, slow, large) == ([], [], [])
    assert phone.ask("GET", "/api/v1/session")[0] == 200


def test_the_worker_stands_what_was_kept_and_marks_what_is_not_whole(phone, swollen):
    """One inspection of nothing but hostile photos, made into copies by the server's own worker."""
    world = phone.world
    whole = photo(5, (640, 480))
    cut, hollow = whole[: len(whole) // 2], whole[:-20_000] + bytes(19_998) + b"\xff\xd9"
    zipped = next(case.content for case in impostors() if case.name == "jpeg and zip")
    large = [case.content for case in swollen if case.may_say == (KEPT,) and "million pixels" in case.name]
    assert phone.put(cut)[0] == 422
    assert CUT in phone.put(cut)[1]
    assert phone.put(cut, only_copy=True)[0] == 201
    sent = [cut, hollow, zipped, *large]
    assert {phone.put(content)[0] for content in sent} <= {200, 201}
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance").id
    raw = world.submission("public-toilet", photos=[evidence(content, item) for content in sent])
    raw["answers"], id = failing(raw["answers"], checklist, item), new_id()
    forget_peak(phone.pid)
    status, said = phone.ask("PUT", f"/api/v1/inspections/{id}", json.dumps(raw).encode())
    assert status == 201, said
    services = open_services(world.settings)
    # The worker gives way to everything else that runs, so that beside a whole run it takes its time.
    deadline = time.monotonic() + PATIENCE_S
    while (found := services.store.get("evidence", id)) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found is not None
    marked = {one["sha256"]: one for one in found.document["photos"]}
    assert marked[sha256(cut)]["whole"] is False
    assert "partial" in {signal["name"] for signal in marked[sha256(cut)]["signals"]}
    assert all(marked[sha256(content)]["whole"] for content in [zipped, *large])
    assert services.photos.read(sha256(cut)) == cut
    for content in sent:
        made = services.photos.derived("thumbnails", sha256(content))
        assert made is not None
        assert max(Image.open(io.BytesIO(made)).size) <= 320
        assert not zipfile.is_zipfile(io.BytesIO(made))
    assert peak_mb(phone.pid) < MEGABYTES
