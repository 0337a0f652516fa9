"""Cases (整改件): filing a confirmed finding, and every act on its way to being closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from ...collections.place.site import site_of
from ...domain.cases.case import case_of, with_step
from ...domain.cases.life_cycle import ACTS, FINAL, Need, Party, State, Step, acted
from ...domain.cases.recurrence import Earlier, Recurrence, recurrence
from ...domain.cases.routing import About, Proposal, propose
from ...domain.checklists.checklist import Checklist, Item
from ...domain.evidence.photo import parse_evidence
from ...domain.inspecting.adhoc import TITLE
from ...domain.inspecting.inspection import AD_HOC
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...domain.weeks import instant_from, utc_text
from ...store import Put, Stale, Stored
from .. import INSPECTIONS, Services
from ..accounts.accounts import Role, User
from ..accounts.units import all_units, find_unit
from ..audit import logged
from ..evidence.filed import CASES, FILED
from ..place.register import area_tree

_NUMBERS = "case_numbers"
OPEN_STATES = frozenset(state.value for state in State if state not in FINAL)
WITH_UNIT = frozenset({State.DISPATCHED.value, State.ACCEPTED.value})
MAX_DESCRIPTION, MAX_REASON = 1000, 500
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """An act that somebody wants done, as far as it says: see ``domain.cases.ACTS`` for what each must say.

    ``after`` are the photos that a unit took when it was done: the ``after`` entries of the case, checked before.
    """

    act: str
    unit: str = ""
    joint: tuple[str, ...] = ()
    reason: str = ""
    deadline: datetime | None = None
    after: tuple[Mapping[str, Any], ...] = ()


def find_case(services: Services, id: str) -> Stored | None:
    return services.store.get(CASES, id) if 0 < len(id) <= 40 else None


def open_case(
    services: Services, by: str, inspection: str, item: str, description: str, now: datetime
) -> Stored | list[Problem]:
    """File a confirmed finding; one that is filed already gives the case that it is.

    ``description`` is what the unit reads; the inspector's own note is not sent on by itself, for it may tell who they
    are. The number is the city's running one of the year (local to the city): ``2026-00042``.
    """
    found = services.store.get(INSPECTIONS, inspection)
    if found is None:
        return [Problem("测评", f"没有编号为「{inspection}」的测评")]
    review = found.document["reviews"].get(item)
    if not review or review["decision"] != "confirmed":
        return [Problem("问题", "只有已确认的问题可以立案")]
    if len(description.strip()) > MAX_DESCRIPTION:
        return [Problem("问题描述", f"最多{MAX_DESCRIPTION}个字")]
    id = _claimed(services, inspection, item, now)
    kept = services.store.get(CASES, id)
    if kept:
        return kept
    document = _document(services, found, item, description.strip(), by, now)
    with logged(services, by, "case.filed", id, now, after={"inspection": inspection, "item": item}):
        _, stored = services.store.put_once(CASES, id, document)
    return stored


def act_on(
    services: Services, user: User, id: str, asked: Asked, expected_revision: int, now: datetime
) -> Stored | list[Problem]:
    """Do one act of a case for whoever asks. Raises ``Stale`` where it was changed since ``expected_revision``.

    A unit's account acts for its unit, every other for the office.
    """
    stored = find_case(services, id)
    if stored is None:
        return [Problem("整改件", f"没有编号为「{id}」的整改件")]
    if stored.revision != expected_revision:
        raise Stale(f"{CASES}/{id}")
    if problems := _asked_problems(services, user, asked):
        return problems
    party = Party.UNIT if user.role is Role.UNIT else Party.OFFICE
    before = case_of(stored.document)
    step = Step(
        act=asked.act,
        # A clock that was set back must not hold a case up.
        at=max(now, before.changed_at),
        by=user.name,
        party=party,
        unit=user.unit if party is Party.UNIT else asked.unit,
        joint=asked.joint,
        reason=asked.reason.strip(),
        deadline=asked.deadline,
        photos=tuple(one["sha256"] for one in asked.after),
    )
    after = acted(before, step)
    if isinstance(after, list):
        return after
    document = with_step(stored.document, after)
    document["after"] = [*document["after"], *asked.after]
    told = {"state": after.state.value, "unit": after.unit, "reason": step.reason, "deadline": document["deadline"]}
    was = {"state": before.state.value, "unit": before.unit, "deadline": stored.document["deadline"]}
    with logged(services, user.name, f"case.{asked.act}", id, now, before=was, after=told):
        return services.store.update(CASES, id, document, expected_revision=expected_revision)


def proposal_for(services: Services, document: Mapping[str, Any]) -> Proposal:
    """Which units a case, or a finding that is to be one, would be sent to."""
    units = [kept.unit for kept in all_units(services.store, active_only=True)]
    return propose(services.library.routing, units, _about(services, document))


def default_deadline(services: Services, document: Mapping[str, Any], now: datetime) -> datetime:
    """The deadline that is proposed for a case dispatched now, by the city's limits (UTC, to the minute)."""
    deadlines = services.library.deadlines
    limit = deadlines.limit_for(document["clauses"], document["checklist"], document["item"])
    ends = limit.ends(deadlines.office(services.settings.timezone), now)
    return ends.replace(second=0, microsecond=0) + timedelta(minutes=bool(ends.second or ends.microsecond))


