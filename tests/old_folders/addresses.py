"""Addresses that must answer 200."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.old_folders.reading import PUBLISHED, WEEKS


def pages(given: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Who looks, and at what."""
    sent, of = given["sent"], given["cases"]
    own = {one["inspector"]: one["id"] for one in sent if one["body"].get("site") != ""}
    yield from (("", path) for path in ("/index/weeks", "/index/method", "/index/widget", "/plan/seeds", "/exposure/"))
    for week, revision in PUBLISHED:
        yield from (("", f"/index/{week}"), ("", f"/index/{week}/{revision}"))
        yield "", f"/index/{week}/{revision}/areas/4210"
    yield from (
        ("", f"/index/2026-W46/2/areas/{area}") for area in ("421002", "421002001", "421002001001", "421003001")
    )
    for week in WEEKS:
        yield "supervisor", f"/index/{week}/live"
        yield "supervisor", f"/index/{week}/0/areas/4210"
        yield "supervisor", f"/review/photos?week={week}"
        yield "supervisor", f"/review/inspections?week={week}&area=421002&state=reviewed"
        yield "supervisor", f"/review/desk/?week={week}"
        yield "supervisor", f"/plan/{week}"
        yield "supervisor", f"/map/?week={week}"
        yield "supervisor", f"/exchange/?week={week}"
        yield "admin", f"/admin/areas?week={week}"
        yield "inspector", f"/field/mine?week={week}"
    yield "supervisor", "/plan/2026-W49"
    for path in ("/cases/", "/cases/unfiled", "/cases/exposure", "/cases/figures?first=2026-W44&last=2026-W47"):
        yield "supervisor", path
    yield from (("supervisor", f"/cases/{case}/exposure") for case in list(of.values())[:4])
    for path in ("", "/users", "/tokens", "/devices", "/units", "/units/routing", "/areas/changes", "/sites?state=all"):
        yield "admin", f"/admin{path}" if path else "/admin/"
    yield from (("admin", f"/admin/sites/{code}/edit") for code in ("Z1", "S1", "R1", "B1", "L1"))
    yield from (("admin", f"/admin/sites/{code}/shape") for code in ("S1", "S3", "R1"))
    yield from (("admin", path) for path in ("/admin/sites/labels", "/admin/sites/import", "/checklists/upload"))
    yield from (("admin", f"/admin/units/{id}/edit") for id in given["units"].values())
    yield from (("inspector", path) for path in ("/field/", "/field/adhoc", "/field/today.json", "/field/sites/Z1"))
    yield from (("inspector", path) for path in ("/devices", "/checklists/", "/checklists/zebra-crossing"))
    yield from ((who, f"/inspections/{id}") for who, id in own.items() if who != "inspector-gone")
    yield from (("supervisor", f"/inspections/{one['id']}") for one in sent[::3])
    yield from ((who, path) for who in ("unit-police", "unit-housing") for path in ("/unit/", "/unit/map"))
    yield from (("unit-police", path) for path in (f"/unit/cases/{of['dispatched, overdue']}", "/devices"))
    yield "unit-shashi", f"/unit/cases/{of['closed in time']}"
    yield "unit-shashi", f"/unit/cases/{of['closed in time']}/photos/1"
    yield "unit-shashi", f"/unit/cases/{of['closed in time']}/after/1?small"
    yield "supervisor", f"/cases/{of['closed in time']}/letter.docx"
