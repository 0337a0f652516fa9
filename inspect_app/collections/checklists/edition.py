"""Editions of the office's texts as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.checklists.editions import Edition
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> Edition:
    return Edition(
        name=document["name"],
        number=document["number"],
        text=document["text"],
        by=document["by"],
        at=instant_of(document["at"]),
        why=document["why"],
        starting=document["starting"],
    )


def _write(edition: Edition) -> Document:
    return {
        "name": edition.name,
        "number": edition.number,
        "text": edition.text,
        "by": edition.by,
        "at": utc_text(edition.at),
        "why": edition.why,
        "starting": edition.starting,
    }


def edition_id(name: str, number: int) -> str:
    """The id of an edition: of two that follow the same one, a store keeps the first."""
    return f"{name}.{number}"


EDITIONS: Collection[Edition] = Collection("editions", _read, _write, by=("name",))
"""What the office changed of the starting set; only ever added to."""
