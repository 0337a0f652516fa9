"""Blanking words in what somebody wrote, with a trace: the log, and the documents. The words themselves are in neither.

What it is done about is one thing: an inspection with all that came of it (its cases, what waited or waits of it), a
submission that waits or was left out, the plan of a week, or what ``written_elsewhere`` names. An inspection
and a case have the name of their site as it was then: no free text, and reached where the register calls the site
something else by now. Earlier entries of the log about it keep their words in the file, for the log is only added to;
they are shown and handed out without them (``services/hidden.py``). What left already has them, and so do frozen files
of published weeks, the store's older lines and backups (docs/operate/settings.md).
"""

from __future__ import annotations

from collections.abc import Collection as Collected
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.cases.case import CASES
from ...collections.inspecting.held_import import HELD_IMPORTS
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.plan.week_plan import WEEK_PLANS
from ...domain.blanking import LEAST, MOST, MOST_REASON, Blanker, Blanking, can_be_blanked, retold
from ...domain.cases.case import Case
from ...domain.inspecting.denial import denial_in_words
from ...domain.inspecting.held_import import HeldImport
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.submission import parse_id
from ...domain.problems import Problem
from ...domain.weeks import instant_of
from ...domain.weeks import title as week_title
from ...store import Write
from .. import Services
from ..audit import Entry, entries_of, keep
from ..evidence.anonymous import worded
from ..hidden import LOGGED, places_of
from ..inspecting.held_words import worded_held
from ..inspecting.holding import id_beside
from ..place.register import find_site
from ..plan.plan_words import worded_plan
from .nameless import worded_case
from .written import Words, Written, WrittenPart
from .written_elsewhere import NAMED, TELLING, site_named

_ACT = "text.blanked"


def written_about(services: Services, id: str) -> Written | None:
    """What was written about an inspection, a held submission or a week's plan; or about what ``NAMED`` knows. None
    where there is none.
    """
    prefix, of, named = id.partition(":")
    if of and (find := NAMED.get(prefix + of)):
        about = find(services, named)
        return _with_log(services, about) if about else None
    if plan := WEEK_PLANS.get(services.store, id):
        return _with_log(
            services, Written(f"{week_title(id)}的计划", (WrittenPart(WEEK_PLANS, plan, worded_plan),), (id,))
        )
    parts = tuple(_parts(services, id))
    if not parts:
        return None
    names = tuple(dict.fromkeys([id, *(part.kept.id for part in parts)]))
    first = parts[0].kept.value
    title = first.site.name if isinstance(first, Inspection) else f"待核实：{first.site}"
    return _with_log(services, Written(title, parts, names))


def _parts(services: Services, id: str) -> Iterator[WrittenPart]:
    """An inspection, its cases, and all that waits or was taken over or left out of it; or what is held under this id,
    with what else is held of the same form."""
    kept = INSPECTIONS.get(services.store, id)
    cases: list[Kept[Case]] = []
    if kept:
        site = find_site(services.store, kept.value.site.code)
        renamed = site is None or site.name != kept.value.site.name
        yield WrittenPart(INSPECTIONS, kept, _named_inspection if renamed else _inspection)
        cases = [one for one in CASES.find(services.store, week=kept.value.week) if one.value.inspection == id]
        yield from (WrittenPart(CASES, one, _case) for one in cases)
    named = frozenset([id, *(one.id for one in cases)] if kept else [])
    held = HELD_IMPORTS.find(services.store)
    own = next((one.value for one in held if one.id == id), None)
    forms = {*([_form_of(kept.value)] if kept else []), *([(own.inspector, own.opened)] if own else [])}
    yield from (
        WrittenPart(HELD_IMPORTS, one, worded_held)
        for one in sorted(held, key=lambda one: one.id != id)
        if one.id == id or _names(one.value, named) or _is_sent_as(one, id) or _is_of(one.value, forms)
    )


def _form_of(inspection: Inspection) -> tuple[str, datetime]:
    """Whose form it was filled in on, and when that was opened by the phone's own clock."""
    return inspection.inspector, inspection.clock.started_at if inspection.clock else inspection.started_at


def _is_of(held: HeldImport, forms: Collected[tuple[str, datetime | None]]) -> bool:
    """Whether it was filled in on one of these forms, whatever was mended and under any id."""
    return held.opened is not None and (held.inspector, held.opened) in forms


def _is_sent_as(kept: Kept[HeldImport], id: str) -> bool:
    """Whether it came under this id, and lies under another as something else has it."""
    asked = parse_id(id)
    return asked is not None and kept.id == id_beside(asked, kept.value.inspector, kept.value.fingerprint)


