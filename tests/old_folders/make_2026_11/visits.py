"""Inspections as phones send them: photos first, then the answers; every way of scoring, every signal."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from inspect_app.domain.answers import parse_answers
from inspect_app.domain.scoring import score_inspection
from inspect_app.services.places import find_site

from inspect_app.domain.checklists import Checklist, Item, Method

from . import photos
from .hands import ONLY_COPY, Office, moment

METRE = 1 / 110_850
"""Degrees of latitude to a metre."""
LEFT_OUT = "left out"
"""Stands for a field that a phone does not send."""
Fields = dict[str, Any]


@dataclass
class Visit:
    """One visit to come. ``values`` are answers that are not left to chance, ``of_photo`` is what each photo says of
    itself beyond what an honest phone says, ``late`` is how long the phone waits before it sends.
    """

    site: str
    inspector: str
    at: str
    good: float = 0.85
    values: Mapping[str, Any] = field(default_factory=dict)
    of_photo: Fields = field(default_factory=dict)
    content: bytes | None = None
    late: timedelta = timedelta(minutes=20)
    version: str = ""
    notes: Mapping[str, str] = field(default_factory=dict)
    no_photo: str = ""
    spoken: bool = False
    taps: str = ""

    @property
    def id(self) -> str:
        return str(uuid5(NAMESPACE_URL, f"old folder {self.at} {self.site} {self.inspector}"))


def inspect(office: Office, visit: Visit) -> str:
    """Make a visit and send it; the inspection's id."""
    started = moment(visit.at)
    site = find_site(office.services.store, visit.site)
    assert site, visit.site
    checklist = _checklist(office, visit, site.site_type)
    rng = random.Random(visit.id)
    values = {item.id: _value(item, rng, visit, started) for item in checklist.items} | dict(visit.values)
    raw_answers: dict[str, Fields] = {id: {"value": value} for id, value in values.items()}
    answers = parse_answers(checklist, raw_answers)
    assert isinstance(answers, dict), answers
    failed = [one.item_id for one in score_inspection(checklist, answers, site=site.ground).items if one.failed]
    sent: list[Fields] = []
    point = site.point or (30.3310, 112.2450)
    for number, item in enumerate(failed):
        if visit.no_photo and number == 0 and len(failed) > 1:
            raw_answers[item]["no_photo_reason"] = visit.no_photo
            continue
        sent.append(_photo(office, visit, item, number, started, point))
    for item, note in visit.notes.items():
        raw_answers[item]["note"] = note
    for item in _premises(raw_answers):
        for one in raw_answers[item]["value"]:
            shown = next((photo for photo in sent if photo["item"] == item), None)
            if shown and one.get("category") != "other":
                one["photo"] = shown["sha256"]
    raw = {
        "site": visit.site,
        "checklist": checklist.id,
        "version": checklist.version,
        "started_at": started.isoformat(),
        "finished_at": (started + timedelta(minutes=11)).isoformat(),
        "answers": raw_answers,
        "photos": sent,
        **({"audio": [_recording(office, visit, failed, started)]} if visit.spoken else {}),
        **({"taps": _taps(checklist, raw_answers, visit)} if visit.taps else {}),
    }
    return send(office, visit.inspector, visit.id, raw, started + timedelta(minutes=11) + visit.late)


def send(office: Office, inspector: str, id: str, raw: Fields, received: datetime) -> str:
    """An inspection sent through the programming interface, and its photos checked."""
    office.clock.now = received
    office.by(inspector).put(f"/api/v1/inspections/{id}", raw)
    office.notes.setdefault("sent", []).append({"id": id, "inspector": inspector, "body": raw})
    office.services.after.wait()
    return id


def report(
    office: Office, inspector: str, at: str, kind: str, area: str, place: str, note: str, *, fix: bool = True
) -> str:
    """An ad-hoc report (随手拍) with one photo."""
    started, checklist = moment(at), office.services.library.ad_hoc
    assert checklist
    id = str(uuid5(NAMESPACE_URL, f"old folder report {at}"))
    content = photos.photo(f"report {at}")
    office.clock.now = started
    office.by(inspector).put_bytes(f"/api/v1/photos/{photos.sha256(content)}", content)
    where = {"lat": 30.31234, "lon": 112.25678, "accuracy_m": 9.0, "source": "browser", "at": started.isoformat()}
    shown = {"sha256": photos.sha256(content), "item": kind, "captured_at": started.isoformat()}
    raw = {
        "kind": "adhoc",
        "checklist": checklist.id,
        "version": checklist.version,
        "area": area,
        "place": place,
        "started_at": started.isoformat(),
        "finished_at": (started + timedelta(minutes=2)).isoformat(),
        "answers": {kind: {"value": "fail", "note": note}},
        "photos": [{**shown, "fix": where if fix else None, "source": "live"}],
    }
    return send(office, inspector, id, raw, started + timedelta(minutes=3))


