"""Wrong tries to sign in, kept in the store: every process over one folder counts the same ones.

A try is counted before it is known to be wrong, so that many at the same moment are no more guesses than one after
another; a right one is forgiven.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial

from ...collections.accounts.throttle import SIGN_IN_TRIES
from ...domain.accounts.throttle import (
    ELSEWHERE,
    ONE_PLACE,
    SECOND_FACTOR,
    Slot,
    TryLimit,
    forgiven,
    network_of,
    tried,
    wait_for,
)
from ...store import Put, Stale, Store

Keys = Mapping[str, TryLimit]
"""What a try counts under, each with its limit: hashes with a secret, so that nobody finds names that share a slot."""
_SLOTS = 256


def keys_of(secret: bytes, name: str, address: str, device: str | None) -> Keys:
    """What a password counts under: the account from a known device, or from an address and from everywhere."""
    if device:
        return {_hash(secret, f"device {device} {name}"): ONE_PLACE}
    here = f"address {network_of(address)} {name}"
    return {_hash(secret, f"elsewhere {name}"): ELSEWHERE, _hash(secret, here): ONE_PLACE}


def second_keys(secret: bytes, name: str) -> Keys:
    """What a code after the right password counts under."""
    return {_hash(secret, f"second {name}"): SECOND_FACTOR}


def begin_try(store: Store, keys: Keys, now: datetime) -> timedelta:
    """Count a try, and zero; or how long to wait, and nothing is counted."""
    longest = max(wait_for(_slot(store, key).get(key), limit, now) for key, limit in keys.items())
    if longest:
        return longest
    return max(_count(store, key, limit, now) for key, limit in keys.items())


def forgive(store: Store, keys: Keys) -> None:
    """The try was right: its place starts anew, and what others did elsewhere stays counted."""
    for key, limit in keys.items():
        _change(store, key, partial(forgiven, key=key, whole=limit is not ELSEWHERE))


def _count(store: Store, key: str, limit: TryLimit, now: datetime) -> timedelta:
    """Count one more where it is still allowed when it is written; else how long to wait."""
    waiting = timedelta()

    def one_more(slot: Slot) -> Slot:
        nonlocal waiting
        waiting = wait_for(slot.get(key), limit, now)
        return slot if waiting else tried(slot, key, now)

    _change(store, key, one_more)
    return waiting


def _change(store: Store, key: str, change: Callable[[Slot], Slot]) -> None:
    """Change a key's slot whatever others count in it meanwhile."""
    while True:
        kept = SIGN_IN_TRIES.get(store, _place(key))
        before: Slot = kept.value if kept else {}
        after = change(before)
        if after == before:
            return
        try:
            if kept:
                SIGN_IN_TRIES.update(store, kept, after)
                return
            if SIGN_IN_TRIES.put_once(store, _place(key), after)[0] is Put.CREATED:
                return
        except Stale:
            continue


def _slot(store: Store, key: str) -> Slot:
    kept = SIGN_IN_TRIES.get(store, _place(key))
    return kept.value if kept else {}


def _place(key: str) -> str:
    return str(int(key[:8], 16) % _SLOTS)


def _hash(secret: bytes, what: str) -> str:
    return hmac.new(secret, what.encode(), hashlib.sha256).hexdigest()[:24]
