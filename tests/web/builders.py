"""Builders that the tests of pages share."""

from __future__ import annotations

import html
import re

from flask.testing import FlaskClient

from tests.world import PASSWORD, World


def signed_in(world: World, name: str = "inspector") -> FlaskClient:
    """A browser that has signed in through the page."""
    client = world.office.test_client()
    form = {"name": name, "password": PASSWORD, "csrf_token": hidden(client.get("/login").text, "csrf_token")}
    assert client.post("/login", data=form).status_code == 302
    return client


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'<input type="hidden" name="{re.escape(name)}" value="([^"]*)"', page)
    assert found, f"the page has no hidden field {name}"
    return html.unescape(found[1])
