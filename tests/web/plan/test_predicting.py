"""The review's first attack: next week's visits from what is public, or from what a unit's account is shown.

A draw whose seed was public was repeated exactly by it, 15 of 15 sites.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from inspect_app.domain.plan.commitment import seed_of
from inspect_app.domain.plan.draw import Drawn, Listed, draw, read_register
from inspect_app.domain.plan.week_plan import WeekPlan
from inspect_app.domain.weeks import shifted
from inspect_app.services.plan.planning import find_plan
from inspect_app.services.plan.sealing import open_sealer
from inspect_app.web.context import now as real_now
from tests.plans import planned
from tests.sites import import_sites
from tests.web.builders import signed_in
from tests.web.plan.test_plan import this_week
from tests.world import World

COUNT = 15
AREAS = ("421002001", "421002002", "421003001")
PAGES = ("/plan/seeds", "/plan/seeds.json", "/index/", "/index/weeks", "/key/", "/unit/", "/unit/map", "/devices")
PAST_FILES = ("drawn", "check", "plan.json", "register.csv", "drawn.csv", "allocation.csv")


@pytest.fixture
def next_week(world: World) -> tuple[World, WeekPlan, str]:
    """120 sites, a week that is over, and the plan of the next one, drawn."""
    rows = [
        f"{area}-{n},点位{n},{('market', 'main-road')[n % 2]},{area},30.3,112.2" for area in AREAS for n in range(40)
    ]
    text = "\n".join(["code,name,type,area,lat,lon", *rows])
    import_sites(world.services.store, text, world.services.library.current)
    past, week = shifted(this_week(world), -2), shifted(this_week(world), 1)
    planned(world.services, past, real_now() - timedelta(weeks=2), count=COUNT)
    return world, planned(world.services, week, real_now(), count=COUNT).value, past


def shown(client: FlaskClient, past: str) -> str:
    """All that is public of plans, and the pages of whoever asks."""
    answers = [client.get(path) for path in (*PAGES, *(f"/plan/{past}/{name}" for name in PAST_FILES))]
    assert sum(answer.status_code == 200 for answer in answers) >= 9
    return "\n".join(answer.text for answer in answers)


def seeds(text: str, plan: WeekPlan) -> Iterator[str]:
    """Whatever stands there as a seed, and as the secret of one; the number of the week is known to everybody."""
    assert plan.beacon
    yield from (plan.beacon.canonical, f"{plan.beacon.title} {plan.beacon.value}", plan.beacon.value, plan.week)
    for found in sorted(set(re.findall(r"[0-9a-f]{32,64}", text))):
        yield found
        if len(found) == 64:
            yield seed_of(bytes.fromhex(found), plan.beacon)
    yield from sorted(set(re.findall(r"\b[0-9]{5}\b", text)))


@pytest.mark.parametrize("role", [None, "unit"])
def test_nothing_that_is_shown_tells_what_is_drawn_for_next_week(next_week, role):
    world, plan, past = next_week
    client = signed_in(world, role) if role else world.app().test_client()
    text = shown(client, past)
    assert plan.commitment in text
    listed = read_register(client.get(f"/plan/{past}/register.csv").text, "register.csv")
    register = [one for one in listed if isinstance(one, Listed)]
    right = {site.code for site in plan.sites}

    def hits(seed: str) -> int:
        drawn = draw(register, seed=seed, week=plan.week, count=COUNT)
        return len(right & {one.code for one in drawn if isinstance(one, Drawn)})

    guesses = list(seeds(text, plan))
    assert len(guesses) > 8
    assert max(map(hits, guesses)) < COUNT * 2 / 3
    found = find_plan(world.services, plan.week)
    secret = open_sealer(world.services.keys).opened(plan.week, found.value.sealed) if found else None
    assert secret
    assert hits(seed_of(secret, plan.beacon)) == COUNT, "with the secret everything would be known"
