"""The pair of keys of backups (age, X25519): the public one makes them, the secret one alone opens them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyrage  # type: ignore[import-untyped]


class KeyWrong(Exception):
    """A key is none, or is not the one that a backup is encrypted for; the message is in Chinese."""


class Unopenable(Exception):
    """What was to be opened is not what was encrypted."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What the server has. Raises ``KeyWrong`` where ``text`` is none."""

    text: str
    _key: Any = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        try:
            object.__setattr__(self, "_key", pyrage.x25519.Recipient.from_str(self.text))
        except pyrage.RecipientError as error:
            raise KeyWrong("公钥应以 age1 开头，由 flask backup key 生成") from error

    def sealed(self, content: bytes) -> bytes:
        """The content, encrypted."""
        found: bytes = pyrage.encrypt(content, [self._key])
        return found


class SecretKey:
    """What is kept elsewhere. Out of the text of a key file, whose lines may be comments (#). Raises ``KeyWrong``."""

    def __init__(self, text: str) -> None:
        lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
        try:
            self._key = pyrage.x25519.Identity.from_str(lines[0])
        except (pyrage.IdentityError, IndexError) as error:
            raise KeyWrong("密钥文件里应有一行以 AGE-SECRET-KEY- 开头，由 flask backup key 生成") from error

    @classmethod
    def new(cls) -> SecretKey:
        return cls(str(pyrage.x25519.Identity.generate()))

    @property
    def public(self) -> PublicKey:
        return PublicKey(str(self._key.to_public()))

    def opened(self, content: bytes) -> bytes:
        """What was encrypted. Raises ``Unopenable``, ``KeyWrong`` where it is for another key."""
        try:
            found: bytes = pyrage.decrypt(content, [self._key])
        except pyrage.DecryptError as error:
            if "No matching keys" in str(error):
                raise KeyWrong("这把密钥打不开这个备份") from error
            raise Unopenable(str(error)) from error
        return found

    def __str__(self) -> str:
        return str(self._key)
