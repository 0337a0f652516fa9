"""Scores: rules that hold for every checklist, and figures worked out by hand."""

from __future__ import annotations

import random
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from inspect_app.domain.checklists.answers import Answer
from inspect_app.domain.checklists.checklist import Checklist, Item
from inspect_app.domain.checklists.methods.ratio import Count
from inspect_app.domain.checklists.scoring import (
    InspectionScore,
    ItemScore,
    format_rate,
    score_inspection,
    score_item,
)
from inspect_app.domain.place.outlines import Ground
from inspect_app.domain.place.positions import Place
from inspect_app.domain.zones.judging import Walk
from tests.domain import samples
from tests.domain.samples import SITE, answered, checklist, compliance, grade, measure, occurrences, premises, ratio


def score(made: Checklist, answers: dict[str, Answer], **more: Any) -> InspectionScore:
    return score_inspection(made, answers, site=SITE, **more)


def rate(item: Item, value: object) -> float | None:
    return score(checklist(item), {item.id: Answer(value)}).rate


@given(answered())
def test_a_score_rate_lies_between_0_and_100_or_is_none(sample):
    made, answers = sample
    result = score(made, answers)
    assert result.rate is None or 0 <= result.rate <= 100
    for item in result.items:
        assert item.score is None or 0 <= item.score <= 1
        assert (item.score is None) == (item.state != "scored")


@given(answered(), st.floats(0.01, 1), st.floats(0.1, 50), st.booleans(), st.integers(0, 150))
def test_one_more_occurrence_never_raises_a_score(sample, deduct, weight, veto, count):
    made, answers = sample
    counter = occurrences(deduct, id="counter", weight=weight, veto=veto)
    made = replace(made, items=(*made.items, counter))
    before = score(made, {**answers, "counter": Answer(count)}).rate
    after = score(made, {**answers, "counter": Answer(count + 1)}).rate
    assert before is not None
    assert after is not None
    assert after <= before + 1e-9


@given(st.integers(1, 30), st.none() | st.floats(1, 100), st.integers(0, 60), st.integers(0, 60))
def test_one_more_vehicle_that_yields_never_lowers_a_ratio_and_one_more_that_does_not_never_raises_it(
    minimum, full_marks_from, yes, no
):
    item = ratio(minimum, full_marks_from)
    of = yes + no + minimum  # enough of a sample
    now, better, worse = (
        score_item(item, Answer({"": Count(*count)}), SITE).score
        for count in ((yes, of), (yes + 1, of + 1), (yes, of + 1))
    )
    assert worse <= now <= better


@given(answered(), st.randoms(use_true_random=False))
def test_the_order_of_items_makes_no_difference(sample, shuffler: random.Random):
    made, answers = sample
    items = list(made.items)
    shuffler.shuffle(items)
    first, second = score(made, answers), score(replace(made, items=tuple(items)), answers)
    assert first.rate == pytest.approx(second.rate)
    assert first.capped == second.capped


@given(answered(), st.floats(0.1, 50))
def test_an_item_that_does_not_apply_never_counts(sample, weight):
    made, answers = sample
    extra = compliance(id="extra", weight=weight, veto=True)
    with_extra = replace(made, items=(*made.items, extra))
    assert score(with_extra, {**answers, "extra": Answer(None)}).rate == score(made, answers).rate


@given(answered())
def test_a_failed_veto_item_caps_and_a_passed_one_does_not(sample):
    made, answers = sample
    veto = compliance(id="veto", veto=True)
    made = replace(made, items=(*made.items, veto))
    assert made.veto_cap is not None
    failed = score(made, {**answers, "veto": Answer(False)})
    assert failed.rate is not None
    assert failed.rate <= made.veto_cap
    others_failed = any(item.failed and made.item(item.item_id).veto for item in failed.items if item.item_id != "veto")
    passed = score(made, {**answers, "veto": Answer(True)})
    assert passed.capped is False or others_failed


@given(answered(), st.data())
def test_a_rejected_finding_counts_as_if_the_item_were_not_there(sample, data):
    made, answers = sample
    assume(len(made.items) > 1)
    gone = data.draw(st.sampled_from(made.items))
    rest = replace(made, items=tuple(item for item in made.items if item is not gone))
    assert score(made, answers, left_out=[gone.id]).rate == score(rest, answers).rate


