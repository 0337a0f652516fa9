"""Plain HTTP is for this machine and for the proxy that is named."""

from __future__ import annotations

from dataclasses import replace

import pytest
from werkzeug.test import Client

from inspect_app import create_app
from inspect_app.serving import plain_door
from inspect_app.tls.plain import lead_to_https


def app(environ, start):
    told = [("X-Visitor", environ["REMOTE_ADDR"]), ("X-Scheme", environ["wsgi.url_scheme"])]
    start("200 OK", [*told, ("X-Root", environ["SCRIPT_NAME"]), ("X-Path", environ["PATH_INFO"])])
    return [b"inside"]


def asked(door, peer: str, path: str = "/login", **headers: str):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(door).open(path, headers=named, environ_base={"REMOTE_ADDR": peer})


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_let_in(peer):
    assert asked(plain_door(app, ""), peer).data == b"inside"


@pytest.mark.parametrize("peer", ["192.0.2.9", "2001:db8::1", "::ffff:192.0.2.9", "", "localhost"])
def test_others_are_refused_in_a_sentence_whatever_they_say_of_themselves(peer):
    answer = asked(plain_door(app, ""), peer, X_Forwarded_For="127.0.0.1", X_Forwarded_Proto="https", Host="localhost")
    assert answer.status_code == 403
    assert "https" in answer.text
    assert b"inside" not in answer.data


def test_others_are_led_to_https_where_there_is_some_and_get_the_certificate():
    door = plain_door(app, "", lead_to_https(app, 8443, lambda said: said))
    answer = asked(door, "192.0.2.9", "/login?a=1", Host="office.local:8000")
    assert (answer.status_code, answer.location) == (308, "https://office.local:8443/login?a=1")
    assert asked(door, "192.0.2.9", "/trust").data == b"inside"
    assert asked(door, "127.0.0.1").data == b"inside"


def test_the_proxy_that_is_named_speaks_for_its_visitors_and_nobody_else_does():
    door = plain_door(app, "192.0.2.1")
    told = {"X_Forwarded_For": "198.51.100.7", "X_Forwarded_Proto": "https"}
    answer = asked(door, "192.0.2.1", **told)
    assert (answer.headers["X-Visitor"], answer.headers["X-Scheme"]) == ("198.51.100.7", "https")
    assert asked(door, "192.0.2.2", **told).status_code == 403
    here = asked(door, "127.0.0.1", **told)
    assert (here.headers["X-Visitor"], here.headers["X-Scheme"]) == ("127.0.0.1", "http")


@pytest.mark.parametrize(
    ("told", "meant"), [("https", "https"), ("https, http", "https"), ("https,https", "https"), ("http, https", "http")]
)
def test_of_several_schemes_that_proxies_tell_the_browsers_own_counts(told, meant):
    answer = asked(plain_door(app, "192.0.2.1"), "192.0.2.1", X_Forwarded_Proto=told)
    assert answer.headers["X-Scheme"] == meant


def place(answer) -> tuple[str, str]:
    return answer.headers["X-Root"], answer.headers["X-Path"]


@pytest.mark.parametrize("path", ["/login", "/inspect/login"])
@pytest.mark.parametrize("told", ["/inspect", "/inspect/"])
def test_a_proxy_that_tells_our_own_path_may_take_it_off_or_leave_it(told, path):
    answer = asked(plain_door(app, "192.0.2.1", prefix="/inspect"), "192.0.2.1", path, X_Forwarded_Prefix=told)
    assert place(answer) == ("/inspect", "/login")


def test_proxies_behind_one_another_each_tell_their_part_of_it():
    door = plain_door(app, "192.0.2.1", prefix="/city/inspect")
    assert place(asked(door, "192.0.2.1", X_Forwarded_Prefix="/city, /inspect")) == ("/city/inspect", "/login")


def test_the_path_of_our_own_address_counts_where_the_proxy_tells_none():
    door = plain_door(app, "192.0.2.1", prefix="/inspect")
    seen = {"X_Forwarded_For": "198.51.100.7"}
    assert place(asked(door, "192.0.2.1", **seen)) == ("/inspect", "/login")
    assert place(asked(door, "192.0.2.1", "/inspect", **seen)) == ("/inspect", "/")
    assert place(asked(door, "192.0.2.1", "/inspections/1", **seen)) == ("/inspect", "/inspections/1")
    assert place(asked(door, "127.0.0.1")) == ("", "/login"), "who asks here at once comes by no proxy"


@pytest.mark.parametrize(
    "told", ["/other", "/login", "inspect", "//evil.example", "/a/../b", "/a b", '/"><script>', "http://x/a"]
)
@pytest.mark.parametrize("prefix", ["", "/inspect"])
def test_another_path_is_a_clients_own_and_of_no_account(told, prefix):
    """Proxies pass on what they do not know: a page made for it could be cached for everybody, or be past a rule."""
    door, seen = plain_door(app, "192.0.2.1", prefix=prefix), {"X_Forwarded_For": "198.51.100.7"}
    assert place(asked(door, "192.0.2.1", "/login/field", X_Forwarded_Prefix=told, **seen)) == (prefix, "/login/field")


@pytest.mark.parametrize("path", ["/api/v1/photos/{}", "/inspect/api/v1/photos/{}"])
@pytest.mark.parametrize("told", ["/inspect", "/other", None])
def test_a_large_body_is_looked_for_under_the_same_path_as_the_door_has(world, path, told):
    made = create_app(replace(world.settings, address="https://city.example/inspect"))
    named = {"X_FORWARDED_FOR": "198.51.100.7", "AUTHORIZATION": f"Bearer {world.tokens['inspector']}"}
    named |= {"X_FORWARDED_PREFIX": told} if told else {}
    assert made.extensions["takes_body"]("PUT", path.format("0" * 64), named)


def test_nobody_else_tells_a_path():
    assert place(asked(plain_door(app, "192.0.2.1"), "127.0.0.1", X_Forwarded_Prefix="/evil")) == ("", "/login")
    assert place(asked(plain_door(app, ""), "127.0.0.1", X_Forwarded_Prefix="/evil")) == ("", "/login")
