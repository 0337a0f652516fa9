"""What a published week offers is handed out byte for byte as it was frozen, whatever the program makes today."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from inspect_app import create_app
from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.domain.weeks import shifted
from inspect_app.exports.index import files, pictures
from inspect_app.exports.index.files import FILES, Format
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.index.publishing import publish, published
from inspect_app.services.index.week_files import frozen_file
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.place.register import find_site
from tests.sites import keep_site
from tests.web.builders import hidden, signed_in
from tests.world import NOW, WEEK, World, new_id

NEXT = shifted(WEEK, 1)
STREETS = ("421002001", "421002002", "421002003")
OTHER = b"what another program makes"


@dataclass(frozen=True)
class City:
    """A published week, and everything of its revision 1 by address, as the program handed it out then."""

    world: World
    first: dict[str, bytes]


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    """Three streets, so that the page has a chart of them; published by the page, as a supervisor does it."""
    world = World.made_in(tmp_path_factory.mktemp("city") / "data")
    visited(world, 0)
    supervisor = signed_in(world, "supervisor")
    form = {"csrf_token": hidden(supervisor.get(f"/index/{WEEK}/live").text, "csrf_token"), "anyway": "y", "reason": ""}
    assert supervisor.post(f"/index/{WEEK}/publish", data=form).status_code == 303
    client = world.app().test_client()
    return City(world, {path: got(client, path) for path in addresses(client)})


def visited(world: World, weeks: int) -> None:
    """A main road in each street is inspected, so many weeks later."""
    store, at = world.services.store, NOW + timedelta(weeks=weeks)
    road, inspector = find_site(store, "main-road-1"), find_user(store, "inspector")
    for street in STREETS:
        keep_site(store, replace(road, code=f"road-{street}", area=street))
        raw = {**world.submission("main-road", started=at), "site": f"road-{street}"}
        assert submit(world.services, inspector, new_id(), raw, at + timedelta(hours=3)).kept


def addresses(client: FlaskClient) -> list[str]:
    """Every file of revision 1, and every picture that the week's page shows."""
    page = client.get(f"/index/{WEEK}/1").text
    shown = set(re.findall(rf'(?:src|srcset|content)="(/index/{WEEK}/1/(?:charts/)?[^"/]*\.(?:svg|png))"', page))
    assert {path.rpartition("/")[2] for path in shown} == {"card.png", "ranking-9.svg", "ranking-9-narrow.svg"}
    named = [f"/index/{WEEK}/1/{name}" for name in FILES if name != "post.txt"]
    return [*named, f"/index/{WEEK}/1/post.txt", f"/index/{WEEK}.csv", f"/index/{WEEK}.json", *sorted(shown)]


def got(client: FlaskClient, path: str) -> bytes:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.data


