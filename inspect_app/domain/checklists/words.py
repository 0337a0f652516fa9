"""What the fields of a checklist and their values are called in Chinese, for spreadsheets and pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .checklist import PhotoRule
from .columns import YES_NO
from .methods import METHODS

FIELD_LABELS: Mapping[str, str] = {
    "id": "代号",
    "title": "名称",
    "veto_cap": "一票否决封顶",
    "items": "测评项",
    "text": "标准",
    "problem": "问题表述",
    "guidance": "测评说明",
    "method": "计分方法",
    "weight": "权重",
    "dimension": "维度",
    "clauses": "条款",
    "units": "责任单位",
    "sources": "依据",
    "photo": "拍照",
    "live": "现场拍摄",
    "phrases": "常用语",
    "veto": "一票否决",
    "label": "含义",
    **{field: word for method in METHODS.values() for field, word in method.words.items()},
}
METHOD_LABELS: Mapping[str, str] = {name: method.label for name, method in METHODS.items()}
PHOTO_LABELS: Mapping[PhotoRule, str] = {
    PhotoRule.ON_FAILURE: "有问题时",
    PhotoRule.ALWAYS: "必须",
    PhotoRule.OPTIONAL: "不要求",
}
VALUE_LABELS: Mapping[str, Mapping[Any, str]] = {
    "method": METHOD_LABELS,
    "photo": PHOTO_LABELS,
    "veto": YES_NO,
    "live": YES_NO,
    **{field: words for method in METHODS.values() for field, words in method.value_words.items()},
}
"""Fields whose values have other words in Chinese than in a checklist file."""


def value_label(field: str, value: object) -> str:
    """What a value of a field is called; a value without a word of its own stands as it is."""
    return VALUE_LABELS.get(field, {}).get(value) or str(value)
