"""An account that is held to some areas sees and does what lies there, whatever the route; the rest is not there.

The routes and what each needs come from the app, what each role may do from the grants. A route that names something of
an area, or does something there, is tried with what lies in the account's own district and with what lies in another.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

import inspect_app
from inspect_app.domain.accounts.permissions import CITYWIDE, GRANTS, Role
from inspect_app.domain.accounts.scope import Scope
from inspect_app.domain.inspecting.denial import ALONG
from inspect_app.services.place import scoped
from inspect_app.services.plan import planning
from inspect_app.web import access
from tests.cases import FILED_AT
from tests.web.permissions import AREALESS
from tests.web.two_districts import City, District, addresses, reading, values
from tests.world import BUREAU, WEEK, World, headers

PAIRS = {"near": "supervisor", "near-leader": "leader"}
"""The scoped accounts, and who sees the same of the whole city."""


def of_areas(app: Flask) -> list[Any]:
    """The routes whose address names something that lies in an area, by what the office may do there."""
    return [
        rule for rule in reading(app, Role.SUPERVISOR, Role.LEADER) if rule.arguments and rule.endpoint not in AREALESS
    ]


def leaks(districts: City, name: str) -> Iterator[str]:
    """What a scoped account is told of the other district, and what it is not told of its own."""
    whole = PAIRS[name]
    for rule in reading(districts.app, Role(whole)):
        for path in addresses(rule, districts.near):
            (status, text), (_, all_of_it) = districts.told(path, name), districts.told(path, whole)
            if status >= 400:
                yield f"{path}: {status}"
            yield from (f"{path}: tells {mark}" for mark in districts.far.marks if mark in text)
            missing = [mark for mark in districts.near.marks if mark in all_of_it and mark not in text]
            yield from (f"{path}: does not tell {mark}" for mark in missing)
        if rule in of_areas(districts.app):
            for path in addresses(rule, districts.far):
                status, text = districts.told(path, name)
                if status != 404:
                    yield f"{path}: {status}"


@pytest.mark.parametrize("name", PAIRS)
def test_reading_tells_of_ones_own_areas_all_and_of_others_nothing(districts, name):
    assert list(leaks(districts, name)) == []


def test_the_whole_city_is_told_of_both_districts(districts):
    """Else the test above would pass where nothing is ever shown."""
    both, shown = districts.far.marks | districts.near.marks, set()
    for rule in reading(districts.app, Role.SUPERVISOR):
        for path in (*addresses(rule, districts.far), *addresses(rule, districts.near)):
            text = districts.told(path, "supervisor")[1]
            shown |= {mark for mark in both if mark in text}
    assert shown == both


def interference(districts: City) -> Iterator[str]:
    """What of the near district's pages and files is another since there is something in the far one."""
    return (path for path, before in districts.before.items() if districts.steady(path) != before)


def test_counts_badges_and_figures_are_those_of_ones_own_areas(districts):
    assert list(interference(districts)) == []
    assert len(districts.before) > 60


# Doing.


def revision(districts: City, collection: str, id: str) -> str:
    stored = districts.world.services.store.get(collection, id)
    return str(stored.revision if stored else 1)


def finding(there: District, id: str) -> dict[str, str]:
    return {"inspection": id, "item": there.item}


