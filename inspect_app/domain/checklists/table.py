"""A checklist as the table that its TOML file holds: what each format writes and ``checklist_from_table`` reads."""

from __future__ import annotations

import json
from typing import Any

from .checklist import Checklist, Item, item_values

_BEFORE_RULE = ("id", "text", "problem", "guidance", "method")
_AFTER_RULE = ("veto", "weight", "dimension", "photo", "live", "clauses", "units", "sources", "phrases")


def checklist_table(checklist: Checklist) -> dict[str, Any]:
    """The table; fields without a value, and flags that are not set, are left out as people leave them out."""
    table = {"id": checklist.id, "title": checklist.title, "veto_cap": checklist.veto_cap}
    items = [_item_table(item) for item in checklist.items]
    return {**{field: value for field, value in table.items() if value is not None}, "items": items}


def _item_table(item: Item) -> dict[str, Any]:
    values = json.loads(json.dumps(item_values(item)))
    before, after = (
        {field: values[field] for field in fields if field in values} for fields in (_BEFORE_RULE, _AFTER_RULE)
    )
    table = {**before, **values["rule"], **after}
    return {field: value for field, value in table.items() if not _is_left_out(value)}


def _is_left_out(value: Any) -> bool:
    return value is None or value is False or value == "" or value == []
