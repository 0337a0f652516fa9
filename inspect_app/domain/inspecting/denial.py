"""A partner who was named and says not to have gone along: said with a reason, taken back, settled by the office.

A denial changes nothing of whether the visit counts, and whoever makes it goes on knowing what was found
(``Inspection.knowing``): so nobody gains by a false one, and nobody can stop another's visit by it. While it is open,
whoever made it is not taken to have been there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from .inspection import Inspection
from .kinds import is_visit
from .presence import ALONE, REASONS, Denial, Presence, Settling

MAX_REASON = 200
ALONG, ABSENT = "along", "absent"
FOUND: Mapping[str, str] = {ALONG: "同去", ABSENT: "没有同去"}
"""What the office can find of a denial."""


def open_denial(inspection: Inspection) -> Denial | None:
    """The denial that the office has still to settle."""
    denial = inspection.presence.denial
    return denial if denial and not denial.settled else None


def denied(inspection: Inspection, reason: str, at: datetime) -> Inspection:
    """The visit once its partner says not to have gone along."""
    return _with(inspection, Denial(inspection.partner, reason, at))


def taken_back(inspection: Inspection) -> Inspection:
    """The visit as if its partner had said nothing; that they did stays in the log."""
    return _with(inspection, None)


def found(inspection: Inspection, denial: Denial, settling: Settling, *, needs_two: bool) -> Inspection:
    """The visit once the office has settled the denial; ``settling`` has a key of ``FOUND``.

    Who was not there is no partner any more; where the plan ``needs_two``, whether such a visit counts is the office's
    to say, unless it does not count as it is.
    """
    settled = _with(inspection, replace(denial, settled=settling))
    if settling.decision == ALONG:
        return settled
    waits = needs_two and is_visit(inspection) and inspection.presence.counts
    return replace(settled, partner="", presence=_waiting(settled.presence) if waits else settled.presence)


def denial_in_words(denial: Denial, words: Callable[[str], str]) -> Denial:
    """A denial with its free texts in these words."""
    settled = replace(denial.settled, reason=words(denial.settled.reason)) if denial.settled else None
    return replace(denial, reason=words(denial.reason), settled=settled)


def _with(inspection: Inspection, denial: Denial | None) -> Inspection:
    return replace(inspection, presence=replace(inspection.presence, denial=denial))


def _waiting(presence: Presence) -> Presence:
    named = {*presence.reasons, ALONE}
    return replace(presence, state="waiting", reasons=tuple(name for name in REASONS if name in named))
