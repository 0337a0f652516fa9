"""Demonstration data: three weeks of invented inspections, made as real ones are, and the plans of two of them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, time, timedelta

from ..collections import Kept
from ..collections.inspecting.inspection import INSPECTIONS
from ..domain.accounts.permissions import Role
from ..domain.accounts.scope import EVERYTHING
from ..domain.accounts.user import COMMAND_LINE, User
from ..domain.checklists.answers import parse_answers
from ..domain.checklists.checklist import Item
from ..domain.checklists.scoring import score_item
from ..domain.inspecting.inspection import Inspection
from ..domain.inspecting.tickets import tickets_for
from ..domain.weeks import first_day, shifted, utc_text, week_of
from ..exports.index.files import week_files
from ..services import Services
from ..services.accounts.accounts import add_user, find_user, set_password
from ..services.accounts.passwords import random_password
from ..services.demonstration import begin_demonstration, complete_demonstration, demonstration_is_complete
from ..services.evidence.receiving import PHOTO, Received, receive
from ..services.evidence.reviewing import decide
from ..services.index.publishing import publish, published
from ..services.inspecting.submitting import Taken, submit
from ..services.place.register import all_sites, area_tree
from ..services.place.sites_changing import keep_sites
from ..services.plan.revealing import reveal_due
from .answers import demo_remarks, demo_values, fix_near
from .cases import demo_cases, demo_units
from .plans import demo_plans, drawn_of
from .scenes import scene_photo
from .sites import CODE_PREFIX, MARK, demo_sites
from .visits import DemoVisit, week_visits

__all__ = ["DemoRefused", "fill_demo"]

_SUPERVISOR = "demo-supervisor"
_ACCOUNTS = {
    "demo-1": (Role.INSPECTOR, "演示甲"),
    "demo-2": (Role.INSPECTOR, "演示乙"),
    "demo-3": (Role.INSPECTOR, "演示丙"),
    _SUPERVISOR: (Role.SUPERVISOR, "演示督导"),
}
_PUBLICATION = MARK + "数据随机生成，不反映任何地方的实际情况"
_REJECTION = MARK + "照片看不清问题所在"
_SHARE_REVIEWED_THIS_WEEK = 0.4
_SHARE_REJECTED = 0.1


class DemoRefused(Exception):
    """The data folder is in real use; the message says so in Chinese."""


def fill_demo(services: Services, now: datetime) -> dict[str, str]:
    """Fill this week up to ``now`` and the two weeks before; returns the new accounts' passwords, to be shown once.

    The earlier weeks are reviewed and published, this one is partly reviewed. A second call adds nothing and returns
    nothing; one after an interrupted call goes on where that stopped, with new passwords. Raises ``DemoRefused`` where
    real inspections are kept here: invented ones must not mix with them.
    """
    if demonstration_is_complete(services.store):
        return {}
    _refuse_beside_real_ones(services)
    # Drawn pictures show no faces, and none was made of another: nothing is worth looking for in them.
    services = replace(services, settings=replace(services.settings, photo_work=()))
    begin_demonstration(services.store, now)
    passwords = _accounts(services, now) | demo_units(services, now)
    sites = demo_sites(area_tree(services.store), services.library.current)
    known = {site.code for site in all_sites(services.store)}
    new = [(site, 0) for found in sites.values() for site in found if site.code not in known]
    if new:
        keep_sites(services, COMMAND_LINE, new, now, MARK)
    this_week = week_of(now, services.settings.timezone)
    inspectors = [name for name, (role, _) in _ACCOUNTS.items() if role is Role.INSPECTOR]
    demo_plans(services, _SUPERVISOR, this_week)
    for week in (shifted(this_week, -2), shifted(this_week, -1), this_week):
        to_visit = drawn_of(services, sites, week)
        _inspect(services, week_visits(to_visit, inspectors, week, now, services.settings.timezone), now)
        _review(services, week, 1.0 if week < this_week else _SHARE_REVIEWED_THIS_WEEK, now)
        if week < this_week and published(services, week) is None:
            at = min(now, _morning_after(services, week))
            publish(services, _SUPERVISOR, week, _PUBLICATION, at, files=week_files)
            demo_cases(services, _user(services, _SUPERVISOR), week, now)
    reveal_due(services, now)
    complete_demonstration(services.store)
    return passwords


def _refuse_beside_real_ones(services: Services) -> None:
    store = services.store
    real = sum(
        not kept.value.site.code.startswith(CODE_PREFIX)
        for week in INSPECTIONS.weeks(store)
        for kept in INSPECTIONS.find(store, week=week)
    )
    if real:
        raise DemoRefused(
            f"数据目录 {services.settings.data} 中已有{real}次真实测评，不能混入演示数据。"
            "请用 --data 另选一个目录，例如 --data 演示数据 --demo"
        )


def _accounts(services: Services, now: datetime) -> dict[str, str]:
    passwords = {name: random_password() for name in _ACCOUNTS}
    for name, (role, title) in _ACCOUNTS.items():
        if isinstance(add_user(services.store, name, role, passwords[name], now, title), list):
            set_password(services.store, name, passwords[name], now)
    return passwords


def _inspect(services: Services, visits: Iterable[DemoVisit], now: datetime) -> None:
    """Make the visits. Drawing photos takes nearly all of the time, much of it outside of Python's lock."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(lambda visit: _submit(services, visit, now), visits))


