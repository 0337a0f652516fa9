"""Wrong tries to sign in as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.throttle import Slot, Tries
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> Slot:
    return {key: Tries(count, instant_of(last)) for key, (count, last) in document["tries"].items()}


def _write(slot: Slot) -> Document:
    return {"tries": {key: [tries.count, utc_text(tries.last)] for key, tries in slot.items()}}


SIGN_IN_TRIES: Collection[Slot] = Collection("sign_in_tries", _read, _write)
"""A fixed number of slots, so that inventing names fills no disk; an id is a slot's number, keys in it are hashes."""
