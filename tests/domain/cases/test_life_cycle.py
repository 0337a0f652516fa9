"""The life cycle of a case: every state is reached and left, time moves forward, each act belongs to one party."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.cases.life_cycle import ACTS, FINAL, Course, Party, State, Step, acted, allowed, table
from inspect_app.wording import say

PROJECT = Path(__file__).resolve().parents[3]
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def step(act: str, hours: int, **said: object) -> Step:
    """The act done by the party it belongs to, all said that any act needs; ``hours`` after filing."""
    at = NOON + hours * HOUR
    full: dict[str, object] = {
        "by": "somebody",
        "party": ACTS[act].party,
        "unit": "城管局",
        "reason": "有理由",
        "deadline": at + hours * DAY + DAY,
        "photos": ("a" * 64,),
    }
    return Step(act=act, at=at, **(full | said))  # type: ignore[arg-type]


def after(*acts: str) -> Course:
    case = Course(NOON)
    for hours, act in enumerate(acts, 1):
        done = acted(case, step(act, hours))
        assert isinstance(done, Course), (act, done)
        case = done
    return case


def what(answer: Course | list) -> list[str]:
    assert isinstance(answer, list), "the act was allowed"
    return [str(say(problem)) for problem in answer]


def test_the_usual_way_from_filing_to_closing():
    case = after("dispatch", "accept", "handle", "close")
    assert (case.state, case.unit, len(case.steps)) == (State.CLOSED, "城管局", 4)


def test_a_returned_case_has_no_unit_and_no_deadline():
    case = after("dispatch", "return")
    assert (case.state, case.unit, case.deadline) == (State.FILED, "", None)


def test_time_asked_for_counts_only_when_granted():
    asked = after("dispatch", "accept", "extend")
    before = after("dispatch", "accept").deadline
    assert (asked.deadline, asked.asked_until) == (before, NOON + 3 * HOUR + 4 * DAY)
    refused, granted = acted(asked, step("refuse", 4)), acted(asked, step("grant", 4))
    assert isinstance(refused, Course)
    assert (refused.deadline, refused.asked_until) == (before, None)
    assert isinstance(granted, Course)
    assert (granted.deadline, granted.asked_until) == (NOON + 4 * HOUR + 5 * DAY, None)


def test_a_request_lapses_with_the_work_and_is_not_asked_twice():
    assert after("dispatch", "accept", "extend", "handle").asked_until is None
    assert what(acted(after("dispatch", "accept", "extend"), step("extend", 9))) == [
        "申请延期：已有一份延期申请等待答复"
    ]
    assert what(acted(after("dispatch", "accept"), step("grant", 9))) == ["准予延期：没有等待答复的延期申请"]


def test_more_time_is_later_than_the_deadline():
    case = after("dispatch", "accept")
    early = step("extend", 3, deadline=case.deadline)
    assert what(acted(case, early)) == ["期限：延期后的期限必须晚于原期限"]


def test_another_unit_may_nothing():
    case = after("dispatch", "accept")
    assert allowed(case, Party.UNIT, "水务局") == [] == allowed(case, Party.UNIT)
    assert what(acted(case, step("handle", 3, unit="水务局"))) == ["报告处置完毕：此件不由本单位主办"]


@pytest.mark.parametrize("act", ACTS.values(), ids=lambda act: act.name)
def test_an_act_of_one_party_is_refused_to_the_other(act):
    other = Party.UNIT if act.party is Party.OFFICE else Party.OFFICE
    for state in act.sources:
        case = Course(NOON, state, "城管局", asked_until=NOON + DAY)
        assert what(acted(case, step(act.name, 1, party=other))) == [f"{act.label}：只能由{act.party.label}办理"]


@pytest.mark.parametrize(("need", "nothing"), [("reason", " "), ("unit", ""), ("deadline", None), ("photos", ())])
def test_what_an_act_must_say_is_asked_for(need, nothing):
    for act in (act for act in ACTS.values() if need in act.needs):
        for state in act.sources:
            asked = NOON + DAY if act.extension == "answers" else None
            said = acted(Course(NOON, state, "城管局", asked_until=asked), step(act.name, 1, **{need: nothing}))
            assert any("必须填写" in problem for problem in what(said)), act.name


def test_overdue_is_the_units_delay_only():
    late = NOON + 90 * DAY
    assert after("dispatch").overdue(late)
    assert after("dispatch", "accept").overdue(late)
    for acts in ([], ["dispatch", "accept", "handle"], ["dispatch", "suspend"]):
        assert not after(*acts).overdue(late)
    deadline = after("dispatch").deadline
    assert deadline is not None
    assert not after("dispatch").overdue(deadline)


def _reached(start: State) -> set[State]:
    found, waiting = {start}, [start]
    while waiting:
        state = waiting.pop()
        for act in ACTS.values():
            if state in act.sources and act.target and act.target not in found:
                found.add(act.target)
                waiting.append(act.target)
    return found


def test_every_state_is_reached_from_filing():
    assert _reached(State.FILED) == set(State)


@pytest.mark.parametrize("state", State)
def test_from_every_state_but_a_cancelled_one_a_case_can_be_closed(state):
    assert (State.CLOSED in _reached(state)) == (state is not State.CANCELLED)
    assert state in FINAL or any(act.target not in (None, state) for act in ACTS.values() if state in act.sources)


STEPS = st.builds(
    Step,
    act=st.sampled_from([*ACTS, "nonsense"]),
    at=st.integers(-5, 200).map(lambda hours: NOON + hours * HOUR),
    by=st.just("somebody"),
    party=st.sampled_from(Party),
    unit=st.sampled_from(["", "城管局", "水务局"]),
    joint=st.sampled_from([(), ("水务局",)]),
    reason=st.sampled_from(["", "有理由"]),
    deadline=st.none() | st.integers(0, 400).map(lambda hours: NOON + hours * HOUR),
    photos=st.sampled_from([(), ("a" * 64,)]),
)


def _holds(before: Course, done: Course, one: Step) -> None:
    assert done.steps == (*before.steps, one)
    assert done.changed_at >= before.changed_at
    with_unit = done.state in (State.DISPATCHED, State.ACCEPTED, State.HANDLED, State.CLOSED)
    assert (done.deadline is not None) == with_unit
    if done.state is not State.CANCELLED:
        assert (done.unit == "") == (done.state is State.FILED)
    assert done.asked_until is None or done.state is State.ACCEPTED


@given(st.lists(STEPS, max_size=60), st.data())
def test_whatever_is_tried_what_was_done_stays_and_time_moves_forward(tried: list[Step], data: st.DataObject):
    case = Course(NOON)
    for hours, wild in enumerate(tried, 1):
        open_to = [*allowed(case, Party.OFFICE), *allowed(case, Party.UNIT, "城管局")]
        sound = step(data.draw(st.sampled_from(open_to)).name, 9 * hours) if open_to else wild
        one = data.draw(st.sampled_from([wild, sound]))
        offered = [act.name for act in allowed(case, one.party, one.unit)]
        done = acted(case, one)
        if isinstance(done, list):
            assert done
            continue
        assert one.act in offered
        _holds(case, done, one)
        case = done


@given(st.data())
def test_every_act_that_is_offered_can_be_done_when_all_is_said(data: st.DataObject):
    case = Course(NOON)
    for hours in range(1, 30):
        offered = [*allowed(case, Party.OFFICE), *allowed(case, Party.UNIT, "城管局")]
        if not offered:
            assert case.state is State.CANCELLED
            return
        one = step(data.draw(st.sampled_from(offered)).name, hours)
        done = acted(case, one)
        assert isinstance(done, Course), done
        _holds(case, done, one)
        case = done


def test_the_page_prints_the_table_of_the_code():
    assert table() in (PROJECT / "docs/use/cases.md").read_text("utf-8")
