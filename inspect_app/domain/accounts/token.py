"""Tokens (令牌): by which a program acts for an account at ``/api/``, and when they end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ..labelled import LabelledEnum
from .user import User

LIFETIME = timedelta(days=90)
"""How long a token is good where nothing else is asked for, and one from before tokens had an end."""
LONGEST_LIFETIME = timedelta(days=366)
USED_EVERY = timedelta(hours=12)
"""How often it is noted that a token was used; by so much may ``last_used`` be late."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


class TokenScope(LabelledEnum):
    """What a token is for, with what that is called on pages. It never may more than its account."""

    READ = "read", "只读取"
    SUBMIT = "submit", "读取和提交"

    def opens(self, method: str) -> bool:
        """Whether requests of this HTTP method are within the scope."""
        return self is TokenScope.SUBMIT or method in _READING


class TokenEnd(LabelledEnum):
    """Why a token is worth nothing any more, with what that is called on pages."""

    REVOKED = "revoked", "已作废"
    EXPIRED = "expired", "已到期"
    ACCOUNT = "account", "密码或账号已改"


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token; the token itself is kept nowhere. Instants are UTC; ``last_used`` may be late.

    ``epoch`` is that of the account when it was made. Both it and ``expires_at`` are missing in tokens from before they
    were kept, until the program has given them some.
    """

    user: str
    active: bool
    created_at: datetime
    scope: TokenScope = TokenScope.SUBMIT
    epoch: str = ""
    expires_at: datetime | None = None
    last_used: datetime | None = None

    @property
    def bound(self) -> bool:
        """Whether it ends by itself and with the account's password."""
        return self.expires_at is not None


def token_end(token: Token, user: User | None, now: datetime) -> TokenEnd | None:
    """Why a token is over, None while it is good; ``user`` is its account, None where there is none any more."""
    if not token.active:
        return TokenEnd.REVOKED
    if user is None or not user.active or token.epoch not in ("", user.epoch):
        return TokenEnd.ACCOUNT
    return TokenEnd.EXPIRED if token.expires_at and now >= token.expires_at else None
