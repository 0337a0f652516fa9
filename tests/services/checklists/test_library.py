"""Checklists while the server runs: edits, misprints, and versions for ever."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from inspect_app.collections import LAYOUTS
from inspect_app.domain.zones.files import ZoneRules
from inspect_app.services import open_services
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.checklists.folder import starting_set
from inspect_app.services.checklists.last_good import VersionAltered
from inspect_app.services.checklists.library import ChecklistLibrary
from inspect_app.services.checklists.reading import ChecklistsInvalid
from inspect_app.services.evidence.reviewing import view_inspection
from inspect_app.services.inspecting.submitting import submit
from inspect_app.settings import PROJECT
from inspect_app.store.tiny import open_store
from inspect_app.wording import say
from tests.web.builders import signed_in
from tests.world import NOW, World, new_id


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(PROJECT / "checklists", tmp_path / "checklists")
    return tmp_path / "checklists"


def opened(folder: Path, data: Path) -> ChecklistLibrary:
    """The library of a data folder."""
    return ChecklistLibrary(starting_set(folder), open_store(data, LAYOUTS), lambda: NOW)


def edit(folder: Path, file: str, before: str, after: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), "utf-8")
    os.utime(path, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns + 1_000_000))


def test_an_edit_makes_a_new_version_and_old_inspections_keep_theirs(world: World, folder: Path):
    """A clean toilet scores 100; once grade A of cleanliness (weight 20) is worth 0.9, a new one has 98."""
    services = open_services(replace(world.settings, checklists=folder))
    inspector = find_user(services.store, "inspector")
    assert inspector
    raw = world.submission("public-toilet")
    old_id, new = new_id(), new_id()
    assert submit(services, inspector, old_id, raw, NOW).kept.value.rate == 100
    edit(folder, "public-toilet.toml", 'label = "干净，无积水无污渍", score = 1.0', 'label = "尚可", score = 0.9')
    services.library.look_again()
    current = services.library.current["public-toilet"]
    assert current.version != raw["version"]
    answers = {**raw["answers"], "cleanliness": {"value": "A", "no_photo_reason": "有人使用"}}
    taken = submit(services, inspector, new, {**raw, "version": current.version, "answers": answers}, NOW)
    assert taken.kept.value.rate == pytest.approx(98)
    old = view_inspection(services, inspector, old_id)
    assert old.score.rate == 100
    assert old.checklist.version == raw["version"]
    assert old.checklist.item("cleanliness").rule.grades[0].label == "干净，无积水无污渍"
    late = submit(services, inspector, new_id(), raw, NOW)
    assert late.kept.value.rate == 100, "a phone that was offline sends what it judged by"
    assert [one.version for one in services.library.versions_of("public-toilet")] == [current.version, raw["version"]]


def test_a_misprint_leaves_the_last_good_version_in_force_also_after_a_restart(world: World, folder: Path):
    settings = replace(world.settings, checklists=folder)
    services = open_services(settings)
    good = services.library.current["public-toilet"]
    edit(folder, "public-toilet.toml", "weight = 20", "wieght = 20")
    services.library.look_again()
    said = "\n".join(map(str, map(say, services.library.problems)))
    assert "public-toilet.toml 第 cleanliness 项 字段 wieght" in said
    assert "weight" in said
    assert services.library.current["public-toilet"] == good
    assert services.library.current["market"]
    again = open_services(settings)
    assert again.library.current["public-toilet"] == good
    assert again.library.problems
    edit(folder, "public-toilet.toml", "wieght = 20", "weight = 21")
    again.library.look_again()
    assert again.library.problems == ()
    assert again.library.current["public-toilet"].item("cleanliness").weight == 21


def test_a_misprint_in_the_plan_leaves_the_last_good_plan(world: World, folder: Path):
    settings = replace(world.settings, checklists=folder)
    open_services(settings)
    edit(folder, "plan.toml", "[[parts]]", "[[prats]]")
    library = open_services(settings).library
    assert len(library.plan.clauses) == 93
    assert "prats" in "\n".join(map(str, map(say, library.problems)))


def test_without_any_good_version_the_library_refuses(tmp_path: Path, folder: Path):
    edit(folder, "market.toml", "title", "titel")
    with pytest.raises(ChecklistsInvalid, match=r"market\.toml"):
        opened(folder, tmp_path / "empty")


def test_a_kept_version_whose_meaning_was_tampered_with_is_refused(world: World):
    store = world.services.store
    version = world.checklist("public-toilet").version
    kept = store.get("checklists", version)
    items = [{**item, "weight": 99} for item in kept.document["items"]]
    store.update("checklists", version, {**kept.document, "items": items}, expected_revision=kept.revision)
    fresh = open_services(world.settings)
    assert fresh.library.current["public-toilet"].version == version
    fresh.library._versions.clear()
    with pytest.raises(VersionAltered):
        fresh.library.version(version)


def test_the_form_follows_an_edit_while_the_server_runs(world: World, folder: Path):
    world.settings = replace(world.settings, checklists=folder)
    client = signed_in(world)
    assert "门锁、水龙头" in client.get("/field/sites/public-toilet-1").text
    edit(folder, "public-toilet.toml", "门锁、水龙头", "门锁、水箱")
    client.application.extensions["inspect"].library.look_again()
    assert "门锁、水箱" in client.get("/field/sites/public-toilet-1").text


def test_the_rules_about_premises_are_read_again_only_when_something_is_another(world: World, folder: Path):
    library = open_services(replace(world.settings, checklists=folder)).library
    first = library.zones
    assert isinstance(first, ZoneRules)
    assert first.farthest_m == 200
    library.look_again()
    assert library.zones is first
    edit(folder, "zones.toml", "radius_m = 200", "radius_m = 1300")
    library.look_again()
    assert library.zones.farthest_m == 1300
    (folder / "zones.toml").write_bytes(b"\xff")
    library.look_again()
    assert "UTF-8" in str(say(library.problems[0]))
    assert library.zones.farthest_m == 1300, "the last good rules"
    (folder / "zones.toml").unlink()
    library.look_again()
    assert "没有这个文件" in str(say(library.zones[0]))


def test_rules_about_premises_that_were_never_right_stop_nothing_else(tmp_path: Path, folder: Path):
    (folder / "zones.toml").write_bytes(b"\xff")
    library = opened(folder, tmp_path / "empty")
    assert "UTF-8" in str(say(library.zones[0]))
    assert library.current
