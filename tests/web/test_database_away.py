"""What clients are told while the database is away, and where nobody can tell whether something is kept."""

from __future__ import annotations

import pytest

from inspect_app.store import StoreAway
from tests.world import headers, new_id


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


def test_a_page_that_cannot_be_read_says_so_without_asking_again(world, monkeypatch):
    app = world.app()

    def away(*_: object, **__: object) -> None:
        raise StoreAway("数据库暂时不能用")

    for name in ("get", "find", "page", "state", "weeks"):
        monkeypatch.setattr(type(app.extensions["inspect"].store), name, away)
    answer = app.test_client().get("/index/2026-W48")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "数据库暂时连不上，请稍后再打开" in answer.text
