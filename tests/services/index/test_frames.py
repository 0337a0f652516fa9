"""What a week's figures rest on is frozen with it: what the office does to the register later moves no past week."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.collections.index.week_frame import FRAME_AREAS, WEEK_FRAMES
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.place.area import AREAS
from inspect_app.collections.place.site import SITES
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.index.observing import observe
from inspect_app.domain.index.unseen import unseen_text, unseen_types
from inspect_app.domain.index.weights import Weights
from inspect_app.domain.place.areas import Area, AreaOnRecord
from inspect_app.domain.place.sites import Site
from inspect_app.exports.index.bulletin import Paragraph, bulletin
from inspect_app.services.index import frames, weekly
from inspect_app.services.index.frames import (
    differing,
    frames_of,
    frames_revision,
    freeze_due,
    freeze_over,
    in_force,
    keep_framing,
    refreeze,
)
from inspect_app.services.index.frozen import FrozenDamaged
from inspect_app.services.index.publishing import preview, publish, published
from inspect_app.services.plan.framing import content_now
from inspect_app.services.reconciling import Compared, Difference, compare
from tests.inspections import inspection
from tests.plans import planned
from tests.store import behind
from tests.world import NOW, WEEK, World

TOILET = "public-toilet"
STREETS = {"421002001": 75.0, "421002002": 84.96}
"""Two streets with 164 public toilets each, and what the one that is inspected has: (75 + 84.96) / 2 = 79.98."""
OVER = NOW + timedelta(days=7)


def add_sites(world: World, street: str, count: int, *, start: int = 0) -> None:
    for n in range(start, start + count):
        SITES.put_once(world.services.store, f"{street}-{n:03}", Site(f"{street}-{n:03}", "公厕", TOILET, street, None))


def inspect(world: World, site: Site, rate: float, **said) -> str:
    """A visit of the site in the week, kept as it counts; its id."""
    id = f"visit of {site.code} {rate}"
    said = {"site": site, "area": site.area, "rate": rate, "version": world.checklist(TOILET).version, **said}
    INSPECTIONS.put_once(world.services.store, id, inspection(**said))
    return id


def site(world: World, code: str) -> Site:
    return SITES.get(world.services.store, code).value


def city(world: World, week: str = WEEK, **said) -> float:
    return round(preview(world.services, week, scope=EVERYTHING, **said).top.rate, 2)


@pytest.fixture
def office(tmp_path) -> World:
    """The register of two streets, none of it inspected."""
    world = World.in_memory(tmp_path / "data")
    for kept in SITES.find(world.services.store):
        SITES.update(world.services.store, kept, replace(kept.value, state="retired"))
    for street in STREETS:
        add_sites(world, street, 164)
    return world


@pytest.fixture
def drawn(office) -> World:
    """One site of each street drawn and inspected."""
    for one in planned(office.services, WEEK, NOW, count=2, least_per_area=1).value.sites:
        inspect(office, site(office, one.code), STREETS[one.area])
    return office


@pytest.fixture
def chosen(office) -> World:
    """One site of each street inspected, without a plan."""
    for street, rate in STREETS.items():
        inspect(office, site(office, f"{street}-000"), rate)
    return office


@pytest.mark.parametrize("world", ["drawn", "chosen"])
def test_sixty_sites_added_today_and_a_misprint_corrected_leave_a_past_week_as_it_is(world, request):
    office = request.getfixturevalue(world)
    services = office.services
    assert publish(services, "supervisor", WEEK, "", OVER) == 1
    assert round(published(services, WEEK).top.rate, 2) == 79.98
    add_sites(office, "421002001", 60, start=164)
    assert publish(services, "supervisor", WEEK, "更正一个错字", OVER + timedelta(days=1)) == 2
    assert round(published(services, WEEK).top.rate, 2) == 79.98
    assert published(services, WEEK).top.listed == 328
    # By the register of today it would have been moved: 224 sites stand for 75, 164 for 84.96.
    today = preview(services, WEEK, scope=EVERYTHING, framed=(content_now(services, WEEK), None)).top
    assert (round(today.rate, 2), today.listed) == (79.21, 388)


def test_the_frame_of_a_draw_is_the_register_that_was_announced(office):
    services = office.services
    plan = planned(services, WEEK, NOW, count=2, least_per_area=1)
    content, frame = in_force(services, WEEK)
    assert (frame.occasion, frame.by, len(content.listed)) == ("drawn", "supervisor", 328)
    assert {one.code for one in plan.value.sites} <= set(content.areas_of_sites)
    community = "421002001001"
    AREAS.put_once(services.store, community, AreaOnRecord(Area(community, "社区", "421002001")))
    # A site that is found to lie in a community of its street is there; one that moved out of it stays as it was drawn.
    for code, area in (("421002001-000", community), ("421002001-001", "421002002")):
        kept = SITES.get(services.store, code)
        SITES.update(services.store, kept, replace(kept.value, area=area))
    WEEK_FRAMES.update(services.store, WEEK_FRAMES.get(services.store, WEEK), ())
    inspect(office, site(office, "421002001-005"), 75.0)
    freeze_due(services, WEEK, NOW)
    areas = in_force(services, WEEK)[0].areas_of_sites
    assert (areas["421002001-000"], areas["421002001-001"]) == (community, "421002001")


def test_a_week_without_a_plan_is_framed_when_it_is_first_looked_at_after_its_end(chosen):
    services = chosen.services
    assert city(chosen, now=NOW + timedelta(days=5)) == 79.98
    assert frames_of(services, WEEK) == ()
    assert city(chosen, now=OVER) == 79.98
    (frame,) = frames_of(services, WEEK)
    assert (frame.occasion, frame.by) == ("over", "程序")
    add_sites(chosen, "421002001", 60, start=164)
    assert city(chosen, now=OVER) == 79.98
    assert frames_of(services, WEEK) == (frame,)
    assert [one["act"] for one in services.audit.entries()] == ["week.framed"]
    freeze_due(services, "2026-W30", OVER)
    assert frames_of(services, "2026-W30") == ()


def test_a_register_edited_between_the_end_and_the_first_look_does_not_move_the_week(chosen):
    services = chosen.services
    assert freeze_over(services, NOW + timedelta(days=5)) == 0
    assert frames_of(services, WEEK) == ()
    assert freeze_over(services, OVER) == 1
    add_sites(chosen, "421002001", 60, start=164)
    assert city(chosen, now=OVER + timedelta(days=1)) == 79.98
    (frame,) = frames_of(services, WEEK)
    assert (frame.occasion, frame.by, frame.at) == ("over", "程序", OVER)
    assert freeze_over(services, OVER) == 0
    assert [one["act"] for one in services.audit.entries()] == ["week.framed"]


def test_weeks_that_end_unseen_are_framed_by_the_server_itself(chosen, monkeypatch):
    """By its own clock: the visits are brought into a week long over."""
    old = "2025-W40"
    for kept in INSPECTIONS.find(chosen.services.store, week=WEEK):
        INSPECTIONS.put_once(chosen.services.store, f"{kept.id} then", replace(kept.value, week=old))
    monkeypatch.setattr(frames, "_FIRST_AFTER_S", 0)
    keep_framing(chosen.services)
    end = time.monotonic() + 20
    while not frames_of(chosen.services, old) and time.monotonic() < end:
        time.sleep(0.01)
    (frame,) = frames_of(chosen.services, old)
    assert (frame.occasion, len(in_force(chosen.services, old)[0].listed)) == ("over", 328)


def test_nothing_is_framed_upon_a_store_that_is_not_whole(chosen, monkeypatch):
    monkeypatch.setattr(type(chosen.services.store), "damaged", lambda store: ["inspections/2026-W48"])
    assert freeze_over(chosen.services, OVER) == 0
    assert frames_of(chosen.services, WEEK) == ()


def test_registered_types_that_nobody_saw_are_named_with_how_many_sites(drawn):
    services = drawn.services
    drawn_week = preview(services, WEEK, scope=EVERYTHING)
    assert (unseen_types(drawn_week), unseen_text(drawn_week)) == ({}, "")
    for n in range(3):
        SITES.put_once(services.store, f"school-{n}", Site(f"school-{n}", "学校", "zebra-crossing", "421002002", None))
    with_schools = (content_now(services, WEEK), None)
    later = preview(services, WEEK, scope=EVERYTHING, framed=with_schools)
    (title,) = unseen_types(later)
    assert unseen_types(later) == {title: 3}
    assert f"{title}（3个）" in unseen_text(later)
    # Without weight it is no part of the index, and of what is published before the week's end nothing is told.
    weightless = replace(later.head, weights={**later.head.weights, "types": {"zebra-crossing": 0.0}})
    assert unseen_types(replace(later, head=weightless)) == {}
    early = replace(later, head=replace(later.head, revision=1), sample=replace(later.sample, responses=()))
    assert unseen_text(early) == ""
    over = replace(later, head=replace(later.head, revision=1))
    said = [one.text for one in bulletin(over, NOW.date()).blocks if isinstance(one, Paragraph)]
    assert unseen_text(over) in said
    chosen_week = replace(later, sample=replace(later.sample, basis="chosen"))
    assert unseen_types(chosen_week) == {}


def test_weights_and_the_least_number_of_sites_are_those_of_then(chosen, monkeypatch):
    services = chosen.services
    assert publish(services, "supervisor", WEEK, "", OVER) == 1
    minimum = services.settings.minimum_inspections
    monkeypatch.setattr(type(services.library), "weights", Weights(types={TOILET: 3.0}))
    later = replace(services, settings=replace(services.settings, minimum_inspections=minimum + 40))
    assert publish(later, "supervisor", WEEK, "更正一个错字", OVER) == 2
    head = published(later, WEEK).head
    assert (head.weights["types"], head.minimum) == ({}, minimum)


def test_a_week_published_before_there_were_frames_keeps_the_weights_that_it_was_published_by(chosen, monkeypatch):
    services = chosen.services
    assert publish(services, "supervisor", WEEK, "", OVER) == 1
    WEEK_FRAMES.update(services.store, WEEK_FRAMES.get(services.store, WEEK), ())
    monkeypatch.setattr(type(services.library), "weights", Weights(types={TOILET: 3.0}))
    assert publish(services, "supervisor", WEEK, "更正一个错字", OVER) == 2
    assert published(services, WEEK).head.weights["types"] == {}


def test_an_area_that_the_frame_does_not_know_is_where_the_frame_has_the_site(drawn):
    """As after a merger that was entered once the week had been drawn."""
    services = drawn.services
    for street in STREETS:
        for kept in INSPECTIONS.find(services.store, week=WEEK, area=street):
            INSPECTIONS.update(services.store, kept, replace(kept.value, area="421002099"))
    assert city(drawn) == 79.98


def test_freezing_anew_says_first_what_it_does_asks_for_a_reason_and_is_logged(drawn):
    services = drawn.services
    assert publish(services, "supervisor", WEEK, "", OVER) == 1
    revision = frames_revision(services, WEEK)
    assert differing(services, WEEK) == ()
    same = refreeze(services, "supervisor", WEEK, "登记有误", revision, OVER)
    assert [one.code for one in same] == ["index.frame_same"]
    add_sites(drawn, "421002001", 60, start=164)
    assert differing(services, WEEK) == ("登记增加了60个点位",)
    refused = refreeze(services, "supervisor", WEEK, "  ", revision, OVER)
    assert [one.code for one in refused] == ["index.frame_reason_wanted"]
    assert refreeze(services, "supervisor", WEEK, "漏登了一个片区", revision, OVER) == []
    first, second = frames_of(services, WEEK)
    assert (first.occasion, second.occasion, second.reason) == ("drawn", "anew", "漏登了一个片区")
    entry = list(services.audit.entries())[-1]
    assert (entry["act"], entry["before"]["register"], entry["after"]["reason"]) == (
        "week.framed", first.register, "漏登了一个片区",
    )  # fmt: skip
    assert published(services, WEEK).top.listed == 328, "what is published changes by a correction only"
    assert preview(services, WEEK, scope=EVERYTHING).top.listed == 388
    assert refreeze(services, "supervisor", "2026-W30", "没有", 0, OVER)[0].code == "index.not_framed"


def test_a_list_of_areas_that_is_gone_is_told_and_no_other_takes_its_place(tmp_path):
    world = World.in_memory(tmp_path / "data")
    planned(world.services, WEEK, NOW)
    (frame,) = frames_of(world.services, WEEK)
    assert isinstance(compare(world.services), Compared)
    behind.remove(world.services.store, FRAME_AREAS.name, frame.areas)
    with pytest.raises(FrozenDamaged, match="缺失"):
        preview(world.services, WEEK, scope=EVERYTHING)
    found = compare(world.services)
    assert isinstance(found, Difference)
    assert (found.of, found.id) == (FRAME_AREAS.name, frame.areas)


def test_a_visit_is_handed_over_with_its_chance_and_a_label_that_is_no_name(drawn, monkeypatch):
    handed = []
    monkeypatch.setattr(weekly, "observe", lambda visits: observe(handed[:] or handed.extend(visits) or handed))
    preview(drawn.services, WEEK, scope=EVERYTHING)
    assert {one.chance for one in handed} == {1 / 164}
    assert {one.planned for one in handed} == {True}
    assert {one.inspector for one in handed} == {"0"}
