"""Working days of any year: the law's own holidays, announced arrangements, and deadlines against a count by hand."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from borax.calendars.lunardate import LunarDate, TermUtils

from inspect_app.domain.cases.arrangements import Arrangement, parse_arrangement, with_arrangement, wrong_with
from inspect_app.domain.cases.deadlines import Deadlines, parse_deadlines
from inspect_app.domain.cases.holidays import LAST_YEAR, statutory_holidays
from inspect_app.domain.cases.working_time import Office, add_working_hours, end_of_working_day
from inspect_app.settings import PROJECT
from inspect_app.wording import all_said

CITY = ZoneInfo("Asia/Shanghai")
NOTICES = {
    int(path.stem): path.read_text("utf-8") for path in sorted((Path(__file__).parent / "notices").glob("*.txt"))
}
"""The State Council's notices of 2024, 2025 and 2026, each with where it was read."""
LAWFUL = {
    "2024": "01-01 02-10 02-11 02-12 04-04 05-01 06-10 09-17 10-01 10-02 10-03",
    "2027": "01-01 02-05 02-06 02-07 02-08 04-05 05-01 05-02 06-09 09-15 10-01 10-02 10-03",
    "2028": "01-01 01-25 01-26 01-27 01-28 04-04 05-01 05-02 05-28 10-01 10-02 10-03",
}
"""Written down from the law and a printed calendar; in 2028 Mid-Autumn is on 3 October. 2024 by the law of 2013."""


def days(year: str) -> set[date]:
    return {date.fromisoformat(f"{year}-{day}") for day in LAWFUL[year].split()}


def test_the_laws_holidays_are_those_of_the_printed_calendar():
    assert statutory_holidays(2027) == days("2027")
    assert statutory_holidays(2028) == days("2028")
    assert statutory_holidays(2024) == frozenset(), "another law was in force"


def test_two_lunar_calendars_of_different_authors_agree_to_the_day():
    """Qingming is the solar term, which another program takes from the Hong Kong Observatory's tables."""
    for year in range(2025, LAST_YEAR + 1):
        spring = LunarDate(year, 1, 1).to_solar_date()
        by_tables = {spring + timedelta(days=number) for number in (-1, 0, 1, 2)}
        by_tables |= {LunarDate(year, 5, 5).to_solar_date(), LunarDate(year, 8, 15).to_solar_date()}
        by_tables |= {TermUtils.day_start_from_term(year, "清明", 0)}
        by_tables |= {date(year, month, day) for month, day in ((1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3))}
        assert statutory_holidays(year) == by_tables, year


@pytest.mark.parametrize("year", [2025, 2026])
def test_a_notice_pasted_whole_is_read_as_the_package_has_it(year):
    read = parse_arrangement(NOTICES[year])
    assert isinstance(read, Arrangement), read
    assert (read.off, read.on) == tuple(map(frozenset, printed(NOTICES[year])))
    assert read.surplus == 0
    known, told = Office(CITY), Office(CITY, years=(read,))
    year_s_days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    assert [known.works_on(day) for day in year_s_days] == [told.works_on(day) for day in year_s_days]


def test_a_notice_of_the_law_before_is_refused_by_its_year():
    assert "2025到2100" in all_said(parse_arrangement(NOTICES[2024]))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("元旦：1月1日放假", "没有写是哪一年"),
        ("2027年：休息", "没有读出"),
        ("2027年：1月1日放假。", "2027-02-05"),
        ("2027年：2月30日放假。", "2月30日"),
        ("2027年：1月1日至3日放假，共4天。", "写共4天，读出3天"),
        ("2027年：1月5日上班。1月1日放假", "本来就上班"),
        ("year = 2027\noff = [2026-01-01]", "2026-01-01 不在这一年"),
        ("year = 2027\noff = [2027-05-01]\non = [2027-05-01]", "又放假又上班"),
        ("year = 1999\noff = []", "1999"),
        ("year = inf\noff = []", "year"),
        ("year = 2027\noff = [2027-02-05T08:00:00]", "不是日期"),
        (" \n", "没有写是哪一年"),
        ("year = 2027\noff = ['x']", "「x」不是日期"),
        ("[[years]]\nyear = 2027\n[[years]]\nyear = 2028", "一年的"),
    ],
)
def test_what_an_arrangement_cannot_be_is_named(text, told):
    problems = parse_arrangement(text)
    assert isinstance(problems, list)
    assert told in all_said(problems)


