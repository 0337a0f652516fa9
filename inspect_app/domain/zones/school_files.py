"""Schools from GeoJSON: outlines, gates and points."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..numbers import is_number
from ..place.outlines import AREAL, Outline, parse_outline
from ..place.positions import Place
from ..problems import Problem
from ..tables import is_name
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
        return [Problem(file, "不是有效的JSON")]
    features = raw.get("features") if isinstance(raw, Mapping) and raw.get("type") == "FeatureCollection" else None
    if not isinstance(features, list) or not features:
        return [Problem(file, "应为GeoJSON的FeatureCollection，至少有一个要素")]
    schools: list[School] = []
    problems: list[Problem] = []
    for number, feature in enumerate(features, start=1):
        parsed = _parse(feature, f"{file} 第{number}个要素")
        if isinstance(parsed, School):
            schools.append(parsed)
        else:
            problems += parsed
    return problems or schools


def _parse(feature: object, where: str) -> School | list[Problem]:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    geometry = feature.get("geometry") if isinstance(feature, Mapping) else None
    if not isinstance(properties, Mapping) or not isinstance(geometry, Mapping):
        return [Problem(where, "应有 properties 和 geometry")]
    problems: list[Problem] = []
    name = str(properties.get("name") or "").strip()
    if not is_name(name):
        problems.append(Problem(f"{where} name", "应为1到100个字"))
    kind = properties.get("kind") or (KINDERGARTEN if KINDERGARTEN in name else "中小学")
    if kind not in SCHOOL_KINDS:
        problems.append(Problem(f"{where} kind", f"应为{'或'.join(SCHOOL_KINDS)}，实为{kind!r}"))
    accuracy = properties.get("accuracy_m", DEFAULT_ACCURACY_M)
    if not is_number(accuracy) or not 0 <= accuracy <= 10_000:
        problems.append(Problem(f"{where} accuracy_m", "应为0到10000之间的米数"))
        accuracy = DEFAULT_ACCURACY_M
    gates = _gates(properties.get("gates", []), float(accuracy))
    if gates is None:
        problems.append(Problem(f"{where} gates", "应为[[经度, 纬度], …]"))
        gates = ()
    place, outline = _ground(geometry, where, float(accuracy), problems)
    return problems or School(name, str(kind), place, outline, gates, float(accuracy))


def _ground(
    geometry: Mapping[str, Any], where: str, accuracy: float, problems: list[Problem]
) -> tuple[Place | None, Outline | None]:
    if geometry.get("type") == "Point":
        places = _gates([geometry.get("coordinates")], accuracy)
        if places is None:
            problems.append(Problem(f"{where} geometry", "点应为[经度, 纬度]"))
        return (places[0] if places else None), None
    outline = parse_outline(geometry, f"{where} geometry", ("Point", *AREAL))
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
