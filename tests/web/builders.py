"""Builders that the tests of pages share."""

from __future__ import annotations

import html
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient

from inspect_app.services import Services
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


@contextmanager
def held_back(services: Services) -> Iterator[None]:
    """What is offered inside the block waits until its end: a page is seen as it is before that is done.

    Calls are made one at a time, in the order in which they were offered.
    """
    go_on = threading.Event()
    assert services.after.offer("a call that holds back those after it", go_on.wait)
    try:
        yield
    finally:
        go_on.set()
