"""What is still unfinished in a week that a supervisor is about to publish."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import Scope
from ...domain.inspecting.correction import rise, withdrawn
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import KINDS
from ...domain.weeks import last_day, week_of
from .. import Services
from ..inspecting.denials import open_denials
from ..inspecting.presence import waiting
from ..place.scoped import areas_in
from ..plan.missing import missed_reasons
from ..plan.planning import planned_sites
from .publishing import unreadable_weeks
from .weekly import inspected_sites, twice_inspected


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """One thing that is not finished: what, in a sentence, and the page (endpoint) where it is done; empty for none.

    ``arguments`` are those of the page's address besides the week.
    """

    text: str
    endpoint: str = ""
    arguments: Mapping[str, str] = field(default_factory=dict)


def open_points(services: Services, week: str, now: datetime, *, scope: Scope) -> list[OpenPoint]:
    """Everything unfinished in a scope, the most telling first. None of it forbids publishing; it is noted then."""
    points = []
    if week_of(now, services.settings.timezone) <= week:
        day = last_day(week)
        points.append(OpenPoint(f"这一周还没有结束（到{day.month}月{day.day}日），之后的测评不会计入"))
    points += [
        OpenPoint(f"{lost} 已发布的数据损坏（见 flask check），本周没有与它和更早的周比较")
        for lost in unreadable_weeks(services, week)[-1:]
    ]
    if undecided := len(waiting(services, week, scope=scope)):
        points.append(
            OpenPoint(f"{undecided}次测评待确认到场，现不计入", "review.inspections", {"presence": "waiting"})
        )
    if denied := len(open_denials(services, week, scope=scope)):
        points.append(OpenPoint(f"{denied}次测评的同行人说没有同去，还没有认定，现照常计入", "denials.show"))
    found = INSPECTIONS.find(services.store, week=week, state="open", area=areas_in(services.store, scope, week))
    unreviewed = Counter(kept.value.kind for kept in found)
    if counted := sum(unreviewed[kind.name] for kind in KINDS.values() if kind.counted):
        points.append(OpenPoint(f"{counted}次测评有问题尚未复核，现按提交时的判断计分", "desk.show"))
    points += [
        OpenPoint(f"{unreviewed[kind.name]}条{kind.label}尚未复核（不计入指数）", "desk.show")
        for kind in KINDS.values()
        if unreviewed[kind.name] and not kind.counted
    ]
    clear = INSPECTIONS.find(services.store, week=week, state="clear", area=areas_in(services.store, scope, week))
    if lifted := sum(_is_lifted(kept.value) for kept in clear):
        points.append(
            OpenPoint(
                f"{lifted}次测评经测评员更正撤回了问题或提高了得分，没有要复核的问题，现按更正后的内容计分",
                "review.inspections",
                {"state": "clear"},
            )
        )
    planned = planned_sites(services, week, scope=scope) or {}
    inspected = inspected_sites(services, week)
    if left := {code for code in planned if not inspected[code]}:
        why = len(left & missed_reasons(services, week).keys())
        told = f"（{why}个说明了原因）" if why else ""
        points.append(OpenPoint(f"计划的{len(planned)}个点位还有{len(left)}个没有测评{told}", "plan.show"))
    twice = twice_inspected(services, week)
    if again := sum(bool(site.second and inspected[code]) and code not in twice for code, site in planned.items()):
        points.append(OpenPoint(f"{again}个点位的复测还没有做", "plan.show"))
    return points


def _is_lifted(visit: Inspection) -> bool:
    """Whether a visit that counts has a better result by its inspector's corrections."""
    return visit.presence.counts and (bool(withdrawn(visit)) or (rise(visit) or 0) > 0)
