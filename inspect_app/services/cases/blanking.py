"""Blanking words in what was written about an inspection and in its cases, with a trace: the log, and the documents.

The words themselves are in neither. What left already (letters, bundles, mails) has them, and so do earlier entries of
the log, which give the reasons of decisions, the store's older lines and backups; docs/use/evidence.md says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ...collections import Kept
from ...collections.cases.case import CASES
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.blanking import LEAST, MOST, MOST_REASON, Blanker, Blanking, can_be_blanked, written
from ...domain.cases.case import Case
from ...domain.inspecting.inspection import Inspection
from ...domain.problems import Problem
from ...store import Write
from .. import Services
from ..audit import Entry, keep
from ..evidence.anonymous import worded
from .nameless import worded_case

Words = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Written:
    """An inspection, the cases that came of it, and what was written about them."""

    inspection: Kept[Inspection]
    cases: tuple[Kept[Case], ...]

    @property
    def texts(self) -> list[str]:
        """Each text once."""
        return written(lambda words: [self._inspection(words), *(_case(kept.value, words) for kept in self.cases)])

    @property
    def blanked(self) -> list[Blanking]:
        """What was blanked so far, the last first."""
        found = [*self.inspection.value.blanked, *(one for kept in self.cases for one in kept.value.blanked)]
        return sorted(found, key=lambda one: one.at, reverse=True)

    def _inspection(self, words: Words) -> Inspection:
        return _inspection(self.inspection.value, words)


def written_about(services: Services, id: str) -> Written | None:
    """What was written about an inspection; None where there is none with this id."""
    kept = INSPECTIONS.get(services.store, id)
    if kept is None:
        return None
    cases = CASES.find(services.store, week=kept.value.week)
    return Written(kept, tuple(case for case in cases if case.value.inspection == id))


def blank(services: Services, who: str, id: str, words: str, reason: str, now: datetime) -> int | list[Problem]:
    """Blank words wherever they stand in what was written about an inspection; at how many places they stood.

    Raises ``Stale``, with nothing done, where a document was changed meanwhile.
    """
    about, reason = written_about(services, id), reason.strip()
    if about is None:
        return [Problem("texts.unknown", details={"id": id})]
    if problems := _problems(words, reason):
        return problems
    parts: list[Kept[Inspection] | Kept[Case]] = [about.inspection, *about.cases]
    trace = Blanking(0, reason, who, now)
    changes = [change for kept in parts if (change := _change(kept, words, trace))]
    if not changes:
        return [Problem("texts.not_written")]
    entries = [Entry("text.blanked", write.id, after={"places": places, "reason": reason}) for write, places in changes]
    keep(services.store, who, now, entries, [write for write, _ in changes])
    return sum(places for _, places in changes)


def _change(kept: Kept[Inspection] | Kept[Case], words: str, trace: Blanking) -> tuple[Write, int] | None:
    """The document without the words, and at how many places they stood; None where they do not."""
    blanker, value = Blanker(words), kept.value
    changed = _inspection(value, blanker) if isinstance(value, Inspection) else _case(value, blanker)
    if not blanker.places:
        return None
    marked = replace(changed, blanked=(*value.blanked, replace(trace, places=blanker.places)))
    return _write(kept.id, marked, kept.revision), blanker.places


def _problems(words: str, reason: str) -> list[Problem]:
    problems = []
    if not can_be_blanked(words):
        problems.append(Problem("texts.words_wanted", ("words",), {"least": LEAST, "most": MOST}))
    if not 0 < len(reason) <= MOST_REASON:
        problems.append(Problem("texts.reason_wanted", ("reason",), {"most": MOST_REASON}))
    elif not problems and Blanker(words)(reason) != reason:
        problems.append(Problem("texts.reason_repeats", ("reason",)))
    return problems


def _write(id: str, value: Inspection | Case, revision: int) -> Write:
    if isinstance(value, Inspection):
        return INSPECTIONS.writing(id, value, revision)
    return CASES.writing(id, value, revision)


def _inspection(inspection: Inspection, words: Words) -> Inspection:
    presence = inspection.presence
    settled = tuple(replace(one, reason=words(one.reason)) for one in presence.settled)
    return replace(worded(inspection, words), presence=replace(presence, settled=settled))


def _case(case: Case, words: Words) -> Case:
    exposure = case.exposure
    if exposure:
        taken = exposure.withdrawn
        withdrawn = replace(taken, reason=words(taken.reason)) if taken else None
        exposure = replace(exposure, text=words(exposure.text), withdrawn=withdrawn)
    return replace(worded_case(case, words), exposure=exposure)
