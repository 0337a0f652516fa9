"""What taking a file of sites over would do, row by row: new, changed, unchanged, or in error.

An empty cell and a missing column leave a kept site as it is, so a file may bring positions only. Nothing is ever
removed by an import; a retired site stays retired.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import shapely

from ..numbers import number_from
from ..problems import NOWHERE, Details, Problem, placed
from .area_outlines import Effect, converted
from .areas import AreaTree
from .coordinates import SYSTEMS
from .near_duplicates import Sites, similar_names
from .outlines import KINDS, Outline, centre, parse_outline
from .positions import Place
from .shift import InArea, LatLon, Pair, offset_m
from .site_files import FileRow, SiteFile
from .site_shape import apart
from .sites import Site, parse_site

SAME_M = 0.01
"""A position nearer than this to the kept one is the kept one."""
_MOVED_FAR_M = 1_000.0
_NOT_DECIMAL = re.compile(r"[°′″'\"度分秒]|[0-9]\s*[NSEWnsew]$|^[NSEWnsew]\s*[0-9]")
_CHINA = {"lat": (3.0, 54.0), "lon": (73.0, 136.0)}
_DEGREE_M = 111_000.0
_LABELS = {"name": "名称", "site_type": "类型", "area": "区域"}


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are judged against: kept sites by code, titles of site types by id, the tree, outlines by area."""

    sites: Mapping[str, Site]
    types: Mapping[str, str]
    tree: AreaTree
    outlines: Mapping[str, Outline]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One thing that another value is given to, as the reader knows it."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ImportRow:
    """One row: what it would do, to which site, or what is wrong with it.

    ``raw`` is its position as the file has it, the middle of its outline where it is ``drawn``. ``remarks`` are what to
    look at although it is no error; ``twin`` tells of another site that may be the same one.
    """

    number: int
    code: str
    name: str
    effect: Effect
    site: Site | None = None
    before: Site | None = None
    raw: LatLon | None = None
    drawn: bool = False
    changes: tuple[FieldChange, ...] = ()
    problems: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    twin: str = ""


def judge(file: SiteFile, known: Known, system: str) -> list[ImportRow]:
    """The rows of a file whose positions are in ``system`` (a key of ``SYSTEMS``), with duplicates found."""
    names = _area_codes(known.tree)
    rows = _without_twice((_judge_row(file, row, known, names, system) for row in file.rows), file)
    return _with_twins(rows, known)


def pairs_of(rows: Iterable[ImportRow], known: Known) -> list[Pair]:
    """Positions of the file beside known ones of the same sites: by code, or of new sites by a name given once."""
    named: dict[tuple[str, str], list[Site]] = {}
    for site in known.sites.values():
        named.setdefault((site.site_type, site.name), []).append(site)
    found = []
    for row in rows:
        if row.site is None or row.raw is None:
            continue
        same = [row.before] if row.before else named.get((row.site.site_type, row.site.name), [])
        at = _position(same[0], row.drawn) if len(same) == 1 else None
        if at:
            found.append((row.raw, at))
    return found


def in_areas(rows: Iterable[ImportRow], known: Known) -> list[InArea]:
    """Positions of the file beside the outlines that they should be in."""
    found = []
    for row in rows:
        outline = _outline_of(row.site.area, known) if row.site and row.raw else None
        if row.raw and outline:
            found.append((row.raw, outline))
    return found


def problems_of(rows: Iterable[ImportRow]) -> list[Problem]:
    return [problem for row in rows for problem in row.problems]


def _judge_row(
    file: SiteFile, row: FileRow, known: Known, names: Mapping[str, Sequence[str]], system: str
) -> ImportRow:
    cells = dict(row.cells)
    code, before = cells.get("code", ""), known.sites.get(cells.get("code", ""))
    title = (cells.get("name") or (before.name if before else ""))[:100]
    if row.wrong:
        wrong = tuple(placed(problem, file.where(row, column)) for column, problem in row.wrong.items())
        return ImportRow(row.number, code[:40], title, Effect.ERROR, problems=wrong)
    filled = _filled(cells, before, known, names)
    allowed = {before.area} if before else set()
    parsed = parse_site(filled, NOWHERE, known.types, _Either(known.tree, allowed))
    problems = [_told(problem, file, row, cells, known) for problem in parsed] if isinstance(parsed, list) else []
    outline = _outline(row, file, system)
    problems += outline if isinstance(outline, list) else []
    if isinstance(parsed, list) or isinstance(outline, list):
        return ImportRow(row.number, code[:40], title, Effect.ERROR, problems=tuple(problems))
    raw = (parsed.place.lat, parsed.place.lon) if parsed.place else None
    site = _merged(parsed, before, outline, system, bool(cells.get("accuracy_m")))
    if outline and (far := apart(site)):
        wrong = tuple(_far(problem, file.where(row, "geometry")) for problem in far)
        return ImportRow(row.number, code[:40], title, Effect.ERROR, problems=wrong)
    effect = Effect.NEW if before is None else Effect.UNCHANGED if before == site else Effect.CHANGED
    changes = tuple(_changes(before, site, known)) if before else ()
    remarks = tuple(_remarks(site, before, raw, cells, known))
    drawn = raw is None and outline is not None
    raw = _middle(row.geometry) if drawn else raw
    return ImportRow(row.number, code, site.name, effect, site, before, raw, drawn, changes, (), remarks)


