"""The life cycle of a case: which act leads from which state to which, whose act it is, and what it must say.

The flow is that of city management (GB/T 30428.8): 立案 → 派遣 → 处置 → 核查 → 结案. One row of ``ACTS`` is one act;
docs/use/cases.md prints the same table. The course of a case is a value: an act gives a new one with one more step, or
what is wrong with the act. All instants are aware UTC.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ..problems import Problem


class State(StrEnum):
    FILED = "filed"
    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    HANDLED = "handled"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        return _STATE_LABELS[self]


_STATE_LABELS = {
    State.FILED: "已立案",
    State.DISPATCHED: "已派遣",
    State.ACCEPTED: "处置中",
    State.HANDLED: "待核查",
    State.SUSPENDED: "挂账",
    State.CLOSED: "已结案",
    State.CANCELLED: "已撤销",
}

FINAL = frozenset({State.CLOSED, State.CANCELLED})
"""Nobody owes anything any more. A closed case may still be reopened; a cancelled one may not."""


class Party(StrEnum):
    """Whose act it is: the supervising office's, the unit's that the case is with, or the program's by the calendar."""

    OFFICE = "office"
    UNIT = "unit"
    CALENDAR = "calendar"

    @property
    def label(self) -> str:
        return {"office": "督导", "unit": "责任单位", "calendar": "系统"}[self.value]


class Need(StrEnum):
    """What an act must say."""

    REASON = "reason"
    UNIT = "unit"
    DEADLINE = "deadline"
    PHOTOS = "photos"

    @property
    def label(self) -> str:
        return {"reason": "理由", "unit": "责任单位", "deadline": "期限", "photos": "整改后照片"}[self.value]


class Extension(StrEnum):
    """What an act has to do with a request for more time."""

    ASKS = "asks"
    ANSWERS = "answers"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class CaseAct:
    """One act: allowed in ``sources``, leads to ``target`` (``None``: the state stays)."""

    name: str
    label: str
    party: Party
    sources: frozenset[State]
    target: State | None
    needs: frozenset[Need] = frozenset()
    extension: Extension = Extension.NONE


def _act(
    name: str,
    label: str,
    party: Party,
    sources: Iterable[State],
    target: State | None,
    needs: Iterable[Need] = (),
    extension: Extension = Extension.NONE,
) -> CaseAct:
    return CaseAct(name, label, party, frozenset(sources), target, frozenset(needs), extension)


_OFFICE, _UNIT = Party.OFFICE, Party.UNIT
_WITH_UNIT = (State.DISPATCHED, State.ACCEPTED)

ACTS: dict[str, CaseAct] = {
    act.name: act
    for act in (
        _act("dispatch", "派遣", _OFFICE, [State.FILED], State.DISPATCHED, [Need.UNIT, Need.DEADLINE]),
        _act("accept", "接收", _UNIT, [State.DISPATCHED], State.ACCEPTED),
        _act("return", "退回", _UNIT, _WITH_UNIT, State.FILED, [Need.REASON]),
        _act("extend", "申请延期", _UNIT, [State.ACCEPTED], None, [Need.REASON, Need.DEADLINE], Extension.ASKS),
        _act("grant", "准予延期", _OFFICE, [State.ACCEPTED], None, [Need.DEADLINE], Extension.ANSWERS),
        _act("refuse", "不予延期", _OFFICE, [State.ACCEPTED], None, [Need.REASON], Extension.ANSWERS),
        _act("handle", "报告处置完毕", _UNIT, [State.ACCEPTED], State.HANDLED, [Need.PHOTOS]),
        _act("close", "结案", _OFFICE, [State.HANDLED], State.CLOSED),
        _act("send_back", "返工", _OFFICE, [State.HANDLED], State.ACCEPTED, [Need.REASON, Need.DEADLINE]),
        _act("suspend", "挂账", _OFFICE, _WITH_UNIT, State.SUSPENDED, [Need.REASON]),
        _act("resume", "恢复", _OFFICE, [State.SUSPENDED], State.DISPATCHED, [Need.DEADLINE]),
        _act("reopen", "重办", _OFFICE, [State.CLOSED], State.DISPATCHED, [Need.REASON, Need.DEADLINE]),
        _act("cancel", "撤销", _OFFICE, [State.FILED, State.SUSPENDED], State.CANCELLED, [Need.REASON]),
        _act("recount", "重算期限", Party.CALENDAR, _WITH_UNIT, None, [Need.REASON, Need.DEADLINE]),
    )
}


