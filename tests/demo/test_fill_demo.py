"""Demonstration data: three weeks of it, marked as such, made by the ways that real data takes."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image

from inspect_app import create_app
from inspect_app.collections.cases.case import CASES
from inspect_app.demo import DemoRefused, fill_demo
from inspect_app.demo.answers import demo_values
from inspect_app.demo.sites import MARK, demo_sites
from inspect_app.demo.visits import DemoVisit, spread, working_spans
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.checklists.answers import parse_answers
from inspect_app.domain.checklists.checklist import Checklist
from inspect_app.domain.checklists.files import parse_checklist
from inspect_app.domain.checklists.methods import METHODS
from inspect_app.domain.checklists.scoring import score_inspection
from inspect_app.domain.place.areas import Area, AreaTree
from inspect_app.domain.place.positions import Place
from inspect_app.domain.place.sites import Site
from inspect_app.domain.plan.beacon import SOURCES
from inspect_app.exports.index.files import made
from inspect_app.first_run import first_run
from inspect_app.services import Services, open_services
from inspect_app.services.accounts.accounts import find_user, signed_in
from inspect_app.services.demonstration import is_demonstration
from inspect_app.services.index.publishing import preview, published
from inspect_app.services.index.week_files import frozen_file
from inspect_app.services.index.weekly import live_index
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.plan.planning import find_plan
from inspect_app.services.plan.revealing import repeated
from inspect_app.settings import settings_from
from tests.areas import import_areas
from tests.methods import every_example
from tests.world import NOW, World, new_id

THREE_WEEKS = ["2026-W46", "2026-W47", "2026-W48"]
MONDAY_NIGHT = datetime(2026, 11, 22, 16, 4, tzinfo=UTC)
"""00:04 on the Monday of week 48 in the city."""


HAMLET = """\
code,name,parent_code
42,某省,
4210,某市,42
421002,某区,4210
421002001,甲街道,421002
421002002,乙街道,421002
"""
"""A city of two streets, where a fill is a matter of seconds."""


def new_services(data: Path, areas: str = "") -> Services:
    """After the first run; with the areas of a CSV instead of the built-in ones."""
    services = open_services(settings_from({"INSPECT_DATA": str(data)}))
    if areas:
        assert isinstance(import_areas(services.store, areas, "areas.csv"), int)
    first_run(services, NOW)
    return services


@pytest.fixture(scope="module", autouse=True)
def few_files() -> Iterator[None]:
    """One file of each published week: setting and drawing all takes seconds, and tests/test_run.py has them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "inspect_app.demo.week_files", lambda week, zone: [("index.json", made(week, "index.json", zone))]
        )
        yield


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Services, dict[str, str]]]:
    services = new_services(tmp_path_factory.mktemp("demo") / "data")
    passwords = fill_demo(services, NOW)
    yield services, passwords
    services.store.close()


def documents(services: Services, week: str) -> list[dict]:
    return [stored.document for stored in services.store.find("inspections", week=week)]


def test_three_weeks_hold_forty_to_sixty_inspections_each_none_later_than_now(filled):
    services, _ = filled
    assert services.store.weeks("inspections") == THREE_WEEKS
    shown = {document["checklist"] for week in THREE_WEEKS for document in documents(services, week)}
    assert shown == set(services.library.current)
    for week in THREE_WEEKS:
        found = documents(services, week)
        assert 40 <= len(found) <= 60
        assert len({document["inspector"] for document in found}) == 3
        assert all(document["finished_at"] <= document["received_at"] for document in found)
        assert max(document["received_at"] for document in found) <= NOW.strftime("%Y-%m-%dT%H:%M:%S.999Z")


def test_everything_invented_says_so(filled):
    services, _ = filled
    assert is_demonstration(services.store)
    for week in THREE_WEEKS:
        for document in documents(services, week):
            assert document["site_as_inspected"]["name"].startswith(MARK)
            notes = [answer.get("note", MARK) for answer in document["answers"].values()]
            assert all(note.startswith(MARK) for note in notes)
            assert all(review["reason"].startswith(MARK) for review in document["reviews"].values() if review["reason"])
    assert all(MARK in published(services, week).head.reason for week in THREE_WEEKS[:2])


