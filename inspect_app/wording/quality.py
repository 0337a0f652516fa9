"""What is said of problems with calibration and validation: where, and what."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, tuple[str, str]] = {
    "complaints.street": ("第{number}行", "「{code}」不是街道的区划代码"),
    "complaints.count": ("第{number}行", "件数应为0到{most}的整数，实为「{got}」"),
    "complaints.twice": ("第{number}行", "街道「{code}」前面已经有了"),
    "complaints.none": ("投诉件数", "没有任何一行，每行写：街道代码,件数"),
    "calibration.count": ("题目", "一轮校准应有{least}到{most}题，实有{count}题"),
    "calibration.title": ("名称", "应写一个名称，最多{most}个字"),
    "calibration.key": ("第{number}题 标准答案", "应为{accepted}之一，或留空"),
    "calibration.closed": ("校准", "这一轮已经结束，不再收判断"),
    "calibration.unanswered": ("题目", "第{numbers}题还没有选"),
    "calibration.unknown": ("校准", "没有这一轮校准"),
    "calibration.of_the_office": ("校准", "组织校准的人知道答案，不参加判断"),
    "calibration.judged_already": ("校准", "您已经交过这一轮的判断，交了不能改"),
    "calibration.item_unknown": ("第{number}题", "没有测评项「{item}」"),
    "calibration.site_unknown": ("第{number}题", "没有点位「{code}」，或已停用，或类型与测评项的清单不同"),
    "calibration.photo": ("第{number}题", "照片没有打码，或不是已确认的问题（或满分的测评项）的"),
}