def _names(held: HeldImport, ids: Collected[str]) -> bool:
    """Whether it is a correction of the inspection, or a report on the case, with one of these ids."""
    told = (held.raw.get(field) for field in ("inspection", "case"))
    return any((parse_id(one) or one) in ids for one in told if isinstance(one, str))


def _with_log(services: Services, about: Written) -> Written:
    """With what the log tells in words about the same, and what of it was blanked."""
    own = entries_of(services, *about.of)
    reasons = [str((entry["after"] or {}).get("reason", "")) for entry in own]
    told = [_trace_of(entry) for entry in own if entry["act"] == _ACT]
    return replace(about, reasons=tuple(one for one in reasons if one.strip()), told=tuple(told))


def _trace_of(entry: Mapping[str, Any]) -> Blanking:
    return Blanking(entry["after"]["places"], entry["after"]["reason"], entry["who"], instant_of(entry["at"]))


def blank(services: Services, who: str, id: str, words: str, reason: str, now: datetime) -> int | list[Problem]:
    """Blank words wherever they stand in what was written about one thing; at how many places they stood.

    Raises ``Stale``, with nothing done, where a document was changed meanwhile.
    """
    about, reason = written_about(services, id), reason.strip()
    if about is None:
        return [Problem("texts.unknown", details={"id": id})]
    if problems := _problems(words, reason, about.registered):
        return problems
    trace = Blanking(0, reason, who, now)
    changes = [change for part in about.parts if (change := _change(part, words, trace))]
    logged = _logged(services, about, words)
    if not changes and not logged:
        return [Problem("texts.not_written")]
    entries = [
        Entry(
            _ACT,
            write.id if write.collection in TELLING else about.of[0],
            after={"places": places, "reason": reason},
        )
        for write, places in changes
    ]
    if logged:  # in an entry of its own: that of a document tells of that alone
        told = {"places": len(logged), "reason": reason, LOGGED: logged}
        entries.append(Entry(_ACT, about.of[0], after=told))
    keep(services.store, who, now, entries, [write for write, _ in changes])
    return sum(places for _, places in changes) + len(logged)


def _logged(services: Services, about: Written, words: str) -> list[str]:
    """Where the words stand in entries of the log about the same, and are not hidden yet."""
    blanker = Blanker(words)
    return [place for entry in entries_of(services, *about.of) for place in places_of(entry, blanker)]


def _change(part: WrittenPart, words: str, trace: Blanking) -> tuple[Write, int] | None:
    """The document without the words, and at how many places they stood; None where they do not."""
    blanker, value = Blanker(words), part.kept.value
    changed = part.in_words(value, blanker)
    if not blanker.places:
        return None
    if part.collection.name in TELLING:
        changed = replace(changed, blanked=(*changed.blanked, replace(trace, places=blanker.places)))
    return part.collection.writing(part.kept.id, changed, part.kept.revision), blanker.places


def _problems(words: str, reason: str, registered: str) -> list[Problem]:
    problems = []
    if not can_be_blanked(words):
        problems.append(Problem("texts.words_wanted", ("words",), {"least": LEAST, "most": MOST}))
    elif Blanker(words)(registered) != registered:
        problems.append(Problem("texts.in_name", ("words",), {"name": registered}))
    if not 0 < len(reason) <= MOST_REASON:
        problems.append(Problem("texts.reason_wanted", ("reason",), {"most": MOST_REASON}))
    elif not problems and Blanker(words)(reason) != reason:
        problems.append(Problem("texts.reason_repeats", ("reason",)))
    return problems


def _inspection(inspection: Inspection, words: Words) -> Inspection:
    presence = inspection.presence
    settled = tuple(replace(one, reason=words(one.reason)) for one in presence.settled)
    denial = denial_in_words(presence.denial, words) if presence.denial else None
    blanked, presence = retold(inspection.blanked, words), replace(presence, settled=settled, denial=denial)
    return replace(worded(inspection, words), presence=presence, blanked=blanked)


def _named_inspection(inspection: Inspection, words: Words) -> Inspection:
    changed = _inspection(inspection, words)
    return site_named(changed, words) if inspection.site.code else changed


def _case(case: Case, words: Words) -> Case:
    exposure = case.exposure
    if exposure:
        taken = exposure.withdrawn
        withdrawn = replace(taken, reason=words(taken.reason)) if taken else None
        exposure = replace(exposure, text=words(exposure.text), withdrawn=withdrawn)
    return replace(worded_case(case, words), exposure=exposure, blanked=retold(case.blanked, words))
