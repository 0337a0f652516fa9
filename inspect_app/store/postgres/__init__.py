"""The store on PostgreSQL: for more than one machine, and for cities that outgrow a folder.

Loaded only where the setting names a database: nothing else needs the driver.
"""

from __future__ import annotations

from collections.abc import Iterable

from .. import Layout
from ..layouts import Layouts
from .connecting import Connections, connected, told
from .fence import filled_by
from .schema import migrate, ready
from .store import PostgresStore

__all__ = ["PostgresStore", "migrate_database", "open_database"]


def open_database(url: str, layouts: Iterable[Layout]) -> PostgresStore:
    """The store in a database, whose tables are made where it is empty. Raises ``StoreAway`` and ``StoreUnfit``."""
    known = Layouts(layouts)
    with connected(url) as connection, told():
        ready(connection, known)
    return PostgresStore(Connections(url, filled_by(known)), known)


def migrate_database(url: str, layouts: Iterable[Layout]) -> list[str]:
    """Bring a database's tables to what this program needs; what was done, in Chinese.

    Raises ``StoreAway`` and ``StoreUnfit``.
    """
    with connected(url) as connection, told():
        return migrate(connection, Layouts(layouts))
