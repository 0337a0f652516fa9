"""Builders that tests share: a filled data folder, answers, submissions and photo-like JPEGs."""

from __future__ import annotations

import atexit
import copy
import hashlib
import io
import os
import random
import secrets
import shutil
import tempfile
import uuid
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from PIL import Image, ImageDraw, ImageFilter
from werkzeug.security import generate_password_hash

from inspect_app import create_app
from inspect_app.collections import LAYOUTS
from inspect_app.collections.accounts import unit as units
from inspect_app.collections.accounts.user import USERS
from inspect_app.collections.checklists.edition import EDITIONS, edition_id
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.permissions import Role
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.accounts.unit import Reach, Unit, UnitOnRecord
from inspect_app.domain.accounts.user import Account, User
from inspect_app.domain.checklists.checklist import Checklist, Item
from inspect_app.domain.checklists.editions import Edition, digest
from inspect_app.domain.checklists.methods import method_of
from inspect_app.domain.inspecting.tickets import tickets_for
from inspect_app.services import Services, open_services
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.accounts.devices import all_devices, revoke_device
from inspect_app.services.accounts.tokens import add_token
from inspect_app.services.accounts.units import all_units
from inspect_app.services.evidence.receiving import PHOTO, Received, receive
from inspect_app.services.inspecting.presence import settle
from inspect_app.services.opening import store_of
from inspect_app.services.place.register import BUILT_IN_AREAS
from inspect_app.settings import Settings, settings_from
from inspect_app.store import Put, Store, Write
from inspect_app.store.memory import MemoryStore
from inspect_app.store.postgres import open_database
from tests.areas import import_areas
from tests.as_browser import with_tokens_on_pages
from tests.sites import import_sites
from tests.stores import copy_documents, database_of, have_database, on_database

PASSWORD = "right-password-1"
STREET = "421002001"
NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
WEEK = "2026-W48"
BUREAU, DISTRICT = "市公安局", "沙市区"
UNITS: dict[str, tuple[str, ...]] = {BUREAU: (), DISTRICT: ("421002",)}
"""Units and the areas that they answer for; a bureau answers for the whole city."""
LENIENT = """\
reach_m = 100000
minimum_seconds = 0
burst_seconds = 0
late_days = 36500
site_day = 0
site_week = 0
inspector_day = 0
"""
"""Rules of presence by which whatever a test sends of its visits counts, if it shows presence at all."""
HERE = {"lat": 30.3105, "lon": 112.2412, "accuracy_m": 8.0, "source": "browser"}


