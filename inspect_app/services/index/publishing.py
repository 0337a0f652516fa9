"""Publishing a week: frozen with a content hash, for everybody to read; a correction is a revision beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from ...collections import Kept
from ...collections.index.publication import PUBLICATIONS
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.index.figures import AreaDetail, PastWeek, PublishedWeek, WeekHead
from ...domain.index.publication import Publication, Revision
from ...domain.index.ranking import ranked, with_past
from ...domain.index.sample import DRAWN
from ...domain.problems import Problem
from ...domain.weeks import shifted, utc_text
from ...store import Stale
from ...store.turns import in_turn
from .. import Services
from ..audit import Entry, keep, sign_head
from ..inspecting.visits import all_visits
from ..lazily import LazyMapping
from ..place.scoped import areas_in
from ..plan.planning import is_over
from ..publications import published_weeks
from .as_read import keep_as_read
from .frames import Framed, freeze_due
from .frozen import FilesMaker, FrozenDamaged
from .sampling import Visits
from .timestamping import stamp_due
from .weekly import live_week

TURN = "publishing"
"""One publication at a time, whichever server makes it: its files take long, and who waited may find that there is one.
What is kept is decided by the store, also where a turn was lost."""
_PATIENCE_S = 120.0
"""How long somebody waits for it, who has clicked."""
HISTORY_WEEKS = 52
"""How many earlier weeks an area's page looks back on."""


def publish(
    services: Services,
    supervisor: str,
    week: str,
    reason: str,
    now: datetime,
    *,
    still_open: Sequence[str] = (),
    files: FilesMaker | None = None,
    beside: Callable[[PublishedWeek], PublishedWeek] = lambda week: week,
) -> int | list[Problem]:
    """Freeze the week as it stands and show it to the public; the number of the revision.

    The first revision needs no reason; a correction does, and is kept beside what was published before. ``still_open``
    is what the supervisor saw as unfinished and published all the same; it goes into the log. ``files`` makes what is
    frozen with it: the week is published once all of that is on disk, and not at all where it cannot be made. Without,
    files are frozen later (``week_files``). ``beside`` adds to the week what other rooms know of it. Raises ``Stale``
    where somebody else published at the same moment.
    """
    kept = PUBLICATIONS.get(services.store, week)
    if kept and not reason.strip():
        return [Problem("index.correction_reason_wanted")]
    with in_turn(services.turns, TURN, _PATIENCE_S) as mine:
        if not mine:
            return [Problem("index.publishing_now", details={"week": week})]
        if _revision_of(services, week) != (kept.revision if kept else 0):
            return _published_meanwhile(week, kept)
        freeze_due(services, week, now, published=True)
        read = all_visits(services.store, week)
        live = preview(services, week, scope=EVERYTHING, read=read)
        if not live.rows:
            return [Problem("index.week_empty", details={"week": week})]
        if not is_over(services, week, now):
            live = _without_secrets(live)
        live = beside(live)
        earlier = kept.value.revisions if kept else ()
        number = len(earlier) + 1
        # Printed in all that the public sees, the log up to here can be neither cut off nor rewritten unnoticed.
        last = sign_head(services, supervisor, week, now)
        head = replace(live.head, revision=number, published_at=utc_text(now), reason=reason.strip(), log=last)
        digest = services.frozen.keep(replace(live, head=head))
        revision = Revision(
            week,
            number,
            now,
            supervisor,
            head.reason,
            digest,
            tuple(still_open),
            audit_head=(last.seq, last.hash),
            files=_kept_files(services, digest, files) if files else "",
            files_at=now if files else None,
            visits=keep_as_read(services, read),
        )
        publication = Publication((*earlier, revision))
        act = "week.corrected" if kept else "week.published"
        after = {
            "revision": number,
            "reason": head.reason,
            "digest": digest,
            "files": revision.files,
            "still_open": list(still_open),
        }
        write = PUBLICATIONS.writing(week, publication, kept.revision if kept else 0)
        try:
            keep(services.store, supervisor, now, [Entry(act, week, after=after)], [write])
        except Stale:
            return _published_meanwhile(week, kept)
        services.after.offer(f"stamping {week}", lambda: stamp_due(services, now))
        return number


def preview(
    services: Services,
    week: str,
    *,
    scope: Scope,
    now: datetime | None = None,
    framed: Framed | None = None,
    also: Collection[str] = (),
    read: Visits | None = None,
) -> PublishedWeek:
    """The week as it would be published now, with its changes against earlier weeks: revision 0.

    Of a scope's areas alone, and ranked among themselves: a rank in the city would tell of the others. What it rests on
    is frozen where that is due ``now``; ``framed``, ``also`` and ``read``: see ``live_week``.
    """
    if now:
        freeze_due(services, week, now)
    live = live_week(services, week, framed=framed, also=also, read=read)
    if not scope.everywhere:
        live = _narrowed(live, frozenset(areas_in(services.store, scope, week) or ()))
    return _compared(services, live)