@dataclass(frozen=True, slots=True)
class Provisional:
    """That a deadline was given before the holidays of these years were arranged; of none: they may be corrected.

    ``count`` of ``unit`` (a limit's working hours or days) is what was promised; without a unit somebody chose the day.
    ``since`` is from when they count, where that is not the step itself.
    """

    years: tuple[int, ...]
    count: float = 0.0
    unit: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One act as it was done. ``unit`` is who acts for a unit's act, and who is to act for a dispatch."""

    act: str
    at: datetime
    by: str
    party: Party
    unit: str = ""
    joint: tuple[str, ...] = ()
    reason: str = ""
    deadline: datetime | None = None
    photos: tuple[str, ...] = ()
    provisional: Provisional | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """Where a case stands, and how it came there.

    ``asked_until`` is the deadline that the unit has asked for and nobody has answered.
    """

    filed_at: datetime
    state: State = State.FILED
    unit: str = ""
    joint: tuple[str, ...] = ()
    deadline: datetime | None = None
    asked_until: datetime | None = None
    steps: tuple[Step, ...] = ()

    @property
    def changed_at(self) -> datetime:
        return self.steps[-1].at if self.steps else self.filed_at

    def overdue(self, now: datetime) -> bool:
        """Whether the unit owes work past the deadline; what waits for the office is not the unit's delay."""
        return self.state in _WITH_UNIT and self.deadline is not None and self.deadline < now


def allowed(course: Course, party: Party, unit: str = "") -> list[CaseAct]:
    """The acts that ``party`` may do now; a unit only on cases it leads."""
    return [act for act in ACTS.values() if act.party is party and not _forbidden(course, act, party, unit)]


def acted(course: Course, step: Step) -> Course | list[Problem]:
    """The course after ``step``, or why it may not be done; the one given is left as it is."""
    act = ACTS.get(step.act)
    if act is None:
        return [Problem("cases.act_unknown")]
    problems = _forbidden(course, act, step.party, step.unit) or _unsaid(course, act, step)
    if problems:
        return problems
    dispatched = Need.UNIT in act.needs
    target = act.target or course.state
    return replace(
        course,
        state=target,
        unit=step.unit if dispatched else "" if target is State.FILED else course.unit,
        joint=step.joint if dispatched else () if target is State.FILED else course.joint,
        deadline=_deadline(course, act, target, step),
        asked_until=_asked_until(course, act, target, step),
        steps=(*course.steps, step),
    )


def _deadline(course: Course, act: CaseAct, target: State, step: Step) -> datetime | None:
    """The deadline asked for is no deadline until it is granted; none runs while nobody is to act."""
    if target in (State.FILED, State.SUSPENDED):
        return None
    if act.extension is not Extension.ASKS and Need.DEADLINE in act.needs:
        return step.deadline
    return course.deadline


def _asked_until(course: Course, act: CaseAct, target: State, step: Step) -> datetime | None:
    if act.extension is Extension.ASKS:
        return step.deadline
    if act.extension is Extension.ANSWERS or target is not course.state or reaches_asked(course, act.party, step):
        return None
    return course.asked_until


def reaches_asked(course: Course, party: Party, step: Step) -> bool:
    """Whether the calendar gives the time that the unit has asked for, so that nobody need answer."""
    asked, given = course.asked_until, step.deadline
    return party is Party.CALENDAR and asked is not None and given is not None and asked <= given


def _forbidden(course: Course, act: CaseAct, party: Party, unit: str) -> list[Problem]:
    if party is not act.party:
        return [Problem("cases.other_party", details={"act": act.label, "party": act.party.label})]
    if party is Party.UNIT and (not unit or unit != course.unit):
        return [Problem("cases.not_lead_unit", details={"act": act.label})]
    if course.state not in act.sources:
        return [Problem("cases.other_state", details={"act": act.label, "state": course.state.label})]
    if act.extension is Extension.ASKS and course.asked_until is not None:
        return [Problem("cases.extension_pending", details={"act": act.label})]
    if act.extension is Extension.ANSWERS and course.asked_until is None:
        return [Problem("cases.no_extension_pending", details={"act": act.label})]
    return []


def _unsaid(course: Course, act: CaseAct, step: Step) -> list[Problem]:
    said = {
        Need.REASON: bool(step.reason.strip()),
        Need.UNIT: bool(step.unit.strip()),
        Need.DEADLINE: step.deadline is not None,
        Need.PHOTOS: bool(step.photos),
    }
    problems = [
        Problem("cases.unsaid", details={"need": need.label}) for need in Need if need in act.needs and not said[need]
    ]
    if step.at < course.changed_at:
        problems.append(Problem("cases.before_last_step"))
    if step.deadline is not None and step.deadline <= step.at and act.party is not Party.CALENDAR:
        problems.append(Problem("cases.deadline_passed"))
    if act.extension is not Extension.NONE and step.deadline and course.deadline and step.deadline <= course.deadline:
        problems.append(Problem("cases.deadline_not_later"))
    if step.unit and step.unit in step.joint:
        problems.append(Problem("cases.lead_cannot_help"))
    return problems


def table() -> str:
    """The acts as a Markdown table, for docs/use/cases.md."""
    return "\n".join(
        ["| 办理 | 由谁 | 从 | 到 | 须写明 |", "| --- | --- | --- | --- | --- |", *map(_row, ACTS.values())]
    )


def _row(act: CaseAct) -> str:
    sources = "、".join(state.label for state in State if state in act.sources)
    target = act.target.label if act.target else "不变"
    needs = "、".join(need.label for need in Need if need in act.needs) or "—"
    return f"| {act.label} `{act.name}` | {act.party.label} | {sources} | {target} | {needs} |"
