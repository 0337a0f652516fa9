"""What is told of an inspection to whoever is not to know who made it.

Not only the account: where a phone was and when, one photo after the other, is the way that somebody walked, and what a
file says of its camera tells whose it is. So of instants the day is left, of positions how far from the site they were,
and what people wrote is told without the names of accounts (``words``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from typing import Any

from ...domain.accounts.nameless import Words, as_written
from ...domain.evidence.photo import Evidence
from ...domain.evidence.signals import Signal
from ...domain.inspecting.inspection import EarlierVersion, Inspection, Review
from ...domain.inspecting.presence import Presence
from ...domain.place.sites import Site

FREE_TEXT = frozenset({"note", "no_photo_reason", "name"})
"""The fields of an answer in which an inspector writes what they like; ``name`` is of premises."""
_OF_THE_PERSON = frozenset({"impossible_speed"})
"""Signals that compare one inspector's photos of several places."""


def day_of(at: datetime, timezone: tzinfo) -> datetime:
    """The beginning of the day, local to the city, on which something was."""
    return at.astimezone(timezone).replace(hour=0, minute=0, second=0, microsecond=0)


def nameless(inspection: Inspection, words: Words) -> Inspection:
    """An inspection to be shown, never to be kept: what was written about it in these words."""
    return inspection if words is as_written else worded(inspection, words)


def worded(inspection: Inspection, words: Words) -> Inspection:
    """An inspection with every free text about it in these words, but those of what was decided on its presence."""
    reviews = {item: _review(review, words) for item, review in inspection.reviews.items()}
    return replace(
        inspection,
        site=nameless_site(inspection.site, words),
        answers={item: _answer(answer, words) for item, answer in inspection.answers.items()},
        items=tuple(replace(item, detail=words(item.detail)) for item in inspection.items),
        reviews=reviews,
        history=tuple(replace(step, review=_review(step.review, words)) for step in inspection.history),
        corrections=tuple(_version(version, words) for version in inspection.corrections),
    )


def _version(version: EarlierVersion, words: Words) -> EarlierVersion:
    return replace(
        version,
        reason=words(version.reason),
        answers={item: _answer(answer, words) for item, answer in version.answers.items()},
        items=tuple(replace(item, detail=words(item.detail)) for item in version.items),
    )


def nameless_site(site: Site, words: Words) -> Site:
    """A registered site as it is; of a report, whose place is named by who made it, in these words."""
    return site if site.code else replace(site, name=words(site.name))


def _review(review: Review, words: Words) -> Review:
    return replace(review, reason=words(review.reason))


def _answer(raw: Mapping[str, Any], words: Words) -> dict[str, object]:
    return {field: in_words(field, value, words) for field, value in raw.items()}


def in_words(field: str, value: object, words: Words, free: Collection[str] = FREE_TEXT) -> object:
    """A value of an answer, or of anything that was sent, with what is free text in it, at whatever depth, in these
    words; ``free`` are the names of the fields that hold such.
    """
    if isinstance(value, Mapping):
        return {name: in_words(name, one, words, free) for name, one in value.items()}
    if isinstance(value, list):
        return [in_words(field, one, words, free) for one in value]
    return words(value) if isinstance(value, str) and field in free else value


def without_person(inspection: Inspection, timezone: tzinfo, words: Words) -> Inspection:
    """An inspection to be shown, never to be kept: without account, names, time of day, positions and voice."""
    inspection = nameless(inspection, words)
    instants = (inspection.started_at, inspection.finished_at, inspection.received_at)
    started, finished, received = (day_of(at, timezone) for at in instants)
    return replace(
        inspection,
        inspector="",
        partner="",
        started_at=started,
        finished_at=finished,
        received_at=received,
        photos=tuple(photo_without_person(photo, timezone) for photo in inspection.photos),
        recordings=(),
        taps={},
        clock=None,
        corrections=tuple(
            replace(version, by="", at=day_of(version.at, timezone), recordings=0) for version in inspection.corrections
        ),
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
