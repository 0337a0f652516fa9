"""The files of published weeks: frozen when a week is published, and handed out as they were frozen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial

from ...collections import Kept
from ...collections.index.publication import PUBLICATIONS
from ...domain.index.publication import Publication, Revision
from ...store import Stale
from .. import Services
from ..audit import Entry, keep
from .frozen import FilesMaker, FrozenDamaged, WeekFile
from .publishing import published

_log = logging.getLogger(__name__)
FREEZER = "冻结"
"""Who the log names for files that were frozen after their week was published."""


def frozen_file(services: Services, week: str, number: int | None, name: str) -> WeekFile | None:
    """A file of a revision, the latest where no number is given; None where none of that name was frozen with it.

    Raises ``FrozenDamaged`` where what was frozen is gone or others.
    """
    kept = PUBLICATIONS.get(services.store, week)
    revision = kept.value.revision(number) if kept else None
    return services.frozen.file(revision.files, name) if revision and revision.files else None


def weeks_without_files(services: Services) -> list[str]:
    """Weeks of which an earlier version of the program published a revision without freezing its files."""
    return sorted(kept.id for kept in PUBLICATIONS.find(services.store) if _unfrozen(kept.value))


def freeze_files(services: Services, week: str, make: FilesMaker, now: datetime) -> int:
    """Freeze the files of a week's revisions that have none, as they are made today; of how many revisions.

    What is frozen already stays as it is, and so does a revision whose figures are damaged: that is told in the log of
    the server. Where somebody publishes or freezes at the same moment nothing is kept, and 0 is returned.
    """
    kept = PUBLICATIONS.get(services.store, week)
    found = dict(_frozen(services, kept, make)) if kept else {}
    if not kept or not found:
        return 0
    revisions = tuple(
        replace(one, files=found[one.number], files_at=now) if one.number in found else one
        for one in kept.value.revisions
    )
    write = PUBLICATIONS.writing(week, Publication(revisions), kept.revision)
    after = {"files": {str(number): files for number, files in found.items()}}
    try:
        keep(services.store, FREEZER, now, [Entry("week.files_frozen", week, after=after)], [write])
    except Stale:
        return 0
    return len(found)


def freeze_in_turn(services: Services, make: FilesMaker, clock: Callable[[], datetime]) -> None:
    """Have all that is not frozen yet frozen soon, week by week, behind what is more urgent; returns at once.

    Nothing is added to a store that lacks something; what cannot be read is told in the log of the server.
    """
    services.after.offer("weeks without files", partial(_offer_each, services, make, clock))


def _offer_each(services: Services, make: FilesMaker, clock: Callable[[], datetime]) -> None:
    for week in weeks_without_files(services) if not services.store.damaged() else ():
        services.after.offer(f"freezing {week}", partial(_freeze_now, services, week, make, clock))


def _freeze_now(services: Services, week: str, make: FilesMaker, clock: Callable[[], datetime]) -> None:
    with services.turns.turn("freezing") as mine:
        if mine:  # else another process of the installation is at them, which began just before
            freeze_files(services, week, make, clock())


def _frozen(services: Services, kept: Kept[Publication], make: FilesMaker) -> Iterator[tuple[int, str]]:
    for revision in _unfrozen(kept.value):
        try:
            week = published(services, kept.id, revision.number)
            assert week
            yield revision.number, services.frozen.keep_files(make(week, services.settings.timezone))
        except FrozenDamaged as error:
            _log.warning("%s 第%d版的文件没有冻结：%s", kept.id, revision.number, error)


def _unfrozen(publication: Publication) -> list[Revision]:
    return [one for one in publication.revisions if not one.files]
