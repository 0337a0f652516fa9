"""Every route × every role × one's own and somebody else's object, made from the map of routes and from the grants."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.routing import Rule

from inspect_app.collections.cases.case import CASES
from inspect_app.domain.accounts.device import Way
from inspect_app.domain.accounts.permissions import GRANTS, Permission, Role
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.accounts.devices import add_device
from inspect_app.web.access import rule_of
from tests.cases import acted_on, after_photo, dispatched
from tests.web.evidence.test_review import inspected
from tests.web.permissions import LETTERS, MATRIX, OTHERS_HIDDEN, OWNERLESS
from tests.world import BUREAU, DISTRICT, WEEK, World, headers, new_id, photo, received, sha256

ROLES = ["stranger", *Role]
REFUSED = {401, 403}
AFTER = photo(77)


class Objects:
    """What the addresses of routes name: of the visitor's own, and of somebody else."""

    def __init__(self, world: World, name: str) -> None:
        self._world = world
        mine, theirs = (name, "inspector2") if name in ("inspector", "inspector2") else ("inspector2", "inspector")
        own, others = self._inspection(mine, 1), self._inspection(theirs, 2)
        received(world.services, AFTER)
        case, other_case = self._case(BUREAU, "unit", 3), self._case(DISTRICT, "unit2", 4)
        device = self._device(name) if name != "stranger" else new_id()
        self.own = {"inspections": own, "cases": case, "unit": case, "devices": device, "redaction": own, "desk": own}
        self.own["correcting"] = own
        self.others = {
            "inspections": others,
            "correcting": others,
            "field": others,
            "unit": other_case,
            "devices": self._device("inspector2"),
        }

    def values(self, endpoint: str, *, own: bool) -> dict[str, str]:
        """Values for every parameter that a route of this endpoint may have."""
        part = endpoint.partition(".")[0]
        objects = self.own if own else self.others
        id = objects.get("inspections" if endpoint.startswith("api.") else part, new_id())
        inspection = self._world.services.store.get("inspections", id)
        case = CASES.get(self._world.services.store, id)
        shown = inspection.document["photos"][0]["sha256"] if inspection else sha256(b"")
        if case:
            shown = case.value.after[0].sha256 if endpoint == "cases.after" else case.value.photos[0]
        item = (
            next((one["item_id"] for one in inspection.document["items"] if one["failed"]), "x") if inspection else "x"
        )
        fixed = {"code": "zebra-crossing-1", "week": WEEK, "name": "inspector2", "number": "1", "revision": "1"}
        more = {"filename": "css/base.css", "digest": "x", "library": "leaflet", "layer": "sites", "version": "1"}
        scheme = {"period": "2026-10", "edition": "1", "kind": "toml", "year": "2027"}
        checklist = {"checklist": "zebra-crossing", "file": "areas.csv", "area": "421002001"}
        by_part = {"checklists": "public-toilet", "references": "public-toilet", "units": self._world.unit(DISTRICT)}
        act = {"admin": "unblock", "plan": "drop", "sites": "restore", "unit": "accept", "cases": "dispatch"}
        return {
            **fixed,
            **more,
            **checklist,
            **scheme,
            "id": by_part.get(part, id),
            "sha256": shown,
            "item": item,
            "act": act.get(part, "x"),
        }

    def _inspection(self, user: str, seed: int) -> str:
        return inspected(self._world, seed=seed, user=user)

    def _case(self, unit: str, account: str, seed: int) -> str:
        case = acted_on(self._world, dispatched(self._world, unit=unit, seed=seed), account, "accept")
        after = after_photo(sha256(AFTER), self._world.unit(unit))
        done = acted_on(self._world, case, account, "handle", after=(after,))
        return done.id

    def _device(self, name: str) -> str:
        user = find_user(self._world.services.store, name)
        assert user
        return add_device(self._world.services.store, user, "测试", Way.PASSWORD, datetime.now(UTC)).id


def address(rule: Rule, values: dict[str, str]) -> str:
    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: values[found[1]], rule.rule)


def requests_of(app: Any) -> Iterator[tuple[Rule, str]]:
    """Reading before writing, so that what writing changes hides nothing."""
    found = [(rule, method) for rule in app.url_map.iter_rules() for method in (rule.methods or set())]
    wanted = [one for one in found if one[1] in ("GET", "POST", "PUT")]
    return iter(sorted(wanted, key=lambda one: (one[1], one[0].endpoint)))


