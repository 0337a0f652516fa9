"""A whole installation moved to another place while its server works: documents, log, originals, keys and other files.

1. Passes copy what is there, and what changed since, while others write.
2. A last one while nobody writes; each part is compared by its hash, and the chain of the log is checked on both sides.
3. The old place is left: nobody writes there any more. Only then may the new one be opened. Who is killed in between
   leaves neither open to be written, and the next run goes on.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ..backup.data_folder import files_of
from ..collections.evidence.removed import REMOVED
from ..collections.log_salt import LOG_SALTS, THE_SALT
from ..durable import make_folder, replace_file, sync_folder
from ..photos import PhotoStore, open_photo_store
from ..photos.damage import OriginalDamaged
from ..photos.held import has_whole
from ..photos.objects import Objects, ObjectsUnfit
from ..photos.settling import SettlingPhotoStore
from ..settings import Settings
from ..store import StoreUnfit
from ..store.chain import Head
from ..store.copying import Copy, CopySource, CopyTarget, Digest, Image, Still
from . import PHOTOS, PUBLISHED, RECORDINGS
from .keys import keys_elsewhere
from .opening import (
    UNFINISHED,
    hand_jobs_on,
    hand_prints_on,
    hand_shelf_on,
    note_database,
    source_of,
    target_of,
    unfinished_mark,
)
from .witness import own_name

_ALL = datetime.max.replace(tzinfo=UTC)
_MOST_PASSES, _SHORT_S, _FEW = 6, 2.0, 500
"""Passes follow the changes until one is so short, or writes so few documents and entries; then nobody may write."""
_KEPT_HERE = timedelta(days=1)
"""What this machine keeps of an object store's originals is let go of by a move that late only."""
_NOT_COPIED = frozenset({"audit/log.jsonl", UNFINISHED})


class AlreadyMoved(Exception):
    """All was moved to this very place before; the message says so, in Chinese."""


@dataclass(slots=True)
class MovedInstallation:
    """What was moved: documents by collection with their hashes, the head of the log, originals by kind, bytes of those
    that were copied now, files, damaged originals; how long nobody could write, in seconds, None where all go on.
    """

    digests: dict[str, list[Digest]] = field(default_factory=dict)
    head: Head | None = None
    originals: dict[str, int] = field(default_factory=dict)
    bytes: int = 0
    files: int = 0
    damaged: tuple[str, ...] = ()
    still_s: float | None = None


def move(
    source: Settings,
    target: Settings,
    now: datetime,
    said: Callable[[str], None],
    *,
    switch: bool = True,
    despite_damage: bool = False,
) -> MovedInstallation:
    """Move an installation; without ``switch`` only ahead, so that the rest takes little. ``said`` is told of passes.

    Raises ``AlreadyMoved``, ``StoreUnfit``, ``StoreAway``, ``StoreDamaged``, ``ObjectsUnfit``, ``ObjectsAway`` and
    ``OSError``; the source is in use then as before, and the same once more goes on where this ended.
    """
    with closing(source_of(source)) as old:
        _assert_not_moved(old, target)
        if source.data != target.data:
            _begin_folder(source, target, old.identity)
        with closing(target_of(target, old.identity)) as new:
            moving = _Moving(source, target, old, new, said)
            moving.ahead()
            if switch:
                moving.switched(now, despite_damage=despite_damage)
                hand_shelf_on(source, target)
                new.end()
                _end_folder(target)
            return moving.moved


def reopen(settings: Settings) -> bool:
    """Have a place in use again that was left; whether it had been. Raises ``StoreAway`` and ``StoreUnfit``."""
    with closing(source_of(settings)) as old:
        if there := old.reopen():
            note_database(settings)
        return there


def _assert_not_moved(old: CopySource, target: Settings) -> None:
    left = old.left_for()
    if left is None:
        return
    identity, is_begun = unfinished_mark(target)
    where, _, name = left.partition(" | ")
    if where != identity:
        raise StoreUnfit(f"{old.name} 早已搬到 {name}。要重新从这里搬，先在这里运行 store reopen")
    if not is_begun:
        _end_folder(target)
        raise AlreadyMoved(f"早已搬到 {name}，没有什么要做的")


