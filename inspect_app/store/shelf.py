"""What the servers of a database hold for each other, each only for a while: the interface.

Documents are kept for ever; a form that nobody has sent yet, or a file that waits to be taken over, is to be gone when
it is done with. Where documents are in a data folder these are files of that folder, and there is no shelf.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Shelved:
    """A thing of a ``kind`` under a ``name``: whose it is (empty: nobody's), since when (UTC), and its bytes.

    ``parts`` are larger bytes that belong to it, by their names; a thing that is asked for comes without them.
    """

    kind: str
    name: str
    at: datetime
    content: bytes
    owner: str = ""
    parts: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes of all of it."""
        return len(self.content) + sum(map(len, self.parts.values()))


@dataclass(frozen=True, slots=True)
class ShelfRoom:
    """How much there may be of a kind: things of one owner, and bytes of all."""

    most_of_owner: int
    most_bytes: int


class NoRoom(StrEnum):
    """Why a thing was not put there."""

    OF_OWNER = "of_owner"
    OF_ALL = "of_all"


class Shelf(Protocol):
    """Safe for threads, and for processes on any number of machines. Every method raises ``StoreAway``."""

    def put(self, thing: Shelved, room: ShelfRoom | None = None) -> NoRoom | None:
        """Put a thing there, parts and all, in place of one of its name; on disk once this returns.

        What is put at the same time by others counts for the ``room``. Raises ``StoreLeft`` where all was moved.
        """

    def put_once(self, thing: Shelved) -> Shelved:
        """Put a thing there unless there is one of its name; what is there."""

    def put_newer(self, thing: Shelved) -> None:
        """Put a thing there unless there is one of its name that is as new."""

    def get(self, kind: str, name: str) -> Shelved | None:
        """The thing of a name."""

    def find(self, kind: str, within: str) -> list[Shelved]:
        """The things of a kind whose names have a text within them, the oldest first."""

    def part(self, kind: str, name: str, part: str) -> bytes | None:
        """A part of a thing; None where it is gone."""

    def remove(self, kind: str, name: str) -> None:
        """Have no thing of a name, nor parts of it."""

    def sweep(self, kind: str, before: datetime) -> None:
        """Remove the things of a kind that were put there before an instant."""
