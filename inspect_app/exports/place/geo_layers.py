"""The layers that a map program gets: areas, sites with their grounds, lines and gates, inspections, findings.

Nothing in them tells who inspected, nor the way that somebody took: no account, no time finer than a day, no position
of a photo where the site has one, and within a week the order is that of the sites' codes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...collections import Kept
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.scope import Scope
from ...domain.checklists.checklist import Item
from ...domain.inspecting.inspection import DECISIONS, STATES, Finding, Inspection
from ...domain.inspecting.kinds import is_counted
from ...domain.place.areas import AreaTree
from ...domain.place.outlines import AREAL, centre, outline_to_json
from ...domain.place.positions import Located, Place
from ...domain.place.sites import Site
from ...domain.weeks import day_text
from ...services import Services
from ...services.accounts.nameless import words_for
from ...services.evidence.anonymous import nameless
from ...services.place.area_outlines import area_outlines
from ...services.place.register import all_sites, area_tree
from .geo import Attribute, Columns, Feature, Value

UNDECIDED = "待复核"
_AREA = (Attribute("area", "区域代码"), Attribute("area_name", "区域"))
_SITE = (
    Attribute("code", "点位编码"),
    Attribute("name", "点位"),
    Attribute("type", "类型代号"),
    Attribute("type_name", "类型"),
    *_AREA,
)
_STATE = Attribute("state", "状态：active 在用，retired 停用")
_VISIT = (
    Attribute("inspection", "测评编号"),
    Attribute("week", "期"),
    Attribute("day", "测评日期（当地）", "day"),
    Attribute("site", "点位编码，随手拍为空"),
    *_SITE[1:],
)


@dataclass(frozen=True, slots=True)
class LayerChoice:
    """What is exported: one week (all for None), one area with all below it (all for an empty code), of a scope.

    ``this_week`` is the week whose tree of areas counts where no week is chosen.
    """

    this_week: str
    scope: Scope
    week: str | None = None
    area: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: what it is called in Chinese, its columns, whether a week changes it, and its features."""

    title: str
    columns: Columns
    by_week: bool
    features: Callable[[Services, LayerChoice], Iterator[Feature]]


def _areas(services: Services, chosen: LayerChoice) -> Iterator[Feature]:
    tree, week = _tree(services, chosen), chosen.week or chosen.this_week
    outlines, wanted = area_outlines(services.store, week), _within(tree, chosen)
    for area in tree:
        if wanted is not None and area.code not in wanted:
            continue
        outline = outlines.get(area.code)
        values: dict[str, Value] = {
            "code": area.code,
            "name": area.name,
            "level": area.level,
            "parent": area.parent,
            "full_name": tree.full_name(area.code),
            "week": week,
        }
        yield Feature(outline_to_json(outline) if outline else None, values)


def _sites(services: Services, chosen: LayerChoice) -> Iterator[Feature]:
    for site, values in _chosen_sites(services, chosen):
        place = _place(site)
        known = {"accuracy_m": place.accuracy_m if place else None, "registered": _registered(site)}
        yield Feature(_point(place), {**values, **known})


def _grounds(services: Services, chosen: LayerChoice) -> Iterator[Feature]:
    for site, values in _chosen_sites(services, chosen):
        if site.outline and site.outline.kind in AREAL:
            yield Feature(outline_to_json(site.outline), values)


def _lines(services: Services, chosen: LayerChoice) -> Iterator[Feature]:
    for site, values in _chosen_sites(services, chosen):
        if site.outline and site.outline.kind not in AREAL:
            yield Feature(outline_to_json(site.outline), values)


def _gates(services: Services, chosen: LayerChoice) -> Iterator[Feature]:
    for site, values in _chosen_sites(services, chosen):
        for number, gate in enumerate(site.gates, start=1):
            yield Feature(_point(gate), {**values, "gate": number, "accuracy_m": gate.accuracy_m})


