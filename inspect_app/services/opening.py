"""Which store an installation has, by its settings."""

from __future__ import annotations

from ..collections import LAYOUTS
from ..settings import Settings
from ..store import Store, StoreUnfit
from ..store.jobs import Jobs
from ..store.tiny import open_store
from ..store.turns import FileTurns, Schedule
from ..store.waiting import WaitingList

_MARK = "database.txt"
"""The file of a data folder that says where its documents are, where they are in a database."""
_NO_DRIVER = "INSPECT_DATABASE：本机没有可用的 PostgreSQL 驱动（psycopg），请重新运行安装"


def store_of(settings: Settings) -> Store:
    """The store of the database that is named, else of the data folder.

    A folder and a database that do not belong together found no second, empty installation. Raises ``StoreDamaged``,
    ``StoreAway`` and ``StoreUnfit``, each with a message in Chinese.
    """
    mark = settings.data / _MARK
    if not settings.database:
        if mark.exists():
            raise StoreUnfit(f"{mark}：这个数据目录的文档在数据库里，启动和命令都要设置 INSPECT_DATABASE")
        return open_store(settings.store, LAYOUTS, log=settings.data / "audit" / "log.jsonl")
    if not mark.exists() and settings.store.is_dir() and any(settings.store.iterdir()):
        raise StoreUnfit(
            f"{settings.store} 里已有文档，数据库不会接着用它们：请去掉 INSPECT_DATABASE，或用 --data 另指一个空目录"
        )
    store = _in_database(settings.database)
    if not mark.exists():
        mark.write_text("文档在数据库里：启动和命令都要设置 INSPECT_DATABASE。\n", "utf-8")
    return store


def _in_database(address: str) -> Store:
    try:
        from ..store.postgres import open_database  # nothing else needs the driver
    except ImportError as error:
        raise StoreUnfit(f"{_NO_DRIVER}（{error}）") from error
    return open_database(address, LAYOUTS)


def queue_of(store: Store, settings: Settings) -> tuple[Jobs, Schedule]:
    """The jobs of an installation, and the turns at what comes back: in its database, else in the data folder."""
    waiting = settings.data / "waiting"
    if settings.database:
        from ..store.postgres import PostgresStore

        if isinstance(store, PostgresStore):
            store.jobs.earlier = waiting
            return store.jobs, store.turns
    return WaitingList(waiting), FileTurns(settings.data / "schedule")


def migrated(database: str) -> list[str]:
    """Bring a database's tables to what this program needs; what was done, in Chinese.

    Raises ``StoreAway`` and ``StoreUnfit``.
    """
    try:
        from ..store.postgres import migrate_database
    except ImportError as error:
        raise StoreUnfit(f"{_NO_DRIVER}（{error}）") from error
    return migrate_database(database, LAYOUTS)
