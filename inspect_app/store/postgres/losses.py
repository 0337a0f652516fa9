"""What a database lacks of what its transactions noted: lost by hand, by damage, or by a backup put back in part."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import psycopg

from .. import StoreDamaged
from ..chain import START, Head, head_in
from ..layouts import Layouts
from .connecting import Connections, Database, statement, told
from .texts import WHOLE, ids_of, table_of

_RESTORE = "，请从备份恢复；没有备份时见 flask check"


class Losses:
    """The counts that every transaction keeps, compared with what is there."""

    def __init__(self, connections: Connections, layouts: Layouts) -> None:
        self._connections = connections
        self._layouts = layouts

    def damaged(self) -> list[str]:
        """What a look at the ends of things tells: sentences in Chinese."""
        return self._connections.read(lambda database: list(_log_lost(database)), snapshot=True)

    def all(self) -> list[str]:
        """As ``damaged``, after every document was read whole by the server."""
        found = self.damaged()
        for layout in self._layouts:
            parts = self._connections.read(partial(_noted, collection=layout.name))
            found += [said for part, count in parts if (said := self._lost(layout.name, part, count))]
        return found

    def accept(self) -> None:
        """Have noted what there is, in place of what there was."""
        with told(), self._connections.one() as database, database.transaction():
            database.execute(b"SELECT FROM _head FOR UPDATE")
            head = _end(database)
            database.execute(b"UPDATE _head SET seq = %s, hash = %s", (head.seq, head.hash))
            for layout in self._layouts:
                for part, _ in _noted(database, layout.name):
                    values = _count(database, layout.name, part), layout.name, part
                    database.execute(b"UPDATE _parts SET documents = %s WHERE collection = %s AND part = %s", values)

    def _lost(self, collection: str, part: str, noted: int) -> str | None:
        try:
            found = self._connections.read(lambda database: _read_whole(database, collection, part), snapshot=True)
        except (StoreDamaged, psycopg.ProgrammingError, psycopg.InternalError) as error:
            return f"数据库里的 {collection}/{part} 读不出来（{' '.join(str(error).split())}）{_RESTORE}"
        if found >= noted:
            return None
        return f"数据库里的 {collection}/{part} 缺少文档：记有{noted}份，实有{found}份{_RESTORE}"


def _log_lost(database: Database) -> Iterator[str]:
    row = database.execute(b"SELECT seq, hash FROM _head").fetchone()
    if row is None:
        yield f"数据库里的 _head 是空的{_RESTORE}"
        return
    if _end(database) != Head(*row):
        yield f"数据库里的操作日志末尾不是最后记下的第{row[0]}条{_RESTORE}"


def _end(database: Database) -> Head:
    row = database.execute(b"SELECT line FROM _log ORDER BY seq DESC LIMIT 1").fetchone()
    return head_in(row[0].encode()) if row else Head(0, START)


def _noted(database: Database, collection: str) -> list[tuple[str, int]]:
    query = b"SELECT part, documents FROM _parts WHERE collection = %s ORDER BY part"
    return [(part, documents) for part, documents in database.execute(query, (collection,))]


def _count(database: Database, collection: str, part: str) -> int:
    return _number(database, f"SELECT count(*) FROM {table_of(collection, part)}")


def _read_whole(database: Database, collection: str, part: str) -> int:
    """How many documents a part has, each of which was read; of a week, those that are found by their id as well."""
    database.execute(b"SET LOCAL statement_timeout = 0")
    table = table_of(collection, part)
    if part == WHOLE:
        return _number(database, f"SELECT count(length(document::text)) FROM {table}")
    ids = f"{ids_of(collection)} AS ids ON ids.id = kept.id AND ids.week = '{part}' AND ids.revision = kept.revision"
    return _number(database, f"SELECT count(length(document::text)) FROM {table} AS kept JOIN {ids}")


def _number(database: Database, query: str) -> int:
    row = database.execute(statement(query)).fetchone()
    assert row
    number: int = row[0]
    return number
