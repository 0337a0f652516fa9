"""Accounts (账号): people and other programs that may sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .permissions import Role

COMMAND_LINE = "命令行"
"""Who did what is done by a command on the server, as the log of acts names it."""


@dataclass(frozen=True, slots=True)
class User:
    """Who an account is. ``epoch`` changes with the password and on blocking: every session begun before it ends.

    ``unit`` is the id of the unit that an account of ``Role.UNIT`` acts for; a unit may have several. ``scope`` are the
    areas (division codes) that it is held to; none for the whole city.
    """

    name: str
    title: str
    role: Role
    active: bool
    epoch: str
    unit: str = ""
    scope: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is kept: who it is, and the hash of the password that shows it. ``created_at`` is UTC."""

    user: User
    password: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, by which a program acts for a user; the token itself is kept nowhere. ``created_at`` is UTC."""

    user: str
    active: bool
    created_at: datetime
