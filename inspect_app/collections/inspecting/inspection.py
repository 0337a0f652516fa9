"""Inspections as documents."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from operator import itemgetter
from typing import Any

from ...domain.checklists.scoring import ItemScore
from ...domain.evidence.photo import evidence_from_json, evidence_to_json
from ...domain.evidence.recordings import recording_from_json, recording_to_json
from ...domain.inspecting.brief import brief_of
from ...domain.inspecting.clock import PhoneClock
from ...domain.inspecting.inspection import VISIT, EarlierVersion, Inspection, Review, ReviewStep
from ...domain.inspecting.presence import UNASKED, Claim, Denial, Presence, Settling
from ...domain.place.positions import fix_from_json, fix_to_json
from ...domain.weeks import instant_of, utc_text
from ..blanking import blanking_document, blanking_of, with_none_blanked
from ..collection import Brief, Collection, Document
from ..place.site import site_document, site_of
from .visit_brief import VERSION, brief_bytes, brief_reader

UNBOUNDED = "unbounded"
"""The error of a phone's clock that was not in contact with the server: JSON knows no infinity."""
OPEN = "open"
_NOBODY_DENIES: Mapping[str, str] = {"denier": "", "denial": ""}
_score_fields = itemgetter("item_id", "state", "score", "weight", "failed", "detail")
_item_score = lru_cache(1 << 16, typed=True)(ItemScore)
"""A week has some hundred thousand scores of items, and few that differ: equal ones are one value."""


def _read(id: str, document: Mapping[str, Any]) -> Inspection:
    return Inspection(
        kind=document["kind"],
        week=document["week"],
        state=document["state"],
        site=site_of(document["site"], document["site_as_inspected"]),
        area=document["area"],
        checklist=document["checklist"],
        version=document["version"],
        inspector=document["inspector"],
        started_at=instant_of(document["started_at"]),
        finished_at=instant_of(document["finished_at"]),
        received_at=instant_of(document["received_at"]),
        answers=document["answers"],
        photos=tuple(map(evidence_from_json, document["photos"])),
        recordings=tuple(map(recording_from_json, document["audio"])),
        taps=document["taps"],
        fingerprint=document["fingerprint"],
        rate=document["rate"],
        capped=document["capped"],
        items=_items(document["items"]),
        reviews={item: _review(review) for item, review in document["reviews"].items()},
        history=tuple(map(_step, document["history"])),
        presence=_presence(document["counting"], document["presence"]) if document["presence"] else UNASKED,
        blanked=tuple(map(blanking_of, document["blanked"])),
        clock=_clock(document["clock"]) if document["clock"] else None,
        corrections=tuple(map(_version, document["corrections"])),
        partner=document["partner"],
    )


def _write(inspection: Inspection) -> Document:
    return {
        "kind": inspection.kind,
        "week": inspection.week,
        "area": inspection.area,
        "site": inspection.site.code,
        "state": inspection.state,
        "site_as_inspected": site_document(inspection.site),
        "checklist": inspection.checklist,
        "version": inspection.version,
        "inspector": inspection.inspector,
        "started_at": utc_text(inspection.started_at),
        "finished_at": utc_text(inspection.finished_at),
        "received_at": utc_text(inspection.received_at),
        "answers": inspection.answers,
        "photos": [evidence_to_json(photo) for photo in inspection.photos],
        "audio": [recording_to_json(recording) for recording in inspection.recordings],
        "taps": dict(inspection.taps),
        "fingerprint": inspection.fingerprint,
        "rate": inspection.rate,
        "capped": inspection.capped,
        "items": [item.to_json() for item in inspection.items],
        "reviews": {item: _review_document(review) for item, review in inspection.reviews.items()},
        "history": [_step_document(step) for step in inspection.history],
        **_presence_fields(inspection),
        "blanked": [blanking_document(one) for one in inspection.blanked],
        "clock": _clock_document(inspection.clock) if inspection.clock else {},
        "partner": inspection.partner,
        "corrections": [_version_document(version) for version in inspection.corrections],
    }


def _items(raw: list[Mapping[str, Any]]) -> tuple[ItemScore, ...]:
    return tuple([_item_score(*_score_fields(item)) for item in raw])


def _version(raw: Mapping[str, Any]) -> EarlierVersion:
    return EarlierVersion(
        correction=raw["correction"],
        reason=raw["reason"],
        by=raw["by"],
        at=instant_of(raw["at"]),
        fingerprint=raw["fingerprint"],
        answers=raw["answers"],
        items=_items(raw["items"]),
        rate=raw["rate"],
        capped=raw["capped"],
        photos=raw["photos"],
        recordings=raw["audio"],
    )


def _version_document(version: EarlierVersion) -> Document:
    return {
        "correction": version.correction,
        "reason": version.reason,
        "by": version.by,
        "at": utc_text(version.at),
        "fingerprint": version.fingerprint,
        "answers": version.answers,
        "items": [item.to_json() for item in version.items],
        "rate": version.rate,
        "capped": version.capped,
        "photos": version.photos,
        "audio": version.recordings,
    }


def _review(raw: Mapping[str, Any]) -> Review:
    return Review(raw["decision"], raw["reason"], raw["by"], instant_of(raw["at"]))


def _review_document(review: Review) -> Document:
    return {"decision": review.decision, "reason": review.reason, "by": review.by, "at": utc_text(review.at)}


def _step(raw: Mapping[str, Any]) -> ReviewStep:
    return ReviewStep(_review(raw), raw["item"], raw["rate_before"], raw["rate_after"])


