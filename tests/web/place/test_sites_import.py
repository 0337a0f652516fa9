"""Importing sites on the page: shown first, taken as it was shown, all or nothing."""

from __future__ import annotations

import io
import re

import pytest

from inspect_app.domain.place.coordinates import wgs84_to_gcj02
from inspect_app.services import uploads
from inspect_app.services.audit import entries_of, verify
from inspect_app.services.place import sites_importing
from inspect_app.services.place.register import all_sites, find_site
from inspect_app.services.place.sites_changing import change_site, find_with_revision, keep_sites
from inspect_app.store import Stale
from inspect_app.store.chain import Broken
from tests.web.builders import hidden, signed_in
from tests.world import HERE, NOW, STREET, World

PAGE = "/admin/sites/import"
HEADER = "编码,名称,类型,区域,纬度,经度\n"
RIGHT = f"{HEADER}I-1,滨江公厕,公共厕所,{STREET},30.305,112.236\nI-2,二号路,main-road,{STREET},,\n"
FIELDS = ("draft", "name", "system", "digest")


@pytest.fixture
def admin(world):
    return signed_in(world, "administrator")


def post(client, path: str, **fields):
    return client.post(path, data={"csrf_token": hidden(client.get(PAGE).text, "csrf_token"), **fields})


def upload(client, content: str | bytes, system: str = "wgs84", name: str = "点位.csv"):
    sent = content.encode() if isinstance(content, str) else content
    return post(client, PAGE, file=(io.BytesIO(sent), name), system=system)


def take(client, page, **other):
    fields = {name: hidden(page.text.split("/take")[1], name) for name in FIELDS}
    return post(client, f"{PAGE}/take", **{**fields, **other})


def counts(page) -> dict[str, int]:
    found = re.findall(r'badge[^"]*">(\S+) <span class="number">(\d+)', page.text)
    return {label: int(number) for label, number in found}


def kept(world: World) -> list:
    return all_sites(world.app().extensions["inspect"].store)


def test_a_file_with_one_error_is_shown_and_taken_not_at_all_then_the_mended_one_is(world, admin):
    before = kept(world)
    page = upload(admin, f"{RIGHT}I-3,三号,坦克,999,30,\n")
    assert page.status_code == 422
    assert counts(page) == {"新增": 2, "更改": 0, "不变": 0, "有误": 1}
    for said in (
        "第4行「类型」列：没有点位类型「坦克」",
        "第4行「区域」列：没有区域「999」",
        "第4行「经度」列：是空的",
    ):
        assert said in page.text
    assert "/take" not in page.text
    assert kept(world) == before
    page = upload(admin, RIGHT.encode("gbk"))
    assert page.status_code == 200
    assert counts(page) == {"新增": 2, "更改": 0, "不变": 0}
    assert kept(world) == before, "nothing is taken before it was seen"
    answer = take(admin, page)
    assert answer.status_code == 303
    assert "新增或更改 2 个点位" in admin.get(answer.location).text
    assert "新增或更改" not in admin.get(answer.location).text, "said once"
    assert find_site(world.services.store, "I-1").name == "滨江公厕"
    assert counts(upload(admin, RIGHT)) == {"新增": 0, "更改": 0, "不变": 2}


def test_errors_cannot_be_taken_by_sending_the_form_anyway(world, admin):
    before = kept(world)
    page = upload(admin, f"{RIGHT}I-3,三号,坦克,999,,\n")
    draft = hidden(upload(admin, RIGHT).text, "draft")
    wrong = uploads.keep(world.services, uploads.SITES, f"{RIGHT}I-3,三号,坦克,999,,\n".encode())
    assert page.status_code == 422
    for fields in ({"draft": wrong}, {"draft": draft}, {"draft": "../log"}, {"draft": "0" * 64}, {}):
        answer = post(admin, f"{PAGE}/take", system="wgs84", digest="x", name="s", **fields)
        assert answer.status_code in (409, 422), fields
    assert kept(world) == before


def test_every_site_taken_is_in_the_log_with_the_file_and_its_system(world, admin):
    changed = f"{RIGHT}public-toilet-1,改名公厕,,,,\n"
    take(admin, upload(admin, changed, "gcj02"))
    (added,) = entries_of(world.services, "site/I-1")
    (entry,) = entries_of(world.services, "site/public-toilet-1")
    assert (added["act"], added["before"], added["who"]) == ("site.added", None, "administrator")
    assert (entry["act"], entry["before"]["name"], entry["after"]["name"]) == (
        "site.changed",
        "public-toilet点位",
        "改名公厕",
    )
    assert re.fullmatch(r"导入点位\.csv（GCJ-02，SHA-256 [0-9a-f]{16}）", entry["after"]["reason"])
    assert not isinstance(verify(world.services), Broken)


