"""The site behind a proxy under a path of its host: nothing that it says leads out of that path."""

from __future__ import annotations

import http.client
import json
import re

import pytest
from werkzeug.test import Client

from inspect_app.serving import plain_door
from tests.web.builders import hidden
from tests.web.two_districts import City, addresses
from tests.world import PASSWORD, headers, photo, sha256

PREFIX, PROXY = "/inspect", "192.0.2.1"
HOST = "https://city.example"
TOLD = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": PREFIX}
TEXTS = ("text/html", "application/json", "application/xml", "application/atom+xml", "text/javascript")


def browser(app) -> Client:
    """One whose requests come by the proxy, with the path as the browser has it."""
    return Client(plain_door(app, PROXY, prefix=PREFIX))


def ask(client: Client, path: str, method: str = "GET", **more):
    return client.open(path, method=method, base_url=HOST, headers=TOLD, environ_base={"REMOTE_ADDR": PROXY}, **more)


def sign_in(client: Client, name: str, more: str = ""):
    token = hidden(ask(client, f"{PREFIX}/login").text, "csrf_token")
    # Over HTTPS the form's origin is looked at as well.
    told = {**TOLD, "Referer": f"{HOST}{PREFIX}/login"}
    form = {"name": name, "password": PASSWORD, "csrf_token": token}
    base = {"REMOTE_ADDR": PROXY}
    return client.post(f"{PREFIX}/login{more}", base_url=HOST, headers=told, environ_base=base, data=form)


def leading_out(app, text: str) -> list[str]:
    """The paths of ours in a text that do not begin with the prefix."""
    first = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {""}
    ours = re.compile(rf"(?<![\w.\-/}}>:])/(?:{'|'.join(sorted(map(re.escape, first)))})(?=[/?\"'#])[^\"'\s<]*")
    return ours.findall(text)


@pytest.mark.parametrize("name", ["administrator", "supervisor", "inspector", "unit"])
def test_no_page_file_or_redirect_leads_out_of_the_path(districts: City, name: str):
    client = browser(districts.app)
    assert sign_in(client, name).location.startswith(f"{PREFIX}/")
    seen = 0
    for rule in districts.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.startswith(("files.", "libraries.")):
            continue
        for path in [one for one in addresses(rule, districts.near) if "<" not in one][:2]:
            answer = ask(client, PREFIX + path)
            if answer.location:
                assert answer.location.startswith(f"{PREFIX}/"), path
            if answer.status_code == 200 and answer.mimetype in TEXTS and rule.endpoint != "api.openapi":
                seen += 1
                assert leading_out(districts.app, answer.text) == [], path
    assert seen > 5


def test_leading_out_is_seen(districts: City):
    text = f"""<a href="/field/"><a href="{PREFIX}/field/"> {{"page": "/index/2026-W48"}}"""
    assert leading_out(districts.app, text) == ["/field/", "/index/2026-W48"]


def test_cookies_are_for_the_path_alone_and_a_way_back_leads_within_it(districts: City):
    client = browser(districts.app)
    asked = ask(client, f"{PREFIX}/admin/users?a=1")
    assert asked.location == f"{PREFIX}/login?next={PREFIX}/admin/users?a%3D1"
    answer = sign_in(client, "administrator")
    told = answer.headers.getlist("Set-Cookie")
    assert len(told) == 2
    for cookie in told:
        assert cookie.startswith("__Secure-")
        assert f"Path={PREFIX};" in f"{cookie};"
        assert "Secure" in cookie
    assert ask(client, f"{PREFIX}/admin/").status_code == 200
    assert ask(client, f"{PREFIX}/field").location == f"{PREFIX}/field/"


def test_no_way_back_leads_to_another_application_of_the_host(districts: City):
    for beside in ("/other/", f"{PREFIX}/../other/"):
        assert sign_in(browser(districts.app), "administrator", f"?next={beside}").location == f"{PREFIX}/"
    assert sign_in(browser(districts.app), "administrator", f"?next={PREFIX}/devices").location == f"{PREFIX}/devices"


def test_the_interface_says_where_it_is(districts: City):
    described = ask(browser(districts.app), f"{PREFIX}/api/v1/openapi.json").json
    assert described["servers"] == [{"url": f"{PREFIX}/api/v1"}]


def test_the_phones_application_is_within_the_path(districts: City):
    client = browser(districts.app)
    manifest = ask(client, f"{PREFIX}/field/manifest.webmanifest").json
    assert {manifest[name] for name in ("id", "scope", "start_url")} == {f"{PREFIX}/field/"}
    worker = ask(client, f"{PREFIX}/field/sw.js").text
    assert f'from "{PREFIX}/static/' in worker
    files = json.loads(re.search(r"begin\((.*)\);", worker)[1])["files"]
    assert all(one.startswith((f"{PREFIX}/static/", f"{PREFIX}/libraries/")) for one in files)
    assert any(one.endswith("/js/root.js") for one in files)
    assert ask(client, files[0]).status_code == 200


def test_a_server_takes_pages_and_photos_under_the_path_of_its_address(world, serve, monkeypatch):
    """By the configured address alone: this proxy tells no prefix, and takes it off for one request of two."""
    monkeypatch.setenv("INSPECT_TRUSTED_PROXY", "127.0.0.1")
    monkeypatch.setenv("INSPECT_ADDRESS", f"{HOST}{PREFIX}")
    server = serve(world.data)
    told = {"X-Forwarded-For": "198.51.100.7", "X-Forwarded-Proto": "https, http", "X-Forwarded-Host": "city.example"}

    def answer(method: str, path: str, body: bytes | None = None, **more: str):
        line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        line.request(method, path, body, {**told, **more})
        got = line.getresponse()
        return got, got.read()

    for path in ("/login", f"{PREFIX}/login"):
        got, page = answer("GET", path)
        assert got.status == 200
        assert got.headers["Set-Cookie"].startswith("__Secure-session=")
        assert f"Path={PREFIX};" in f"{got.headers['Set-Cookie']};"
        assert f'href="{PREFIX}/static/'.encode() in page
    got, _ = answer("GET", f"{PREFIX}/field/")
    assert (got.status, got.headers["Location"]) == (302, f"{PREFIX}/login?next={PREFIX}/field/")
    large = photo(1, (1600, 1200), quality=95) + bytes(1024 * 1024)
    got, body = answer("PUT", f"{PREFIX}/api/v1/photos/{sha256(large)}", large, **headers(world.tokens["inspector"]))
    assert got.status in (201, 422), body
    got, page = answer("GET", "/index/feed.atom")
    assert got.status == 200, got.status
    assert f"{HOST}{PREFIX}/index/".encode() in page
    assert f"{PREFIX}{PREFIX}".encode() not in page