def _inspections(services: Services, chosen: LayerChoice) -> Iterator[Feature]:
    for kept, tree in _chosen_inspections(services, chosen):
        inspection = kept.value
        if not is_counted(inspection):
            continue
        values: dict[str, Value] = {
            **_visit(services, kept, tree),
            "version": inspection.version,
            "state": inspection.state,
            "state_name": STATES[inspection.state],
            "rate": inspection.rate,
            "capped": int(inspection.capped),
            "findings": len(inspection.findings),
            "photos": len(inspection.photos),
            "corrections": len(inspection.corrections),
        }
        yield Feature(_point(_place(inspection.site)), values)


def _findings(services: Services, chosen: LayerChoice) -> Iterator[Feature]:
    for kept, tree in _chosen_inspections(services, chosen):
        visit, checklist = _visit(services, kept, tree), services.library.kept(kept.value.version)
        for finding in kept.value.findings:
            item = checklist.item(finding.item.item_id)
            point, source = _where(kept.value, item.id, exact=chosen.scope.inspectors)
            yield Feature(point, {**visit, **_finding(kept.value, item, finding, source)})


def _finding(inspection: Inspection, item: Item, finding: Finding, source: str) -> dict[str, Value]:
    return {
        "item": item.id,
        "item_text": item.text,
        "clauses": "、".join(item.clauses),
        "units": "、".join(item.units),
        "decision": finding.decision or "open",
        "decision_name": DECISIONS[finding.decision] if finding.decision else UNDECIDED,
        "detail": finding.item.detail,
        "note": inspection.note(item.id),
        "photos": " ".join(dict.fromkeys(photo.sha256 for photo in inspection.photos_of(item.id))),
        "place_from": source,
    }


LAYERS = {
    layer.columns.name: layer
    for layer in (
        Layer(
            "区域",
            Columns(
                "areas",
                "MultiPolygon",
                (
                    Attribute("code", "区划代码"),
                    Attribute("name", "名称"),
                    Attribute("level", "层级"),
                    Attribute("parent", "上级代码"),
                    Attribute("full_name", "全称"),
                    Attribute("week", "期：这一期的区划"),
                ),
            ),
            True,
            _areas,
        ),
        Layer(
            "点位（点）",
            Columns(
                "sites",
                "Point",
                (
                    *_SITE,
                    _STATE,
                    Attribute("accuracy_m", "登记误差（米）", "number"),
                    Attribute("registered", "登记了什么：outline 轮廓，place 位置，gates 校门"),
                ),
            ),
            False,
            _sites,
        ),
        Layer("点位的范围（面）", Columns("site-grounds", "MultiPolygon", (*_SITE, _STATE)), False, _grounds),
        Layer("点位的线路（线）", Columns("site-lines", "LineString", (*_SITE, _STATE)), False, _lines),
        Layer(
            "校门（点）",
            Columns(
                "site-gates",
                "Point",
                (
                    *_SITE,
                    _STATE,
                    Attribute("gate", "第几个校门", "whole"),
                    Attribute("accuracy_m", "登记误差（米）", "number"),
                ),
            ),
            False,
            _gates,
        ),
        Layer(
            "测评（点）",
            Columns(
                "inspections",
                "Point",
                (
                    *_VISIT,
                    Attribute("version", "清单版本"),
                    Attribute("state", "状态"),
                    Attribute("state_name", "状态（中文）"),
                    Attribute("rate", "得分率（%），不能评分的为空", "number"),
                    Attribute("capped", "一票否决：1 是，0 否", "whole"),
                    Attribute("findings", "问题数", "whole"),
                    Attribute("photos", "照片数", "whole"),
                    Attribute("corrections", "测评员更正次数", "whole"),
                ),
            ),
            True,
            _inspections,
        ),
        Layer(
            "问题（点）",
            Columns(
                "findings",
                "Point",
                (
                    *_VISIT,
                    Attribute("item", "测评项代号"),
                    Attribute("item_text", "测评项"),
                    Attribute("clauses", "条款"),
                    Attribute("units", "责任单位"),
                    Attribute("decision", "复核：open、confirmed、rejected"),
                    Attribute("decision_name", "复核（中文）"),
                    Attribute("detail", "所见"),
                    Attribute("note", "说明"),
                    Attribute("photos", "照片的SHA-256，以空格分隔"),
                    Attribute("place_from", "位置来自：site 点位，photo 照片，空 不详"),
                ),
            ),
            True,
            _findings,
        ),
    )
}


