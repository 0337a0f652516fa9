"""Reminders: who is told what and when, once; what nobody took is tried again; nothing of the inspector in it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from zoneinfo import ZoneInfo

import pytest

from inspect_app.domain.accounts.unit import Reach
from inspect_app.domain.cases.deadlines import Deadlines
from inspect_app.domain.cases.reminders import Due, Occasion, is_quiet, message, reminders
from inspect_app.notices import Mail, Robot, networks_from
from inspect_app.services import Services, open_services
from inspect_app.services.accounts.units import change_unit, find_unit
from inspect_app.services.cases.delivering import NOTICES, notice_words
from inspect_app.services.cases.reminders import remind
from inspect_app.services.cases.unsent_notices import unsent_notices
from inspect_app.services.moving import move, reopen
from inspect_app.store import StoreAway, Stored, StoreLeft, Write
from inspect_app.store.jobs import MOST_TRIES, JobState
from tests.cases import DEADLINE, FILED_AT, acted_on, after_photo, dispatched
from tests.measured import PATIENCE_S
from tests.notices.servers import mail_server, robot_server
from tests.ports import free_port
from tests.queued import age
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
    assert remind(world.services, late) == [], "not before its next try"
    age(world, 0, due=True)
    assert [one.problem for one in remind(world.services, late)] == [""]
    assert len(office.posted) == 1
    assert remind(world.services, late) == []
    assert world.services.after.waiting.totals() == []


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


@pytest.fixture
def mailed(world) -> tuple[Services, int]:
    """An installation that mails a unit at two addresses, one of which takes nothing; the port of its mail server."""
    port = free_port()
    reached(world, Reach(mail=("unit@city.example", "late@full.example")))
    mail = Mail("127.0.0.1", port, "none", "", "", "office@city.example")
    dispatched(world)
    return replace(world.services, settings=replace(world.settings, mail=mail)), port


def ids_of(mailbox) -> list[str]:
    return [message_from_bytes(one.original_content)["Message-ID"] for one in mailbox.messages]


def test_an_address_that_is_refused_holds_up_no_other_and_is_set_aside_until_the_next_day(world, mailed):
    services, port = mailed
    jobs, at = services.after.waiting, FILED_AT + timedelta(hours=2)
    with mail_server(port) as mailbox:
        for _ in range(MOST_TRIES):
            remind(services, at)
            age(world, 0, due=True)
        (aside,) = jobs.set_aside()
        assert "552" in aside.error
        assert notice_words(services, aside.id) == f"{BUREAU}，邮件"
        assert unsent_notices(services).messages == 1
        assert [one.rcpt_tos for one in mailbox.messages] == [["unit@city.example"]], (
            "once, however often the other fails"
        )
        assert remind(services, at) == []
        (told,) = remind(services, at + timedelta(days=1))
        assert "552" in told.problem
        assert len(mailbox.messages) == 1, "only who did not take it is asked anew"
        reached(world, Reach(mail=("unit@city.example", "right@city.example")))
        age(world, 0, due=True)
        assert [one.problem for one in remind(services, at + timedelta(days=1))] == [""]
        assert [one.rcpt_tos for one in mailbox.messages[1:]] == [["right@city.example"]]
        assert (jobs.totals(), unsent_notices(services).messages) == ([], 0)


def test_a_mail_server_that_is_away_costs_no_tries_and_all_arrives_after(world, mailed):
    services, port = mailed
    jobs, at = services.after.waiting, FILED_AT + timedelta(hours=2)
    for _ in range(2 * MOST_TRIES):
        assert {bool(one.problem) for one in remind(services, at)} == {True}
        age(world, 0, due=True)
    assert jobs.set_aside() == []
    assert [(one.state, one.jobs) for one in jobs.totals()] == [(JobState.AGAIN, 2)]
    assert "邮件没有发出" in unsent_notices(services).problem
    with mail_server(port) as mailbox:
        remind(services, at)
        assert [one.rcpt_tos for one in mailbox.messages] == [["unit@city.example"]]
    age(world, 3 * 24 * 3600, due=True)
    remind(services, at)
    assert [one.state for one in jobs.totals()] == [JobState.AGAIN], "for days nobody answers: tries are counted"
    assert jobs.due((NOTICES,), 9) == []


def test_what_was_sent_and_could_not_be_noted_is_sent_again_under_the_same_id(world, mailed, monkeypatch):
    """Nobody knows whether it was taken; mail servers and mailboxes know by it that they have it."""
    services, port = mailed
    at, real = FILED_AT + timedelta(hours=2), type(services.store).act

    def act(store: object, writes: Sequence[Write], *more: object, **given: object) -> list[Stored]:
        if any(one.collection == "reminders" for one in writes):
            raise StoreAway("数据库暂时不能用")
        return real(store, writes, *more, **given)

    with mail_server(port) as mailbox:
        with monkeypatch.context() as patch:
            patch.setattr(type(services.store), "act", act)
            remind(services, at)
        age(world, 0, due=True)
        remind(services, at)
        first, second = ids_of(mailbox)
        assert first == second
        remind(services, DEADLINE + timedelta(hours=1))
        assert len({*ids_of(mailbox)}) == 2


def test_a_server_that_is_stopped_waits_for_the_message_in_hand_and_begins_no_other(world, mailed):
    services, port = mailed
    in_hand, go_on = threading.Event(), threading.Event()

    async def taken(*_: object) -> str:
        in_hand.set()
        while not go_on.is_set():
            await asyncio.sleep(0.01)
        return "250 OK"

    with mail_server(port) as mailbox, ThreadPoolExecutor(2) as threads:
        mailbox.handle_DATA = taken
        sending = threads.submit(remind, services, FILED_AT + timedelta(hours=2))
        assert in_hand.wait(PATIENCE_S)
        stopping = threads.submit(services.after.hand_over, PATIENCE_S)
        assert not services.after.hand_over(0)
        go_on.set()
        assert stopping.result()
        assert "" in {one.problem for one in sending.result()}
    assert JobState.RUNNING not in {one.state for one in services.after.waiting.totals()}


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
