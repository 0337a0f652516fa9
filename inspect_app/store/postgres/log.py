"""The log of acts in a database: its lines as they stand in a file, and where it must end kept apart from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ..chain import START, Broken, Chain, Head, head_in
from .connecting import Connections, Database
from .planning import ActInTransaction
from .texts import indexed_text
from .writing import Writer

_AT_ONCE = 1000


class PostgresLog(Chain):
    """A log whose entries come alone, or with an act. Safe for threads and processes."""

    def __init__(self, connections: Connections, writer: Writer) -> None:
        self._connections = connections
        self._writer = writer

    def append(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Add an entry, with ``seq``, ``previous`` and ``hash`` put to it. Returns once it is on disk."""
        return self.append_all([entry])[0]

    def append_all(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add several entries one after another, as ``append`` does, with nobody else's in between."""
        asked = ActInTransaction([], entries, [])
        self._writer.do(asked)
        return asked.added

    def head(self) -> Head:
        """The last entry."""
        query = b"SELECT line FROM _log ORDER BY seq DESC LIMIT 1"
        row = self._connections.read(lambda database: database.execute(query).fetchone())
        return head_in(row[0].encode()) if row else Head(0, START)

    def noted(self) -> Head:
        """The head that the last transaction noted, apart from the entries."""
        query = b"SELECT seq, hash FROM _head"
        row = self._connections.read(lambda database: database.execute(query).fetchone())
        return Head(*row) if row else Head(0, START)

    def about(self, of: str) -> Iterator[dict[str, Any]]:
        """The entries of acts on one thing, from the first on, by their index."""
        for line in self._lines(b"about = %s AND ", indexed_text(of)):
            entry = json.loads(line)
            if entry["of"] == of:
                yield entry

    def verify(self, *known: Head | None) -> Head | Broken:
        """As every log; what the last transaction noted must still be there as well."""
        return super().verify(self.noted(), *known)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """The lines with their numbers, from 1 on."""
        for number, line in enumerate(self._lines(b""), start=1):
            yield number, line.encode()

    def _lines(self, condition: bytes, *values: str) -> Iterator[str]:
        """The lines for which a condition holds, in order, not all at once."""
        last = 0
        query = b"SELECT seq, line FROM _log WHERE " + condition + b"seq > %s ORDER BY seq LIMIT %s"
        while True:
            rows = self._connections.read(partial(_fetched, query, (*values, last, _AT_ONCE)))
            yield from (line for _, line in rows)
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1][0]


def _fetched(query: bytes, values: Sequence[object], database: Database) -> list[tuple[Any, ...]]:
    return database.execute(query, values).fetchall()
