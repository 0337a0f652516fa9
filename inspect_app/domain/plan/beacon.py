"""The public number (公开数) that a draw is mixed with: from which source, of which day, and the one way to write it.

Nobody may know it when the draw's secret is committed to, and everybody may look it up once the draw is made. What
people type is brought to one canonical form, so that no choice is left in how a number is written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ..problems import Problem

CHINA = ZoneInfo("Asia/Shanghai")
"""All sources tell their hours in China's time, whatever the city's."""
MOST_DAYS_LATER = 14
"""Where a day brought no number (a holiday), the next one that did counts; no market rests for longer."""
MAX_TYPED = 60
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN = re.compile(r"\+?([0-9]+)(?:\.([0-9]*))?")
_GROUPED = re.compile(r"\+?([0-9]{1,3}(?:[, '\u2019][0-9]{3})+)(?:\.([0-9]*))?")
_UNITS = ("点",)


@dataclass(frozen=True, slots=True)
class BeaconSource:
    """Where a number comes from. Until ``open_until`` of its day nobody knows it, from ``known_from`` on everybody.

    ``decimals`` is how many it is published with, ``digits`` how many it has before them at most; on ``weekdays``
    (0 is Monday) there is one. ``real`` is False for what is invented for practice: it binds nobody.
    """

    id: str
    title: str
    where: str
    decimals: int
    digits: int
    open_until: time
    known_from: time
    weekdays: frozenset[int] = frozenset(range(7))
    real: bool = True


def _price(id: str, title: str, where: str) -> BeaconSource:
    """A closing price: before the opening auction (9:15) nobody knows it, at 15:00 it stands."""
    return BeaconSource(id, title, f"{where}，两位小数", 2, 6, time(9, 15), time(15), frozenset(range(5)))


SOURCES: Mapping[str, BeaconSource] = {
    source.id: source
    for source in (
        _price("sse-composite", "上证综指收盘价", "上海证券交易所的行情"),
        _price("szse-component", "深证成指收盘价", "深圳证券交易所的行情"),
        _price("csi-300", "沪深300收盘价", "中证指数有限公司的行情"),
        BeaconSource("pl5", "体彩排列5开奖号码", "中国体彩网，五个数字连写", 0, 5, time(20), time(21, 30)),
        BeaconSource("practice", "练习用的虚构数", "随便写一个，不是真的", 2, 6, time.min, time.min, real=False),
    )
}
"""The sources to choose from. A row that was ever announced stays."""


@dataclass(frozen=True, slots=True)
class Beacon:
    """A number to come or, with its ``value``, one that is known: decimal digits without what can be left out."""

    source: str
    day: date
    value: str = ""

    @property
    def title(self) -> str:
        """As people call it: ``2026-11-27 上证综指收盘价``."""
        return f"{self.day.isoformat()} {SOURCES[self.source].title}"

    @property
    def canonical(self) -> str:
        """The ASCII text that the draw is mixed with: ``2026-11-27 sse-composite 3987.15``."""
        return f"{self.day.isoformat()} {self.source} {self.value}"

    @property
    def open_until(self) -> datetime:
        """The instant until which nobody knows it."""
        return datetime.combine(self.day, SOURCES[self.source].open_until, CHINA)

    @property
    def known_from(self) -> datetime:
        """The instant from which everybody knows it."""
        return datetime.combine(self.day, SOURCES[self.source].known_from, CHINA)


def parse_beacon(source: str, day: str) -> Beacon | list[Problem]:
    """The number to come that was typed; or what is wrong with it."""
    if source not in SOURCES:
        named = tuple(f"{one.id}（{one.title}）" for one in SOURCES.values() if one.real)
        return [Problem("plan.source_unknown", details={"source": source[:MAX_TYPED], "accepted": named})]
    found = day_from(day)
    if found is None:
        return [Problem("plan.number_day_malformed", details={"got": day[:MAX_TYPED]})]
    if found.weekday() not in SOURCES[source].weekdays:
        return [_at_weekend(found, SOURCES[source])]
    return Beacon(source, found)


def day_from(text: str) -> date | None:
    """The day of an ISO date, full-width digits among it allowed; None for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        return date.fromisoformat(plain) if _DAY.fullmatch(plain) else None
    except ValueError:
        return None


def canonical_value(source: str, typed: str) -> str | Problem:
    """The one way to write the number that was typed, or what is wrong with it.

    Full-width digits, separators of thousands, a sign, zeros before and behind and the unit make no difference. More
    decimals than the source publishes are refused: rounding would be a choice.
    """
    row = SOURCES[source]
    plain = unicodedata.normalize("NFKC", typed[: MAX_TYPED + 1]).strip()
    for unit in _UNITS:
        plain = plain.removesuffix(unit).rstrip()
    match = _PLAIN.fullmatch(plain) or _GROUPED.fullmatch(plain)
    if match is None or len(typed) > MAX_TYPED:
        return Problem("plan.number_malformed", details={"example": _example(row), "got": typed[:MAX_TYPED]})
    whole = re.sub(r"[^0-9]", "", match[1]).lstrip("0")
    part = (match[2] or "").rstrip("0")
    if len(whole) > row.digits or len(part) > row.decimals:
        return _too_long(row, typed)
    return f"{whole or '0'}.{part}" if part else whole or "0"


def used_day(announced: Beacon, typed: str) -> date | Problem:
    """The day whose number is used: the announced one where none is typed, or the next day that brought a number."""
    day = day_from(typed) if typed.strip() else announced.day
    last = announced.day + timedelta(days=MOST_DAYS_LATER)
    if day is None or not announced.day <= day <= last:
        first = announced.day.isoformat()
        return Problem("plan.number_day_not_announced", details={"day": first, "most_days": MOST_DAYS_LATER})
    if day.weekday() not in SOURCES[announced.source].weekdays:
        return _at_weekend(day, SOURCES[announced.source])
    return day


def _at_weekend(day: date, row: BeaconSource) -> Problem:
    return Problem("plan.number_day_at_weekend", details={"day": day.isoformat(), "title": row.title})


def _too_long(row: BeaconSource, typed: str) -> Problem:
    return Problem(
        "plan.number_too_exact" if row.decimals else "plan.number_not_whole",
        details={
            "title": row.title,
            "digits": row.digits,
            "decimals": row.decimals,
            "example": _example(row),
            "got": typed,
        },
    )


def _example(row: BeaconSource) -> str:
    return "3987.15" if row.decimals else "53168"[: row.digits]
