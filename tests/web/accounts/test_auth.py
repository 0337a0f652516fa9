"""Signing in and out, and who may call what."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from inspect_app import create_app
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
    "health.alive",
    "health.ready",
    "metrics.show",
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
    *(f"schemes.{name}" for name in ("show", "period", "table", "file")),
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
        "edition": "1",
        "kind": "toml",
        "period": "2026-W48",
        "year": "2027",
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


def test_over_https_the_cookie_is_this_hosts_alone_and_browsers_are_told_to_stay(world):
    client = world.app().test_client()
    over_tls = {"base_url": "https://inspect.test"}
    page = client.get("/login", **over_tls)
    assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
    token = hidden(page.text, "csrf_token")
    sent = {"name": "inspector", "password": PASSWORD, "csrf_token": token}
    headers = {"Referer": "https://inspect.test/login"}
    answer = client.post("/login", data=sent, headers=headers, **over_tls)
    (cookie,) = [one for one in answer.headers.getlist("Set-Cookie") if "session=" in one]
    assert cookie.startswith("__Host-session=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}
    assert "Domain" not in cookie
    assert client.get("/field/", **over_tls).status_code == 200
    value = cookie.split(";")[0].partition("=")[2]
    plain = world.app().test_client()
    plain.set_cookie("session", value, domain="inspect.test")
    assert plain.get("/field/", **over_tls).status_code == 302, "one that plain HTTP put there"


def test_passkeys_are_for_hosts_that_are_ours_and_for_none_that_a_request_names(world):
    app = create_app(replace(world.settings, address="https://inspect.test"))

    def asked(host: str):
        client = app.test_client()
        page = client.get("/login", base_url=f"https://{host}")
        headers = {"Referer": f"https://{host}/login", "X-CSRFToken": hidden(page.text, "csrf_token")}
        answer = client.post("/login/passkey/options", headers=headers, base_url=f"https://{host}")
        return "用通行密钥" in page.text, answer.status_code, (answer.json or {}).get("rpId")

    assert asked("inspect.test") == (True, 200, "inspect.test")
    assert asked("localhost") == (True, 200, "localhost")
    assert asked("evil.test") == (False, 409, None)


def test_the_cookie_by_which_a_browser_is_known_is_this_hosts_alone_over_https(world):
    client = world.app().test_client()
    over_tls = {"base_url": "https://inspect.test"}
    sent = {"name": "inspector", "password": PASSWORD}
    sent["csrf_token"] = hidden(client.get("/login", **over_tls).text, "csrf_token")
    answer = client.post("/login", data=sent, headers={"Referer": "https://inspect.test/login"}, **over_tls)
    (known,) = [one for one in answer.headers.getlist("Set-Cookie") if "known_devices" in one]
    assert known.startswith("__Host-known_devices=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in known.split(";")}


def test_over_plain_http_there_is_neither(world):
    answer = world.app().test_client().get("/login")
    assert "Strict-Transport-Security" not in answer.headers
    assert answer.headers["Set-Cookie"].startswith("session=")
    here = world.app().test_client().get("/login", base_url="https://localhost:8443")
    assert "Strict-Transport-Security" not in here.headers, "this machine speaks plain HTTP to itself"
