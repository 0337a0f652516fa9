"""A filled city, and requests to its application by every role."""

from __future__ import annotations

import io
import logging
import random
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from werkzeug.test import EnvironBuilder, run_wsgi_app

from inspect_app.domain.accounts.permissions import GRANTS, Permission, Role
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.index.publishing import publish
from tests.as_browser import as_session
from tests.fuzzing.asks import Ask, Asks
from tests.fuzzing.crawl import crawled
from tests.fuzzing.judge import Answer, broken
from tests.web.two_districts import KIND, NEAR, District, StoppedClock, city, district
from tests.world import NOW, WEEK, World, photo

LATER = NOW + timedelta(days=8)
"""When it is: a day after the week of the inspections was published."""
STRANGER = "stranger"
ROLES: tuple[str, ...] = (STRANGER, *(role.value for role in Role), "near")
"""Everybody, and a supervisor of one district."""
START = (
    f"/plan/{WEEK}",
    f"/index/{WEEK}",
    "/admin/",
    "/unit/",
    "/",
    "/field/",
    "/field/adhoc",
    "/review/desk/",
    "/review/inspections",
    "/cases/",
    "/plan/",
    "/index/",
    "/account",
)


class _Clock(StoppedClock):
    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return LATER.astimezone(tz)


@contextmanager
def stopped_clock() -> Iterator[None]:
    """Pages are asked for at ``LATER``."""
    with mock.patch("inspect_app.web.context.datetime", _Clock):
        yield


@dataclass(frozen=True, slots=True)
class Filled:
    """A data folder with something of everything, closed."""

    folder: Path
    tokens: dict[str, str]
    near: District

    def opened(self, data: Path) -> World:
        """A copy of it."""
        return World.copied(self.folder, self.tokens, data)


def filled(folder: Path) -> Filled:
    """Make a district with cases, plans, photos, a published week."""
    world = World.made_in(folder)
    city(world)
    near = district(world, NEAR, 10)
    world.services.after.wait()
    assert publish(world.services, "supervisor", WEEK, "", NOW + timedelta(days=7)) == 1
    world.services.store.close()
    return Filled(folder, world.tokens, near)


@dataclass(frozen=True, slots=True)
class Failure:
    """An answer that breaks rules."""

    role: str
    rules: tuple[str, ...]
    asked: str
    status: int
    logged: str

    @property
    def kind(self) -> tuple[object, ...]:
        """What is the same of failures with one cause."""
        lines = re.findall(r'File "[^"]*?(inspect_app/[^"]+|templates/[^"]+)", line (\d+)', self.logged)
        return (
            self.rules,
            *(lines[-1] if lines else (self.asked.split("?")[0][:40],)),
            self.logged[-80:] if lines else "",
        )


@dataclass
class Tally:
    """What a campaign found."""

    requests: int = 0
    by_status: Counter[int] = field(default_factory=Counter)
    by_role: Counter[str] = field(default_factory=Counter)
    failures: dict[tuple[object, ...], Failure] = field(default_factory=dict)
    reached: dict[tuple[str, str], Counter[int]] = field(default_factory=dict)
    """Endpoints and methods, with the statuses of their answers."""


