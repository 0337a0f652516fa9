"""The page on which an administrator draws where a site is: its position, its outline or line, its gates."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request, url_for

from ...domain.accounts.permissions import Permission
from ...domain.place.outlines import outline_to_json
from ...domain.place.positions import Place, distance_m
from ...domain.place.site_shape import shape_to_json, with_shape
from ...domain.place.sites import Site
from ...services.place.area_outlines import area_outlines
from ...services.place.register import all_sites, area_tree
from ...services.place.sites_changing import change_site, find_with_revision
from ...services.zones.auditing import SCHOOLS
from ...store import Stale
from ...wording import all_said, say
from .. import access
from ..context import now, services, this_week, user
from ..refusing import refuse
from .maps import map_page
from .measured_from import place_data

blueprint = Blueprint("site_shape", __name__, url_prefix="/admin/sites")

_AROUND_M = 1_500.0
_AROUND_DEGREES = 0.02
"""More degrees of latitude than that is."""
_MOST_AROUND = 200
_STALE = "这个点位刚被别人修改过，没有保存。请刷新页面，看过现在的样子再改"


@blueprint.get("/<code>/shape")
@access.allowed(Permission.SITE_MANAGE)
def show(code: str) -> Response:
    """The map of one site; other sites near by and its area's outline are drawn to go by."""
    site, revision = _found(code)
    tree = area_tree(services().store, this_week())
    outlines = area_outlines(services().store, this_week())
    data = {
        "revision": revision,
        "shape": shape_to_json(site),
        "is_school": site.site_type == SCHOOLS,
        "around": _around(site),
        "areas": [outline_to_json(outlines[one.code]) for one in tree.path(site.area) if one.code in outlines],
    }
    types = services().library.current
    title = types[site.site_type].title if site.site_type in types else site.site_type
    return map_page("place/site-shape.html", site=site, data=data, type_title=title, area=tree.full_name(site.area))


@blueprint.post("/<code>/shape")
@access.allowed(Permission.SITE_MANAGE)
def save(code: str) -> Response | tuple[Response, int]:
    """Keep a shape: ``{"revision", "shape"}``; 409 where somebody else changed the site meanwhile."""
    site, _ = _found(code)
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict) or not isinstance(sent.get("revision"), int):
        return jsonify(error="应为JSON对象，含 revision 和 shape"), 400
    shaped = with_shape(site, sent.get("shape"))
    if isinstance(shaped, list):
        return jsonify(error=all_said(shaped), problems=[str(say(one)) for one in shaped]), 422
    try:
        revision = change_site(services(), user().name, shaped, sent["revision"], now(), "在地图上标注")
    except Stale:
        return jsonify(error=_STALE), 409
    return jsonify(revision=revision, shape=shape_to_json(shaped))


def _found(code: str) -> tuple[Site, int]:
    found = find_with_revision(services().store, code)
    if found is None:
        refuse(404, f"没有点位「{code}」")
    return found


def _around(site: Site) -> list[dict[str, object]]:
    """Other active sites near by, the nearest first."""
    if site.point is None:
        return []
    here = Place(*site.point, 0.0)
    near = []
    for other in all_sites(services().store, active_only=True):
        place = place_data(other)
        if other.code == site.code or place is None or other.point is None:
            continue
        there = Place(*other.point, 0.0)
        if abs(there.lat - here.lat) > _AROUND_DEGREES:
            continue
        metres = distance_m(here, there)
        if metres < _AROUND_M:
            near.append((metres, {"name": other.name, "url": url_for("site_shape.show", code=other.code), **place}))
    return [told for _, told in sorted(near, key=lambda one: one[0])[:_MOST_AROUND]]
