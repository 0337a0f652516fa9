"""The hands that fill the folder: an application whose clock stands where it is put, and clients of every account."""

from __future__ import annotations

import html
import random
import re
import secrets
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from werkzeug.test import TestResponse

from inspect_app import create_app
from inspect_app.notices import Mail
from inspect_app.services import Services
from inspect_app.services.accounts import add_token
from inspect_app.settings import PROJECT, settings_from
from inspect_app.web import context
from tests.ports import free_port

CITY_TIME = ZoneInfo("Asia/Shanghai")
KEY_NUMBER = 20261128
"""The private number of the key that signs receipts: no secret, for the folder is of no installation."""
ONLY_COPY = {"X-Only-Copy": "1"}


class Clock:
    """What the application takes for the present."""

    def __init__(self) -> None:
        self.now = datetime(2026, 10, 26, tzinfo=UTC)

    def at(self, text: str) -> datetime:
        """Put the clock to a moment of the city, ``11-05 09:30``."""
        self.now = moment(text)
        return self.now


def moment(text: str) -> datetime:
    """A moment of 2026 in the city, ``11-05 09:30``, as UTC."""
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=CITY_TIME).astimezone(UTC)


@dataclass
class Office:
    """The application and those who use it. ``passwords`` and ``tokens`` are by account, ``units`` ids by name."""

    app: Flask
    clock: Clock
    mail_port: int
    passwords: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    """What is to be known of the folder by whoever reads it."""

    @property
    def services(self) -> Services:
        found: Services = self.app.extensions["inspect"]
        return found

    def by(self, name: str) -> Hand:
        """What an account does through the web, by a token of its own."""
        if name not in self.tokens:
            made = add_token(self.services.store, name, self.clock.now)
            assert isinstance(made, str), made
            self.tokens[name] = made
        return Hand(self, {"Authorization": f"Bearer {self.tokens[name]}"})


@dataclass
class Hand:
    """Requests of one account; each asserts how it ends."""

    office: Office
    headers: dict[str, str]

    def send(self, method: str, path: str, status: int | tuple[int, ...], **request: Any) -> TestResponse:
        client = self.office.app.test_client(use_cookies=False)
        headers = {**self.headers, **request.pop("headers", {})}
        answer = client.open(path, method=method, headers=headers, **request)
        wanted = (status,) if isinstance(status, int) else status
        assert answer.status_code in wanted, (method, path, answer.status_code, visible(answer.text))
        return answer

    def post(self, path: str, status: int = 303, **fields: Any) -> TestResponse:
        return self.send("POST", path, status, data=fields)

    def post_json(self, path: str, document: Any) -> Any:
        return self.send("POST", path, 200, json=document).json

    def put(self, path: str, document: Any, status: int | tuple[int, ...] = 201) -> Any:
        return self.send("PUT", path, status, json=document).json

    def put_bytes(self, path: str, content: bytes, **headers: str) -> None:
        self.send("PUT", path, (200, 201), data=content, headers=headers)

    def page(self, path: str) -> str:
        return self.send("GET", path, 200).text


def opened(folder: Path) -> Office:
    """A new installation in a folder, with its own copy of the program's checklists."""
    clock = Clock()
    _pin_chance()

    class _Standing(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return clock.now.astimezone(tz)

    context.datetime = _Standing  # type: ignore[misc]
    shutil.copytree(PROJECT / "checklists", folder / "checklists")
    port = free_port()
    settings = replace(
        settings_from({"INSPECT_DATA": str(folder / "data"), "INSPECT_CHECKLISTS": str(folder / "checklists")}),
        mail=Mail("127.0.0.1", port, "none", "", "", "inspect@example.org"),
        office_mail=("office@example.org",),
    )
    return Office(create_app(settings), clock, port)


def _pin_chance() -> None:
    """Everything that is drawn by chance comes out alike each time that the folder is made."""
    chance = random.Random("2026-11")
    secrets.token_bytes = lambda length=32: chance.randbytes(length)  # type: ignore[assignment]
    secrets.token_hex = lambda length=32: chance.randbytes(length).hex()  # type: ignore[assignment]
    secrets.token_urlsafe = lambda length=32: _urlsafe(chance, length)  # type: ignore[assignment]
    secrets.choice = chance.choice  # type: ignore[assignment]
    ec.generate_private_key = lambda curve, backend=None: ec.derive_private_key(KEY_NUMBER, curve)


def _urlsafe(chance: random.Random, length: int) -> str:
    signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return "".join(chance.choice(signs) for _ in range(length * 4 // 3))


def visible(page: str) -> str:
    """What of a page can be read, for when it is not what was expected."""
    text = re.sub(r"<(style|script)[^>]*>.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(text).split())[:1500]


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*? value="([^"]*)"', page)
    assert found, f"the page has no field {name}"
    return html.unescape(found[1])