def test_occurrences_take_their_share_off_down_to_nothing():
    """deduct 0.2: 0 → 100, 1 → 80, 5 → 0, 6 → 0."""
    assert [rate(occurrences(0.2), n) for n in (0, 1, 5, 6)] == pytest.approx([100, 80, 0, 0])


@pytest.mark.parametrize(
    ("yes", "of", "printed"),
    [(265, 300, "88.33"), (158, 255, "61.96"), (668, 1712, "39.02"), (6157, 6377, "96.55"), (3912, 4246, "92.13")],
    ids=["Nanjing buses", "Nanjing taxis", "Nanjing others", "Guangdong front belts", "Guangdong rear belts"],
)
def test_published_yielding_rates_come_out_to_the_printed_digit(yes, of, printed):
    """Nanjing 2025-05 by class; Guangdong 2020-09, whose first figure is printed to one decimal: 96.6 %."""
    assert format_rate(rate(ratio(), {"": Count(yes, of)})) == printed


@pytest.mark.parametrize(("weight", "printed"), [(20, "96.00"), (10, "98.00")], ids=["buses", "main roads"])
def test_published_deductions_for_one_missing_poster_come_out(weight, printed):
    """domain.md: five posters each; one missing costs 4 points on buses (weight 20) and 2 on main roads (weight 10)."""
    made = checklist(occurrences(0.2, id="posters", weight=weight), compliance(id="rest", weight=100 - weight))
    assert format_rate(score(made, {"posters": Answer(1), "rest": Answer(True)}).rate) == printed


def test_lamps_lit_to_95_percent_are_enough_and_to_94_are_not():
    """domain.md: in back alleys 95 % of the lamps are lit."""
    item = ratio(5, 95)
    assert [format_rate(rate(item, {"": Count(lit, 100)})) for lit in (95, 94)] == ["100.00", "94.00"]


def test_classes_are_pooled_and_each_is_named():
    """Nanjing in all: 265 + 158 + 668 = 1,091 of 300 + 255 + 1,712 = 2,267, that is 48.13 %."""
    item = ratio(classes=("公交车", "出租车", "其他"))
    counts = {"公交车": Count(265, 300), "出租车": Count(158, 255), "其他": Count(668, 1712)}
    scored = score_item(item, Answer(counts), SITE)
    assert scored.score == pytest.approx(1091 / 2267)
    assert "48.13%" in scored.detail
    assert "出租车158/255" in scored.detail


def test_too_few_observed_is_left_out_and_full_marks_begin_at_the_threshold():
    item = ratio(10, 95)
    assert score_item(item, Answer({"": Count(9, 9)}), SITE).state == "insufficient"
    assert rate(item, {"": Count(9, 10)}) == pytest.approx(90)
    assert rate(item, {"": Count(19, 20)}) == 100
    assert rate(ratio(1, 80), {"": Count(4, 5)}) == 100


def test_grades_and_measures_score_by_their_tables():
    assert [rate(grade(), key) for key in "ABCD"] == [100, 80, 60, 0]
    assert [rate(measure(3), n) for n in (2.99, 3, 4)] == [0, 100, 100]
    assert [rate(measure(None, 10), n) for n in (10, 10.01)] == [100, 0]


def test_a_whole_inspection_worked_by_hand():
    """Weights 30, 15, 10; scores 0.7, 1 − 2·0.1 = 0.8, 0; the 5 that does not apply is left out.

    100 × (30·0.7 + 15·0.8 + 10·0) / 55 = 100 × 33 / 55 = 60.
    """
    made = checklist(
        ratio(id="yield", weight=30),
        occurrences(0.1, id="jay", weight=15),
        compliance(id="marks", weight=10),
        compliance(id="volunteers", weight=5),
    )
    answers = {
        "yield": Answer({"": Count(14, 20)}),
        "jay": Answer(2),
        "marks": Answer(False),
        "volunteers": Answer(None),
    }
    assert score(made, answers).rate == pytest.approx(60)