def _submit(services: Services, visit: DemoVisit, now: datetime) -> None:
    if INSPECTIONS.get(services.store, visit.id):
        return
    checklist, site = services.library.current[visit.site.site_type], visit.site
    values = demo_values(checklist, visit)
    answers = parse_answers(checklist, {id: {"value": value} for id, value in values.items()})
    assert not isinstance(answers, list), answers
    rng = visit.rng("remarks")
    raw_answers: dict[str, object] = {}
    photos: list[dict[str, object]] = []
    for item in checklist.items:
        remarks, count = demo_remarks(item, score_item(item, answers[item.id], site.place), rng)
        raw_answers[item.id] = {"value": values[item.id], **remarks}
        photos += [_photo(services, visit, item, number) for number in range(count)]
    raw = {
        "site": site.code,
        "checklist": checklist.id,
        "version": checklist.version,
        "started_at": utc_text(visit.started_at),
        "finished_at": utc_text(visit.finished_at),
        "answers": raw_answers,
        "photos": photos,
        "presence": _presence(services, visit),
    }
    received = min(now, visit.finished_at + timedelta(minutes=2))
    outcome = submit(services, _user(services, visit.inspector), visit.id, raw, received)
    assert outcome.taken is not Taken.REFUSED, outcome.problems
    # The worker has room for a few pictures only; what it drops would have to be made when first looked at.
    services.after.wait()


def _presence(services: Services, visit: DemoVisit) -> dict[str, object]:
    """Where the phone was at the beginning, half-way and at the end, with the tickets of its day."""
    rng, day = visit.rng("presence"), visit.started_at.astimezone(services.settings.timezone).date()
    moments = [visit.started_at + (visit.finished_at - visit.started_at) * part for part in (0.0, 0.5, 1.0)]
    place = visit.site.place
    return {
        "tickets": tickets_for(services.ticket_key, visit.inspector, MARK, day)[:1],
        "fixes": [fix_near(place, rng.uniform(0, 40), at, rng) for at in moments] if place else [],
    }


def _photo(services: Services, visit: DemoVisit, item: Item, number: int) -> dict[str, object]:
    rng = visit.rng(f"photo {item.id} {number}")
    content = scene_photo(visit.site.site_type, rng)
    taken = receive(services, PHOTO, content)
    assert isinstance(taken, Received), taken
    at = visit.started_at + (visit.finished_at - visit.started_at) * rng.random()
    fix = fix_near(visit.site.place, rng.uniform(0, 40), at, rng) if visit.site.place and rng.random() < 0.93 else None
    return {"sha256": taken.sha256, "item": item.id, "captured_at": utc_text(at), "fix": fix}


def _review(services: Services, week: str, share: float, now: datetime) -> None:
    decided = min(now, _morning_after(services, week) - timedelta(minutes=30))
    for kept in INSPECTIONS.find(services.store, week=week, state="open"):
        rng = random.Random(f"{kept.id} review")
        if rng.random() < share:
            _decide_all(services, kept, rng.random() < _SHARE_REJECTED, decided)


def _decide_all(services: Services, kept: Kept[Inspection], reject_first: bool, now: datetime) -> None:
    for number, finding in enumerate(kept.value.findings):
        decision, reason = ("rejected", _REJECTION) if reject_first and number == 0 else ("confirmed", "")
        item = finding.item.item_id
        decided = decide(services, _SUPERVISOR, kept.id, item, decision, reason, kept.revision, now, scope=EVERYTHING)
        assert isinstance(decided, Kept), decided
        kept = decided


def _morning_after(services: Services, week: str) -> datetime:
    """Monday 9:00 after a week, the city's time."""
    return datetime.combine(first_day(shifted(week, 1)), time(9), services.settings.timezone)


def _user(services: Services, name: str) -> User:
    user = find_user(services.store, name)
    assert user is not None
    return user
