"""Published weeks as documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...domain.index.figures import AreaWeek, row_to_json
from ...domain.index.publication import Publication, Revision
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> Publication:
    return Publication(tuple(_revision(id, n, raw) for n, raw in enumerate(document["revisions"], start=1)))


def _write(publication: Publication) -> Document:
    return {"revisions": [_revision_document(revision) for revision in publication.revisions]}


def _revision(week: str, number: int, raw: Mapping[str, Any]) -> Revision:
    head = raw["audit_head"]
    return Revision(
        week=week,
        number=number,
        published_at=instant_of(raw["published_at"]),
        by=raw["by"],
        reason=raw["reason"],
        digest=raw["digest"],
        still_open=tuple(raw["still_open"]),
        audit_head=(head["seq"], head["hash"]) if head else None,
        rows=tuple(AreaWeek(**row) for row in raw["rows"]),
        files=raw["files"],
        files_at=instant_of(raw["files_at"]) if raw["files_at"] else None,
        visits=raw["visits"],
    )


def _revision_document(revision: Revision) -> Document:
    head = revision.audit_head
    return {
        "published_at": utc_text(revision.published_at),
        "by": revision.by,
        "reason": revision.reason,
        "digest": revision.digest,
        "still_open": list(revision.still_open),
        "audit_head": {"seq": head[0], "hash": head[1]} if head else None,
        "rows": [row_to_json(row) for row in revision.rows],
        "files": revision.files,
        "files_at": utc_text(revision.files_at) if revision.files_at else None,
        "visits": revision.visits,
    }


def _with_everything(document: Document) -> Document:
    """Version 1 named only what a revision had; its rows, of method 1, knew nothing of registers and plans."""
    return {**document, "revisions": [_whole(revision) for revision in document["revisions"]]}


def _whole(revision: Mapping[str, Any]) -> Document:
    rows = revision.get("rows", [])
    unknown: dict[str, Any] = {"observations": 0, "listed": 0, "planned": None, "planned_done": 0}
    known = [{**unknown, "parent": _parent(row["area"], rows), **row} for row in rows]
    return {"digest": "", "still_open": [], "audit_head": None, **revision, "rows": known}


def _with_files(document: Document) -> Document:
    """Up to version 2 no files were frozen with a revision."""
    return {**document, "revisions": [{**one, "files": "", "files_at": None} for one in document["revisions"]]}


def _with_visits(document: Document) -> Document:
    """Up to version 3 nothing named the visits that a revision was made of."""
    return {**document, "revisions": [{**one, "visits": ""} for one in document["revisions"]]}


def _parent(area: str, rows: Sequence[Mapping[str, Any]]) -> str:
    """The nearest area above that has a row."""
    above = [row["area"] for row in rows if area.startswith(row["area"]) and row["area"] != area]
    return max(above, key=len, default="")


PUBLICATIONS: Collection[Publication] = Collection(
    "publications", _read, _write, version=4, upgrades=(_with_everything, _with_files, _with_visits)
)
"""Publications under their weeks."""
