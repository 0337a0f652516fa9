"""Backups of this installation: made by command and once a day, what became of the last one, and telling the office."""

from __future__ import annotations

import json
import logging
import secrets
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from ..backup.creating import BackedUp, Made, create
from ..backup.keys import KeyWrong, PublicKey
from ..backup.places import open_place
from ..backup.repository import NotOurs, Occupied, Repository
from ..backup.snapshot import BackupDamaged, instant_of
from ..backup.verifying import Retention, prune
from ..durable import keep_once, replace_file
from ..settings import Settings
from ..store import StoreAway, StoreDamaged, StoreLeft, StoreUnfit
from ..store.folder_writing import write_folder
from ..store.moment import Frozen
from ..store.shelf import Shelved
from ..store.tiny import TinyStore
from ..store.waiting import Row
from . import PHOTOS, PUBLISHED, RECORDINGS, Services
from .keys import keys_elsewhere
from .opening import PRINTS, database_prints, jobs_of, log_of, source_of, with_jobs
from .repeating import keep_doing_once
from .shelf_files import BACKUP_RESULT, KEYS, NAMING_KEY, NOTES

_log = logging.getLogger(__name__)
_LOOK_EVERY_S, _AGAIN_AFTER = 300.0, timedelta(hours=1)
_LATE = timedelta(hours=36)
"""A daily backup that is older did not come at its time."""


class CannotBackUp(Exception):
    """A backup cannot be made, or not wholly; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class LastBackup:
    """What became of the last try: when (UTC), and what was wrong, empty where nothing was; when one last succeeded.

    ``host`` is the machine that tried.
    """

    tried_at: datetime
    problem: str
    made_at: datetime | None
    host: str = ""


def repository_of(settings: Settings) -> Repository:
    """The repository that is set. Raises ``CannotBackUp``."""
    if settings.backups is None:
        raise CannotBackUp("没有设置 INSPECT_BACKUPS（备份放在哪里），见 docs/operate/backup.md")
    return Repository(open_place(settings.backups))


def back_up(services: Services, now: datetime) -> Made:
    """Make a backup, and note what became of it. Raises ``CannotBackUp``; also where originals are lost, after all else
    was kept.
    """
    try:
        made = _made(services)
    except CannotBackUp as error:
        _note(services, now, str(error), made=False)
        raise
    except Exception:
        _note(services, now, "程序出错，见运行日志", made=False)
        raise
    lost = f"备份已做，但有 {len(made.lost)} 个文件缺失或损坏，没有备上：{made.lost[0]}" if made.lost else ""
    _note(services, now, lost, made=True)
    if lost:
        raise CannotBackUp(lost)
    return made


def last_backup(services: Services) -> LastBackup | None:
    """What became of the last try, by whichever server; None where there was none."""
    noted = [found for content in _noted(services) if (found := _read(content))]
    return max(noted, key=lambda one: one.tried_at, default=None)


def backup_warning(services: Services, now: datetime) -> str:
    """What the office is to know of daily backups; empty where they come at their time, or none are set."""
    if services.settings.backups_at is None:
        return ""
    last = last_backup(services)
    if last and last.problem:
        where = f"（服务器 {last.host}）" if services.shelf and last.host else ""
        return f"最近一次备份没有做好{where}：{last.problem}"
    if last and last.made_at and now - last.made_at > _LATE:
        at = last.made_at.astimezone(services.settings.timezone)
        return f"每天的备份没有按时做：最近一次是 {at:%m月%d日 %H:%M}"
    return ""


def is_due(services: Services, now: datetime) -> bool:
    """Whether the time of the day has come and no backup was made since; after a failure not before an hour."""
    at = services.settings.backups_at
    if at is None:
        return False
    here = now.astimezone(services.settings.timezone)
    latest = datetime.combine(here.date(), at, here.tzinfo)
    if latest > here:
        latest -= timedelta(days=1)
    last = last_backup(services)
    if last is None:
        return True
    if last.problem and now - last.tried_at < _AGAIN_AFTER:
        return False
    return last.made_at is None or last.made_at < latest


def keep_backing_up(services: Services) -> None:
    """Make a backup each day at its time, as long as the process lives, and prune old ones; returns at once."""
    if services.settings.backups_at is not None:
        keep_doing_once(services.turns, "backup", partial(_in_turn, services), every_s=_LOOK_EVERY_S, first_s=60)


def newest(repository: Repository) -> datetime | None:
    """When the newest backup of a repository was made (UTC)."""
    stamps = repository.stamps()
    return instant_of(stamps[-1]) if stamps else None


def _in_turn(services: Services, now: datetime) -> None:
    if not is_due(services, now) or _is_left(services):
        return
    try:
        made = back_up(services, now)
        gone, _ = prune(repository_of(services.settings), Retention())
        _log.info(
            "backup %s: %d files, %d bytes new; %d old ones removed", made.stamp, made.files, made.new_bytes, len(gone)
        )
    except CannotBackUp as error:
        _log.error("%s", error)


def _is_left(services: Services) -> bool:
    """Whether the data were moved elsewhere: the newest backup of a repository is to be of what is worked with."""
    try:
        services.store.probe()
    except StoreLeft as error:
        _log.warning("no backup: %s", error)
        return True
    except (OSError, StoreAway, StoreDamaged):  # what is wrong is told by the backup
        return False
    return False


def _made(services: Services) -> Made:
    settings, store = services.settings, services.store
    if not settings.backups_public_key:
        raise CannotBackUp("没有设置 INSPECT_BACKUPS_PUBLIC_KEY：先运行 flask backup key，把密钥另外保管")
    where = settings.backups
    if isinstance(where, Path) and any(where.resolve().is_relative_to(one.resolve()) for one in settings.folders):
        raise CannotBackUp(f"{where} 在数据目录里面，磁盘坏了会一起丢：请另指一个目录，最好在另一台机器上")
    source = BackedUp(
        data=settings.data,
        photos=settings.photos,
        frozen=partial(_from_folder, settings, store)
        if isinstance(store, TinyStore)
        else partial(_from_database, settings),
        originals={PHOTOS: services.photos, RECORDINGS: services.recordings, PUBLISHED: services.frozen.contents},
        elsewhere=keys_elsewhere(settings.keys),
    )
    try:
        key = PublicKey(settings.backups_public_key)
        return create(repository_of(settings), source, key, _naming_key(services))
    except BackupDamaged as error:
        raise CannotBackUp(f"{error}；确认是本安装的备份后删除这个文件，会重新写") from error
    except (KeyWrong, Occupied, NotOurs, StoreAway, StoreUnfit, StoreDamaged) as error:
        raise CannotBackUp(str(error)) from error
    except OSError as error:
        raise CannotBackUp(f"写不进备份：{error.strerror or error}") from error


def _from_folder(settings: Settings, store: TinyStore, aside: Path) -> list[Frozen]:
    """The files of a folder's store at one moment. What waits is read first: what is done later is not there."""
    rows = list[Row]()
    found = store.frozen(aside, lambda: rows.extend(jobs_of(settings)))
    return [*found, *with_jobs(settings, rows, aside)]


