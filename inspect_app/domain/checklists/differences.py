"""What changes from one version of a checklist to the next, item by item and field by field."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from .checklist import Checklist, Item
from .words import FIELD_LABELS, value_label


class ChangeKind(StrEnum):
    """What happened to an item, or to a field of an item or of the checklist itself."""

    ADDED = "added"
    REMOVED = "removed"
    MOVED = "moved"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class ChecklistChange:
    """One change. ``item_id`` is empty where it is the checklist's own field; ``text`` is the item's standard.

    ``before`` and ``after`` are the field's values as JSON has them, None where it has none; of an item that was added,
    removed or moved its place in the list, counted from 1.
    """

    kind: ChangeKind
    item_id: str
    text: str
    field: str
    before: Any
    after: Any

    def __str__(self) -> str:
        item = f"「{self.text}」({self.item_id})" if self.item_id else "清单"
        return {
            ChangeKind.ADDED: f"新增第{self.after}项{item}",
            ChangeKind.REMOVED: f"删去第{self.before}项{item}",
            ChangeKind.MOVED: f"移动{item}：第{self.before}项 → 第{self.after}项",
            ChangeKind.CHANGED: f"更改{item}{FIELD_LABELS.get(self.field, self.field)}："
            f"{value_text(self.field, self.before)} → {value_text(self.field, self.after)}",
        }[self.kind]


def diff_checklists(old: Checklist, new: Checklist) -> list[ChecklistChange]:
    """All changes in reading order: the checklist's own fields, items removed, then each item of the new list.

    No change is found exactly where both have the same version. Moved are as few items as explain the new order.
    """
    before, after = _places(old), _places(new)
    changes = [
        ChecklistChange(ChangeKind.CHANGED, "", "", field, getattr(old, field), getattr(new, field))
        for field in ("id", "title", "veto_cap")
        if getattr(old, field) != getattr(new, field)
    ]
    changes += [
        ChecklistChange(ChangeKind.REMOVED, item.id, item.text, "", before[item.id], None)
        for item in old.items
        if item.id not in after
    ]
    moved = _moved([before[item.id] for item in new.items if item.id in before])
    for item in new.items:
        if item.id not in before:
            changes.append(ChecklistChange(ChangeKind.ADDED, item.id, item.text, "", None, after[item.id]))
            continue
        if before[item.id] in moved:
            changes.append(ChecklistChange(ChangeKind.MOVED, item.id, item.text, "", before[item.id], after[item.id]))
        changes += _field_changes(old.item(item.id), item)
    return changes


def value_text(field: str, value: Any) -> str:
    """A field's value for readers: ``—`` where there is none, rows of a table with their fields."""
    if value is None or value == "" or value == []:
        return "—"
    if isinstance(value, list):
        return "；".join(_row_text(entry) if isinstance(entry, Mapping) else str(entry) for entry in value)
    return f"{value:.15g}" if isinstance(value, float) else value_label(field, value)


def _row_text(row: Mapping[str, Any]) -> str:
    return " ".join(f"{FIELD_LABELS[field]}{value_text(field, value)}" for field, value in row.items())


def _places(checklist: Checklist) -> dict[str, int]:
    return {item.id: place for place, item in enumerate(checklist.items, start=1)}


def _field_changes(old: Item, new: Item) -> list[ChecklistChange]:
    before, after = _values(old), _values(new)
    return [
        ChecklistChange(ChangeKind.CHANGED, new.id, new.text, field, before.get(field), after.get(field))
        for field in {**before, **after}
        if before.get(field) != after.get(field)
    ]


def _values(item: Item) -> dict[str, object]:
    """Every field of an item by its name in a checklist file, those of its rule among them."""
    common = {field.name: getattr(item, field.name) for field in fields(item) if field.name not in ("id", "rule")}
    plain: dict[str, object] = json.loads(json.dumps({**common, **item.rule.values()}))
    return plain


def _moved(places: Sequence[int]) -> set[int]:
    """The places outside one longest run that still ascends: what is left when those that stayed are taken out."""
    ends: list[int] = []
    """The least end of an ascending run of each length."""
    lengths = []
    for place in places:
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        lengths.append(length)
    stayed, length = set(), len(ends) - 1
    for place, its_length in zip(reversed(places), reversed(lengths), strict=True):
        if its_length == length:
            stayed.add(place)
            length -= 1
    return set(places) - stayed
