"""The administrator's pages of sites: list, changes with history, retiring, labels."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from inspect_app.services.place.register import all_sites, find_site
from inspect_app.services.place.sites_changing import find_with_revision
from inspect_app.web.qr import qr_svg
from tests.sites import import_sites
from tests.web.accounts.test_devices import at
from tests.web.builders import hidden, signed_in
from tests.world import STREET, WEEK, World

CODE = "zebra-crossing-1"
FIELDS = {"code": "X-1", "name": "新公厕", "type": "public-toilet", "area": STREET, "lat": "30.3", "lon": "112.2"}


@pytest.fixture
def admin(world: World):
    return signed_in(world, "administrator")


def post(client, path: str, **fields):
    token = hidden(client.get("/admin/sites").text, "csrf_token")
    return client.post(path, data={"csrf_token": token, **fields})


def revision(world: World, code: str = CODE) -> str:
    found = find_with_revision(world.app().extensions["inspect"].store, code)
    assert found
    return str(found[1])


def fields_of(world: World, code: str = CODE, **changed: str) -> dict[str, str]:
    site = find_site(world.services.store, code)
    assert site
    assert site.place
    shown = {"name": site.name, "type": site.site_type, "area": site.area, "revision": revision(world, code)}
    place = {"lat": str(site.place.lat), "lon": str(site.place.lon), "accuracy_m": str(site.place.accuracy_m)}
    return {**shown, **place, **changed}


def test_a_site_is_added_once_and_what_was_typed_stays_where_it_is_refused(world, admin):
    assert post(admin, "/admin/sites", **FIELDS).status_code == 303
    assert find_site(world.services.store, "X-1").name == "新公厕"
    again = post(admin, "/admin/sites", **{**FIELDS, "name": "另一座"})
    assert again.status_code == 422
    assert find_site(world.services.store, "X-1").name == "新公厕"
    bad = post(admin, "/admin/sites", **{**FIELDS, "code": "X-2", "lat": "200"})
    assert bad.status_code == 422
    assert "lat" in bad.text
    assert 'value="X-2"' in bad.text
    assert find_site(world.services.store, "X-2") is None


def test_a_change_keeps_outline_and_state_and_is_told_in_the_history(world, admin):
    path = f"/admin/sites/{CODE}/edit"
    assert post(admin, path, **fields_of(world, name="江津路斑马线", reason="改名")).status_code == 303
    site = find_site(world.services.store, CODE)
    assert (site.name, site.state) == ("江津路斑马线", "active")
    page = admin.get(path).text
    assert "更改点位" in page
    assert "原因：改名" in page
    assert "名称：zebra-crossing点位 → 江津路斑马线" in page
    assert "administrator" in page


def test_of_two_changes_the_second_is_told_and_nothing_is_lost(world, admin):
    path, seen = f"/admin/sites/{CODE}/edit", revision(world)
    assert post(admin, path, **fields_of(world, name="甲")).status_code == 303
    late = post(admin, path, **{**fields_of(world, name="乙"), "revision": seen})
    assert late.status_code == 409
    assert "刚被别人修改过" in late.text
    assert find_site(world.services.store, CODE).name == "甲"


def test_retiring_needs_a_reason_takes_the_site_off_the_phones_and_deletes_nothing(world, admin):
    retire = f"/admin/sites/{CODE}/retire"
    refused = post(admin, retire, revision=revision(world))
    assert refused.status_code == 422
    assert "停用原因" in refused.text
    assert post(admin, retire, revision=revision(world), reason="已拆除").status_code == 303
    assert CODE not in [site.code for site in all_sites(world.services.store, active_only=True)]
    inspector = signed_in(world)
    assert CODE not in inspector.get("/field/today.json").json["sites"]
    gone = inspector.get(f"/field/sites/{CODE}")
    assert gone.status_code == 404
    assert "已停用" in gone.text
    assert CODE not in admin.get("/admin/sites").text
    assert CODE in admin.get("/admin/sites?state=retired").text
    assert "已拆除" in admin.get(f"/admin/sites/{CODE}/edit").text
    assert post(admin, f"/admin/sites/{CODE}/restore", revision=revision(world)).status_code == 303
    assert inspector.get(f"/field/sites/{CODE}").status_code == 200


def test_inspections_of_a_retired_site_stay(world, admin):
    from inspect_app.services.accounts.accounts import find_user
    from inspect_app.services.inspecting.submitting import submit
    from tests.world import NOW, new_id

    id = new_id()
    inspector = find_user(world.services.store, "inspector")
    assert inspector
    assert submit(world.services, inspector, id, world.submission(), NOW).kept
    post(admin, f"/admin/sites/{CODE}/retire", revision=revision(world), reason="已拆除")
    supervisor = signed_in(world, "supervisor")
    assert supervisor.get(f"/inspections/{id}").status_code == 200
    assert "zebra-crossing点位" in supervisor.get(f"/review/inspections?week={WEEK}").text


def test_the_list_is_filtered_and_paged(world, admin):
    rows = ["code,name,type,area,lat,lon"] + [f"P-{at:03},点位{at},main-road,421002002,30.3,112.2" for at in range(150)]
    import_sites(world.services.store, "\n".join(rows), world.services.library.current)
    first = admin.get("/admin/sites?type=main-road&area=421002002").text
    assert '共 <strong class="number">150</strong>' in first
    assert first.count('/edit"') == 100
    second = admin.get("/admin/sites?type=main-road&area=421002002&page=2").text
    assert second.count('/edit"') == 50
    assert "P-099" in second
    assert admin.get("/admin/sites?q=P-007").text.count('/edit"') == 1
    assert "没有找到点位" in admin.get("/admin/sites?q=没有这样的").text


def test_a_label_leads_phones_to_the_form_and_says_nothing_of_inspections(world, admin):
    root = "http://192.0.2.7:8000"
    page = at(admin, root).get(f"/admin/sites/labels?code={CODE}", base_url=root).text
    assert page.count('class="label"') == 1
    label = re.search(r'<article class="label">.*?</article>', page, re.S)[0]
    assert "测评" not in label
    assert "zebra-crossing点位" in label
    assert "http://192.0.2.7:8000" in page
    assert "这个地址只有本机能用" in admin.get(f"/admin/sites/labels?code={CODE}").text
    assert "没有设置本站对外的地址" in page
    stranger = world.app().test_client().get(f"/field/sites/{CODE}")
    assert stranger.status_code == 302
    assert f"next=/field/sites/{CODE}" in stranger.location


def test_a_label_has_the_address_that_is_set_however_the_page_was_opened(world):
    """It hangs in the street for years: neither the address of this browser nor that of today's network is on it."""
    office = World(world.data, replace(world.settings, address="https://city.example"), world.services, world.tokens)
    page = signed_in(office, "administrator").get(f"/admin/sites/labels?code={CODE}").text
    assert qr_svg(f"https://city.example/field/sites/{CODE}") in page
    assert "<code>https://city.example</code>" in page
    for said in ("localhost", "这个地址只有本机能用", "没有设置本站对外的地址"):
        assert said not in page


def test_unknown_codes_and_others_are_turned_away(world, admin):
    assert admin.get("/admin/sites/nothing/edit").status_code == 404
    assert post(admin, "/admin/sites/nothing/retire", reason="x").status_code == 404
    supervisor = signed_in(world, "supervisor")
    for path in ("/admin/sites", f"/admin/sites/{CODE}/edit", "/admin/sites/labels", f"/admin/sites/{CODE}/shape"):
        assert supervisor.get(path).status_code == 403
