"""Outlines of areas from GeoJSON: which feature is which area, and what taking the file over would change.

A feature's area is the one whose code it names (``CODE_FIELDS``, the first that is filled in); a code with the zeros
that pad it to 6, 9 or 12 digits is the same code. A feature without a code is matched by name (``NAME_FIELDS``), which
must be exactly that of one area below the given parent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shapely import unary_union
from shapely.geometry import mapping

from ..numbers import is_number
from ..problems import Details, Problem
from .areas import Area, AreaTree
from .coordinates import SYSTEMS, Convert, crs_problem
from .outlines import Outline, contains, outline_to_json, parse_outline
from .positions import Located

CODE_FIELDS = ("code", "adcode", "PAC", "区划代码", "行政区划代码", "XZQDM", "ZLDWDM")
NAME_FIELDS = ("name", "街道名", "社区名", "名称", "NAME", "XZQMC", "ZLDWMC", "MC")
_MAX_FEATURES = 5_000


class Effect(StrEnum):
    """What a feature would do."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    ERROR = "error"

    @property
    def label(self) -> str:
        return {"new": "新增", "changed": "更改", "unchanged": "不变", "error": "有误"}[self.value]


@dataclass(frozen=True, slots=True)
class FeatureRow:
    """One feature of a file: its number from 1, as it names itself, its area and outline, or what is wrong with it.

    ``remark`` is what the reader should look at although it is no error.
    """

    number: int
    title: str
    effect: Effect
    area: Area | None = None
    outline: Outline | None = None
    problems: tuple[Problem, ...] = ()
    remark: str = ""


def parse_area_outlines(
    content: bytes, file: str, tree: AreaTree, kept: Mapping[str, Outline], *, parent: str = "", system: str = "wgs84"
) -> list[FeatureRow] | list[Problem]:
    """The rows of a GeoJSON file against the areas and outlines that are kept; problems where it is none.

    Names are looked for below ``parent`` (empty: everywhere). ``system`` is a key of ``SYSTEMS``.
    """
    features = _features(content, file)
    if features and isinstance(features[0], Problem):
        return [problem for problem in features if isinstance(problem, Problem)]
    rows = [_row(number, feature, tree, kept, parent, system) for number, feature in enumerate(features, start=1)]
    return list(_without_twice(rows))


def joined(outlines: Sequence[Outline]) -> Outline:
    """The outline of several areas taken together; borders between them are gone."""
    whole = mapping(unary_union([outline.geometry for outline in outlines]))
    return Outline(whole["type"], tuple(whole["coordinates"]))


def problems_of(rows: Iterable[FeatureRow]) -> list[Problem]:
    return [problem for row in rows for problem in row.problems]


def sites_outside(rows: Iterable[FeatureRow], tree: AreaTree, sites: Mapping[str, Sequence[Located]]) -> dict[str, int]:
    """How many of the areas' sites lie outside of their outlines, by the system that a file is taken to be in.

    ``rows`` are those of the file read as if it were WGS-84, ``sites`` positions by area code. The system with clearly
    the fewest explains the file best. The few sites are converted, not the many points of the outlines.
    """
    drawn = [
        (row.outline, site)
        for row in rows
        if row.area and row.outline
        for below in tree.within(row.area.code)
        for site in sites.get(below, ())
    ]
    return {
        name: sum(not contains(outline, *system.from_wgs84(site.lat, site.lon)) for outline, site in drawn)
        for name, system in SYSTEMS.items()
    }


def _features(content: bytes, file: str) -> list[Any]:
    """The features of a FeatureCollection, or a list of one problem."""
    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return [Problem("outlines.not_utf8", details={"file": file})]
    except (ValueError, RecursionError):
        return [Problem("outlines.not_json", details={"file": file})]
    if (
        not isinstance(raw, Mapping)
        or raw.get("type") != "FeatureCollection"
        or not isinstance(raw.get("features"), list)
    ):
        return [Problem("outlines.not_a_collection", details={"file": file})]
    if problem := crs_problem(raw.get("crs"), file):
        return [problem]
    if not 0 < len(raw["features"]) <= _MAX_FEATURES:
        return [
            Problem(
                "outlines.features_out_of_range",
                details={"file": file, "most_features": _MAX_FEATURES, "count": len(raw["features"])},
            )
        ]
    return list(raw["features"])


