"""A disk that fills: one rule for ``doctor``, the office's pages and its notices, days before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from inspect_app import durable
from inspect_app.notices import Robot, networks_from
from inspect_app.services import disk
from inspect_app.services.cases.reminders import remind
from inspect_app.services.checkup import Health, check_up
from inspect_app.services.disk import Disk, Room
from tests.notices.servers import robot_server
from tests.web.builders import signed_in
from tests.world import NOW, World

GIB = 1024**3
MORNING = datetime.fromisoformat("2026-11-30T02:00:00+00:00")
"""A Monday, ten o'clock in the city."""


def filled(monkeypatch: pytest.MonkeyPatch, free_gib: float, total_gib: float = 100) -> None:
    monkeypatch.setattr(disk, "_disk_of", lambda folder: Disk(folder, int(free_gib * GIB), int(total_gib * GIB)))


@pytest.mark.parametrize(
    ("free_gib", "total_gib", "room"),
    [
        (11, 100, Room.AMPLE),
        (9, 100, Room.LOW),
        (5, 20, Room.AMPLE),
        (3, 20, Room.LOW),
        (1.9, 20, Room.SHORT),
        (1.9, 1000, Room.SHORT),
        (0.05, 100, Room.FULL),
        (0, 100, Room.FULL),
    ],
)
def test_a_disk_is_low_days_before_it_is_full(free_gib, total_gib, room, tmp_path):
    assert Disk(tmp_path, int(free_gib * GIB), int(total_gib * GIB)).room is room


@pytest.mark.parametrize(
    ("free_gib", "said", "state"), [(9, "快满", "注意"), (1, "一天", "有问题"), (0, "已满", "有问题")]
)
def test_the_offices_pages_and_doctor_say_so_and_nobody_elses(world: World, monkeypatch, free_gib, said, state):
    office, administrator = signed_in(world, "supervisor"), signed_in(world, "administrator")
    others = [signed_in(world, "inspector"), signed_in(world, "unit"), world.office.test_client()]
    assert "disk-banner" not in administrator.get("/admin/").text
    filled(monkeypatch, free_gib)
    for client, page in ((administrator, "/admin/"), (office, "/review/photos"), (office, "/cases/")):
        shown = client.get(page).text
        assert 'class="disk-banner" role="alert"' in shown
        assert said in shown
    for client in others:
        assert "disk-banner" not in client.get("/devices", follow_redirects=True).text
    found = [one for one in check_up(world.services, NOW) if one.title == "磁盘"]
    assert [one.state for one in found] == [Health(state)]


def test_doctor_says_that_a_disk_cannot_sync_folders(world: World, monkeypatch):
    monkeypatch.setattr(durable, "_unsynced", {world.data.stat().st_dev})
    found = [one for one in check_up(world.services, NOW) if one.title == "磁盘"]
    assert [one.state for one in found] == [Health.GOOD, Health.NOTE]
    assert "停电" in found[1].said


@pytest.fixture
def told(world: World, monkeypatch) -> Iterator[list[str]]:
    """What the office's robot says."""
    monkeypatch.setattr("inspect_app.services.cases.reminders._noted_here", set())
    with robot_server() as office:
        settings = replace(
            world.settings, office_robot=Robot(office.address), webhook_networks=networks_from("127.0.0.1")
        )
        world.services = replace(world.services, settings=settings)
        yield office.posted


def test_the_office_is_told_once_a_week_while_it_is_low_and_once_a_day_when_it_is_short(world, told, monkeypatch):
    remind(world.services, MORNING)
    assert told == []
    filled(monkeypatch, 9)
    for hours in (0, 1, 48):
        remind(world.services, MORNING + timedelta(hours=hours))
    assert len(told) == 1
    assert "9.0 GB" in told[0][1]["text"]["content"]
    filled(monkeypatch, 1)
    for hours in (48, 49, 72, 73):
        remind(world.services, MORNING + timedelta(hours=hours))
    assert len(told) == 3


def test_on_a_full_disk_it_is_told_once_though_nothing_can_be_noted_and_no_other_reminder_goes(
    world, told, monkeypatch
):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    filled(monkeypatch, 0)
    monkeypatch.setattr(type(world.services.store), "put_once", refuse)
    monkeypatch.setattr("inspect_app.services.cases.reminders._due", refuse)
    for minutes in (0, 5, 10):
        remind(world.services, MORNING + timedelta(minutes=minutes))
    assert len(told) == 1
    assert "已满" in told[0][1]["text"]["content"]
