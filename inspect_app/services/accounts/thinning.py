"""What is kept of people who are gone, and of browsers that signed in, when its time is over.

An account's name stays: decisions, draws and the log go by it. Whose it was is said by a pseudonym from then on; the
real name stays sealed, for nothing but to be cut out of what somebody wrote, before units read it (``nameless``).
"""

from __future__ import annotations

import secrets
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from werkzeug.security import generate_password_hash

from ...collections import Kept
from ...collections.accounts.device import DEVICES
from ...collections.accounts.factors import FACTORS
from ...collections.accounts.sign_in_code import SIGN_IN_CODES
from ...collections.accounts.unit import UNITS
from ...collections.accounts.user import USERS
from ...domain.accounts.device import DeviceOnRecord, device_now
from ...domain.accounts.factors import Factors
from ...domain.accounts.sign_in_code import CodeOnRecord
from ...domain.accounts.unit import Reach
from ...domain.accounts.user import Account, User
from ...domain.weeks import instant_of
from ...store import Store, Write
from ..thinned import THINNED, RuledChange
from ..witness import salted_for_the_log
from .accounts import all_users

ACCOUNTS, UNITS_TOLD, BROWSERS, CODES = "accounts", "units", "devices", "codes"
BROWSER = "已按保存期限删去"
_TOGETHER = 100
"""Devices or codes that one entry tells of."""


def gone_accounts(store: Store, before: datetime) -> list[str]:
    """The accounts that cannot sign in, and with which nothing was done since ``before`` (UTC), by name."""
    blocked = (user for user in all_users(store) if not user.active)
    return [user.name for user in blocked if _untouched(store, _told_of(user), before)]


def thinned_accounts(store: Store, names: Iterable[str], needed: Container[str]) -> Iterator[RuledChange]:
    """Of each account that is gone and of no young or open visit: pseudonym, no password, no second factor."""
    for name in names:
        account, factors = USERS.get(store, name), FACTORS.get(store, name)
        if account is None or name in needed:
            continue
        writes = []
        if not account.value.user.sealed:
            writes.append(USERS.writing(name, _sealed(store, account.value), account.revision))
        if factors and factors.value != Factors():
            writes.append(FACTORS.writing(name, Factors(), factors.revision))
        if writes:
            yield RuledChange(ACCOUNTS, f"users/{name}", tuple(writes))


def thinned_units(store: Store, before: datetime) -> Iterator[RuledChange]:
    """Of each unit that is retired: no mail addresses of people, no robot."""
    for kept in UNITS.find(store):
        unit, of = kept.value, f"{UNITS.name}/{kept.id}"
        if not unit.active and unit.reach != Reach() and _untouched(store, (of,), before):
            yield RuledChange(UNITS_TOLD, of, (UNITS.writing(kept.id, replace(unit, reach=Reach()), kept.revision),))


def thinned_devices(store: Store, before: datetime, now: datetime) -> Iterator[RuledChange]:
    """Browsers whose session is over: neither what they are, nor the name that somebody gave them."""
    users = {user.name: user for user in all_users(store)}

    def is_due(kept: Kept[DeviceOnRecord]) -> bool:
        device, user = kept.value, users.get(kept.value.user)
        is_over = device_now(kept.id, device, user, now).end is not None
        last = max(device.last_seen, device.ended_at or device.last_seen)
        return is_over and last < before and (device.name, device.browser) != ("", BROWSER)

    writes = [
        DEVICES.writing(kept.id, replace(kept.value, name="", browser=BROWSER), kept.revision)
        for kept in DEVICES.find(store)
        if is_due(kept)
    ]
    yield from _together(BROWSERS, writes)


def thinned_codes(store: Store, before: datetime) -> Iterator[RuledChange]:
    """Sign-in codes that nobody can use any more: not whose they were, who made them, which browser they signed in."""

    def is_due(code: CodeOnRecord) -> bool:
        return max(code.expires_at, code.ended_at or code.expires_at) < before and bool(code.user or code.made_by)

    writes = [
        SIGN_IN_CODES.writing(kept.id, replace(kept.value, user="", made_by="", device="", claim=""), kept.revision)
        for kept in SIGN_IN_CODES.find(store)
        if is_due(kept.value)
    ]
    yield from _together(CODES, writes)


def _together(rule: str, writes: Sequence[Write]) -> Iterator[RuledChange]:
    for start in range(0, len(writes), _TOGETHER):
        some = tuple(writes[start : start + _TOGETHER])
        yield RuledChange(rule, f"retention/{rule}", some, len(some))


def _told_of(user: User) -> tuple[str, ...]:
    return (f"users/{user.name}", *((f"{UNITS.name}/{user.unit}",) if user.unit else ()))


def _untouched(store: Store, of: Iterable[str], before: datetime) -> bool:
    """Whether the log tells of nothing about these since, but for what a killed run did; blocking, retiring and opening
    again are acts.
    """
    told = (entry for one in of for entry in store.log.about(one) if entry["act"] != THINNED)
    return all(instant_of(entry["at"]) < before for entry in told)


def _sealed(store: Store, account: Account) -> Account:
    pseudonym = f"停用人员{salted_for_the_log(store, 'person', account.user.name)[:6]}"
    user = replace(account.user, title=pseudonym, sealed=account.user.title)
    return replace(account, user=user, password=generate_password_hash(secrets.token_urlsafe(16)))
