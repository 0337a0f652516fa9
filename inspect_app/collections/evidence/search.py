"""What was found in photos, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.evidence.redaction import Box
from ...domain.evidence.search import Search
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> Search:
    boxes = tuple(Box(**box) for box in document["boxes"])
    return Search(document["sha256"], document["week"], document["number"], boxes, document["quarters"])


def _write(search: Search) -> Document:
    return {
        "sha256": search.sha256,
        "week": search.week,
        "number": search.number,
        "boxes": [asdict(box) for box in search.boxes],
        "quarters": search.quarters,
    }


def _as_it_lay(document: Document) -> Document:
    """Version 1 searched every picture as its file says that it lies."""
    return {**document, "quarters": 0}


SEARCHES: Collection[Search] = Collection(
    "searches", _read, _write, by=("week",), weekly=True, version=2, upgrades=(_as_it_lay,)
)
"""The faces and plates found in a photo, under its hash; of one that was not searched there is nothing."""
