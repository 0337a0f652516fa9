"""Which store an installation has, by its settings, and what it is copied from and into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..collections import LAYOUTS
from ..durable import make_folder, replace_file, sync_folder
from ..photos.similar import RECORD_BYTES
from ..photos.trail import FileTrail, Trail
from ..settings import Settings
from ..store import Store, StoreUnfit
from ..store.copying import CopySource, CopyTarget, Image
from ..store.folder_copying import COPYING, FolderSource, FolderTarget, identity_of
from ..store.jobs import Jobs
from ..store.leaving import Leaving
from ..store.moment import Frozen
from ..store.onlookers import FileOnlookers, Onlookers
from ..store.shelf import Shelf, Shelved
from ..store.tiny import open_store
from ..store.turns import FileTurns, Schedule
from ..store.waiting import HANDED_ON, Row, WaitingList, leave_rows, rows_left, write_rows
from .shelf_files import put_in, things_in

if TYPE_CHECKING:
    from ..store.postgres import PostgresStore

MARK = "database.txt"
"""The file of a data folder that says where its documents are, where they are in a database."""
UNFINISHED = "copying.txt"
"""The file of a data folder into which an installation is being moved."""
PRINTS, PRINTS_TAKEN = "similar.bin", "similar.taken"
"""The file beside the photos of what they look like; how many of its bytes a database has."""
_WAITING = "waiting"
"""The folder in it of what is to be done."""
_NO_DRIVER = "INSPECT_DATABASE：本机没有可用的 PostgreSQL 驱动（psycopg），请重新运行安装"


def store_of(settings: Settings) -> Store:
    """The store of the database that is named, else of the data folder.

    A folder and a database that do not belong together found no second, empty installation. Raises ``StoreDamaged``,
    ``StoreAway`` and ``StoreUnfit``, each with a message in Chinese.
    """
    mark = settings.data / MARK
    if (settings.data / UNFINISHED).exists():
        raise StoreUnfit(f"{settings.data} 是没有搬完的副本：请再运行一次 store copy，或另指一个目录")
    if not settings.database:
        if mark.exists():
            raise StoreUnfit(f"{mark}：这个数据目录的文档在数据库里，启动和命令都要设置 INSPECT_DATABASE")
        _assert_in_use(settings.store)
        return open_store(settings.store, LAYOUTS, log=log_of(settings))
    if not mark.exists() and settings.store.is_dir() and any(settings.store.iterdir()):
        raise StoreUnfit(
            f"{settings.store} 里已有文档，数据库不会接着用它们：请用 store copy 搬过去，"
            "或去掉 INSPECT_DATABASE，或用 --data 另指一个空目录"
        )
    store = _in_database(settings.database)
    note_database(settings)
    return store


def is_in_database(settings: Settings) -> bool:
    """Whether a data folder says that its documents are in a database."""
    return (settings.data / MARK).exists()


def note_database(settings: Settings) -> None:
    """Have the data folder say whether its documents are in a database."""
    mark = settings.data / MARK
    if settings.database:
        if not mark.exists():
            replace_file(mark, "文档在数据库里：启动和命令都要设置 INSPECT_DATABASE。\n".encode())
        return
    with suppress(FileNotFoundError):
        mark.unlink()
        sync_folder(settings.data)


def log_of(settings: Settings) -> Path:
    """The log of acts of a data folder that has its documents."""
    return settings.data / "audit" / "log.jsonl"


def source_of(settings: Settings) -> CopySource:
    """What an installation's documents are copied from. Raises ``StoreDamaged``, ``StoreAway`` and ``StoreUnfit``."""
    if not settings.database:
        # Where documents are in the folder as well, they were left for the database, or a process died just before.
        if is_in_database(settings) and not (settings.store.is_dir() and any(settings.store.iterdir())):
            raise StoreUnfit(f"{settings.data / MARK}：这个数据目录的文档在数据库里，要设置 INSPECT_DATABASE")
        return FolderSource(settings.store, LAYOUTS, log_of(settings))
    try:
        from ..store.postgres.copying import DatabaseSource
    except ImportError as error:
        raise StoreUnfit(f"{_NO_DRIVER}（{error}）") from error
    return DatabaseSource(settings.database, LAYOUTS)


def target_of(settings: Settings, source: str) -> CopyTarget:
    """What documents are copied into, from the source with this identity. Raises as ``source_of``."""
    if not settings.database:
        return FolderTarget(settings.store, LAYOUTS, log_of(settings), source)
    try:
        from ..store.postgres.copying import DatabaseTarget
    except ImportError as error:
        raise StoreUnfit(f"{_NO_DRIVER}（{error}）") from error
    return DatabaseTarget(settings.database, LAYOUTS, source)


def unfinished_mark(settings: Settings) -> tuple[str, bool]:
    """The identity of a place, and whether a copy into it was begun and is not whole."""
    if not settings.database:
        return identity_of(settings.store), (settings.store / COPYING).exists()
    from ..store.postgres.copying import looked_at

    return looked_at(settings.database)


