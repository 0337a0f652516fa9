"""The work that waits behind the acknowledgements: a kind is a row of a table, and its place there its rank.

Each function gets the installation, the id of what it is about, and a call that returns when all work of its kind that
came before is done. It may be called again after it was killed or failed, so its effects are those of one call. It
raises ``NotYet`` where the thing is not kept yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from ...collections.inspecting.inspection import INSPECTIONS
from ...settings import PHOTO_WORK
from ...store.jobs import Backlog, Waiting
from .. import Services
from ..afterwards import InLine, NotYet
from .comparing import compare_photos
from .examining import CHECKED_AGAIN, check_again, check_inspection, unchecked_inspections
from .lookalikes import share_own
from .searching import search_inspection, search_photo

Work = Callable[[Services, str, Callable[[], None]], object]
CHECKS, ASKED = "checks", "asked_searches"


def _checks(services: Services, id: str, in_turn: Callable[[], None]) -> None:
    if INSPECTIONS.get(services.store, id) is None:
        raise NotYet(id)
    photos = check_inspection(services, id, in_turn)
    # Before the checks are struck off: whoever is killed in between checks nothing twice, and comes here again.
    for kind in services.settings.photo_work:
        services.after.waiting.add_all(kind, [(id, len(photos))])


def _checks_again(services: Services, id: str, in_turn: Callable[[], None]) -> None:
    if not check_again(services, id):
        raise NotYet(id)


def _comparisons(services: Services, id: str, in_turn: Callable[[], None]) -> None:
    compare_photos(services, id)


def _searches(services: Services, id: str, in_turn: Callable[[], None]) -> None:
    search_inspection(services, id)


def _asked(services: Services, id: str, in_turn: Callable[[], None]) -> None:
    week, _, sha256 = id.partition("/")
    search_photo(services, sha256, week)


def asked_id(sha256: str, week: str) -> str:
    """What the job is about in which somebody wants a photo searched."""
    return f"{week}/{sha256}"


TITLES = {
    ASKED: "打开后查找人脸和车牌",
    CHECKS: "检查",
    CHECKED_AGAIN: "再次检查",
    "comparisons": "与以前的照片比对",
    "searches": "查找人脸和车牌",
}
"""What the kinds are called."""
KINDS: Mapping[str, Work] = {
    ASKED: _asked,
    CHECKS: _checks,
    CHECKED_AGAIN: _checks_again,
    **dict(zip(PHOTO_WORK, (_comparisons, _searches), strict=True)),
}
BEHIND = {"comparisons": CHECKS}
"""What is compared with earlier photos waits until those that came before are known, on whichever server they are."""


@contextmanager
def checking(services: Services, id: str, photos: int) -> Iterator[None]:
    """Keep an inspection with so many photos inside the block: its checks are listed before, and begin after it."""
    with services.after.listed(CHECKS, id, photos) as place:
        yield
    begin(services)
    if not place:
        services.after.offer(f"checking the photos of {id}", lambda: check_inspection(services, id))


def begin(services: Services) -> None:
    """Do what waits, now that what was listed is kept; returns at once."""
    services.after.work(tuple(KINDS), partial(_perform, services), BEHIND)
    services.after.begin()


def catch_up(services: Services) -> None:
    """Do what waits since the process ended; returns at once.

    Only where the list may lack something (an older data folder, a power cut) the whole history is looked through.
    """
    services.after.stay()
    services.after.waiting.free_what_the_dead_hold()
    share_own(services)
    if not services.after.waiting.is_complete:
        services.after.offer("looking for unchecked photos", lambda: _look_through(services))
    begin(services)


def backlog(services: Services) -> Backlog:
    """The photos that are not checked yet."""
    return services.after.waiting.backlog(CHECKS)


def _look_through(services: Services) -> None:
    found = [(one.id, len(one.value.photos)) for one in unchecked_inspections(services)]
    services.after.waiting.take_over()
    services.after.waiting.add_all(CHECKS, found)
    services.after.waiting.note_complete()
    begin(services)


def _perform(services: Services, work: Waiting, turn: InLine) -> None:
    KINDS[work.kind](services, work.id, turn.wait)