def test_an_arrangement_takes_its_place_in_the_text_and_leaves_the_rest():
    text = (PROJECT / "checklists" / "deadlines.toml").read_text("utf-8")
    first = parse_arrangement(NOTICES[2026])
    once = with_arrangement(text, first)
    assert once.startswith(text.rstrip("\n"))
    other = with_arrangement(once, Arrangement(2027, statutory_holidays(2027), frozenset(), "通知"))
    changed = with_arrangement(other, Arrangement(2026, first.off, frozenset(), '"怪"\\'))
    read = parse_deadlines(changed)
    assert isinstance(read, Deadlines), read
    assert [(one.year, len(one.on), one.source) for one in read.years] == [(2027, 0, "通知"), (2026, 0, "”怪”")]
    assert "写了两次" in all_said(parse_deadlines(once + once[once.index("[[years]]") :]))


def test_putting_a_year_in_again_leaves_the_comments_of_the_file():
    arranged = Arrangement(2027, statutory_holidays(2027), frozenset())
    text = (
        "off = []\n\n [[ years ]]\nyear = 2027\n# 通知未到\noff = []\n\n"
        "# 餐饮油烟，不得改\n[[limits]]\nworking_days = 3\n"
    )
    changed = with_arrangement(text, arranged)
    assert "# 餐饮油烟，不得改\n[[limits]]" in changed
    assert "通知未到" not in changed
    read = parse_deadlines(changed)
    assert isinstance(read, Deadlines), read
    assert read.years == (arranged,)


def test_an_arrangement_may_begin_in_the_december_before():
    """As that of 2019 did: Saturday 29 December 2018 was worked."""
    lawful = statutory_holidays(2027)
    arranged = Arrangement(2027, lawful | {date(2026, 12, 31)}, frozenset({date(2026, 12, 26)}))
    assert wrong_with(arranged) == []
    assert wrong_with(Arrangement(2027, lawful | {date(2026, 12, 24)}, frozenset()))
    office = Office(CITY, years=(arranged,))
    assert [office.works_on(date(2026, 12, day)) for day in (25, 26, 31)] == [True, True, False]


def worked(day: date, off: set[date], on: set[date]) -> bool:
    return day in on or (day.weekday() < 5 and day not in off)


def test_two_thousand_deadlines_are_those_of_a_count_day_by_day():
    """2024 to 2028: the announced lists as their notices print them, then the law's days as written above."""
    off, on = days("2027") | days("2028"), set()
    for text in NOTICES.values():
        printed_off, printed_on = printed(text)
        off |= printed_off
        on |= printed_on
    office, chance = Office(CITY), random.Random(2027)
    for number in range(2_000):
        start = datetime(2024, 1, 1, tzinfo=CITY) + timedelta(minutes=chance.randrange(5 * 525_600 - 60 * 1_440))
        if number % 2:
            count = chance.randrange(1, 31)
            expected = closing(start.date(), count, off, on)
            assert end_of_working_day(office, start, count) == expected, (start, count)
        else:
            minutes = chance.randrange(1, 120 * 60)
            expected = ticked(start, minutes, off, on)
            assert add_working_hours(office, start, minutes / 60) == expected, (start, minutes)


def closing(day: date, count: int, off: set[date], on: set[date]) -> datetime:
    """18:00 of the ``count``-th working day after a day."""
    while count:
        day += timedelta(days=1)
        count -= worked(day, off, on)
    return datetime.combine(day, time(18), CITY).astimezone(UTC)


def ticked(start: datetime, minutes: int, off: set[date], on: set[date]) -> datetime:
    """When so many minutes of 08:30–12:00 and 14:30–18:00 are over, minute after minute of the day's 1,440."""
    day, minute = start.date(), start.hour * 60 + start.minute
    while True:
        if worked(day, off, on):
            for at in range(minute, 1_440):
                if 510 <= at < 720 or 870 <= at < 1_080:
                    minutes -= 1
                    if not minutes:
                        midnight = datetime.combine(day, time(), CITY)
                        return (midnight + timedelta(minutes=at + 1)).astimezone(UTC)
        day, minute = day + timedelta(days=1), 0


def printed(text: str) -> tuple[set[date], set[date]]:
    """The lists at the foot of a notice's file, written down by hand: ``off 2024-01-01..2024-01-01``."""
    found: dict[str, set[date]] = {"off": set(), "on": set()}
    for line in text.splitlines():
        kind, _, spans = line.partition(" ")
        for span in spans.split() if kind in found else ():
            first, _, last = span.partition("..")
            day, end = date.fromisoformat(first), date.fromisoformat(last or first)
            while day <= end:
                found[kind].add(day)
                day += timedelta(days=1)
    return found["off"], found["on"]
