"""Salted commitments to the fields of an entry in the log, so that an extract proves itself without what it leaves out.

A commitment is the SHA-256 of the canonical JSON of ``[salt, name, value]``. The salts of an entry come of one random
seed (HMAC-SHA256 over the name, 16 bytes), so that who is told one salt learns no other. The chain's hash is over
``act``, ``of``, the place in the chain and the commitments; names like 「after/rate」 say where a value stands.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

VISIBLE = ("act", "of", "seq", "previous", "commitments")
"""What the hash of an entry with commitments is over."""
SEED = "seed"
"""The field of an entry that its salts come of: 32 random bytes as hexadecimal. It never leaves."""
_APART = {*VISIBLE, SEED, "hash"}
_SALT = 16
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fields_of(entry: Mapping[str, Any]) -> dict[str, object]:
    """What is committed to, by name: a field, a field of a field, and in that each text of a list of texts."""
    return dict(_fields(entry))


def committed(entry: Mapping[str, Any], seed: str) -> dict[str, object]:
    """An entry with commitments to its fields, and the seed that opens them."""
    entry = json.loads(json.dumps(entry))  # committed to is what will be read again
    return {**entry, "commitments": _commitments(entry, seed), SEED: seed}


def is_as_committed(entry: Mapping[str, Any]) -> bool:
    """Whether the fields of a kept entry are those that it was committed to."""
    return bool(entry["commitments"] == _commitments(entry, str(entry[SEED])))


def opened(entry: Mapping[str, Any], names: Mapping[str, Any]) -> dict[str, object]:
    """What leaves of an entry: what its hash is over, and for each of the names given the salt and the value."""
    shown = {name: entry[name] for name in (*VISIBLE, "hash")}
    salt = salts(str(entry[SEED]))
    return {**shown, "opened": {name: [salt(name), value] for name, value in names.items()}}


def salts(seed: str) -> Callable[[str], str]:
    """What gives the salt of each field of an entry, as hexadecimal."""
    keyed = hmac.new(bytes.fromhex(seed), digestmod="sha256")

    def salt(name: str) -> str:
        # A copy of what has the key already: making it anew takes longer than the hash of a short name.
        one = keyed.copy()
        one.update(name.encode())
        return one.digest()[:_SALT].hex()

    return salt


def commitment(salt: str, name: str, value: Any) -> str:
    """The commitment to a field's value, as hexadecimal."""
    return hashlib.sha256(canonical([salt, name, value])).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON in one spelling: keys sorted, no spaces, UTF-8."""
    return _ENCODER.encode(value).encode()


def _commitments(entry: Mapping[str, Any], seed: str) -> dict[str, str]:
    salt = salts(seed)
    return {name: commitment(salt(name), name, value) for name, value in _fields(entry)}


def _fields(entry: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in entry.items():
        if name in _APART:
            continue
        if isinstance(value, Mapping) and value:
            for inner, part in value.items():
                yield from _parts(f"{name}/{inner}", part)
        else:
            yield name, value


def _parts(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Each text of a list for itself: an extract may show one photo of several."""
    if isinstance(value, list | tuple) and value and all(isinstance(one, str) for one in value):
        yield from ((f"{name}/{number}", one) for number, one in enumerate(value))
    else:
        yield name, value
