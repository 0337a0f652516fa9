"""Cases (整改件): filing a confirmed finding, and every act on its way to being closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...collections import Kept
from ...collections.cases.case import CASE_NUMBERS, CASES, FILED
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.permissions import Permission
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.accounts.user import User
from ...domain.blanking import Blanking, each_once
from ...domain.cases.brief import CaseBrief
from ...domain.cases.case import OPEN_STATES, AfterPhoto, Case, CasePlace, stepped
from ...domain.cases.deadlines import Deadlines, Limit
from ...domain.cases.life_cycle import ACTS, Course, Need, Party, Provisional, State, Step, acted
from ...domain.cases.recounting import provisional
from ...domain.cases.recurrence import Earlier, Recurrence, recurrence
from ...domain.cases.routing import About, UnitProposal, propose
from ...domain.checklists.checklist import Checklist, Item
from ...domain.inspecting.adhoc import TITLE
from ...domain.inspecting.inspection import AD_HOC, Inspection
from ...domain.problems import Problem
from ...domain.weeks import day_text, utc_text
from ...store import Stale, Write
from .. import Services
from ..accounts.may import may
from ..accounts.units import all_units, find_unit
from ..audit import Entry, keep
from ..evidence.filed import finding_id
from ..place.register import area_tree
from ..place.scoped import is_in, those_in
from .at_hand import briefs_of

MAX_DESCRIPTION, MAX_REASON = 1000, 500


@dataclass(frozen=True, slots=True)
class AskedAct:
    """An act that somebody wants done, as far as it says: see ``domain.cases.ACTS`` for what each must say.

    ``after`` are the photos that a unit took when it was done, checked before; ``blanked`` is told where words of what
    it says were blanked before it was done.
    """

    act: str
    unit: str = ""
    joint: tuple[str, ...] = ()
    reason: str = ""
    deadline: datetime | None = None
    after: tuple[AfterPhoto, ...] = ()
    blanked: tuple[Blanking, ...] = ()


def find_case(services: Services, id: str, *, scope: Scope) -> Kept[Case] | None:
    """The case with this number, where it lies in the scope."""
    kept = CASES.get(services.store, id) if 0 < len(id) <= 40 else None
    return kept if kept and is_in(services.store, scope, *place_of(kept)) else None


def place_of(kept: Kept[Case]) -> tuple[str, str]:
    """The week and the area that a case is of."""
    return kept.value.week, kept.value.area


def open_case(
    services: Services, by: str, inspection: str, item: str, description: str, now: datetime, *, scope: Scope
) -> Kept[Case] | list[Problem]:
    """File a confirmed finding that lies in the scope; one that is filed already gives the case that it is.

    ``description`` is what the unit reads; the inspector's own note is not sent on by itself, for it may tell who they
    are. The number is the city's running one of the year (local to the city): ``2026-00042``.
    """
    while True:
        found = _confirmed(services, inspection, item, scope)
        if isinstance(found, Problem):
            return [found]
        if len(description.strip()) > MAX_DESCRIPTION:
            return [Problem("cases.description_too_long", details={"most_description": MAX_DESCRIPTION})]
        claim = FILED.get(services.store, finding_id(inspection, item))
        filed = CASES.get(services.store, claim.value) if claim else None
        if filed and not filed.value.is_cancelled:
            return filed
        try:
            return _file(services, found, _case(services, found, item, description.strip(), by, now), claim, filed)
        except Stale:  # the finding was filed or decided anew, or another one filed, at the same moment
            continue


def _confirmed(services: Services, inspection: str, item: str, scope: Scope) -> Kept[Inspection] | Problem:
    """The inspection in the scope whose finding is confirmed."""
    found = INSPECTIONS.get(services.store, inspection)
    if found is None or not is_in(services.store, scope, found.value.week, found.value.area):
        return Problem("cases.inspection_unknown", details={"inspection": inspection})
    if found.value.decisions.get(item) != "confirmed":
        return Problem("cases.finding_not_confirmed")
    return found


def _file(
    services: Services, found: Kept[Inspection], case: Case, claim: Kept[str] | None, filed: Kept[Case] | None
) -> Kept[Case]:
    """Keep a new case with its number and its finding's claim, where the finding stays as it is.

    ``filed`` is the cancelled case of an earlier claim. A claim without a case was left by a version of the program
    that claimed first, and was stopped then: its number is used. Raises ``Stale`` where anything changed meanwhile.
    """
    id, writes = (claim.value, []) if claim and filed is None else _next_number(services, case.filed_at)
    finding = finding_id(case.inspection, case.item)
    writes = [CASES.writing(id, case), FILED.writing(finding, id, claim.revision if claim else 0), *writes]
    entry = Entry("case.filed", id, after={"inspection": case.inspection, "item": case.item})
    given = [INSPECTIONS.given(found.id, found)]
    return CASES.kept(keep(services.store, case.filed_by, case.filed_at, [entry], writes, given=given)[0])


def _next_number(services: Services, now: datetime) -> tuple[str, list[Write]]:
    """The next case number of the year, and what an act that uses it has to keep."""
    year = f"{now.astimezone(services.settings.timezone).year:04d}"
    kept = CASE_NUMBERS.get(services.store, year)
    last = kept.value + 1 if kept else 1
    while CASES.get(services.store, id := f"{year}-{last:05d}"):  # numbers from an older backup than the cases
        last += 1
    return id, [CASE_NUMBERS.writing(year, last, kept.revision if kept else 0)]


def act_on(
    services: Services, user: User, id: str, asked: AskedAct, expected_revision: int, now: datetime
) -> Kept[Case] | list[Problem]:
    """Do one act of a case for whoever asks. Raises ``Stale`` where it was changed since ``expected_revision``.

    A unit's account acts for its unit, every other for the office, and there in its own areas.
    """
    kept = find_case(services, id, scope=EVERYTHING)
    if kept is None or not _may_act(services, user, kept):
        return [Problem("cases.unknown", details={"id": id})]
    if kept.revision != expected_revision:
        raise Stale(f"{CASES.name}/{id}")
    if problems := _asked_problems(services, user, asked):
        return problems
    before = kept.value.course
    course = acted(before, _step(services, user, asked, kept.value, now))
    if isinstance(course, list):
        return course
    after = {**_told(course), "reason": asked.reason.strip(), **_guess(services, kept.value, course, now)}
    entry = Entry(f"case.{asked.act}", id, before=_told(before), after=after)
    case = stepped(kept.value, course, asked.after)
    case = replace(case, blanked=each_once(case.blanked, asked.blanked))
    write = CASES.writing(id, case, kept.revision)
    return CASES.kept(keep(services.store, user.name, now, [entry], [write])[0])


def _may_act(services: Services, user: User, kept: Kept[Case]) -> bool:
    """Which acts a unit may do, and of which cases, is told by the case's course."""
    week, area = place_of(kept)
    return may(user, Permission.CASE_HANDLE) or may(
        user, Permission.CASE_DISPATCH, area, area_tree(services.store, week)
    )