def _tree(services: Services, chosen: LayerChoice) -> AreaTree:
    return area_tree(services.store, chosen.week or chosen.this_week)


def _within(tree: AreaTree, chosen: LayerChoice) -> Collection[str] | None:
    """The codes of the area and all below it, as far as the scope goes; None where any will do."""
    return chosen.scope.within(tree, tree.within(tree.standing(chosen.area)) if chosen.area else None)


def _chosen_sites(services: Services, chosen: LayerChoice) -> Iterator[tuple[Site, dict[str, Value]]]:
    """Sites, retired ones too, by area, type and name, with the values that all layers of sites have."""
    tree = _tree(services, chosen)
    wanted = _within(tree, chosen)
    for site in all_sites(services.store):
        area = tree.standing(site.area)
        if wanted is not None and area not in wanted:
            continue
        yield site, {"code": site.code, **_of_site(services, site, area, tree), "state": site.state}


def _chosen_inspections(services: Services, chosen: LayerChoice) -> Iterator[tuple[Kept[Inspection], AreaTree]]:
    """One week after the other, each with its tree; within a week by site, so that no order tells a way.

    What was written is in the words of the scope.
    """
    words = words_for(services, chosen.scope)
    weeks = INSPECTIONS.weeks(services.store)
    for week in weeks if chosen.week is None else [chosen.week]:
        tree = area_tree(services.store, week)
        found = INSPECTIONS.find(services.store, week=week, area=_within(tree, chosen))
        for kept in sorted(found, key=lambda one: (one.value.site.code, one.id)):
            yield replace(kept, value=nameless(kept.value, words)), tree


def _visit(services: Services, kept: Kept[Inspection], tree: AreaTree) -> dict[str, Value]:
    inspection = kept.value
    return {
        "inspection": kept.id,
        "week": inspection.week,
        "day": day_text(inspection.started_at, services.settings.timezone),
        "site": inspection.site.code,
        **_of_site(services, inspection.site, tree.standing(inspection.area), tree),
    }


def _of_site(services: Services, site: Site, area: str, tree: AreaTree) -> dict[str, Value]:
    return {
        "name": site.name,
        "type": site.site_type,
        "type_name": services.library.titles.get(site.site_type, site.site_type),
        "area": area,
        "area_name": tree.full_name(area),
    }


def _place(site: Site) -> Place | None:
    """The registered position, else a point of the outline, else the first gate."""
    if site.place or site.ground is None:
        return site.place
    if site.outline:
        return Place(*centre(site.outline), site.ground.accuracy_m)
    return site.gates[0]


def _registered(site: Site) -> str:
    known = {"outline": site.outline, "place": site.place, "gates": site.gates}
    return " ".join(name for name, value in known.items() if value)


def _where(inspection: Inspection, item: str, *, exact: bool) -> tuple[Mapping[str, Any] | None, str]:
    """Where a finding is: at its site; where that has no position, at the first of its photos that has one.

    That is where a phone was: if not ``exact``, to four decimals (about 10 m), enough to find it, and no track.
    """
    place = _place(inspection.site)
    if place:
        return _point(place), "site"
    fix = next((photo.fix for photo in inspection.photos_of(item) if photo.fix), None)
    if fix is None:
        return None, ""
    about = Place(round(fix.lat, 4), round(fix.lon, 4), fix.accuracy_m)
    return _point(fix if exact else about), "photo"


def _point(place: Located | None) -> Mapping[str, Any] | None:
    return {"type": "Point", "coordinates": [place.lon, place.lat]} if place else None
