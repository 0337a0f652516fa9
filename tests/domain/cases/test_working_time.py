"""Working time and deadlines: worked out by hand over the Spring Festival and National Day of two years."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspect_app.domain.cases.arrangements import Arrangement
from inspect_app.domain.cases.deadlines import USUAL_LIMIT, Deadlines, Limit, parse_deadlines
from inspect_app.domain.cases.working_time import (
    Office,
    add_working_hours,
    end_of_working_day,
    guess_words,
    time_left,
    working_clock,
    working_hours_between,
)
from inspect_app.settings import PROJECT
from inspect_app.wording import say

CITY = ZoneInfo("Asia/Shanghai")
OFFICE = Office(CITY)


def at(text: str) -> datetime:
    """An instant given in the city's time."""
    return datetime.fromisoformat(text).replace(tzinfo=CITY).astimezone(UTC)


def test_the_spring_festival_of_2025():
    """Off: Tuesday 28 January to Tuesday 4 February. Worked instead: Sunday 26 January, Saturday 8 February.

    10 hours from Monday 27 January 16:00: 2 h that day (8 left); 28 January to 4 February off; 7 h on Wednesday
    5 February (1 left); Thursday 6 February 08:30 + 1 h = 09:30.
    5 days from Friday 24 January: Saturday 25 off; Sunday 26 (1), Monday 27 (2), then off; Wednesday 5 February (3),
    Thursday 6 (4), Friday 7 (5), until 18:00.
    """
    assert add_working_hours(OFFICE, at("2025-01-27T16:00"), 10) == at("2025-02-06T09:30")
    assert end_of_working_day(OFFICE, at("2025-01-24T10:00"), 5) == at("2025-02-07T18:00")
    assert working_hours_between(OFFICE, at("2025-01-28T00:00"), at("2025-02-05T00:00")) == 0


def test_national_day_of_2025():
    """Off: Wednesday 1 to Wednesday 8 October (with Mid-Autumn).

    Worked instead: Sunday 28 September, Saturday 11 October.

    3 hours from Friday 26 September 17:00: 1 h that day; Saturday 27 off; Sunday 28 worked, 08:30 + 2 h = 10:30.
    5 days from Monday 29 September: Tuesday 30 (1); off until 8 October; Thursday 9 (2), Friday 10 (3), Saturday 11
    (4), Sunday 12 off, Monday 13 (5), until 18:00.
    """
    assert add_working_hours(OFFICE, at("2025-09-26T17:00"), 3) == at("2025-09-28T10:30")
    assert end_of_working_day(OFFICE, at("2025-09-29T09:00"), 5) == at("2025-10-13T18:00")


def test_the_spring_festival_of_2026():
    """Off: Sunday 15 to Monday 23 February. Worked instead: Saturday 14 and Saturday 28 February.

    12 hours from Friday 13 February 15:00: 3 h that day (9 left); Saturday 14 worked, 7 h (2 left); off until 23;
    Tuesday 24 February 08:30 + 2 h = 10:30.
    5 days from Thursday 12 February: Friday 13 (1), Saturday 14 (2), Tuesday 24 (3), Wednesday 25 (4), Thursday 26 (5).
    1 day from Friday 27 February: Saturday 28 is worked.
    """
    assert add_working_hours(OFFICE, at("2026-02-13T15:00"), 12) == at("2026-02-24T10:30")
    assert end_of_working_day(OFFICE, at("2026-02-12T17:59"), 5) == at("2026-02-26T18:00")
    assert end_of_working_day(OFFICE, at("2026-02-27T10:00"), 1) == at("2026-02-28T18:00")


