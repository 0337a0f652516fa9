"""Quality of measurement: agreement of second visits, severity of inspectors, haste. For supervisors only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from ...collections import Kept
from ...domain.accounts.scope import Scope
from ...domain.inspecting.blindness import blind_pairs
from ...domain.inspecting.correction import as_submitted
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import is_counted
from ...domain.place.areas import AreaTree
from ...domain.quality.agreement import Agreement, agreement
from ...domain.quality.corrections import Correcting, correcting
from ...domain.quality.haste import Hasty, Timing, at_once, hasty
from ...domain.quality.severity import Rated, Severity, severities
from ...domain.quality.visit_signals import COMMON, VisitSignal, visit_signals
from ...domain.weeks import shifted
from .. import Services
from ..index.weekly import item_text
from ..inspecting.visits import all_visits, counted_visits
from ..place.register import area_tree
from ..place.scoped import areas_in

SEVERITY_WEEKS = 8
"""How many weeks, the named one included, severity is estimated from."""


@dataclass(frozen=True, slots=True)
class ItemAgreement:
    """One item of the second visits."""

    checklist_title: str
    text: str
    found: Agreement


@dataclass(frozen=True, slots=True)
class HastyVisit:
    """An inspection to ask about: who, where, why; ``filled`` items were filled at once by 「其余都合格」."""

    id: str
    inspector: str
    site_name: str
    reasons: tuple[str, ...]
    filled: int


@dataclass(frozen=True, slots=True)
class DoubtfulVisit:
    """A visit to ask about: it waits for a decision on its presence, or others of its week make it odd."""

    id: str
    visit: Inspection
    signals: tuple[VisitSignal, ...]


@dataclass(frozen=True, slots=True)
class Quality:
    """What a week says of its measurement. ``twice`` sites were inspected by two inspectors."""

    week: str
    inspections: int
    twice: int
    overall: Agreement
    items: tuple[ItemAgreement, ...]
    severities: tuple[Severity, ...]
    hasty: tuple[HastyVisit, ...]
    doubtful: tuple[DoubtfulVisit, ...] = ()
    corrections: tuple[Correcting, ...] = ()


def quality_of(services: Services, week: str, *, scope: Scope) -> Quality:
    """Everything about one week in a scope; severity over the weeks up to it.

    What says something of an inspector is left out where the scope does not show who inspected.
    """
    kept = _visits(services, week, scope)
    pairs = _pairs(kept)
    by_item: dict[tuple[str, str], list[tuple[float, float]]] = {}
    every: list[tuple[float, float]] = []
    sites: list[str] = []
    for first, second in pairs:
        one, other = _own_scores(as_submitted(first)), _own_scores(as_submitted(second))
        for item in sorted(one.keys() & other.keys()):
            by_item.setdefault((first.checklist, item), []).append((one[item], other[item]))
            every.append((one[item], other[item]))
            sites.append(first.site.code)
    recent = _recent(services, week, scope) if scope.inspectors else {}
    titles = services.library.titles
    items = [
        ItemAgreement(titles.get(checklist, checklist), item_text(services, checklist, item), agreement(scores))
        for (checklist, item), scores in sorted(by_item.items())
    ]
    worst_first = sorted(items, key=lambda one: (one.found.same / one.found.pairs, -one.found.pairs))
    return Quality(
        week=week,
        inspections=len(kept),
        twice=len(pairs),
        overall=agreement(every, sites),
        items=tuple(worst_first),
        severities=tuple(severities(_rated(services, recent))),
        hasty=tuple(_hasty(kept)) if scope.inspectors else (),
        doubtful=tuple(_doubtful(services, week, scope)) if scope.inspectors else (),
        corrections=tuple(correcting(visit for visits in recent.values() for visit in visits)),
    )


def signals_of_week(services: Services, week: str, *, scope: Scope) -> dict[str, tuple[VisitSignal, ...]]:
    """The signals of a week's visits in a scope by id, whether they count or not. They tell of people: for the office.

    Made of the scope's own visits, as a signal names the sites of others.
    """
    return visit_signals(_all_visits(services, week, scope))


def _doubtful(services: Services, week: str, scope: Scope) -> Iterator[DoubtfulVisit]:
    visits = _all_visits(services, week, scope)
    signals = visit_signals(visits)
    for id, visit in visits.items():
        own = signals.get(id, ())
        if visit.presence.state == "waiting" or {one.name for one in own} - COMMON:
            yield DoubtfulVisit(id, visit, own)


def _all_visits(services: Services, week: str, scope: Scope) -> dict[str, Inspection]:
    return {kept.id: kept.value for kept in all_visits(services.store, week, areas_in(services.store, scope, week))}


def _recent(services: Services, week: str, scope: Scope) -> dict[str, list[Inspection]]:
    """The visits, whether they count or not, of the weeks that severity is estimated from, the newest week first."""
    weeks = (shifted(week, -n) for n in range(SEVERITY_WEEKS))
    return {one: list(_all_visits(services, one, scope).values()) for one in weeks}


def _visits(services: Services, week: str, scope: Scope) -> list[Kept[Inspection]]:
    return counted_visits(services.store, week, areas_in(services.store, scope, week))


def _pairs(kept: Sequence[Kept[Inspection]]) -> list[tuple[Inspection, Inspection]]:
    """The first inspections of the same site by two who knew nothing of each other's, the earlier one first."""
    return blind_pairs(one.value for one in sorted(kept, key=lambda one: one.id))


def _own_scores(inspection: Inspection) -> dict[str, float]:
    """The scores in [0, 1] that the inspector gave, by item id, whatever a review made of them.

    A review that rejects one inspector's finding would otherwise take the very pairs away in which they differ; so
    would a correction after the two have talked, and what was sent first counts here.
    """
    return {item.item_id: item.score for item in inspection.items if item.score is not None}


def _rated(services: Services, recent: Mapping[str, Sequence[Inspection]]) -> list[Rated]:
    found = []
    for week, visits in recent.items():
        street = cache(partial(_street, area_tree(services.store, week)))
        # By what was sent first, as agreement: a correction may come of what others said since.
        sent = (as_submitted(visit) for visit in visits if is_counted(visit))
        found += [
            Rated(visit.inspector, street(visit.area), visit.checklist, visit.rate)
            for visit in sent
            if visit.rate is not None
        ]
    return found


def _street(tree: AreaTree, area: str) -> str:
    return next((one.code for one in tree.path(area) if one.level == "街道乡镇"), area)


def _hasty(kept: Sequence[Kept[Inspection]]) -> list[HastyVisit]:
    by_id = {one.id: one.value for one in kept}
    found: list[Hasty] = hasty([_timing(one) for one in kept])
    return [
        HastyVisit(
            id=one.inspection,
            inspector=by_id[one.inspection].inspector,
            site_name=by_id[one.inspection].site.name,
            reasons=one.reasons,
            filled=at_once(tuple(by_id[one.inspection].taps.values())),
        )
        for one in found
    ]


def _timing(kept: Kept[Inspection]) -> Timing:
    visit = kept.value
    seconds = (visit.finished_at - visit.started_at).total_seconds()
    return Timing(kept.id, visit.checklist, len(visit.items), seconds, tuple(visit.taps.values()) or None)