def cases_of_unit(services: Services, unit: str) -> list[Stored]:
    """The open cases that a unit leads or helps with, those with a deadline first, by deadline."""
    return sorted(services.store.find(CASES, units=unit, state=OPEN_STATES), key=by_deadline)


def closed_cases_of_unit(services: Services, unit: str, count: int) -> list[Stored]:
    """The cases last closed that a unit led, latest first."""
    found = services.store.find(CASES, unit=unit, state=State.CLOSED)
    return sorted(found, key=lambda one: (str(one.document["closed_at"]), one.id), reverse=True)[:count]


def overdue_cases(services: Services, now: datetime, **filters: Any) -> list[Stored]:
    """What units owe past the deadline, the longest overdue first; filters as of ``Store.find``."""
    late = utc_text(now)
    found = services.store.find(CASES, state=WITH_UNIT, **filters)
    return sorted((one for one in found if (one.document["deadline"] or late) < late), key=by_deadline)


def office_cases(
    services: Services,
    *,
    states: Collection[str] | None = None,
    unit: str | None = None,
    areas: Collection[str] | None = None,
    weeks: Collection[str] | None = None,
) -> list[Stored]:
    """The cases that the office asks for, in the order filed."""
    return services.store.find(CASES, unit=unit, state=states, area=areas, week=weeks)


def by_deadline(stored: Stored) -> tuple[str, str]:
    return stored.document["deadline"] or "9", stored.id


def earlier_cases(services: Services, document: Mapping[str, Any]) -> list[Stored]:
    """The cases of the same item at the same site, oldest first, without cancelled ones."""
    if not document["site"]:
        return []
    found = services.store.find(CASES, site=document["site"])
    same = [one for one in found if (one.document["checklist"], one.document["item"]) == _item_of(document)]
    return [one for one in same if one.document["state"] != State.CANCELLED]


def _claimed(services: Services, inspection: str, item: str, now: datetime) -> str:
    """The number that a finding is filed under, from now on or since somebody was quicker.

    The claim is kept before the case: a crash between the two leaves a number that the next attempt uses. A cancelled
    case gives its finding free for another.
    """
    name = f"{inspection}/{item}"
    for _ in range(_ATTEMPTS):
        claim = services.store.get(FILED, name)
        if claim:
            case = services.store.get(CASES, claim.document["case"])
            if case is None or case.document["state"] != State.CANCELLED:
                return str(claim.document["case"])
        number = {"case": _next_number(services, now)}
        if claim is None:
            _, kept = services.store.put_once(FILED, name, number, same_by="case")
            return str(kept.document["case"])
        try:
            services.store.update(FILED, name, number, expected_revision=claim.revision)
        except Stale:
            continue
        return number["case"]
    raise Stale(f"{FILED}/{name}")


def _next_number(services: Services, now: datetime) -> str:
    year = f"{now.astimezone(services.settings.timezone).year:04d}"
    while True:
        kept = services.store.get(_NUMBERS, year)
        last = kept.document["last"] if kept else 0
        try:
            if kept:
                services.store.update(_NUMBERS, year, {"last": last + 1}, expected_revision=kept.revision)
            elif services.store.put_once(_NUMBERS, year, {"last": 1})[0] is not Put.CREATED:
                continue
        except Stale:
            continue
        return f"{year}-{last + 1:05d}"


