"""Independent validation as it is kept: chosen after the visit, blind, apart from the index, the city's mean alone."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from inspect_app.collections.plan.validation import VALIDATIONS
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.plan.validation import LEAST_PAIRS, ValidationFigure, ValidationRules
from inspect_app.exports.index.bulletin import Paragraph, bulletin
from inspect_app.exports.index.table import week_document
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.index.publishing import preview, publish, published
from inspect_app.services.inspecting.submitting import Taken, submit
from inspect_app.services.inspecting.visits import all_visits, counted_visits
from inspect_app.services.plan import validating
from inspect_app.services.plan.validating import (
    choose_due,
    own_validations,
    progress_of,
    set_validation_rules,
    validation_of,
    validation_rules,
)
from inspect_app.store import Stale
from tests.services.inspecting.test_last_visit import visited
from tests.world import NOW, WEEK, World, new_id

SITE = "zebra-crossing-1"
FIGURE = ValidationFigure(12, 13, -1.26, -2.5, -0.04, 3)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def ruled(world: World, share: float = 0.5, validators: tuple[str, ...] = ("inspector2",)) -> None:
    revision = validation_rules(world.services)[1]
    rules = ValidationRules(share, validators)
    assert set_validation_rules(world.services, "supervisor", rules, revision, NOW) == []


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every lot wins."""
    monkeypatch.setattr(validating, "is_chosen", lambda key, week, site, share: True)


def validated(world: World, *, minutes: int = 60, name: str = "inspector2", **more: Any) -> str:
    """The validator's visit of the site, in which nothing fails."""
    raw = {**world.submission(started=NOW + timedelta(minutes=minutes)), **more}
    user, id = find_user(world.services.store, name), new_id()
    assert user
    assert submit(world.services, user, id, raw, NOW + timedelta(minutes=minutes + 30)).taken is Taken.CREATED
    return id


@pytest.mark.usefixtures("always")
def test_a_visit_is_chosen_once_it_came_and_only_its_validator_is_told(world):
    ruled(world)
    assert choose_due(world.services, NOW) == 0, "there is nothing to choose of"
    visited(world)
    assert choose_due(world.services, NOW) == 1
    assert choose_due(world.services, NOW) == 0, "the lot is cast once"
    assert own_validations(world.services, "inspector2", NOW) == [SITE]
    assert own_validations(world.services, "inspector", NOW) == []
    assert progress_of(world.services, WEEK) == (1, 0)
    validated(world)
    assert own_validations(world.services, "inspector2", NOW) == []
    assert progress_of(world.services, WEEK) == (1, 1)


@pytest.mark.usefixtures("always")
def test_the_validators_visit_is_no_part_of_the_index_and_is_chosen_for_no_validation(world):
    ruled(world)
    first, _ = visited(world)
    choose_due(world.services, NOW)
    before = preview(world.services, WEEK, scope=EVERYTHING)
    id = validated(world)
    assert [kept.id for kept in all_visits(world.services.store, WEEK)] == [first, id]
    assert [kept.id for kept in counted_visits(world.services.store, WEEK)] == [first]
    after = preview(world.services, WEEK, scope=EVERYTHING)
    assert list(map(asdict, after.rows)) == list(map(asdict, before.rows))
    assert [asdict(one) for one in after.sites] == [asdict(one) for one in before.sites]


@pytest.mark.usefixtures("always")
def test_who_was_there_is_not_sent_there_again(world):
    visited(world)
    validated(world, minutes=1)
    ruled(world)
    assert choose_due(world.services, NOW) == 0
    assert VALIDATIONS.get(world.services.store, WEEK).value.considered == (SITE,)


@pytest.mark.usefixtures("always")
def test_the_difference_is_the_validators_less_the_first_as_both_sent_them(world, monkeypatch):
    ruled(world)
    visited(world)
    choose_due(world.services, NOW)
    validated(world)
    seen: list[dict[str, list[float]]] = []
    monkeypatch.setattr(validating, "validation_figure", lambda by_validator, weeks: seen.append(by_validator))
    validation_of(world.services, WEEK)
    rates = [kept.value.rate for kept in all_visits(world.services.store, WEEK)]
    assert seen == [{"inspector2": [pytest.approx(rates[1] - rates[0])]}]
    assert rates[1] == 100


def test_of_fewer_pairs_than_ten_nothing_is_told(world):
    ruled(world)
    assert validation_of(world.services, WEEK) is None
    assert LEAST_PAIRS == 10


def test_rules_are_checked_logged_and_not_overwritten(world):
    def told(share: float, *names: str) -> list[str]:
        rules, revision = ValidationRules(share, names), validation_rules(world.services)[1]
        return [one.code for one in set_validation_rules(world.services, "supervisor", rules, revision, NOW)]

    assert told(0.9, "inspector") == ["validation.share"]
    assert told(0.1, "unit", "nobody") == ["validation.unknown"]
    assert told(0.1) == ["validation.nobody"]
    assert told(0.1, "inspector2") == []
    with pytest.raises(Stale):
        set_validation_rules(world.services, "supervisor", ValidationRules(), 0, NOW)


def test_the_figure_is_frozen_with_the_week_and_stands_in_letter_and_files(world, monkeypatch):
    visited(world)
    monkeypatch.setattr("inspect_app.services.index.weekly.validation_of", lambda services, week: FIGURE)
    assert publish(world.services, "supervisor", WEEK, "", NOW) == 1
    monkeypatch.setattr("inspect_app.services.index.weekly.validation_of", lambda services, week: None)
    week = published(world.services, WEEK)
    assert week.validation == FIGURE
    assert week_document(week)["validation"] == asdict(FIGURE)
    texts = [one.text for one in bulletin(week, NOW.date()).blocks if isinstance(one, Paragraph)]
    assert any("独立核验" in text and "−1.3分" in text for text in texts)
    assert "validation" not in week_document(preview(world.services, WEEK, scope=EVERYTHING))
    narrow = preview(world.services, WEEK, scope=Scope(("421002",)))
    assert narrow.validation is None


@pytest.mark.parametrize(
    "figure",
    [ValidationFigure(12, 13, -1.26, -2.5, -0.04), ValidationFigure(12, 13, -1.26, None, None, 1)],
    ids=["of before validators were counted", "of one validator"],
)
def test_a_figure_is_read_back_as_it_was_kept(world, monkeypatch, figure):
    visited(world)
    monkeypatch.setattr("inspect_app.services.index.weekly.validation_of", lambda services, week: figure)
    assert publish(world.services, "supervisor", WEEK, "", NOW) == 1
    week = published(world.services, WEEK)
    assert week.validation == figure
    told = week_document(week)["validation"]
    assert told.get("validators", 0) == figure.validators
    assert {**asdict(figure), **told} == asdict(figure)
    assert ("validators" in told) == bool(figure.validators)