def _middle(geometry: object) -> LatLon | None:
    """The middle of an outline as the file has it."""
    outline = parse_outline(geometry, NOWHERE, KINDS)
    return centre(outline) if isinstance(outline, Outline) else None


class _Either(Collection[str]):
    """The codes of a tree, and a few more."""

    def __init__(self, tree: AreaTree, more: Collection[str]) -> None:
        self._tree, self._more = tree, more

    def __contains__(self, code: object) -> bool:
        return code in self._tree or code in self._more

    def __iter__(self) -> Iterator[str]:
        yield from (area.code for area in self._tree)

    def __len__(self) -> int:
        return len(self._tree)


def _filled(
    cells: Mapping[str, str], before: Site | None, known: Known, names: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """The cells with types and areas by their codes, and what is empty as it is kept; positions are left alone."""
    filled = dict(cells)
    if before:
        for column, value in (("name", before.name), ("type", before.site_type), ("area", before.area)):
            filled[column] = cells.get(column) or value
    by_title = {title: id for id, title in known.types.items()}
    filled["type"] = by_title.get(filled.get("type", ""), filled.get("type", ""))
    found = names.get("".join(filled.get("area", "").split()), ())
    if len(found) == 1:
        filled["area"] = found[0]
    return filled


def _area_codes(tree: AreaTree) -> dict[str, list[str]]:
    """The codes that a code, a padded code, a full name or a name of an area may mean."""
    found: dict[str, list[str]] = {}
    for area in tree:
        said = {area.code, area.code.ljust(12, "0"), tree.full_name(area.code).replace(" ", ""), area.name}
        for text in said:
            found.setdefault(text, []).append(area.code)
    return found


def _told(problem: Problem, file: SiteFile, row: FileRow, cells: Mapping[str, str], known: Known) -> Problem:
    """A problem of ``parse_site`` as the reader of this file understands it."""
    column = str(problem.path[0])
    value, told = cells.get(column, ""), problem
    if not value and column in ("code", "name", "type", "area"):
        told = Problem("sites.cell_empty")
    elif column == "type":
        accepted = tuple(known.types.values())
        told = Problem("sites.cell_type_unknown", details={"site_type": value[:40], "accepted": accepted})
    elif column == "area":
        told = _area_problem(value, known.tree)
    elif column in ("lat", "lon"):
        told = _degrees_problem(problem, value, cells)
    values = {name: value for name, value in told.details.items() if name != "within"}
    return Problem(told.code, details={**file.where(row, column), **values})


def _far(problem: Problem, where: Details) -> Problem:
    """A problem of ``apart`` with an outline that the file has."""
    gate, distance, most = problem.details.get("gate"), problem.details["distance"], problem.details["most"]
    if gate is None:
        return Problem("sites.registered_far_from_outline", details={**where, "distance": distance, "most": most})
    return Problem("sites.gate_far_from_outline", details={**where, "number": gate, "distance": distance, "most": most})


def _area_problem(value: str, tree: AreaTree) -> Problem:
    same = [area for area in tree if area.name == value]
    if len(same) > 1:
        example = tree.full_name(same[0].code)
        return Problem(
            "sites.cell_area_ambiguous", details={"area": value[:40], "count": len(same), "example": example}
        )
    successor = tree.get(tree.standing(value))
    if successor:
        return Problem(
            "sites.cell_area_merged",
            details={"area": value[:40], "successor_name": successor.name, "successor": successor.code},
        )
    return Problem("sites.cell_area_unknown", details={"area": value[:40]})


def _degrees_problem(problem: Problem, value: str, cells: Mapping[str, str]) -> Problem:
    if not value:
        return Problem("sites.cell_position_half")
    if _NOT_DECIMAL.search(value):
        return Problem("sites.cell_not_decimal", details={"value": value[:40]})
    lat, lon = number_from(cells.get("lat", "")), number_from(cells.get("lon", ""))
    if _lies(lat, "lon") and _lies(lon, "lat"):
        return replace(problem, code="sites.place_swapped")
    if lat is not None and lon is not None and max(abs(lat), abs(lon)) > 1000:
        return replace(problem, code="sites.place_projected")
    return problem


def _lies(number: float | None, column: str) -> bool:
    low, high = _CHINA[column]
    return number is not None and low <= number <= high


def _outline(row: FileRow, file: SiteFile, system: str) -> Outline | list[Problem] | None:
    if row.geometry is None:
        return None
    return parse_outline(converted(row.geometry, system), file.where(row, "geometry"), KINDS)


def _merged(parsed: Site, before: Site | None, outline: Outline | None, system: str, says_accuracy: bool) -> Site:
    """The site as it would be kept: in WGS-84, with what the file does not speak of as it is."""
    place = parsed.place
    if place:
        lat, lon = SYSTEMS[system].to_wgs84(place.lat, place.lon)
        place = Place(lat, lon, place.accuracy_m)
    if before is None:
        return replace(parsed, place=place, outline=outline)
    if place is None:
        place = before.place
    elif before.place and _metres(place, before.place) < SAME_M:
        place = replace(before.place, accuracy_m=place.accuracy_m) if says_accuracy else before.place
    return replace(
        before,
        name=parsed.name,
        site_type=parsed.site_type,
        area=parsed.area,
        place=place,
        outline=outline or before.outline,
    )


def _changes(before: Site, site: Site, known: Known) -> Iterator[FieldChange]:
    shown: Mapping[str, Callable[[str], str]] = {
        "name": str,
        "site_type": lambda id: known.types.get(id, id),
        "area": known.tree.full_name,
    }
    for attribute, label in _LABELS.items():
        old, new = getattr(before, attribute), getattr(site, attribute)
        if old != new:
            yield FieldChange(label, shown[attribute](old), shown[attribute](new))
    if before.place != site.place:
        yield FieldChange("位置", _place_text(before.place), _place_text(site.place))
    if before.outline != site.outline:
        yield FieldChange("轮廓", _outline_text(before.outline), _outline_text(site.outline))


def _place_text(place: Place | None) -> str:
    return f"{place.lat:.5f}, {place.lon:.5f} ±{place.accuracy_m:g}米" if place else "未登记"


def _outline_text(outline: Outline | None) -> str:
    return f"{'线' if outline.kind == 'LineString' else '面'}（{len(outline.edges)}条边）" if outline else "没有"


def _remarks(
    site: Site, before: Site | None, raw: LatLon | None, cells: Mapping[str, str], known: Known
) -> Iterator[str]:
    if before and before.state != "active":
        yield "已停用，导入后仍为停用"
    if cells.get("accuracy_m") and raw is None:
        yield "没有经纬度，精度没有用上"
    if raw and site.place and not (_lies(site.place.lat, "lat") and _lies(site.place.lon, "lon")):
        yield "位置不在中国境内"
    metres = _metres(before.place, site.place) if before and before.place and site.place else 0.0
    if before and metres >= _MOVED_FAR_M and not similar_names(before.name, site.name):
        yield f"名称换了，位置也移动了{metres / 1000:.1f}公里，可能是编码用错了"
    elif metres >= 1:
        yield f"位置移动{f'{metres / 1000:.1f}公里' if metres >= _MOVED_FAR_M else f'{metres:.0f}米'}"
    outline = _outline_of(site.area, known)
    if raw and site.place and outline and not _inside(outline, site.place):
        yield f"不在{known.tree.name(site.area)}的轮廓内"


def _inside(outline: Outline, place: Place) -> bool:
    """Inside, or outside by less than the position's accuracy (on a plane, which is good enough for a remark)."""
    if shapely.intersects_xy(outline.geometry, place.lon, place.lat):
        return True
    return bool(outline.geometry.distance(shapely.Point(place.lon, place.lat)) * _DEGREE_M <= place.accuracy_m)


def _outline_of(area: str, known: Known) -> Outline | None:
    """The outline of an area, or of the nearest one above that has one."""
    above = reversed(known.tree.path(area))
    return next((known.outlines[one.code] for one in above if one.code in known.outlines), None)


def _position(site: Site, drawn: bool) -> LatLon | None:
    """A site's known position; for one that the file draws, the middle of what it was drawn as."""
    if site.outline and (drawn or site.place is None):
        return centre(site.outline)
    return (site.place.lat, site.place.lon) if site.place else None


def _metres(one: Place, other: Place) -> float:
    return math.hypot(*offset_m((one.lat, one.lon), (other.lat, other.lon)))


def _without_twice(rows: Iterable[ImportRow], file: SiteFile) -> list[ImportRow]:
    """The rows, those in error that name a site a second time."""
    first: dict[str, int] = {}
    found = []
    for row, source in zip(rows, file.rows, strict=True):
        if row.code and first.setdefault(row.code, row.number) != row.number:
            problem = Problem(
                "sites.code_in_other_feature" if file.has_features else "sites.code_in_other_row",
                details={**file.where(source, "code"), "first": first[row.code], "code": row.code},
            )
            row = replace(row, effect=Effect.ERROR, site=None, problems=(*row.problems, problem))
        found.append(row)
    return found


def _with_twins(rows: list[ImportRow], known: Known) -> list[ImportRow]:
    """The rows, the new ones with a site or an earlier row that may be the same; active sites are compared with."""
    coming = {row.code for row in rows if row.site}
    sites = Sites(site for site in known.sites.values() if site.state == "active" and site.code not in coming)
    for row in rows:
        if row.site and row.before and row.site.state == "active":
            sites.add(row.site)
    found = []
    for row in rows:
        if row.effect is Effect.NEW and row.site:
            twin = sites.twin(row.site)
            sites.add(row.site)
            row = replace(row, twin=str(twin) if twin else "")
        found.append(row)
    return found