def test_national_day_of_2026():
    """Off: Thursday 1 to Wednesday 7 October, and Friday 25 to Sunday 27 September (Mid-Autumn).

    Worked instead: Sunday 20 September, Saturday 10 October.
    5 hours from Wednesday 30 September 11:00: 1 h until noon, 3.5 h in the afternoon (0.5 left); off until 7 October;
    Thursday 8 October 08:30 + 0.5 h = 09:00.
    5 days from Thursday 24 September: Monday 28 (1), 29 (2), 30 (3), Thursday 8 October (4), Friday 9 (5).
    3 days from Thursday 8 October: Friday 9 (1), Saturday 10 (2), Sunday 11 off, Monday 12 (3).
    """
    assert add_working_hours(OFFICE, at("2026-09-30T11:00"), 5) == at("2026-10-08T09:00")
    assert end_of_working_day(OFFICE, at("2026-09-24T09:00"), 5) == at("2026-10-09T18:00")
    assert end_of_working_day(OFFICE, at("2026-10-08T09:00"), 3) == at("2026-10-12T18:00")
    assert end_of_working_day(OFFICE, at("2026-09-18T09:00"), 1) == at("2026-09-20T18:00")


def test_what_begins_at_night_or_at_noon_begins_when_work_does():
    assert add_working_hours(OFFICE, at("2026-11-23T22:00"), 1) == at("2026-11-24T09:30")
    assert add_working_hours(OFFICE, at("2026-11-23T12:30"), 1) == at("2026-11-23T15:30")
    assert add_working_hours(OFFICE, at("2026-11-23T08:30"), 3.5) == at("2026-11-23T12:00")


def test_a_year_that_is_not_arranged_has_the_laws_holidays_and_says_so_until_it_is():
    """1 October 2040 is a Monday and a holiday by law, Saturday 6 may be worked instead: nobody knows before."""
    assert OFFICE.knows(2026)
    assert not OFFICE.knows(2040)
    assert not OFFICE.works_on(date(2040, 10, 1))
    assert OFFICE.works_on(date(2040, 10, 4))
    assert not OFFICE.works_on(date(2040, 10, 6))
    days = {"off": frozenset({date(2040, 10, 4)}), "on": frozenset({date(2040, 10, 6)})}
    city = Office(CITY, **days)
    assert not city.knows(2040), "a day of the city's own is not the year's arrangement"
    told = Office(CITY, years=(Arrangement(2040, **days),))
    assert told.knows(2040)
    for office in (city, told):
        assert (office.works_on(date(2040, 10, 4)), office.works_on(date(2040, 10, 6))) == (False, True)
    assert told.works_on(date(2040, 10, 1)), "as arranged, whatever the law gives"


def test_a_deadline_that_reaches_into_a_year_nobody_knows_is_a_guess():
    """2040 is arranged, 2041 and later are not; a limit that runs day and night asks no calendar.

    The last week of December is the next year's as well.
    """
    told = Office(CITY, years=(Arrangement(2040, frozenset({date(2040, 10, 1)}), frozenset()),))
    december, january = at("2040-12-20T09:00"), at("2041-01-04T18:00")
    days, urgent = Limit(5, "working_days"), Limit(2, "urgent_hours")
    assert days.guessed_years(told, at("2040-12-24T18:00"), december) == ()
    assert days.guessed_years(told, at("2040-12-25T18:00"), december) == (2041,)
    assert days.guessed_years(told, january, december) == (2041,)
    assert days.guessed_years(told, january, at("2042-03-01T09:00")) == (2041, 2042), "overdue since"
    assert Limit(8, "working_hours").guessed_years(told, january, december) == (2041,)
    assert urgent.guessed_years(told, january, december) == ()
    assert guess_words((2041,)) == "2041年放假调休安排尚未公布，期限按法定节假日和周一至周五暂定，公布后自动重算"
    assert guess_words((2041, 2042)).startswith("2041至2042年")
    assert guess_words(()) == ""


def test_the_last_hours_of_a_year_are_those_of_the_city():
    """18:00 UTC on 24 December is 25 December in the city, from where on the next year's arrangement may reach."""
    evening = datetime(2026, 12, 24, 18, tzinfo=UTC)
    told = Office(CITY, years=(Arrangement(2027, frozenset(), frozenset()),))
    assert told.unknown_years(evening, evening) == ()
    assert Office(CITY).unknown_years(evening, evening) == (2027,)
    assert Office(CITY).unknown_years(evening - timedelta(hours=3), evening - timedelta(hours=3)) == ()


