"""Whether a scheme's groups and the areas that it ranks know one another: a misprint leaves an area out, unseen."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from ...problems import Problem
from ...reading import nearest
from .scheme import PublicationScheme


def group_problems(scheme: PublicationScheme, areas: Mapping[str, str]) -> Iterator[Problem]:
    """What groups and weights name that is none of the ranked ``areas`` (code to name), and the areas in no group.

    Nothing is refused for it: areas are renamed and merged, and a city may rank some without a group.
    """
    names = set(areas.values())
    for weight in scheme.weights:
        if weight.area not in areas and weight.area not in names:
            yield Problem(
                "schemes.weight_area_unknown", details={"area": weight.area, "near": _near(weight.area, names)}
            )
    if not scheme.groups:
        return
    for group in scheme.groups:
        for one in group.areas:
            if one not in areas and one not in names:
                near = _near(one, names)
                yield Problem("schemes.group_area_unknown", details={"group": group.title, "area": one, "near": near})
    grouped = {one for group in scheme.groups for one in group.areas}
    left = tuple(name for code, name in areas.items() if not {code, name} & grouped)
    if left and scheme.level:
        yield Problem("schemes.areas_in_no_group", details={"areas": left})


def _near(one: str, names: Collection[str]) -> tuple[str, ...]:
    """The name that is meant, it may be; all codes of a city are alike."""
    return () if one.isdecimal() else tuple(nearest(one, names)[:1])
