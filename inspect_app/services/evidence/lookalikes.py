"""Which photo that looks like another came first, whichever server looked at which of them, in whatever order.

A photo is made known to all, and then compared with all that are known: of two that are checked at the same time one
finds the other (``photos/similar.py``). The one that came later, by the documents, is told of the earlier one. Where
that was compared already, before the earlier one was known (whose server was killed, or slow), it is compared again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

import portalocker

from ...photos.similar import SimilarPhoto
from ...settings import Settings
from ...store import StoreAway
from .. import Services
from ..opening import PRINTS, PRINTS_TAKEN, is_in_database
from .arrivals import NOT_ONE_OF_IT

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Alike:
    """Photos that look like one and belong to others: those that came before it, the nearest first; and the inspections
    that came after it, and were compared before it was known.
    """

    earlier: tuple[SimilarPhoto, ...]
    unaware: frozenset[str]


NOTHING_ALIKE = Alike((), frozenset())


def alike(services: Services, sha256: str, owner: str, prints: tuple[int, ...]) -> Alike:
    """What looks like a photo of an inspection or report. Of one that was not added yet all came before it.

    Inspections follow one another by when the photo came; of the same moment, and among reports, by their places.
    """
    near = services.similar.near(prints)
    others = [one for one in near if one.inspection != owner]
    own = next((one.place for one in near if (one.inspection, one.sha256) == (owner, sha256)), None)
    if own is None or not others:
        return Alike(tuple(others), frozenset())
    asked = [(owner, sha256), *((one.inspection, one.sha256) for one in others)]
    came_at, *others_came_at = services.arrivals.came_at(services.store, asked)
    earlier, unaware = [], set()
    for one, other in zip(others, others_came_at, strict=True):
        is_dated = other is not None and came_at is not None
        if ((other, one.place) < (came_at, own)) if is_dated else one.place < own:
            earlier.append(one)
        elif one.place < own and other != NOT_ONE_OF_IT:
            unaware.add(one.inspection)
    return Alike(tuple(earlier), frozenset(unaware))


def share_own(services: Services) -> None:
    """Have all servers of a database know the photos that only this machine knew, and read soon what all know.

    What a program wrote that kept hashes on each machine lies in a file of the data folder, as does what a folder had
    that was moved into the database. It stays there, and is taken over once.
    """
    settings = services.settings
    if not is_in_database(settings):
        return
    try:
        if new := _shared(services, settings):
            _log.info("%d photos that only this machine knew are known to all servers", new)
    except (OSError, StoreAway) as error:
        _log.warning("%s is taken over at the next start: %s", settings.photos / PRINTS, error)
    services.after.offer("reading what photos look like", partial(len, services.similar))


def _shared(services: Services, settings: Settings) -> int:
    own = settings.photos / PRINTS
    if not own.exists():
        return 0
    with (settings.photos / PRINTS_TAKEN).open("a+") as noted:
        portalocker.lock(noted, portalocker.LockFlags.EXCLUSIVE)
        noted.seek(0)
        taken = noted.read()
        if taken.isdecimal() and own.stat().st_size <= int(taken):
            return 0
        content = own.read_bytes()
        new = services.similar.take_over(content)
        noted.truncate(0)
        noted.write(str(len(content)))
        return new
