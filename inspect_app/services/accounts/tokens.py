"""Bearer tokens: made, used, ended. Only a token's SHA-256 is kept."""

from __future__ import annotations

import hashlib
import logging
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ...collections import Kept
from ...collections.accounts.token import TOKENS
from ...domain.accounts.token import LIFETIME, LONGEST_LIFETIME, USED_EVERY, Token, TokenEnd, TokenScope, token_end
from ...domain.accounts.user import COMMAND_LINE, User
from ...domain.problems import Problem
from ...domain.weeks import utc_text
from ...store import Stale, Store, StoreAway
from ..audit import Entry, keep
from .accounts import all_users, find_user

DAYS = LIFETIME.days
"""After how many days a token ends where nothing else is asked for."""
_SHOWN = 12
_UPGRADER = "升级"
"""Who the log names for the ends of tokens that were made before tokens had any."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TokenNow:
    """A token as things stand: ``number`` names it to people, ``end`` is None while it is good."""

    number: str
    token: Token
    end: TokenEnd | None


def add_token(
    store: Store,
    name: str,
    now: datetime,
    *,
    by: str = COMMAND_LINE,
    scope: TokenScope = TokenScope.SUBMIT,
    lifetime: timedelta = LIFETIME,
) -> str | list[Problem]:
    """A new bearer token that acts for the user. It can be shown this once."""
    user = find_user(store, name)
    if user is None:
        return [Problem("accounts.unknown", details={"name": name})]
    if not timedelta() < lifetime <= LONGEST_LIFETIME:
        return [Problem("accounts.token_lifetime", details={"most_days": LONGEST_LIFETIME.days})]
    text = f"inspect_{secrets.token_urlsafe(32)}"
    token = Token(name, True, now, scope, user.epoch, now + lifetime)
    after = {"user": name, "scope": scope.value, "expires_at": utc_text(now + lifetime)}
    entry = Entry("token.made", _of(_digest(text)), after=after)
    keep(store, by, now, [entry], [TOKENS.writing(_digest(text), token)])
    return text


def token_user(store: Store, text: str, now: datetime) -> tuple[User, TokenScope] | None:
    """As ``find_token``; notes its use, seldom."""
    found = _good(store, text, now)
    if found is None:
        return None
    kept, user = found
    _note_use(store, kept, user, now)
    return user, kept.value.scope


def find_token(store: Store, text: str, now: datetime) -> tuple[User, TokenScope] | None:
    """For whom a token that is good acts, and within which scope; None where it is not."""
    found = _good(store, text, now)
    return (found[1], found[0].value.scope) if found else None


def give_ends(store: Store, now: datetime) -> int:
    """Give every token from before they ended an end, counted from ``now``; how many there were."""
    users = {user.name: user for user in all_users(store)}
    found = [kept for kept in TOKENS.find(store) if not kept.value.bound]
    for kept in found:
        _try_to_keep(store, kept, _bound(kept.value, users.get(kept.value.user), now), now)
    return len(found)


def all_tokens(store: Store, now: datetime, user: str | None = None) -> list[TokenNow]:
    """Every token (of an account), oldest first."""
    users = {one.name: one for one in all_users(store)}
    found = sorted(TOKENS.find(store), key=lambda kept: kept.value.created_at)
    return [
        TokenNow(kept.id[:_SHOWN], kept.value, token_end(kept.value, users.get(kept.value.user), now))
        for kept in found
        if user in (None, kept.value.user)
    ]


def revoke_token(
    store: Store, prefix: str, now: datetime, *, by: str = COMMAND_LINE, of: str | None = None
) -> list[Problem]:
    """Revoke the one token whose id begins with ``prefix`` (at least 6 digits), of an account where ``of`` names it."""
    found = [
        kept
        for kept in TOKENS.find(store)
        if len(prefix) >= 6 and kept.id.startswith(prefix) and of in (None, kept.value.user)
    ]
    if len(found) != 1:
        return [Problem("accounts.token_ambiguous" if found else "accounts.token_unknown", details={"number": prefix})]
    (kept,) = found
    if kept.value.active:
        entry = Entry("token.revoked", _of(kept.id), after={"user": kept.value.user})
        keep(store, by, now, [entry], [TOKENS.writing(kept.id, replace(kept.value, active=False), kept.revision)])
    return []


def _good(store: Store, text: str, now: datetime) -> tuple[Kept[Token], User] | None:
    kept = TOKENS.get(store, _digest(text))
    user = find_user(store, kept.value.user) if kept else None
    return None if kept is None or user is None or token_end(kept.value, user, now) else (kept, user)


def _note_use(store: Store, kept: Kept[Token], user: User, now: datetime) -> None:
    token = kept.value if kept.value.bound else _bound(kept.value, user, now)
    if token.last_used is None or now - token.last_used >= USED_EVERY:
        token = replace(token, last_used=now)
    if token is not kept.value:
        _try_to_keep(store, kept, token, now)


def _bound(token: Token, user: User | None, now: datetime) -> Token:
    return replace(token, epoch=user.epoch if user else "", expires_at=now + LIFETIME)


def _try_to_keep(store: Store, kept: Kept[Token], token: Token, now: datetime) -> None:
    """Note a use, which is no act, or the end of a token that had none, which is one."""
    try:
        if kept.value.bound:
            TOKENS.update(store, kept, token)
        else:
            entry = Entry("token.dated", _of(kept.id), after={"user": token.user, "expires_at": _end(token)})
            keep(store, _UPGRADER, now, [entry], [TOKENS.writing(kept.id, token, kept.revision)])
    except Stale:
        # Another request noted the same, or the token was just revoked: then this use is its last.
        pass
    except (OSError, StoreAway) as error:
        # A full disk, or a database that is only read, must not keep programs from what can still be read.
        _log.warning("cannot note that a token was used: %s", error)


def _end(token: Token) -> str:
    return utc_text(token.expires_at) if token.expires_at else ""


def _of(digest: str) -> str:
    return f"tokens/{digest[:_SHOWN]}"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