class _Errors(logging.Handler):
    """The log of errors, as text."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.texts: list[str] = []
        self.setFormatter(logging.Formatter())

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    def taken(self) -> str:
        texts, self.texts = self.texts, []
        return "\n".join(texts)


class Campaign:
    """One role's requests. The city is made anew where the role was shut out, and every so often."""

    AFRESH = 500

    def __init__(self, city: Filled, folder: Path, role: str, rng: random.Random, tally: Tally) -> None:
        self._city, self._folder, self._role, self._rng, self._tally = city, folder, role, rng, tally
        self._errors, self._copies, self._browser, self._world = _Errors(), 0, 0, None
        self._afresh()

    def run(self, times: int, keep_on: Callable[[], bool] = lambda: True, only: Collection[str] | None = None) -> None:
        """Each route and method ``times`` times (``only`` those of these endpoints), or until ``keep_on`` says no."""
        with self.listening():
            try:
                found = crawled(self.app, self._page, START)
                near = self._city.near
                asks = Asks(self.app, found, documents(self.world, near), values(near), self._granted())
                for number, ask in enumerate(asks.rounds(self._rng, times, only), start=1):
                    if not keep_on():
                        break
                    self._note(ask, self.asked(ask))
                    if number % self.AFRESH == 0:
                        self._afresh()
            finally:
                self.world.services.after.wait()
                self.world.services.store.close()

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Errors that are logged meanwhile come with the answers."""
        logger = logging.getLogger()
        logger.addHandler(self._errors)
        try:
            yield
        finally:
            logger.removeHandler(self._errors)

    def _granted(self) -> frozenset[Permission]:
        user = find_user(self.world.services.store, self._role)
        return GRANTS[user.role] if user else frozenset()

    def asked(self, ask: Ask) -> Answer:
        """Send it."""
        body, status, headers = run_wsgi_app(self.app.wsgi_app, self._environ(ask), buffered=True)
        answer = b"".join(body)
        return Answer(int(status.split()[0]), tuple(headers.items()), answer, self._errors.taken())

    def _note(self, ask: Ask, answer: Answer) -> None:
        tally = self._tally
        tally.requests += 1
        tally.by_status[answer.status] += 1
        tally.by_role[self._role] += 1
        tally.reached.setdefault((ask.endpoint, ask.method), Counter())[answer.status] += 1
        if rules := tuple(broken(ask, answer)):
            one = Failure(self._role, rules, ask.told(), answer.status, answer.logged)
            tally.failures.setdefault(one.kind, one)
        if ask.method not in ("GET", "HEAD") and answer.status < 400 and self._is_shut_out():
            self._afresh()

    def _is_shut_out(self) -> bool:
        if self._role == STRANGER:
            return False
        if not self._opens(b"/devices"):
            self._browser += 1
        return not (self._opens(b"/devices") and self._opens(b"/api/v1/session"))

    def _opens(self, path: bytes) -> bool:
        return self.asked(Ask("", "GET", path)).status == 200

    def _page(self, path: str) -> str:
        address, _, query = path.partition("?")
        answer = self.asked(Ask("", "GET", address.encode(), query))
        is_page = answer.status == 200 and "html" in answer.header("content-type")
        return answer.body.decode() if is_page and answer.body else answer.header("location") and _link(answer)

    def _afresh(self) -> None:
        if self._world is not None:
            self._world.services.after.wait()
            self._world.services.store.close()
        self._copies += 1
        self._world = self._city.opened(self._folder / f"{self._role}-{self._copies}")
        self.world = self._world
        self.app = self.world.app()

    def _environ(self, ask: Ask) -> dict[str, Any]:
        environ = EnvironBuilder(method=ask.method).get_environ()
        environ["PATH_INFO"] = ask.path.decode("latin-1")
        environ["QUERY_STRING"] = ask.query
        environ["wsgi.input"] = io.BytesIO(ask.body)
        if ask.method not in ("GET", "HEAD"):
            environ.update(CONTENT_LENGTH=str(len(ask.body)), CONTENT_TYPE=ask.type)
        if self._role != STRANGER:
            token = self._city.tokens[self._role]
            environ["HTTP_AUTHORIZATION"] = f"Bearer {token}"
            if ask.by_session or not ask.path.startswith(b"/api/"):
                environ = as_session(self.app, environ, token, browser=f"browser {self._browser}")
        for name, value in ask.headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key.startswith("CONTENT_") and key != "CONTENT_ENCODING" else f"HTTP_{key}"] = value
        return environ


def _link(answer: Answer) -> str:
    return f'<a href="{answer.header("location")}">x</a>'


def values(near: District) -> dict[str, str]:
    """For arguments of addresses that no page leads to."""
    return {
        "id": near.open,
        "sha256": near.photos[0],
        "item": near.item,
        "code": near.site,
        "week": WEEK,
        "name": "inspector2",
        "area": near.street,
        "checklist": KIND,
        "number": "1",
        "revision": "1",
        "act": "retire",
        "layer": "sites",
        "file": "sites.csv",
        "library": "leaflet",
        "version": "1",
        "digest": "x",
        "filename": "css/base.css",
        "period": "2026-10",
        "edition": "1",
        "kind": "toml",
    }


def documents(world: World, near: District) -> dict[str, list[Any]]:
    """What the views that take JSON or files by themselves are sent by the phone and by pages, by endpoint."""
    content = photo(90)
    here = {"lat": 30.3105, "lon": 112.2412, "accuracy_m": 5.0}
    at = LATER.isoformat()
    taken = {"sha256": near.after, "item": "after", "captured_at": at, "fix": {**here, "source": "browser", "at": at}}
    ring = [[112.24, 30.31], [112.242, 30.31], [112.242, 30.312], [112.24, 30.31]]
    decision = {"inspection": near.open, "item": near.item, "decision": "confirmed", "reason": "x", "seen": None}
    credential = {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA"}}
    methods = [world.submission(kind, started=LATER - timedelta(hours=1)) for kind in world.checklists]
    return {
        "api.put_inspection": [*methods, _ad_hoc(world, near)],
        "api.put_correction": [_correction(world, near)],
        "api.put_handling": [{"case": near.cases["handled"], "note": "x", "photos": [taken]}],
        "api.put_photo": [content],
        "api.put_audio": [b"\x1aE\xdf\xa3" + b"webm" * 50],
        "site_shape.save": [
            {
                "revision": 1,
                "shape": {"place": here, "gates": [here], "outline": {"type": "Polygon", "coordinates": [ring]}},
            }
        ],
        "redaction.keep": [
            {"revision": 1, "boxes": [{"x": 0.1, "y": 0.1, "width": 0.2, "height": 0.2, "kind": "face"}]},
            {"revision": 0, "boxes": []},
            *({"revision": revision, "public": True} for revision in (1, 2, 3)),
        ],
        "desk.decisions": [{"decisions": [decision, decision]}],
        "desk.look": [{"at": f"{near.open}/{near.item}"}],
        "desk.save_filter": [{"name": "x", "query": "week=2026-W48"}],
        "phone.put_device_key": [{"x": "A" * 43, "y": "A" * 43}],
        "account.add_passkey": [credential],
        "account.prove_by_passkey": [credential],
        "auth.passkey": [credential],
    }


def _correction(world: World, near: District) -> dict[str, Any]:
    """A correction of an inspection of the district."""
    checklist = world.checklist("public-toilet")
    answers = world.submission(checklist.id)["answers"]
    return {"inspection": near.open, "version": checklist.version, "base": 0, "reason": "x", "answers": answers}


def _ad_hoc(world: World, near: District) -> dict[str, Any]:
    checklist = world.services.library.ad_hoc
    assert checklist
    at = (LATER - timedelta(minutes=9)).isoformat()
    return {
        "kind": "adhoc",
        "checklist": checklist.id,
        "version": checklist.version,
        "area": near.street,
        "place": "x",
        "started_at": at,
        "finished_at": at,
        "answers": {checklist.items[0].id: {"value": "fail", "note": "x"}},
        "photos": [{"sha256": near.after, "item": checklist.items[0].id, "captured_at": at}],
    }
