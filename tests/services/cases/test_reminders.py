"""Reminders: who is told what and when, once; what nobody took is tried again; nothing of the inspector in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from inspect_app.domain.accounts.unit import Reach
from inspect_app.domain.cases.deadlines import Deadlines
from inspect_app.domain.cases.reminders import Due, Occasion, is_quiet, message, reminders
from inspect_app.notices import Mail, Robot, networks_from
from inspect_app.services import open_services
from inspect_app.services.accounts.units import change_unit, find_unit
from inspect_app.services.cases.reminders import remind
from inspect_app.services.moving import move, reopen
from inspect_app.store import StoreLeft
from tests.cases import DEADLINE, FILED_AT, acted_on, after_photo, dispatched
from tests.notices.servers import mail_server, robot_server
from tests.ports import free_port
from tests.world import BUREAU, World

CITY = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def robots(world):
    """The unit's robot and the office's."""
    with robot_server() as unit, robot_server() as office:
        reached(world, Reach(webhook=unit.address))
        world.services = replace(
            world.services,
            settings=replace(
                world.settings,
                office_robot=Robot(office.address),
                address="https://city.example",
                webhook_networks=networks_from("127.0.0.1"),
            ),
        )
        yield unit, office


def reached(world: World, reach: Reach) -> None:
    kept = find_unit(world.services.store, world.unit(BUREAU))
    assert change_unit(world.services.store, "administrator", kept.unit, reach, True, kept.revision, FILED_AT) == []


def said(robot) -> list[str]:
    return [body["text"]["content"] for _, body in robot.posted]


def test_a_unit_is_told_of_a_new_case_before_its_deadline_and_after_and_the_office_later(world, robots):
    """Deadline: Monday 30 November 14:30 (the builders'), remind and escalate after 7 working hours each."""
    unit, office = robots
    case = dispatched(world)
    remind(world.services, FILED_AT + timedelta(hours=2))
    assert len(unit.posted) == 1
    assert "派遣或返工 1 件" in said(unit)[0]
    assert case.id in said(unit)[0]
    assert "https://city.example/unit/" in said(unit)[0]
    remind(world.services, FILED_AT + timedelta(hours=3))
    assert len(unit.posted) == 1, "once"
    remind(world.services, DEADLINE - timedelta(hours=3))
    assert "即将到期 1 件" in said(unit)[1]
    remind(world.services, DEADLINE + timedelta(hours=1))
    assert "已超期 1 件" in said(unit)[2]
    assert office.posted == []
    remind(world.services, DEADLINE + timedelta(days=1))
    assert len(unit.posted) == 3
    assert BUREAU in said(office)[0]
    assert "/cases/?view=overdue" in said(office)[0]
    remind(world.services, DEADLINE + timedelta(days=2))
    assert (len(unit.posted), len(office.posted)) == (3, 1)


def test_another_deadline_is_told_of_again(world, robots):
    unit, _ = robots
    case = acted_on(world, dispatched(world), "unit", "accept")
    remind(world.services, DEADLINE + timedelta(hours=1))
    case = acted_on(world, case, "unit", "extend", reason="等配件", deadline=DEADLINE + timedelta(days=3))
    acted_on(world, case, "supervisor", "grant", deadline=DEADLINE + timedelta(days=3))
    remind(world.services, DEADLINE + timedelta(days=3, hours=1))
    assert [text.count("已超期 1 件") for text in said(unit)] == [1, 1]


def test_a_unit_is_told_of_work_that_was_sent_back(world, robots):
    unit, _ = robots
    case = acted_on(world, dispatched(world), "unit", "accept")
    remind(world.services, FILED_AT + timedelta(hours=2))
    case = acted_on(world, case, "unit", "handle", after=(after_photo(),))
    far = DEADLINE + timedelta(days=9)
    acted_on(world, case, "supervisor", "send_back", reason="坏的", deadline=far)
    remind(world.services, FILED_AT + timedelta(hours=6))
    assert [text.count("派遣或返工 1 件") for text in said(unit)] == [1, 1]


def test_what_nobody_took_is_sent_again_and_one_unit_holds_up_no_other(world, robots):
    unit, office = robots
    dispatched(world)
    unit.answer = {"errcode": 45009, "errmsg": "busy"}
    late = DEADLINE + timedelta(days=1)
    told = {(one.to, one.problem) for one in remind(world.services, late)}
    assert told == {(BUREAU, "群机器人没有接收：busy"), ("督导", "")}
    unit.answer = {"errcode": 0}
    assert [one.problem for one in remind(world.services, late)] == [""]
    assert len(office.posted) == 1
    assert remind(world.services, late) == []


def test_a_server_whose_data_were_moved_tells_nobody_what_it_cannot_note(world_on_disk, tmp_path):
    world, data = world_on_disk, tmp_path / "there"
    with robot_server() as unit:
        reached(world, Reach(webhook=unit.address))
        allowed = replace(world.settings, webhook_networks=networks_from("127.0.0.1"))
        world.services = replace(world.services, settings=allowed)
        dispatched(world)
        move(world.settings, replace(world.settings, data=data, photos=data / "photos", database=""), FILED_AT, print)
        for _ in range(2):
            with pytest.raises(StoreLeft):
                remind(world.services, DEADLINE + timedelta(days=1))
        assert unit.posted == []
        assert reopen(world.settings)
        assert [one.to for one in remind(world.services, DEADLINE + timedelta(days=1))] == [BUREAU]
        assert len(unit.posted) == 1


def test_a_message_says_that_a_deadline_is_a_guess_where_nobody_knows_the_holidays(world, robots):
    unit, _ = robots
    dispatched(world, seed=1)
    dispatched(world, seed=2, deadline=datetime(2099, 1, 5, 10, tzinfo=UTC))
    remind(world.services, FILED_AT + timedelta(hours=2))
    (text,) = said(unit)
    assert "期限 01-05 18:00（暂定）" in text
    assert text.count("（暂定）") == 1, "the other's year is known"
    assert "2027至2099年放假调休安排尚未公布，期限按法定节假日和周一至周五暂定，公布后自动重算" in text


def test_many_cases_are_one_message(world, robots):
    unit, _ = robots
    for seed in range(1, 4):
        dispatched(world, seed=seed)
    remind(world.services, FILED_AT + timedelta(hours=2))
    assert len(unit.posted) == 1
    assert "派遣或返工 3 件" in said(unit)[0]


def test_at_night_nothing_is_sent(world, robots):
    unit, _ = robots
    dispatched(world)
    night = FILED_AT.replace(hour=18)
    assert is_quiet(night, CITY)
    assert remind(world.services, night) == []
    assert [one.problem for one in remind(world.services, night, at_night=True)] == [""]
    assert len(unit.posted) == 1


def test_a_mail_says_it_too(world):
    port = free_port()
    reached(world, Reach(mail=("unit@city.example",)))
    mail = Mail("127.0.0.1", port, "none", "", "", "office@city.example")
    services = replace(world.services, settings=replace(world.settings, mail=mail))
    dispatched(world)
    with mail_server(port) as mailbox:
        remind(services, FILED_AT + timedelta(hours=2))
        assert remind(services, FILED_AT + timedelta(hours=2)) == []
    assert mailbox.messages[0].rcpt_tos == ["unit@city.example"]


def test_two_processes_at_once_send_once(world, robots):
    unit, _ = robots
    dispatched(world)
    other = open_services(world.services.settings, store=world.services.store)
    with world.services.turns.turn("reminders") as mine:
        assert mine
        assert remind(other, FILED_AT + timedelta(hours=2)) == []
    assert len(remind(other, FILED_AT + timedelta(hours=2))) == 1
    assert len(unit.posted) == 1


def test_no_message_holds_anything_of_the_inspector(world, robots):
    unit, _ = robots
    case = dispatched(world)
    remind(world.services, DEADLINE + timedelta(days=1))
    for text in said(unit):
        for secret in ("inspector", "supervisor", case.value.inspection, case.value.photos[0]):
            assert secret not in text


def test_a_message_lists_the_most_urgent_and_how_many_there_are():
    cases = [Due(f"2026-{n:05d}", "问题", "地点", "u", DEADLINE + timedelta(hours=n), FILED_AT) for n in range(30)]
    found = list(reminders(cases, Deadlines(), CITY, FILED_AT))
    assert {one.occasion for one in found} == {Occasion.NEW}
    subject, text = message(found, Deadlines(), CITY, FILED_AT, "", {})
    assert subject == "整改件：派遣或返工 30 件"
    assert "2026-00000" in text
    assert "2026-00029" not in text
    assert "等 30 件" in text
    assert len({one.key for one in found}) == 30
