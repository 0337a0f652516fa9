"""Where something is, in words: in a file, a table, a form, or a list that was sent."""

from __future__ import annotations

from collections.abc import Mapping

from ..domain.problems import Details

PLACES: Mapping[str, str] = {
    "file": " {}",
    "sheet": " {}",
    "list": " {}",
    "list_entry": " 第{}项",
    "rule": " 第{}条",
    "unit_entry": " 单位 {}",
    "clause_entry": " 第 {} 条",
    "item_entry": " 第 {} 项",
    "nested": " {}",
    "nested_row": " 第{}条",
    "row": " 第{}行",
    "column_letter": " {}列",
    "column_number": " 第{}列",
    "feature": " 第{}个要素",
    "feature_title": "「{}」",
    "header": "「{}」列",
    "item_text": " 测评项「{}」",
    "item_id": "({})",
    "photo": " 第{}张照片",
    "form_item": " 测评项「{}」",
    "form_item_id": "（{}）",
    "photo_file": "照片「{}」",
    "recording": " 第{}段录音",
    "fix": " 第{}个定位",
    "gate": " 第{}个校门",
    "premises": " 第{}处",
    "within": " {}",
    "point": " 第{}点",
    "thing": " {}",
    "toml_field": " 字段 {}",
    "heading": " {}",
}
"""Details that tell a place, from the whole to the part; of several steps of one kind each is said."""
_THINGS: Mapping[str, str] = {
    "site": "点位",
    "registered": "登记位置",
    "outline": "边界",
    "parts": "部分",
}
"""Things and their parts, by the names that programs give them."""


def place_of(details: Details) -> str:
    """The place that the details tell; empty where they tell none."""
    return "".join(_step(kind, details[kind]) for kind in PLACES if kind in details).strip()


def _step(kind: str, value: object) -> str:
    steps = value if isinstance(value, tuple) else (_THINGS[str(value)] if kind == "thing" else value,)
    return "".join(PLACES[kind].format(step) for step in steps)
