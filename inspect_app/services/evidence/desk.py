"""The review desk: what is to be decided, decisions by several supervisors at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...collections import Kept
from ...collections.evidence.saved_filters import SAVED_FILTERS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.nameless import Words
from ...domain.accounts.scope import Scope
from ...domain.evidence.checks import CheckedPhoto
from ...domain.evidence.signals import Signal, other_area
from ...domain.inspecting.inspection import Inspection, Review
from ...domain.place.area_proposal import AreaFinder
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...store import Put, Stale
from .. import Services
from ..accounts.nameless import words_for
from ..place.scoped import is_in
from .anonymous import nameless, signals_without_person
from .comparing import reuse_signals, reuse_signals_in, with_reuse
from .examining import checked, checked_in
from .reviewing import PhotoEntry, decide, photo_entries, reopen, whole_inspections

_ATTEMPTS = 5
MAX_SAVED, MAX_NAME = 30, 40


@dataclass(frozen=True, slots=True)
class DeskPhoto:
    """A photo to decide on: its line of the log, its signals, how its finding stands, and when that was decided.

    ``recordings`` are the SHA-256 of what the inspector said about its item, ``corrections`` is how often the
    inspection was corrected, ``added`` whether the photo came with a correction, ``reused`` whether it was found to be
    made of an earlier one.
    """

    entry: PhotoEntry
    signals: tuple[Signal, ...]
    note: str
    detail: str
    review: Review | None
    rate: float | None
    recordings: tuple[str, ...] = ()
    corrections: int = 0
    added: bool = False
    reused: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a supervisor wants done with a finding: a key of ``DECISIONS``, or ``reopened`` to take a decision back.

    ``seen`` is the instant of the decision that the supervisor saw on the finding, None where there was none;
    ``corrections`` is how many corrections of the inspection they had seen.
    """

    inspection: str
    item: str
    decision: str
    reason: str
    seen: str | None
    corrections: int = 0


def desk_photos(
    services: Services,
    finder: AreaFinder,
    *,
    scope: Scope,
    week: str,
    areas: Collection[str] | None = None,
    site_type: str | None = None,
    decision: str = "",
    signals: Collection[str] = (),
) -> list[DeskPhoto]:
    """The photos of a week's findings, newest inspection first, as they were taken within one.

    ``decision`` is ``open``, a key of ``DECISIONS`` or empty for all, then with photos that show no finding as well.
    With ``signals``, only photos that give any of them. ``finder`` knows the areas of the week.
    """
    words = words_for(services, scope)
    inspections = whole_inspections(services, scope=scope, week=week, areas=areas, site_type=site_type)
    checks, reuses = checked_in(services, week), reuse_signals_in(services, week, scope)
    return [
        photo
        for kept in inspections
        for photo in _photos(
            services, kept, finder, words, decision, scope, checks.get(kept.id, ()), reuses.get(kept.id, {})
        )
        if not signals or any(one.name in signals for one in photo.signals)
    ]


def photos_of(
    services: Services, kept: Kept[Inspection], finder: AreaFinder, words: Words, decision: str = "", *, scope: Scope
) -> list[DeskPhoto]:
    """The photos of one inspection (whole) as taken, in order, as a scope with its words shows them.

    ``decision`` and ``finder`` as for ``desk_photos``.
    """
    checks, reuses = checked(services, kept.id), reuse_signals(services, kept.id, scope)
    return _photos(services, kept, finder, words, decision, scope, checks, reuses)


