"""Messages that nobody took: how many there were the last time, since when, and why. They are tried again.

In a file of the data folder: not the process that sends alone is to know, and the store may be what is away.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from ...durable import replace_file

_log = logging.getLogger(__name__)
_FILE = "notices.json"


@dataclass(frozen=True, slots=True)
class UnsentNotices:
    """How many messages failed the last time, since when there have been some (UTC), and what went wrong with one."""

    messages: int = 0
    since: datetime | None = None
    problem: str = ""


def unsent_notices(data: Path) -> UnsentNotices:
    """What was noted in a data folder."""
    try:
        found = json.loads((data / _FILE).read_bytes())
        return UnsentNotices(int(found["messages"]), datetime.fromisoformat(found["since"]), str(found["problem"]))
    except (OSError, ValueError, KeyError, TypeError):
        return UnsentNotices()


def note_unsent(data: Path, problems: list[str], now: datetime) -> None:
    """Note what became of the last messages; ``problems`` are those of the ones that nobody took."""
    before = unsent_notices(data)
    try:
        if not problems:
            (data / _FILE).unlink(missing_ok=True)
            return
        since = (before.since or now).astimezone(UTC).isoformat()
        noted = {"messages": len(problems), "since": since, "problem": problems[0]}
        replace_file(data / _FILE, json.dumps(noted, ensure_ascii=False).encode(), synced=False, private=True)
    except OSError as error:
        _log.warning("%s：%s", _FILE, error)
