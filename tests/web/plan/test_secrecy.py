"""Before its week is over the secret of a draw is in no answer to anybody, in no log and in no file."""

from __future__ import annotations

import base64
import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from inspect_app.collections import LAYOUTS
from inspect_app.domain.plan.commitment import seed_of
from inspect_app.domain.plan.week_plan import WeekPlan
from inspect_app.domain.weeks import shifted
from inspect_app.domain.weeks import title as week_title
from inspect_app.services.keys import SEALS, Keys
from inspect_app.services.plan.planning import find_plan
from inspect_app.services.plan.sealing import open_sealer
from inspect_app.store.memory import MemoryStore
from tests.plans import VALUE, announced, beacon_before, drawn, planned
from tests.web.two_districts import CLOCK, City, addresses, text_of
from tests.world import WEEK, World, headers

ROLES = ("", "inspector", "supervisor", "administrator", "leader", "unit", "near")


def secret_of(world: World, plan: WeekPlan) -> bytes:
    secret = open_sealer(world.services.keys).opened(plan.week, plan.sealed)
    assert secret
    return secret


def spellings(plan: WeekPlan, secret: bytes, sharing: str) -> list[bytes]:
    """Everything that would tell the draw, or who goes where, as it might be written."""
    seed = bytes.fromhex(seed_of(secret, plan.beacon or replace(beacon_before(CLOCK), value=VALUE)))
    found = [plan.sealed.encode()]
    for one in (secret, seed, bytes.fromhex(sharing)):
        found += [one, one.hex().encode(), one.hex().upper().encode()]
        found += [base64.b64encode(one).rstrip(b"="), base64.urlsafe_b64encode(one).rstrip(b"=")]
    return found


def answers(districts: City) -> Iterator[tuple[str, bytes]]:
    """What every route that is read answers to every role."""
    client = districts.app.test_client()
    for rule in districts.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint in ("files.static", "libraries.library"):
            continue
        for path in addresses(rule, districts.near):
            for name in ROLES:
                answer = client.get(path, headers=headers(districts.world.tokens[name]) if name else {})
                yield f"{name} {path}", answer.data + repr(answer.headers).encode()


def test_no_role_is_told_the_secret_by_any_route_and_no_file_has_it(districts, caplog):
    caplog.set_level(logging.DEBUG)
    world = districts.world
    plan = find_plan(world.services, WEEK).value
    assert plan.drawn_at
    assert not plan.secret
    sealer = open_sealer(world.services.keys)
    marks = spellings(plan, secret_of(world, plan), sealer.seed_of_shares(WEEK, plan.commitment))
    shown, statuses = 0, 0
    for path, body in answers(districts):
        statuses += 1
        shown += plan.commitment.encode() in body
        told = text_of(body).encode()
        assert not [mark for mark in marks if mark in body or mark in told], path
    assert statuses > 800
    assert shown >= 2 * len(ROLES), "the commitment is found, so the secret would be"
    assert not [mark for mark in marks if mark in caplog.text.encode()]
    kept = {path: path.read_bytes() for path in world.data.rglob("*") if path.is_file()}
    # The sealed secret is in the store; it opens nothing without the key, which is in a file of its own.
    assert not [path for path, content in kept.items() for mark in marks[1:] if mark in content]
    assert [path.name for path, content in kept.items() if sealer.key in content] == [SEALS.name]
    assert (world.data / SEALS.name).stat().st_mode & 0o077 == 0
    log = "".join(json.dumps(entry) for entry in world.services.audit.entries())
    assert not [mark for mark in marks if mark in log.encode()]


def test_no_error_and_no_repr_shows_it(world):
    plan = announced(world.services, WEEK, CLOCK)
    secret = secret_of(world, plan.value)
    said = f"{plan!r}{plan.value!r}{open_sealer(world.services.keys)!r}"
    assert not [mark for mark in spellings(plan.value, secret, "00" * 32) if mark in said.encode()]


def test_two_weeks_have_two_secrets_and_one_opens_no_other(world):
    one = announced(world.services, WEEK, CLOCK).value
    other = announced(world.services, shifted(WEEK, 1), CLOCK).value
    assert len({secret_of(world, one), secret_of(world, other)}) == 2
    assert one.commitment != other.commitment
    assert open_sealer(world.services.keys).opened(other.week, one.sealed) is None


@pytest.mark.parametrize("drawn_already", [False, True])
def test_of_a_week_to_come_the_public_and_units_learn_what_was_announced_and_no_more(districts, drawn_already):
    world, week = districts.world, shifted(WEEK, 1)
    planned(world.services, shifted(WEEK, -2), CLOCK - timedelta(weeks=2))
    plan = announced(world.services, week, CLOCK)
    if drawn_already:
        drawn(world.services, plan, CLOCK)
    client = districts.app.test_client()
    for name in ("", "unit"):
        sent = headers(world.tokens[name]) if name else {}
        told = {one["week"]: one for one in client.get("/plan/seeds.json", headers=sent).json}
        assert set(told[week]) == {
            "week", "rule", "announced_at", "drawn_at", "register_sha256", "count", "least_per_area",
            "commitment_sha256", "beacon",
        }  # fmt: skip
        assert "value" not in told[week]["beacon"]
        page = client.get("/plan/seeds", headers=sent).text
        assert plan.value.commitment in page
        # Digests are left out: five digits may be in one by chance.
        of_weeks_to_come = re.sub("[0-9a-f]{64}", "", page).split(week_title(shifted(WEEK, -2)))[0]
        assert VALUE not in of_weeks_to_come
        assert week_title(week) in of_weeks_to_come
        past = client.get(f"/plan/{shifted(WEEK, -2)}/plan.json", headers=sent).json
        assert len(bytes.fromhex(past["secret"])) == 32


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path):
    keys = Keys(tmp_path, MemoryStore(LAYOUTS))
    first = open_sealer(keys)
    assert open_sealer(keys) == first
    assert (tmp_path / SEALS.name).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [SEALS.name]
