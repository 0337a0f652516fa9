"""The evidence bundle of one finding: a ZIP for the responsible unit or a court, with a verifier in plain Python.

It never names the inspector: neither the record nor the log extract carries the account.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ...domain.accounts.scope import Scope
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...photos.geotag import geotagged
from ...photos.intake import is_heif
from ...settings import PROJECT
from ...store import Stored
from .. import INSPECTIONS, Services
from ..audit import entries_of, logged
from ..place.scoped import is_in
from .examining import checked, evidence_of, review_copy

_VERIFIER = PROJECT / "inspect_app" / "data" / "verify_bundle.py"
_SUFFIXES = ((b"\xff\xd8\xff", "jpg"), (b"\x89PNG", "png"), (b"RIFF", "webp"))
_WHEN = (1980, 1, 1, 0, 0, 0)


def evidence_bundle(
    services: Services, who: str, id: str, item: str, now: datetime, *, scope: Scope
) -> bytes | list[Problem]:
    """The ZIP of a finding: originals, geotagged and captioned copies, record, log extract, manifest, verifier.

    Exporting is itself logged. The same finding exported at the same instant gives the same bytes.
    """
    stored = services.store.get(INSPECTIONS, id)
    if stored and not is_in(services.store, scope, stored.document["week"], stored.document["area"]):
        stored = None
    failed = {score["item_id"] for score in stored.document["items"] if score["failed"]} if stored else set()
    if stored is None or item not in failed:
        return [Problem("测评项", f"测评「{id}」没有「{item}」这个问题")]
    with logged(services, who, "evidence.exported", f"{id}/{item}", now):
        files: dict[str, bytes] = {}
        for photo in (one for one in evidence_of(services, stored) if one.item == item):
            content = services.photos.read(photo.sha256)
            if content is None:
                continue
            files[f"originals/{photo.sha256}.{_suffix(content)}"] = content
            turned = _orientation(services, stored, photo.sha256)
            files[f"geotagged/{photo.sha256}.jpg"] = geotagged(content, photo.fix, photo.captured_at, turned)
            if (copy := review_copy(services, stored, photo)) is not None:
                files[f"captioned/{photo.sha256}.jpg"] = copy
        files["record.json"] = _json(_record(services, stored, item))
        files["log.jsonl"] = b"".join(_json(entry, indent=None) + b"\n" for entry in _extract(services, id, item))
        files["verify.py"] = _VERIFIER.read_bytes()
    manifest = {
        "format": "inspect-evidence-bundle",
        "version": 1,
        "inspection": id,
        "item": item,
        "exported_at": utc_text(now),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())},
    }
    return _zipped({"manifest.json": _json(manifest), **files})


def _record(services: Services, stored: Stored, item: str) -> dict[str, Any]:
    """What the finding is: the site, the item with its clauses and units, the answer, photos, decisions."""
    document = stored.document
    checklist = services.library.version(document["version"])
    found = checklist.item(item) if checklist else None
    return {
        "inspection": stored.id,
        "week": document["week"],
        "area": document["area"],
        "site": {"code": document["site"], **document["site_as_inspected"]},
        "checklist": document["checklist"],
        "version": document["version"],
        "item": {
            "id": item,
            "text": found.text if found else item,
            "clauses": list(found.clauses) if found else [],
            "units": list(found.units) if found else [],
        },
        "answer": document["answers"][item],
        "result": next(score for score in document["items"] if score["item_id"] == item),
        "photos": [photo for photo in document["photos"] if photo["item"] == item],
        "received_at": document["received_at"],
        "fingerprint": document["fingerprint"],
        "decisions": [_without_person(act) for act in document["history"] if act["item"] == item],
    }


def _extract(services: Services, id: str, item: str) -> list[dict[str, Any]]:
    """The log's entries about the finding, without who acted; each with the hash of the whole entry."""
    own = {id, f"{id}/{item}"}
    return [_without_person(entry) for entry in entries_of(services, id) if entry["of"] in own]


def _without_person(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in ("who", "by")}


def _orientation(services: Services, stored: Stored, sha256: str) -> int:
    found = next((one for one in checked(services, stored.id) if one.sha256 == sha256), None)
    return int((found.exif or {}).get("orientation") or 1) if found else 1


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
