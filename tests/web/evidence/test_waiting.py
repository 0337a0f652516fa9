"""How many photos are not checked yet, and how long they have waited: on desk, photo log and in ``doctor``."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inspect_app.services.checkup import Health, check_up
from inspect_app.services.evidence.working import CHECKS
from tests.queued import age
from tests.web.builders import signed_in
from tests.world import World, new_id

PAGES = ("/review/desk/", "/review/photos")


def waiting_for(world: World, seconds: float) -> None:
    """Seven photos that wait so long and are not due before the test is over."""
    world.services.after.waiting.add(CHECKS, new_id(), 7)
    age(world, seconds, due=False)


@pytest.mark.parametrize(("seconds", "said"), [(20 * 60, "20 分钟"), (5 * 3600, "5 小时"), (3 * 86_400, "3 天")])
def test_the_age_of_what_waits_is_told_in_words_that_are_grasped(world: World, seconds: int, said: str):
    waiting_for(world, seconds)
    client = signed_in(world, "supervisor")
    for page in PAGES:
        assert f"7 张尚未检查，最早的等了 {said}；" in client.get(page).text


def test_doctor_tells_the_same(world: World):
    waiting_for(world, 3 * 86_400)
    (told,) = [one for one in check_up(world.services, datetime.now(UTC)) if one.title == "照片检查"]
    assert (told.state, told.said) == (Health.NOTE, "7 张尚未检查，最早的等了 3 天")


def test_who_is_not_to_know_when_inspectors_were_out_is_told_no_age(world: World):
    waiting_for(world, 20 * 60)
    client = signed_in(world, "leader")
    for page in PAGES:
        text = client.get(page).text
        assert "7 张尚未检查" in text
        assert "最早的等了" not in text