def test_a_veto_caps_at_60():
    """Weights 1 and 9, the light one fails with a veto: 90 becomes 60."""
    made = checklist(compliance(id="a", veto=True), compliance(id="b", weight=9), veto_cap=60)
    result = score(made, {"a": Answer(False), "b": Answer(True)})
    assert (result.rate, result.capped) == (60, True)


def test_nothing_that_applies_gives_no_score_at_all():
    result = score(checklist(compliance()), {"one": Answer(None)})
    assert (result.rate, format_rate(result.rate)) == (None, "—")


@pytest.mark.parametrize(
    ("metres", "accuracy_m", "state", "points"),
    [(150, 8, "scored", 0.0), (260, 8, "scored", 1.0), (195, 8, "uncertain", None), (205, 20, "uncertain", None)],
)
def test_premises_near_a_school_give_three_answers(metres, accuracy_m, state, points):
    """The school is known to 5 m: 150 ± 13 is inside, 260 ± 13 outside, 195 ± 13 and 205 ± 25 too close to call."""
    north = premises(SITE.lat + metres / 110_860, SITE.lon, accuracy_m)
    scored = score_item(samples.proximity(), Answer((north,)), SITE)
    assert (scored.state, scored.score) == (state, points)
    assert scored.failed is (points != 1.0)


def north(metres: float, accuracy_m: float = 8, walk: Walk | None = None) -> Answer:
    return Answer((premises(SITE.lat + metres / 110_860, SITE.lon, accuracy_m, walk=walk),))


def test_premises_have_radius_and_way_of_measuring_of_their_category():
    own = score_item(samples.proximity(own_m=100), north(150), SITE)
    assert (own.score, own.detail) == (1, "网吧150±13米（外，限100米）")
    gates = Ground(None, 5, SITE, (Place(SITE.lat + 100 / 110_860, SITE.lon, 5),))
    from_gate = score_item(samples.proximity(measure="gate"), north(250), gates)
    assert (from_gate.score, from_gate.detail) == (0, "网吧到校门的直线距离150±13米（内）")
    # A gate may be as far behind the point as the site may reach.
    assert score_item(samples.proximity(measure="gate", reach_m=100), north(150), SITE).state == "uncertain"


def test_a_site_that_may_reach_farther_than_its_point_settles_less():
    assert score_item(samples.proximity(reach_m=150), north(300), SITE).state == "uncertain"
    assert score_item(samples.proximity(reach_m=150), north(364), SITE).score == 1
    assert score_item(samples.proximity(reach_m=150), north(150), SITE).score == 0


def test_on_foot_the_straight_line_is_a_bound_until_the_way_is_walked():
    item = samples.proximity(measure="walk")
    near = score_item(item, north(150), SITE)
    assert (near.state, near.detail) == ("uncertain", "网吧直线距离至少150±13米（疑似，待复核）")
    assert score_item(item, north(220), SITE).score == 1
    walked = score_item(item, north(150, walk=Walk(230, "wheel")), SITE)
    assert (walked.score, walked.detail) == (1, "网吧到校门的步行距离（测距轮）230±2米（外）")
    assert score_item(item, north(150, walk=Walk(180, "wheel")), SITE).score == 0
    assert score_item(item, north(150, walk=Walk(185, "track", 10)), SITE).state == "uncertain"
    # Shorter than the straight line: somebody measured something else.
    assert score_item(item, north(150, walk=Walk(100, "wheel")), SITE).state == "uncertain"


def test_premises_that_are_not_banned_cost_nothing_and_a_school_without_a_place_settles_nothing():
    near = premises(SITE.lat, SITE.lon, 5, "shop")
    assert score_item(samples.proximity(), Answer((near,)), SITE).score == 1
    banned = premises(SITE.lat, SITE.lon)
    assert score_item(samples.proximity(), Answer((banned,)), None).state == "uncertain"
    assert score_item(samples.proximity(), Answer(()), None).score == 1


def test_halves_are_rounded_up_in_print():
    assert [format_rate(value) for value in (66.665, 0.005, 100.0, 99.994)] == ["66.67", "0.01", "100.00", "99.99"]


def test_an_items_score_is_written_down_with_every_field():
    for item in (ItemScore("a", "scored", 0.5, 2.0, True, "差3个"), ItemScore("b", "na", None, 1.0, False, "")):
        assert item.to_json() == asdict(item)