def _step(services: Services, user: User, asked: AskedAct, case: Case, now: datetime) -> Step:
    party = Party.UNIT if may(user, Permission.CASE_HANDLE) else Party.OFFICE
    # A clock that was set back must not hold a case up.
    at = max(now, case.course.changed_at)
    return Step(
        act=asked.act,
        at=at,
        by=user.name,
        party=party,
        unit=user.unit if party is Party.UNIT else asked.unit,
        joint=asked.joint,
        reason=asked.reason.strip(),
        deadline=asked.deadline,
        photos=tuple(photo.sha256 for photo in asked.after),
        provisional=_provisional(services, asked, case, at),
    )


def _provisional(services: Services, asked: AskedAct, case: Case, at: datetime) -> Provisional | None:
    if asked.deadline is None or asked.act == "extend":
        return None
    deadlines = services.library.deadlines
    office = deadlines.office(services.settings.timezone)
    return provisional(_limit(services, deadlines, case), office, at, asked.deadline)


def _told(course: Course) -> dict[str, object]:
    """Where a case stands, as the log of acts tells it."""
    deadline = utc_text(course.deadline) if course.deadline else None
    return {"state": course.state.value, "unit": course.unit, "deadline": deadline}


def _guess(services: Services, case: Case, course: Course, now: datetime) -> Mapping[str, object]:
    """The years that make a deadline a guess, as the log of acts tells it of the act that set it."""
    if course.deadline is None or course.deadline == case.deadline:
        return {}
    years = deadline_guess(services, case, course.deadline, now)
    return {"holidays_unknown": list(years)} if years else {}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a case, or a finding that is to be one, is about: an item of a checklist version, in an area of a week."""

    item: str
    checklist: str
    version: str
    week: str
    area: str


def proposal_for(services: Services, of: Case | Subject) -> UnitProposal:
    """Which units a case, or a finding that is to be one, would be sent to."""
    units = [kept.unit for kept in all_units(services.store, active_only=True)]
    return propose(services.library.routing, units, _about(services, of))


def default_deadline(services: Services, of: Case | Subject, now: datetime) -> datetime:
    """The deadline that is proposed for a case dispatched now, by the city's limits (UTC, to the minute)."""
    deadlines = services.library.deadlines
    ends = _limit(services, deadlines, of).ends(deadlines.office(services.settings.timezone), now)
    return ends.replace(second=0, microsecond=0) + timedelta(minutes=bool(ends.second or ends.microsecond))


