"""Sets of reference photos, and the photos that were uploaded for them, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.checklists.references import Reference, ReferenceSet, ReferenceUpload
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def references_id(checklist: str, number: int) -> str:
    """The id of a set: of two that follow the same one, a store keeps the first."""
    return f"{checklist}.{number}"


def _read(id: str, document: Mapping[str, Any]) -> ReferenceSet:
    return ReferenceSet(
        checklist=document["checklist"],
        number=document["number"],
        version=document["version"],
        references=tuple(Reference(**one) for one in document["references"]),
        by=document["by"],
        at=instant_of(document["at"]),
    )


def _write(kept: ReferenceSet) -> Document:
    return {
        "checklist": kept.checklist,
        "number": kept.number,
        "version": kept.version,
        "references": [asdict(one) for one in kept.references],
        "by": kept.by,
        "at": utc_text(kept.at),
    }


def _read_upload(id: str, document: Mapping[str, Any]) -> ReferenceUpload:
    return ReferenceUpload(**{**document, "at": instant_of(document["at"])})


def _write_upload(upload: ReferenceUpload) -> Document:
    return {**asdict(upload), "at": utc_text(upload.at)}


REFERENCE_SETS: Collection[ReferenceSet] = Collection("references", _read, _write, by=("checklist",))
"""Which references a checklist has; only ever added to."""

REFERENCE_UPLOADS: Collection[ReferenceUpload] = Collection(
    "reference_uploads", _read_upload, _write_upload, by=("checklist",)
)
"""Photos that were uploaded to be references, under ids of chance: the owners of their redactions."""
