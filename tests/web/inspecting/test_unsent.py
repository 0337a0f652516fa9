"""A form of a phone without JavaScript whose session had ended is kept, and sent after its owner has signed in."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.device import End
from inspect_app.services.accounts.accounts import set_active, set_password
from inspect_app.services.accounts.devices import end_device
from inspect_app.services.inspecting import unsent
from inspect_app.services.shelf_files import put_in, things_in
from inspect_app.store.postgres.shelf import shelved_in
from inspect_app.store.shelf import Shelved
from tests.store.folders import python, released_together
from tests.web.builders import hidden, signed_in
from tests.web.inspecting import test_correcting as correcting
from tests.web.inspecting.test_field import file, filled, send
from tests.world import PASSWORD, World, new_id, photo, sha256

SITE = "public-toilet"
NEW_PASSWORD = "another-password-2"


def end_sessions(world: World, name: str = "inspector") -> None:
    """The account's devices are revoked."""
    for kept in world.services.store.find("devices"):
        if kept.document["user"] == name:
            end_device(world.services.store, kept.id, End.REVOKED, datetime.now(UTC))


def with_photos(client: FlaskClient, world: World) -> dict[str, Any]:
    """A filled form in which an item failed, with two photos and a note."""
    checklist = world.checklist(SITE)
    fields = filled(client, checklist)
    item = next(one.id for one in checklist.items if one.method == "compliance")
    fields |= {f"answers.{item}.value": "fail", f"answers.{item}.note": "门锁坏了 <b>"}
    return fields | {f"answers.{item}.photos": [file(photo(1)), file(photo(2), "IMG_0002.jpg")]}


def kept_form(client: FlaskClient, world: World) -> tuple[dict[str, Any], TestResponse]:
    """A form with two photos that came after its session had ended, and the answer."""
    fields = with_photos(client, world)
    end_sessions(world)
    return fields, send(client, world.checklist(SITE), fields)


def sign_in(client: FlaskClient, name: str = "inspector", password: str = PASSWORD) -> None:
    page = client.get("/login").text
    form = {"name": name, "password": password, "csrf_token": hidden(page, "csrf_token")}
    assert client.post("/login", data=form).status_code == 302


def press(client: FlaskClient, page: str, act: str = "send") -> TestResponse:
    """The button of the first form that waits."""
    target = page.split(f'/{act}"')[0].rpartition('action="')[2] + f"/{act}"
    id = hidden(page, "id") if act == "send" else ""
    return client.post(target, data={"csrf_token": hidden(page, "csrf_token"), "id": id})


def things(world: World) -> list[Shelved]:
    """The forms that wait, wherever the world keeps them."""
    kept = shelved_in(world.settings.database) if world.settings.database else things_in(world.data)
    return [one for one in kept if one.kind == unsent.FOLDER]


def folder(world: World) -> dict[str, bytes]:
    """Forms and photos that wait, by the names that their files have."""
    if world.settings.database:
        forms = {f"{one.name}.json": one.content for one in things(world)}
        return forms | {f"{one.name}.{part}": content for one in things(world) for part, content in one.parts.items()}
    found = world.data / unsent.FOLDER
    return {path.name: path.read_bytes() for path in found.glob("[!.]*")}


def put_back(world: World, thing: Shelved) -> None:
    if world.services.shelf:
        world.services.shelf.put(thing)
    else:
        put_in(world.data, replace(thing, at=datetime.now(UTC)))


