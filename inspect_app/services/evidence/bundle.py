"""The evidence bundle of one finding: a ZIP for the responsible unit or a court, with a verifier in plain Python.

It never names the inspector: neither the record nor the log extract carries the account. The manifest is signed with
the office's key, so that a bundle made by anybody else is refused by whoever has the public key from the office.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.place.site import site_document
from ...domain.accounts.scope import Scope
from ...domain.evidence.exif import Exif
from ...domain.evidence.photo import evidence_to_json
from ...domain.inspecting.inspection import Inspection, ReviewStep
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...photos.geotag import geotagged
from ...photos.intake import is_heif
from ...settings import PROJECT
from .. import Services
from ..audit import extract, logged
from ..place.scoped import is_in
from .examining import check_inspection, review_copy

VERIFIER = PROJECT / "inspect_app" / "data" / "verify_bundle.py"
"""What checks a bundle; also published beside the office's key, because that in a forged bundle may say anything."""
_SUFFIXES = ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG", "png"), (b"RIFF", "webp"))
_SHOWN = {"at", "before/decision", "before/rate", "after/decision", "after/rate", "after/reason"}
"""Fields of the log that a bundle may show of any act."""
_WHEN = (1980, 1, 1, 0, 0, 0)


def evidence_bundle(
    services: Services, who: str, id: str, item: str, now: datetime, *, scope: Scope
) -> bytes | list[Problem]:
    """The ZIP of a finding: originals, geotagged and captioned copies, record, log extract, signed manifest, verifier.

    Exporting is itself logged. The same finding exported at the same instant gives the same bytes.
    """
    kept = INSPECTIONS.get(services.store, id)
    if kept and not is_in(services.store, scope, kept.value.week, kept.value.area):
        kept = None
    if kept is None or item not in {finding.item.item_id for finding in kept.value.findings}:
        return [Problem("测评项", f"测评「{id}」没有「{item}」这个问题")]
    with logged(services, who, "evidence.exported", f"{id}/{item}", now):
        files: dict[str, bytes] = {}
        said = {one.sha256: one.exif for one in check_inspection(services, id)}
        for photo in kept.value.photos_of(item):
            content = services.photos.read(photo.sha256)
            if content is None:
                continue
            files[f"originals/{photo.sha256}.{_suffix(content)}"] = content
            turned = _orientation(said[photo.sha256])
            files[f"geotagged/{photo.sha256}.jpg"] = geotagged(content, photo.fix, photo.captured_at, turned)
            if (copy := review_copy(services, kept, photo)) is not None:
                files[f"captioned/{photo.sha256}.jpg"] = copy
        files["record.json"] = _json(_record(services, kept, item))
        files["log.jsonl"] = b"".join(_json(entry, indent=None) + b"\n" for entry in _extract(services, kept, item))
        files["verify.py"], files["office.pem"] = VERIFIER.read_bytes(), services.office.pem
    manifest = {
        "format": "inspect-evidence-bundle",
        "version": 1,
        "inspection": id,
        "item": item,
        "exported_at": utc_text(now),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    listed = _json(manifest)
    return _zipped({"manifest.json": listed, "manifest.sig": services.office.sign(listed), **files})


def _record(services: Services, kept: Kept[Inspection], item: str) -> dict[str, Any]:
    """What the finding is: the site, the item with its clauses and units, the answer, photos, decisions."""
    inspection = kept.value
    found = services.library.kept(inspection.version).item(item)
    return {
        "inspection": kept.id,
        "week": inspection.week,
        "area": inspection.area,
        "site": {"code": inspection.site.code, **site_document(inspection.site)},
        "checklist": inspection.checklist,
        "version": inspection.version,
        "item": {"id": item, "text": found.text, "clauses": list(found.clauses), "units": list(found.units)},
        "answer": inspection.answers[item],
        "result": asdict(inspection.item(item)),
        "photos": [evidence_to_json(photo) for photo in inspection.photos_of(item)],
        "received_at": utc_text(inspection.received_at),
        "fingerprint": inspection.fingerprint,
        "decisions": [_decision(step) for step in inspection.history if step.item == item],
    }


def _decision(step: ReviewStep) -> dict[str, Any]:
    """A step of the review, without who took it."""
    review, rates = step.review, {"rate_before": step.rate_before, "rate_after": step.rate_after}
    return {"decision": review.decision, "reason": review.reason, "at": utc_text(review.at), "item": step.item, **rates}


def _extract(services: Services, kept: Kept[Inspection], item: str) -> list[dict[str, Any]]:
    """The log's entries about the finding: when, the rates, the decisions, its own photos, and nothing else."""
    photos = {photo.sha256 for photo in kept.value.photos_of(item)}

    def shown(act: str, name: str, value: object) -> bool:
        return name in _SHOWN or (name.startswith("after/photos/") and value in photos)

    return extract(services, {kept.id, f"{kept.id}/{item}"}, shown)


def _orientation(exif: Exif | None) -> int:
    return (exif.orientation if exif else None) or 1


def _suffix(content: bytes) -> str:
    other = "heic" if is_heif(content) else "bin"
    return next((suffix for magic, suffix in _SUFFIXES if content.startswith(magic)), other)


def _json(value: object, indent: int | None = 2) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=indent is not None).encode()


def _zipped(files: Mapping[str, bytes]) -> bytes:
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, _WHEN)
            info.compress_type = zipfile.ZIP_STORED if name.endswith(".jpg") else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content)
    return output.getvalue()
