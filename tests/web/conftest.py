"""A city with something of every kind in two districts, for the tests of who is shown and may do what where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.web.two_districts import (
    FAR,
    NEAR,
    City,
    StoppedClock,
    addresses,
    city,
    comparable,
    copied,
    district,
    moved_over,
)
from tests.world import World


@pytest.fixture(scope="session")
def two_districts(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Made once; each test has a copy."""
    world = World.made_in(tmp_path_factory.mktemp("city") / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("inspect_app.web.context.datetime", StoppedClock)
        city(world)
        near = district(world, NEAR, 10)
        world.services.after.wait()
        app = world.app()
        paths = [path for rule in comparable(app) for path in addresses(rule, near)]
        made = City(world, app, near, near, {})
        for path in paths:
            if "/redactions/" in path:  # the first look has the photo searched
                made.steady(path)
        app.extensions["inspect"].after.wait()
        before = {path: made.steady(path) for path in paths}
        far = district(world, FAR, 30)
        moved_over(world, far.cases["filed"], near.site)
        world.services.after.wait()
    world.services.store.close()
    return City(world, app, near, far, before)


@pytest.fixture
def districts(two_districts: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr("inspect_app.web.context.datetime", StoppedClock)
    return copied(two_districts, tmp_path / "data")
