"""What lies in folders that began under earlier versions: documents in the shapes that those wrote.

A week published by method 1, its rows kept with the publication itself; an inspection from before recordings; a plan
from before the register was kept with it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from inspect_app.domain.weeks import utc_text

from .hands import Office
from .visits import Visit, inspect
from .weeks import LI, TOILET, ZEBRA

WEEK = "2026-W44"


def week_before(office: Office) -> None:
    """2026-W44 as it was left by the version before."""
    store = office.services.store
    for visit in (Visit("T4", LI, "10-30 10:00", values=TOILET), Visit("Z4", LI, "10-30 11:00", values=ZEBRA)):
        id = inspect(office, visit)
        stored = store.get("inspections", id)
        assert stored
        older = {name: value for name, value in stored.document.items() if name != "audio"}
        store.update("inspections", id, older, expected_revision=stored.revision)
    _published(office)
    _planned(office)


def _published(office: Office) -> None:
    now = office.clock.at("11-02 07:00")
    rows: list[dict[str, Any]] = [
        _row("4210", "荆州市", "市", 86.125, 80.5, 91.75),
        _row("421003", "荆州区", "区县", 86.125, 80.5, 91.75),
        {**_row("421003001", "西城街道", "街道乡镇", 86.125, None, None), "enough": False, "tier": None},
    ]
    revision = {
        "published_at": utc_text(now),
        "by": "supervisor",
        "reason": "",
        "rows": rows,
        "audit_head": asdict(office.services.audit.head()),
    }
    office.services.store.put_once("publications", WEEK, {"revisions": [revision]})


def _row(area: str, name: str, level: str, rate: float, low: float | None, high: float | None) -> dict[str, Any]:
    counts = {"inspections": 2, "sites": 2, "rate": rate, "low": low, "high": high, "enough": True, "tier": 1}
    return {"area": area, "name": name, "level": level, **counts}


def _planned(office: Office) -> None:
    site = {"code": "T4", "area": "421003001", "site_type": "public-toilet", "taken": 1, "of": 1}
    document = {
        "state": "drawn",
        "seed": "旧种子 10-23",
        "announced_at": "2026-10-23T09:00:00.000Z",
        "announced_by": "supervisor",
        "drawn_at": "2026-10-24T01:00:00.000Z",
        "drawn_by": "supervisor",
        "settings": {"second_share": 0.1, "gap_weeks": 8, "in_pairs": False},
        "sites": [{**site, "inspectors": ["inspector-li"], "second": [], "problem": "", "dropped": ""}],
        "changes": [],
    }
    office.services.store.put_once("plans", WEEK, document)
