"""A kind of submission is a row: a new one is taken, kept, reviewed and left out of all figures; no reader knows it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.inspecting.kinds import KINDS, Kind, kind_of
from inspect_app.domain.inspecting.submission import (
    Header,
    parse_submission,
    read_header,
    score_visit,
    site_visited,
)
from inspect_app.domain.plan.week_plan import How
from inspect_app.domain.problems import Problem
from inspect_app.exports.place.geo_layers import LAYERS, LayerChoice
from inspect_app.services.index.publishing import preview
from inspect_app.services.index.unfinished import open_points
from inspect_app.services.index.weekly import inspected_sites
from inspect_app.services.inspecting.visits import counted_visits
from inspect_app.services.plan import planning
from inspect_app.services.quality.measuring import quality_of
from tests.plans import planned
from tests.web.builders import hidden, signed_in
from tests.world import NOW, WEEK, World, failing, headers, new_id

FIELDS = ("kind", "site", "checklist", "version", "started_at", "finished_at", "answers", "photos", "presence")


def survey_header(raw: object) -> Header | list[Problem]:
    read = read_header(raw, FIELDS, ("site", "checklist", "version"))
    return read if isinstance(read, list) else Header(**read)


SURVEY: Kind[Header] = Kind(
    "survey", "问卷", survey_header, site_visited, parse_submission, score_visit, counted=False, rated=True
)


@pytest.fixture
def surveyed(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[World, list[str]]:
    """Two inspectors filled in the questionnaire at the same toilet; both found something."""
    monkeypatch.setitem(KINDS, SURVEY.name, SURVEY)
    client, ids = world.app().test_client(), [new_id(), new_id()]
    for id, who in zip(ids, ("inspector", "inspector2"), strict=True):
        answer = client.put(f"/api/v1/inspections/{id}", json=survey(world), headers=headers(world.tokens[who]))
        assert (answer.status_code, answer.json["rate_text"]) == (201, "60.00"), answer.json
    return world, ids


def survey(world: World) -> dict[str, Any]:
    raw = world.submission("public-toilet")
    answers = failing(raw["answers"], world.checklist("public-toilet"), "open")
    answers["open"]["no_photo_reason"] = "问卷不拍照"
    return {"kind": "survey", **raw, "answers": answers}


def test_it_is_kept_by_its_name_and_the_same_again_is_the_same(surveyed):
    world, (id, _) = surveyed
    kept = INSPECTIONS.get(world.services.store, id)
    assert (kept.value.kind, kept.value.rate, kept.value.state) == ("survey", 60, "open")
    again = world.app().test_client().put(
        f"/api/v1/inspections/{id}", json=survey(world), headers=headers(world.tokens["inspector"])
    )  # fmt: skip
    assert again.status_code == 200


def test_no_figure_counts_it(surveyed):
    world, _ = surveyed
    services = world.services
    assert counted_visits(services.store, WEEK) == []
    assert preview(services, WEEK, scope=EVERYTHING).rows == ()
    assert inspected_sites(services, WEEK) == {}
    quality = quality_of(services, WEEK, scope=EVERYTHING)
    assert (quality.inspections, quality.twice, quality.severities, quality.hasty) == (0, 0, (), ())
    chosen = LayerChoice(WEEK, EVERYTHING, WEEK)
    assert list(LAYERS["inspections"].features(services, chosen)) == []
    assert len(list(LAYERS["findings"].features(services, chosen))) == 2


def test_who_filled_it_in_may_still_be_sent_to_the_site(surveyed):
    """A visit would keep both away from it for the weeks that the plan asks for."""
    world, _ = surveyed
    week, at = "2026-W49", NOW + timedelta(weeks=1)
    count = len(planning.register(world.services, week))
    drawn = planned(world.services, week, at, how=How(gap_weeks=4), count=count)
    toilet = drawn.value.site("public-toilet-1")
    assert len(toilet.inspectors) == 1
    assert toilet.problem == ""


def test_a_supervisor_sees_and_decides_it_and_is_told_that_it_is_not_counted(surveyed):
    world, (id, _) = surveyed
    supervisor = signed_in(world, "supervisor")
    assert supervisor.get(f"/review/inspections?week={WEEK}").text.count('<span class="badge">公共厕所</span>') == 2
    later = NOW + timedelta(weeks=1)
    assert [point.text for point in open_points(world.services, WEEK, later, scope=EVERYTHING)] == [
        "2条问卷尚未复核（不计入指数）"
    ]
    page = supervisor.get(f"/inspections/{id}").text
    assert "60.00" in page
    form = {"csrf_token": hidden(page, "csrf_token"), "revision": "1", "decision": "rejected", "reason": "重复"}
    assert supervisor.post(f"/inspections/{id}/findings/open", data=form).status_code == 303
    assert "100.00" in supervisor.get(f"/inspections/{id}").text
    assert [point.text for point in open_points(world.services, WEEK, later, scope=EVERYTHING)] == [
        "1条问卷尚未复核（不计入指数）"
    ]


def test_what_names_no_kind_or_one_that_there_is_not_is_read_as_a_visit():
    assert kind_of({"kind": "survey"}).name == "visit"
    assert kind_of({"kind": ["adhoc"]}).name == kind_of([]).name == kind_of({}).name == "visit"
    assert kind_of({"kind": "adhoc"}).name == "adhoc"


def test_a_kind_that_there_is_not_is_refused(world):
    answer = world.app().test_client().put(
        f"/api/v1/inspections/{new_id()}", json=survey(world), headers=headers(world.tokens["inspector"])
    )  # fmt: skip
    assert answer.status_code == 422
    assert [problem["where"] for problem in answer.json["problems"]] == ["kind"]
