"""Who of a site's two planned visits are to know nothing of each other's, until both were there."""

from __future__ import annotations

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.plan.week_plan import WEEK_PLANS
from ...domain.inspecting.inspection import Inspection
from ...store import Store
from ..publications import is_published


def are_apart(store: Store, week: str, site: str, one: str, other: str) -> bool:
    """Whether a week's plan has ``other`` make the one of a site's two visits that ``one`` does not make."""
    plan = WEEK_PLANS.get(store, week)
    planned = plan.value.site(site) if plan else None
    if planned is None or planned.dropped or not (planned.inspectors and planned.second):
        return False
    return any(other in team and one not in team for team in (planned.inspectors, planned.second))


def is_still_blind(store: Store, kept: Kept[Inspection], partner: str) -> bool:
    """Whether a partner has yet to see the site for themselves: anybody can be named, who never was there.

    It ends with an own visit there, with the office's word that this one counts, and with the week's publication.
    """
    visit = kept.value
    if partner == visit.inspector or visit.presence.state == "accepted" or is_published(store, visit.week):
        return False
    if not are_apart(store, visit.week, visit.site.code, visit.inspector, partner):
        return False
    return not any(
        own.value.inspector == partner for own in INSPECTIONS.find(store, week=visit.week, site=visit.site.code)
    )