def test_the_citys_word_goes_before_the_packages():
    office = Office(CITY, off=frozenset({date(2026, 11, 24)}))
    assert end_of_working_day(office, at("2026-11-23T09:00"), 1) == at("2026-11-25T18:00")


def test_where_no_day_is_worked_nothing_ends():
    weekdays = frozenset(date(2041, 1, 1) + timedelta(days=number) for number in range(4_000))
    with pytest.raises(ValueError, match="end nowhere"):
        end_of_working_day(Office(CITY, off=weekdays), at("2041-01-01T09:00"), 3)
    with pytest.raises(ValueError, match="end nowhere"):
        add_working_hours(Office(CITY, off=weekdays), at("2041-01-01T09:00"), 3)


INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2027, 12, 31)).map(lambda one: one.replace(tzinfo=UTC))
HOURS = st.floats(0.01, 200)


@settings(max_examples=60, deadline=None)
@given(INSTANTS, HOURS)
def test_as_many_hours_pass_as_were_given_and_they_end_at_work(start, hours):
    end = add_working_hours(OFFICE, start, hours)
    assert end >= start
    assert working_hours_between(OFFICE, start, end) == pytest.approx(hours, abs=1e-6)
    local = end.astimezone(CITY)
    assert OFFICE.works_on(local.date())
    assert any(opens <= local.time() <= closes for opens, closes in OFFICE.hours)


@settings(max_examples=40, deadline=None)
@given(INSTANTS, INSTANTS, INSTANTS)
def test_hours_add_up_and_have_a_sign(first, second, third):
    one, two = working_hours_between(OFFICE, first, second), working_hours_between(OFFICE, second, third)
    assert one + two == pytest.approx(working_hours_between(OFFICE, first, third), abs=1e-6)
    assert one == -working_hours_between(OFFICE, second, first)


@settings(max_examples=40, deadline=None)
@given(INSTANTS, INSTANTS)
def test_the_clock_for_many_tells_the_same_hours(first, second):
    start, end = min(first, second), max(first, second)
    clock = working_clock(OFFICE, start - timedelta(days=3), end + timedelta(days=3))
    assert clock(end) - clock(start) == pytest.approx(working_hours_between(OFFICE, start, end), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(INSTANTS, st.integers(1, 30))
def test_a_day_more_is_later_and_closing_time(start, days):
    end = end_of_working_day(OFFICE, start, days)
    assert start < end < end_of_working_day(OFFICE, start, days + 1)
    assert end.astimezone(CITY).time() == time(18)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-23T09:00", "还剩 3 个工作日"),
        ("2026-11-25T10:00", "还剩 1 个工作日"),
        ("2026-11-26T11:00", "还剩 1 小时"),
        ("2026-11-26T11:45", "还剩 15 分钟"),
        ("2026-11-26T12:30", "刚刚超期"),
        ("2026-11-26T16:30", "已超 2 小时"),
        ("2026-11-29T10:00", "已超 1 个工作日"),
    ],
)
def test_a_countdown_is_in_working_time(now, words):
    assert time_left(OFFICE, at("2026-11-26T12:00"), at(now)) == words


def test_the_closest_limit_decides():
    deadlines = parse_deadlines((PROJECT / "checklists" / "deadlines.toml").read_text("utf-8"))
    assert isinstance(deadlines, Deadlines), deadlines
    office = deadlines.office(CITY)
    assert deadlines.limit_for(["(九)9"], "bus", "x") == deadlines.default
    parking = deadlines.limit_for(["(五)4(2)"], "zebra-crossing", "parking")
    assert parking.words == "7个工作小时"
    assert parking.ends(office, at("2026-11-23T09:00")) == at("2026-11-24T09:00")
    fire = deadlines.limit_for(["(五)4(2)"], "market", "fire")
    assert fire.ends(office, at("2026-09-30T17:00")) == at("2026-10-01T17:00")
    assert deadlines.default.ends(office, at("2026-11-23T09:00")) == at("2026-11-30T18:00")


