"""Comparisons of photos with earlier ones, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.evidence.reuse import Comparison, Reuse
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> Comparison:
    return Comparison(
        document["week"], document["rules"], tuple(document["photos"]), tuple(map(_reuse, document["found"]))
    )


def _reuse(raw: Mapping[str, Any]) -> Reuse:
    blocks = tuple(tuple(row) for row in raw["blocks"])
    return Reuse(**{**raw, "matrix": tuple(raw["matrix"]), "blocks": blocks, "changes": tuple(raw["changes"])})


def _write(comparison: Comparison) -> Document:
    return {
        "week": comparison.week,
        "rules": comparison.number,
        "photos": list(comparison.photos),
        "found": [_document(one) for one in comparison.found],
    }


def _document(reuse: Reuse) -> Document:
    raw = asdict(reuse)
    blocks = [list(row) for row in reuse.blocks]
    return {**raw, "matrix": list(reuse.matrix), "blocks": blocks, "changes": list(reuse.changes)}


PHOTO_COMPARISONS: Collection[Comparison] = Collection("photo_comparisons", _read, _write, by=("week",), weekly=True)
"""Which photos of an inspection were made of earlier ones, under its id; of one not compared yet there is nothing."""
