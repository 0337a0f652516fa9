"""What a phone says of a photo, on its way through the API to the supervisor."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inspect_app.services import open_services
from inspect_app.settings import PROJECT, SettingsError, settings_from
from tests.web.builders import signed_in
from tests.world import WEEK, World, evidence, failing, first_item, headers, new_id, photo, sha256

ORIGINAL = {"bytes": 6_300_000, "width": 4000, "height": 3000, "make": "HUAWEI", "taken_at": "2026-11-23T10:29:58"}


@pytest.fixture
def live_world(tmp_path: Path) -> World:
    """A world whose public toilets ask for photos taken on the spot."""
    world = World.made_in(tmp_path / "data")
    world.services.store.close()
    folder = tmp_path / "checklists"
    folder.mkdir()
    for file in (PROJECT / "checklists").glob("*.toml"):
        text = file.read_text("utf-8")
        live = file.name == "public-toilet.toml"
        (folder / file.name).write_text(
            text.replace("[[items]]", "live = true\n[[items]]", 1) if live else text, "utf-8"
        )
    world.settings = replace(world.settings, checklists=folder)
    world.services = open_services(world.settings)
    return world


def sent(world: World, said: dict[str, Any], without: tuple[str, ...] = ()) -> tuple[str, Any]:
    """An inspection whose first compliance item failed, with a photo of which the phone says this; id and answer."""
    content, id = photo(7), new_id()
    client, auth = world.app().test_client(), headers(world.tokens["inspector"])
    assert client.put(f"/api/v1/photos/{sha256(content)}", data=content, headers=auth).status_code in (200, 201)
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance").id
    shown = {**evidence(content, item), **said}
    raw = world.submission("public-toilet", photos=[{k: v for k, v in shown.items() if k not in without}])
    raw["answers"] = failing(raw["answers"], checklist, item)
    return id, client.put(f"/api/v1/inspections/{id}", json=raw, headers=auth)


def page_of(world: World, path: str) -> str:
    """The text of a supervisor's page, white space in one."""
    page = signed_in(world, "supervisor").get(path)
    assert page.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(page.text)).split())


def test_what_the_phone_says_is_kept_and_shown_in_plain_words(world):
    said = {"fix": None, "no_fix": "denied", "clock_error_ms": 340, "source": "camera", "original": ORIGINAL}
    id, answer = sent(world, said)
    assert answer.status_code == 201, answer.json
    stored = world.services.store.get("inspections", id)
    (kept,) = stored.document["photos"]
    assert said.items() <= kept.items()
    shown = page_of(world, f"/inspections/{id}")
    for words in (
        "无定位：没有定位权限",
        "系统相机 · 时间误差 ±0.3 秒",
        "原片信息",
        "原片：4000×3000 像素，6.3 MB",
        "相机：HUAWEI",
        "相机时间：2026-11-23 10:29:58",
    ):
        assert words in shown, words
    log = page_of(world, f"/review/photos?week={WEEK}")
    assert "无定位：没有定位权限" in log
    assert "系统相机 · 时间误差 ±0.3 秒" in log
    assert "非现场拍摄" not in shown + log


def test_a_phone_whose_clock_was_never_compared_is_shown_as_such(world):
    id, answer = sent(world, {"clock_error_ms": None, "source": "gallery"})
    assert answer.status_code == 201
    assert "相册 · 手机时间未校准" in page_of(world, f"/inspections/{id}")


def test_an_older_client_says_nothing_and_is_taken(world):
    id, answer = sent(world, {})
    assert answer.status_code == 201
    shown = page_of(world, f"/inspections/{id}")
    assert "30.31050, 112.24120" in shown
    for words in ("手机时间未校准", "现场拍摄", "原片信息", "None"):
        assert words not in shown


def test_nonsense_is_refused_with_place_and_field_and_nothing_kept(world):
    id, answer = sent(world, {"source": "scanner", "original": {"orientation": 12}})
    assert answer.status_code == 422
    said = "".join(problem["where"] + problem["what"] for problem in answer.json["problems"])
    assert "第1张照片 source" in said
    assert "第1张照片 original orientation" in said
    assert world.services.store.get("inspections", id) is None


@pytest.mark.parametrize("said", [{"source": "gallery"}, {"source": "camera"}, {}], ids=["gallery", "camera", "silent"])
def test_where_live_capture_is_asked_for_another_photo_is_kept_and_flagged(live_world, said):
    id, answer = sent(live_world, said)
    assert answer.status_code == 201, answer.json
    assert "非现场拍摄" in page_of(live_world, f"/inspections/{id}")
    assert "非现场拍摄" in page_of(live_world, f"/review/photos?week={WEEK}")


def test_a_live_photo_is_not_flagged(live_world):
    id, answer = sent(live_world, {"source": "live"})
    assert answer.status_code == 201
    shown = page_of(live_world, f"/inspections/{id}")
    assert "现场拍摄" in shown
    assert "非现场拍摄" not in shown + page_of(live_world, f"/review/photos?week={WEEK}")


def test_the_form_says_which_items_ask_for_live_capture(live_world):
    client = signed_in(live_world, "inspector")
    page = client.get("/field/sites/public-toilet-1").text
    items = re.findall(r'<fieldset class="item" [^>]*>', page)
    assert items
    assert all(" data-live" in item for item in items)
    assert page.count("须现场拍摄") == len(items)
    other = client.get("/field/sites/zebra-crossing-1").text
    assert " data-live" not in other
    assert "须现场拍摄" not in other


def test_the_pages_know_how_far_photos_are_reduced(world):
    world.settings = replace(world.settings, photo_longest_px=1920)
    page = signed_in(world, "inspector").get("/field/sites/zebra-crossing-1").text
    assert '"photoLongestPx": 1920' in page


@pytest.mark.parametrize("value", ["0", "640", "2560", "4096"])
def test_the_longest_side_is_a_setting(value):
    assert settings_from({"INSPECT_PHOTO_LONGEST_PX": value}).photo_longest_px == int(value)


@pytest.mark.parametrize("value", ["-1", "100", "99999", "原图", "2560.5", ""])
def test_a_longest_side_that_makes_no_sense_stops_the_start(value):
    with pytest.raises(SettingsError, match="INSPECT_PHOTO_LONGEST_PX"):
        settings_from({"INSPECT_PHOTO_LONGEST_PX": value})