@dataclass
class World:
    """A data folder and what a test needs to talk about it."""

    data: Path
    settings: Settings
    services: Services
    tokens: dict[str, str]
    _checklists: Mapping[str, Checklist] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self._checklists = self.services.library.current

    @classmethod
    def made_in(cls, data: Path) -> World:
        """A world as any other. What takes long, hashing passwords, is done once for all."""
        return cls.copied(*_template(), data)

    @classmethod
    def copied(cls, folder: Path, tokens: dict[str, str], data: Path) -> World:
        """A world that goes on from a data folder, which is left as it is."""
        shutil.copytree(folder, data, dirs_exist_ok=True)
        copy_documents(folder, data)
        settings = _settings(data)
        return cls(data, settings, open_services(settings), dict(tokens))

    @classmethod
    def in_memory(cls, data: Path) -> World:
        """A world for tests of services: its documents are in memory, so no page, command or server sees them."""
        if on_database():
            return cls.made_in(data)
        documents, tokens = _template_documents()
        store = MemoryStore(LAYOUTS)
        store.act(documents)
        settings = _settings(data)
        data.mkdir(exist_ok=True, parents=True)
        for key in _KEYS:
            shutil.copy(_template()[0] / key, data)
        return cls(data, settings, open_services(settings, store=store), dict(tokens))

    @classmethod
    def in_database(cls, data: Path, address: str) -> World:
        """A world of which servers and commands find the documents in this database, whatever the run is on."""
        documents, tokens = _template_documents()
        have_database(data, address)
        settings = replace(_settings(data), database=address)
        data.mkdir(exist_ok=True, parents=True)
        for key in _KEYS:
            shutil.copy(_template()[0] / key, data)
        found = open_database(address, LAYOUTS)
        found.act(documents)
        found.close()
        return cls(data, settings, open_services(settings), dict(tokens))

    @classmethod
    def _made_in(cls, data: Path) -> World:
        """Made in memory first: the log of acts of a world begins with what its test does."""
        settings = _settings(data)
        store = MemoryStore(LAYOUTS)
        services = open_services(settings, store=store)
        units = {name: _unit(store, name, areas) for name, areas in UNITS.items()}
        for role in Role:
            _account(store, role.value, role, units[BUREAU] if role is Role.UNIT else "")
        _account(store, "inspector2", Role.INSPECTOR)
        _account(store, "unit2", Role.UNIT, units[DISTRICT])
        assert isinstance(import_areas(store, BUILT_IN_AREAS.read_text("utf-8"), "areas.csv"), int)
        rows = [
            f"{checklist}-1,{checklist}点位,{checklist},{STREET},{HERE['lat']},{HERE['lon']},5"
            for checklist in services.library.current
        ]
        assert EDITIONS.put_once(store, edition_id("presence", 1), _lenient(settings))[0] is Put.CREATED
        sites = "\n".join(["code,name,type,area,lat,lon,accuracy_m", *rows])
        assert import_sites(store, sites, services.library.current) == len(rows)
        names = [*(role.value for role in Role), "inspector2", "unit2"]
        made = {name: add_token(store, name, datetime.now(UTC)) for name in names}
        services = open_services(settings)
        services.store.act([one for one in _documents(store) if services.store.get(one.collection, one.id) is None])
        return cls(data, settings, services, {name: token for name, token in made.items() if isinstance(token, str)})

    def founded(self) -> World:
        """With what first starts and first pages of servers make, which takes most of their time.

        The account whose password is hashed, and the compiled templates, which all worlds of a process have together.
        """
        _account(self.services.store, "admin", Role.ADMINISTRATOR)
        (self.data / "templates").symlink_to(_templates())
        return self

    def unit(self, name: str) -> str:
        """The id of a unit: of ``BUREAU``, which the account ``unit`` acts for, or ``DISTRICT``, that of ``unit2``."""
        return next(kept.unit.id for kept in all_units(self.services.store) if kept.unit.name == name)

    def user(self, name: str = "inspector") -> User:
        """An account of the world."""
        user = find_user(self.services.store, name)
        assert user
        return user

    def app(self) -> Flask:
        """The application as a new process would open it on the folder; its templates were compiled once for all."""
        app = create_app(self.settings)
        app.jinja_env.bytecode_cache = _COMPILED
        return with_tokens_on_pages(app)

    @cached_property
    def office(self) -> Flask:
        """One application for all who sign in."""
        return self.app()

    def end_sessions(self) -> None:
        """Every device is signed out at once. A browser whose cookie is cleared may get it back from a late answer."""
        now = datetime.now(UTC)
        for device in all_devices(self.services.store, now):
            revoke_device(self.services.store, device.id, now)

    @property
    def checklists(self) -> Mapping[str, Checklist]:
        """Those in force; where the store is closed, because a server has the folder, as they were last known."""
        with suppress(ValueError):
            self._checklists = self.services.library.current
        return self._checklists

    def checklist(self, id: str) -> Checklist:
        return self.checklists[id]

    def submission(
        self, checklist: str = "zebra-crossing", *, started: datetime = NOW, photos: list[dict[str, Any]] | None = None
    ) -> dict[str, Any]:
        """A whole submission in which nothing failed."""
        found = self.checklist(checklist)
        return {
            "site": f"{checklist}-1",
            "checklist": checklist,
            "version": found.version,
            "started_at": started.isoformat(),
            "finished_at": (started + timedelta(minutes=12)).isoformat(),
            "answers": right_answers(found),
            "photos": photos or [],
            "presence": self.presence(started),
        }

    def presence(self, started: datetime = NOW) -> dict[str, Any]:
        """What shows that somebody was at the site at that time, whichever of the inspectors."""
        zone, key = self.settings.timezone, self.services.ticket_key
        days = tickets_of(key, "inspector", started, zone), tickets_of(key, "inspector2", started, zone)
        fixes = [{**HERE, "at": (started + timedelta(minutes=at)).isoformat()} for at in (0, 6)]
        return {"tickets": [day[0] for day in days], "fixes": fixes}


def tickets_of(key: bytes, account: str, at: datetime, zone: tzinfo) -> list[str]:
    """The tickets of an account from the day on that an instant is of."""
    return tickets_for(key, account, "test", at.astimezone(zone).date())


def accepted(services: Services, id: str) -> None:
    """A visit that waits is counted by a supervisor."""
    kept = INSPECTIONS.get(services.store, id)
    assert kept
    done = settle(
        services, "supervisor", id, "accepted", "照片和陪同人员都能证明", kept.revision, NOW, scope=EVERYTHING
    )
    assert not isinstance(done, list), done


