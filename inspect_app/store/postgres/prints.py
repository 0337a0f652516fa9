"""What photos look like, as records that all servers of a database share: each has them in memory and reads on.

Records become visible in the order of their places: who adds some has the others wait from before the place is given
until it is committed. So whoever remembers the last place that they read leaves nothing out. What was shown to anybody
is on disk. (Without the wait a place would be given before one that is committed first, and never be read.)
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from .connecting import Connections, Database, connected, statement, told

Place = tuple[int, bytes]
START: Place = (0, b"")
TABLE = "_prints"
_AT_ONCE = 5_000
"""Rows that are asked for by one statement: of as many inspections some MB. An answer has less than 1 GB: where all
were put in by ``_PIECE`` it has 440 MB."""
_PIECE = 88_000
"""Bytes of a row when many records are put in at once, at most."""
_KNOWN = 88
"""Bytes of the end of the last row, by which it is known again."""
_TURN = b"BEGIN; SELECT pg_advisory_xact_lock(hashtext('inspect prints ' || current_schema()))"
_ADD = statement(f"INSERT INTO {TABLE} (records) VALUES (%b)")
_SINCE = statement(
    f"SELECT %b = 0 OR EXISTS (SELECT FROM {TABLE} WHERE place = %b AND substr(records, length(records) - %b) = %b), "
    "coalesce(max(place), 0), count(*), coalesce(string_agg(records, ''::bytea ORDER BY place), '') "
    f"FROM (SELECT place, records FROM {TABLE} WHERE place > %b ORDER BY place LIMIT {_AT_ONCE}) AS found"
)


class PostgresPrints:
    """The records of a database. Safe for threads, and for processes on any number of machines."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def append(self, records: bytes) -> None:
        """Add records; visible to all, and on disk, when it returns. Raises ``StoreAway`` and ``OSError``.

        Where the answer was lost they may be there all the same: adding them once more does no harm.
        """
        with told(), self._connections.one() as database:
            database.execute(_TURN)
            database.execute(_ADD, (records,))
            database.execute(b"COMMIT")

    def since(self, place: Place) -> Iterator[tuple[bytes, Place, bool]]:
        """What came after a place, in pieces, each with the place behind it.

        True stands beside a piece where what was read last is not there any more, as in a database that was restored:
        it is told from its start. Raises ``StoreAway``.
        """
        while True:
            anew, records, place, rows = self._connections.read(partial(_behind, place))
            if rows or anew:
                yield records, place, anew
            if rows < _AT_ONCE:
                return


def prints_in(url: str) -> bytes:
    """All records of a database. Raises ``StoreAway`` and ``StoreUnfit``."""
    found, place, rows = [], START, _AT_ONCE
    with connected(url) as connection, told():
        while rows == _AT_ONCE:
            _, records, place, rows = _behind(place, connection)
            found.append(records)
    return b"".join(found)


def replace_prints(url: str, records: bytes) -> None:
    """Have a database that nobody works with hold these records alone. Raises ``StoreAway`` and ``StoreUnfit``."""
    pieces = [(records[start : start + _PIECE],) for start in range(0, len(records), _PIECE)]
    with connected(url) as connection, told(), connection.transaction(), connection.cursor() as cursor:
        cursor.execute(statement(f"TRUNCATE {TABLE}"))
        cursor.executemany(_ADD, pieces)


def _behind(place: Place, database: Database) -> tuple[bool, bytes, Place, int]:
    """Whether a place is not there any more; then from the start, else behind it: records, their end, their rows."""
    at, last = place
    asked = (at, at, len(last) - 1, last, at)
    row = database.execute(_SINCE, asked, binary=True).fetchone()
    assert row
    stands, end, rows, records = row
    if not stands:
        return True, *_behind(START, database)[1:]
    return False, records, (end, records[-_KNOWN:]) if rows else place, rows
