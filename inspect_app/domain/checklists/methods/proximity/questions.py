"""The questions of an XLSForm about premises: each is measured against the site's position, as place/proximity does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...item import Item, PhotoRule
from ...questions import HINT, Row, calculation, choice_names, decimal, photo_or_reason, question, question_name
from .rule import Category, ProximityRule

# The WGS-84 ellipsoid: half its longer axis in metres, and the square of its eccentricity.
_AXIS, _ECCENTRICITY_2 = "6378137", "0.00669437999014"


def nothing_found(item: Item) -> Iterator[Row]:
    """Where a photo is always asked for: one that shows that there are no such premises."""
    name = question_name(item.id)
    if item.photo is PhotoRule.ALWAYS:
        yield from photo_or_reason(name, f"${{{name}}} = 0", "true()", item.live)


def premises_questions(name: str, rule: ProximityRule, item: Item) -> Iterator[Row]:
    names = choice_names([category.id for category in rule.categories])

    def is_one_of(categories: Iterable[Category]) -> str:
        named = [f"${{{name}__category}} = '{names[category.id]}'" for category in categories]
        return f"({' or '.join(named)})" if named else "false()"

    fix, distance = f"${{{name}__position}}", f"${{{name}__distance_m}}"
    uncertainty, radius = f"${{{name}__uncertainty_m}}", decimal(rule.radius_m)
    for category in rule.categories:
        if category.radius_m is not None:
            radius = f"if({is_one_of([category])}, {decimal(category.radius_m)}, {radius})"
    yield question(f"select_one {name}", f"{name}__category", "类别", required="yes")
    yield question("text", f"{name}__name", "名称（招牌）")
    yield question("geopoint", f"{name}__position", "位置", required="yes", **{HINT: "站在其门口定位"})
    yield calculation(f"{name}__distance_m", f"if({fix} = '', '', {_distance('${position}', fix)})")
    accuracies = f"selected-at(${{position}}, 3) + selected-at({fix}, 3)"
    yield calculation(f"{name}__uncertainty_m", f"if({fix} = '', '', {accuracies})")
    banned = rule.banned
    measured = f"{is_one_of(banned)} and {distance} != ''"
    surely_in, surely_out = f"{distance} + {uncertainty} <= {radius}", f"{distance} - {uncertainty} > {radius}"
    if rule.point_reach_m:
        surely_out = f"{distance} - {uncertainty} - {decimal(rule.point_reach_m)} > {radius}"
    by_gate, on_foot = ([one for one in banned if one.measure == measure] for measure in ("gate", "walk"))
    if by_gate and rule.point_reach_m:
        reach = f"if({is_one_of(by_gate)}, {decimal(rule.point_reach_m)}, 0)"
        surely_in = f"{distance} + {uncertainty} + {reach} <= {radius}"
    # The form does not know the way on foot, only its lower bound: 外 or 疑似.
    if on_foot:
        surely_in = f"({surely_in} and not({is_one_of(on_foot)}))"
    yield calculation(f"{name}__inside", f"if({measured} and {surely_in}, 1, 0)", "int")
    unsure = f"not({surely_in}) and not({surely_out})"
    yield calculation(f"{name}__uncertain", f"if({measured} and {unsure}, 1, 0)", "int")
    failed = f"(${{{name}__inside}} = 1 or ${{{name}__uncertain}} = 1)"
    yield from photo_or_reason(
        f"{name}__premises",
        "",
        {PhotoRule.ALWAYS: "true()", PhotoRule.ON_FAILURE: failed, PhotoRule.OPTIONAL: ""}[item.photo],
        item.live,
    )


def _distance(a: str, b: str) -> str:
    """Metres between two geopoints no more than some kilometres apart.

    North and east by the ellipsoid's two radii of curvature at the mean latitude: within a millimetre of the geodesic
    at 200 m, where the ``distance()`` of ODK takes a sphere and is off by up to 0.8 m.
    """
    lat_a, lat_b, lon_a, lon_b = (f"selected-at({point}, {at})" for at in (0, 1) for point in (a, b))
    degree = "pi() div 180"
    mean = f"(({lat_a} + {lat_b}) div 2 * {degree})"
    bend = f"(1 - {_ECCENTRICITY_2} * pow(sin({mean}), 2))"
    north = f"({lat_b} - {lat_a}) * {degree} * {_AXIS} * (1 - {_ECCENTRICITY_2}) div pow({bend}, 1.5)"
    east = f"({lon_b} - {lon_a}) * {degree} * {_AXIS} * cos({mean}) div pow({bend}, 0.5)"
    return f"pow(pow({north}, 2) + pow({east}, 2), 0.5)"
