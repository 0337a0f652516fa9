"""One-time codes that sign one phone in, and how things stand with them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from .user import User


class CodeState(StrEnum):
    """How things stand with a code. ``ACCOUNT``: password or account changed since it was made."""

    WAITING = "waiting"
    USED = "used"
    REVOKED = "revoked"
    EXPIRED = "expired"
    ACCOUNT = "account"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CodeOnRecord:
    """A code as it was made (by the account ``made_by``, empty for the command line), and what became of it.

    ``state`` is WAITING, USED or REVOKED. ``device`` and ``claim`` are of a used one: the device that it signed in, and
    the SHA-256 of the secret by which that browser is told. Instants are UTC.
    """

    user: str
    epoch: str
    made_by: str
    created_at: datetime
    expires_at: datetime
    state: CodeState = CodeState.WAITING
    ended_at: datetime | None = None
    device: str = ""
    claim: str = ""

    def is_of(self, user: User) -> bool:
        """Whether the account is still as it was when the code was made."""
        return user.active and user.epoch == self.epoch


@dataclass(frozen=True, slots=True)
class SignInCode:
    """A code as things stand: ``id`` is its SHA-256. ``device`` is the one it signed in, where it is used."""

    id: str
    user: str
    made_by: str
    created_at: datetime
    expires_at: datetime
    state: CodeState
    device: str

    @property
    def number(self) -> str:
        """What names it to people."""
        return self.id[:8]


def code_now(id: str, kept: CodeOnRecord, user: User | None, now: datetime) -> SignInCode:
    """A code as things stand; ``user`` is the account that it is for, None where there is none any more."""
    state = kept.state
    if state is CodeState.WAITING and (user is None or not kept.is_of(user)):
        state = CodeState.ACCOUNT
    elif state is CodeState.WAITING and now >= kept.expires_at:
        state = CodeState.EXPIRED
    return SignInCode(id, kept.user, kept.made_by, kept.created_at, kept.expires_at, state, kept.device)


def used(kept: CodeOnRecord, device: str, claim: str, now: datetime) -> CodeOnRecord:
    """The code once a browser has signed in by it."""
    return replace(kept, state=CodeState.USED, ended_at=now, device=device, claim=claim)


def revoked(kept: CodeOnRecord, now: datetime) -> CodeOnRecord:
    """The code once it was taken back."""
    return replace(kept, state=CodeState.REVOKED, ended_at=now)