class _Compiled(BytecodeCache):
    """What Jinja makes of templates, in memory: a key names a template, the checksum its text."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._code.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._code[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


_COMPILED = _Compiled()
_KEYS = ("receipt.key", "secret.key")


def hashed(password: str) -> str:
    """Cheaply: tests sign in by the hundred, and it guards nothing."""
    return generate_password_hash(password, "scrypt:1024:8:1")


HASHED = hashed(PASSWORD)


def _lenient(settings: Settings) -> Edition:
    starting = digest((settings.checklists / "presence.toml").read_bytes())
    return Edition("presence", 1, LENIENT, "administrator", NOW, "", starting)


def _unit(store: Store, name: str, areas: tuple[str, ...]) -> str:
    """Its id. Kept as it is, for the log of a world begins empty."""
    id = secrets.token_hex(4)
    units.UNITS.put_once(store, id, UnitOnRecord(Unit(id, name, (), areas), Reach()))
    return id


def _account(store: Store, name: str, role: Role, unit: str = "") -> None:
    """One with ``PASSWORD``."""
    user = User(name, name, role, True, secrets.token_hex(8), unit)
    USERS.put_once(store, name, Account(user, HASHED, NOW))


def _settings(data: Path) -> Settings:
    told = {name: os.environ[name] for name in ("INSPECT_PHOTO_WORK",) if name in os.environ}
    settings = settings_from({"INSPECT_DATA": str(data), **told})
    return replace(settings, minimum_inspections=3, bundles=None, database=database_of(data))


@cache
def _templates() -> Path:
    """A folder for compiled templates, which know by their checksums whether they are still right."""
    folder = Path(tempfile.mkdtemp(prefix="templates-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@cache
def _template() -> tuple[Path, dict[str, str]]:
    """The data folder that worlds are copied from, and its tokens; gone when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="world-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = World._made_in(folder / "data")
    made.services.store.close()
    return folder / "data", made.tokens


@cache
def _template_documents() -> tuple[list[Write], dict[str, str]]:
    """What the worlds begin with, as an act keeps it."""
    folder, tokens = _template()
    store = store_of(_settings(folder))
    found = _documents(store)
    store.close()
    return found, tokens


def _documents(store: Store) -> list[Write]:
    """All that a store holds, as an act keeps it."""
    return [Write(layout.name, one.id, one.document, 0) for layout in LAYOUTS for one in store.find(layout.name)]


def headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def received(services: Services, content: bytes) -> Received:
    """A photo that was taken in."""
    taken = receive(services, PHOTO, content)
    assert isinstance(taken, Received), taken
    return taken


def new_id() -> str:
    return str(uuid.uuid4())


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def evidence(content: bytes, item: str, **fix: Any) -> dict[str, Any]:
    """A photo as a submission names it, taken at the site's place unless told otherwise."""
    at = NOW.isoformat()
    return {"sha256": sha256(content), "item": item, "captured_at": at, "fix": {**HERE, "at": at, **fix}}


def right_answers(checklist: Checklist) -> dict[str, Any]:
    """An answer for every item that earns full marks and needs no photo (不适用 where a photo is always asked for)."""
    return {item.id: {"value": _right_value(item)} for item in checklist.items}


def failing(answers: dict[str, Any], checklist: Checklist, id: str) -> dict[str, Any]:
    """The answers with one compliance item failed."""
    item = next(item for item in checklist.items if item.id == id)
    assert item.method == "compliance"
    return {**copy.deepcopy(answers), id: {"value": "fail"}}


def first_item(checklist: Checklist, method: str) -> Item:
    return next(item for item in checklist.items if item.method == method)


def _right_value(item: Item) -> object:
    return "na" if item.photo == "always" else method_of(item).right(item.rule).value


@lru_cache(maxsize=64)
def photo(seed: int = 0, size: tuple[int, int] = (320, 240), *, quality: int = 70) -> bytes:
    """A photo-like JPEG: soft shapes and sensor noise, different for each seed."""
    rng = random.Random(seed)
    scene = Image.new("RGB", (64, 48))
    draw = ImageDraw.Draw(scene)
    for _ in range(40):
        x, y = rng.randrange(64), rng.randrange(48)
        colour = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
        draw.rectangle((x, y, x + rng.randrange(4, 30), y + rng.randrange(4, 20)), fill=colour)
    scene = scene.resize(size, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(1))
    output = io.BytesIO()
    Image.blend(scene, _noise(size), 0.15).save(output, "JPEG", quality=quality, comment=str(seed).encode())
    return output.getvalue()


@cache
def _noise(size: tuple[int, int]) -> Image.Image:
    return Image.effect_noise(size, 60).convert("RGB")
