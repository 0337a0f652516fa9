"""How long photos and recordings are kept, and what keeps one longer (《个人信息保护法》第十九条、第四十七条)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import Enum

from ..inspecting.inspection import Inspection
from .case import OPEN_STATES, Case

RULE = "照片和录音保存{days}天"


class Stays(Enum):
    """Why a photo or recording is kept beyond its time, in Chinese."""

    UNPUBLISHED = "这一期还没有发布"
    UNREVIEWED = "问题还没有复核"
    WAITING = "是否计入还没有定"
    CASE = "整改件没有办结，或办结未满保存期限"
    PUBLIC = "公开着，或公开曝光"
    NAMED = "别的记录还要用"


def stays(inspection: Inspection, cases: Collection[Case], published: bool, before: datetime) -> Stays | None:
    """What keeps the files of an inspection and of its cases; None where nothing does.

    ``before`` is the instant (UTC) before which a thing is old: the inspection's week is over for so long already.
    """
    if not published:
        return Stays.UNPUBLISHED
    if any(finding.decision is None for finding in inspection.findings):
        return Stays.UNREVIEWED
    if inspection.presence.state == "waiting":
        return Stays.WAITING
    if any(_is_needed(case, before) for case in cases):
        return Stays.CASE
    return Stays.PUBLIC if any(case.exposure for case in cases) else None


def _is_needed(case: Case, before: datetime) -> bool:
    last = max((step.at for step in case.steps), default=case.closed_at)
    return case.state in OPEN_STATES or last is None or last >= before