def _document(
    services: Services, found: Stored, item_id: str, description: str, by: str, now: datetime
) -> dict[str, Any]:
    inspected = found.document
    checklist = services.library.version(inspected["version"])
    assert checklist is not None, f"the store lacks checklist version {inspected['version']}"
    item, site = checklist.item(item_id), site_of(inspected["site"], inspected["site_as_inspected"])
    day = instant_from(inspected["started_at"])
    assert day is not None
    document: dict[str, Any] = {
        "week": inspected["week"],
        "area": inspected["area"],
        "site": inspected["site"],
        "state": State.FILED.value,
        "unit": "",
        "inspection": found.id,
        "item": item_id,
        "checklist": inspected["checklist"],
        "version": inspected["version"],
        "title": problem_words(checklist, item),
        "description": description or problem_words(checklist, item),
        "clauses": list(item.clauses),
        "dimension": item.dimension,
        "site_type": checklist.title,
        "place": _place(site, inspected, item),
        "found_on": day.astimezone(services.settings.timezone).date().isoformat(),
        "photos": list(dict.fromkeys(photo["sha256"] for photo in inspected["photos"] if photo["item"] == item_id)),
        "joint": [],
        "units": [],
        "deadline": None,
        "asked_until": None,
        "filed_at": utc_text(now),
        "filed_by": by,
        "dispatched_at": None,
        "closed_at": None,
        "steps": [],
        "after": [],
        "exposure": None,
    }
    proposal = proposal_for(services, document)
    document["proposed"] = proposal.lead
    document["recurrence"] = asdict(_recurrence(services, document))
    return document


def problem_words(checklist: Checklist, item: Item) -> str:
    """The problem for readers: items say what should be, kinds of ad-hoc reports what is wrong."""
    return item.text if checklist.id == AD_HOC else f"未做到：{item.text}"


def _place(site: Site, inspected: Mapping[str, Any], item: Item) -> dict[str, Any]:
    """Where the unit is to go: the registered place of the site; of an ad-hoc report, which has none, its photos'.

    That is rounded to four decimals (about 10 m): near enough to find, and no track.
    """
    point, name = site.point, site.name
    if inspected["checklist"] == AD_HOC:
        name = name.removeprefix(f"{TITLE}：")
        parsed = (parse_evidence(raw, raw["sha256"], [item.id]) for raw in inspected["photos"])
        fix = next((one.fix for one in parsed if not isinstance(one, list) and one.fix), None)
        point = (round(fix.lat, 4), round(fix.lon, 4)) if fix else None
    lat, lon = point or (None, None)
    return {"name": name, "address": "", "lat": lat, "lon": lon}


def _recurrence(services: Services, document: Mapping[str, Any]) -> Recurrence:
    known = earlier_cases(services, document)
    return recurrence(
        document["week"],
        [Earlier(one.id, one.document["week"], one.document["recurrence"]["times"]) for one in known],
    )


def _about(services: Services, document: Mapping[str, Any]) -> About:
    checklist = services.library.version(document["version"])
    item = checklist.item(document["item"]) if checklist else None
    path = area_tree(services.store, document["week"]).path(document["area"])
    return About(
        clauses=item.clauses if item else (),
        checklist=document["checklist"],
        item=document["item"],
        units=item.units if item else (),
        path=tuple(area.code for area in path),
    )


def _item_of(document: Mapping[str, Any]) -> tuple[str, str]:
    return document["checklist"], document["item"]


def _asked_problems(services: Services, user: User, asked: Asked) -> list[Problem]:
    problems: list[Problem] = []
    if len(asked.reason) > MAX_REASON:
        problems.append(Problem("理由", f"最多{MAX_REASON}个字"))
    act = ACTS.get(asked.act)
    named: Sequence[str] = (asked.unit, *asked.joint) if act and Need.UNIT in act.needs else ()
    for id in filter(None, named):
        unit = find_unit(services.store, id)
        if unit is None or not unit.active:
            problems.append(Problem("责任单位", f"没有编号为「{id}」的责任单位，或已停用"))
    return problems
