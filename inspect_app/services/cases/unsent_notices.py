"""Messages that nobody took: how many there were the last time, since when, and why. They are tried again.

In a file of the data folder, or in the database: not the process that sends alone is to know.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from ...durable import replace_file
from ...store import StoreAway
from ...store.shelf import Shelved
from .. import Services
from ..shelf_files import NOTES, NOTICES

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class UnsentNotices:
    """How many messages failed the last time, since when there have been some (UTC), and what went wrong with one."""

    messages: int = 0
    since: datetime | None = None
    problem: str = ""


def unsent_notices(services: Services) -> UnsentNotices:
    """What was noted, by whichever server sent last. Raises ``StoreAway``."""
    try:
        found = json.loads(_noted(services))
        return UnsentNotices(int(found["messages"]), datetime.fromisoformat(found["since"]), str(found["problem"]))
    except (OSError, ValueError, KeyError, TypeError):
        return UnsentNotices()


def note_unsent(services: Services, problems: list[str], now: datetime) -> None:
    """Note what became of the last messages; ``problems`` are those of the ones that nobody took."""
    try:
        before = unsent_notices(services)
        if not problems:
            _forget(services)
            return
        since = (before.since or now).astimezone(UTC).isoformat()
        noted = {"messages": len(problems), "since": since, "problem": problems[0]}
        _note(services, json.dumps(noted, ensure_ascii=False).encode(), now)
    except (OSError, StoreAway) as error:
        _log.warning("%s：%s", NOTICES, error)


def _noted(services: Services) -> bytes:
    if services.shelf is None:
        return (services.settings.data / NOTICES).read_bytes()
    found = services.shelf.get(NOTES, NOTICES)
    return found.content if found else b""


def _forget(services: Services) -> None:
    if services.shelf:
        services.shelf.remove(NOTES, NOTICES)
        return
    with suppress(FileNotFoundError):
        (services.settings.data / NOTICES).unlink()


def _note(services: Services, content: bytes, now: datetime) -> None:
    if services.shelf:
        services.shelf.put(Shelved(NOTES, NOTICES, now, content))
        return
    replace_file(services.settings.data / NOTICES, content, synced=False, private=True)
