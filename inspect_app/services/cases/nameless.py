"""A case as whoever is not to know who inspects may read it: to be shown, never to be kept."""

from __future__ import annotations

from dataclasses import replace

from ...collections import Kept
from ...domain.accounts.nameless import Words, as_written
from ...domain.cases.case import Case


def nameless_case(case: Case, words: Words) -> Case:
    """The case in these words, and without whom the office would send; whole where nothing is held back."""
    if words is as_written:
        return case
    recheck = replace(case.recheck, inspector="") if case.recheck else None
    return replace(worded_case(case, words), recheck=recheck)


def worded_case(case: Case, words: Words) -> Case:
    """The case with what was written in it, but for the public, in these words."""
    steps = tuple(replace(step, reason=words(step.reason)) for step in case.course.steps)
    return replace(
        case,
        description=words(case.description),
        place=replace(case.place, name=words(case.place.name), address=words(case.place.address)),
        course=replace(case.course, steps=steps),
    )


def nameless_kept(kept: Kept[Case], words: Words) -> Kept[Case]:
    """As ``nameless_case``, with id and revision."""
    return kept if words is as_written else replace(kept, value=nameless_case(kept.value, words))
