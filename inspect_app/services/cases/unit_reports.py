"""A unit reports that a case is put right: its after-photos are checked as any evidence is, and kept with the case.

A photo that does not fit (elsewhere, earlier, seen before, edited) is flagged for whoever verifies, and not refused.
The unit is not told what was found, so that nobody learns how to get round it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import EVERYTHING
from ...domain.accounts.user import User
from ...domain.cases.case import AfterPhoto, Case
from ...domain.evidence.photo import Evidence, parse_evidence
from ...domain.evidence.signals import Shot, Signal, signals_of
from ...domain.inspecting.submission import fingerprint, parse_id
from ...domain.place.outlines import Ground
from ...domain.place.positions import Place
from ...domain.place.proximity import metres_from
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...photos.copies import Copies, copies_of
from ...store import Stale
from .. import Services
from ..inspecting.submitting import Taken
from .acts import Asked, act_on, find_case

AFTER = "after"
"""What stands for an item's id in the evidence of an after-photo."""
MAX_PHOTOS = 9
_FIELDS = ("case", "note", "photos")
_REPORTED_ACCURACY_M = 50.0
_ATTEMPTS = 5
_WANTS_WORK = {"dispatch": "派遣", "send_back": "返工", "reopen": "重办"}
"""The acts from which on something is to be done, and what they are called."""


@dataclass(frozen=True, slots=True)
class Handled:
    """How a report ended: the case with it, or what is wrong and the hashes of photos that have not come."""

    taken: Taken
    case: Kept[Case] | None = None
    problems: tuple[Problem, ...] = ()
    missing: tuple[str, ...] = ()


def take_handling(services: Services, user: User, id_text: str, raw: object, now: datetime) -> Handled:
    """Take one report, once: the same content under the same id again is SAME, other content is CONFLICT.

    ``raw`` is ``{"case", "note", "photos": [evidence]}``, each photo with ``AFTER`` for its item. Returns once what is
    kept is durable.
    """
    id = parse_id(id_text)
    if id is None:
        return _refused(Problem("编号", "应为UUID，例如 0b9d6a1e-3c52-4e0f-9a3b-2f1f6f0d7c11"))
    if not isinstance(raw, Mapping) or not isinstance(raw.get("case"), str):
        return _refused(Problem("提交内容", "应为一个JSON对象，有 case 和 photos"))
    problems, photos, note = _parsed(raw)
    if problems:
        return _refused(*problems)
    if missing := [photo.sha256 for photo in photos if not services.photos.has(photo.sha256)]:
        text = f"有{len(missing)}张照片服务器尚未收到，请先上传"
        return Handled(Taken.REFUSED, problems=(Problem("photos", text),), missing=tuple(missing))
    print_ = fingerprint(raw)
    for _ in range(_ATTEMPTS):
        case = find_case(services, raw["case"], scope=EVERYTHING)
        if case is None or not _may_see(case, user):
            return _refused(Problem("整改件", f"没有编号为「{raw['case']}」的整改件"))
        if earlier := [photo for photo in case.value.after if photo.report == id]:
            if earlier[0].fingerprint != print_:
                return Handled(Taken.CONFLICT, problems=(_OTHER,))
            # A process that ended right after the act has not got to it.
            _remember(services, id, photos)
            return Handled(Taken.SAME, case)
        after = tuple(
            replace(_after(services, case.value, photo, now), unit=user.unit, report=id, fingerprint=print_)
            for photo in photos
        )
        try:
            done = act_on(services, user, case.id, Asked("handle", reason=note, after=after), case.revision, now)
        except Stale:
            continue
        if isinstance(done, list):
            return _refused(*done)
        _remember(services, id, photos)
        return Handled(Taken.CREATED, done)
    return _refused(Problem("整改件", "正在被别人办理，请稍后再试"))


def evidence_of_file(services: Services, sha256: str, now: datetime) -> dict[str, Any]:
    """A photo that came as a mere file, as evidence: where and when it was taken is what the file says of itself."""
    content = services.photos.read(sha256)
    copies = copies_of(content) if content is not None else None
    exif = copies.exif if isinstance(copies, Copies) else None
    taken = exif.taken_at if exif and exif.taken_at else now
    at = utc_text(taken if taken.tzinfo else taken.replace(tzinfo=services.settings.timezone))
    fix = None
    if exif and exif.lat is not None and exif.lon is not None:
        accuracy = exif.accuracy_m or _REPORTED_ACCURACY_M
        fix = {"lat": exif.lat, "lon": exif.lon, "accuracy_m": accuracy, "source": "exif", "at": at}
    return {"sha256": sha256, "item": AFTER, "captured_at": at, "fix": fix}


_OTHER = Problem("编号", "这个编号下已有另一份内容不同的报告")


