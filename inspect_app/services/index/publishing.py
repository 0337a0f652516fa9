"""Publishing a week: frozen with a content hash, for everybody to read; a correction is a revision beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.index.figures import AreaDetail, AreaWeek, PastWeek, PublishedWeek, WeekHead
from ...domain.index.ranking import ranked, with_past
from ...domain.problems import Problem
from ...domain.weeks import shifted, utc_text
from ...store import Put
from .. import Services
from ..audit import Undone, logged
from ..lazily import LazyMapping
from ..place.scoped import areas_in
from ..publications import PUBLISHED, published_weeks
from .weekly import live_week

HISTORY_WEEKS = 52
"""How many earlier weeks an area's page looks back on."""


@dataclass(frozen=True, slots=True)
class Revision:
    """One publication of a week: when, why (empty for the first) and the SHA-256 of what was frozen.

    Weeks that were published by method 1 have no digest: their rows are kept with the publication itself.
    """

    week: str
    number: int
    published_at: str
    reason: str
    digest: str


def publish(
    services: Services, supervisor: str, week: str, reason: str, now: datetime, *, still_open: Sequence[str] = ()
) -> int | list[Problem]:
    """Freeze the week as it stands and show it to the public; the number of the revision.

    The first revision needs no reason; a correction does, and is kept beside what was published before. ``still_open``
    is what the supervisor saw as unfinished and published all the same; it goes into the log. Raises ``Stale`` where
    somebody else published at the same moment.
    """
    earlier = services.store.get(PUBLISHED, week)
    if earlier and not reason.strip():
        return [Problem("理由", "这一周已经发布，更正须写明理由")]
    live = preview(services, week, scope=EVERYTHING)
    if not live.rows:
        return [Problem(week, "这一周还没有测评，不能发布")]
    number = len(earlier.document["revisions"]) + 1 if earlier else 1
    head = replace(live.head, revision=number, published_at=utc_text(now), reason=reason.strip())
    digest = services.frozen.keep(replace(live, head=head))
    revision: dict[str, Any] = {
        "published_at": head.published_at,
        "by": supervisor,
        "reason": head.reason,
        "digest": digest,
        "still_open": list(still_open),
    }
    # Noted beside what the public sees, the head of the audit log cannot be cut off unnoticed.
    revision["audit_head"] = asdict(services.audit.head())
    revisions = [*(earlier.document["revisions"] if earlier else []), revision]
    act = "week.corrected" if earlier else "week.published"
    after = {"revision": number, "reason": head.reason, "digest": digest, "still_open": list(still_open)}
    try:
        with logged(services, supervisor, act, week, now, after=after):
            if earlier:
                services.store.update(PUBLISHED, week, {"revisions": revisions}, expected_revision=earlier.revision)
            elif services.store.put_once(PUBLISHED, week, {"revisions": revisions})[0] is not Put.CREATED:
                raise Undone
    except Undone:
        return [Problem(week, "刚刚已由他人发布")]
    return number


def preview(services: Services, week: str, *, scope: Scope) -> PublishedWeek:
    """The week as it would be published now, with its changes against earlier weeks: revision 0.

    Of a scope's areas alone, and ranked among themselves: a rank in the city would tell of the others.
    """
    live = live_week(services, week)
    if not scope.everywhere:
        live = _narrowed(live, frozenset(areas_in(services.store, scope, week) or ()))
    past = _past(services, week)
    last = shifted(week, -1)
    rows = tuple(with_past(row, past.get(row.area, ()), last) for row in live.rows)
    details = LazyMapping(
        list(live.details), lambda area: replace(live.details[area], history=tuple(past.get(area, ())))
    )
    return replace(live, rows=rows, details=details)


def _narrowed(week: PublishedWeek, areas: Collection[str]) -> PublishedWeek:
    rows = [row for row in week.rows if row.area in areas]
    levels = dict.fromkeys(row.level for row in rows)
    return replace(
        week,
        rows=tuple(one for level in levels for one in ranked([row for row in rows if row.level == level])),
        details=LazyMapping([row.area for row in rows], lambda area: week.details[area]),
        sites=tuple(site for site in week.sites if site.area in areas),
        outlines={code: outline for code, outline in week.outlines.items() if code in areas},
    )


def published(services: Services, week: str, number: int | None = None) -> PublishedWeek | None:
    """A published week, its latest revision or the one with this number; None where there is none."""
    chosen = [one for one in revisions(services, week) if number in (None, one.number)]
    if not chosen:
        return None
    return services.frozen.week(chosen[-1].digest) if chosen[-1].digest else _by_method_1(services, chosen[-1])


def revisions(services: Services, week: str) -> list[Revision]:
    """All publications of a week, oldest first."""
    stored = services.store.get(PUBLISHED, week)
    return [
        Revision(week, number, one["published_at"], one["reason"], one.get("digest", ""))
        for number, one in enumerate(stored.document["revisions"] if stored else (), start=1)
    ]


def _by_method_1(services: Services, revision: Revision) -> PublishedWeek:
    """A week published before figures were frozen by hash: rows without details, ranks and changes."""
    stored = services.store.get(PUBLISHED, revision.week)
    rows = stored.document["revisions"][revision.number - 1]["rows"] if stored else []
    settings = services.settings
    kept: dict[str, Any] = {
        "city": settings.city,
        "minimum": settings.minimum_inspections,
        "weights": {},
        "method": "1",
    }
    unknown: dict[str, Any] = {"observations": 0, "listed": 0, "planned": None, "planned_done": 0}
    return PublishedWeek(
        head=WeekHead(
            week=revision.week,
            revision=revision.number,
            published_at=revision.published_at,
            reason=revision.reason,
            **kept,
        ),
        rows=tuple(AreaWeek(**row, parent=_parent(row["area"], rows), **unknown) for row in rows),
        details=LazyMapping([row["area"] for row in rows], lambda area: AreaDetail(area, *((),) * 6)),
        sites=(),
    )


def _parent(area: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The nearest area above that has a row."""
    above = [row["area"] for row in rows if area.startswith(row["area"]) and row["area"] != area]
    return max(above, key=len, default="")


def _past(services: Services, week: str) -> Mapping[str, Sequence[PastWeek]]:
    """Every area's figures in the published weeks before, oldest first, as they stand corrected now."""
    earlier = sorted(one for one in published_weeks(services.store) if one < week)[-HISTORY_WEEKS:]
    found: dict[str, list[PastWeek]] = {}
    for one in earlier:
        known = published(services, one)
        for row in known.rows if known else ():
            found.setdefault(row.area, []).append(PastWeek(one, row.rate, row.low, row.high))
    return found