def _row(
    number: int,
    feature: object,
    tree: AreaTree,
    kept: Mapping[str, Outline],
    parent: str,
    system: str,
) -> FeatureRow:
    properties = feature.get("properties") if isinstance(feature, Mapping) else None
    if not isinstance(feature, Mapping) or feature.get("type") != "Feature" or not isinstance(properties, Mapping):
        problem = Problem("outlines.not_a_feature", details={"number": number})
        return FeatureRow(number, "", Effect.ERROR, problems=(problem,))
    code, name = _text(properties, CODE_FIELDS), _text(properties, NAME_FIELDS)
    title = " ".join(text for text in (name, code) if text)[:100]
    where: Details = {"feature": number, **({"feature_title": title} if title else {})}
    area = _area_of(code, name, tree, parent, where)
    geometry = feature.get("geometry")
    outline = (
        parse_outline(converted(geometry, system), where)
        if geometry
        else [Problem("outlines.no_geometry", details=where)]
    )
    problems = [*([area] if isinstance(area, Problem) else []), *(outline if isinstance(outline, list) else [])]
    if isinstance(area, Problem) or isinstance(outline, list):
        return FeatureRow(number, title, Effect.ERROR, problems=tuple(problems))
    remark = f"文件中的名称是「{name[:100]}」" if code and name and name != area.name else ""
    return FeatureRow(number, title, _effect(outline, kept.get(area.code)), area, outline, remark=remark)


def _effect(outline: Outline, kept: Outline | None) -> Effect:
    if kept is None:
        return Effect.NEW
    return Effect.UNCHANGED if outline_to_json(outline) == outline_to_json(kept) else Effect.CHANGED


def _text(properties: Mapping[str, Any], fields: Sequence[str]) -> str:
    """The first of these properties that is filled in, as text."""
    for field in fields:
        value = properties.get(field)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if isinstance(value, float) and value.is_integer():
            return str(int(value))
    return ""


def _area_of(code: str, name: str, tree: AreaTree, parent: str, where: Details) -> Area | Problem:
    if code:
        found = next((area for form in _forms(code) if (area := tree.get(form))), None)
        if found:
            return found
        successor = tree.get(tree.standing(code))
        if successor:
            return Problem(
                "outlines.area_merged",
                details={**where, "code": code[:40], "successor_name": successor.name, "successor": successor.code},
            )
        return Problem("outlines.area_code_unknown", details={**where, "code": code[:40]})
    if not name:
        return Problem(
            "outlines.area_unnamed",
            details={**where, "code_fields": tuple(CODE_FIELDS), "name_fields": tuple(NAME_FIELDS)},
        )
    below = tree.within(parent) - {parent} if parent else {area.code for area in tree}
    same = [area for area in tree if area.code in below and area.name == name]
    if len(same) == 1:
        return same[0]
    if same:
        return Problem("outlines.area_name_ambiguous", details={**where, "name": name[:100], "count": len(same)})
    if parent:
        within = tree.full_name(parent)
        return Problem("outlines.area_name_unknown_within", details={**where, "parent": within, "name": name[:100]})
    return Problem("outlines.area_name_unknown", details={**where, "name": name[:100]})


def _forms(code: str) -> Iterator[str]:
    """The code as it is, then without the zeros that pad it: 421002001000, 421002000, 421000."""
    yield code
    for digits, zeros in ((12, "000"), (9, "000"), (6, "00"), (4, "00")):
        if len(code) == digits and code.endswith(zeros):
            code = code[: -len(zeros)]
            yield code


def converted(raw: object, system: str) -> object:
    """A geometry with every position converted to WGS-84; what is no geometry stays as it is, to be refused later."""
    if system == "wgs84" or not isinstance(raw, Mapping):
        return raw
    return {**raw, "coordinates": _converted_positions(raw.get("coordinates"), SYSTEMS[system].to_wgs84)}


def _converted_positions(raw: object, convert: Convert, depth: int = 0) -> object:
    if not isinstance(raw, list) or depth > 4:
        return raw
    if len(raw) >= 2 and all(_is_degrees(number) for number in raw[:2]):
        lat, lon = convert(float(raw[1]), float(raw[0]))
        return [lon, lat, *raw[2:]]
    return [_converted_positions(one, convert, depth + 1) for one in raw]


def _is_degrees(value: object) -> bool:
    return is_number(value) and -360 <= value <= 360


def _without_twice(rows: Iterable[FeatureRow]) -> Iterator[FeatureRow]:
    """The rows, those in error that name an area a second time."""
    first: dict[str, int] = {}
    for row in rows:
        if row.area and first.setdefault(row.area.code, row.number) != row.number:
            problem = Problem(
                "outlines.area_twice",
                details={
                    "feature": row.number,
                    "feature_title": row.title,
                    "first": first[row.area.code],
                    "name": row.area.name,
                },
            )
            yield FeatureRow(row.number, row.title, Effect.ERROR, problems=(problem,))
        else:
            yield row
