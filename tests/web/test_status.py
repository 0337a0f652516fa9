"""The page on the server: each thing says how it stands and what to do, what needs doing comes first."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from html import unescape

import pytest

from inspect_app import create_app
from inspect_app.backup.keys import SecretKey
from inspect_app.services import Services, open_services
from inspect_app.services.backing_up import CannotBackUp, back_up
from inspect_app.services.cases.unsent_notices import note_unsent
from inspect_app.services.checkup import Health, check_up
from inspect_app.services.readiness import Readiness
from inspect_app.services.server_status import ServerWatched, StatusLine, server_status
from inspect_app.tls import Names, open_tls
from inspect_app.version import program
from tests.store.databases import empty_database
from tests.web.builders import signed_in
from tests.world import World, new_id

NOW, AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC), time(2, 30)


def services_with(world: World, **changed: object) -> Services:
    found: Services = create_app(replace(world.settings, **changed)).extensions["inspect"]
    return found


def lines(world: World, ends: dict[str, datetime] | None = None, **changed: object) -> list[StatusLine]:
    services = services_with(world, **changed)
    return server_status(ServerWatched(services, Readiness(services, since=NOW - timedelta(hours=3)), ends or {}, NOW))


def one(found: list[StatusLine], title: str) -> StatusLine:
    return next(line for line in found if line.title == title)


def test_an_administrator_sees_every_line_with_what_to_do_on_the_page(world):
    page = unescape(signed_in(world, "administrator").get("/admin/status").text)
    rows = re.findall(r"<tr>\s*<td><strong>(.+?)</strong>.*?data-label=\"要做什么\"[^>]*>(.+?)</td>", page, re.DOTALL)
    titles = {title for title, _ in rows}
    assert titles >= {
        "程序",
        "记录",
        "照片原件",
        "照片检查",
        "邮件和群消息",
        "备份",
        "HTTPS 证书",
        "磁盘",
        "节假日",
        "依赖",
    }
    assert all(to_do.strip().endswith("。") for _, to_do in rows)
    assert f"版本 {program()}" in page


def test_what_needs_doing_comes_first_and_all_is_well_otherwise(world):
    well = lines(world, trusted_proxy="127.0.0.1")
    assert {line.title for line in well if line.state is not Health.GOOD} <= {
        "备份",
        "邮件和群消息",
        "查找人脸和车牌",
        "依赖",
    }
    assert "已运行 3 小时" in one(well, "程序").said
    services = world.services
    note_unsent(world.services, ["连不上邮件服务器"], NOW - timedelta(hours=2))
    services.after.waiting.add("searches", new_id(), 3)
    (waiting,) = services.after.waiting.due(("searches",), 9)
    assert services.after.waiting.begun(waiting)
    services.after.waiting.failed(waiting, "MemoryError", for_good=True)
    found = lines(world)
    assert [line.title for line in found[:2]] == ["照片查找人脸和车牌", "邮件和群消息"]
    assert "多次失败，已搁置" in found[0].said
    assert "「管理 → 后台任务」" in found[0].to_do
    assert "连不上邮件服务器" in found[1].said
    assert [line.state for line in found] == sorted((line.state for line in found), key=list(Health)[::-1].index)


def test_backups_are_told_by_age_and_result(world, tmp_path):
    assert one(lines(world), "备份").state is Health.NOTE
    set_up = {"backups": tmp_path / "copies"}
    assert one(lines(world, **set_up), "备份").said.startswith("还没有做过备份")
    services = create_app(replace(world.settings, **set_up)).extensions["inspect"]
    with pytest.raises(CannotBackUp):
        back_up(services, NOW)
    failed = one(lines(world, **set_up, backups_at=AT), "备份")
    assert failed.state is Health.BAD
    assert "INSPECT_BACKUPS_PUBLIC_KEY" in failed.said
    by_command = [one for one in check_up(services_with(world, **set_up, backups_at=AT), NOW) if one.title == "备份"]
    assert by_command[0].said == failed.said, "the command says it in the same words"


def test_a_server_without_backups_of_its_own_tells_of_those_that_another_one_makes(tmp_path):
    world = World.in_database(tmp_path / "data", empty_database())
    key, place = SecretKey.new().public.text, tmp_path / "copies"
    other = open_services(replace(world.settings, backups=place, backups_public_key=key))
    assert "没有设置 INSPECT_BACKUPS" in one(lines(world), "备份").said
    back_up(other, NOW)
    told = one(lines(world), "备份")
    assert (told.state, f"由 {socket.gethostname()} 做" in told.said) == (Health.GOOD, True)


def test_certificates_and_a_store_that_takes_nothing_are_told(world, tmp_path, monkeypatch):
    tls = open_tls(tmp_path / "tls", lambda: Names(("localhost",), ()), NOW)
    ends = tls.ends()
    assert set(ends) == {"server", "authority"}
    assert {one(lines(world, ends), title).state for title in ("HTTPS 证书", "自建的证书机构")} == {Health.GOOD}
    assert "--plain-http" in one(lines(world), "HTTPS 证书").said
    states = [one(lines(world, **so), "HTTPS 证书").state for so in ({}, {"address": "https://city.example"})]
    assert states == [Health.NOTE, Health.GOOD], "whoever neither has one nor is behind a proxy may be in plain HTTP"
    soon = {name: NOW + timedelta(days=9) for name in ends}
    for title in ("HTTPS 证书", "自建的证书机构"):
        assert one(lines(world, soon), title).state is Health.NOTE
        assert "还有 9 天" in one(lines(world, soon), title).said

    def full(_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(world.services.store), "probe", full)
    refused = one(lines(world), "记录")
    assert refused.state is Health.BAD
    assert "No space left" in refused.said
