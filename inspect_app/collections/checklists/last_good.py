"""What was last right and in force, as documents: what serves where a file has a misprint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..collection import Collection, Document


@dataclass(frozen=True, slots=True)
class LastGoodText:
    """A text that was in force; or, under the id ``versions``, the version of each checklist."""

    text: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)


def _read(id: str, document: Mapping[str, Any]) -> LastGoodText:
    return LastGoodText(document.get("text"), document.get("versions", {}))


def _write(good: LastGoodText) -> Document:
    return {"versions": dict(good.versions)} if good.text is None else {"text": good.text}


LAST_GOOD: Collection[LastGoodText] = Collection("library", _read, _write)
"""By name of the text; ``versions`` for all checklists together."""