def _photos(
    services: Services,
    kept: Kept[Inspection],
    finder: AreaFinder,
    words: Words,
    decision: str,
    scope: Scope,
    checks: Sequence[CheckedPhoto],
    reuses: Mapping[str, Signal],
) -> list[DeskPhoto]:
    """As ``photos_of``, with what was found about the inspection's photos."""
    inspection = nameless(kept.value, words)
    added = {(photo.sha256, photo.item) for photo in inspection.added_photos}
    found = {(one.sha256, one.item): one.signals for one in checks}
    if scope.inspectors:
        found = {key: with_reuse(signals, key[0], reuses) for key, signals in found.items()}
    else:
        found = {key: signals_without_person(signals) for key, signals in found.items()}
    photos = [
        DeskPhoto(
            entry,
            (*found.get((entry.sha256, item), ()), *other_area(entry.evidence, entry.site, finder)),
            inspection.note(item),
            inspection.item(item).detail,
            inspection.reviews.get(item),
            inspection.rate,
            tuple(one.sha256 for one in inspection.recordings_of(item)) if scope.inspectors else (),
            len(inspection.corrections),
            (entry.sha256, item) in added,
            scope.inspectors and entry.sha256 in reuses,
        )
        for entry in photo_entries(services, kept, words, scope=scope, items=_items(kept.value, decision))
        for item in [entry.item.id]
    ]
    return sorted(photos, key=lambda photo: photo.entry.captured_at)


def decide_seen(
    services: Services, supervisor: str, wanted: Decision, now: datetime, *, scope: Scope
) -> Kept[Inspection] | list[Problem]:
    """Decide one finding of a scope, or take its decision back, if it still stands as the supervisor saw it.

    Others may decide other findings of the same inspection meanwhile. Raises ``Stale`` where this very one was decided,
    or the inspector has corrected the inspection.
    """
    for _ in range(_ATTEMPTS):
        kept = INSPECTIONS.get(services.store, wanted.inspection)
        if kept is None or not is_in(services.store, scope, kept.value.week, kept.value.area):
            return [Problem("evidence.inspection_unknown", details={"inspection": wanted.inspection})]
        review = kept.value.reviews.get(wanted.item)
        as_seen = len(kept.value.corrections) == wanted.corrections
        if (utc_text(review.at) if review else None) != wanted.seen or not as_seen:
            raise Stale(f"{wanted.inspection}/{wanted.item}")
        try:
            if wanted.decision == "reopened":
                return reopen(services, supervisor, kept.id, wanted.item, kept.revision, now, scope=scope)
            act = (wanted.item, wanted.decision, wanted.reason, kept.revision)
            return decide(services, supervisor, kept.id, *act, now, scope=scope)
        except Stale:
            continue
    raise Stale(f"{wanted.inspection}/{wanted.item}")


def count_open(photos: Sequence[DeskPhoto]) -> int:
    """Findings among the photos that are not decided."""
    opened = (photo.entry for photo in photos if photo.entry.failed and photo.entry.decision is None)
    return len({(entry.inspection, entry.item.id) for entry in opened})


def saved_filters(services: Services, user: str) -> dict[str, str]:
    """A supervisor's own filters: name to the arguments of the desk's address."""
    kept = SAVED_FILTERS.get(services.store, user)
    return dict(kept.value) if kept else {}


def save_filter(services: Services, user: str, name: str, query: str) -> list[Problem]:
    """Keep a filter under a name; an empty ``query`` forgets it."""
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME:
        return [Problem("evidence.filter_name_malformed", details={"most_name": MAX_NAME})]
    kept = SAVED_FILTERS.get(services.store, user)
    filters = dict(kept.value) if kept else {}
    filters.pop(name, None)
    if query:
        filters[name] = query
    if len(filters) > MAX_SAVED:
        return [Problem("evidence.too_many_filters", details={"most_saved": MAX_SAVED})]
    if kept:
        SAVED_FILTERS.update(services.store, kept, filters)
    elif SAVED_FILTERS.put_once(services.store, user, filters)[0] is not Put.CREATED:
        raise Stale(user)
    return []


def _items(inspection: Inspection, decision: str) -> set[str] | None:
    """The ids of the items whose findings stand so; None for every item. ``decision`` as for ``desk_photos``."""
    if not decision:
        return None
    wanted, decisions = None if decision == "open" else decision, inspection.decisions
    found = {finding.item.item_id for finding in inspection.findings}
    return {item for item in found if decisions.get(item) == wanted}
