"""Administration pages: accounts, tokens, sites, areas."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime

import pytest

from inspect_app.services import open_services
from inspect_app.services.accounts.accounts import all_users, find_user, set_scope
from inspect_app.services.accounts.accounts import signed_in as password_fits
from inspect_app.services.accounts.tokens import token_user
from inspect_app.services.audit import entries_of
from inspect_app.services.place.register import area_tree
from inspect_app.wording import say
from tests.web.builders import hidden, signed_in
from tests.world import NOW, PASSWORD

PAGES = ["/admin/", "/admin/users", "/admin/tokens", "/admin/sites", "/admin/areas", "/admin/status"]


@pytest.fixture
def admin(world):
    return signed_in(world, "administrator")


def post(client, path: str, **fields):
    return client.post(path, data={"csrf_token": hidden(client.get("/admin/users").text, "csrf_token"), **fields})


def shown_secret(page: str) -> str:
    return re.search(r"<code>([^<]+)</code></p>\s*</div>", page)[1]


@pytest.mark.parametrize("path", PAGES)
def test_administrators_alone_see_these_pages(world, path):
    assert world.app().test_client().get(path).status_code == 302
    for name, status in [("inspector", 403), ("supervisor", 403), ("administrator", 200)]:
        assert signed_in(world, name).get(path).status_code == status


def test_a_new_account_gets_a_password_that_is_shown_once_and_works(world, admin):
    answer = post(admin, "/admin/users", name="zhang3", title="张三", role="inspector", password="")
    password = shown_secret(answer.text)
    assert password_fits(world.services.store, "zhang3", password).title == "张三"
    assert password not in admin.get("/admin/users").text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "z", "role": "inspector"}, "2到32个"),
        ({"name": "inspector", "role": "inspector"}, "已经存在"),
        ({"name": "zhang3", "role": "mayor"}, "没有角色"),
        ({"name": "zhang3", "role": "inspector", "password": "short"}, "至少8个字符"),
    ],
)
def test_a_wrong_account_is_refused(world, admin, fields, sentence):
    answer = post(admin, "/admin/users", **fields)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert find_user(world.services.store, "zhang3") is None


def test_an_account_can_be_held_to_some_areas_and_let_go_again(world, admin):
    def scope() -> tuple[str, ...]:
        return find_user(world.services.store, "wang5").scope

    post(admin, "/admin/users", name="wang5", role="leader", scope=["421002", "421003"])
    assert scope() == ("421002", "421003")
    assert post(admin, "/admin/users/wang5/scope", scope=["421002001"]).status_code == 303
    assert scope() == ("421002001",)
    assert '<option value="421002001" selected>' in admin.get("/admin/users").text
    assert post(admin, "/admin/users/wang5/scope").status_code == 303
    assert scope() == ()
    told = [entry for entry in entries_of(world.services, "users/wang5") if entry["act"] == "account.scoped"]
    assert [entry["who"] for entry in told] == ["administrator"] * 2
    districts, street = {"role": "leader", "scope": ["421002", "421003"]}, {"role": "leader", "scope": ["421002001"]}
    assert [entry["before"] for entry in told] == [districts, street]
    assert [entry["after"] for entry in told] == [street, {"role": "leader", "scope": []}]


def test_the_command_line_leaves_its_entry_too(world):
    world.services.store.close()
    result = world.app().test_cli_runner().invoke(args=["users", "scope", "supervisor", "421002"])
    assert result.exit_code == 0, result.output
    world.services = open_services(world.settings)
    (entry,) = entries_of(world.services, "users/supervisor")
    assert (entry["who"], entry["act"], entry["after"]["scope"]) == ("命令行", "account.scoped", ["421002"])


def test_a_scope_that_cannot_be_logged_is_not_changed_and_one_that_is_not_changed_is_not_logged(world, monkeypatch):
    store = world.services.store
    areas = area_tree(store)
    fails = staticmethod(lambda *_, **__: (_ for _ in ()).throw(OSError("disk full")))
    with monkeypatch.context() as patch:
        patch.setattr(type(store), "act", fails)
        with pytest.raises(OSError, match="disk full"):
            set_scope(store, "administrator", "leader", ["421002"], areas, NOW)
    assert find_user(store, "leader").scope == ()
    assert set_scope(store, "administrator", "leader", ["999999"], areas, NOW)
    assert entries_of(world.services, "users/leader") == []


@pytest.mark.parametrize(
    ("name", "scope", "sentence"),
    [
        ("supervisor", ["421002", "999999"], "没有区域「999999」"),
        ("supervisor", [f"4210{number:02}" for number in range(21)], "最多20个区域"),
        ("inspector", ["421002"], "只有督导员、领导的账号可以限定区域"),
        ("administrator", ["421002"], "只有督导员、领导的账号可以限定区域"),
        ("nobody", ["421002"], "没有账号"),
    ],
)
def test_a_wrong_scope_is_refused_and_changes_nothing(world, admin, name, scope, sentence):
    answer = post(admin, f"/admin/users/{name}/scope", scope=scope)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert all(user.scope == () for user in all_users(world.services.store))


def test_a_scope_may_keep_an_area_that_went_into_another(world, admin):
    store = world.services.store
    assert set_scope(store, "administrator", "supervisor", ["421002001"], area_tree(store), NOW) == []
    known = {"421002"}
    assert set_scope(store, "administrator", "supervisor", ["421002001", "421002"], known, NOW) == []
    refused = set_scope(store, "administrator", "leader", ["421002001"], known, NOW)
    assert [str(say(problem)) for problem in refused]


def test_a_new_password_signs_the_account_out_and_a_blocked_one_cannot_come_back(world, admin):
    phone = signed_in(world, "inspector")
    assert phone.get("/field/").status_code == 200
    password = shown_secret(post(admin, "/admin/users/inspector/password").text)
    assert phone.get("/field/").status_code == 302
    assert password_fits(world.services.store, "inspector", PASSWORD) is None
    assert post(admin, "/admin/users/inspector/block").status_code == 303
    assert password_fits(world.services.store, "inspector", password) is None
    assert post(admin, "/admin/users/inspector/unblock").status_code == 303
    assert password_fits(world.services.store, "inspector", password)


def test_an_administrator_cannot_lock_himself_out(world, admin):
    answer = post(admin, "/admin/users/administrator/block")
    assert answer.status_code == 422
    assert find_user(world.services.store, "administrator").active


def test_a_token_is_shown_once_acts_for_its_account_and_can_be_revoked(world, admin):
    token = shown_secret(post(admin, "/admin/tokens", user="inspector2").text)
    assert token_user(world.services.store, token, datetime.now(UTC))[0].name == "inspector2"
    page = admin.get("/admin/tokens").text
    assert token not in page
    number = re.search(r"/admin/tokens/([0-9a-f]{12})/revoke", page)[1]
    assert post(admin, f"/admin/tokens/{number}/revoke").status_code == 303
    assert token_user(world.services.store, token, datetime.now(UTC)) is None
    assert post(admin, "/admin/tokens/ffffffffffff/revoke").status_code == 422
    assert post(admin, "/admin/tokens", user="nobody").status_code == 422


def test_an_import_of_areas_takes_all_rows_or_none(world, admin):
    def upload(path: str, content: bytes):
        return post(admin, path, file=(io.BytesIO(content), "s.csv"))

    orphan = upload("/admin/areas/import", "code,name,parent_code\n421002900,新街道,421009\n".encode())
    assert orphan.status_code == 422
    assert "孤儿" in orphan.text
    assert "421002900" not in area_tree(world.services.store)
    assert upload("/admin/areas/import", "code,name,parent_code\n421002900,新街道,421002\n".encode()).status_code == 200
    assert "421002900" in area_tree(world.services.store)
    assert upload("/admin/areas/import", b"").status_code == 422
    assert upload("/admin/areas/import", b"\xff\xfe\x00\x00\x81").status_code == 422
