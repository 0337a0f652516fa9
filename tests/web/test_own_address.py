"""Links that leave this site are made in one place: by the address that is set, never by the host of a request."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inspect_app.settings import PROJECT

OF_A_REQUEST = re.compile(r"_external|\bhost_url\b|\burl_root\b|\bbase_url\b|\brequest\.(host|url)\b|SERVER_NAME")
"""What makes an address of the host that a request names."""
KNOWN = {
    "web/own_address.py": "compares it with the own hosts",
    "web/roots.py": "addresses for phones that are here, where none is set; the page says so",
    "web/headers.py": "HSTS, by the host that the browser is at",
    "web/trust.py": "the host that the own certificate holds, else that of this machine",
}
PLACES = [*(PROJECT / "inspect_app").rglob("*.py"), *(path for path in (PROJECT / "templates").rglob("*.*"))]


def named_in(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix().removeprefix("inspect_app/")


@pytest.mark.parametrize("known", KNOWN)
def test_what_may_ask_for_the_host_does(known):
    assert OF_A_REQUEST.search((PROJECT / "inspect_app" / known).read_text("utf-8"))


def test_nothing_else_makes_an_address_of_the_host_that_a_request_names():
    asking = {named_in(path) for path in PLACES if OF_A_REQUEST.search(path.read_text("utf-8"))}
    assert asking == set(KNOWN)


def test_an_address_of_the_host_is_seen():
    assert OF_A_REQUEST.search('url_for("index.week", _external=True)')
    assert OF_A_REQUEST.search("{{ request.url }}")
    assert not OF_A_REQUEST.search("request.url_rule, request.path")