@pytest.fixture
def upgraded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the program, which makes every file and picture in another way."""
    for name, known in FILES.items():
        monkeypatch.setitem(FILES, name, Format(known.type, lambda week, day: OTHER))
    monkeypatch.setattr(files, "drawn", lambda week, name: OTHER)


@pytest.fixture
def own(city: City, tmp_path: Path) -> Iterator[World]:
    """A copy of the city that a test may write in."""
    world = World.copied(city.world.data, city.world.tokens, tmp_path / "data")
    yield world
    world.services.store.close()


@pytest.mark.usefixtures("upgraded")
def test_another_version_of_the_program_hands_out_the_same_files_and_pictures(city):
    """In another zone, too, and under another name of the city."""
    settings = replace(city.world.settings, timezone=ZoneInfo("America/New_York"), city="别的城市")
    client = create_app(settings).test_client()
    assert {path: got(client, path) for path in city.first} == city.first
    assert city.first[f"/index/{WEEK}/1/bulletin.pdf"].startswith(b"%PDF-")
    assert city.first[f"/index/{WEEK}/1/card.png"].startswith(b"\x89PNG")
    text = city.first[f"/index/{WEEK}/1/post.txt"].decode().rpartition("各街道")[0]
    assert text.splitlines()[2] in client.get("/index/feed.atom").text
    assert client.get("/index/latest.json").json["rows"] == client.get(f"/index/{WEEK}.json").json["rows"]
    assert got(signed_in(city.world, "supervisor"), f"/index/{WEEK}/0/bulletin.pdf") == OTHER, "a preview is not frozen"


@pytest.mark.usefixtures("upgraded")
def test_a_correction_is_made_by_the_program_of_its_day_and_changes_no_earlier_file(city, own):
    visited(own, 0)
    assert publish(own.services, "supervisor", WEEK, "补录", NOW, files=files.week_files) == 2
    client = own.app().test_client()
    revision_1 = {path: content for path, content in city.first.items() if f"{WEEK}/1/" in path}
    assert {path: got(client, path) for path in revision_1} == revision_1
    assert got(client, f"/index/{WEEK}/2/bulletin.pdf") == got(client, f"/index/{WEEK}.csv") == OTHER


def test_a_damaged_file_answers_with_its_name_and_costs_no_other(own):
    client, office = own.app().test_client(), signed_in(own, "supervisor")
    assert publish(own.services, "supervisor", WEEK, "补录", NOW, files=files.week_files) == 2
    visited(own, 1)
    assert publish(own.services, "supervisor", NEXT, "", NOW + timedelta(weeks=1)) == 1
    for name in ("bulletin.pdf", "post.txt", "charts/ranking-9.svg"):
        spoil(own, name)
    for path in ("bulletin.pdf", "post.txt", "charts/ranking-9.svg"):
        answer, stranger = (one.get(f"/index/{WEEK}/2/{path}") for one in (office, client))
        assert answer.status_code == stranger.status_code == 503, path
        assert "数据有缺损" in stranger.text
        assert "published/" not in stranger.text
        assert f"「{path}」" in answer.text
        assert "published/originals/" in answer.text
        assert str(own.data) not in answer.text
    for path in (f"/index/{WEEK}", f"/index/{WEEK}/2/bulletin.docx", f"/index/{WEEK}/1/post.txt", "/index/latest.json"):
        assert client.get(path).status_code == 200, path
    feed = client.get("/index/feed.atom")
    assert feed.status_code == 200
    assert "本期的文稿有缺损" in feed.text
    assert "published/" not in feed.text
    assert feed.text.count("全市指数") == 1, "that of the other week"
    told = own.app().test_cli_runner().invoke(args=["check"])
    assert told.exit_code == 1
    assert f"{WEEK} 第2版：已发布的「bulletin.pdf」" in told.output


def spoil(world: World, name: str) -> None:
    """One byte of a file of revision 2, which has no bytes in common with another."""
    content = bytearray(frozen_file(world.services, WEEK, 2, name).content)
    (path,) = (one for one in (world.data / "published").rglob("*") if one.is_file() and one.read_bytes() == content)
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def test_the_address_under_a_post_is_that_of_today(city):
    old = city.first[f"/index/{WEEK}/1/post.txt"].decode()
    client = create_app(replace(city.world.settings, address="https://city.example")).test_client()
    text = client.get(f"/index/{WEEK}/1/post.txt").text
    assert text == old.replace(f"：/index/{WEEK}", f"：https://city.example/index/{WEEK}")
    assert "city.example" in text


def test_what_was_frozen_is_handed_out_where_the_figures_are_damaged(own):
    """One damaged file costs what is in it."""
    digest = PUBLICATIONS.get(own.services.store, WEEK).value.revisions[0].digest
    path = own.data / "published" / "originals" / digest[:2] / digest
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-9])
    client = own.app().test_client()
    assert client.get(f"/index/{WEEK}/1").status_code == 503
    assert client.get(f"/index/{WEEK}/1/bulletin.docx").status_code == 200
    assert "全市指数" in client.get("/index/feed.atom").text


def test_a_damaged_week_costs_no_later_one_and_is_told_where_that_is_published(own):
    digest = PUBLICATIONS.get(own.services.store, WEEK).value.revisions[0].digest
    path = own.data / "published" / "originals" / digest[:2] / digest
    path.chmod(0o600)
    path.write_bytes(path.read_bytes()[:-9])
    visited(own, 1)
    office, next_week = signed_in(own, "supervisor"), f"/index/{NEXT}"
    page = office.get(f"{next_week}/live")
    assert page.status_code == 200
    assert f"{WEEK} 已发布的数据损坏" in page.text
    assert office.get(f"/index/{WEEK}/live").status_code == 200, "a correction mends it"
    form = {"csrf_token": hidden(page.text, "csrf_token"), "anyway": "y", "reason": ""}
    assert office.post(f"{next_week}/publish", data=form).status_code == 303
    [told] = PUBLICATIONS.get(own.services.store, NEXT).value.revisions
    assert any(f"{WEEK} 已发布的数据损坏" in text for text in told.still_open)
    shown = published(own.services, NEXT)
    assert [(row.change, row.moving_weeks) for row in shown.rows if row.rate is not None] == [(None, 1)] * len(
        shown.rows
    )
    listed = own.app().test_client().get("/index/weeks")
    assert listed.status_code == 200
    assert "本期的数据损坏" in listed.text
    assert f"{next_week}/1" in listed.text
    assert digest not in listed.text


def test_a_week_of_an_earlier_version_says_since_when_its_files_are_frozen(own):
    visited(own, 1)
    assert publish(own.services, "supervisor", NEXT, "", NOW + timedelta(weeks=1)) == 1
    client, run = own.app().test_client(), own.app().test_cli_runner().invoke
    assert "早先的程序" not in client.get(f"/index/{WEEK}").text
    assert "文件没有随之冻结" in client.get(f"/index/{NEXT}").text
    before = {name: got(client, f"/index/{NEXT}/1/{name}") for name in ("bulletin.docx", "index.xlsx", "post.txt")}
    assert f"将冻结 {NEXT} 的文件\n" in run(args=["store", "upgrade", "--dry-run"]).output
    assert f"已冻结 {NEXT} 的文件：1版\n" in run(args=["store", "upgrade"]).output
    assert "由冻结的数据制作并冻结的，此后不变" in client.get(f"/index/{NEXT}").text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "drawn", None)
        patch.setattr("inspect_app.web.index.handed_out.made", None)
        again = own.app().test_client()
        assert {name: got(again, f"/index/{NEXT}/1/{name}") for name in before} == before
