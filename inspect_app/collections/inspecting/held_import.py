"""Submissions that wait for the office, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.inspecting.held_import import FILE, PHONE, HeldImport, begun_as
from ...domain.weeks import instant_of, utc_text
from ..blanking import blanking_document, blanking_of, with_none_blanked
from ..collection import Collection, Document

WAITING = "waiting"


def _read(id: str, document: Mapping[str, Any]) -> HeldImport:
    return HeldImport(
        raw=document["raw"],
        inspector=document["inspector"],
        site=document["site"],
        week=document["week"],
        by=document["by"],
        at=instant_of(document["at"]),
        why=document["why"],
        decision="" if document["state"] == WAITING else document["state"],
        decided_by=document["decided_by"],
        decided_at=instant_of(document["decided_at"]) if document["decided_at"] else None,
        reason=document["reason"],
        origin=document["origin"],
        phone_now=instant_of(document["phone_now"]) if document["phone_now"] else None,
        was_refused=document["was_refused"],
        sent_as=document["sent_as"],
        blanked=tuple(map(blanking_of, document["blanked"])),
        form=document["begun"] if document["sent_as"] else "",
    )


def _write(held: HeldImport) -> Document:
    return {
        "raw": held.raw,
        "inspector": held.inspector,
        "site": held.site,
        "week": held.week,
        "by": held.by,
        "at": utc_text(held.at),
        "why": held.why,
        "state": held.decision or WAITING,
        "decided_by": held.decided_by,
        "decided_at": utc_text(held.decided_at) if held.decided_at else None,
        "reason": held.reason,
        "origin": held.origin,
        "phone_now": utc_text(held.phone_now) if held.phone_now else None,
        "was_refused": held.was_refused,
        "begun": held.begun,
        "sent_as": held.sent_as,
        "blanked": list(map(blanking_document, held.blanked)),
    }


def _with_origin(document: Document) -> Document:
    """Version 1 held what came in files only."""
    return {"origin": FILE, **document}


def _with_phone_now(document: Document) -> Document:
    """Version 2 did not keep what the phone's clock said."""
    return {"phone_now": None, **document}


def _with_refused(document: Document) -> Document:
    """Of version 3 all that phones had sent was refused, and nothing that came in a file."""
    begun = begun_as(document["inspector"], document["raw"])
    return {"was_refused": document["origin"] == PHONE, "begun": begun, **document}


def _with_blanked(document: Document) -> Document:
    """Version 4 had no words blanked."""
    return with_none_blanked({"sent_as": "", **document})


HELD_IMPORTS: Collection[HeldImport] = Collection(
    "held_imports",
    _read,
    _write,
    by=("state", "inspector", "begun"),
    version=5,
    upgrades=(_with_origin, _with_phone_now, _with_refused, _with_blanked),
)
"""Under the UUIDs that the phones made, as the inspections that they may become."""
