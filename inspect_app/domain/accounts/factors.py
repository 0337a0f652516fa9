"""What shows beside the password who somebody is (二次验证): codes of an app, passkeys, recovery codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .permissions import Role

PROOF_LASTS = timedelta(minutes=10)
"""For how long after a password or a second factor dangerous acts may be done."""
STEP_S = 30
"""How long a code of an app is shown (RFC 6238)."""
STEPS_OFF = 1
"""By how many steps a phone's clock may differ."""
MOST_PASSKEYS = 10


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey: ``id`` and ``public_key`` in base64url, ``sign_count`` as it last said. ``created_at`` is UTC."""

    id: str
    public_key: str
    sign_count: int
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of an account. ``totp`` is the app's secret in base32, empty where there is none.

    ``last_step`` is the step of the code that was used last: each is good once. ``recovery`` are the SHA-256 of the
    recovery codes that are left.
    """

    totp: str = ""
    last_step: int = 0
    recovery: tuple[str, ...] = ()
    passkeys: tuple[Passkey, ...] = ()

    @property
    def on(self) -> bool:
        """Whether the password alone is not enough."""
        return bool(self.totp or self.passkeys)

    def without_passkey(self, id: str) -> Factors:
        return replace(self, passkeys=tuple(one for one in self.passkeys if one.id != id)).pruned()

    def pruned(self) -> Factors:
        """Recovery codes stand in for a second factor; without one they open nothing."""
        return self if self.on else Factors()


@dataclass(frozen=True, slots=True)
class AccountRules:
    """What the office asks of accounts: the roles that need a second factor."""

    second_factor: frozenset[Role] = frozenset()


def steps_at(now: datetime) -> range:
    """The steps whose codes are taken at this moment."""
    here = int(now.timestamp()) // STEP_S
    return range(here - STEPS_OFF, here + STEPS_OFF + 1)
