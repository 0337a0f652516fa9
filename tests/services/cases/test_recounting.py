"""Deadlines given before a year is arranged: kept as such, recounted once it is, told, logged, and never earlier.

Of 2027 the law gives off Friday 5 (除夕) to Monday 8 February. ``WIDE`` gives the 5th to the 11th and has Sunday 14 and
Saturday 20 worked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from inspect_app.collections.cases.case import CASES
from inspect_app.domain.cases.arrangements import parse_arrangement
from inspect_app.domain.cases.case import stepped
from inspect_app.domain.cases.deadlines import Limit
from inspect_app.domain.cases.life_cycle import Party, State, Step, acted
from inspect_app.domain.cases.recounting import reported_late, setting
from inspect_app.domain.cases.unit_view import for_unit
from inspect_app.services.audit import entries_of
from inspect_app.services.cases import recounting
from inspect_app.services.cases.acts import default_deadline
from inspect_app.services.cases.recounting import count_provisional, put_in, recount_all, would_recount
from inspect_app.services.cases.reminders import remind
from tests.cases import acted_on, dispatched, filed
from tests.services.cases.test_reminders import robots, said
from tests.world import BUREAU

__all__ = ["robots"]
WIDE = parse_arrangement(
    "2027年：1月1日至3日放假。2月5日至11日放假，共7天。2月14日、2月20日上班。4月5日放假。5月1日至5日放假。"
    "6月9日放假。9月15日放假。10月1日至7日放假。"
)
PUT_IN_AT = datetime(2027, 2, 3, 2, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def sent(world, start: str, deadline: str = "", seed: int = 1):
    """A case dispatched at that time, with the deadline that the limits propose, or one that somebody chose."""
    case, when = filed(world, seed=seed), at(start)
    chosen = at(deadline) if deadline else default_deadline(world.services, case.value, when)
    return acted_on(world, case, "supervisor", "dispatch", at=when, unit=world.unit(BUREAU), deadline=chosen)


def now_of(world, case):
    return CASES.get(world.services.store, case.id).value


def test_a_deadline_that_nobody_arranged_yet_stays_and_says_so(world):
    """3 working days from Tuesday 2 February by the law: 3, 4, then 9."""
    case = sent(world, "2027-02-02T09:00")
    assert case.value.deadline == at("2027-02-09T18:00")
    assert setting(case.value.course).provisional.years == (2027,)
    assert (setting(case.value.course).provisional.count, count_provisional(world.services)) == (3, 1)
    assert recount_all(world.services, "系统", PUT_IN_AT) == []
    assert now_of(world, case) == case.value


def test_a_deadline_by_a_limit_is_counted_anew_from_where_it_began(world):
    """3, 4, then Friday 12 February."""
    case = sent(world, "2027-02-02T09:00")
    (seen,) = would_recount(world.services, WIDE)
    assert (seen.before, seen.recount.deadline) == (at("2027-02-09T18:00"), at("2027-02-12T18:00"))
    assert now_of(world, case) == case.value, "a preview keeps nothing"
    (done,) = put_in(world.services, "administrator", WIDE, PUT_IN_AT)
    assert done.recount == seen.recount
    after = now_of(world, case)
    assert (after.deadline, after.state, after.unit) == (at("2027-02-12T18:00"), "dispatched", case.value.unit)
    assert (after.steps[-1].act, after.steps[-1].reason) == ("recount", "2027年放假调休安排已公布")
    assert count_provisional(world.services) == 0
    entry = entries_of(world.services, case.id)[-1]
    assert (entry["act"], entry["who"]) == ("case.recount", "administrator")
    assert entry["before"] == {"deadline": "2027-02-09T10:00:00.000Z"}
    assert entry["after"]["deadline"] == "2027-02-12T10:00:00.000Z"
    assert world.services.library.deadlines.years == (WIDE,)
    assert recount_all(world.services, "系统", PUT_IN_AT) == [], "once"


def test_a_deadline_in_working_hours_is_counted_anew_as_well(world):
    """7 hours from Thursday 4 February 14:30: 3.5 that day, then 3.5 on Tuesday 9, or on Friday 12 as arranged."""
    kept = filed(world)
    case = CASES.update(world.services.store, kept, replace(kept.value, clauses=("(五)4",)))
    hours = default_deadline(world.services, case.value, at("2027-02-04T14:30"))
    assert hours == at("2027-02-09T12:00")
    said = {"unit": world.unit(BUREAU), "deadline": hours}
    acted_on(world, case, "supervisor", "dispatch", at=at("2027-02-04T14:30"), **said)
    put_in(world.services, "administrator", WIDE, PUT_IN_AT)
    assert now_of(world, case).deadline == at("2027-02-12T12:00")


def test_a_deadline_never_moves_earlier_and_the_case_says_why(world):
    """3 days from Wednesday 17 February: 18, 19, 22; as Saturday 20 is worked, that would do."""
    case = sent(world, "2027-02-17T09:00")
    (done,) = put_in(world.services, "administrator", WIDE, PUT_IN_AT)
    assert (done.is_moved, done.recount.counted) == (False, at("2027-02-20T18:00"))
    after = now_of(world, case)
    assert after.deadline == case.value.deadline == at("2027-02-22T18:00")
    assert "仍按原期限" in after.steps[-1].reason
    assert count_provisional(world.services) == 0


@pytest.mark.parametrize(
    ("chosen", "becomes"),
    [
        ("2027-02-09T12:00", "2027-02-12T18:00"),
        ("2027-02-15T12:00", "2027-02-15T12:00"),
        ("2027-02-13T12:00", "2027-02-13T12:00"),
    ],
)
def test_a_day_that_somebody_chose_moves_only_off_a_holiday(world, chosen, becomes):
    """Saturday 13 February was no working day when it was chosen, and stays."""
    case = sent(world, "2027-02-01T09:00", chosen)
    put_in(world.services, "administrator", WIDE, PUT_IN_AT)
    assert now_of(world, case).deadline == at(becomes)


def as_version_3(world, case) -> None:
    """Kept as before deadlines said that they are provisional."""
    kept = world.services.store.get("cases", case.id)
    earlier = {**kept.document, "v": 3, "steps": [{**kept.document["steps"][0]}]}
    del earlier["steps"][0]["provisional"]
    world.services.store.update("cases", case.id, earlier, expected_revision=kept.revision)


@pytest.mark.parametrize(("deadline", "years"), [("2026-12-24T18:00", None), ("2026-12-30T18:00", (2027,))])
def test_the_last_days_of_december_are_the_next_years_in_old_folders_too(world, deadline, years):
    case = sent(world, "2026-12-20T09:00", deadline)
    as_version_3(world, case)
    found = setting(now_of(world, case).course).provisional
    assert (found and found.years) == years


def test_an_urgent_deadline_of_an_old_folder_stays_where_it_is(world, monkeypatch):
    """Urgent hours run day and night: no holiday moves them, and they are not provisional."""
    case = sent(world, "2027-02-09T09:00", "2027-02-10T09:00")
    as_version_3(world, case)
    assert count_provisional(world.services) == 1
    urgent = replace(world.services.library.deadlines, default=Limit(24, "urgent_hours"), limits=())
    monkeypatch.setattr(type(world.services.library), "deadlines", urgent)
    assert count_provisional(world.services) == 0
    assert would_recount(world.services, WIDE) == []


def test_what_was_given_before_deadlines_said_so_moves_off_the_laws_holidays_at_once(world):
    """As version 3 kept it: five weekdays from 25 December 2026 ended on New Year's Day."""
    case = sent(world, "2026-12-25T09:00", "2027-01-01T18:00")
    as_version_3(world, case)
    (done,) = recount_all(world.services, "系统", datetime(2026, 12, 26, tzinfo=UTC))
    after = now_of(world, case)
    assert (done.recount.is_final, after.deadline) == (False, at("2027-01-04T18:00"))
    assert (after.steps[-1].by, after.steps[-1].reason) == ("系统", "法定节假日不上班")
    assert count_provisional(world.services) == 1, "the rest of the year is still not arranged"


