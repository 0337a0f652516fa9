"""The public half of the key with which a browser signs what it exports."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class DeviceKey:
    """A point of the curve P-256, ``x`` and ``y`` in base64url as a JWK has them.

    ``user`` was signed in on ``device`` when the browser last told it, at ``at`` (UTC).
    """

    user: str
    device: str
    x: str
    y: str
    at: datetime

    @property
    def id(self) -> str:
        """What it is kept under: the account, and the SHA-256 of the key."""
        return key_id(self.user, self.x, self.y)


def key_id(user: str, x: str, y: str) -> str:
    """What an account's key is kept under."""
    return f"{user}/{hashlib.sha256(f'{x}.{y}'.encode()).hexdigest()}"
