"""What a week's figures were made of, visit by visit, so that it can be told what came or changed since.

Instants do not tell that: a visit is kept as received when its request began, a week as published when that began, and
either may have waited for the other meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from ..inspecting.inspection import Inspection
from ..inspecting.kinds import is_counted

LEFT_OUT = "left_out"
Read = tuple[int, str]
"""The revision of a visit's document, and ``counted_print`` of the visit, as they were when figures were made of it."""
AsRead = Mapping[str, Read]
"""By the ids of all visits of a week, also of those that did not count."""


def counted_print(visit: Inspection) -> str:
    """A short hash of all that figures are made of; empty of a visit that does not count.

    It is kept with publications: what goes in here stays what it is.
    """
    if not is_counted(visit):
        return ""
    scores = sorted(visit.counted.items())
    weights = [(item.item_id, item.weight) for item in visit.items]
    of = (visit.site.code, visit.area, visit.version, visit.inspector, visit.rate, visit.capped, scores, weights)
    return hashlib.sha256(repr(of).encode()).hexdigest()[:16]


def is_late(visit: Inspection, revision: int, read: Read | None) -> bool:
    """Whether a visit came since the figures were made, and may count, or counts otherwise than it did in them.

    ``read`` is None where the figures knew nothing of it.
    """
    if read is None:
        return visit.presence.state != LEFT_OUT
    return revision != read[0] and counted_print(visit) != read[1]
