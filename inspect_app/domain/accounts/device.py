"""Devices: browsers that signed in, and whether their sessions are good."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from .user import User

SESSION_LIFETIME = timedelta(days=14)
"""A session ends when its browser has not come for so long."""
SEEN_EVERY = timedelta(hours=1)
"""How often it is noted that a device was seen; by so much may ``last_seen`` be late."""


class Way(StrEnum):
    """How a device was signed in."""

    PASSWORD = "password"
    PASSKEY = "passkey"
    CODE = "code"
    EARLIER = "earlier"

    @property
    def label(self) -> str:
        return {"password": "密码", "passkey": "通行密钥", "code": "登录码", "earlier": "升级前已登录"}[self.value]


class End(StrEnum):
    """Why a device's session is over."""

    REVOKED = "revoked"
    SIGNED_OUT = "signed_out"
    REPLACED = "replaced"
    ACCOUNT = "account"
    UNSEEN = "unseen"

    @property
    def label(self) -> str:
        return {
            "revoked": "已作废",
            "signed_out": "已退出",
            "replaced": "已重新登录",
            "account": "密码或账号已改",
            "unseen": "久未使用",
        }[self.value]


@dataclass(frozen=True, slots=True)
class DeviceOnRecord:
    """A browser (in words) as it signed in. ``end`` is why somebody ended its session, None where nobody did.

    ``epoch`` is that of the account when it signed in; ``name`` is empty until one is given. Instants are UTC.
    """

    user: str
    name: str
    browser: str
    way: Way
    epoch: str
    created_at: datetime
    last_seen: datetime
    end: End | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """A browser that signed in. ``last_seen`` may be an hour behind; ``end`` is None while its session is good."""

    id: str
    user: str
    name: str
    browser: str
    way: Way
    created_at: datetime
    last_seen: datetime
    end: End | None

    @property
    def number(self) -> str:
        """What names it to people."""
        return self.id[:8]


def device_now(id: str, kept: DeviceOnRecord, user: User | None, now: datetime) -> Device:
    """A device as things stand; ``user`` is the account that it signed in with, None where there is none any more."""
    return Device(
        id,
        kept.user,
        kept.name or kept.browser,
        kept.browser,
        kept.way,
        kept.created_at,
        kept.last_seen,
        _end(kept, user, now),
    )


def ended(kept: DeviceOnRecord, end: End, now: datetime) -> DeviceOnRecord:
    """The device with its session ended. One that has ended stays as it is."""
    return kept if kept.end else replace(kept, end=end, ended_at=now)


def _end(kept: DeviceOnRecord, user: User | None, now: datetime) -> End | None:
    if kept.end:
        return kept.end
    if user is None or not user.active or user.epoch != kept.epoch:
        return End.ACCOUNT
    # The hour by which ``last_seen`` may be late counts for the device.
    return End.UNSEEN if now - kept.last_seen > SESSION_LIFETIME + SEEN_EVERY else None
