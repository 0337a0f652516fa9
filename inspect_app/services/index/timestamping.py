"""Having an outside service stamp the heads of the log that were published. Nothing waits for it.

A head that was not stamped is asked for again, and said to have none meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from ...collections import Kept
from ...collections.index.publication import PUBLICATIONS
from ...collections.index.timestamp import TIMESTAMPS, timestamp_id
from ...domain.index.timestamp import Timestamp
from ...domain.signed_heads import SignedHead, statement
from ...notices import NotSent, NotStamped, stamp, stamped_at
from ...store import Broken, Stale
from .. import Services
from ..audit import Entry, keep
from ..repeating import keep_doing_once
from ..signing import OfficeKey

_log = logging.getLogger(__name__)
_EVERY_S = 300.0
STAMPER = "时间戳"
"""Who the log names for stamps."""


@dataclass(frozen=True, slots=True)
class PublishedHead:
    """The head that a revision of a week printed, and its stamp where one was ever asked for."""

    week: str
    revision: int
    head: SignedHead
    stamp: Timestamp | None

    @property
    def statement(self) -> bytes:
        """The bytes that are signed, and stamped."""
        return statement(self.head.head, self.head.at)


def published_heads(services: Services) -> Iterator[PublishedHead]:
    """All heads that were ever printed, in the order of weeks and revisions."""
    for kept in sorted(PUBLICATIONS.find(services.store), key=lambda kept: kept.id):
        for revision in kept.value.revisions:
            head = services.frozen.log_head(revision.digest) if revision.digest else None
            if head:
                found = TIMESTAMPS.get(services.store, timestamp_id(kept.id, revision.number))
                yield PublishedHead(kept.id, revision.number, head, found.value if found else None)


def unsigned_by(services: Services, office: OfficeKey) -> list[PublishedHead]:
    """The printed heads that no public half of an office's key, or of one before it, tells to be signed."""
    return [one for one in published_heads(services) if not office.has_signed(one.head)]


def is_former(services: Services, pem: bytes) -> bool:
    """Whether a public key is that of a key by which any printed head was signed."""
    office = OfficeKey("", pem, "")
    return any(office.has_signed(one.head) for one in published_heads(services))


def stamp_due(services: Services, now: datetime, *, at_once: bool = False) -> list[Timestamp]:
    """Ask for the stamps that are missing and due, ``at_once`` also those not due; what became of each."""
    service = services.settings.timestamps
    if service is None:
        return []
    missing = [one for one in published_heads(services) if one.stamp is None or not one.stamp.token]
    return [_asked(services, one, now) for one in missing if at_once or one.stamp is None or one.stamp.is_due(now)]


def keep_stamping(services: Services) -> None:
    """Ask every few minutes as long as the process lives, where a service is set; returns at once."""
    if services.settings.timestamps:
        keep_doing_once(services.turns, "timestamps", lambda now: stamp_due(services, now), every_s=_EVERY_S)


def stamps_broken(services: Services) -> Broken | None:
    """The first kept stamp that is none of its head; None where all are, or no service is set."""
    service = services.settings.timestamps
    for one in published_heads(services) if service else ():
        if service and one.stamp and one.stamp.token:
            try:
                stamped_at(service.roots, one.stamp.token, one.statement)
            except NotStamped as error:
                return Broken(one.head.seq, f"{one.week} 第{one.revision}版末条的{error}")
    return None


def _asked(services: Services, one: PublishedHead, now: datetime) -> Timestamp:
    service = services.settings.timestamps
    assert service
    id = timestamp_id(one.week, one.revision)
    kept = TIMESTAMPS.get(services.store, id)
    tried = Timestamp(b"", None, (kept.value.tries if kept else 0) + 1, now, "")
    try:
        token = stamp(service, one.statement)
        tried = replace(tried, token=token, stamped_at=stamped_at(service.roots, token, one.statement))
    except (NotSent, NotStamped) as error:
        _log.warning("%s 第%d版的日志末条没有盖上时间戳，过后再试：%s", one.week, one.revision, error)
        tried = replace(tried, problem=str(error))
    _keep(services, id, kept, tried, now)
    return tried


def _keep(services: Services, id: str, kept: Kept[Timestamp] | None, tried: Timestamp, now: datetime) -> None:
    """Keep a try, in the log where it brought a stamp. Another process may have been quicker: its stamp is as good."""
    write = TIMESTAMPS.writing(id, tried, kept.revision if kept else 0)
    try:
        if tried.token:
            keep(services.store, STAMPER, now, [Entry("log.stamped", f"log/{id}", after=_told(tried))], [write])
        else:
            services.store.act([write])
    except Stale:
        return


def _told(tried: Timestamp) -> dict[str, object]:
    return {"stamped_at": tried.stamped_at.isoformat() if tried.stamped_at else None, "tries": tried.tries}
