"""What makes the inspector's pages an application on the phone: manifest, service worker, and what it keeps offline."""

from __future__ import annotations

import hashlib
import json

from flask import Blueprint, Response, jsonify, make_response, render_template, request, session, url_for

from ...domain.accounts.permissions import Permission
from ...domain.checklists.checklist import Checklist
from ...services.accounts.device_keys import register_key
from ...services.place.register import all_sites, area_tree
from ...services.plan.planning import own_sites
from ...services.zones.auditing import SCHOOLS
from ...services.zones.phone_map import ground_of, ground_version
from .. import access
from ..context import now, services, this_week, user
from ..errors import problem_answer
from ..evidence.references import by_item
from ..library_files import library_asset
from ..place.measured_from import place_data
from ..refusing import refuse
from ..static_files import asset, names, version
from . import forms

blueprint = Blueprint("phone", __name__, url_prefix="/field")

# What the inspector's pages need; files of the desk are not kept on phones.
_OFFLINE_FILES = ("js/**/*.js", "css/**/*.css", "icons/*")
_DESK_FOLDERS = (
    "js/accounts/",
    "js/cases/",
    "js/evidence/desk/",
    "js/place/shape/",
    "css/accounts/",
    "css/cases/",
    "css/checklists/",
)
_DESK_FILES = {
    "js/place/map/page.js",
    "js/evidence/compare.js",
    "css/desk.css",
    "css/trust.css",
    "css/evidence/redaction.css",
    "css/evidence/review-desk.css",
    "css/place/map.css",
    "css/place/shape.css",
}

_LIBRARIES = ("leaflet/leaflet.js", "leaflet/leaflet.css")


@blueprint.get("/sw.js")
@access.public
def worker() -> Response:
    """The service worker: its code is a versioned module, so that any change of a file is a new worker."""
    wanted = [name for name in names(*_OFFLINE_FILES) if not name.startswith(_DESK_FOLDERS)]
    files = [asset(name) for name in wanted if name not in _DESK_FILES] + [library_asset(name) for name in _LIBRARIES]
    script = (
        f'import {{ begin }} from "{asset("js/inspecting/worker.js")}";\n'
        f"begin({json.dumps({'version': version(), 'files': sorted(set(files))})});\n"
    )
    answer = Response(script, mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/manifest.webmanifest")
@access.public
def manifest() -> Response:
    """The web app manifest."""
    icons = [
        ("icon-192", "192x192", "any"),
        ("icon-512", "512x512", "any"),
        ("icon-maskable-512", "512x512", "maskable"),
    ]
    content = {
        "id": url_for("field.sites"),
        "name": f"明察暗访 {services().settings.city}",
        "short_name": "明察暗访",
        "lang": "zh-CN",
        "start_url": url_for("field.sites"),
        "scope": url_for("field.sites"),
        "display": "standalone",
        "orientation": "any",
        "theme_color": "#0f4c75",
        "background_color": "#ffffff",
        "icons": [
            {"src": asset(f"icons/{name}.png"), "sizes": size, "type": "image/png", "purpose": purpose}
            for name, size, purpose in icons
        ],
    }
    answer = Response(json.dumps(content, ensure_ascii=False), mimetype="application/manifest+json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/today.json")
@access.allowed(Permission.INSPECTION_SEND)
def today() -> Response:
    """What forms need of each site, and the address of each site type's form; kept on the phone."""
    tree, current = area_tree(services().store, this_week()), services().library.current
    sites = [site for site in all_sites(services().store, active_only=True) if site.site_type in current]
    told = {type: _references(current[type]) for type in {site.site_type for site in sites}}
    own = set(own_sites(services(), user().name, this_week()))
    mine = {site.site_type for site in sites if site.code in own} or set(told)
    return jsonify(
        {
            "app": version(),
            "inspector": user().name,
            "week": this_week(),
            "sites": {
                site.code: {
                    "name": site.name,
                    "type": site.site_type,
                    "area": tree.full_name(site.area),
                    "area_code": tree.standing(site.area),
                    "place": place_data(site),
                }
                for site in sites
            },
            "forms": {
                type: url_for("phone.form", checklist=type, v=f"{current[type].version}-{version()}{told[type][0]}")
                for type in sorted({site.site_type for site in sites})
            },
            "references": [address for type in sorted(mine) for address in told[type][1]],
            "outlines": url_for("phone.outlines", v=ground_version(services(), this_week())),
            **_school_zone(),
        }
    )


@blueprint.get("/outlines.json")
@access.allowed(Permission.INSPECTION_SEND)
def outlines() -> Response:
    """The ground of the own map, kept on the phone; its address changes with it."""
    return jsonify(ground_of(services(), this_week()))


def _references(checklist: Checklist) -> tuple[str, list[str]]:
    """What the address of a form says of its reference photos, so that others make another form; and their pictures."""
    shown = by_item(checklist)
    digest = hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:8]
    pictures = dict.fromkeys(one["picture"] for several in shown.values() for one in several)
    return f"-{digest}" if shown else "", list(pictures)


def _school_zone() -> dict[str, object]:
    """Which sites are schools and how many metres their zone has; nothing where the rules cannot be read."""
    rules = services().library.zones
    return {} if isinstance(rules, list) else {"school_zone": {"type": SCHOOLS, "radius_m": rules.farthest_m}}


@blueprint.put("/device-key")
@access.allowed(Permission.INSPECTION_SEND)
def put_device_key() -> Response:
    """The public half of the key with which this browser signs its exports."""
    body = request.get_json(silent=True)
    told = body if isinstance(body, dict) else {}
    device = session.get("device", "")
    problems = register_key(services().store, user(), device, told.get("x"), told.get("y"), now())
    if problems:
        return problem_answer(422, problems)
    if not device:
        refuse(422, "没有登录的设备")
    return jsonify(known=True)


@blueprint.get("/forms/<checklist>")
@access.allowed(Permission.INSPECTION_SEND)
def form(checklist: str) -> Response:
    """The form of a site type without a site: the page's script fills in the site that its address names."""
    from .field import page_data

    found = services().library.current.get(checklist)
    if found is None:
        refuse(404, f"没有测评清单「{checklist}」")
    fields = forms.inspection_form(found)
    fields["version"].data = found.version
    page = render_template(
        "inspecting/form.html",
        site=None,
        area="",
        checklist=found,
        form=fields,
        problems=(),
        problems_of=forms.problems_by_item(found, (), fields),
        conflict=False,
        answer_form=forms.answer_form,
        data=page_data(None, found),
        changed="",
        # Nobody's account stays on the phone: the script fills in who was chosen on the list today.
        companions=(),
    )
    return make_response(page)
