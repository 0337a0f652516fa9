"""Passwords and codes as somebody tries them: counted, so that guessing is slow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...domain.accounts.user import User
from ...store import Store
from .. import Services
from .accounts import user_with_password
from .factors import code_fits
from .throttle import Keys, begin_try, forgive, second_keys


@dataclass(frozen=True, slots=True)
class Wait:
    """Too many wrong tries came before: nothing was looked at, and the next may come after this."""

    time: timedelta

    @property
    def seconds(self) -> int:
        return max(1, math.ceil(self.time.total_seconds()))


def try_password(store: Store, name: str, password: str, keys: Keys, now: datetime) -> User | Wait | None:
    """Whose name and password these are, be the account active or not; None where they are wrong."""
    if wait := begin_try(store, keys, now):
        return Wait(wait)
    user = user_with_password(store, name, password)
    if user is not None:
        forgive(store, keys)
    return user


def try_code(services: Services, user: User, code: str, now: datetime) -> bool | Wait:
    """Whether a code of the account's app, or a recovery code, is right."""
    store, keys = services.store, second_keys(services.tries_key, user.name)
    if wait := begin_try(store, keys, now):
        return Wait(wait)
    right = code_fits(store, user.name, code, now)
    if right:
        forgive(store, keys)
    return right
