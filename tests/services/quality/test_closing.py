"""Before a week is published it is told where inspectors differ by more than chance and more than is tolerated."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.services.quality.closing import closing_points
from tests.inspections import inspection
from tests.world import NOW, WEEK, World


@pytest.mark.parametrize(
    ("severe", "told"), [(0.0, ""), (2.0, ""), (12.0, "1名偏严")], ids=["alike", "tolerated", "severe"]
)
def test_inspectors_who_differ_by_more_than_is_tolerated_are_told_by_number_and_not_by_name(tmp_path, severe, told):
    """Eight with ten visits each in the same streets, one of them so many points lower; chance is 2 points."""
    world, lot = World.in_memory(tmp_path / "data"), random.Random(4)
    for n in range(80):
        name, street = ("li4", *"abcdefg")[n % 8], f"42100200{1 + n // 8 % 4}"
        rate = 80 + lot.gauss(0, 2) - severe * (name == "li4")
        INSPECTIONS.put_once(world.services.store, f"visit {n}", inspection(inspector=name, area=street, rate=rate))
    points = closing_points(world.services, WEEK, NOW + timedelta(days=7), scope=EVERYTHING)
    said = [one.text for one in points if "宽严" in one.text]
    assert bool(said) == bool(told)
    assert all(told in one and "li4" not in one for one in said)