def _without_secrets(live: PublishedWeek) -> PublishedWeek:
    """Without what would tell, before the week is over, which sites were drawn, or how many are still to come where."""
    if live.sample is None or live.sample.basis != DRAWN:
        return live
    rows = tuple(replace(row, planned=None, planned_done=0) for row in live.rows)
    return replace(live, rows=rows, sites=(), sample=replace(live.sample, responses=()))


def _compared(services: Services, live: PublishedWeek) -> PublishedWeek:
    """With the changes against earlier weeks."""
    week = live.head.week
    past, gap = _past(services, week)
    last = shifted(week, -1)
    # Behind a week that cannot be read nothing is compared or averaged: it would be other weeks' than it says.
    near = {area: [one for one in weeks if one.week > gap] for area, weeks in past.items()}
    rows = tuple(with_past(row, near.get(row.area, ()), last) for row in live.rows)
    details = LazyMapping(
        list(live.details), lambda area: replace(live.details[area], history=tuple(past.get(area, ())))
    )
    return replace(live, rows=rows, details=details)


def _revision_of(services: Services, week: str) -> int:
    """That of the document, which counts what was kept of it; 0 where there is none."""
    kept = PUBLICATIONS.get(services.store, week)
    return kept.revision if kept else 0


def _published_meanwhile(week: str, kept: Kept[Publication] | None) -> list[Problem]:
    """What the second of two at the same moment is told. Raises ``Stale`` where it is a correction."""
    if kept:
        raise Stale(week)
    return [Problem("index.published_meanwhile", details={"week": week})]


def _kept_files(services: Services, digest: str, files: FilesMaker) -> str:
    """The hash of the list of a week's files, made of what was frozen and on disk."""
    return services.frozen.keep_files(files(services.frozen.week(digest), services.settings.timezone))


def _narrowed(week: PublishedWeek, areas: Collection[str]) -> PublishedWeek:
    rows = [row for row in week.rows if row.area in areas]
    levels = dict.fromkeys(row.level for row in rows)
    return replace(
        week,
        rows=tuple(one for level in levels for one in ranked([row for row in rows if row.level == level])),
        details=LazyMapping([row.area for row in rows], lambda area: week.details[area]),
        sites=tuple(site for site in week.sites if site.area in areas),
        outlines={code: outline for code, outline in week.outlines.items() if code in areas},
        sample=week.sample.within(areas) if week.sample else None,
        validation=None,
    )


def published(services: Services, week: str, number: int | None = None) -> PublishedWeek | None:
    """A published week, its latest revision or the one with this number; None where there is none.

    As it was frozen, but for words of its reason that were blanked since.
    """
    kept = PUBLICATIONS.get(services.store, week)
    chosen = kept.value.revision(number) if kept else None
    if chosen is None:
        return None
    if not chosen.digest:
        return _by_method_1(services, chosen)
    frozen = services.frozen.week(chosen.digest)
    return replace(frozen, head=replace(frozen.head, reason=chosen.reason)) if chosen.reason else frozen


def revisions(services: Services, week: str) -> tuple[Revision, ...]:
    """All publications of a week, oldest first."""
    kept = PUBLICATIONS.get(services.store, week)
    return kept.value.revisions if kept else ()


def _by_method_1(services: Services, revision: Revision) -> PublishedWeek:
    """A week published before figures were frozen by hash: rows without details, ranks and changes."""
    return PublishedWeek(
        head=WeekHead(
            city=services.settings.city,
            week=revision.week,
            revision=revision.number,
            published_at=utc_text(revision.published_at),
            reason=revision.reason,
            method="1",
            minimum=services.settings.minimum_inspections,
            weights={},
        ),
        rows=revision.rows,
        details=LazyMapping([row.area for row in revision.rows], lambda area: AreaDetail(area, *((),) * 6)),
        sites=(),
    )


def readable(services: Services, week: str) -> PublishedWeek | None:
    """A published week's latest revision; None where there is none, or what was frozen is damaged."""
    try:
        return published(services, week)
    except FrozenDamaged:
        return None


def unreadable_weeks(services: Services, week: str) -> list[str]:
    """The published weeks that this one looks back on and of which what was frozen is damaged, oldest first."""
    return [one for one in _earlier(services, week) if readable(services, one) is None]


def _earlier(services: Services, week: str) -> list[str]:
    return sorted(one for one in published_weeks(services.store) if one < week)[-HISTORY_WEEKS:]


def _past(services: Services, week: str) -> tuple[Mapping[str, Sequence[PastWeek]], str]:
    """Every area's figures in the published weeks before, oldest first, as they stand corrected now.

    A week that is damaged is left out, and the newest of these is told, empty where there is none: it costs no other
    (``unreadable_weeks`` are told where this one is published).
    """
    found: dict[str, list[PastWeek]] = {}
    gap = ""
    for one in _earlier(services, week):
        known = readable(services, one)
        if known is None:
            gap = one
            continue
        for row in known.rows:
            found.setdefault(row.area, []).append(PastWeek.of(row, one))
    return found, gap
