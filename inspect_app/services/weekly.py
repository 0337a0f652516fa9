"""The week's index: as it stands, and as published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ..domain.adhoc import is_ad_hoc
from ..domain.index import IndexRow, Scored, area_index
from ..domain.problems import Problem
from ..domain.scoring import format_rate
from ..domain.weeks import utc_text
from ..store import Put
from . import INSPECTIONS, Services
from .audit import PUBLISHED, Undone, logged
from .places import area_tree


@dataclass(frozen=True, slots=True)
class Publication:
    """A published week, frozen: its rows, the number of its revision and the reason for one after the first."""

    week: str
    revision: int
    published_at: str
    reason: str
    rows: tuple[IndexRow, ...]


def live_index(services: Services, week: str) -> tuple[IndexRow, ...]:
    """The index of a week from what is in the store now. Ad-hoc reports have no part in it."""
    found = services.store.find(INSPECTIONS, week=week)
    scored = [_scored(stored.document) for stored in found if not is_ad_hoc(stored.document)]
    return area_index(scored, area_tree(services.store, week), minimum=services.settings.minimum_inspections)


def published(services: Services, week: str) -> Publication | None:
    """The latest publication of a week, or None."""
    stored = services.store.get(PUBLISHED, week)
    if stored is None:
        return None
    latest = stored.document["revisions"][-1]
    return Publication(
        week=week,
        revision=len(stored.document["revisions"]),
        published_at=latest["published_at"],
        reason=latest["reason"],
        rows=tuple(IndexRow(**row) for row in latest["rows"]),
    )


def published_weeks(services: Services) -> list[str]:
    """Weeks that have been published, newest first."""
    return sorted((stored.id for stored in services.store.find(PUBLISHED)), reverse=True)


def publish(services: Services, supervisor: str, week: str, reason: str, now: datetime) -> int | list[Problem]:
    """Freeze the week as it stands and show it to the public; the number of the revision.

    The first revision needs no reason; a correction does, and is kept beside what was published before. Raises
    ``Stale`` where somebody else published at the same moment.
    """
    rows = [asdict(row) for row in live_index(services, week)]
    if not rows:
        return [Problem(week, "这一周还没有测评，不能发布")]
    earlier = services.store.get(PUBLISHED, week)
    if earlier and not reason.strip():
        return [Problem("理由", "这一周已经发布，更正须写明理由")]
    revision: dict[str, Any] = {
        "published_at": utc_text(now),
        "by": supervisor,
        "reason": reason.strip(),
        "rows": rows,
    }
    # Noted beside what the public sees, the head of the audit log cannot be cut off unnoticed.
    revision["audit_head"] = asdict(services.audit.head())
    revisions = [*(earlier.document["revisions"] if earlier else []), revision]
    act = "week.corrected" if earlier else "week.published"
    after = {"revision": len(revisions), "reason": revision["reason"], "rows": _digest(rows)}
    try:
        with logged(services, supervisor, act, week, now, after=after):
            if earlier:
                services.store.update(PUBLISHED, week, {"revisions": revisions}, expected_revision=earlier.revision)
            elif services.store.put_once(PUBLISHED, week, {"revisions": revisions})[0] is not Put.CREATED:
                raise Undone
    except Undone:
        return [Problem(week, "刚刚已由他人发布")]
    return len(revisions)


def _digest(rows: Sequence[Mapping[str, Any]]) -> str:
    """SHA-256 of published rows, for the audit log."""
    return hashlib.sha256(json.dumps(rows, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def index_document(
    services: Services, week: str, rows: Sequence[IndexRow], publication: Publication | None = None
) -> dict[str, Any]:
    """A week's index as JSON: for the page's ``.json`` and for the command. Rates are percent."""
    return {
        "city": services.settings.city,
        "week": week,
        "revision": publication.revision if publication else None,
        "published_at": publication.published_at if publication else None,
        "rows": [{**asdict(row), "rate_text": format_rate(row.rate)} for row in rows],
    }


def weeks_with_inspections(services: Services) -> list[str]:
    """Newest first."""
    return sorted(services.store.weeks(INSPECTIONS), reverse=True)


def _scored(document: Mapping[str, Any]) -> Scored:
    return Scored(document["area"], document["site"], document["checklist"], document["rate"])