def test_after_a_change_of_the_password_a_whole_form_waits_and_is_sent_after_signing_in(world):
    client = signed_in(world)
    fields = with_photos(client, world)
    set_password(world.services.store, "inspector", NEW_PASSWORD, datetime.now(UTC))
    answer = send(client, world.checklist(SITE), fields)
    assert answer.status_code == 303
    assert answer.location == "/login?next=/field/unsent"
    cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("unsent="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert INSPECTIONS.get(world.services.store, fields["id"]) is None
    login = client.get(answer.location).text
    assert "照片2张" in login
    assert "点位测评" in login
    assert "门锁坏了" not in login
    form = {"name": "inspector", "password": NEW_PASSWORD, "csrf_token": hidden(login, "csrf_token")}
    entered = client.post(answer.location, data=form)
    assert entered.location == "/field/unsent"
    page = client.get(entered.location).text
    for shown in (f"{SITE}-1", "照片2张", "门锁坏了 &lt;b&gt;", "确认提交"):
        assert shown in page
    assert INSPECTIONS.get(world.services.store, fields["id"]) is None, "shown, and not sent yet"
    sent = press(client, page)
    assert sent.status_code == 303, sent.text
    assert sent.location == f"/inspections/{fields['id']}"
    kept = INSPECTIONS.get(world.services.store, fields["id"])
    assert kept
    assert kept.value.inspector == "inspector"
    assert [one.sha256 for one in kept.value.photos] == [sha256(photo(1)), sha256(photo(2))]
    assert world.services.photos.read(sha256(photo(2))) == photo(2)
    assert folder(world) == {}
    assert press(client, page).location == sent.location, "a double tap"
    assert "没有等待提交的表单" in client.get("/field/unsent").text


def test_a_session_that_is_over_by_its_age_still_tells_whose_it_was(world, monkeypatch):
    client = signed_in(world)
    fields = with_photos(client, world)
    with monkeypatch.context() as patch:
        patch.setitem(world.office.config, "PERMANENT_SESSION_LIFETIME", timedelta(seconds=-1))
        assert send(client, world.checklist(SITE), fields).location == "/login?next=/field/unsent"
    sign_in(client)
    assert press(client, client.get("/field/unsent").text).location == f"/inspections/{fields['id']}"


def test_a_report_from_the_way_waits_too(world):
    client = signed_in(world)
    page = client.get("/field/adhoc").text
    fields = {name: hidden(page, name) for name in ("csrf_token", "id", "version", "started_at")}
    kind = world.services.library.ad_hoc.items[0]
    fields |= {"answers.kind": kind.id, "answers.place": "江津路口", "answers.area": "421002001"}
    end_sessions(world)
    sent = {**fields, "answers.photos": [file(photo(3))]}
    assert client.post("/field/adhoc", data=sent, content_type="multipart/form-data").status_code == 303
    sign_in(client)
    page = client.get("/field/unsent").text
    assert kind.text in page
    assert "江津路口" in page
    assert press(client, page).location == f"/inspections/{fields['id']}"
    kept = INSPECTIONS.get(world.services.store, fields["id"])
    assert kept
    assert [one.sha256 for one in kept.value.photos] == [sha256(photo(3))]


def test_a_correction_waits_too_and_is_mended_where_it_belongs(world):
    client = signed_in(world)
    id, item = correcting.visit(world, client), correcting.judged(world)
    page = client.get(f"/field/corrections/{id}").text
    sent = correcting.filled(world, page, note="", **{f"answers.{item.id}.photos": file(photo(5))})
    end_sessions(world)
    to = f"/field/corrections/{id}"
    assert client.post(to, data=sent, content_type="multipart/form-data").location == "/login?next=/field/unsent"
    assert "：更正（" in client.get("/login").text
    sign_in(client)
    refused = press(client, client.get("/field/unsent").text)
    assert refused.status_code == 422
    assert f'action="{to}"' in refused.text
    assert not correcting.of(world, id).value.corrections
    again = {"id": sent["id"], f"answers.{item.id}.photos": file(photo(5))}
    sent = correcting.filled(world, client.get(to).text, **again)
    end_sessions(world)
    assert client.post(to, data=sent, content_type="multipart/form-data").status_code == 303
    sign_in(client)
    page = client.get("/field/unsent").text
    assert "<dt>更正原因</dt><dd>点错了</dd>" in page
    assert f"更正 {correcting.of(world, id).value.site.name}" in page
    assert press(client, page).location == f"/inspections/{id}"
    found = correcting.of(world, id).value
    assert [one.correction for one in found.corrections] == [sent["id"]]
    assert sha256(photo(5)) in {one.sha256 for one in found.photos}
    assert press(client, page).location == f"/inspections/{id}", "a double tap"
    assert len(correcting.of(world, id).value.corrections) == 1
    assert folder(world) == {}


def test_a_form_sent_twice_waits_once_and_one_that_was_received_says_so(world):
    client = signed_in(world)
    fields, _ = kept_form(client, world)
    field = next(name for name in fields if name.endswith(".photos"))
    other = with_photos_anew(fields) | {field: [file(photo(9))]}
    assert send(client, world.checklist(SITE), other).status_code == 303
    assert len(folder(world)) == 2, "one form with its one photo"
    assert send(client, world.checklist(SITE), with_photos_anew(fields)).status_code == 303
    assert len([name for name in folder(world) if name.endswith(".json")]) == 1
    (before,) = things(world)
    sign_in(client)
    assert press(client, client.get("/field/unsent").text).status_code == 303
    put_back(world, before)  # as if it could not be removed
    page = client.get("/field/unsent").text
    assert "已经有这份表单的提交" in page
    assert press(client, page).location == f"/inspections/{fields['id']}"
    assert len(list(world.services.store.find("inspections"))) == 1


def with_photos_anew(fields: dict[str, Any]) -> dict[str, Any]:
    """The same form once more: a client's files are read once."""
    named = {name: value for name, value in fields.items() if not name.endswith(".photos")}
    field = next(name for name in fields if name.endswith(".photos"))
    return {**named, field: [file(photo(1)), file(photo(2), "IMG_0002.jpg")]}


def test_another_account_is_shown_and_may_do_nothing(world):
    client = signed_in(world)
    fields, _ = kept_form(client, world)
    number = things(world)[0].name
    sign_in(client, "inspector2")
    page = client.get("/field/unsent").text
    assert "用别的账号填的表单" in page
    assert "门锁坏了" not in page
    assert number not in page
    assert f"{SITE}-1" not in page
    token = hidden(page, "csrf_token")
    for act in ("send", "drop"):
        assert client.post(f"/field/unsent/{number}/{act}", data={"csrf_token": token}).status_code == 404
    assert INSPECTIONS.get(world.services.store, fields["id"]) is None
    assert folder(world)
    other_browser = signed_in(world)
    assert "没有等待提交的表单" in other_browser.get("/field/unsent").text


def test_without_proof_of_an_account_nothing_is_kept(world):
    client = signed_in(world)
    fields = with_photos(client, world)
    client.post("/logout", data={"csrf_token": fields["csrf_token"]})
    assert send(client, world.checklist(SITE), fields).location == "/login"
    stranger = world.office.test_client()
    assert send(stranger, world.checklist(SITE), with_photos_anew(fields)).location == "/login"
    assert folder(world) == {}


def test_what_no_page_of_ours_sent_is_not_kept_whatever_session_it_comes_with(world):
    client = signed_in(world)
    fields = with_photos(client, world)
    end_sessions(world)
    other = hidden(signed_in(world, "inspector2").get("/field/adhoc").text, "csrf_token")
    for token in ("", "x", other):
        forged = with_photos_anew(fields) | {"csrf_token": token}
        assert send(client, world.checklist(SITE), forged).location == "/login"
    assert folder(world) == {}


def test_a_locked_accounts_form_and_one_of_who_may_not_send_are_not_kept(world):
    client = signed_in(world)
    fields = with_photos(client, world)
    set_active(world.services.store, "inspector", False, datetime.now(UTC))
    assert send(client, world.checklist(SITE), fields).location == "/login"
    leader = signed_in(world, "leader")
    token = hidden(leader.get("/account/").text, "csrf_token")
    end_sessions(world, "leader")
    forged = with_photos_anew(fields) | {"csrf_token": token}
    assert send(leader, world.checklist(SITE), forged).location == "/login"
    assert folder(world) == {}


def test_an_account_has_three_and_is_told_when_the_next_is_not_kept(world):
    client = signed_in(world)
    fields, _ = kept_form(client, world)
    for expected in (303, 303, 409):
        more = with_photos_anew(fields) | {"id": new_id()}
        answer = send(client, world.checklist(SITE), more)
        assert answer.status_code == expected
    assert "没有保存" in answer.text
    assert len([name for name in folder(world) if name.endswith(".json")]) == unsent.MOST_OF_ACCOUNT


@pytest.mark.parametrize(("limit", "status"), [("MOST_BYTES", 413), ("MOST_BYTES_OF_ALL", 503)])
def test_what_is_too_large_is_told_and_leaves_nothing(world, monkeypatch, limit, status):
    client = signed_in(world)
    fields = with_photos(client, world)
    end_sessions(world)
    monkeypatch.setattr(unsent, limit, 1000)
    answer = send(client, world.checklist(SITE), fields)
    assert answer.status_code == status
    assert "没有保存" in answer.text
    assert folder(world) == {}


def test_what_is_no_photo_is_left_out_and_told(world):
    client = signed_in(world)
    fields = with_photos(client, world)
    field = next(name for name in fields if name.endswith(".photos"))
    fields[field] = [file(photo(1)), file(b"MZ no photo", "run.exe")]
    end_sessions(world)
    assert send(client, world.checklist(SITE), fields).status_code == 303
    assert not any(b"MZ no photo" in content for content in folder(world).values())
    sign_in(client)
    page = client.get("/field/unsent").text
    assert "照片1张" in page
    assert "run.exe" in page


def test_a_form_in_which_something_is_wrong_waits_on_and_is_corrected_where_it_belongs(world):
    client = signed_in(world)
    fields = with_photos(client, world)
    item = next(one.id for one in world.checklist(SITE).items if one.method == "occurrences")
    fields[f"answers.{item}.value"] = "很多"
    end_sessions(world)
    assert send(client, world.checklist(SITE), fields).status_code == 303
    sign_in(client)
    refused = press(client, client.get("/field/unsent").text)
    assert refused.status_code == 422
    assert f'action="/field/sites/{SITE}-1"' in refused.text
    assert folder(world)
    assert press(client, client.get("/field/unsent").text, "drop").status_code == 303
    assert folder(world) == {}


def test_it_is_for_the_servers_own_account_and_gone_after_a_day(world):
    client = signed_in(world)
    kept_form(client, world)
    if os.name == "posix" and not world.services.shelf:
        place = world.data / unsent.FOLDER
        assert stat.S_IMODE(place.stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}
    soon = datetime.now(UTC) + unsent.KEPT_FOR
    unsent.sweep(world.services, soon - timedelta(minutes=1))
    assert len(folder(world)) == 3
    unsent.sweep(world.services, soon + timedelta(minutes=1))
    assert folder(world) == {}


def test_a_file_that_is_damaged_costs_no_page(world):
    client = signed_in(world)
    kept_form(client, world)
    put_back(world, replace(things(world)[0], content=b'{"v": 1'))
    sign_in(client)
    assert "没有等待提交的表单" in client.get("/field/unsent").text
    assert client.get("/field/").status_code == 200


_SENDER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4
from inspect_app.services import open_services
from inspect_app.services.inspecting import unsent
from inspect_app.settings import settings_from
services = open_services(settings_from({"INSPECT_DATA": sys.argv[1]}))
print("open", flush=True)
sys.stdin.readline()
kept = 0
for account in range(20):
    for _ in range(3):
        sent = unsent.Sent(str(account), "public-toilet-1", (("id", str(uuid4())),))
        kept += unsent.keep(services, "secret", sent, [], 10, datetime.now(UTC)) is None
print(kept, flush=True)
"""


@pytest.mark.folder("two servers of a database race for it in tests/services/test_shelf_files.py")
def test_processes_over_one_folder_keep_three_of_an_account_together(tmp_path):
    World.made_in(tmp_path / "data").services.store.close()
    senders = [python(_SENDER, tmp_path / "data") for _ in range(3)]
    assert sum(int(lines[-1]) for lines in released_together(senders)) == 20 * unsent.MOST_OF_ACCOUNT
