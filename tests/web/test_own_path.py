"""Where a browser is led that follows a way back that somebody put into an address."""

from __future__ import annotations

import re
from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from inspect_app.web.own_path import own_path
from tests.web.builders import hidden
from tests.world import PASSWORD

PIECES = st.sampled_from(
    ["/", "//", "\\", "\t", "\n", "\r", "\x00", " ", ".", "..", "@", ":", "?", "#", "%09", "%0a", "%2f", "%5c", "%",
     "http", "https:", "evil.test", "field", "／", "\u2028", "\u3000", "\x85", "javascript:", "中"]
)  # fmt: skip
OURS = ["/", "/field/mine", "/index/2026-W48/", "/desk?week=2026-W48&area=沙市", "/a?next=/b"]
NOT_OURS = ["/\t/evil.test", "//evil.test", "/\\evil.test", "/\n/evil.test", "/\r\nSet-Cookie:x", "/a//b"]


def browser_goes_to(location: str, page: str = "https://inspect.test/login") -> str:
    """The host that a browser asks: it leaves out tabs and line breaks, trims, and takes a backslash for a slash."""
    seen = re.sub(r"[\t\r\n]", "", location).strip("".join(map(chr, range(0x21)))).replace("\\", "/")
    return urlsplit(urljoin(page, seen)).netloc


@pytest.mark.parametrize("path", ["/cases", "/index//x?next=//evil.test", "/exposure/1/photos///evil.test.jpg"])
@pytest.mark.parametrize("host", ["evil.test", "evil.test:81", "[", ""])
def test_a_misspelt_address_leads_to_the_right_one_here_whatever_host_was_named(world, path, host):
    answer = world.office.test_client().get(path, headers={"Host": host})
    assert answer.status_code == 308
    assert answer.location.startswith("/")
    assert browser_goes_to(answer.location) == "inspect.test"
    assert "evil.test" not in answer.location.replace("next=//evil.test", "").replace("photos/evil.test", "")
    assert "//evil.test/" not in answer.text


@given(st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20).map(lambda text: "/" + text))
@example("/\t/evil.test")
@example("/\n/evil.test")
@example("/./\\evil.test")
@example("/\u2028/evil.test")
def test_what_is_given_back_leads_to_this_site_in_every_browser(path):
    found = own_path(path)
    assert found in (None, path)
    if found is not None:
        assert browser_goes_to(found) == "inspect.test"
        assert not re.search(r"[\x00-\x20\x7f\\]|^//", found)


@pytest.mark.parametrize("path", OURS)
def test_pages_of_this_site_are_given_back(path):
    assert own_path(path) == path


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/other",
        "/inspect2",
        "/inspect/../other",
        "/inspect/%2e%2E/other",
        "/inspect/a/../.%2e/other",
        "/?/inspect/",
    ],
)
def test_what_is_beside_our_path_of_the_host_is_not_given_back(path):
    assert own_path(path, "/inspect") is None


@pytest.mark.parametrize(
    "path", ["/inspect", "/inspect/", "/inspect?a=1", "/inspect/field/?next=/x", "/inspect/a/../b"]
)
def test_what_is_within_our_path_of_the_host_is_given_back(path):
    assert own_path(path, "/inspect") == path


@pytest.mark.parametrize("path", NOT_OURS)
def test_signing_in_leads_to_no_other_site(world, path):
    client = world.app().test_client()
    token = hidden(client.get("/login").text, "csrf_token")
    sent = {"name": "inspector", "password": PASSWORD, "csrf_token": token}
    answer = client.post(f"/login?next={quote(path)}", data=sent)
    assert (answer.status_code, answer.location) == (302, "/")


def test_who_writes_a_slash_too_few_or_too_many_stays_here_whatever_host_is_named(world):
    client = world.app().test_client()
    rules = [rule.rule for rule in client.application.url_map.iter_rules() if "GET" in (rule.methods or ())]
    short = [rule[:-1] for rule in rules if rule.endswith("/") and "<" not in rule and rule != "/"]
    assert len(short) > 5
    for path in [*short, "/index//weeks", "/exposure//", "//evil.test/%2e%2e/index", "/exposure?next=//evil.test"]:
        answer = client.get(path, headers={"Host": "evil.test"}, base_url="http://evil.test")
        to = answer.headers.get("Location", "/")
        assert re.match("/(?!/)", to), path
        assert "http://evil.test" not in answer.text + str(answer.headers)
    assert client.get("/exposure?page=2").headers["Location"] == "/exposure/?page=2"
    assert client.get("/exposure").headers["Content-Security-Policy"]
