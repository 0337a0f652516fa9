"""Second factors: turned on and off, codes of an app and recovery codes checked, and who must have one."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import datetime

import pyotp

from ...collections import Kept
from ...collections.accounts.factors import FACTORS
from ...collections.accounts.rules import ACCOUNT_RULES, THE_RULES
from ...domain.accounts.factors import MOST_PASSKEYS, AccountRules, Factors, Passkey, steps_at
from ...domain.accounts.permissions import Role
from ...domain.accounts.user import User
from ...domain.problems import Problem
from ...store import Stale, Store
from ..audit import Entry, keep
from .passwords import random_password

RECOVERY_CODES = 10
_ISSUER = "明察暗访"


@dataclass(frozen=True, slots=True)
class TurnedOn:
    """A factor is on. ``codes`` are new recovery codes, to be shown once; none where there were some already."""

    codes: tuple[str, ...]


def factors_of(store: Store, name: str) -> Factors:
    """The second factors of an account; of one that has none, an empty one."""
    kept = FACTORS.get(store, name)
    return kept.value if kept else Factors()


def new_secret() -> str:
    """A secret for an app, 160 bits in base32."""
    return pyotp.random_base32()


def app_address(secret: str, name: str) -> str:
    """What the app's QR code says: an ``otpauth`` address."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)


def add_app(store: Store, user: User, secret: str, code: str, now: datetime) -> TurnedOn | list[Problem]:
    """Turn on an app's codes, once it shows the right one; in place of an app that was there before."""
    step = _step_of(secret, _typed(code), 0, now)
    if step is None:
        return [Problem("accounts.app_code_wrong")]
    return _turned_on(store, user, now, "app", lambda factors: replace(factors, totp=secret, last_step=step))


def add_passkey(store: Store, user: User, passkey: Passkey, now: datetime) -> TurnedOn | list[Problem]:
    """Turn on a passkey beside those that are there."""
    if len(factors_of(store, user.name).passkeys) >= MOST_PASSKEYS:
        return [Problem("accounts.too_many_passkeys", details={"most_passkeys": MOST_PASSKEYS})]

    def more(factors: Factors) -> Factors:
        return replace(factors, passkeys=(*factors.passkeys, passkey))

    return _turned_on(store, user, now, "passkey", more)


def remove_app(store: Store, user: User, now: datetime) -> None:
    """Turn the app's codes off."""
    _change(store, user.name, lambda factors: replace(factors, totp="", last_step=0).pruned(), user.name, now, _OFF)


def remove_passkey(store: Store, user: User, id: str, now: datetime) -> None:
    """Turn a passkey off; nothing where there is none with this id."""
    if any(one.id == id for one in factors_of(store, user.name).passkeys):
        _change(store, user.name, lambda factors: factors.without_passkey(id), user.name, now, _OFF)


def new_recovery_codes(store: Store, user: User, now: datetime) -> tuple[str, ...]:
    """Other recovery codes in place of those that were there; to be shown once."""
    codes = _codes()
    _change(store, user.name, lambda factors: replace(factors, recovery=_hashed(codes)), user.name, now, _ON)
    return codes


def reset_factors(store: Store, name: str, now: datetime, by: str) -> None:
    """Turn off all that an account has, for somebody who lost the phone."""
    if factors_of(store, name) != Factors():
        _change(store, name, lambda _: Factors(), by, now, "account.factors_reset")


def code_fits(store: Store, name: str, code: str, now: datetime) -> bool:
    """Whether a code of the app, or a recovery code, is right. Each is good once."""
    code = _typed(code)
    kept = FACTORS.get(store, name)
    if kept is None:
        return False
    if code.isascii() and code.isdecimal():
        step = _step_of(kept.value.totp, code, kept.value.last_step, now)
        return step is not None and _used(store, kept, replace(kept.value, last_step=step))
    return _recovered(store, kept, code, now)


def account_rules(store: Store) -> AccountRules:
    """What the office asks of accounts."""
    kept = ACCOUNT_RULES.get(store, THE_RULES)
    return kept.value if kept else AccountRules()


def require_second_factor(store: Store, roles: Collection[Role], now: datetime, by: str) -> None:
    """Ask a second factor of whoever has one of these roles, and of no others."""
    kept = ACCOUNT_RULES.get(store, THE_RULES)
    rules = AccountRules(frozenset(roles))
    before, after = ({"roles": sorted(one.second_factor)} for one in (account_rules(store), rules))
    if before != after:
        entry = Entry("settings.second_factor", "accounts/rules", before, after)
        keep(store, by, now, [entry], [ACCOUNT_RULES.writing(THE_RULES, rules, kept.revision if kept else 0)])


def lacks_factor(store: Store, user: User) -> bool:
    """Whether an account has none although its role needs one."""
    return user.role in account_rules(store).second_factor and not factors_of(store, user.name).on


_ON, _OFF = "account.factor_added", "account.factor_removed"


def _turned_on(
    store: Store, user: User, now: datetime, kind: str, change: Callable[[Factors], Factors]
) -> TurnedOn | list[Problem]:
    codes = () if factors_of(store, user.name).recovery else _codes()

    def with_codes(factors: Factors) -> Factors:
        return replace(change(factors), recovery=_hashed(codes) or factors.recovery)

    _change(store, user.name, with_codes, user.name, now, _ON, {"kind": kind})
    return TurnedOn(codes)


def _change(
    store: Store,
    name: str,
    change: Callable[[Factors], Factors],
    by: str,
    now: datetime,
    act: str,
    after: dict[str, str] | None = None,
) -> None:
    """Change what an account has, together with the entry. Raises ``Stale`` where it was changed meanwhile."""
    kept = FACTORS.get(store, name)
    changed = change(kept.value if kept else Factors())
    entry = Entry(act, f"users/{name}", after=after)
    keep(store, by, now, [entry], [FACTORS.writing(name, changed, kept.revision if kept else 0)])


def _typed(code: str) -> str:
    """A code as it is shown, however a keyboard wrote it: digits of full width, capitals, spaces."""
    return unicodedata.normalize("NFKC", "".join(code.split())).lower()


def _step_of(secret: str, code: str, after: int, now: datetime) -> int | None:
    """The step whose code this is, of those that are taken at this moment and were not used yet."""
    if not secret:
        return None
    app, sent = pyotp.TOTP(secret), code.encode()
    fitting = (s for s in steps_at(now) if s > after and hmac.compare_digest(app.generate_otp(s).encode(), sent))
    return next(fitting, None)


def _recovered(store: Store, kept: Kept[Factors], code: str, now: datetime) -> bool:
    (hashed,) = _hashed((code,))
    if hashed not in kept.value.recovery:
        return False
    left = replace(kept.value, recovery=tuple(one for one in kept.value.recovery if one != hashed))
    entry = Entry("account.recovery_used", f"users/{kept.id}", after={"left": len(left.recovery)})
    try:
        keep(store, kept.id, now, [entry], [FACTORS.writing(kept.id, left, kept.revision)])
    except Stale:
        return False
    return True


def _used(store: Store, kept: Kept[Factors], factors: Factors) -> bool:
    """Whether a code was used first here: of two requests with the same one, one is right."""
    try:
        FACTORS.update(store, kept, factors)
    except Stale:
        return False
    return True


def _codes() -> tuple[str, ...]:
    return tuple(random_password() for _ in range(RECOVERY_CODES))


def _hashed(codes: Collection[str]) -> tuple[str, ...]:
    return tuple(hashlib.sha256(code.encode()).hexdigest() for code in codes)
