"""``plan draw``: the week's sites as CSV, the same for the same seed, of sites in use only."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from inspect_app.services.place.register import find_site, keep_site
from tests.sites import import_sites
from tests.world import World

ROWS = ["code,name,type,area,lat,lon"] + [
    f"{area}-{at},点位{at},{type},{area},30.3,112.2"
    for area in ("421002001", "421002002")
    for type in ("market", "main-road")
    for at in range(0 if type == "market" else 10, 6 if type == "market" else 14)
]


def run(world: World, *arguments: str):
    return world.app().test_cli_runner().invoke(args=["plan", "draw", *arguments])


@pytest.fixture
def city(world: World) -> World:
    assert import_sites(world.services.store, "\n".join(ROWS), world.services.library.current) == 20
    return world


def drawn(result) -> list[dict[str, str]]:
    assert result.exit_code == 0, result.output
    return list(csv.DictReader(io.StringIO(result.output)))


def test_the_same_seed_gives_the_same_sites_and_every_street_its_least(city):
    how = ("2026-W49", "--seed", "3921.47", "--count", "12", "--least", "3")
    rows = drawn(run(city, *how))
    assert rows == drawn(run(city, *how))
    assert len(rows) == 12
    assert sum("江汉路" in row["area"] or row["code"].startswith("421002002") for row in rows) >= 3
    listed = len(city.services.store.find("sites"))
    (chance,) = {row["chance"] for row in rows if not row["code"].startswith("421002002")}
    # The ten sites of 421002002 are lifted to three where their part is less; the rest is shared alike.
    other = max(3.0, 12 * 10 / listed)
    assert float(chance) == pytest.approx((12 - other) / (listed - 10), abs=1e-6)
    assert rows != drawn(run(city, "2026-W49", "--seed", "other", "--count", "12", "--least", "3"))


def test_retired_sites_are_never_drawn_and_area_and_type_narrow_it_down(city):
    site = find_site(city.services.store, "421002002-0")
    assert site
    keep_site(city.services.store, replace(site, state="retired"))
    rows = drawn(run(city, "2026-W49", "--seed", "x", "--count", "5", "--area", "421002002", "--type", "market"))
    assert sorted(row["code"] for row in rows) == [f"421002002-{at}" for at in range(1, 6)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("2026-W60", "--seed", "x", "--count", "1"), "不是一周"),
        (("2026-W49", "--seed", " ", "--count", "1"), "种子"),
        (("2026-W49", "--seed", "x", "--count", "0"), "抽取数"),
        (("2026-W49", "--seed", "x", "--count", "9999"), "抽取数"),
        (("2026-W49", "--seed", "x", "--count", "3", "--least", "9"), "每个区域至少"),
        (("2026-W49", "--seed", "x", "--count", "1", "--area", "999"), "没有区域"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_nothing_is_printed(city, arguments, said):
    result = run(city, *arguments)
    assert result.exit_code == 1
    assert said in result.output
    assert "code,name" not in result.output
