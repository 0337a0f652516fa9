"""Making a damaged installation usable again, with what a copy of its data folder has of what is lost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from ..collections import LAYOUTS
from ..photos import PhotoStore, open_photo_store
from ..photos.damage import OriginalDamaged
from ..settings import Settings
from ..store.inventory import Inventory
from ..store.repair import EarlierCopy, Repaired, repair
from ..store.repair.log import LogExamined
from . import Services, open_services
from .audit import Entry, keep
from .opening import log_of
from .reconciling import media_named

REPAIRER = "修复"
"""Who the log names for a repair."""


@dataclass(frozen=True, slots=True)
class RepairedInstallation:
    """What was repaired, and what was not; ``aside`` is where the damaged files are."""

    sets: list[Repaired]
    log: LogExamined
    inventory: bool
    originals: int
    aside: Path

    @property
    def is_nothing(self) -> bool:
        return not (self.sets or self.inventory or self.originals) and self.log.is_sound

    @property
    def loses(self) -> bool:
        """Whether anything is lost, or may be."""
        return bool(self.log.damaged or self.log.cut or self.log.lacks) or any(
            one.gone or one.older or one.unnamed or one.lacks for one in self.sets
        )


def repair_installation(
    settings: Settings, now: datetime, *, source: Path | None = None, dry_run: bool = False
) -> RepairedInstallation:
    """Repair the records, the log of acts and, where a ``source`` has them whole, the originals of a data folder.

    ``source`` is a data folder as a backup is restored to; it is only read. What was done is entered in the log. Raises
    ``StoreDamaged`` where the store cannot be opened all the same.
    """
    aside = settings.data / "before-repair" / now.strftime("%Y%m%dT%H%M%SZ")
    copy = replace(settings, data=source, photos=source / "photos") if source else None
    was_lost = Inventory(settings.store).was_lost is not None
    earlier = EarlierCopy(copy.store, log_of(copy)) if copy else None
    sets, log = repair(settings.store, LAYOUTS, log_of(settings), aside, earlier, dry_run=dry_run)
    outcome = RepairedInstallation(sets, log, was_lost, 0, aside)
    if dry_run:
        return outcome
    services = open_services(settings)
    try:
        if was_lost:
            services.store.accept_losses()
        outcome = replace(outcome, originals=_originals_taken(services, copy, now) if copy else 0)
        if not outcome.is_nothing:
            keep(services.store, REPAIRER, now, [Entry("store.repaired", "store", after=_told(outcome))], [])
    finally:
        services.store.close()
    return outcome


def _told(outcome: RepairedInstallation) -> dict[str, object]:
    """What the log has of it: counts and names of files, no content."""
    log = outcome.log
    return {
        "sets": [one.name for one in outcome.sets],
        "gone": sum(len(one.gone) for one in outcome.sets),
        "older": sum(len(one.older) for one in outcome.sets),
        "unnamed": sum(one.unnamed for one in outcome.sets),
        "log": {"mended": [*log.mended], "taken": [*log.taken], "damaged": [*log.damaged], "bytes": _bytes_lost(log)},
        "originals": outcome.originals,
    }


def _bytes_lost(log: LogExamined) -> int:
    return len(log.cut) + log.lacks


def _originals_taken(services: Services, copy: Settings, now: datetime) -> int:
    """Damaged and missing originals taken from the copy; how many."""
    taken = [*_media_taken(services, copy), *_published_taken(services, copy, now)]
    return len(taken)


def _media_taken(services: Services, copy: Settings) -> Iterator[str]:
    named = [(store, sha256) for _, store, sha256, _ in media_named(services)]
    for own, folder in ((services.photos, copy.photos), (services.recordings, copy.recordings)):
        if folder.is_dir():
            yield from _taken((sha256 for store, sha256 in named if store is own), folder, own)


def _published_taken(services: Services, copy: Settings, now: datetime) -> Iterator[str]:
    """Frozen figures and files of published weeks; none of them is ever removed, so each that is lacking is lost."""
    if copy.published.is_dir():
        there = open_photo_store(copy.published).kept_before(now + timedelta(days=1))
        yield from _taken(there, copy.published, services.frozen.contents)


def _taken(wanted: Iterable[str], folder: Path, own: PhotoStore) -> Iterator[str]:
    """Those that are not whole and that the copy in a folder has."""
    theirs = open_photo_store(folder)
    for sha256 in wanted:
        if not _is_whole(own, sha256):
            with suppress(OriginalDamaged):
                if own.keep(sha256, theirs.whole(sha256)):
                    yield sha256


def _is_whole(store: PhotoStore, sha256: str) -> bool:
    """By its bytes, read now: a disk that lost some says nothing of it by the look of the file."""
    try:
        store.whole(sha256)
    except OriginalDamaged:
        return False
    return True
