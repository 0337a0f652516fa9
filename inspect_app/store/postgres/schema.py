"""The tables of a store: made by numbered migrations and from the layouts of its collections.

``_schema`` has the number of the last migration, ``_head`` (one row) where the store stands, ``_parts`` what each
collection has in each week, ``_log`` the log of acts. A collection has one table; one by weeks has a table for each
week that hangs on it, and ``<collection>/ids``, which tells the week of an id.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from psycopg import errors

from .. import Layout, StoreUnfit
from ..chain import START
from ..layouts import Layouts
from ..rows import texts_in
from . import fence
from .connecting import Database, is_there, statement
from .fence import fields_of
from .texts import WHOLE, brief_column, column_of, ids_of, indexed_texts, table_of, text_in_column

_OLDEST_SERVER = 15
COPYING, MOVED = "_copying", "_moved"
"""Tables that are there while a copy into the database is not whole, and once it was left for another place."""
_MIGRATE = "flask --app inspect_app store migrate"
_ID = 'id text COLLATE "C"'
_FIELD = """text[] COLLATE "C" NOT NULL DEFAULT '{}'"""
"""A column of a field; one that no collection is found by any more stays empty."""
_REVISION = 4
"""Bytes of the number of a revision."""
_NAMED = 20
"""Documents that cannot be read are named, so many."""
_log = logging.getLogger(__name__)

MIGRATIONS: tuple[str, ...] = (
    f"""
    CREATE TABLE _head (position bigint NOT NULL, changed bigint NOT NULL, seq bigint NOT NULL, hash text NOT NULL);
    INSERT INTO _head VALUES (0, 0, 0, '{START}');
    CREATE TABLE _parts (collection text COLLATE "C", part text COLLATE "C", changed bigint NOT NULL,
                         documents bigint NOT NULL, PRIMARY KEY (collection, part));
    CREATE TABLE _log (seq bigint PRIMARY KEY, about text COLLATE "C", line text NOT NULL);
    CREATE INDEX ON _log (about, seq);
    """,
    """
    CREATE TABLE _jobs (place bigserial PRIMARY KEY, kind text COLLATE "C" NOT NULL, id text COLLATE "C" NOT NULL,
                        photos integer NOT NULL, since timestamptz NOT NULL DEFAULT now(),
                        tries integer NOT NULL DEFAULT 0, not_before timestamptz NOT NULL DEFAULT '-infinity',
                        error text NOT NULL DEFAULT '', holder text NOT NULL DEFAULT '', UNIQUE (kind, id));
    CREATE INDEX ON _jobs (kind, place);
    CREATE TABLE _turns (name text COLLATE "C" PRIMARY KEY, holder text NOT NULL DEFAULT '',
                         host text NOT NULL DEFAULT '', until timestamptz NOT NULL DEFAULT '-infinity',
                         ended_at timestamptz, error text NOT NULL DEFAULT '');
    """,
    """
    CREATE TABLE _shelf (kind text COLLATE "C" NOT NULL, name text COLLATE "C" NOT NULL,
                         owner text COLLATE "C" NOT NULL, at timestamptz NOT NULL, bytes bigint NOT NULL,
                         content bytea NOT NULL, PRIMARY KEY (kind, name));
    CREATE TABLE _shelf_parts (kind text COLLATE "C", name text COLLATE "C", part text COLLATE "C",
                               content bytea NOT NULL, PRIMARY KEY (kind, name, part),
                               FOREIGN KEY (kind, name) REFERENCES _shelf ON DELETE CASCADE);
    """,
    # Bytes of hashes do not get smaller.
    """
    CREATE TABLE _prints (place bigserial PRIMARY KEY, records bytea NOT NULL);
    ALTER TABLE _prints ALTER COLUMN records SET STORAGE EXTERNAL;
    """,
    """
    CREATE UNLOGGED TABLE _onlookers (who text COLLATE "C" PRIMARY KEY, title text NOT NULL, at text NOT NULL,
                                      until timestamptz NOT NULL);
    """,
)
"""What leads from one form of the tables to the next, the first from an empty database. It is only ever added to."""


def ready(connection: Database, layouts: Layouts) -> None:
    """Make the tables of an empty database, and check those of another. Raises ``StoreUnfit``."""
    _check_server(connection)
    with connection.transaction():
        _found(connection, layouts)
        _check_use(connection)


def _found(connection: Database, layouts: Layouts) -> None:
    """Make the tables of an empty database, and check those of another, in the turn of this process."""
    _take_turn(connection)
    if version_in(connection) == 0:
        _migrate(connection, layouts)
    _check_tables(connection, layouts)


def begin_copy(connection: Database, layouts: Layouts, source: str) -> None:
    """Make an empty database one into which a copy of a source was begun, or find it to be that.

    Raises ``StoreUnfit`` where it is neither.
    """
    _check_server(connection)
    with connection.transaction():
        _found(connection, layouts)
        if is_there(connection, COPYING):
            if _one(connection, b"SELECT source FROM _copying") != source:
                raise StoreUnfit("数据库里是另一处没有搬完的副本，请给一个空的数据库")
            return
        if is_there(connection, MOVED) or _one(connection, b"SELECT changed + seq FROM _head") != 0:
            raise StoreUnfit("数据库里已有文档，不是没有搬完的副本，请给一个空的数据库")
        _run(connection, f"CREATE TABLE {COPYING} (source text NOT NULL)")
        connection.execute(b"INSERT INTO _copying VALUES (%s)", (source,))


def assert_source(connection: Database, layouts: Layouts) -> None:
    """Raises ``StoreUnfit`` where a database is none that can be copied from."""
    _check_server(connection)
    if version_in(connection) == 0:
        raise StoreUnfit("数据库是空的，没有可搬的")
    _check_tables(connection, layouts)
    if is_there(connection, COPYING):
        raise StoreUnfit("数据库里是没有搬完的副本，不能从它搬")


def migrate(connection: Database, layouts: Layouts) -> list[str]:
    """Bring the tables to what this program needs, all or nothing; what was done, in Chinese. Raises ``StoreUnfit``."""
    _check_server(connection)
    with connection.transaction():
        _take_turn(connection)
        _check_version(connection)
        return _migrate(connection, layouts)


def version_in(connection: Database) -> int:
    """The number of the last migration; 0 in a database without any."""
    if not is_there(connection, "_schema"):
        return 0
    return int(str(_one(connection, b"SELECT coalesce(max(version), 0) FROM _schema")))


def make_week(
    connection: Database, layout: Layout, week: str, fill: Callable[[str], object] = lambda table: None
) -> None:
    """The table of a week. It is made first and hung on then: that waits for nobody who reads, a backup included.

    ``fill`` is given its name before it has indexes: many rows at once are best put in then.
    """
    part, whole = table_of(layout.name, week), table_of(layout.name)
    _run(connection, f"CREATE TABLE {part} (LIKE {whole} INCLUDING DEFAULTS)")
    fill(part)
    _index(connection, layout, part)
    _run(connection, f"ALTER TABLE {whole} ATTACH PARTITION {part} FOR VALUES IN ('{week}')")


def _migrate(connection: Database, layouts: Layouts) -> list[str]:
    done = []
    connection.execute(
        b"CREATE TABLE IF NOT EXISTS _schema (version integer PRIMARY KEY, at timestamptz DEFAULT now())"
    )
    version = version_in(connection)
    try:
        for number, steps in enumerate(MIGRATIONS[version:], start=version + 1):
            connection.execute(statement(steps))
            connection.execute(b"INSERT INTO _schema (version) VALUES (%s)", (number,))
            done.append(f"第{number}步")
        for layout in list(_lacking(connection, layouts)):
            if version > 0 and _columns(connection, layout.name):
                unread = _extend(connection, layout)
            else:
                unread = []
                _make(connection, layout)
            done.append(f"集合 {layout.name}{_told_unread(unread)}")
        if version > 0 and (done or fence.is_refused(fence.noted(connection), layouts)):
            fence.note(connection, layouts)
            done = done or ["从此由这个版本的程序写"]
    except errors.DuplicateTable as error:
        raise StoreUnfit(f"数据库里已有别的表（{error.diag.message_primary}），请给本系统一个空的数据库") from error
    return done


def _lacking(connection: Database, layouts: Layouts) -> Iterator[Layout]:
    """The collections without a table, or without one of its columns, or with one that is not filled in."""
    wanted = fence.noted(connection)
    for layout in layouts:
        columns = _columns(connection, layout.name)
        if not columns or _names(layout) - columns or fence.unfilled(wanted, layout):
            yield layout


def _names(layout: Layout) -> set[str]:
    """The columns that follow from its documents, but for the documents."""
    brief = {brief_column(layout.brief.version)} if layout.brief else set[str]()
    return {f"by_{field}" for field in fields_of(layout)} | brief


def _make(connection: Database, layout: Layout) -> None:
    name = table_of(layout.name)
    week = 'week text COLLATE "C" NOT NULL, ' if layout.weekly else ""
    columns = "".join(f"{column_of(field)} {_FIELD}, " for field in fields_of(layout))
    columns += f"{brief_column(layout.brief.version)} bytea, " if layout.brief else ""
    _run(
        connection,
        f"CREATE TABLE {name} ({_ID} NOT NULL, {week}position bigint NOT NULL, revision integer NOT NULL, "
        f"{columns}document json NOT NULL){' PARTITION BY LIST (week)' if layout.weekly else ''}",
    )
    if layout.weekly:
        ids = f'{_ID} PRIMARY KEY, week text COLLATE "C" NOT NULL, revision integer NOT NULL'
        _run(connection, f"CREATE TABLE {ids_of(layout.name)} ({ids})")
    else:
        _index(connection, layout, name)


def _index(connection: Database, layout: Layout, table: str) -> None:
    _run(connection, f"ALTER TABLE {table} ADD PRIMARY KEY (id)")
    _run(connection, f"CREATE INDEX ON {table} (position)")
    _index_fields(connection, table, fields_of(layout))


def _index_fields(connection: Database, table: str, fields: Sequence[str]) -> None:
    """One index serves any choice of its columns. What comes goes where it belongs at once: no reader cleans up."""
    if columns := ", ".join(map(column_of, fields)):
        _run(connection, f"CREATE INDEX ON {table} USING gin ({columns}) WITH (fastupdate = off)")


def _extend(connection: Database, layout: Layout) -> list[str]:
    """Columns for what was not kept beside documents before, filled from these, and the indexes of new fields.

    What others left empty that wrote meanwhile is filled in as well. Gives the documents that cannot be read.
    """
    connection.execute(b"SELECT FROM _head FOR UPDATE")  # nobody writes meanwhile
    columns, whole = _columns(connection, layout.name), table_of(layout.name)
    added = [field for field in fields_of(layout) if f"by_{field}" not in columns]
    for field in added:
        _run(connection, f"ALTER TABLE {whole} ADD COLUMN {column_of(field)} {_FIELD}")
    if layout.brief and brief_column(layout.brief.version) not in columns:
        # Servers of the release before go on reading and writing theirs, until all are replaced.
        beside = brief_column(layout.brief.version - 1)
        for name in sorted(one for one in columns if one.startswith("brief_") and one != beside):
            _run(connection, f"ALTER TABLE {whole} DROP COLUMN {name}")
        _run(connection, f"ALTER TABLE {whole} ADD COLUMN {brief_column(layout.brief.version)} bytea")
    parts = connection.execute(b"SELECT part FROM _parts WHERE collection = %s", (layout.name,)).fetchall()
    unread = list[str]()
    for (part,) in parts if layout.weekly else [(WHOLE,)]:
        unread += _fill(connection, layout, table_of(layout.name, part))
        _index_fields(connection, table_of(layout.name, part), added)
    return unread


def _told_unread(unread: Sequence[str]) -> str:
    """Which documents were left as they are, in Chinese; empty where none was."""
    if not unread:
        return ""
    named = "、".join(unread[:_NAMED]) + ("……" if len(unread) > _NAMED else "")
    return f"；其中 {len(unread)} 份文档读不出来（原因见运行日志），用到它们的页面会出错，其余照常：{named}"


def _fill(connection: Database, layout: Layout, table: str) -> list[str]:
    """Put what follows from documents into their columns; those of which no brief can be made."""
    settings = ", ".join(f"{column} = %s" for column in content_columns(layout)[:-1])
    change = statement(f"UPDATE {table} SET {settings} WHERE id = %s")
    last, unread = "", list[str]()
    while True:
        query = statement(f"SELECT id, revision, document::text FROM {table} WHERE id > %s ORDER BY id LIMIT 1000")
        rows = connection.execute(query, (last,)).fetchall()
        if not rows:
            return unread
        last = rows[-1][0]
        filled = {
            id: content_of(layout, text_in_column(id), json.loads(text), "", revision)[:-1]
            for id, revision, text in rows
        }
        with connection.cursor() as cursor:
            cursor.executemany(change, [(*columns, id) for id, columns in filled.items()])
        if layout.brief:
            unread += [text_in_column(id) for id, columns in filled.items() if columns[-1] is None]


def content_columns(layout: Layout) -> list[str]:
    """The columns, quoted, that follow from a document, in the order of ``content_of``."""
    brief = [brief_column(layout.brief.version)] if layout.brief else []
    return [*map(column_of, fields_of(layout)), *brief, "document"]


def content_of(layout: Layout, id: str, document: Mapping[str, Any], text: str, revision: int) -> list[object]:
    """What these columns have of a document and its JSON at a revision."""
    return [*columns_in(document, fields_of(layout)), *_briefs(layout, id, document, revision), text]


def brief_in(column: bytes | None, revision: int) -> bytes | None:
    """What is kept beside a document at a revision; None where a program that did not know it wrote the document."""
    known = column is not None and int.from_bytes(column[:_REVISION], "big") == revision
    return column[_REVISION:] if column is not None and known else None


def _briefs(layout: Layout, id: str, document: Mapping[str, Any], revision: int) -> list[bytes | None]:
    """The one of a document, where its collection has any, behind the revision that it was made of.

    None of a document that cannot be read: who reads it is told, and it keeps no other from being moved or migrated.
    """
    if not layout.brief:
        return []
    try:
        return [revision.to_bytes(_REVISION, "big") + layout.brief.of(id, document)]
    except Exception as error:
        _log.warning("%s/%s：读不出来（%s：%s）", layout.name, id, type(error).__name__, error)
        return [None]


def columns_in(document: Mapping[str, Any], fields: Sequence[str]) -> list[list[str]]:
    """What the columns of fields have of a document."""
    return [indexed_texts(texts_in(document.get(field))) for field in fields]


def _check_tables(connection: Database, layouts: Layouts) -> None:
    _check_version(connection)
    if list(_lacking(connection, layouts)) or version_in(connection) < len(MIGRATIONS):
        raise StoreUnfit(f"数据库是旧版本的程序建立的，请先备份，再运行一次：{_MIGRATE}")
    if fence.is_refused(fence.noted(connection), layouts):
        raise StoreUnfit(
            f"数据库已由更新版本的程序改过，这个版本写下的那里找不全：请换用新的；确要用这个版本，停下别的，再运行一次：{_MIGRATE}"
        )


def _check_use(connection: Database) -> None:
    """Raises ``StoreUnfit`` where nobody may work with what is there."""
    if is_there(connection, COPYING):
        raise StoreUnfit("数据库里是没有搬完的副本：请再运行一次 store copy，或给一个空的数据库")
    if is_there(connection, MOVED):
        where = str(_one(connection, b"SELECT target FROM _moved")).partition(" | ")[2]
        message = _one(connection, b"SELECT message FROM _moved")
        raise StoreUnfit(f"{message}（搬到 {where}）。确要回到这里，见 docs/operate/moving.md")


def _columns(connection: Database, collection: str) -> set[str]:
    found = connection.execute(
        b"SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped",
        (table_of(collection),),
    )
    return {name for (name,) in found}


def _check_server(connection: Database) -> None:
    if connection.info.server_version < _OLDEST_SERVER * 10_000:
        version = connection.info.parameter_status("server_version")
        raise StoreUnfit(f"数据库是 PostgreSQL {version}，太旧，要 {_OLDEST_SERVER} 或更新的")
    if (encoding := _one(connection, b"SHOW server_encoding")) != "UTF8":
        raise StoreUnfit(f"数据库的编码是 {encoding}，要 UTF8：CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0")
    if _one(connection, b"SELECT pg_is_in_recovery()"):
        raise StoreUnfit("数据库是只读的备库，请让 INSPECT_DATABASE 指向主库")


def _check_version(connection: Database) -> None:
    if (version := version_in(connection)) > len(MIGRATIONS):
        raise StoreUnfit(
            f"数据库由更新版本的程序建立（第{version}步，本程序到第{len(MIGRATIONS)}步），本程序不能用它；"
            "请换用新版本的程序。数据没有改动。"
        )


def _take_turn(connection: Database) -> None:
    """One process at a time, of all that start on this database."""
    connection.execute(b"SELECT pg_advisory_xact_lock(hashtext('inspect ' || current_schema()))")


def _run(connection: Database, text: str) -> None:
    connection.execute(statement(text))


def _one(connection: Database, query: bytes) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
