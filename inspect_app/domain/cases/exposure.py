"""Public exposure (公开曝光): whether a case may be shown to the public now, and what is told of its outcome."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from .life_cycle import Course, State

USUAL_DAYS, MOST_DAYS = 7, 365
"""Days after filing before which a chosen case is not shown: time to put it right, and for tracks to go cold."""


@dataclass(frozen=True, slots=True)
class ExposedPhoto:
    """A photo that was chosen: of ``before`` or ``after`` (``kind``), its redaction kept with ``owner``.

    ``name`` is its public one, of chance: neither the photo's hash nor its inspection can be told from it.
    """

    sha256: str
    kind: str
    owner: str
    name: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That an exposure was taken back; ``at`` is UTC."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Exposure:
    """What was chosen: from when on it is shown, with which words and photos. Instants are UTC."""

    by: str
    chosen_at: datetime
    not_before: datetime
    text: str
    photos: tuple[ExposedPhoto, ...]
    withdrawn: Withdrawal | None = None


def not_before(filed_at: datetime, days: int) -> datetime:
    """The earliest instant at which a case may be shown, so many days after it was filed."""
    return filed_at + timedelta(days=days)


def hidden_because(course: Course, exposure: Exposure, week_published: bool, now: datetime) -> str:
    """Why the public does not see a chosen case now, in Chinese; empty where it does."""
    if exposure.withdrawn is not None:
        return "已撤回"
    if course.state is State.CANCELLED:
        return "整改件已撤销"
    if now < exposure.not_before:
        return "未到公开时间"
    if not week_published:
        return "这一周的指数还没有发布"
    return ""


def outcome(course: Course, now: datetime) -> str:
    """How the case stands, for the public."""
    if course.state is State.CLOSED:
        return "已整改"
    if course.state is State.HANDLED:
        return "已报告整改，正在核查"
    if course.overdue(now):
        return "超期未整改"
    return {State.SUSPENDED: "暂时无法整改", State.CANCELLED: "已撤销"}.get(course.state, "正在整改")
