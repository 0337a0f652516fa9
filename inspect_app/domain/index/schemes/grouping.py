"""Whether a scheme's groups and the areas that it ranks know one another: a misprint leaves an area out, unseen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...problems import Problem
from ...reading import nearest
from .scheme import PublicationScheme


def group_problems(scheme: PublicationScheme, areas: Mapping[str, str]) -> Iterator[Problem]:
    """What groups name that is none of the ranked ``areas`` (code to name), each, and the areas that are in none.

    Nothing is refused for it: areas are renamed and merged, and a city may rank some without a group.
    """
    if not scheme.groups:
        return
    names = set(areas.values())
    for group in scheme.groups:
        for one in group.areas:
            if one not in areas and one not in names:
                near = () if one.isdecimal() else nearest(one, names)[:1]  # all codes of a city are alike
                yield Problem("schemes.group_area_unknown", details={"group": group.title, "area": one, "near": near})
    grouped = {one for group in scheme.groups for one in group.areas}
    left = tuple(name for code, name in areas.items() if not {code, name} & grouped)
    if left and scheme.level:
        yield Problem("schemes.areas_in_no_group", details={"areas": left})
