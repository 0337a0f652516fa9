"""Commit and reveal: a draw that nobody can tell beforehand and everybody can repeat afterwards.

Before the draw the SHA-256 of a secret of 32 random bytes is announced (Blum, Coin flipping by telephone, 1981). The
draw is made with HMAC-SHA256 (RFC 2104) of the secret over a public number that nobody knew at the announcement: who
keeps the secret cannot choose the outcome, and who knows the public number cannot tell it without the secret.
"""

from __future__ import annotations

import hashlib
import hmac

from .beacon import Beacon

SECRET_BYTES = 32


def commitment_of(secret: bytes) -> str:
    """The SHA-256 (hex) that is announced of a secret."""
    return hashlib.sha256(secret).hexdigest()


def seed_of(secret: bytes, beacon: Beacon) -> str:
    """What the draw is made with (hex): the secret mixed with a public number whose value is known."""
    assert len(secret) == SECRET_BYTES
    assert beacon.value, "a draw is made with a known number"
    return hmac.new(secret, beacon.canonical.encode("ascii"), hashlib.sha256).hexdigest()