def test_the_unit_reads_it_and_both_are_told_once(world, robots):
    unit, office = robots
    case = sent(world, "2027-02-02T09:00")
    remind(world.services, at("2027-02-02T10:00"))
    assert "（暂定）" in said(unit)[0]
    put_in(world.services, "administrator", WIDE, PUT_IN_AT)
    remind(world.services, PUT_IN_AT)
    remind(world.services, PUT_IN_AT + timedelta(minutes=5))
    assert len(said(unit)) == 2
    assert "按放假调休安排重算期限 1 件" in said(unit)[1]
    assert said(unit)[1].count(case.id) == 1
    assert "期限 02-12 18:00，" in said(unit)[1]
    assert len(said(office)) == 1
    assert "按放假调休安排重算期限，告知督导 1 件" in said(office)[0]
    step = for_unit(case.id, now_of(world, case), world.unit(BUREAU), {}, "").steps[-1]
    assert (step.label, step.party, step.deadline) == ("重算期限", "系统", at("2027-02-12T18:00"))


def test_nobody_may_recount_by_hand(world):
    case = dispatched(world)
    with pytest.raises(AssertionError, match="other_party"):
        acted_on(world, case, "supervisor", "recount", reason="提前", deadline=at("2026-11-24T18:00"))


def test_a_year_put_in_again_takes_the_earlier_ones_place(world):
    put_in(world.services, "administrator", WIDE, PUT_IN_AT)
    put_in(world.services, "administrator", replace(WIDE, source="通知"), PUT_IN_AT)
    assert [one.source for one in world.services.library.deadlines.years] == ["通知"]
    assert world.services.library.number("deadlines") == 2


