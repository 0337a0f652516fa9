"""The supervisor's desk: the photo log, and the week's inspections."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict

from flask import Blueprint, Request, render_template, request

from ...domain.accounts.permissions import Permission
from ...domain.accounts.scope import Scope
from ...domain.inspecting.inspection import STATES
from ...domain.weeks import is_week
from ...services.evidence.reviewing import find_inspections, photo_log_page
from ...services.evidence.working import backlog
from ...services.index.weekly import weeks_with_inspections
from ...services.place.register import area_tree
from ...services.quality.measuring import signals_of_week
from .. import access
from ..context import now, scope, services, this_week
from ..numbers import page_number
from ..place.choosing import areas_to_choose
from ..refusing import refuse

blueprint = Blueprint("review", __name__, url_prefix="/review")

PAGE = 60
CHOICES = {"waiting": "待确认到场", "accepted": "已确认到场", "left_out": "不计入"}
"""What may be looked for of how a visit counts."""


class InspectionsWanted(TypedDict):
    """What ``found_inspections`` is asked for, by the names of its arguments."""

    scope: Scope
    week: str
    areas: Collection[str] | None
    site_type: str | None
    state: str | None
    presence: str | None


@dataclass(frozen=True, slots=True)
class InspectionFilters:
    """What the desk shows: a week, and of it an area, a site type, a state and how it counts, each empty for all."""

    week: str
    area: str
    site_type: str
    state: str
    presence: str
    page: int

    def wanted(self) -> InspectionsWanted:
        """As the services take them: an area stands for all areas below it too."""
        areas = area_tree(services().store, self.week).within(self.area) if self.area else None
        return InspectionsWanted(
            scope=scope(),
            week=self.week,
            areas=areas,
            site_type=self.site_type or None,
            state=self.state or None,
            presence=self.presence or None,
        )

    def query(self, **changed: object) -> dict[str, object]:
        """The filters as an address's arguments, empty ones left out."""
        fields: dict[str, object] = {"week": self.week, "area": self.area, "type": self.site_type, "state": self.state}
        fields |= {"presence": self.presence, **changed}
        return {name: value for name, value in fields.items() if value}


@blueprint.get("/photos")
@access.allowed(Permission.EVIDENCE_READ)
def photo_log() -> str:
    """The week's photos, newest first."""
    filters = _filters(request)
    total, entries = photo_log_page(services(), **filters.wanted(), start=(filters.page - 1) * PAGE, count=PAGE)
    return _page("evidence/photos.html", filters, total, entries=entries, waiting=backlog(services()), now=now())


@blueprint.get("/inspections")
@access.allowed(Permission.EVIDENCE_READ)
def inspections() -> str:
    """The week's inspections, with photos or without, newest first."""
    filters = _filters(request)
    found = find_inspections(services(), **filters.wanted())
    start = (filters.page - 1) * PAGE
    told = filters.presence and scope().inspectors
    signals = signals_of_week(services(), filters.week, scope=scope()) if told else {}
    shown = found[start : start + PAGE]
    return _page("evidence/inspections.html", filters, len(found), inspections=shown, signals=signals)


def _page(template: str, filters: InspectionFilters, total: int, **more: object) -> str:
    tree, weeks = area_tree(services().store, filters.week), weeks_with_inspections(services())
    return render_template(
        template,
        filters=filters,
        total=total,
        pages=max(1, -(-total // PAGE)),
        weeks=sorted({*weeks, filters.week, this_week()}, reverse=True),
        tree=tree,
        areas=areas_to_choose(tree),
        types=services().library.titles,
        presences=CHOICES,
        **more,
    )


def _filters(request: Request) -> InspectionFilters:
    """The filters of an address. 400 where one names what does not exist."""
    arguments = request.args
    filters = InspectionFilters(
        week=arguments.get("week") or this_week(),
        area=arguments.get("area", ""),
        site_type=arguments.get("type", ""),
        state=arguments.get("state", ""),
        presence=arguments.get("presence", ""),
        page=page_number(arguments.get("page", "1")),
    )
    if not is_week(filters.week):
        refuse(400, f"「{filters.week}」不是有效的周，应形如 2026-W48")
    if filters.area and filters.area not in area_tree(services().store, filters.week):
        refuse(400, f"没有区域「{filters.area}」")
    if filters.state and filters.state not in STATES:
        refuse(400, f"没有状态「{filters.state}」")
    if filters.presence and filters.presence not in CHOICES:
        refuse(400, f"没有计入情况「{filters.presence}」")
    if filters.site_type and not services().library.versions_of(filters.site_type):
        refuse(400, f"没有点位类型「{filters.site_type}」")
    return filters