BODIES: dict[str, Callable[[City, District], dict[str, Any]]] = {
    "inspections.decide_finding": lambda made, there: {
        "data": {"decision": "confirmed", "revision": revision(made, "inspections", there.open)}
    },
    "inspections.settle_presence": lambda made, there: {
        "data": {"decision": "accepted", "reason": "核实过", "revision": revision(made, "inspections", there.late)}
    },
    "denials.settle": lambda made, there: {
        "data": {"decision": ALONG, "reason": "查了考勤", "revision": revision(made, "inspections", there.open)}
    },
    "desk.decisions": lambda made, there: {
        "json": {"decisions": [{**finding(there, there.open), "decision": "confirmed", "reason": "", "seen": None}]}
    },
    "desk.turn": lambda made, there: {
        "json": {"inspection": there.open, "sha256": there.photos[0], "quarters": 1, "revision": 0}
    },
    "cases.file": lambda made, there: {"data": {"finding": f"{there.unfiled}/{there.item}"}},
    "cases.act": lambda made, there: {
        "data": {
            "unit": made.world.unit(BUREAU),
            "deadline": f"{FILED_AT + timedelta(days=9):%Y-%m-%dT%H:%M}",
            "revision": revision(made, "cases", there.cases["filed"]),
        }
    },
    "cases.recheck": lambda made, there: {"data": {"revision": revision(made, "cases", there.cases["handled"])}},
    "exposure.choose": lambda made, there: {
        "data": {
            "photo": there.photos[2],
            "days": "0",
            "revision": revision(made, "cases", there.cases["handled"]),
        }
    },
    "exposure.withdraw": lambda made, there: {
        "data": {"reason": "误选", "revision": revision(made, "cases", there.cases["handled"])}
    },
    "redaction.keep": lambda made, there: {"json": {"revision": 0, "boxes": []}},
    "plan.change": lambda made, there: {"data": {"reason": "停业", "revision": revision(made, "plans", WEEK)}},
    "plan.missed": lambda made, there: {"data": {"reason": "works"}},
}
"""What is sent to do each thing that lies in an area; a route that is not here fails its test."""
OBJECTLESS = {"desk.look", "desk.save_filter"}
TOLD = {"plan.change", "plan.missed"}
"""What says of a thing elsewhere, on the page of one's own, that it is not there."""
KEPT = (
    "inspections",
    "cases",
    "redactions",
    "photo_turns",
    "plans",
    "missed_sites",
    "filed_findings",
    "case_numbers",
    "publications",
)


def doing(app: Flask, role: Role) -> list[Any]:
    """The routes that change something by what a role may do that is not for everybody."""
    office = GRANTS[role] - GRANTS[Role.INSPECTOR] - GRANTS[Role.UNIT]
    rules = (rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()))
    return [rule for rule in rules if (access.rule_of(app, rule.endpoint) or set()) & office]


def kept(world: World) -> dict[tuple[str, str], int]:
    store = world.services.store
    return {(name, one.id): one.revision for name in KEPT for one in store.find(name)}


def do(districts: City, rule: Any, there: District, name: str) -> tuple[int, bool]:
    """The status of doing a thing, and whether anything is another than before."""
    case = "filed" if rule.endpoint == "cases.act" else "handled"
    known = {**values(rule.endpoint, there, case=case), "name": "inspector"}
    path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: known[found[1]], re.sub(r"any\([^)]*\)", "any", rule.rule))
    before = kept(districts.world)
    sent = BODIES.get(rule.endpoint, lambda districts, there: {})(districts, there)
    answer = districts.app.test_client().post(path, headers=headers(districts.world.tokens[name]), **sent)
    return answer.status_code, kept(districts.world) != before


def misdeeds(districts: City) -> Iterator[str]:
    """What an account that is held to one district does in the other. What is not there is 404, or said as such."""
    for rule in doing(districts.app, Role.SUPERVISOR):
        if rule.endpoint in BODIES:
            status, changed = do(districts, rule, districts.far, "near")
            if changed or (rule.arguments and status != (422 if rule.endpoint in TOLD else 404)):
                yield f"{rule.endpoint}: {status}"
    yield from told_by_the_desk(districts)
    yield from moved_out(districts)


def told_by_the_desk(districts: City) -> Iterator[str]:
    """What the desk says of a finding elsewhere that is decided already, which others are told who is too late."""
    wanted = {**finding(districts.far, districts.far.unfiled), "decision": "confirmed", "reason": "", "seen": None}
    sent = headers(districts.world.tokens["near"])
    answer = districts.app.test_client().post("/review/desk/decisions", json={"decisions": [wanted]}, headers=sent)
    return (f"desk.decisions: {one}" for one in answer.json["results"] if one["status"] != 422 or "review" in one)


