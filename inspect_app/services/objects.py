"""Photos, recordings and published weeks in an object store: taking one into use, and moving between it and folders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ..collections.inspecting.inspection import INSPECTIONS
from ..photos import PhotoStore, open_photo_store
from ..photos.bucket import BucketPhotoStore
from ..photos.damage import OriginalDamaged
from ..photos.held import has_whole
from ..photos.objects import Objects, ObjectsAway, ObjectsUnfit
from . import PHOTOS, PUBLISHED, RECORDINGS, Services
from .checking import was_worked_with
from .witness import salted_for_the_log

_ALL = datetime.max.replace(tzinfo=UTC)
_LOOKED_AT = 100
_KINDS = (PHOTOS, RECORDINGS, PUBLISHED)


@dataclass(slots=True)
class CopiedOriginals:
    """How many originals were copied, and bytes of them; how many were there already; how many are damaged."""

    kind: str
    copied: int = 0
    bytes: int = 0
    there: int = 0
    damaged: int = 0


def take_into_use(services: Services) -> None:
    """Refuse an object store that cannot be used, or is not the one where this installation's photos are.

    Raises ``ObjectsUnfit``.
    """
    objects = services.objects
    if objects is None:
        return
    objects.probe()
    try:
        if objects.owner() is None and was_worked_with(services):
            raise ObjectsUnfit(
                f"对象存储 {services.settings.objects} 里没有本安装的照片。已有的照片还在原来的目录："
                "请先运行 flask --app inspect_app objects copy --to bucket；或核对 INSPECT_OBJECTS"
            )
        _found(services, objects)
    except ObjectsAway as error:
        raise ObjectsUnfit(f"对象存储 {services.settings.objects} 不能用：{error}") from error


def are_elsewhere(services: Services) -> bool:
    """Whether inspections of the last week have photos and none at all is here: another server has them."""
    weeks = INSPECTIONS.weeks(services.store)
    if not weeks or not services.photos.is_empty():
        return False
    some = services.store.page(INSPECTIONS.name, limit=_LOOKED_AT, week=weeks[-1])
    return any(INSPECTIONS.kept(stored).value.photos for stored in some.stored)


def copy_to_bucket(services: Services, progress: Callable[[str], None]) -> Iterator[CopiedOriginals]:
    """Copy all originals from the folders into the object store, which is marked as ours once all are there.

    What is there whole already is not sent again, so it may be interrupted and run again, also while a server is at
    work. Raises ``ObjectsUnfit``, ``ObjectsAway``.
    """
    objects = _needed(services)
    objects.probe()
    _refuse_anothers(services, objects)
    found = [_copied(kind, _folder(services, kind), _bucket(objects, kind), progress) for kind in _KINDS]
    yield from found
    if not any(one.damaged for one in found):
        _found(services, objects)


def copy_to_folder(services: Services, progress: Callable[[str], None]) -> Iterator[CopiedOriginals]:
    """The way back. Raises ``ObjectsUnfit``, ``ObjectsAway``."""
    objects = _needed(services)
    for kind in _KINDS:
        yield _copied(kind, _bucket(objects, kind), _folder(services, kind), progress)


def _copied(kind: str, source: PhotoStore, target: PhotoStore, progress: Callable[[str], None]) -> CopiedOriginals:
    moved = CopiedOriginals(kind)
    for sha256 in source.kept_before(_ALL):
        if has_whole(target, sha256):
            moved.there += 1
            continue
        try:
            content = source.whole(sha256)
        except OriginalDamaged as error:
            moved.damaged += 1
            progress(str(error))
            continue
        target.keep(sha256, content)
        moved.copied += 1
        moved.bytes += len(content)
    return moved


def _found(services: Services, objects: Objects) -> None:
    """Mark the place as this installation's. Raises ``ObjectsUnfit`` where it is another's."""
    objects.found(_own_name(services))
    _refuse_anothers(services, objects)


def _refuse_anothers(services: Services, objects: Objects) -> None:
    """Two installations in one place would each remove the originals that only the other one names."""
    if objects.owner() not in (None, _own_name(services)):
        raise ObjectsUnfit(f"对象存储 {services.settings.objects} 里是另一套安装的照片：请另指一个桶或目录")


def _own_name(services: Services) -> str:
    """What tells this installation from others, wherever its data folder lies; a restored one is the same."""
    return salted_for_the_log(services.store, "installation", "objects")


def _needed(services: Services) -> Objects:
    if services.objects is None:
        raise ObjectsUnfit("没有设置 INSPECT_OBJECTS，不知道是哪一个对象存储")
    return services.objects


def _bucket(objects: Objects, kind: str) -> PhotoStore:
    return BucketPhotoStore(objects, kind)


def _folder(services: Services, kind: str) -> PhotoStore:
    folders = {
        PHOTOS: services.settings.photos,
        RECORDINGS: services.settings.recordings,
        PUBLISHED: services.settings.published,
    }
    return open_photo_store(folders[kind])
