"""A visit that was made at another site than it names, as the office finds: moved there, scored anew, and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ...collections import Kept
from ...collections.evidence.checks import PHOTO_CHECKS
from ...collections.evidence.comparison import PHOTO_COMPARISONS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import Scope
from ...domain.checklists.answers import parse_answers
from ...domain.checklists.scoring import score_inspection
from ...domain.inspecting.inspection import Inspection, state_of
from ...domain.inspecting.presence import Settling, settled
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...store import Write
from .. import Services
from ..audit import Entry, entries_of, keep
from ..evidence.reviewing import at_revision
from ..evidence.working import checking
from ..place.register import area_tree, find_site
from ..place.scoped import is_in
from ..publications import is_published
from .presence import settling_problems


def move(
    services: Services,
    supervisor: str,
    id: str,
    code: str,
    reason: str,
    expected_revision: int,
    now: datetime,
    *,
    scope: Scope,
) -> Kept[Inspection] | list[Problem]:
    """Have a visit that waits be one of the site with this code, as it is registered, and count.

    Refused where findings of it are decided: what was sent on names the old place. What lies outside of the scope is as
    if it were not there. Raises ``Stale`` where somebody else changed the inspection since ``expected_revision``.
    """
    kept = at_revision(services, id, expected_revision, scope)
    if isinstance(kept, Problem):
        return [kept]
    before, site = kept.value, _site(services, kept.value, code.strip(), scope)
    problems = settling_problems(before.presence, "accepted", reason.strip())
    if before.history:
        problems.append(Problem("presence.decided_already"))
    if problems or isinstance(site, Problem):
        return [*problems, *([site] if isinstance(site, Problem) else [])]
    scored = _scored_at(services, before, site)
    if isinstance(scored, list):
        return scored
    after = replace(
        scored,
        presence=settled(before.presence, Settling("accepted", reason.strip(), supervisor, now)),
    )
    entry = Entry(
        "presence.moved", id, _told(before), {**_told(after), "reason": reason.strip(), **_week(services, after)}
    )
    writes = [INSPECTIONS.writing(id, after, kept.revision), *unchecked(services, id)]
    with checking(services, id, len(after.photos)):
        done = INSPECTIONS.kept(keep(services.store, supervisor, now, [entry], writes)[0])
    return done


def moved_from(services: Services, id: str) -> set[str]:
    """The codes of the sites that a visit named before it was moved, as the log tells."""
    told = [entry["before"] for entry in entries_of(services, id) if entry["act"] == "presence.moved"]
    return {str(before["site"]) for before in told if isinstance(before, Mapping)}


def _site(services: Services, inspection: Inspection, code: str, scope: Scope) -> Site | Problem:
    """The site with its area of that week, where the scope has it and its type is looked at by the same checklist."""
    site = find_site(services.store, code)
    area = area_tree(services.store, inspection.week).standing(site.area) if site else ""
    if site is None or not is_in(services.store, scope, inspection.week, area):
        return Problem("presence.site_unknown", details={"site": code})
    if site.site_type != inspection.checklist:
        return Problem("presence.site_of_other_type", details={"site": site.name})
    return replace(site, area=area)


def _scored_at(services: Services, inspection: Inspection, site: Site) -> Inspection | list[Problem]:
    """The inspection at a site: what is measured from its ground is measured anew.

    Problems where its answers, as they are stored, are none that its checklist takes.
    """
    checklist = services.library.kept(inspection.version)
    answers = parse_answers(checklist, inspection.answers)
    if isinstance(answers, list):
        return answers
    score = score_inspection(checklist, answers, site=site.ground)
    return replace(
        inspection,
        site=site,
        area=site.area,
        state=state_of(score.items, ()),
        rate=score.rate,
        capped=score.capped,
        items=score.items,
    )


def unchecked(services: Services, id: str) -> list[Write]:
    """What has the photos of an inspection checked and compared once more, for what was changed of it.

    At another site they have other photos around them.
    """
    checks, compared = PHOTO_CHECKS.get(services.store, id), PHOTO_COMPARISONS.get(services.store, id)
    writes = [PHOTO_CHECKS.writing(id, replace(checks.value, number=0), checks.revision)] if checks else []
    if compared:
        writes.append(PHOTO_COMPARISONS.writing(id, replace(compared.value, number=0), compared.revision))
    return writes


def _told(inspection: Inspection) -> dict[str, object]:
    return {
        "site": inspection.site.code,
        "area": inspection.area,
        "rate": inspection.rate,
        "counting": inspection.presence.state,
    }


def _week(services: Services, inspection: Inspection) -> dict[str, object]:
    return {"published": is_published(services.store, inspection.week)}
