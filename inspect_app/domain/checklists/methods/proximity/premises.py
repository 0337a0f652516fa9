"""Premises found near a site: read from JSON and from the plain form, and judged."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ....place.outlines import Ground
from ....place.positions import Fix, Place, parse_fix
from ....problems import Details, Problem, deeper
from ....zones.judging import MEASURES, Judged, Walk, judge_distance
from ....zones.walks import parse_walk
from ...fields import Field, Typed
from ...method import MAX_TEXT
from .rule import Category, ProximityRule

ROW = (
    Field("category", "text", "类别"),
    Field("name", "text", "名称"),
    Field("lat", "text", "纬度"),
    Field("lon", "text", "经度"),
    Field("accuracy_m", "text", "误差（米）"),
    Field("walk_metres", "text", "步行到校门（米）"),
    Field("walk_track", "hidden"),
    Field("source", "hidden"),
    Field("at", "hidden"),
    Field("photo", "photo", "照片"),
    Field("kept", "hidden"),
)
"""The fields of one row of premises in the plain form."""


@dataclass(frozen=True, slots=True)
class FoundPremises:
    """Premises found near a site: category, where they were found, and name, photo and walked way where known."""

    category: str
    fix: Fix
    name: str
    photo: str | None
    walk: Walk | None = None


def parse_premises(raw: object, categories: list[str], where: Details) -> FoundPremises | list[Problem]:
    if not isinstance(raw, Mapping):
        return [Problem("answers.premises_no_object", details=where)]
    accepted = ("category", "name", "photo", "fix", "walk")
    problems = [
        Problem("answers.premises_field_unknown", details={**where, "key": key, "accepted": tuple(accepted)})
        for key in raw
        if key not in accepted
    ]
    if raw.get("category") not in categories:
        problems.append(
            Problem(
                "answers.premises_category_unknown",
                details={**where, "category": repr(raw.get("category")), "accepted": tuple(categories)},
            )
        )
    name, photo = raw.get("name", ""), raw.get("photo")
    if not isinstance(name, str) or len(name) > MAX_TEXT:
        problems.append(Problem("answers.premises_text_too_long", details={**where, "most_text": MAX_TEXT}))
    if photo is not None and not isinstance(photo, str):
        problems.append(Problem("answers.premises_no_photo_hash", details=where))
    fix = parse_fix(raw.get("fix"), deeper(where, within=("fix",)))
    walk = parse_walk(raw["walk"], deeper(where, within=("walk",))) if raw.get("walk") is not None else None
    problems += [*(fix if isinstance(fix, list) else ()), *(walk if isinstance(walk, list) else ())]
    if problems or isinstance(fix, list) or isinstance(walk, list):
        return problems
    return FoundPremises(raw["category"], fix, name, photo, walk)


def judge(premises: FoundPremises, category: Category, rule: ProximityRule, site: Place | Ground) -> Judged:
    radius_m, reach_m = rule.radius_of(category), rule.point_reach_m
    return judge_distance(premises.fix, site, radius_m, category.measure, reach_m, premises.walk)


def distance_words(judged: Judged, rule: ProximityRule) -> str:
    """Metres and the answer; the way of measuring and the radius where they are not the usual ones."""
    way = "" if judged.measured == MEASURES["boundary"] else judged.measured
    limit = "" if judged.radius_m == rule.radius_m else f"，限{judged.radius_m:g}米"
    return f"{way}{judged.interval}（{judged.within.label}{limit}）"


def entered_premises(row: Typed, at: str) -> dict[str, object]:
    optional = {"name": row.text("name").strip(), "photo": row.text("kept")}
    return {
        "category": row.text("category") or None,
        **{name: value for name, value in optional.items() if value},
        **_walk(row),
        "fix": {
            **{name: row.number(name, float) for name in ("lat", "lon", "accuracy_m")},
            "source": row.text("source") or "manual",
            "at": row.text("at") or at,
        },
    }


def typed_premises(raw: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a row by which ``entered_premises`` gives these premises."""
    fix, walk = raw["fix"], raw.get("walk") or {}
    texts = {name: raw.get(name) for name in ("category", "name")} | {"kept": raw.get("photo")}
    places = {name: str(fix[name]) for name in ("lat", "lon", "accuracy_m", "source", "at")}
    track = json.dumps(walk["track"]) if walk.get("by") == "track" else None
    metres = str(walk["metres"]) if walk.get("by") == "wheel" else None
    found = {**texts, **places, "walk_track": track, "walk_metres": metres}
    return {name: text for name, text in found.items() if text}


def _walk(row: Typed) -> dict[str, object]:
    """A walked way: the track where one was recorded, else a measuring wheel's metres."""
    if track := row.text("walk_track"):
        try:
            return {"walk": {"by": "track", "track": json.loads(track)}}
        except (ValueError, RecursionError):
            return {"walk": {"by": "track", "track": track}}
    metres = row.number("walk_metres", float)
    return {} if metres is None else {"walk": {"by": "wheel", "metres": metres}}