def test_the_earlier_weeks_are_reviewed_and_published_and_this_one_is_still_open(filled):
    services, _ = filled
    for week in THREE_WEEKS[:2]:
        assert {document["state"] for document in documents(services, week)} == {"reviewed", "clear"}
        assert published(services, week).rows == preview(services, week, scope=EVERYTHING).rows
        assert frozen_file(services, week, 1, "index.json")
    assert {document["state"] for document in documents(services, "2026-W48")} == {"open", "reviewed", "clear"}
    assert published(services, "2026-W48") is None


def test_the_index_ranks_streets_with_an_interval_and_shows_one_with_too_few_inspections(filled):
    services, _ = filled
    streets = [row for row in live_index(services, "2026-W47") if row.level == "街道乡镇"]
    assert len({row.area[:6] for row in streets}) == 3
    assert sum(row.enough and row.low is not None for row in streets) >= 6
    assert [row.inspections for row in streets if not row.enough] == [2]


def test_photos_are_jpegs_with_a_thumbnail_and_the_mark_burnt_in(filled):
    services, _ = filled
    photo = next(photo for document in documents(services, "2026-W47") for photo in document["photos"])
    content = services.photos.read(photo["sha256"])
    assert 40_000 < len(content) < 130_000
    assert services.photos.derived("thumbnails", photo["sha256"])
    with Image.open(io.BytesIO(content)) as image:
        band = image.convert("L").crop((24, 673, 288, 744))
    # White letters on a band that darkens whatever lies under it.
    assert band.getextrema()[1] > 230
    assert sum(band.histogram()[:130]) > 0.5 * band.width * band.height


def test_the_accounts_can_sign_in(filled):
    services, passwords = filled
    units = {name for name in passwords if name.startswith("demo-unit-")}
    assert len(units) >= 5
    assert set(passwords) - units == {"demo-1", "demo-2", "demo-3", "demo-supervisor"}
    assert all(signed_in(services.store, name, password) for name, password in passwords.items())


def test_cases_are_in_every_stage(filled):
    services, _ = filled
    cases = CASES.find(services.store)
    assert {"filed", "accepted", "handled", "closed"} <= {case.value.state for case in cases}
    assert any(case.value.after for case in cases)


def test_last_week_s_plan_can_be_repeated_and_this_week_s_is_closed(filled):
    services, _ = filled
    last, current = (find_plan(services, week).value for week in THREE_WEEKS[1:])
    assert repeated(services, last).right
    assert (len(last.secret), current.secret) == (64, "")
    assert current.sites
    assert not SOURCES[current.beacon.source].real


def test_a_second_fill_adds_nothing(filled):
    services, _ = filled
    before = [len(documents(services, week)) for week in THREE_WEEKS]
    assert fill_demo(services, NOW + timedelta(weeks=1)) == {}
    assert [len(documents(services, week)) for week in services.store.weeks("inspections")] == before


def test_every_page_of_a_supervisor_has_something_to_show(filled):
    services, passwords = filled
    app = create_app(services.settings)
    client = app.test_client()
    with client.session_transaction() as session:
        user = signed_in(services.store, "demo-supervisor", passwords["demo-supervisor"])
        session["user"], session["epoch"] = user.name, user.epoch
    for path in ("/review/photos?week=2026-W47", "/index/2026-W47", "/index/2026-W48/live"):
        answer = client.get(path)
        assert answer.status_code == 200
    assert MARK in client.get("/review/photos?week=2026-W47").text


def test_a_folder_in_real_use_is_refused_and_left_as_it_is(world: World):
    inspector = find_user(world.services.store, "inspector")
    assert submit(world.services, inspector, new_id(), world.submission(), NOW).kept
    with pytest.raises(DemoRefused, match="已有1次真实测评"):
        fill_demo(world.services, NOW)
    assert not is_demonstration(world.services.store)
    assert len(world.services.store.find("inspections", week="2026-W48")) == 1