def _assert_in_use(folder: Path) -> None:
    """Raises ``StoreUnfit`` where a store was left, or is a copy that is not whole."""
    if (folder / COPYING).exists():
        raise StoreUnfit(f"{folder} 是没有搬完的副本：请再运行一次 store copy，或另指一个目录")
    leaving = Leaving(folder)
    if (target := leaving.left_for()) is not None:
        where = target.partition(" | ")[2]
        raise StoreUnfit(f"{leaving.message()}（搬到 {where}）。确要回到这里，见 docs/operate/moving.md")


def _in_database(address: str) -> Store:
    try:
        from ..store.postgres import open_database  # nothing else needs the driver
    except ImportError as error:
        raise StoreUnfit(f"{_NO_DRIVER}（{error}）") from error
    return open_database(address, LAYOUTS)


def queue_of(store: Store, settings: Settings) -> tuple[Jobs, Schedule]:
    """The jobs of an installation, and the turns at what comes back: in its database, else in the data folder."""
    waiting = settings.data / _WAITING
    if database := database_of(store, settings):
        database.jobs.earlier = waiting
        return database.jobs, database.turns
    return WaitingList(waiting), FileTurns(settings.data / "schedule")


def prints_of(store: Store, settings: Settings) -> Trail:
    """What the photos of an installation look like: in its database, else in a file beside them."""
    if database := database_of(store, settings):
        return database.prints
    return FileTrail(settings.photos / PRINTS, RECORD_BYTES)


def database_of(store: Store, settings: Settings) -> PostgresStore | None:
    """The store, where it is that of a database."""
    if not settings.database:
        return None
    from ..store.postgres import PostgresStore

    return store if isinstance(store, PostgresStore) else None


def database_prints(settings: Settings) -> bytes:
    """What photos look like, by the database that is set. Raises ``StoreAway`` and ``StoreUnfit``."""
    from ..store.postgres.prints import prints_in

    return prints_in(settings.database)


def hand_prints_on(source: Settings, target: Settings) -> None:
    """Have photos of one place be known at the other. Raises ``StoreAway``, ``StoreUnfit`` and ``OSError``.

    What lies in a file of a folder goes with the other files; a database takes all of it over when it is first used.
    """
    (target.photos / PRINTS_TAKEN).unlink(missing_ok=True)
    if not source.database:
        return
    records = database_prints(source)
    if target.database:
        from ..store.postgres.prints import replace_prints

        replace_prints(target.database, records)
        return
    make_folder(target.photos)
    replace_file(target.photos / PRINTS, records)


def onlookers_of(store: Store, settings: Settings) -> Onlookers:
    """Who looks at what at all servers of an installation."""
    if database := database_of(store, settings):
        return database.onlookers
    return FileOnlookers(settings.data / "onlookers")


def jobs_of(settings: Settings, image: Image | None = None) -> list[Row]:
    """What waits at a place; of a database at the moment of its image. Raises ``StoreAway`` and ``StoreUnfit``."""
    if not settings.database:
        return rows_left(settings.data / _WAITING)
    from ..store.postgres.copying import DatabaseImage, jobs_in

    return image.jobs() if isinstance(image, DatabaseImage) else jobs_in(settings.database)


def with_jobs(settings: Settings, rows: Sequence[Row], aside: Path) -> list[Frozen]:
    """A file made in ``aside`` by which whoever begins in a copy of the data folder lists these rows; none for none."""
    if not rows:
        return []
    path = aside / HANDED_ON
    write_rows(path, rows)
    return [Frozen(settings.data / _WAITING / HANDED_ON, path, path.stat().st_size)]


def hand_jobs_on(source: Settings, target: Settings) -> None:
    """Have what waits at one place be found at the other, whichever of its servers begins first.

    Raises ``StoreAway``, ``StoreUnfit`` and ``OSError``.
    """
    leave_rows(target.data / _WAITING, jobs_of(source))


def shelf_of(store: Store, settings: Settings) -> Shelf | None:
    """What the servers of an installation hold for each other; None where documents are not in a database."""
    database = database_of(store, settings)
    return database.shelf if database else None


def hand_shelf_on(source: Settings, target: Settings) -> None:
    """Have what servers held for each other at a place that was left lie in another folder: its start takes it over.

    Whoever still put something there at the place of before is told after that that it was left, and so that nothing is
    kept. Raises ``StoreAway``, ``StoreUnfit`` and ``OSError``.
    """
    if source.data == target.data and not source.database:
        return
    for thing in _shelved(source):
        put_in(target.data, thing)


def _shelved(settings: Settings) -> Iterator[Shelved]:
    if not settings.database:
        return things_in(settings.data)
    from ..store.postgres.shelf import shelved_in

    return shelved_in(settings.database)


def migrated(database: str) -> list[str]:
    """Bring a database's tables to what this program needs; what was done, in Chinese.

    Raises ``StoreAway`` and ``StoreUnfit``.
    """
    try:
        from ..store.postgres import migrate_database
    except ImportError as error:
        raise StoreUnfit(f"{_NO_DRIVER}（{error}）") from error
    return migrate_database(database, LAYOUTS)
