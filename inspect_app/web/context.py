"""What a view needs of the request it serves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import cast

from flask import current_app, g, request

from ..domain.accounts.browsers import browser_words
from ..domain.accounts.permissions import Permission
from ..domain.accounts.scope import Scope
from ..domain.accounts.user import User
from ..domain.weeks import week_of
from ..processes import Member, ProcessSeen
from ..services import Services
from ..services.accounts.may import may as account_may
from ..services.accounts.may import scope_of


def services() -> Services:
    return cast(Services, current_app.extensions["inspect"])


def processes_seen() -> Sequence[ProcessSeen]:
    """The processes of this server, where there are several, as their parent saw them last."""
    member = cast("Member | None", current_app.extensions.get("member"))
    return member.seen if member else ()


def now() -> datetime:
    return datetime.now(UTC)


def this_week() -> str:
    return week_of(now(), services().settings.timezone)


def browser() -> str:
    """The visitor's system and browser, in words."""
    return browser_words(request.user_agent.string)


def here() -> str:
    """Path and query of what is asked for, as the browser has them."""
    return request.script_root + request.full_path.rstrip("?")


def visitor() -> User | None:
    """Who is signed in, or None."""
    return cast("User | None", g.get("visitor"))


def user() -> User:
    """Who is signed in. Only for views that the guard lets no stranger into."""
    found = visitor()
    assert found is not None
    return found


def may(permission: Permission) -> bool:
    """Whether whoever asks may do a thing, be it in some areas only. Strangers may nothing."""
    return account_may(visitor(), permission)


def scope() -> Scope:
    """What of the city's work the finders show to who is signed in."""
    return scope_of(user())