def deadline_guess(services: Services, of: Case | Subject, deadline: datetime, now: datetime) -> tuple[int, ...]:
    """The years without known holidays that make a deadline which is proposed, or was just given, a guess."""
    deadlines = services.library.deadlines
    office = deadlines.office(services.settings.timezone)
    return _limit(services, deadlines, of).guessed_years(office, deadline, now)


def _limit(services: Services, deadlines: Deadlines, of: Case | Subject) -> Limit:
    clauses = of.clauses if isinstance(of, Case) else services.library.kept(of.version).item(of.item).clauses
    return deadlines.limit_for(clauses, of.checklist, of.item)


def cases_of_unit(services: Services, unit: str) -> list[Kept[Case]]:
    """The open cases that a unit leads or helps with, those with a deadline first, by deadline."""
    return sorted(CASES.find(services.store, units=unit, state=OPEN_STATES), key=by_deadline)


def closed_cases_of_unit(services: Services, unit: str, count: int) -> list[Kept[Case]]:
    """The cases last closed that a unit led, latest first."""
    found = CASES.find(services.store, unit=unit, state=State.CLOSED)
    return sorted(found, key=last_closed, reverse=True)[:count]


def count_overdue(services: Services, now: datetime, *, scope: Scope) -> int:
    """How many of a scope's cases units owe past the deadline."""
    return len(briefs_of(services, scope, lambda one: one.overdue(now)))


def office_cases(
    services: Services,
    *,
    scope: Scope,
    states: Collection[str],
    unit: str | None = None,
    areas: Collection[str] | None = None,
    weeks: Collection[str] | None = None,
) -> list[CaseBrief]:
    """What is at hand of the cases that the office asks for, in the order filed."""

    def fits(one: CaseBrief) -> bool:
        return (
            one.state in states
            and (unit is None or one.unit == unit)
            and (areas is None or one.area in areas)
            and (weeks is None or one.week in weeks)
        )

    return briefs_of(services, scope, fits)


def by_deadline(kept: Kept[Case] | CaseBrief) -> tuple[bool, datetime, str]:
    """A key that sorts cases by deadline; those without one come last."""
    case = kept.value if isinstance(kept, Kept) else kept
    return case.deadline is None, case.deadline or case.filed_at, kept.id


def last_closed(kept: Kept[Case] | CaseBrief) -> tuple[datetime, str]:
    """A key that sorts cases by when they were closed."""
    case = kept.value if isinstance(kept, Kept) else kept
    return case.closed_at or case.filed_at, kept.id


