"""Signing in and out, and who may call what."""

from __future__ import annotations

import re

import pytest

from inspect_app.web.access import rule_of
from tests.web.builders import hidden, signed_in
from tests.world import PASSWORD, new_id, sha256

PUBLIC = {
    "files.static",
    "libraries.library",
    "phone.worker",
    "phone.manifest",
    "redaction.public",
    "auth.home",
    "auth.login",
    "auth.logout",
    "auth.second",
    "auth.passkey",
    "auth.passkey_options",
    "api.openapi",
    "devices.enter",
    "devices.sign_in",
    "trust.show",
    "trust.certificate",
    *(f"index.{name}" for name in ("latest", "week", "area", "weeks", "method")),
    *(f"publication.{name}" for name in ("file", "week_json", "week_csv")),
    "draws.allocation_csv",
    "draws.announced",
    "draws.announced_json",
    "draws.check",
    "draws.drawn",
    "draws.drawn_csv",
    "draws.package",
    "draws.plan_json",
    "draws.register",
    "draws.verifier",
    "signing.head",
    "signing.key",
    "signing.show",
    "signing.timestamp",
    "signing.verifier",
    *(f"exposure.{name}" for name in ("public", "public_case", "photo")),
    *(f"charts.{name}" for name in ("chart", "card")),
    *(f"embedding.{name}" for name in ("feed", "latest", "weights", "widget", "post")),
}


def sign_in(client, name: str, password: str, address: str = "/login"):
    token = hidden(client.get("/login").text, "csrf_token")
    return client.post(address, data={"name": name, "password": password, "csrf_token": token})


def test_every_route_has_a_rule_and_only_the_index_and_the_login_are_public(world):
    app = world.app()
    rules = {rule.endpoint: rule_of(app, rule.endpoint) for rule in app.url_map.iter_rules()}
    assert None not in rules.values()
    assert {endpoint for endpoint, roles in rules.items() if not roles} == PUBLIC


def test_strangers_get_no_page_but_the_login_and_published_weeks(world):
    app = world.app()
    client = app.test_client()
    values = {"code": "zebra-crossing-1", "id": new_id(), "sha256": sha256(b""), "week": "2026-W48", "item": "x"}
    values |= {
        "name": "inspector",
        "number": "123456",
        "act": "block",
        "filename": "css/base.css",
        "digest": "x",
        "checklist": "zebra-crossing",
        "library": "leaflet",
        "layer": "sites",
        "version": "1",
        "revision": "1",
        "file": "areas.csv",
        "area": "421002001",
    }
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: values[found[1]], rule.rule)
        for method in rule.methods & {"GET", "POST", "PUT"}:
            status = client.open(path, method=method).status_code
            if rule.endpoint in PUBLIC:
                continue
            assert status in (302, 401, 404), (method, path, status)
            assert status != 404 or "/sites/" in path or "/users/" in path, (method, path)


@pytest.mark.parametrize(
    ("name", "home"), [("inspector", "/field/"), ("supervisor", "/review/photos"), ("administrator", "/admin/")]
)
def test_everyone_arrives_at_the_own_first_page(world, name, home):
    client = signed_in(world, name)
    assert client.get("/").location == home
    assert client.get(home).status_code == 200


def test_a_wrong_password_and_an_unknown_name_look_the_same(world):
    client = world.app().test_client()
    wrong, unknown = sign_in(client, "inspector", "wrong-password"), sign_in(client, "nobody", "wrong-password")
    assert wrong.status_code == unknown.status_code == 401
    assert "账号或密码不对" in wrong.text
    without_name = [answer.text.replace(name, "") for answer, name in ((wrong, "inspector"), (unknown, "nobody"))]
    assert len({re.sub(r'value="[^"]*"', "", text) for text in without_name}) == 1


@pytest.mark.parametrize(
    ("target", "location"),
    [
        ("/field/mine", "/field/mine"),
        ("//evil.example/x", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("", "/"),
    ],
)
def test_the_way_back_after_signing_in_stays_on_this_site(world, target, location):
    client = world.app().test_client()
    answer = sign_in(client, "inspector", PASSWORD, f"/login?next={target}")
    assert answer.location == location


def test_signing_in_needs_the_token_of_our_own_page_and_signing_out_ends_the_session(world):
    client = world.app().test_client()
    assert client.post("/login", data={"name": "inspector", "password": PASSWORD}).status_code == 400
    client = signed_in(world)
    page = client.get("/field/").text
    assert client.post("/logout").status_code == 400
    assert client.post("/logout", data={"csrf_token": hidden(page, "csrf_token")}).status_code == 302
    assert client.get("/field/").location.startswith("/login?next=")


def test_answers_carry_a_strict_policy_and_private_pages_stay_out_of_caches(world):
    answer = signed_in(world).get("/field/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    style = re.search(r'href="(/static/[0-9a-f]+/css/base.css)"', answer.text)[1]
    assert "immutable" in world.app().test_client().get(style).headers["Cache-Control"]


def test_a_page_that_is_not_there_says_so_in_chinese(world):
    answer = world.app().test_client().get("/nowhere")
    assert answer.status_code == 404
    assert "没有找到" in answer.text
    assert world.app().test_client().get("/api/v1/nowhere").json["error"] == "没有找到"