def test_a_fill_that_was_interrupted_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    services = new_services(tmp_path / "data", HAMLET)
    with monkeypatch.context() as patch:
        patch.setattr("inspect_app.demo._review", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fill_demo(services, NOW)
    assert is_demonstration(services.store)
    passwords = fill_demo(services, NOW + timedelta(minutes=9))
    assert services.store.weeks("inspections") == THREE_WEEKS
    assert signed_in(services.store, "demo-supervisor", passwords["demo-supervisor"])


def test_minutes_into_a_week_its_inspections_lie_in_these_minutes():
    zone = settings_from({}).timezone
    (span,) = working_spans("2026-W48", MONDAY_NIGHT, zone)
    assert span == (MONDAY_NIGHT - timedelta(minutes=4), MONDAY_NIGHT)
    assert all(span[0] < moment < span[1] for moment in spread([span], 20))


def test_moments_are_spread_evenly_over_working_hours():
    zone = settings_from({}).timezone
    spans = working_spans("2026-W47", NOW, zone)
    assert len(spans) == 6
    moments = spread(spans, 12)
    assert moments == sorted(moments)
    assert [sum(start <= moment <= end for moment in moments) for start, end in spans] == [2] * 6


def test_a_city_without_districts_gets_sites_in_its_lowest_areas():
    tree = AreaTree([Area("11", "某省", ""), Area("1101", "某市", "11")])
    sites = demo_sites(tree, {"every-method": EVERY_METHOD})
    assert list(sites) == ["1101"]
    assert [site.site_type for site in sites["1101"]] == ["every-method"] * 2


def test_any_checklist_gets_answers_that_a_submission_accepts():
    assert {item.method for item in EVERY_METHOD.items} == set(METHODS)
    states = set()
    for number in range(300):
        visit = DemoVisit(new_id(), "2026-W48", SITE, "demo-1", NOW, NOW, quality=number % 2)
        values = demo_values(EVERY_METHOD, visit)
        answers = parse_answers(EVERY_METHOD, {id: {"value": value} for id, value in values.items()})
        assert not isinstance(answers, list), answers
        score = score_inspection(EVERY_METHOD, answers, site=SITE.place)
        states |= {(item.item_id, item.state, item.failed) for item in score.items}
    for item in EVERY_METHOD.items:
        assert {(item.id, "scored", True), (item.id, "scored", False)} <= states
    assert {("near", "uncertain", True), ("share", "insufficient", False), ("ok", "na", False)} <= states


SITE = Site("DEMO-1", MARK, "every-method", "421002001", Place(30.31, 112.25, 10))


def _every_method() -> Checklist:
    head = 'id = "every-method"\ntitle = "各种方法"\n'
    item = (
        '[[items]]\nid = "{0}"\ntext = "{0}"\nmethod = "{1}"\nweight = 1\ndimension = "公共秩序"\n'
        'clauses = ["(五)4(2)"]\nunits = ["市公安局"]\n{2}\n'
    )
    rules = [
        ("ok", "compliance", ""),
        ("count", "occurrences", "deduct = 0.34"),
        ("share", "ratio", "minimum = 20"),
        ("classes", "ratio", 'minimum = 3\nclasses = [{ id = "a", label = "甲" }, { id = "b", label = "乙" }]'),
        ("grade", "grade", 'grades = [{ key = "A", label = "好", score = 1 }, { key = "B", label = "差", score = 0 }]'),
        ("at-least", "measure", 'unit = "米"\nat_least = 1.5'),
        ("at-most", "measure", 'unit = "分贝"\nat_most = 60'),
        ("between", "measure", 'unit = "米"\nat_least = 2\nat_most = 3'),
        ("near", "proximity", 'radius_m = 200\ncategories = [{ id = "bar", label = "酒吧", banned = true }]'),
    ]
    parsed = parse_checklist(head + "".join(item.format(*rule) for rule in rules), "every-method.toml")
    assert isinstance(parsed, Checklist), parsed
    others = [item for item in every_example().items if item.method not in {rule[1] for rule in rules}]
    return replace(parsed, items=(*parsed.items, *others))


EVERY_METHOD = _every_method()