class _Moving:
    def __init__(
        self, source: Settings, target: Settings, old: CopySource, new: CopyTarget, said: Callable[[str], None]
    ) -> None:
        if old.identity == new.identity:
            raise StoreUnfit(f"两边是同一处：{old.name}")
        self._source, self._target, self._old, self._new, self._said = source, target, old, new, said
        self._copy = Copy(new, said)
        self._objects = _new_objects(source, target, old)
        self._stores = dict(_changed_stores(source, target))
        self._copied: dict[str, set[str]] = {kind: set() for kind in self._stores}
        self._damaged: dict[str, str] = {}
        self.moved = MovedInstallation()

    def ahead(self) -> None:
        """Copy while others write, until little is left."""
        with self._old.reading() as image:
            self._put_again(image)
        for number in range(1, _MOST_PASSES + 1):
            began = time.monotonic()
            with self._old.reading() as image:
                few = self._pass(image)
            took = time.monotonic() - began
            self._said(f"第{number}遍：{few} 份文档和日志，{took:.1f} 秒")
            if few <= _FEW or took < _SHORT_S:
                break
        self._tell()

    def switched(self, now: datetime, *, despite_damage: bool) -> None:
        """Copy what is left while nobody writes, compare, and leave the old place."""
        self._refuse_damage(despite_damage)
        with self._old.standing_still() as still:
            began = time.monotonic()
            self._pass(still)
            self._remove_superfluous(still)
            self._copy.assert_whole(still)
            self._refuse_damage(despite_damage)
            if self._objects:
                self._objects.found(_own_name(still))
            hand_jobs_on(self._source, self._target)
            hand_prints_on(self._source, self._target)
            with _database_noted(self._source, self._target):
                self._leave(still, now)
            self.moved.still_s = time.monotonic() - began
        self._tell()

    def _leave(self, still: Still, now: datetime) -> None:
        at = now.astimezone(self._source.timezone)
        message = f"数据已于 {at:%Y-%m-%d %H:%M} 搬到新的服务器或数据库，这里不再保存；请在新的地方再试，手机会自动重发"
        still.leave(f"{self._new.identity} | {self._new.name}", message)

    def _pass(self, image: Image) -> int:
        """Documents first: an original that one of them names was kept before it."""
        written = self._copy.catch_up(image)
        self._damaged.clear()  # each is tried again; one that went by rule meanwhile is none
        for kind, (source, target) in self._stores.items():
            self._originals(kind, source, target)
        if self._source.data != self._target.data:
            self.moved.files = sum(_copy_file(name, path, self._target) for name, path in self._files())
        return written.documents + written.entries

    def _originals(self, kind: str, source: PhotoStore, target: PhotoStore) -> None:
        done = self._copied[kind]
        for sha256 in source.kept_before(_ALL):
            if sha256 in done:
                continue
            if not has_whole(target, sha256):
                try:
                    content = source.whole(sha256)
                except OriginalDamaged as error:
                    if source.size(sha256) is not None:
                        self._damaged[sha256] = str(error)
                    continue
                target.keep(sha256, content)
                self.moved.bytes += len(content)
            done.add(sha256)

    def _put_again(self, image: Image) -> None:
        """Have the object store hold what it has lost and this machine keeps yet: that stays behind."""
        if self._source.objects is None:
            return
        now, removed = datetime.now(UTC), _removed_in(image)
        for kind in (PHOTOS, RECORDINGS, PUBLISHED):
            store = SettlingPhotoStore(_originals_of(self._source, kind), self._source.settling / kind, _KEPT_HERE)
            store.settle(now, removed.__contains__, all_of_them=True)

    def _remove_superfluous(self, still: Image) -> None:
        """What was removed from the old place meanwhile is not to come back in the new one.

        Of what an earlier run copied only what a rule removed: the rest may be lost in the old place.
        """
        removed = _removed_in(still)
        for kind, (source, target) in self._stores.items():
            copied = self._copied[kind] | (removed & set(target.kept_before(_ALL)) if removed else set())
            gone = copied - set(source.kept_before(_ALL))
            for sha256 in gone:
                target.remove(sha256, _ALL)
                target.forget_derived(sha256)
            self._copied[kind] -= gone

    def _files(self) -> Iterator[tuple[str, Path]]:
        found = files_of(self._source.data, self._source.photos, keys_elsewhere(self._source.keys))
        return ((name, path) for name, path in found if name not in _NOT_COPIED)

    def _refuse_damage(self, despite_damage: bool) -> None:
        self.moved.damaged = tuple(self._damaged.values())
        if self._damaged and not despite_damage:
            raise StoreUnfit(
                f"{len(self._damaged)} 个原件已损坏，没有切换：{self.moved.damaged[0]}。"
                "先从备份恢复它们；恢复不了的，加 --despite-damage，搬过去以后 check 会说它们缺失"
            )

    def _tell(self) -> None:
        moved = self.moved
        moved.digests = {}
        for (collection, _), digest in sorted(self._copy.digests.items()):
            moved.digests.setdefault(collection, []).append(digest)
        moved.head = self._copy.head
        moved.originals = {kind: len(done) for kind, done in self._copied.items()}
        moved.damaged = tuple(self._damaged.values())


