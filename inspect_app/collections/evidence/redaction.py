"""Redactions as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.evidence.redaction import Box, Redaction
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document

_HIDDEN = "hidden"
"""What stands for the public name of a photo that is not public, which no public name is."""


def redaction_id(owner: str, sha256: str) -> str:
    """The id of the redaction of an inspection's, or a case's, photo."""
    return f"{owner}-{sha256}"


def by_public_name(name: str) -> dict[str, str]:
    """What the redaction of the photo under this public name is found by."""
    return {"state": name if name != _HIDDEN else ""}


def _read(id: str, document: Mapping[str, Any]) -> Redaction:
    return Redaction(
        owner=document["inspection"],
        sha256=document["sha256"],
        week=document["week"],
        boxes=tuple(Box(**box) for box in document["boxes"]),
        public=document["public"],
        by=document["by"],
        at=instant_of(document["at"]),
    )


def _write(redaction: Redaction) -> Document:
    assert redaction.at is not None, "a suggestion is not kept"
    return {
        "inspection": redaction.owner,
        "sha256": redaction.sha256,
        "boxes": [asdict(box) for box in redaction.boxes],
        "public": redaction.public,
        "by": redaction.by,
        "at": utc_text(redaction.at),
        "week": redaction.week,
        "state": redaction.public or _HIDDEN,
    }


REDACTIONS: Collection[Redaction] = Collection("redactions", _read, _write, by=("week", "state"))
"""What supervisors decided to hide; a photo of which nothing is kept has not been looked at."""
