"""Devices: one for each browser that signed in, so that every session can be listed, named and ended.

A session's cookie names its device, and is good while that device's record is active. Records are never removed.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime

from ...collections.accounts.device import DEVICES
from ...domain.accounts.device import SEEN_EVERY, Device, DeviceOnRecord, End, Way, device_now, ended
from ...domain.accounts.user import COMMAND_LINE, User
from ...domain.problems import Problem
from ...store import Stale, Store, StoreAway
from ..audit import Entry, keep
from .accounts import all_users, find_user

LONGEST_NAME = 40
_log = logging.getLogger(__name__)


def new_device_id() -> str:
    return secrets.token_hex(16)


def add_device(store: Store, user: User, browser: str, way: Way, now: datetime, id: str | None = None) -> Device:
    """The device of a browser (in words) that signs in now. With an id that is taken: that one, unchanged."""
    kept = DeviceOnRecord(user.name, "", browser, way, user.epoch, created_at=now, last_seen=now)
    _, found = DEVICES.put_once(store, id or new_device_id(), kept)
    return device_now(found.id, found.value, user, now)


def add_earlier_device(store: Store, user: User, browser: str, mark: str, now: datetime) -> Device:
    """The device of a session that began before there were devices, told by its own secret: always the same."""
    id = hashlib.sha256(f"earlier session {mark}".encode()).hexdigest()[:32]
    return add_device(store, user, browser, Way.EARLIER, now, id)


def find_device(store: Store, id: str, now: datetime) -> Device | None:
    """The device with this id, whosever it is, or None."""
    kept = DEVICES.get(store, id)
    return device_now(id, kept.value, find_user(store, kept.value.user), now) if kept else None


def seen_now(store: Store, id: str, user: User, now: datetime) -> bool:
    """Whether a user's session on this device is good. Notes the hour: once in an hour this is a write."""
    kept = DEVICES.get(store, id)
    if kept is None or kept.value.user != user.name:
        return False
    device = device_now(id, kept.value, user, now)
    if device.end is None and now - device.last_seen >= SEEN_EVERY:
        try:
            DEVICES.update(store, kept, replace(kept.value, last_seen=now))
        except Stale:
            # Another request of the same page noted it, or it was just ended: then this one is the last.
            pass
        except (OSError, StoreAway) as error:
            # A full disk, or a database that is only read, must not keep people from what can still be read.
            _log.warning("cannot note that a device was seen: %s", error)
    return device.end is None


def devices_of(store: Store, user: User, now: datetime) -> list[Device]:
    """A user's devices: good ones first, each part last seen first."""
    return _good_first(device_now(one.id, one.value, user, now) for one in DEVICES.find(store, user=user.name))


def all_devices(store: Store, now: datetime) -> list[Device]:
    """Everybody's devices: good ones first, each part last seen first."""
    users = {user.name: user for user in all_users(store)}
    return _good_first(device_now(one.id, one.value, users.get(one.value.user), now) for one in DEVICES.find(store))


def device_by_number(store: Store, prefix: str, now: datetime) -> Device | Problem:
    """The one device whose id begins with ``prefix`` (at least 6 digits)."""
    found = [device for device in all_devices(store, now) if len(prefix) >= 6 and device.id.startswith(prefix)]
    if len(found) == 1:
        return found[0]
    return Problem("accounts.device_ambiguous" if found else "accounts.device_unknown", details={"number": prefix})


def name_device(store: Store, id: str, name: str) -> list[Problem]:
    """Give a device a name of at most 40 characters; an empty one takes the name away."""
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME or not name.isprintable():
        return [Problem("accounts.device_name_malformed", details={"longest_name": LONGEST_NAME})]
    _change(store, id, lambda device: replace(device, name=name))
    return []


def end_device(store: Store, id: str, end: End, now: datetime) -> None:
    """End the session on a device. One that has ended stays as it is."""
    _change(store, id, lambda device: ended(device, end, now))


def revoke_device(store: Store, id: str, now: datetime, *, by: str = COMMAND_LINE) -> None:
    """End the session on a device because it is lost or nobody knows it. One that has ended stays as it is."""
    while (kept := DEVICES.get(store, id)) and kept.value.end is None:
        entry = Entry("device.revoked", f"devices/{id[:8]}", after={"user": kept.value.user})
        try:
            keep(store, by, now, [entry], [DEVICES.writing(id, ended(kept.value, End.REVOKED, now), kept.revision)])
        except Stale:
            continue


def is_known(store: Store, id: str, name: str) -> bool:
    """Whether a browser that signed in with an account before is its owner's, as far as anybody has said."""
    kept = DEVICES.get(store, id)
    return kept is not None and kept.value.user == name and kept.value.end is not End.REVOKED


def _change(store: Store, id: str, change: Callable[[DeviceOnRecord], DeviceOnRecord]) -> None:
    """Change a device whatever else is noted at the same moment; nothing where there is none."""
    while kept := DEVICES.get(store, id):
        try:
            DEVICES.update(store, kept, change(kept.value))
            return
        except Stale:
            continue


def _good_first(devices: Iterable[Device]) -> list[Device]:
    return sorted(devices, key=lambda device: (device.end is None, device.last_seen), reverse=True)