def _removed_in(image: Image) -> set[str]:
    """The originals that a rule removed."""
    part = (REMOVED.name, "all")
    return {row.id for row in image.rows(part)} if part in image.parts() else set()


def _new_objects(source: Settings, target: Settings, old: CopySource) -> Objects | None:
    """The object store that originals are moved to, if any. Raises ``ObjectsUnfit`` where it is another's."""
    if target.objects is None or target.objects == source.objects:
        return None
    objects = Objects(target.objects)
    objects.probe()
    with old.reading() as image:
        if objects.owner() not in (None, _own_name(image)):
            raise ObjectsUnfit(f"对象存储 {target.objects} 里是另一套安装的照片：请另指一个桶或目录")
    return objects


def _own_name(image: Image) -> str:
    """What an object store knows the installation by; without a salt there never was one."""
    part = (LOG_SALTS.name, "all")
    rows = image.rows(part) if part in image.parts() else ()
    kept = next((row for row in rows if row.id == THE_SALT), None)
    return own_name(json.loads(kept.text)["salt"]) if kept else ""


def _changed_stores(source: Settings, target: Settings) -> Iterator[tuple[str, tuple[PhotoStore, PhotoStore]]]:
    """The kinds of originals that lie elsewhere afterwards: where from, where to."""
    if source.objects == target.objects and (source.objects or source.data == target.data):
        return
    for kind in (PHOTOS, RECORDINGS, PUBLISHED):
        yield kind, (_originals_of(source, kind), _originals_of(target, kind))


def _originals_of(settings: Settings, kind: str) -> PhotoStore:
    folders = {PHOTOS: settings.photos, RECORDINGS: settings.recordings, PUBLISHED: settings.published}
    if settings.objects is None:
        return open_photo_store(folders[kind])
    return open_photo_store(folders[kind], Objects(settings.objects), kind)


def _copy_file(name: str, path: Path, target: Settings) -> bool:
    """Whether a file was there to be copied; one that is there alike is left alone."""
    inside = target.photos / name.removeprefix("photos/") if name.startswith("photos/") else target.data / name
    inside = keys_elsewhere(target.keys).get(name, inside)
    try:
        content, found = path.read_bytes(), path.stat()
    except FileNotFoundError:
        return False
    if not inside.is_file() or _hash(inside.read_bytes()) != _hash(content):
        make_folder(inside.parent)
        replace_file(inside, content, private=not found.st_mode & 0o077)
    return True


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _begin_folder(source: Settings, target: Settings, identity: str) -> None:
    """A data folder for the copy: empty, or one that was begun. Raises ``StoreUnfit``."""
    mark = target.data / UNFINISHED
    if any(one.is_relative_to(other) for one in target.folders for other in source.folders):
        raise StoreUnfit(f"{target.data} 在原来的目录 {source.data} 里面，请另指一处")
    if mark.exists() and mark.read_text("utf-8").strip() == identity:
        return
    if target.data.exists() and any(target.data.iterdir()):
        raise StoreUnfit(f"{target.data} 里已有内容，不是没有搬完的副本：请另指一个空目录")
    target.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_file(mark, f"{identity}\n".encode())


@contextmanager
def _database_noted(source: Settings, target: Settings) -> Iterator[None]:
    """The data folder says where its documents are from now on; as before where what follows fails."""
    before = replace(source, data=target.data)
    note_database(target)
    try:
        yield
    except BaseException:
        if source.data == target.data:
            note_database(before)
        raise


def _end_folder(target: Settings) -> None:
    """The data folder may be opened, if it was one of the copy's own."""
    with suppress(FileNotFoundError):
        (target.data / UNFINISHED).unlink()
        sync_folder(target.data)
