"""Old work stays welcome: a visit is taken whatever was changed of its site since it was begun.

It is of the type of its checklist. The area is that of the register: whoever is to decide about a visit is never the
sender's choice.

What was changed is a reason of presence (``presence.REASONS``): the visit waits for the office, and no figure is made
of it before. Whoever chose the wrong site, or the checklist that suits them, sends the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from ..place.areas import AreaTree
from ..place.sites import Site

GRACE = timedelta(days=7)
"""So long after a checklist was replaced a phone without a network may still begin with the old one."""


def is_outdated(started_at: datetime, replaced_at: datetime | None) -> bool:
    """Whether a visit was begun by a version that no phone could have taken for the one in force.

    ``replaced_at`` is when it was replaced, None where it is in force or nobody can tell.
    """
    return replaced_at is not None and started_at > replaced_at + GRACE


def as_begun(site: Site, checklist: str, area: str, tree: AreaTree) -> tuple[Site, tuple[str, ...]]:
    """A registered site as a visit found it, and what is other in the register now, as reasons of presence.

    ``checklist`` is the id of the one it was looked at by; ``area`` the code of the area in which the phone says that
    it lay, empty where it does not say; ``tree`` the areas of the visit's week. An area that there is not says nothing.
    """
    told = tree.standing(area) if tree.path(area) else site.area
    begun = replace(site, site_type=checklist)
    return begun, tuple(reason for reason, is_so in _CHANGED.items() if is_so(site, replace(begun, area=told)))


_CHANGED: Mapping[str, Callable[[Site, Site], bool]] = {
    "site_type_changed": lambda site, begun: site.site_type != begun.site_type,
    "site_retired": lambda site, begun: site.state != "active",
    "site_moved": lambda site, begun: site.area != begun.area,
}
