"""One-time codes that sign one phone in. Only a code's SHA-256 is kept; the code itself is in the QR code alone.

A code is used by compare-and-set: of two phones at the same moment one wins. The winner may ask again, for its answer
may have been lost on the way: it is told by a secret of its browser, the *claim*, and becomes the same device.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from ...collections.accounts.sign_in_code import SIGN_IN_CODES
from ...domain.accounts.device import Device, Way
from ...domain.accounts.sign_in_code import CodeOnRecord, CodeState, SignInCode, code_now, revoked, used
from ...domain.accounts.user import COMMAND_LINE, User
from ...domain.problems import Problem
from ...store import Stale, Store
from ..audit import Entry, keep
from .accounts import find_user
from .devices import add_device, find_device, new_device_id

LIFETIME = timedelta(minutes=5)
# Digits and lower-case letters without those taken for one another: 31 signs, 26 of them have 128.8 bits.
_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
_LENGTH = 26


def make_code(store: Store, name: str, made_by: str, now: datetime) -> tuple[str, SignInCode] | list[Problem]:
    """A new code for an account, and its record. It can be shown this once, and is good for five minutes."""
    user = find_user(store, name)
    if user is None or not user.active:
        return [Problem("accounts.not_active" if user else "accounts.not_there", details={"name": name})]
    code = "".join(secrets.choice(_SIGNS) for _ in range(_LENGTH))
    made = CodeOnRecord(user.name, user.epoch, made_by, created_at=now, expires_at=now + LIFETIME)
    entry = Entry("code.made", _of(code_id(code)), after={"user": user.name})
    keep(store, made_by or COMMAND_LINE, now, [entry], [SIGN_IN_CODES.writing(code_id(code), made)])
    return code, code_now(code_id(code), made, user, now)


def code_id(code: str) -> str:
    """The name under which a code is kept: its SHA-256."""
    return hashlib.sha256(code.encode()).hexdigest()


def find_code(store: Store, id: str, now: datetime) -> SignInCode | None:
    """A code by its SHA-256. Looking changes nothing."""
    kept = SIGN_IN_CODES.get(store, id)
    return code_now(id, kept.value, find_user(store, kept.value.user), now) if kept else None


def codes_waiting(store: Store, now: datetime) -> list[SignInCode]:
    """The codes that could still be used, newest first."""
    kept = SIGN_IN_CODES.find(store, state=CodeState.WAITING)
    fresh = (one for one in kept if now < one.value.expires_at)
    found = [code_now(one.id, one.value, find_user(store, one.value.user), now) for one in fresh]
    return sorted((code for code in found if code.state is CodeState.WAITING), key=lambda code: code.created_at)[::-1]


def revoke_code(store: Store, id: str, now: datetime, *, by: str = COMMAND_LINE) -> bool:
    """Take a code back. False where a phone was quicker, or there is no such code."""
    while kept := SIGN_IN_CODES.get(store, id):
        if kept.value.state is not CodeState.WAITING:
            return kept.value.state is CodeState.REVOKED
        try:
            entry = Entry("code.revoked", _of(id), after={"user": kept.value.user})
            keep(store, by, now, [entry], [SIGN_IN_CODES.writing(id, revoked(kept.value, now), kept.revision)])
            return True
        except Stale:
            continue
    return False


def use_code(store: Store, code: str, claim: str, browser: str, now: datetime) -> tuple[User, Device] | CodeState:
    """Sign in the browser (in words) that sends a code. Once; again only for the browser with the same claim.

    Gives the state that the code is in where that signs nobody in.
    """
    id = code_id(code)
    kept = SIGN_IN_CODES.get(store, id)
    user = find_user(store, kept.value.user) if kept else None
    if kept is None or user is None:
        return CodeState.UNKNOWN
    state = code_now(id, kept.value, user, now).state
    if state is CodeState.WAITING:
        try:
            kept = SIGN_IN_CODES.update(store, kept, used(kept.value, new_device_id(), code_id(claim), now))
        except Stale:
            # Another phone or the administrator was quicker: look again at what it is now.
            return use_code(store, code, claim, browser, now)
    elif state is not CodeState.USED or not _is_the_same_browser(store, kept.value, claim, user, now):
        return state
    # The device follows the code, with the id that the code names: a crash in between is mended by asking again.
    return user, add_device(store, user, browser, Way.CODE, now, kept.value.device)


def _of(id: str) -> str:
    """What the log calls a code."""
    return f"codes/{id[:8]}"


def _is_the_same_browser(store: Store, code: CodeOnRecord, claim: str, user: User, now: datetime) -> bool:
    if code.claim != code_id(claim) or now >= code.expires_at or not code.is_of(user):
        return False
    device = find_device(store, code.device, now)
    return device is None or device.end is None