def is_refused(answer: Any) -> bool:
    return answer.status_code in REFUSED or (answer.status_code == 302 and answer.location.startswith("/login"))


def letters(app: Any, endpoint: str) -> str:
    """Which roles the declaration of an endpoint and the grants let in."""
    needed = rule_of(app, endpoint)
    assert needed is not None, f"{endpoint} is closed to everybody: it declares no permission"
    return "*" if not needed else "".join(LETTERS[role] for role in Role if GRANTS[role] & needed)


def test_roles_may_what_people_know_that_they_may(world):
    app = world.app()
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    found = {endpoint: letters(app, endpoint) for endpoint in endpoints}
    known = set("".join(MATRIX.values()))
    assert {endpoint: set(found[endpoint]) & known for endpoint in MATRIX} == {
        endpoint: set(wanted) for endpoint, wanted in MATRIX.items()
    }
    assert {endpoint for endpoint in endpoints - set(MATRIX) if found[endpoint] == "*"} == set()


def test_a_leader_may_what_a_supervisor_reads_and_nothing_else():
    """But for what tells who inspected: that, originals and recordings."""
    assert GRANTS[Role.LEADER] < GRANTS[Role.SUPERVISOR]
    kept_back = {Permission.INSPECTOR_SEE, Permission.EVIDENCE_ORIGINAL, Permission.EVIDENCE_EXPORT}
    acts = {one for one in GRANTS[Role.SUPERVISOR] if one.rpartition(".")[2] not in ("read", "preview", "own")}
    assert GRANTS[Role.SUPERVISOR] - GRANTS[Role.LEADER] == kept_back | acts - {Permission.LAYER_EXPORT}


def test_what_inspectors_and_units_may_name_belongs_to_somebody_or_to_nobody(world):
    app = world.app()
    rules = app.url_map.iter_rules()
    named = {rule.endpoint for rule in rules if rule.arguments and set(letters(app, rule.endpoint)) & set("IU")}
    assert named == set(OTHERS_HIDDEN) | OWNERLESS


@pytest.mark.parametrize("name", ROLES)
def test_each_role_gets_what_it_is_granted_and_nothing_else(world, name):
    app, objects = world.app(), Objects(world, name)
    client = app.test_client()
    sent = headers(world.tokens[name]) if name != "stranger" else {}
    granted = GRANTS[Role(name)] if name != "stranger" else frozenset()
    wrong = []
    for rule, method in requests_of(app):
        if rule.endpoint in ("auth.logout", "auth.login"):
            continue
        answer = client.open(address(rule, objects.values(rule.endpoint, own=True)), method=method, headers=sent)
        needed = rule_of(app, rule.endpoint)
        may = needed is not None and (not needed or needed & granted)
        if is_refused(answer) == bool(may):
            wrong.append((method, rule.rule, answer.status_code, "may" if may else "may not"))
    assert wrong == []


@pytest.mark.parametrize("name", Role)
def test_somebody_elses_object_is_as_if_it_were_not_there(world, name):
    letter = LETTERS[name]
    app, objects = world.app(), Objects(world, name)
    client = app.test_client()
    wrong = []
    for rule, method in requests_of(app):
        if letter not in OTHERS_HIDDEN.get(rule.endpoint, ""):
            continue
        theirs = address(rule, objects.values(rule.endpoint, own=False))
        answer = client.open(theirs, method=method, headers=headers(world.tokens[name]))
        if answer.status_code != 404:
            wrong.append((method, theirs, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("name", [Role.INSPECTOR, Role.UNIT])
def test_ones_own_object_is_there(world, name):
    """Else the test above would pass where nothing is ever found."""
    letter = LETTERS[name]
    app, objects = world.app(), Objects(world, name)
    client = app.test_client()
    for rule, method in requests_of(app):
        if (
            method != "GET"
            or letter not in OTHERS_HIDDEN.get(rule.endpoint, "")
            or rule.endpoint == "inspections.recording"
        ):
            continue
        own = address(rule, objects.values(rule.endpoint, own=True))
        assert client.get(own, headers=headers(world.tokens[name])).status_code == 200, own
