"""Which store the worlds of a run have: the data folder, or with ``pytest --store postgres`` a database for each.

In memory stay those that ask for it, where a test of services never opens its folder anew; they are of the database too
where a run is.
"""

from __future__ import annotations

import os
from pathlib import Path

import psycopg

from inspect_app.collections import LAYOUTS
from inspect_app.store.layouts import Layouts
from inspect_app.store.postgres import open_database
from inspect_app.store.postgres.schema import make_week
from inspect_app.store.postgres.texts import ids_of, table_of
from tests.store.databases import Server, empty_database

CHOSEN = "TEST_STORE"
"""The variable that the option sets, so that it holds in every process of a run."""
_addresses: dict[Path, str] = {}
_own: list[Server] = []


def keep_in(server: Server) -> None:
    """Have the worlds of this process in the databases of this server, from the first one on."""
    os.environ[CHOSEN] = "postgres"
    _own.append(server)


def on_database() -> bool:
    """Whether this run is on PostgreSQL."""
    return os.environ.get(CHOSEN) == "postgres"


def database_of(data: Path) -> str:
    """The address of the database of a data folder, a new one where it has none; empty where folders have all."""
    if not on_database():
        return ""
    if data not in _addresses:
        _addresses[data] = empty_database(*_own[-1:])
    return _addresses[data]


def have_database(data: Path, address: str) -> None:
    """Have the documents of a data folder in this database, whatever the others of this run are in."""
    _addresses[data] = address


def all_kept(data: Path) -> bytes:
    """Every byte of the store's files; of a database every column of every row."""
    if not on_database():
        return b"".join(path.read_bytes() for path in (data / "store").rglob("*") if path.is_file())
    tables = b"SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()"
    with psycopg.connect(database_of(data)) as connection:
        names = [name for (name,) in connection.execute(tables)]
        return "\n".join(
            row for name in names for (row,) in connection.execute(f"SELECT one::text FROM {name} AS one".encode())
        ).encode()


def environment_of(data: object) -> dict[str, str]:
    """What a process has to be told of the database of a data folder, if it has one."""
    address = _addresses.get(Path(str(data)))
    return {"INSPECT_DATABASE": address} if address else {}


def copy_documents(source: Path, target: Path) -> None:
    """Have the database of one folder hold what that of another does."""
    if not on_database():
        return
    open_database(database_of(target), LAYOUTS).close()
    kinds = {layout.name: layout for layout in Layouts(LAYOUTS)}
    old = database_of(source).rpartition("%3D")[2]
    with psycopg.connect(database_of(target)) as connection:
        parts = connection.execute(f"SELECT collection, part FROM {old}._parts".encode()).fetchall()
        tables = {'"_parts"', '"_log"'}
        for name, part in parts:
            tables.add(table_of(name, part))
            if kinds[name].weekly:
                make_week(connection, kinds[name], part)
                tables.add(ids_of(name))
        connection.execute(f"DELETE FROM _head; INSERT INTO _head SELECT * FROM {old}._head".encode())
        for table in sorted(tables):
            connection.execute(f"INSERT INTO {table} SELECT * FROM {old}.{table}".encode())
        prints = f"INSERT INTO _prints (records) SELECT records FROM {old}._prints ORDER BY place"
        connection.execute(prints.encode())
