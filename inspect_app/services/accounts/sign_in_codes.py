"""One-time codes that sign one phone in. Only a code's SHA-256 is kept; the code itself is in the QR code alone.

A code is used by compare-and-set: of two phones at the same moment one wins. The winner may ask again, for its answer
may have been lost on the way: it is told by a secret of its browser, the *claim*, and becomes the same device.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ...domain.accounts.user import User
from ...domain.problems import Problem
from ...domain.weeks import instant_from, utc_text
from ...store import Stale, Store, Stored
from .accounts import find_user
from .devices import Device, Way, add_device, find_device, new_device_id

LIFETIME = timedelta(minutes=5)
_CODES = "sign_in_codes"
# Digits and lower-case letters without those taken for one another: 31 signs, 26 of them have 128.8 bits.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 26


class State(StrEnum):
    """How things stand with a code. ``ACCOUNT``: password or account changed since it was made."""

    WAITING = "waiting"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ACCOUNT = "account"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class SignInCode:
    """A code as it is kept: ``id`` is its SHA-256. ``device`` is the one it signed in, where it is used."""

    id: str
    user: str
    made_by: str
    created_at: datetime
    expires_at: datetime
    state: State
    device: str

    @property
    def number(self) -> str:
        """What names it to people."""
        return self.id[:8]


def make_code(store: Store, name: str, made_by: str, now: datetime) -> tuple[str, SignInCode] | list[Problem]:
    """A new code for an account, and its record. It can be shown this once, and is good for five minutes."""
    user = find_user(store, name)
    if user is None or not user.active:
        return [Problem("账号", f"账号「{name}」{'已停用' if user else '不存在'}")]
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    document = {
        "user": user.name,
        "epoch": user.epoch,
        "made_by": made_by,
        "created_at": utc_text(now),
        "expires_at": utc_text(now + LIFETIME),
        "state": State.WAITING,
    }
    _, stored = store.put_once(_CODES, code_id(code), document)
    return code, _code(stored, user, now)


def code_id(code: str) -> str:
    """The name under which a code is kept: its SHA-256."""
    return hashlib.sha256(code.encode()).hexdigest()


def find_code(store: Store, id: str, now: datetime) -> SignInCode | None:
    """A code by its SHA-256. Looking changes nothing."""
    stored = store.get(_CODES, id)
    return _code(stored, find_user(store, stored.document["user"]), now) if stored else None


def codes_waiting(store: Store, now: datetime) -> list[SignInCode]:
    """The codes that could still be used, newest first."""
    found = [
        _code(stored, find_user(store, stored.document["user"]), now)
        for stored in store.find(_CODES, state=State.WAITING)
        if utc_text(now) < stored.document["expires_at"]
    ]
    return sorted((code for code in found if code.state is State.WAITING), key=lambda code: code.created_at)[::-1]


def revoke_code(store: Store, id: str, now: datetime) -> bool:
    """Take a code back. False where a phone was quicker, or there is no such code."""
    while stored := store.get(_CODES, id):
        if stored.document["state"] != State.WAITING:
            return bool(stored.document["state"] == State.REVOKED)
        revoked = {**stored.document, "state": State.REVOKED, "ended_at": utc_text(now)}
        try:
            store.update(_CODES, id, revoked, expected_revision=stored.revision)
            return True
        except Stale:
            continue
    return False


def use_code(store: Store, code: str, claim: str, browser: str, now: datetime) -> tuple[User, Device] | State:
    """Sign in the browser (in words) that sends a code. Once; again only for the browser with the same claim.

    Gives the state that the code is in where that signs nobody in.
    """
    id = code_id(code)
    stored = store.get(_CODES, id)
    user = find_user(store, stored.document["user"]) if stored else None
    if stored is None or user is None:
        return State.UNKNOWN
    state = _code(stored, user, now).state
    if state is State.WAITING:
        used = {
            **stored.document,
            "state": State.USED,
            "ended_at": utc_text(now),
            "device": new_device_id(),
            "claim": code_id(claim),
        }
        try:
            stored = store.update(_CODES, id, used, expected_revision=stored.revision)
        except Stale:
            # Another phone or the administrator was quicker: look again at what it is now.
            return use_code(store, code, claim, browser, now)
    elif state is not State.USED or not _is_the_same_browser(store, stored, claim, user, now):
        return state
    # The device follows the code, with the id that the code names: a crash in between is mended by asking again.
    return user, add_device(store, user, browser, Way.CODE, now, stored.document["device"])


def _is_the_same_browser(store: Store, used: Stored, claim: str, user: User, now: datetime) -> bool:
    document = used.document
    if document["claim"] != code_id(claim) or utc_text(now) >= document["expires_at"]:
        return False
    if not user.active or user.epoch != document["epoch"]:
        return False
    device = find_device(store, document["device"], now)
    return device is None or device.end is None


def _code(stored: Stored, user: User | None, now: datetime) -> SignInCode:
    document = stored.document
    created, expires = instant_from(document["created_at"]), instant_from(document["expires_at"])
    assert created
    assert expires
    state = State(document["state"])
    if state is State.WAITING and (user is None or not user.active or user.epoch != document["epoch"]):
        state = State.ACCOUNT
    elif state is State.WAITING and now >= expires:
        state = State.EXPIRED
    return SignInCode(
        stored.id, document["user"], document["made_by"], created, expires, state, document.get("device", "")
    )