def _step_document(step: ReviewStep) -> Document:
    rates = {"rate_before": step.rate_before, "rate_after": step.rate_after}
    return {**_review_document(step.review), "item": step.item, **rates}


def _presence(state: str, raw: Mapping[str, Any]) -> Presence:
    claim = Claim(tuple(raw["tickets"]), tuple(map(fix_from_json, raw["fixes"])), raw["phone"], raw.get("area", ""))
    denial = _denial(raw["denial"]) if raw["denial"] else None
    return Presence(state, tuple(raw["reasons"]), claim, raw["day"], tuple(map(_settling, raw["settled"])), denial)


def _settling(raw: Mapping[str, Any]) -> Settling:
    return Settling(raw["decision"], raw["reason"], raw["by"], instant_of(raw["at"]))


def _settling_document(step: Settling) -> Document:
    return {"decision": step.decision, "reason": step.reason, "by": step.by, "at": utc_text(step.at)}


def _denial(raw: Mapping[str, Any]) -> Denial:
    settled = _settling(raw["settled"]) if raw["settled"] else None
    return Denial(raw["by"], raw["reason"], instant_of(raw["at"]), settled)


def _denial_document(denial: Denial) -> Document:
    settled = _settling_document(denial.settled) if denial.settled else {}
    return {"by": denial.by, "reason": denial.reason, "at": utc_text(denial.at), "settled": settled}


def _presence_fields(inspection: Inspection) -> Document:
    """How it stands, and what it is found by; caps count what counts."""
    presence = inspection.presence
    if presence == UNASKED:
        return {"counting": presence.state, "presence": {}, "site_day": "", "inspector_day": "", **_NOBODY_DENIES}
    capped, denial = presence.counts and presence.day, presence.denial
    return {
        "counting": presence.state,
        "presence": {
            "reasons": list(presence.reasons),
            "tickets": list(presence.claim.tickets),
            "fixes": [fix_to_json(fix) for fix in presence.claim.fixes],
            "phone": presence.claim.phone,
            **({"area": presence.claim.area} if presence.claim.area else {}),
            "day": presence.day,
            "settled": list(map(_settling_document, presence.settled)),
            "denial": _denial_document(denial) if denial else {},
        },
        "site_day": day_key(presence.day, inspection.site.code) if capped else "",
        "inspector_day": day_key(presence.day, inspection.inspector) if capped else "",
        **({"denier": denial.by, "denial": denial_state(denial)} if denial else _NOBODY_DENIES),
    }


def _clock(raw: Mapping[str, Any]) -> PhoneClock:
    started, finished = instant_of(raw["started_at"]), instant_of(raw["finished_at"])
    error_ms = math.inf if raw["error_ms"] == UNBOUNDED else raw["error_ms"]
    return PhoneClock(started, finished, error_ms, tuple(raw["corrections"]))


def _clock_document(clock: PhoneClock) -> Document:
    return {
        "started_at": utc_text(clock.started_at),
        "finished_at": utc_text(clock.finished_at),
        "error_ms": UNBOUNDED if clock.error_ms == math.inf else clock.error_ms,
        "corrections": list(clock.corrections),
    }


def denial_state(denial: Denial) -> str:
    """What ``denial`` says of a visit whose partner denies it: ``OPEN``, or what the office found."""
    return denial.settled.decision if denial.settled else OPEN


def day_key(day: str, of: str) -> str:
    """What ``site_day`` and ``inspector_day`` say of a visit that counts: its day, and of which site or inspector."""
    return f"{day} {of}"


def _with_kind(document: Document) -> Document:
    """Version 1 named the kind of reports only, and had recordings and taps only where there were any."""
    return {"kind": VISIT, "audio": [], "taps": {}, **document}


def _with_presence(document: Document) -> Document:
    """Version 2 is from before visits had to show that they took place: it counts as it did."""
    return {**document, "counting": UNASKED.state, "presence": {}, "site_day": "", "inspector_day": ""}


def _with_clock(document: Document) -> Document:
    """Version 4 did not ask for the phone's own clock."""
    return {"clock": {}, **document}


def _with_partner(document: Document) -> Document:
    """Version 5 knew one inspector only."""
    return {"partner": "", **document}


def _with_marks(document: Document) -> Document:
    """Version 6 knew no marks on photos, and a program of then would show what they hide: it is not to read them."""
    return document


def _with_corrections(document: Document) -> Document:
    """Version 7 could not be corrected by its inspector."""
    return {"corrections": [], **document}


def _with_denial(document: Document) -> Document:
    """Version 8 believed a partner's denial at once: such a visit has its reason, and waits or was decided as it is."""
    presence = {**document["presence"], "denial": {}} if document["presence"] else {}
    return {**document, "presence": presence, **_NOBODY_DENIES}


INSPECTIONS: Collection[Inspection] = Collection(
    "inspections",
    _read,
    _write,
    by=("area", "site", "state", "counting", "site_day", "inspector_day", "inspector", "partner", "denier", "denial"),
    weekly=True,
    version=9,
    upgrades=(
        _with_kind,
        _with_presence,
        with_none_blanked,
        _with_clock,
        _with_partner,
        _with_marks,
        _with_corrections,
        _with_denial,
    ),
    brief=Brief(VERSION, brief_of, brief_bytes, brief_reader),
)
"""Inspections and ad-hoc reports; an id is the UUID that the phone made."""
