"""What is told of an inspection to whoever is not to know who made it.

Not only the account: where a phone was and when, one photo after the other, is the way that somebody walked, and what a
file says of its camera tells whose it is. So of instants the day is left, of positions how far from the site they were.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, tzinfo

from ...domain.evidence.photo import Evidence
from ...domain.evidence.signals import Signal
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.presence import Presence

_OF_THE_PERSON = frozenset({"impossible_speed"})
"""Signals that compare one inspector's photos of several places."""


def day_of(at: datetime, timezone: tzinfo) -> datetime:
    """The beginning of the day, local to the city, on which something was."""
    return at.astimezone(timezone).replace(hour=0, minute=0, second=0, microsecond=0)


def without_person(inspection: Inspection, timezone: tzinfo) -> Inspection:
    """An inspection to be shown, never to be kept: without account, time of day, positions and voice."""
    instants = (inspection.started_at, inspection.finished_at, inspection.received_at)
    started, finished, received = (day_of(at, timezone) for at in instants)
    return replace(
        inspection,
        inspector="",
        started_at=started,
        finished_at=finished,
        received_at=received,
        photos=tuple(photo_without_person(photo, timezone) for photo in inspection.photos),
        recordings=(),
        taps={},
        # Why it waits, and where the phone was, tell of the person; that it waits does not.
        presence=Presence(inspection.presence.state),
    )


def photo_without_person(photo: Evidence, timezone: tzinfo) -> Evidence:
    """The photo without position, time of day, and what the phone said of itself."""
    day = day_of(photo.captured_at, timezone)
    return replace(photo, captured_at=day, fix=None, clock_error_ms=None, original=None, clock_offset_ms=None)


def signals_without_person(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    """The signals by name only: their words and numbers are of the phone, its way and its clock."""
    return tuple(Signal(one.name, "") for one in signals if one.name not in _OF_THE_PERSON)