def test_of_equal_limits_the_last_decides():
    limits = (Limit(1, "working_days", clause="(五)"), Limit(2, "working_days", clause="(五)"))
    assert Deadlines(limits=limits).limit_for(["(五)1"], "", "").count == 2
    assert Deadlines().limit_for([], "", "") == USUAL_LIMIT


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("hours = [", "TOML"),
        ('hours = ["8-12"]', "08:30-12:00"),
        ('hours = ["08:00-12:00", "11:00-18:00"]', "不重叠"),
        ('hours = ["12:00-08:00"]', "从早到晚"),
        ('off = ["2027-02-30"]', "2027-02-30"),
        ("off = [2027-02-05]\non = [2027-02-05]", "同时"),
        ("[[limits]]\nclause = '(五)'", "working_days"),
        ("[[limits]]\nworking_days = 1.5", "整数"),
        ("[[limits]]\nworking_days = 0", "大于0"),
        ("[[limits]]\nworking_days = 3\nworking_hours = 2", "一个"),
        ("[default]\nworking_day = 3", "working_day"),
        ("default = 3", "表"),
        ("remind_hours = -1", "0到200"),
        ("reminder = 1", "reminder"),
    ],
)
def test_a_misprint_in_the_limits_is_named(text, told):
    problems = parse_deadlines(text)
    assert isinstance(problems, list), problems
    assert any(told in str(say(problem)) for problem in problems), [str(say(problem)) for problem in problems]


def walked(office: Office, start: datetime, end: datetime) -> float:
    """Working hours between two instants, day after day and span after span."""
    day, total = start.astimezone(office.timezone).date(), timedelta()
    while day <= end.astimezone(office.timezone).date():
        for opens, closes in office.hours if office.works_on(day) else ():
            begins, ends = (datetime.combine(day, hour, office.timezone).astimezone(UTC) for hour in (opens, closes))
            total += max(min(end, ends) - max(start, begins), timedelta())
        day += timedelta(days=1)
    return total / timedelta(hours=1)


DAYS = st.dates(date(2003, 11, 1), date(2029, 3, 1))
MOMENTS = st.datetimes(datetime(2003, 12, 1), datetime(2029, 2, 1), timezones=st.sampled_from([UTC, CITY]))
OFFICES = st.builds(
    Office,
    st.just(CITY),
    st.sampled_from([OFFICE.hours, ((time(0), time(23, 59)),), ((time(9, 15), time(17, 45)),)]),
    st.frozensets(DAYS, max_size=9),
    st.frozensets(DAYS, max_size=9),
)


@given(
    OFFICES,
    MOMENTS,
    st.one_of(st.timedeltas(timedelta(), timedelta(days=40)), st.timedeltas(timedelta(), timedelta(days=3_000))),
)
@settings(max_examples=120, deadline=None)
def test_hours_are_those_that_a_walk_from_day_to_day_finds(office, start, length):
    """Over years that the package knows, does not know, and those that the city has changed."""
    hours = walked(office, start, start + length)
    assert working_hours_between(office, start, start + length) == pytest.approx(hours, abs=1e-6)
    assert working_hours_between(office, start + length, start) == pytest.approx(-hours, abs=1e-6)


def test_a_deadline_in_another_millennium_is_told_without_a_walk_there(monkeypatch):
    """250 weekdays and more a year; a day is looked at only where the calendar says something of its own."""
    looked = []
    real = Office.works_on
    office = Office(CITY, off=frozenset({date(2500, 1, 4)}))
    monkeypatch.setattr(Office, "works_on", lambda self, day: looked.append(day) or real(self, day))
    assert time_left(office, at("9999-12-31T09:00"), at("2026-11-27T09:00")).endswith(" 个工作日")
    assert len(looked) < 5_000
    assert working_hours_between(office, at("2500-01-01T00:00"), at("2500-01-11T00:00")) == 5 * 7