def handling_receipt(case: Kept[Case], id: str, user: User, body: bytes) -> dict[str, Any]:
    """What a receipt says of a report: whose, since when, and everything the server holds of it."""
    own = [photo for photo in case.value.after if photo.report == id]
    return {
        "id": id,
        "case": case.id,
        "inspector": user.name,
        "fingerprint": own[0].fingerprint,
        "received_at": utc_text(own[0].at),
        "photos": list(dict.fromkeys(photo.sha256 for photo in own)),
        "audio": [],
        "content": hashlib.sha256(body).hexdigest(),
    }


def _parsed(raw: Mapping[str, Any]) -> tuple[list[Problem], list[Evidence], str]:
    problems = [
        Problem(str(field), f"没有这个字段，可用：{'、'.join(_FIELDS)}") for field in raw if field not in _FIELDS
    ]
    note, entries = raw.get("note", ""), raw.get("photos")
    if not isinstance(note, str):
        problems.append(Problem("note", "应为文字"))
    if not isinstance(entries, list) or not 1 <= len(entries) <= MAX_PHOTOS:
        return [*problems, Problem("整改后照片", f"应有1到{MAX_PHOTOS}张")], [], ""
    photos = []
    for number, entry in enumerate(entries, start=1):
        photo = parse_evidence(entry, f"第{number}张照片", [AFTER])
        if isinstance(photo, list):
            problems += photo
        else:
            photos.append(photo)
    if len({photo.sha256 for photo in photos}) < len(photos):
        problems.append(Problem("整改后照片", "同一张照片出现了两次"))
    return problems, photos, str(note)


def _may_see(case: Kept[Case], user: User) -> bool:
    return bool(user.unit) and case.value.unit == user.unit


def _after(services: Services, case: Case, photo: Evidence, now: datetime) -> AfterPhoto:
    """The photo as the case keeps it, with its distance from the site (metres) and what deserves a second look."""
    ground = _ground(services, case)
    return AfterPhoto(
        sha256=photo.sha256,
        at=now,
        captured_at=photo.captured_at,
        unit="",
        fix=photo.fix,
        source=photo.source,
        distance_m=metres_from(ground, photo.fix) if ground and photo.fix else None,
        signals=(*_early(case, photo, services), *_signals(services, case, photo, ground, now)),
    )


def _ground(services: Services, case: Case) -> Place | Ground | None:
    """What the photo should lie near: the site as inspected; of an ad-hoc report, the place that the unit was given."""
    kept = INSPECTIONS.get(services.store, case.inspection)
    if kept and kept.value.site.code:
        return kept.value.site.ground
    lat, lon = case.place.lat, case.place.lon
    return None if lat is None or lon is None else Place(lat, lon, _REPORTED_ACCURACY_M)


def _early(case: Case, photo: Evidence, services: Services) -> list[Signal]:
    """A photo from before the work was asked for, or asked for again, cannot show that it was done."""
    asked = case.last(*_WANTS_WORK)
    error_s = (photo.clock_error_ms or 0.0) / 1000
    if asked is None or (asked.at - photo.captured_at).total_seconds() <= error_s:
        return []
    local = photo.captured_at.astimezone(services.settings.timezone)
    return [Signal("before_dispatch", f"拍摄于 {local:%Y-%m-%d %H:%M}，早于{_WANTS_WORK[asked.act]}")]


def _signals(
    services: Services, case: Case, photo: Evidence, ground: Place | Ground | None, now: datetime
) -> Sequence[Signal]:
    content = services.photos.read(photo.sha256)
    copies = copies_of(content) if content is not None else None
    made = copies if isinstance(copies, Copies) else None
    near = services.similar.near(made.prints) if made else []
    seen = [one.inspection for one in near if one.sha256 == photo.sha256]
    if photo.sha256 in case.photos or any(one.sha256 == photo.sha256 for one in case.after):
        seen.append(case.inspection)
    shot = Shot(
        evidence=photo,
        exif=made.exif if made else None,
        received_at=now,
        timezone=services.settings.timezone,
        site=ground,
        whole=made is not None and made.whole,
        seen_in=list(dict.fromkeys(seen)),
        similar=[(one.sha256, one.bits) for one in near if one.sha256 != photo.sha256],
    )
    return signals_of(shot)


def _remember(services: Services, id: str, photos: Sequence[Evidence]) -> None:
    """Have the photos known, so that they are recognised when somebody uses them again."""
    for photo in photos:
        content = services.photos.read(photo.sha256)
        copies = copies_of(content) if content is not None else None
        if isinstance(copies, Copies):
            services.photos.keep_derived("thumbnails", photo.sha256, copies.thumbnail)
            services.similar.add(photo.sha256, id, copies.prints)


def _refused(*problems: Problem) -> Handled:
    return Handled(Taken.REFUSED, problems=problems)
