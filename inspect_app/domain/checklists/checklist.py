"""Checklists (测评清单): the items of one site type, and the version that names their meaning."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from .item import DIMENSIONS as DIMENSIONS
from .item import Item as Item
from .item import PhotoRule as PhotoRule
from .item import item_values as item_values
from .methods import METHODS


@dataclass(frozen=True)
class Checklist:
    """The items of one site type. ``veto_cap`` is the highest score rate (percent) once a veto item failed."""

    id: str
    title: str
    veto_cap: float | None
    items: tuple[Item, ...]

    @cached_property
    def version(self) -> str:
        """16 hexadecimal digits of a SHA-256 over all values: another meaning is another version, a comment is not."""
        meaning = json.dumps(_values(self), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(meaning.encode()).hexdigest()[:16]

    def item(self, id: str) -> Item:
        """The item with this id; ``KeyError`` where there is none."""
        return self._by_id[id]

    @cached_property
    def _by_id(self) -> dict[str, Item]:
        return {item.id: item for item in self.items}


def checklist_to_document(checklist: Checklist) -> dict[str, object]:
    """The checklist as JSON, its version beside its values."""
    return {**json.loads(json.dumps(_values(checklist))), "version": checklist.version}


def checklist_from_document(written: Mapping[str, Any]) -> Checklist:
    """The checklist that was made into this document; its version comes out the same."""
    items = tuple(_item(raw) for raw in written["items"])
    return Checklist(written["id"], written["title"], written["veto_cap"], items)


def _values(checklist: Checklist) -> dict[str, object]:
    """All values that make up the meaning."""
    return {**asdict(checklist), "items": [item_values(item) for item in checklist.items]}


def _item(raw: Mapping[str, Any]) -> Item:
    lists = {field: tuple(raw.get(field, ())) for field in ("clauses", "units", "sources", "phrases")}
    rule = METHODS[raw["method"]].from_values(raw["rule"])
    return Item(**{**raw, **lists, "photo": PhotoRule(raw["photo"]), "rule": rule})
