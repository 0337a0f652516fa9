"""Anybody repeats a draw from the published files alone, with the program that is served, outside of the project."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from inspect_app.collections.plan.week_plan import REGISTERS, WEEK_PLANS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.plan.draw import digest_of, draw, register_csv
from inspect_app.domain.plan.week_plan import How, PlannedSite, WeekPlan
from inspect_app.domain.weeks import shifted
from inspect_app.services.plan.planning import drop, register
from inspect_app.web.context import now as real_now
from tests.plans import planned
from tests.sites import import_sites
from tests.web.plan.test_plan import this_week
from tests.world import World

AREAS = ("421002001", "421002002", "421003001")


@pytest.fixture
def published(world: World, tmp_path: Path) -> tuple[World, str, Path]:
    """A week that is over, and its files as they were downloaded."""
    rows = [
        f"{area}-{n},点位{n},{('market', 'main-road')[n % 2]},{area},30.3,112.2" for area in AREAS for n in range(9)
    ]
    text = "\n".join(["code,name,type,area,lat,lon", *rows])
    import_sites(world.services.store, text, world.services.library.current)
    week, then = shifted(this_week(world), -2), real_now() - timedelta(weeks=2)
    plan = planned(world.services, week, then, count=17, least_per_area=3, how=How(second_share=0.3))
    drop(world.services, "supervisor", plan, plan.value.sites[0].code, "张三与店主有过节", then, scope=EVERYTHING)
    return world, week, downloaded(world, week, tmp_path / "files")


def downloaded(world: World, week: str, folder: Path) -> Path:
    answer = world.app().test_client().get(f"/plan/{week}/draw.zip")
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        archive.extractall(folder)
    return folder


def verified(folder: Path) -> tuple[int, str]:
    """In a Python without our packages, without the environment, and in a folder of its own."""
    command = [sys.executable, "-I", "-S", "verify_draw.py", "."]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    assert not done.stderr, done.stderr.decode()
    return done.returncode, done.stdout.decode("utf-8")


def test_the_published_files_prove_the_draw(published):
    world, week, folder = published
    assert {path.name for path in folder.iterdir()} == {
        "plan.json", "register.csv", "drawn.csv", "allocation.csv", "verify_draw.py",
    }  # fmt: skip
    code, said = verified(folder)
    assert code == 0, said
    assert said.splitlines()[-1].startswith("一致(VERIFIED)")
    client = world.app().test_client()
    for name in ("plan.json", "register.csv", "drawn.csv", "allocation.csv"):
        assert client.get(f"/plan/{week}/{name}").data == (folder / name).read_bytes()
    assert client.get("/plan/verify_draw.py").data == (folder / "verify_draw.py").read_bytes()
    drawn = list(csv.DictReader((folder / "drawn.csv").open(encoding="utf-8", newline="")))
    assert sum(int(row["drawn"]) for row in drawn) == 17
    assert sum(int(row["second"]) for row in drawn) == 6
    page = client.get(f"/plan/{week}/check").text
    assert page.count(">一致<") == 6
    assert "不一致" not in page


def test_who_inspected_and_why_a_site_was_dropped_leaves_in_no_file(published):
    world, week, folder = published
    client = world.app().test_client()
    told = "".join(path.read_text("utf-8") for path in folder.iterdir() if path.suffix != ".py")
    told += "".join(client.get(f"/plan/{week}/{name}").text for name in ("drawn", "check"))
    told += client.get("/plan/seeds").text + client.get("/plan/seeds.json").text
    for name in ("inspector", "supervisor", "张三"):
        assert name not in told


def _altered(change: Callable[[dict], None]) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        plan = json.loads((folder / "plan.json").read_text("utf-8"))
        change(plan)
        (folder / "plan.json").write_text(json.dumps(plan), "utf-8")

    return alter


def _swapped(name: str) -> Callable[[Path], None]:
    def alter(folder: Path) -> None:
        lines = (folder / name).read_text("utf-8").splitlines()
        lines[1] = lines[1][:-1] + "9"
        (folder / name).write_text("\n".join(lines) + "\n", "utf-8")

    return alter


ALTERED: dict[str, Callable[[Path], None]] = {
    "another secret": _altered(lambda plan: plan.update(secret="00" * 32)),
    "another number": _altered(lambda plan: plan["drawn_with"].update(value="1")),
    "another source": _altered(lambda plan: plan["drawn_with"].update(source="sse-composite")),
    "an earlier day": _altered(lambda plan: plan["drawn_with"].update(day="2020-01-01")),
    "another week": _altered(lambda plan: plan.update(week="2026-W01")),
    "one site less": _altered(lambda plan: plan["sites"].pop()),
    "another chance": _altered(lambda plan: plan["sites"][0].update(chance="1/2")),
    "another share": _altered(lambda plan: plan["sites"][0].update(taken=0)),
    "other second visits": _altered(lambda plan: [site.update(second=not site["second"]) for site in plan["sites"]]),
    "another register": _swapped("register.csv"),
    "another order": _swapped("drawn.csv"),
    "another allocation": _swapped("allocation.csv"),
    "no register": lambda folder: (folder / "register.csv").unlink(),
}


@pytest.mark.parametrize("how", ALTERED)
def test_whatever_is_altered_is_found(published, how):
    _, _, folder = published
    ALTERED[how](folder)
    code, said = verified(folder)
    assert code == 1, said


def test_a_draw_by_the_earlier_rule_is_repeated_by_its_own(world, tmp_path):
    week, seed = shifted(this_week(world), -3), "公开摇号 2026-11-05 03 17 29"
    listed = register(world.services, week)
    file, at = register_csv(listed), real_now() - timedelta(weeks=3)
    REGISTERS.put_once(world.services.store, digest_of(file), file)
    sites = tuple(
        PlannedSite(one.code, *one.stratum, one.taken, one.of, ("inspector",), chance=str(one.chance))
        for one in draw(listed, seed=seed, week=week, count=5, least_per_area=1)
    )
    plan = WeekPlan(week, seed, digest_of(file), 5, 1, at, "supervisor", at, "supervisor", How(), sites)
    WEEK_PLANS.put_once(world.services.store, week, plan)
    folder = downloaded(world, week, tmp_path / "files")
    code, said = verified(folder)
    assert code == 0, said
    assert seed in said
    client = world.app().test_client()
    assert client.get(f"/plan/{week}/check").text.count(">一致<") == 3
    assert seed in client.get("/plan/seeds").text
