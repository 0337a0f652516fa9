"""What a supervisor is told before a week is published: what is unfinished, and whether inspectors differ too much."""

from __future__ import annotations

from datetime import datetime

from ...domain.accounts.scope import Scope
from .. import Services
from ..index.unfinished import OpenPoint, open_points
from .measuring import SEVERITY_WEEKS, severities_of

TOLERATED = 3.0
"""Points by which an inspector may differ from what others would give. Where inspectors' severities have a standard
deviation of so much, a street's interval held its true figure in 91 simulated weeks of 100, at 5 points in 75."""


def closing_points(services: Services, week: str, now: datetime, *, scope: Scope) -> list[OpenPoint]:
    """``open_points``, and the inspectors whose severity is beyond chance and beyond what is tolerated.

    How many they are, and not who: what is unfinished is kept with the publication.
    """
    points = open_points(services, week, now, scope=scope)
    far = [one for one in severities_of(services, week, scope=scope) if one.sure and abs(one.points) > TOLERATED]
    if not far:
        return points
    strict = sum(one.points > 0 for one in far)
    said = "，".join(f"{count}名{word}" for count, word in ((strict, "偏严"), (len(far) - strict, "偏宽")) if count)
    found = f"近{SEVERITY_WEEKS}周，有测评员与别人的宽严相差超过{TOLERATED:g}分，不是偶然（{said}）"
    return [*points, OpenPoint(f"{found}：他们测得多的区域，指数会偏", "quality.show")]
