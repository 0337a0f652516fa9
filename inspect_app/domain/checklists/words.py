"""What the fields of a checklist and their values are called in Chinese, for spreadsheets and pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .checklist import Method, PhotoRule

FIELD_LABELS: Mapping[str, str] = {
    "id": "代号",
    "title": "名称",
    "veto_cap": "一票否决封顶",
    "items": "测评项",
    "text": "标准",
    "guidance": "测评说明",
    "method": "计分方法",
    "weight": "权重",
    "dimension": "维度",
    "clauses": "条款",
    "units": "责任单位",
    "sources": "依据",
    "photo": "拍照",
    "live": "现场拍摄",
    "veto": "一票否决",
    "deduct": "扣分",
    "unit": "单位",
    "minimum": "最少观察数",
    "full_marks_from": "满分线",
    "yes_label": "符合",
    "no_label": "不符合",
    "classes": "类别",
    "grades": "等级",
    "at_least": "下限",
    "at_most": "上限",
    "radius_m": "半径",
    "point_reach_m": "校界离登记点",
    "measure": "量法",
    "categories": "分类",
    "key": "等级",
    "label": "含义",
    "score": "得分",
    "banned": "禁设",
}
METHOD_LABELS: Mapping[Method, str] = {
    Method.COMPLIANCE: "合格判定",
    Method.OCCURRENCES: "计次扣分",
    Method.RATIO: "比例",
    Method.GRADE: "等级",
    Method.MEASURE: "测量",
    Method.PROXIMITY: "周边场所",
}
PHOTO_LABELS: Mapping[PhotoRule, str] = {
    PhotoRule.ON_FAILURE: "有问题时",
    PhotoRule.ALWAYS: "必须",
    PhotoRule.OPTIONAL: "不要求",
}
YES_NO: Mapping[bool, str] = {True: "是", False: "否"}
MEASURE_LABELS: Mapping[str, str] = {"boundary": "从边界", "gate": "从校门", "walk": "步行"}
VALUE_LABELS: Mapping[str, Mapping[Any, str]] = {
    "method": METHOD_LABELS,
    "photo": PHOTO_LABELS,
    "veto": YES_NO,
    "live": YES_NO,
    "banned": YES_NO,
    "measure": MEASURE_LABELS,
}
"""Fields whose values have other words in Chinese than in a checklist file."""


def value_label(field: str, value: object) -> str:
    """What a value of a field is called; a value without a word of its own stands as it is."""
    return VALUE_LABELS.get(field, {}).get(value) or str(value)
