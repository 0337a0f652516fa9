"""Who looks at what right now, for those who look at the same: told by any process, forgotten after some seconds.

It is nobody's evidence: nothing of it is synced, backed up or logged.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ..durable import make_folder, remove_older, replace_file

PRESENT_FOR_S = 20.0
"""How long somebody is there after they said so last; a page says it about every ten seconds."""
Seen = Mapping[str, list[str]]
"""What is looked at, to the titles of those who do."""


class Onlookers(Protocol):
    """Safe for threads and processes; on a database, of any number of machines."""

    def look(self, user: str, title: str, at: str) -> Seen:
        """Somebody looks at something, or has left (``at`` is empty); what all others look at."""


class FileOnlookers:
    """Those of the processes of one machine: a file for each, in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def look(self, user: str, title: str, at: str) -> Seen:
        own = self._folder / f"{hashlib.sha256(user.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"
        with suppress(OSError):  # a full disk: nobody is told then
            make_folder(self._folder)
            if at:
                replace_file(own, json.dumps([at, title]).encode(), synced=False, private=True)
            else:
                own.unlink(missing_ok=True)
        return by_what(self._others(own))

    def _others(self, own: Path) -> Iterator[tuple[str, str]]:
        since = time.time() - PRESENT_FOR_S
        for path in sorted(self._folder.glob("*.json")):
            with suppress(OSError, ValueError):  # gone meanwhile
                if path != own and not remove_older(path, since):
                    at, title = json.loads(path.read_bytes())
                    yield at, title


def by_what(seen: Iterator[tuple[str, str]]) -> Seen:
    """What is looked at and the title of who does, by what is looked at."""
    found: dict[str, list[str]] = {}
    for at, title in seen:
        found.setdefault(at, []).append(title)
    return found