def reported(world, case, when: str):
    """The case as it is once its unit has reported the work done at that time."""
    handle = Step("handle", at(when), "unit", Party.UNIT, unit=world.unit(BUREAU), photos=("a",))
    return stepped(case.value, acted(replace(case.value.course, state=State.ACCEPTED), handle))


def calendar_of(world):
    deadlines = world.services.library.deadlines
    return deadlines, deadlines.office(world.services.settings.timezone)


@pytest.mark.parametrize(("when", "is_late"), [("2027-02-12T17:00", False), ("2027-02-12T18:01", True)])
def test_when_the_office_puts_the_year_in_makes_no_report_late(world, when, is_late):
    """Provisionally due on the 9th, a holiday as it turns out: by the count due on the 12th at 18:00."""
    case = reported(world, sent(world, "2027-02-02T09:00"), when)
    assert reported_late(case, *calendar_of(world)), "as long as nobody knows better"
    put_in(world.services, "administrator", WIDE, at("2027-02-13T09:00"))
    assert reported_late(case, *calendar_of(world)) == is_late


def test_a_case_that_cannot_be_recounted_keeps_no_other_from_it(world, monkeypatch, caplog):
    bad, good = sent(world, "2027-02-02T09:30"), sent(world, "2027-02-02T09:00", seed=2)
    usual = recounting.recounted

    def failing(course, office):
        if course == bad.value.course:
            raise ValueError("end nowhere")
        return usual(course, office)

    monkeypatch.setattr(recounting, "recounted", failing)
    assert [one.id for one in put_in(world.services, "administrator", WIDE, PUT_IN_AT)] == [good.id]
    assert bad.id in caplog.text


@pytest.mark.parametrize(
    ("asked", "left"),
    [("2027-02-10T18:00", None), ("2027-02-12T18:00", None), ("2027-02-15T18:00", "2027-02-15T18:00")],
)
def test_a_recount_that_reaches_what_the_unit_asked_for_answers_it(world, asked, left):
    """From the 9th to the 12th: what was asked for up to then could be neither granted nor asked for again."""
    case = acted_on(world, sent(world, "2027-02-02T09:00"), "unit", "accept", at=at("2027-02-02T10:00"))
    acted_on(world, case, "unit", "extend", at=at("2027-02-02T11:00"), deadline=at(asked), reason="等材料")
    put_in(world.services, "administrator", WIDE, PUT_IN_AT)
    after = now_of(world, case)
    assert after.asked_until == (at(left) if left else None)
    assert ("不必再答复" in after.steps[-1].reason) == (left is None)


FORGOTTEN = replace(WIDE, off=WIDE.off - {date(2027, 2, 9), date(2027, 2, 10), date(2027, 2, 11)})


@pytest.mark.parametrize("before", [True, False])
def test_correcting_a_year_that_was_put_in_wrongly_recounts_what_rests_on_it(world, before):
    """The bridge of 9 to 11 February was forgotten; the deadline, given before or after that, moves from the 9th."""
    if before:
        case = sent(world, "2027-02-02T09:00")
        put_in(world.services, "administrator", FORGOTTEN, PUT_IN_AT)
    else:
        put_in(world.services, "administrator", FORGOTTEN, at("2027-02-01T09:00"))
        case = sent(world, "2027-02-02T09:00")
    assert (now_of(world, case).deadline, count_provisional(world.services)) == (at("2027-02-09T18:00"), 0)
    (done,) = put_in(world.services, "administrator", WIDE, PUT_IN_AT)
    after = now_of(world, case)
    assert (done.is_moved, after.deadline) == (True, at("2027-02-12T18:00"))
    assert after.steps[-1].reason == "放假调休安排已更正"
    assert put_in(world.services, "administrator", FORGOTTEN, PUT_IN_AT) == [], "none moves earlier"
    assert put_in(world.services, "administrator", WIDE, PUT_IN_AT) == []


def test_a_form_that_was_opened_the_day_before_gives_a_count_as_well(world):
    """Proposed on Tuesday 2 February, sent on Wednesday: three days from Tuesday, the 9th, or the 12th as arranged."""
    case = sent(world, "2027-02-03T09:00", "2027-02-09T18:00")
    assert setting(case.value.course).provisional.count == 3
    put_in(world.services, "administrator", FORGOTTEN, PUT_IN_AT)
    assert now_of(world, case).deadline == at("2027-02-09T18:00"), "no day longer than was promised"
    put_in(world.services, "administrator", WIDE, PUT_IN_AT)
    assert now_of(world, case).deadline == at("2027-02-12T18:00")