def test_what_was_changed_since_the_preview_is_not_overwritten(world, admin):
    page = upload(admin, f"{RIGHT}public-toilet-1,改名公厕,,,,\n")
    site, revision = find_with_revision(world.services.store, "public-toilet-1")
    change_site(world.services, "other", site.__class__(**{**_fields(site), "name": "别人改的"}), revision, NOW)
    assert take(admin, page).status_code == 409
    assert find_site(world.services.store, "public-toilet-1").name == "别人改的"
    assert find_site(world.services.store, "I-1") is None


def _fields(site) -> dict:
    return {name: getattr(site, name) for name in site.__dataclass_fields__}


def test_many_sites_are_kept_all_or_none_and_what_failed_leaves_no_entry_in_the_log(world):
    site, revision = find_with_revision(world.services.store, "public-toilet-1")
    new = site.__class__(**{**_fields(site), "code": "I-9"})
    with pytest.raises(Stale):
        keep_sites(world.services, "x", [(new, 0), (site, revision + 1)], NOW, "试")
    assert find_site(world.services.store, "I-9") is None
    assert entries_of(world.services, "site/I-9") == []
    keep_sites(world.services, "x", [(new, 0)], NOW, "试")
    assert [entry["act"] for entry in entries_of(world.services, "site/I-9")] == ["site.added"]
    assert find_with_revision(world.services.store, "I-9") == (new, 1)
    with pytest.raises(Stale):
        keep_sites(world.services, "x", [(new, 0)], NOW, "试")


def test_a_shift_is_said_with_metres_and_the_system_and_the_file_can_be_seen_in_it(world, admin):
    lat, lon = wgs84_to_gcj02(HERE["lat"], HERE["lon"])
    codes = [site.code for site in kept(world)][:6]
    text = "code,lat,lon\n" + "".join(f"{code},{lat},{lon}\n" for code in codes)
    page = upload(admin, text)
    assert "6个一致地偏" in page.text
    assert re.search(r"约618米。文件像是GCJ-02（换算后相差约0米）", page.text)
    assert "仍按所选坐标系导入 6 个点位" in page.text
    again = post(admin, PAGE, draft=hidden(page.text, "draft"), name="点位.csv", system="gcj02")
    assert counts(again) == {"新增": 0, "更改": 0, "不变": 6}
    assert "一致地偏" not in again.text


def test_near_duplicates_are_shown_with_both(world, admin):
    near = f"{HEADER}I-1,public-toilet 点位,公共厕所,{STREET},30.3106,112.2412\n"
    page = upload(admin, near)
    assert counts(page) == {"新增": 1, "更改": 0, "不变": 0, "可能重复": 1}
    assert "与「public-toilet点位」（public-toilet-1）名称相近，相距11米" in page.text
    assert take(admin, page).status_code == 303, "a warning, no error"


@pytest.mark.parametrize(
    ("content", "system", "said"),
    [
        (b"", "wgs84", "没有选择文件"),
        (RIGHT.encode(), "", "请选择文件里的经纬度是哪个坐标系"),
        (RIGHT.encode(), "utm", "请选择文件里的经纬度是哪个坐标系"),
        (b"\xff\xfe\x00\x00\x81", "wgs84", "UTF-16"),
        (b"\xd0\xcf\x11\xe0", "wgs84", "旧格式XLS"),
        (b"x" * (sites_importing.MAX_BYTES + 1), "wgs84", "超过20MB"),
    ],
)
def test_what_cannot_be_shown_says_why(world, admin, content, system, said):
    page = upload(admin, content, system)
    assert page.status_code == 422
    assert said in page.text


def test_names_in_a_file_are_shown_as_text(world, admin):
    page = upload(admin, f"{HEADER}I-1,<b>公厕</b>,公共厕所,{STREET},,\n", name="<i>.csv")
    assert "&lt;b&gt;公厕&lt;/b&gt;" in page.text
    assert "<b>公厕" not in page.text
    assert "<i>.csv" not in page.text


def test_administrators_alone_import(world):
    for name in ("inspector", "supervisor"):
        client = signed_in(world, name)
        assert client.get(PAGE).status_code == 403
        token = hidden(client.get("/devices").text, "csrf_token")
        for path in (PAGE, f"{PAGE}/take"):
            assert client.post(path, data={"csrf_token": token}).status_code == 403
