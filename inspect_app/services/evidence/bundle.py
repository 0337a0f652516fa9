"""The sealed evidence bundle of one finding, for a court, and how a bundle is written, with a verifier in plain Python.

Neither the record nor the log extract carries the inspector's account, but the originals tell the phone. What may go to
a responsible unit is in ``unit_bundle``. The manifest of either is signed with the office's key, so that a bundle made
by anybody else is refused by whoever has the public key from the office.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import chain
from typing import IO, Any

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.place.site import site_document
from ...domain.accounts.scope import Scope
from ...domain.evidence.exif import Exif
from ...domain.evidence.photo import evidence_to_json
from ...domain.inspecting.correction import CorrectionStep, steps
from ...domain.inspecting.inspection import Inspection, ReviewStep
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...photos.geotag import geotagged
from ...photos.intake import media_type
from ...settings import PROJECT
from .. import Services
from ..audit import extract, logged
from ..place.scoped import is_in
from ..signing import OfficeKey
from .examining import check_inspection, marked_review_copy
from .turning import quarters_of

VERIFIER = PROJECT / "inspect_app" / "data" / "verify_bundle.py"
"""What checks a bundle; also published beside the office's key, because that in a forged bundle may say anything."""
_SHOWN = {"at", "before/decision", "before/rate", "after/decision", "after/rate", "after/reason"}
"""Fields of the log that a bundle may show of any act."""
_WHEN = (1980, 1, 1, 0, 0, 0)
MAX_REASON = 500
HOW_TO_VERIFY = "核对：python3 verify.py . --key office.pem（公钥和脚本请从办公室网站的 /key/ 下载，不用包里的）\n"
_SEALED = """封存证据包，仅供法院、行政复议机关等依法调取使用。

内含原始照片。原始照片可能载有手机型号、序列号、拍摄的准确时刻和位置，可据以推断测评员是谁：
不得交给责任单位，不得公开。交责任单位请用测评页上的「证据包（交责任单位）」。
"""


def sealed_bundle(
    services: Services, who: str, id: str, item: str, reason: str, now: datetime, *, scope: Scope
) -> IO[bytes] | list[Problem]:
    """The sealed ZIP of a finding, for a court: originals, geotagged and captioned copies, record, log extract; signed.

    The originals say by which phone, and so by whom, they were taken; the package itself says so too (``readme.txt``).
    Exporting is logged with its reason before the first byte. The caller closes the file. Raises ``OriginalDamaged``
    and ``KeyLost``, with nothing logged as exported.
    """
    kept = found_finding(services, id, item, scope)
    if kept is None:
        return [no_finding(id, item)]
    if not 0 < len(reason.strip()) <= MAX_REASON:
        return [Problem("evidence.no_reason_to_seal", details={"most": MAX_REASON})]
    assert_held(services, kept, item)
    services.office.refuse_lost()
    with logged(services, who, "evidence.sealed", f"{id}/{item}", now, after={"reason": reason.strip()}):
        about = {"format": "inspect-evidence-bundle", "version": 1, "inspection": id, "item": item}
        return written(services.office, {**about, "exported_at": utc_text(now)}, _sealed_files(services, kept, item))


def found_finding(services: Services, id: str, item: str, scope: Scope) -> Kept[Inspection] | None:
    """The inspection that has a finding about an item; None where there is none within the scope."""
    kept = INSPECTIONS.get(services.store, id)
    if kept is None or not is_in(services.store, scope, kept.value.week, kept.value.area):
        return None
    return kept if item in {finding.item.item_id for finding in kept.value.findings} else None


def assert_held(services: Services, kept: Kept[Inspection], item: str) -> None:
    """Raises ``OriginalDamaged`` where a photo of a finding is not held as it came: nothing of it is handed out."""
    for photo in kept.value.photos_of(item):
        services.photos.whole(photo.sha256)


def no_finding(id: str, item: str) -> Problem:
    return Problem("evidence.finding_unknown", details={"id": id, "item": item})


def written(office: OfficeKey, about: Mapping[str, Any], files: Iterable[tuple[str, bytes]]) -> IO[bytes]:
    """A ZIP in a temporary file, at its beginning: the files one after the other, verifier, key, signed manifest.

    One file at a time is in memory. The same files about the same thing give the same bytes.
    """
    output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - whom it is given to closes it
    try:
        hashes: dict[str, str] = {}
        with zipfile.ZipFile(output, "w") as archive:
            for name, content in chain(files, [("verify.py", VERIFIER.read_bytes()), ("office.pem", office.pem)]):
                hashes[name] = hashlib.sha256(content).hexdigest()
                _write(archive, name, content)
            listed = as_json({**about, "sha256": dict(sorted(hashes.items()))})
            _write(archive, "manifest.json", listed)
            _write(archive, "manifest.sig", office.sign(listed))
        output.seek(0)
    except BaseException:
        output.close()
        raise
    return output


def _sealed_files(services: Services, kept: Kept[Inspection], item: str) -> Iterator[tuple[str, bytes]]:
    said = {one.sha256: one.exif for one in check_inspection(services, kept.id)}
    yield "readme.txt", (_SEALED + HOW_TO_VERIFY).encode()
    for photo in kept.value.photos_of(item):
        content = services.photos.whole(photo.sha256)
        yield f"originals/{photo.sha256}.{media_type(content)[1]}", content
        quarters = quarters_of(services.store, photo.sha256)
        at = photo.captured_at.astimezone(services.settings.timezone)
        orientation = _orientation(said[photo.sha256])
        yield f"geotagged/{photo.sha256}.jpg", geotagged(content, photo.fix, at, orientation, quarters)
        if (copy := marked_review_copy(services, kept, photo)) is not None:
            yield f"captioned/{photo.sha256}.jpg", copy
    yield "record.json", as_json(_record(services, kept, item))
    yield "log.jsonl", b"".join(as_json(entry, indent=None) + b"\n" for entry in _extract(services, kept, item))


def _record(services: Services, kept: Kept[Inspection], item: str) -> dict[str, object]:
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
        "corrections": [_correction(step, item) for step in steps(inspection)],
    }


def _correction(step: CorrectionStep, item: str) -> dict[str, object]:
    """That the inspector corrected the inspection before its review, and what the finding's item said before."""
    before = next((asdict(change.before) for change in step.changes if change.item == item), None)
    version = step.version
    return {"at": utc_text(version.at), "rate_before": version.rate, "rate_after": step.rate, "item_before": before}


def _decision(step: ReviewStep) -> dict[str, object]:
    """A step of the review, without who took it."""
    review, rates = step.review, {"rate_before": step.rate_before, "rate_after": step.rate_after}
    return {"decision": review.decision, "reason": review.reason, "at": utc_text(review.at), "item": step.item, **rates}


def _extract(services: Services, kept: Kept[Inspection], item: str) -> list[dict[str, object]]:
    """The log's entries about the finding: when, the rates, the decisions, its own photos, and nothing else."""
    photos = {photo.sha256 for photo in kept.value.photos_of(item)}

    def shown(act: str, name: str, value: object) -> bool:
        return name in _SHOWN or (name.startswith("after/photos/") and value in photos)

    return extract(services, {kept.id, f"{kept.id}/{item}"}, shown)


def _orientation(exif: Exif | None) -> int:
    return (exif.orientation if exif else None) or 1


def as_json(value: object, indent: int | None = 2) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=indent, sort_keys=indent is not None).encode()


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _WHEN)
    info.compress_type = zipfile.ZIP_STORED if name.endswith(".jpg") else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)
