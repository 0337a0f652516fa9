"""Reference photos (参照照片): what an office means by each grade of an item, shown to everybody who judges it.

Graded inspections elsewhere (Scotland's LEAMS, England's LEQSE) stand on photographic standards: words alone are read
differently by each. A reference says what is seen, never where, when or by whom it was taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..problems import Problem
from .checklist import Checklist
from .methods import method_of

MOST_REFERENCES, MOST_OF_GRADE = 24, 3
"""How many references a checklist may have, and one grade of an item: all of them fit on a phone."""
MOST_CAPTION = 60
MOST_BYTES = 30 * 1024
"""Bytes of one picture."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A picture of one grade of an item. ``picture`` is the SHA-256 of its small JPEG, by which it is shown.

    ``owner`` and ``source`` are the inspection or upload, and the photo, that the office took it from: for the office.
    """

    item: str
    grade: str
    caption: str
    picture: str
    owner: str
    source: str


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """The references of a checklist from some instant on, for good: the one with the highest number is in force.

    ``version`` is that of the checklist then. ``number`` counts from 1 for each checklist.
    """

    checklist: str
    number: int
    version: str
    references: tuple[Reference, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ReferenceUpload:
    """A photo that the office uploaded to be a reference of an item. ``week`` is that of ``at``."""

    checklist: str
    item: str
    sha256: str
    week: str
    by: str
    at: datetime


def grades_of(checklist: Checklist, item: str) -> Mapping[str, str]:
    """The grades that an item may have references of, best first: key and label. ``KeyError`` where it has no item."""
    found = checklist.item(item)
    return method_of(found).scale(found.rule)


def references_for(
    checklist: Checklist, in_force: str | None, versions: Sequence[str], sets: Iterable[ReferenceSet]
) -> tuple[Reference, ...]:
    """The references that a version of a checklist has, in the order of its items and their grades.

    The version in force has the newest set: a new version keeps what there was. An earlier one has the last set of its
    own time, or of the nearest version before it that had one; ``versions`` are in the order in which they came.
    """
    newest = {one.version: one for one in sorted(sets, key=lambda one: one.number)}
    if checklist.version == in_force:
        chosen = max(newest.values(), key=lambda one: one.number, default=None)
    else:
        until = versions[: versions.index(checklist.version) + 1] if checklist.version in versions else ()
        chosen = next((newest[one] for one in reversed(until) if one in newest), None)
    return _ordered(checklist, chosen.references) if chosen else ()


def with_reference(
    checklist: Checklist, references: Sequence[Reference], added: Reference
) -> tuple[Reference, ...] | Problem:
    """The references with one more; or what is wrong with it. The same picture of a grade gets the new caption."""
    if problem := _problem(checklist, added):
        return problem
    others = [one for one in references if (one.item, one.grade, one.picture) != _place(added)]
    if len(others) >= MOST_REFERENCES:
        return Problem("references.too_many", details={"most": MOST_REFERENCES})
    if sum((one.item, one.grade) == (added.item, added.grade) for one in others) >= MOST_OF_GRADE:
        return Problem("references.too_many_of_grade", details={"most": MOST_OF_GRADE})
    return _ordered(checklist, (*others, added))


def without_reference(references: Sequence[Reference], place: tuple[str, str, str]) -> tuple[Reference, ...]:
    """The references without the one of this item, grade and picture."""
    return tuple(one for one in references if _place(one) != place)


def recaptioned(
    references: Sequence[Reference], place: tuple[str, str, str], caption: str
) -> tuple[Reference, ...] | Problem:
    """The references with another caption of the one of this item, grade and picture."""
    if problem := _caption_problem(caption):
        return problem
    return tuple(replace(one, caption=caption) if _place(one) == place else one for one in references)


def _problem(checklist: Checklist, added: Reference) -> Problem | None:
    if not any(item.id == added.item for item in checklist.items):
        return Problem("references.item_unknown", details={"item": added.item})
    grades = grades_of(checklist, added.item)
    if added.grade not in grades:
        return Problem("references.grade_unknown", details={"accepted": tuple(grades.values())})
    return _caption_problem(added.caption)


def _caption_problem(caption: str) -> Problem | None:
    return None if 0 < len(caption) <= MOST_CAPTION else Problem("references.caption", details={"most": MOST_CAPTION})


def _place(one: Reference) -> tuple[str, str, str]:
    return one.item, one.grade, one.picture


def _ordered(checklist: Checklist, references: Iterable[Reference]) -> tuple[Reference, ...]:
    """Those whose item and grade the checklist has, in its order."""
    places = [(item.id, grade) for item in checklist.items for grade in grades_of(checklist, item.id)]
    rank = {place: number for number, place in enumerate(places)}
    known = (one for one in references if (one.item, one.grade) in rank)
    return tuple(sorted(known, key=lambda one: rank[one.item, one.grade]))
