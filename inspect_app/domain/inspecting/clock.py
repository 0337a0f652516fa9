"""Times of a visit (时间): a phone's clock may be wrong, be changed, or never have met the server's.

A phone tells each time by the server's clock, as well as it can, and what its own clock said. Nothing is refused for a
time: one that cannot be is corrected here, and what was corrected is told, as codes, the keys of ``CORRECTIONS``.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ..evidence.photo import Evidence
from ..evidence.recordings import Recording
from ..numbers import is_number
from ..weeks import instant_from
from .presence import LONGEST
from .submission import MAX_TAP_MS, Header, Submission

AHEAD = timedelta(minutes=15)
"""By so much a visit may end after it came: nobody needs it nearer, and clocks that keep time differ by less."""
EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2900, 1, 1, tzinfo=UTC)
LONGEST_SURE = timedelta(milliseconds=MAX_TAP_MS)
"""What lasts longer has a wrong start. So has what lasts longer than ``LONGEST``, unless a photo or position was noted
about then or the phone had the start from the server's clock: a form may wait for a while, and then for the office."""
NEAR = timedelta(hours=1)
"""A photo or position within so much of the start shows that it is right."""

CORRECTIONS: Mapping[str, str] = {
    "by_contact": "手机填写时没有与服务器对过时，按发送时的时差换算",
    "ahead": "手机时间比服务器快，按收到的时间前移",
    "unset": "手机日期没有设置，按收到的时间后移",
    "start_after_end": "开始时间晚于结束时间，改为其间最早的照片或定位的时间，没有的改为结束时间",
    "start_too_early": "开始时间过早，改为其间最早的照片或定位的时间，没有的改为结束时间",
}
"""What was done to the times of a visit, as it is told to the inspector and the office."""


@dataclass(frozen=True, slots=True)
class PhoneClock:
    """Start and end by the phone's own clock (or as it sent them, where it does not say), as aware UTC.

    ``error_ms`` bounds the error of the start as the phone told it by the server's clock: infinite where the phone was
    not in contact with it, None where it does not say. ``corrections`` are what the server did to the times.
    """

    started_at: datetime
    finished_at: datetime
    error_ms: float | None = None
    corrections: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Timed:
    """A header with times that can be, what the phone's clock said, and by how much all times were moved.

    ``restarted``: the start alone was corrected, so what was counted from it tells nothing.
    """

    header: Header
    clock: PhoneClock
    moved: timedelta = timedelta()
    restarted: bool = False


def timed(header: Header, raw: Mapping[str, Any], now: datetime, phone_now: datetime | None = None) -> Timed:
    """The header of a submission with times that can be; ``phone_now`` is what the phone's clock said on sending it."""
    clock = _phone_clock(header, raw)
    moved, why = _move(header, clock, now, phone_now)
    started, finished = _later(header.started_at, moved), _later(header.finished_at, moved)
    seen = [_later(at, moved) for at in _seen(raw)]
    wrong = _wrong_start(started, finished, seen, clock)
    if wrong:
        started = min((at for at in seen if finished - LONGEST <= at <= finished), default=finished)
    corrections = tuple(filter(None, (why, wrong)))
    return Timed(
        replace(header, started_at=started, finished_at=finished),
        replace(clock, corrections=corrections),
        moved,
        bool(wrong),
    )


def moved(submission: Submission, by: Timed) -> Submission:
    """A submission whose photos, recordings and positions were moved as its times were.

    Photos of which the phone knows the server's time stay as they are.
    """
    kept = replace(submission, header=by.header, taps={} if by.restarted else submission.taps)
    if not by.moved:
        return kept
    return replace(
        kept,
        photos=tuple(_photo(photo, by.moved) for photo in submission.photos),
        recordings=tuple(_recording(one, by.moved) for one in submission.recordings),
        claim=replace(
            submission.claim,
            fixes=tuple(replace(fix, at=_later(fix.at, by.moved)) for fix in submission.claim.fixes),
        ),
    )


def _wrong_start(started: datetime, finished: datetime, seen: Sequence[datetime], clock: PhoneClock) -> str:
    """What is wrong with a start, a key of ``CORRECTIONS``; empty where it can be right."""
    if started > finished:
        return "start_after_end"
    if started < EARLIEST or finished - started > LONGEST_SURE:
        return "start_too_early"
    sure = clock.error_ms is not None and clock.error_ms < math.inf
    if finished - started > LONGEST and not sure and not any(abs(at - started) <= NEAR for at in seen):
        return "start_too_early"
    return ""


def _move(header: Header, clock: PhoneClock, now: datetime, phone_now: datetime | None) -> tuple[timedelta, str]:
    """By how much all times are to be moved, and why."""
    if phone_now is not None and clock.error_ms == math.inf:
        by = (clock.started_at - header.started_at) + (now - phone_now)
        if abs(by) > AHEAD and EARLIEST < _later(header.finished_at, by) <= now + AHEAD:
            return by, "by_contact"
    if header.finished_at > now + AHEAD:
        return now - header.finished_at, "ahead"
    if header.finished_at < EARLIEST:
        return now - header.finished_at, "unset"
    return timedelta(), ""


def _phone_clock(header: Header, raw: Mapping[str, Any]) -> PhoneClock:
    """What is sent as ``clock``. It is told, not needed: what cannot be read of it is as if it were not sent."""
    said = raw.get("clock")
    said = said if isinstance(said, Mapping) else {}
    started, finished = _instant(said.get("started_at")), _instant(said.get("finished_at"))
    return PhoneClock(_shown(started or header.started_at), _shown(finished or header.finished_at), _error_ms(said))


def _shown(at: datetime) -> datetime:
    """The instant, within the years that every time zone has."""
    return min(max(at, FIRST), LAST)


def _error_ms(said: Mapping[str, Any]) -> float | None:
    value = said.get("error_ms", "")
    if value is None:
        return math.inf
    return float(value) if is_number(value) and 0 <= value < 1e13 else None


def _seen(raw: Mapping[str, Any]) -> Iterator[datetime]:
    """When photos were taken at the place and positions measured, as far as it can be read."""
    presence = raw.get("presence")
    fixes = presence.get("fixes") if isinstance(presence, Mapping) else None
    for listed, field in ((raw.get("photos"), "captured_at"), (fixes, "at")):
        for one in listed if isinstance(listed, list) else []:
            if isinstance(one, Mapping) and one.get("source") != "gallery" and (at := _instant(one.get(field))):
                yield at


def _photo(photo: Evidence, by: timedelta) -> Evidence:
    if photo.source == "gallery" or (photo.clock_error_ms is not None and photo.clock_error_ms < math.inf):
        return photo
    fix = replace(photo.fix, at=_later(photo.fix.at, by)) if photo.fix else None
    return replace(photo, captured_at=_later(photo.captured_at, by), fix=fix)


def _recording(recording: Recording, by: timedelta) -> Recording:
    return replace(recording, captured_at=_later(recording.captured_at, by))


def _later(at: datetime, by: timedelta) -> datetime:
    """The instant moved, as far as there are years for it."""
    try:
        return at + by
    except OverflowError:
        return at


def _instant(value: object) -> datetime | None:
    return instant_from(value) if isinstance(value, str) else None
