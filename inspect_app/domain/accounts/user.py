"""Accounts (账号): people and other programs that may sign in."""

from __future__ import annotations

from dataclasses import dataclass

from .permissions import Role


@dataclass(frozen=True, slots=True)
class User:
    """An account. ``epoch`` changes with the password and on blocking, which ends every session begun before.

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