def moved_out(districts: City) -> Iterator[str]:
    """A visit of one's own that is moved to a site elsewhere, of which nobody is told that it is there."""
    sent = {"decision": "moved", "reason": "编码抄错", "site": districts.far.site}
    sent["revision"] = revision(districts, "inspections", districts.near.late)
    path, token = f"/inspections/{districts.near.late}/presence", headers(districts.world.tokens["near"])
    answer = districts.app.test_client().post(path, data=sent, headers=token)
    if answer.status_code != 422 or f"没有点位「{districts.far.site}」" not in answer.text:
        yield f"inspections.settle_presence: {answer.status_code} moved elsewhere"


def test_everything_that_is_done_in_an_area_is_tried(districts):
    tried = {rule.endpoint for rule in doing(districts.app, Role.SUPERVISOR)}
    citywide = {endpoint for endpoint in tried if access.rule_of(districts.app, endpoint) <= CITYWIDE}
    assert tried - citywide == set(BODIES) | OBJECTLESS
    schemes = {f"schemes.{act}" for act in ("add", "change", "fill_in", "publish", "read_figures", "take")}
    assert citywide == schemes | {
        "index.publish_week",
        "plan.announce",
        "plan.draw",
        "plan.avoid",
        "plan.set_rules",
        "revising.freeze_anew",
        "revising.late",
        "calibration.begin",
        "calibration.close",
        "industries.add",
        "industries.change",
        "industries.remove",
        "quality.choose_plausible",
        "quality.enter_complaints",
        "references.change",
        "references.upload",
        "validation.change",
    }


def test_nothing_is_done_elsewhere(districts):
    assert list(misdeeds(districts)) == []


def test_everything_is_done_in_ones_own_area(districts):
    for rule in doing(districts.app, Role.SUPERVISOR):
        if rule.endpoint in BODIES:
            status, changed = do(districts, rule, districts.near, "near")
            assert status < 400, rule.endpoint
            assert changed, rule.endpoint


def test_what_is_for_the_whole_city_is_for_nobody_who_is_held_to_a_part_of_it(districts):
    for rule in doing(districts.app, Role.SUPERVISOR):
        if rule.endpoint not in BODIES and rule.endpoint not in OBJECTLESS:
            assert do(districts, rule, districts.near, "near") == (403, False), rule.endpoint


def test_a_leader_does_nothing_anywhere(districts):
    for rule in doing(districts.app, Role.SUPERVISOR):
        if rule.endpoint != "desk.save_filter":
            assert do(districts, rule, districts.near, "near-leader") == (403, False), rule.endpoint
            assert do(districts, rule, districts.near, "leader") == (403, False), rule.endpoint


# The tests above can fail.


def filters() -> list[tuple[str, str]]:
    """Every place where a service or a page asks what a scope covers: module and name."""
    parts = [importlib.import_module(f"{inspect_app.__name__}.{name}") for name in ("services", "web")]
    names = [one.name for part in parts for one in pkgutil.walk_packages(part.__path__, f"{part.__name__}.")]
    modules = [importlib.import_module(name) for name in names if name != scoped.__name__]
    asked = ("areas_in", "is_in", "those_in", "sites_in")
    found = [(one.__name__, name) for one in modules for name in asked if hasattr(one, name)]
    return sorted([*found, (planning.__name__, "_covered")])


UNRESTRICTED: dict[str, Callable[..., Any]] = {
    "areas_in": lambda store, scope, week, wanted=None: wanted if wanted is not None else _everywhere(store),
    "is_in": lambda store, scope, week, area: True,
    "those_in": lambda store, scope, things, place: list(things),
    "sites_in": lambda store, scope, week, *, active_only=False: scoped.sites_in(
        store, Scope(), week, active_only=active_only
    ),
    "_covered": lambda services, plan, scope: frozenset(site.code for site in plan.sites),
}


def _everywhere(store: Any) -> frozenset[str]:
    return frozenset(area.code for area in scoped.area_tree(store))


@pytest.mark.parametrize(("module", "name"), filters())
def test_a_filter_that_is_taken_out_is_noticed(districts, monkeypatch, module, name):
    monkeypatch.setattr(f"{module}.{name}", UNRESTRICTED[name])
    noticed = (
        next(interference(districts), None) or next(misdeeds(districts), None) or next(leaks(districts, "near"), None)
    )
    assert noticed, f"nothing asks whether {module} keeps to {name}"