def _checklist(office: Office, visit: Visit, site_type: str) -> Checklist:
    library = office.services.library
    found = library.version(visit.version) if visit.version else library.current[site_type]
    assert found
    return found


def _photo(
    office: Office, visit: Visit, item: str, number: int, started: datetime, point: tuple[float, float]
) -> Fields:
    at = started + timedelta(minutes=2 + number)
    content = visit.content if visit.content and number == 0 else photos.photo(f"{visit.id} {item}")
    office.by(visit.inspector).put_bytes(f"/api/v1/photos/{photos.sha256(content)}", content, **ONLY_COPY)
    place = {"lat": round(point[0] + 6 * METRE, 6), "lon": point[1], "accuracy_m": 8.0, "source": "browser"}
    said = {
        "sha256": photos.sha256(content),
        "item": item,
        "captured_at": at.isoformat(),
        "fix": {**place, "at": at.isoformat()},
        "source": "live",
        "clock_error_ms": 120,
        "clock_offset_ms": 900,
    }
    own = dict(visit.of_photo) if number == 0 else {}
    north = own.pop("north_m", 0.0)
    if north:
        said["fix"]["lat"] = round(point[0] + north * METRE, 6)
    said["fix"].update(own.pop("in_fix", {}))
    said.update(own)
    return {name: value for name, value in said.items() if value != LEFT_OUT}


def _recording(office: Office, visit: Visit, failed: list[str], started: datetime) -> Fields:
    content = photos.recording(visit.id)
    office.by(visit.inspector).put_bytes(f"/api/v1/audio/{photos.sha256(content)}", content)
    at = (started + timedelta(minutes=3)).isoformat()
    return {"sha256": photos.sha256(content), "item": failed[0], "captured_at": at, "seconds": 4.5}


def _taps(checklist: Checklist, answers: dict[str, Fields], visit: Visit) -> dict[str, int]:
    """Milliseconds to each item's first answer: item by item, or all that is right at once (「其余都合格」)."""
    if visit.taps == "slow":
        return {item.id: 20_000 * number for number, item in enumerate(checklist.items, start=1)}
    taps = {item.id: 3_000 * number for number, item in enumerate(checklist.items[:2], start=1)}
    for item in checklist.items[2:]:
        taps[item.id] = 9_000
        answers[item.id]["bulk"] = True
    return taps


def _premises(answers: dict[str, Fields]) -> list[str]:
    return [id for id, answer in answers.items() if isinstance(answer["value"], list) and answer["value"]]


def _value(item: Item, rng: random.Random, visit: Visit, started: datetime) -> Any:
    if rng.random() < 0.04:
        return "na"
    return _VALUES[item.method](item.rule, rng.random() < visit.good, rng)


def _ratio(rule: Any, good: bool, rng: random.Random) -> Any:
    kinds = [one.id for one in rule.classes] or [""]
    counts = {}
    for kind in kinds:
        of = rule.minimum // len(kinds) + rng.randrange(4, 9)
        counts[kind] = {"yes": of if good else round(of * rng.uniform(0.5, 0.9)), "of": of}
    return counts if rule.classes else counts[""]


def _measure(rule: Any, good: bool, rng: random.Random) -> float:
    return float(rule.at_least + rng.randrange(3) if good else rule.at_least - 1)


_VALUES: dict[Method, Callable[[Any, bool, random.Random], Any]] = {
    Method.COMPLIANCE: lambda rule, good, rng: "pass" if good else "fail",
    Method.OCCURRENCES: lambda rule, good, rng: 0 if good else rng.randrange(1, 4),
    Method.RATIO: _ratio,
    Method.GRADE: lambda rule, good, rng: rule.grades[0 if good else rng.randrange(1, len(rule.grades))].key,
    Method.MEASURE: _measure,
    Method.PROXIMITY: lambda rule, good, rng: [],
}
