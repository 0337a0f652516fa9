"""What is published of a draw: before it what was announced, after the week all that is needed to repeat it.

Nothing in these files comes of who inspected.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence

from ...domain.plan.beacon import SOURCES, Beacon
from ...domain.plan.repeating import Repeated
from ...domain.plan.week_plan import SEALED, WeekPlan
from ...domain.weeks import utc_text
from ..csv_text import plain

ALGORITHM = "HMAC-SHA256(secret, 'YYYY-MM-DD source value')"


def announcement(plan: WeekPlan) -> dict[str, object]:
    """What was announced of a week, as JSON values."""
    found: dict[str, object] = {
        "week": plan.week,
        "rule": plan.rule,
        "announced_at": utc_text(plan.announced_at),
        "drawn_at": utc_text(plan.drawn_at) if plan.drawn_at else None,
        "register_sha256": plan.register,
        "count": plan.count,
        "least_per_area": plan.least_per_area,
    }
    if plan.rule == SEALED:
        found |= {"commitment_sha256": plan.commitment, "beacon": _beacon(plan.announced_beacon)}
    else:
        found |= {"seed": plan.seed or None}
    return found | ({"replaced": list(plan.replaced)} if plan.replaced else {})


def plan_json(plan: WeekPlan) -> bytes:
    """The draw of a week that is over: what was announced, what was revealed, and the sites that were drawn."""
    published = announcement(plan)
    if plan.rule == SEALED:
        published |= {
            "algorithm": ALGORITHM,
            "secret": plan.secret,
            "revealed_at": utc_text(plan.revealed_at) if plan.revealed_at else None,
            "drawn_with": _beacon(plan.beacon),
            "second_share": str(plan.how.second_share) if plan.how else None,
        }
    else:
        published["seed"] = plan.whole_seed
    published["sites"] = [
        {
            "code": site.code,
            "area": site.area,
            "type": site.site_type,
            "taken": site.taken,
            "of": site.of,
            "chance": site.chance,
            **({"second": site.twice} if plan.rule == SEALED else {}),
            "not_inspected": bool(site.dropped),
        }
        for site in plan.sites
    ]
    return as_json(published)


def as_json(document: object) -> bytes:
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def drawn_csv(repeated: Repeated, *, second: bool) -> bytes:
    """Every site of the register: its place in its stratum by lot, whether it was drawn, and its chance beforehand."""
    head = ("code", "area", "type", "place", "drawn", "chance", *(("second",) if second else ()))
    rows = (
        (
            *(lot.site.code, lot.site.area, lot.site.site_type, lot.place, int(lot.drawn), str(lot.chance)),
            *((int(lot.twice),) if second else ()),
        )
        for lot in repeated.lots
    )
    return _csv(head, rows)


def allocation_csv(repeated: Repeated) -> bytes:
    """Every street and type: its sites, how many it gives on average, as a fraction, and how many it gave."""
    rows = ((*part.stratum, part.listed, str(part.mean), part.taken) for part in repeated.allocation)
    return _csv(("area", "type", "listed", "mean", "taken"), rows)


def _beacon(beacon: Beacon | None) -> dict[str, str] | None:
    if beacon is None:
        return None
    found = {"source": beacon.source, "title": SOURCES[beacon.source].title, "day": beacon.day.isoformat()}
    return found | ({"value": beacon.value} if beacon.value else {})


def _csv(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([plain(cell) for cell in row] for row in rows)
    return out.getvalue().encode()