def _from_database(settings: Settings, aside: Path) -> list[Frozen]:
    """What a database holds at one moment, as files that a folder's store would have of it: there it is restored."""
    with closing(source_of(settings)) as source, source.reading() as image:
        rows = jobs_of(settings, image)
        found = write_folder(image, aside, settings.store, log_of(settings))
    prints = aside / PRINTS
    prints.write_bytes(database_prints(settings))  # more of them than of documents do no harm
    return [*found, Frozen(settings.photos / PRINTS, prints, prints.stat().st_size), *with_jobs(settings, rows, aside)]


def _note(services: Services, now: datetime, problem: str, *, made: bool) -> None:
    before = last_backup(services)
    last = LastBackup(now, problem, now if made else before.made_at if before else None, socket.gethostname())
    content = json.dumps(_as_json(last), ensure_ascii=False).encode()
    if services.shelf:
        try:
            services.shelf.put(Shelved(NOTES, BACKUP_RESULT, now, content))
            return
        except (OSError, StoreAway) as error:  # the next start of this server, or its next backup, tells the others
            _log.warning("%s：%s", BACKUP_RESULT, error)
    try:
        replace_file(services.settings.data / BACKUP_RESULT, content)
    except OSError as error:
        _log.warning("%s：%s", BACKUP_RESULT, error)


def _noted(services: Services) -> Iterator[bytes]:
    """What was noted of backups: in the database, and here while that was away."""
    if services.shelf:
        with suppress(StoreAway):
            if found := services.shelf.get(NOTES, BACKUP_RESULT):
                yield found.content
    with suppress(OSError):
        yield (services.settings.data / BACKUP_RESULT).read_bytes()


def _read(content: bytes) -> LastBackup | None:
    try:
        found = json.loads(content)
        made_at = datetime.fromisoformat(found["made_at"]) if found["made_at"] else None
        return LastBackup(datetime.fromisoformat(found["tried_at"]), found["problem"], made_at, found.get("host", ""))
    except (ValueError, KeyError, TypeError):
        return None


def _naming_key(services: Services) -> bytes:
    """What names of what is backed up are made with: one for all servers, also in a file that is backed up with them.

    Raises ``StoreAway`` and ``OSError``.
    """
    path = services.settings.data / NAMING_KEY
    own = keep_once(path, secrets.token_bytes(32))
    if services.shelf is None:
        return own
    shared = services.shelf.put_once(Shelved(KEYS, NAMING_KEY, datetime.now(UTC), own)).content
    if shared != own:
        replace_file(path, shared, private=True)
    return shared


def _as_json(last: LastBackup) -> dict[str, str]:
    return {
        "tried_at": last.tried_at.astimezone(UTC).isoformat(),
        "problem": last.problem,
        "made_at": last.made_at.astimezone(UTC).isoformat() if last.made_at else "",
        "host": last.host,
    }
