"""The secrets of draws, closed until their weeks are over.

A secret is kept encrypted in its plan, by a key in a file of its own that only its owner reads: neither the store nor a
copy of it, nor any page made from a plan, has the secret itself. Whoever has the whole data folder has both.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ...domain.plan.commitment import SECRET_BYTES
from ..keys import SEALS, Keys

_NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals by AES-256-GCM; what was sealed for one week opens for no other."""

    key: bytes = field(repr=False)

    def seal(self, week: str, secret: bytes) -> str:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return base64.b64encode(nonce + AESGCM(self.key).encrypt(nonce, secret, week.encode())).decode()

    def opened(self, week: str, sealed: str) -> bytes | None:
        """The secret; None where it was sealed by another key or for another week."""
        content = base64.b64decode(sealed)
        try:
            return AESGCM(self.key).decrypt(content[:_NONCE_BYTES], content[_NONCE_BYTES:], week.encode())
        except InvalidTag:
            return None

    def seed_of_shares(self, week: str, commitment: str) -> str:
        """By which a week's sites are shared out. It is never told: with it, names of accounts would tell who went."""
        return hmac.new(self.key, f"shares {week} {commitment}".encode(), hashlib.sha256).hexdigest()


def new_secret() -> bytes:
    """A secret that nobody chose."""
    return secrets.token_bytes(SECRET_BYTES)


def open_sealer(keys: Keys) -> Sealer:
    """The sealer of an installation; its key is made once, for its owner only. Raises ``KeyLost``."""
    return Sealer(keys.opened(SEALS))
