"""Backups of this installation: made by command and once a day, what became of the last one, and telling the office."""

from __future__ import annotations

import json
import logging
import secrets
from contextlib import closing
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
from ..store.tiny import TinyStore
from ..store.waiting import Row
from . import PHOTOS, PUBLISHED, RECORDINGS, Services
from .opening import jobs_of, log_of, source_of, with_jobs
from .repeating import keep_doing_once

_log = logging.getLogger(__name__)
NAMING_KEY = "backup.key"
_RESULT = "backup.json"
_LOOK_EVERY_S, _AGAIN_AFTER = 300.0, timedelta(hours=1)
_LATE = timedelta(hours=36)
"""A daily backup that is older did not come at its time."""


class CannotBackUp(Exception):
    """A backup cannot be made, or not wholly; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class LastBackup:
    """What became of the last try: when (UTC), and what was wrong, empty where nothing was; when one last succeeded."""

    tried_at: datetime
    problem: str
    made_at: datetime | None


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
    """What became of the last try; None where there was none."""
    try:
        found = json.loads((services.settings.data / _RESULT).read_bytes())
        made_at = datetime.fromisoformat(found["made_at"]) if found["made_at"] else None
        return LastBackup(datetime.fromisoformat(found["tried_at"]), found["problem"], made_at)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def backup_warning(services: Services, now: datetime) -> str:
    """What the office is to know of daily backups; empty where they come at their time, or none are set."""
    if services.settings.backups_at is None:
        return ""
    last = last_backup(services)
    if last and last.problem:
        return f"最近一次备份没有做好：{last.problem}"
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
    )
    try:
        key = PublicKey(settings.backups_public_key)
        naming_key = keep_once(settings.data / NAMING_KEY, secrets.token_bytes(32))
        return create(repository_of(settings), source, key, naming_key)
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
    return [*found, with_jobs(settings, rows, aside)] if rows else found


def _from_database(settings: Settings, aside: Path) -> list[Frozen]:
    """What a database holds at one moment, as files that a folder's store would have of it: there it is restored."""
    with closing(source_of(settings)) as source, source.reading() as image:
        rows = jobs_of(settings, image)
        found = write_folder(image, aside, settings.store, log_of(settings))
    return [*found, with_jobs(settings, rows, aside)] if rows else found


def _note(services: Services, now: datetime, problem: str, *, made: bool) -> None:
    before = last_backup(services)
    last = LastBackup(now, problem, now if made else before.made_at if before else None)
    try:
        replace_file(services.settings.data / _RESULT, json.dumps(_as_json(last), ensure_ascii=False).encode())
    except OSError as error:
        _log.warning("%s：%s", _RESULT, error)


def _as_json(last: LastBackup) -> dict[str, str]:
    return {
        "tried_at": last.tried_at.astimezone(UTC).isoformat(),
        "problem": last.problem,
        "made_at": last.made_at.astimezone(UTC).isoformat() if last.made_at else "",
    }
