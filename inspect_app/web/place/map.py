"""The map: areas, sites, zones of schools and the findings of a week, for those who review."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for

from ...domain.accounts.permissions import Permission
from ...domain.weeks import is_week, title
from ...services.index.weekly import weeks_with_inspections
from ...services.zones.map_layers import MapFinding, map_areas, map_findings, map_sites
from .. import access
from ..context import may, scope, services, this_week
from ..refusing import refuse
from .maps import map_page

blueprint = Blueprint("map", __name__, url_prefix="/map")

_WEEKS = 53


@blueprint.get("/")
@access.allowed(Permission.EVIDENCE_READ)
def show() -> Response:
    """The map of a week, this one unless ``week`` names another."""
    chosen = _week()
    weeks = sorted({*weeks_with_inspections(services()), this_week(), chosen})[-_WEEKS:]
    weeks = sorted({*weeks, chosen})
    data = {
        "week": chosen,
        "weeks": [{"week": week, "title": title(week)} for week in weeks],
        "timezone": str(services().settings.timezone),
        "list": url_for("review.inspections"),
        "layers": url_for("map.layers"),
        "findings": url_for("map.findings"),
    }
    return map_page("place/map.html", data=data, week=chosen, week_title=title(chosen), zone_m=_zone_m())


@blueprint.get("/layers.json")
@access.allowed(Permission.EVIDENCE_READ)
def layers() -> Response:
    """Areas and sites of a week: ``{"areas": […], "sites": […]}``, WGS-84."""
    week = _week()
    sites = map_sites(services(), week, scope=scope())
    if may(Permission.SITE_MANAGE):
        sites = [{**site, "url": url_for("sites.edit", code=site["code"])} for site in sites]
    return jsonify(areas=map_areas(services(), week, scope=scope()), sites=sites)


@blueprint.get("/findings.json")
@access.allowed(Permission.EVIDENCE_READ)
def findings() -> Response:
    """The findings of a week: ``{"week", "findings": […], "unplaced": how many more have no position}``, WGS-84."""
    week = _week()
    found, unplaced = map_findings(services(), week, scope=scope())
    return jsonify(week=week, findings=[_told(one) for one in found], unplaced=unplaced)


def _zone_m() -> str:
    rules = services().library.zones
    return "周边" if isinstance(rules, list) else f"{rules.farthest_m:g}"


def _week() -> str:
    week = request.args.get("week", "") or this_week()
    if not is_week(week):
        refuse(404, f"没有「{week}」这一周")
    return week


def _told(finding: MapFinding) -> dict[str, object]:
    photo = {"picture": _picture(finding.inspection, finding.photo)} if finding.photo else {}
    return {
        "url": url_for("inspections.show", id=finding.inspection, _anchor=f"item-{finding.item}"),
        "text": finding.text,
        "site": finding.site,
        "area": finding.area,
        "state": finding.state,
        "at": finding.at,
        "lat": round(finding.lat, 7),
        "lon": round(finding.lon, 7),
        "accuracy_m": round(finding.accuracy_m, 1),
        **photo,
    }


def _picture(inspection: str, sha256: str) -> str:
    return url_for("inspections.thumbnail", id=inspection, sha256=sha256)
