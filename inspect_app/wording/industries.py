"""What is said of problems with industries of the city's own: where, and what."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "industries.title_malformed": ("{at}", "名称应为1到100个字，不含控制字符"),
    "industries.title_repeated": ("{at}", "已有叫「{title}」的行业"),
    "industries.entry_malformed": ("{at}", "「{entry}」的写法不对；点位类型写清单的代号，测评项写作「清单/测评项」"),
    "industries.empty": ("{at}", "责任单位、点位类型、测评项至少写一样"),
    "industries.type_unknown": ("点位类型", "没有代号为「{type}」的清单"),
    "industries.item_unknown": ("测评项", "没有「{item}」这一项"),
    "industries.unit_unknown": ("责任单位", "清单和「责任单位」里都没有叫「{unit}」的"),
    "industries.changed_meanwhile": ("行业", "刚刚有人更改过，请看过后重新提交"),
    "industries.reason_too_long": ("更改说明", "最多{most}个字"),
}
