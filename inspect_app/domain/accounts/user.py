"""Accounts (账号): people and other programs that may sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .permissions import Role

COMMAND_LINE = "命令行"
"""Who did what is done by a command on the server, as the log of acts names it."""


@dataclass(frozen=True, slots=True)
class User:
    """Who an account is. ``epoch`` changes with the password and on blocking: sessions and tokens before it end.

    ``unit`` is the id of the unit that an account of ``Role.UNIT`` acts for; a unit may have several. ``scope`` are the
    areas (division codes) that it is held to; none for the whole city. ``must_change``: the password is one that others
    know, and has to be changed by whoever signs in with it. ``retired``: its unit is, so that it is not active either.
    ``sealed`` is the real name of whoever is gone for long, in whose place ``title`` is a pseudonym: never shown, kept
    to be cut out of what others wrote.
    """

    name: str
    title: str
    role: Role
    active: bool
    epoch: str
    unit: str = ""
    scope: tuple[str, ...] = ()
    must_change: bool = False
    retired: bool = False
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is kept: who it is, and the hash of the password that shows it. ``created_at`` is UTC."""

    user: User
    password: str
    created_at: datetime
