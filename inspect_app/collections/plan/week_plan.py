"""Week plans as documents, the registers that they are drawn from, and the areas that inspectors keep away from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from ...domain.plan.beacon import Beacon
from ...domain.plan.sharing import Departure
from ...domain.plan.week_plan import OPEN_SEED, How, PlanChange, PlannedSite, WeekPlan
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> WeekPlan:
    drawn_at, how = document["drawn_at"], document["settings"]
    return WeekPlan(
        week=id,
        seed=document["seed"],
        register=document["register"],
        count=document["count"],
        least_per_area=document["least_per_area"],
        announced_at=instant_of(document["announced_at"]),
        announced_by=document["announced_by"],
        drawn_at=instant_of(drawn_at) if drawn_at else None,
        drawn_by=document["drawn_by"],
        how=How(**how) if how else None,
        sites=tuple(map(_site, document["sites"])),
        changes=tuple(map(_change, document["changes"])),
        rule=document["rule"],
        commitment=document["commitment"],
        announced_beacon=_beacon(document["announced_beacon"]),
        beacon=_beacon(document["beacon"]),
        sealed=document["sealed"],
        secret=document["secret"],
        revealed_at=instant_of(document["revealed_at"]) if document["revealed_at"] else None,
        replaced=tuple(document["replaced"]),
        departures=tuple(Departure(**one) for one in document["departures"]),
    )


def _write(plan: WeekPlan) -> Document:
    return {
        "state": "drawn" if plan.drawn_at else "announced",
        "seed": plan.seed,
        "register": plan.register,
        "count": plan.count,
        "least_per_area": plan.least_per_area,
        "announced_at": utc_text(plan.announced_at),
        "announced_by": plan.announced_by,
        "drawn_at": utc_text(plan.drawn_at) if plan.drawn_at else None,
        "drawn_by": plan.drawn_by,
        "settings": asdict(plan.how) if plan.how else None,
        "sites": [planned_site_document(site) for site in plan.sites],
        "changes": [plan_change_document(change) for change in plan.changes],
        "rule": plan.rule,
        "commitment": plan.commitment,
        "announced_beacon": beacon_document(plan.announced_beacon),
        "beacon": beacon_document(plan.beacon),
        "sealed": plan.sealed,
        "secret": plan.secret,
        "revealed_at": utc_text(plan.revealed_at) if plan.revealed_at else None,
        "replaced": list(plan.replaced),
        "departures": [asdict(departure) for departure in plan.departures],
    }


def beacon_document(beacon: Beacon | None) -> Document | None:
    """Also what the log of acts says of a public number."""
    return {**asdict(beacon), "day": beacon.day.isoformat()} if beacon else None


def _beacon(raw: Mapping[str, Any] | None) -> Beacon | None:
    return Beacon(**{**raw, "day": date.fromisoformat(raw["day"])}) if raw else None


def planned_site_document(site: PlannedSite) -> Document:
    return {**asdict(site), "inspectors": list(site.inspectors), "second": list(site.second)}


def plan_change_document(change: PlanChange) -> Document:
    """Also what the log of acts says of a change."""
    states = {"before": planned_site_document(change.before), "after": planned_site_document(change.after)}
    return {"at": utc_text(change.at), "by": change.by, "code": change.code, "reason": change.reason, **states}


def _site(raw: Mapping[str, Any]) -> PlannedSite:
    return PlannedSite(**{**raw, "inspectors": tuple(raw["inspectors"]), "second": tuple(raw["second"])})


def _change(raw: Mapping[str, Any]) -> PlanChange:
    before, after = _site(raw["before"]), _site(raw["after"])
    return PlanChange(instant_of(raw["at"]), raw["by"], raw["code"], raw["reason"], before, after)


def _with_everything(document: Document) -> Document:
    """Version 1 had of a plan that is not drawn only what was announced, and earlier plans had no register.

    What a plan asked for stood among its settings at first; its seed's value stood beside them, too.
    """
    settings = document.get("settings")
    asked = settings or {}
    how = {**{name: asked[name] for name in ("second_share", "gap_weeks", "in_pairs") if name in asked}}
    return {
        "register": "",
        "count": asked.get("count", 0),
        "least_per_area": asked.get("least_per_area", 0),
        "drawn_at": None,
        "drawn_by": "",
        **{name: value for name, value in document.items() if name != "value"},
        "settings": {"value": document.get("value", ""), **how} if settings else None,
        "sites": [_with_chance(site) for site in document.get("sites", ())],
        "changes": [
            {**one, "before": _with_chance(one["before"]), "after": _with_chance(one["after"])}
            for one in document.get("changes", ())
        ],
    }


def _with_chance(site: Mapping[str, Any]) -> Document:
    return {"chance": "", **site}


def _by_an_open_seed(document: Document) -> Document:
    """Up to version 2 all draws were made by a seed that was announced, and streets were shared without a rule."""
    settings = document["settings"]
    return {
        **document,
        "settings": {**settings, "per_street": 1, "street_gap_weeks": 0} if settings else None,
        "sites": [_with_twice(site) for site in document["sites"]],
        "changes": [
            {**one, "before": _with_twice(one["before"]), "after": _with_twice(one["after"])}
            for one in document["changes"]
        ],
        "rule": OPEN_SEED,
        **dict.fromkeys(("commitment", "sealed", "secret"), ""),
        **dict.fromkeys(("announced_beacon", "beacon", "revealed_at")),
        **dict.fromkeys(("replaced", "departures"), ()),
    }


def _with_twice(site: Mapping[str, Any]) -> Document:
    return {"twice": bool(site["second"]), **site}


WEEK_PLANS: Collection[WeekPlan] = Collection(
    "plans", _read, _write, version=3, upgrades=(_with_everything, _by_an_open_seed)
)
"""Plans under their weeks."""

REGISTERS: Collection[str] = Collection(
    "plan_registers", lambda id, document: str(document["csv"]), lambda csv: {"csv": csv}
)
"""The files of registers (CSV) that plans are drawn from, under their SHA-256."""

PLAN_SETTINGS: Collection[How] = Collection(
    "plan_settings", lambda id, document: How(**document["rules"]), lambda how: {"rules": asdict(how)}
)
"""The office's rules of sharing out, under ``RULES``; what they were before is in the log of acts."""
RULES = "rules"

AVOIDANCES: Collection[tuple[str, ...]] = Collection(
    "avoidances", lambda id, document: tuple(document["areas"]), lambda areas: {"areas": sorted(set(areas))}
)
"""The codes of the areas that each inspector keeps away from (回避), under the account's name."""