def earlier_cases(services: Services, case: Case, *, scope: Scope) -> list[Kept[Case]]:
    """The cases of the same item at the same site, oldest first, without cancelled ones."""
    return those_in(services.store, scope, _of_same_item(services, case.site, case.checklist, case.item), place_of)


def _of_same_item(services: Services, site: str, checklist: str, item: str) -> list[Kept[Case]]:
    if not site:
        return []
    found = CASES.find(services.store, site=site)
    same = [one for one in found if (one.value.checklist, one.value.item) == (checklist, item)]
    return [one for one in same if not one.value.is_cancelled]


def _case(services: Services, found: Kept[Inspection], item_id: str, description: str, by: str, now: datetime) -> Case:
    inspected = found.value
    checklist = services.library.kept(inspected.version)
    item = checklist.item(item_id)
    about = Subject(item_id, inspected.checklist, inspected.version, inspected.week, inspected.area)
    return Case(
        week=inspected.week,
        area=inspected.area,
        site=inspected.site.code,
        inspection=found.id,
        item=item_id,
        checklist=inspected.checklist,
        version=inspected.version,
        title=problem_words(checklist, item),
        description=description or problem_words(checklist, item),
        clauses=item.clauses,
        dimension=item.dimension,
        site_type=checklist.title,
        place=_place(inspected, item),
        found_on=day_text(inspected.started_at, services.settings.timezone),
        photos=tuple(dict.fromkeys(photo.sha256 for photo in inspected.photos_of(item_id))),
        filed_by=by,
        proposed=proposal_for(services, about).lead,
        recurrence=_recurrence(services, inspected, item_id),
        course=Course(now),
    )


def problem_words(checklist: Checklist, item: Item) -> str:
    """The problem for readers. Where the checklist does not word it, items say what should be, kinds of ad-hoc reports
    what is wrong.
    """
    return item.problem or (item.text if checklist.id == AD_HOC else f"不符合「{item.text}」的要求")


def _place(inspected: Inspection, item: Item) -> CasePlace:
    """Where the unit is to go: the registered place of the site; of an ad-hoc report, which has none, its photos'.

    That is rounded to four decimals (about 10 m): near enough to find, and no track.
    """
    point, name = inspected.site.point, inspected.site.name
    if inspected.is_ad_hoc:
        name = name.removeprefix(f"{TITLE}：")
        fix = next((photo.fix for photo in inspected.photos_of(item.id) if photo.fix), None)
        point = (round(fix.lat, 4), round(fix.lon, 4)) if fix else None
    lat, lon = point or (None, None)
    return CasePlace(name, "", lat, lon)


def _recurrence(services: Services, inspected: Inspection, item: str) -> Recurrence:
    known = _of_same_item(services, inspected.site.code, inspected.checklist, item)
    return recurrence(inspected.week, [Earlier(one.id, one.value.week, one.value.recurrence.times) for one in known])


def _about(services: Services, of: Case | Subject) -> About:
    checklist = services.library.version(of.version)
    item = checklist.item(of.item) if checklist else None
    path = area_tree(services.store, of.week).path(of.area)
    return About(
        clauses=item.clauses if item else (),
        checklist=of.checklist,
        item=of.item,
        units=item.units if item else (),
        path=tuple(area.code for area in path),
    )


def _asked_problems(services: Services, user: User, asked: AskedAct) -> list[Problem]:
    problems: list[Problem] = []
    if len(asked.reason) > MAX_REASON:
        problems.append(Problem("cases.reason_too_long", details={"most_reason": MAX_REASON}))
    act = ACTS.get(asked.act)
    named: Sequence[str] = (asked.unit, *asked.joint) if act and Need.UNIT in act.needs else ()
    for id in filter(None, named):
        unit = find_unit(services.store, id)
        if unit is None or not unit.active:
            problems.append(Problem("cases.unit_unknown", details={"id": id}))
    return problems
