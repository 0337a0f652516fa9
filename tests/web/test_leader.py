"""A leader reads what the office reads, and nowhere who inspected: no account, no device, no way that somebody took."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from tests.web.two_districts import FAR, INSPECTOR, INSPECTOR_TITLE, NEAR, City, StoppedClock, addresses, copied
from tests.world import WEEK

PERSONS = (INSPECTOR, INSPECTOR_TITLE, "inspector2")
DEVICES = ("独有牌", "Model-9X")
TRACKS = ("30.310537", "112.241271", "30.31054", "112.24127", "11-23 10:40", "02:40:17")
"""Where the inspector's phone was, and when it took the first photo: as kept, and as pages write it."""


Answer = tuple[str, int, frozenset[str]]
"""Address, status, and which of the words above are in the text."""


def read_by(city: City, name: str | None) -> Iterator[Answer]:
    """All that can be read: of both districts' things, and of everything else."""
    for rule in city.app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and not rule.endpoint.startswith("files."):
            for path in (*addresses(rule, city.near), *addresses(rule, city.far)):
                status, text = city.told(path, name)
                yield path, status, frozenset(word for word in (*PERSONS, *DEVICES, *TRACKS) if word in text)


@pytest.fixture(scope="module")
def every_answer(two_districts: City, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str | None], list[Answer]]:
    """What an account is told, and None for the public: asked once for all tests of this file."""
    city = copied(two_districts, tmp_path_factory.mktemp("read") / "data")

    @cache
    def asked(name: str | None) -> list[Answer]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("inspect_app.web.context.datetime", StoppedClock)
            return list(read_by(city, name))

    return asked


@pytest.mark.parametrize("name", ["leader", "near-leader"])
def test_a_leader_is_told_nowhere_who_inspected(every_answer, name):
    assert [(path, words) for path, _, words in every_answer(name) if words] == []


def test_a_supervisor_is_told_all_of_it(every_answer):
    """Else the test above would pass where nothing is ever shown."""
    told = frozenset().union(*(words for _, _, words in every_answer("supervisor")))
    assert told == {*PERSONS, *DEVICES, *TRACKS}


def test_a_leader_opens_what_a_supervisor_opens_but_for_originals_and_deeds(every_answer):
    def opened(name: str) -> set[str]:
        return {path for path, status, _ in every_answer(name) if status == 200}

    missing = opened("supervisor") - opened("leader")
    # The last are of what another photo was made, where schemes and industries are defined, what inspectors see alike
    # is measured, and who went along.
    kinds = ("/original", "/audio/", "evidence.zip", "/redactions/", "/exposure", "/api/v1/inspections/", "/schemes/")
    kinds += ("/reuse", "/quality/validation", "/complaints", "/quality/calibration", "/industries", "/denials")
    assert {next((kind for kind in kinds if kind in path), path) for path in missing} == set(kinds)
    assert opened("leader") <= opened("supervisor")


def test_what_was_written_is_told_without_the_names(districts):
    there = districts.near
    page = districts.told(f"/inspections/{there.open}", "leader")[1]
    assert "门锁坏，和（姓名略）（（姓名略））一起看的" in page
    case = districts.told(f"/cases/{there.cases['handled']}", "leader")[1]
    assert "请修复，（姓名略）发现" in case
    assert "有疑问找（姓名略）" in case
    found = districts.told("/cases/?view=with_unit&q=家门口", "leader")[1]
    assert "（姓名略）家门口" in found


@pytest.mark.parametrize(("name", "found"), [("supervisor", True), ("leader", False)])
def test_a_search_for_a_name_finds_nothing_for_who_is_not_to_know(districts, name, found):
    page = districts.told(f"/cases/?view=with_unit&q={INSPECTOR_TITLE}", name)[1]
    assert ("/cases/2026-" in page) is found


@pytest.mark.parametrize("name", ["unit", None])
def test_units_and_the_public_are_told_no_name_either(every_answer, name):
    assert [(path, words) for path, _, words in every_answer(name) if words.intersection(PERSONS)] == []


def test_the_way_a_leader_sees_evidence(districts):
    there = districts.near
    page = districts.told(f"/inspections/{there.open}", "leader")[1]
    assert "2026-11-23" in page
    assert "距点位" in page
    assert "确认问题" not in page
    log = districts.told(f"/review/photos?week={WEEK}", "leader")[1]
    assert "11-23 · 距点位" in log
    copy = f"/inspections/{there.open}/photos/{there.photos[0]}/review"
    captioned, plain = (
        districts.app.test_client().get(copy, headers={"Authorization": f"Bearer {districts.world.tokens[name]}"}).data
        for name in ("supervisor", "leader")
    )
    assert captioned != plain
    assert plain[:2] == b"\xff\xd8"


def test_the_plan_says_how_many_go_and_not_who(districts):
    page = districts.told(f"/plan/{WEEK}", "leader")[1]
    assert f"toilet-{NEAR}" in page
    assert f"装修{FAR}" in page, "why a site was taken out is told"
    assert "请假" not in page, "why somebody else goes there is told in words about people"
    supervisor = districts.told(f"/plan/{WEEK}", "supervisor")[1]
    assert "请假" in supervisor


def test_quality_leaves_out_what_is_said_of_a_person(districts):
    page, whole = (districts.told(f"/quality/{WEEK}", name)[1] for name in ("leader", "supervisor"))
    assert "双人盲测" in page
    assert "宽严" in whole
    assert "宽严" not in page
    assert "过快" not in page
