"""What clients are told while the database is away, and where nobody can tell whether something is kept."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspect_app import create_app
from inspect_app.store import StoreAway
from tests.store.databases import empty_database
from tests.store.test_postgres import sql
from tests.world import World, headers, new_id


@pytest.mark.parametrize(
    ("is_unknown", "said"), [(False, "没有保存这次提交的内容"), (True, "不知道这次提交的内容是否已保存")]
)
def test_a_phone_is_told_to_send_again_and_then_it_is_taken(world, monkeypatch, is_unknown, said):
    app = world.app()
    client, token, id = app.test_client(), headers(world.tokens["inspector"]), new_id()

    def away(*_: object, **__: object) -> None:
        raise StoreAway("数据库暂时不能用", is_unknown=is_unknown)

    with monkeypatch.context() as patch:
        for name in ("put_once", "act"):
            patch.setattr(type(app.extensions["inspect"].store), name, away)
        answer = client.put(f"/api/v1/inspections/{id}", json=world.submission(), headers=token)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert said in answer.get_json()["error"]
    assert client.put(f"/api/v1/inspections/{id}", json=world.submission(), headers=token).status_code == 201


def test_a_database_that_takes_the_rights_of_its_account_away_is_said_to_be_out_of_use(tmp_path):
    """Not an error of the program: what is on the phone stays there until the account has its rights again."""
    owner = World.in_database(tmp_path / "data", empty_database())
    account, address = f"account_{new_id()[:8]}", owner.settings.database
    schema = address.rpartition("%3D")[2]
    sql(address, f"CREATE ROLE {account} LOGIN; GRANT ALL ON SCHEMA {schema} TO {account}")
    sql(address, f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {account}")
    sql(address, f"GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {account}")
    settings = replace(owner.settings, database=address.replace("postgres@", f"{account}@"))
    app = create_app(settings)
    client, token = app.test_client(), headers(owner.tokens["inspector"])
    assert client.get("/api/v1/checklists", headers=token).status_code == 200
    sql(address, f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {account}")
    page = client.get("/login")
    assert (page.status_code, page.headers["Retry-After"]) == (503, "10")
    assert "数据库现在不让本系统使用，请告诉管理员，稍后再打开" in page.text
    sent = client.put(f"/api/v1/inspections/{new_id()}", json=owner.submission(), headers=token)
    assert (sent.status_code, "没有保存这次提交的内容" in sent.get_json()["error"]) == (503, True)
    ready = client.get("/readyz")
    assert (ready.status_code, ready.text) == (503, "not ready: store\n")
    sql(address, f"GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {account}")
    assert client.get("/login").status_code == 200


def test_a_page_that_cannot_be_read_says_so_without_asking_again(world, monkeypatch):
    app = world.app()

    def away(*_: object, **__: object) -> None:
        raise StoreAway("数据库暂时不能用")

    for name in ("get", "find", "page", "state", "weeks"):
        monkeypatch.setattr(type(app.extensions["inspect"].store), name, away)
    answer = app.test_client().get("/index/2026-W48")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "数据库暂时连不上，请稍后再打开" in answer.text
