"""The shape of a site as it is drawn: registered position, outline or line, gates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..numbers import is_number
from ..problems import Details, Problem
from .outlines import KINDS, outline_distance_m, outline_to_json, parse_outline
from .positions import Place, distance_m, place_to_json
from .sites import DEFAULT_ACCURACY_M, Site

MAX_GATES = 30
APART_M = 5_000.0
"""Parts of one site farther apart than this are a mistake."""
_FIELDS = ("place", "outline", "gates")


def shape_to_json(site: Site) -> dict[str, object]:
    """What ``with_shape`` reads: ``{"place", "outline", "gates"}``.

    Places are ``{"lat", "lon", "accuracy_m"}``, the outline is a geometry of GeoJSON; both may be null.
    """
    return {
        "place": place_to_json(site.place) if site.place else None,
        "outline": outline_to_json(site.outline) if site.outline else None,
        "gates": [place_to_json(gate) for gate in site.gates],
    }


def with_shape(site: Site, raw: object) -> Site | list[Problem]:
    """The site with a shape from JSON (WGS-84), or all that is wrong with it."""
    if not isinstance(raw, Mapping):
        return [Problem("shapes.not_an_object")]
    problems = [
        Problem("shapes.field_unknown", details={"key": key, "accepted": tuple(_FIELDS)})
        for key in raw
        if key not in _FIELDS
    ]
    place = _place(raw["place"], {"thing": "registered"}) if raw.get("place") is not None else None
    outline = parse_outline(raw["outline"], {"thing": "outline"}, KINDS) if raw.get("outline") is not None else None
    listed = raw.get("gates", [])
    if not isinstance(listed, list) or len(listed) > MAX_GATES:
        return [*problems, Problem("shapes.gates_no_list", details={"most_gates": MAX_GATES})]
    gates = [_place(gate, {"gate": number}) for number, gate in enumerate(listed, start=1)]
    for part in (place, outline, *gates):
        problems += part if isinstance(part, list) else []
    if problems or isinstance(place, list) or isinstance(outline, list):
        return problems
    shaped = replace(site, place=place, outline=outline, gates=tuple(gate for gate in gates if isinstance(gate, Place)))
    return apart(shaped) or shaped


def apart(site: Site) -> list[Problem]:
    """Parts that lie too far from each other; told of the registered position and of each gate."""
    places: list[tuple[Details, Place]] = [({"thing": "registered"}, site.place)] if site.place else []
    places += [({"gate": number}, gate) for number, gate in enumerate(site.gates, start=1)]
    from_first = "shapes.far_from_registered" if site.place else "shapes.far_from_first_gate"
    problems = []
    for where, place in places:
        metres = (
            outline_distance_m(site.outline, place.lat, place.lon) if site.outline else distance_m(places[0][1], place)
        )
        if metres > APART_M:
            code = "shapes.far_from_outline" if site.outline else from_first
            problems.append(Problem(code, details={**where, "distance": metres / 1000, "most": APART_M / 1000}))
    return problems


def _place(raw: object, where: Details) -> Place | list[Problem]:
    bounds = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "accuracy_m": (0.0, 100_000.0)}
    if not isinstance(raw, Mapping):
        return [Problem("shapes.place_no_object", details=where)]
    values = {"accuracy_m": DEFAULT_ACCURACY_M, **raw}
    problems = [
        Problem("shapes.place_field_unknown", details={**where, "key": key}) for key in values if key not in bounds
    ]
    problems += [
        Problem(
            "shapes.place_out_of_range",
            details={**where, "name": name, "low": low, "high": high, "got": repr(values.get(name))},
        )
        for name, (low, high) in bounds.items()
        if not is_number(values.get(name)) or not low <= values[name] <= high
    ]
    return problems or Place(*(float(values[name]) for name in bounds))
