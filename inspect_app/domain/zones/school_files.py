"""Schools from GeoJSON: outlines, gates and points."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..numbers import is_number
from ..place.outlines import AREAL, Outline, parse_outline, single_part
from ..place.positions import Place
from ..problems import Details, Problem, deeper
from ..tables import is_name
from ..text import cleaned_line
from .files import SCHOOL_KINDS
from .school_zones import KINDERGARTEN, School

DEFAULT_ACCURACY_M = 5.0


def parse_schools(text: str, file: str) -> list[School] | list[Problem]:
    """Schools from a FeatureCollection in WGS-84; all right, or all that is wrong by feature.

    A feature is a Polygon, MultiPolygon or Point with the property ``name``. It may have ``kind`` (中小学 or 幼儿园,
    told by the name where it is missing), ``accuracy_m`` (else 5) and ``gates``, a list of [longitude, latitude].
    """
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        return [Problem("zones.schools_not_json", details={"file": file})]
    features = raw.get("features") if isinstance(raw, Mapping) and raw.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not features:
        return [Problem("zones.schools_no_collection", details={"file": file})]
    schools: list[School] = []
    problems: list[Problem] = []
    for number, feature in enumerate(features, start=1):
        parsed = _parse(feature, {"file": file, "feature": number})
        if isinstance(parsed, School):
            schools.append(parsed)
        else:
            problems += parsed
    return problems or schools


def _parse(feature: object, where: Details) -> School | list[Problem]:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping) or not isinstance(geometry, Mapping):
        return [Problem("zones.school_no_feature", details=where)]
    problems: list[Problem] = []
    name = cleaned_line(str(properties.get("name") or ""))
    if not is_name(name):
        problems.append(Problem("zones.school_name_malformed", details=where))
    kind = properties.get("kind") or (KINDERGARTEN if KINDERGARTEN in name else "中小学")
    if kind not in SCHOOL_KINDS:
        problems.append(
            Problem("zones.school_kind_unknown", details={**where, "accepted": tuple(SCHOOL_KINDS), "kind": repr(kind)})
        )
    accuracy = properties.get("accuracy_m", DEFAULT_ACCURACY_M)
    if not is_number(accuracy) or not 0 <= accuracy <= 10_000:
        problems.append(Problem("zones.school_accuracy_out_of_range", details=where))
        accuracy = DEFAULT_ACCURACY_M
    gates = _gates(properties.get("gates", []), float(accuracy))
    if gates is None:
        problems.append(Problem("zones.school_gates_malformed", details=where))
        gates = ()
    place, outline = _ground(geometry, where, float(accuracy), problems)
    return problems or School(name, str(kind), place, outline, gates, float(accuracy))


def _ground(
    geometry: Mapping[str, Any], where: Details, accuracy: float, problems: list[Problem]
) -> tuple[Place | None, Outline | None]:
    single = single_part(geometry)
    if isinstance(single, Mapping) and single.get("type") == "Point":
        places = _gates([single.get("coordinates")], accuracy)
        if places is None:
            problems.append(Problem("zones.school_point_malformed", details=where))
        return (places[0] if places else None), None
    outline = parse_outline(geometry, deeper(where, within=("geometry",)), ("Point", *AREAL))
    if isinstance(outline, list):
        problems += outline
        return None, None
    return None, outline


def _gates(raw: object, accuracy: float) -> tuple[Place, ...] | None:
    if not isinstance(raw, list):
        return None
    found = []
    for one in raw:
        if not isinstance(one, list) or len(one) < 2 or not all(is_number(value) for value in one[:2]):
            return None
        if not -180 <= one[0] <= 180 or not -90 <= one[1] <= 90:
            return None
        found.append(Place(float(one[1]), float(one[0]), accuracy))
    return tuple(found)
