"""Checks of photos as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.evidence.checks import CheckedPhoto, Checks
from ...domain.evidence.exif import exif_from_json, exif_to_json
from ...domain.evidence.signals import Signal
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> Checks:
    return Checks(document["week"], document["checks"], tuple(map(_photo, document["photos"])))


def _write(checks: Checks) -> Document:
    return {"week": checks.week, "checks": checks.number, "photos": list(map(_photo_document, checks.photos))}


def _photo(raw: Mapping[str, Any]) -> CheckedPhoto:
    return CheckedPhoto(
        sha256=raw["sha256"],
        item=raw["item"],
        whole=raw["whole"],
        exif=exif_from_json(raw["exif"]) if raw["exif"] else None,
        signals=tuple(Signal(**signal) for signal in raw["signals"]),
    )


def _photo_document(photo: CheckedPhoto) -> Document:
    return {
        "sha256": photo.sha256,
        "item": photo.item,
        "whole": photo.whole,
        "exif": exif_to_json(photo.exif) if photo.exif else None,
        "signals": [asdict(signal) for signal in photo.signals],
    }


PHOTO_CHECKS: Collection[Checks] = Collection("evidence", _read, _write, by=("week",), weekly=True)
"""What was found about photos, under their inspection's id; of one that is not checked yet there is nothing."""
