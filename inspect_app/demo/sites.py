"""Demonstration sites: invented roads in the city's real streets, each name marked 【演示】."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from ..domain.checklists.checklist import Checklist
from ..domain.place.areas import Area, AreaTree
from ..domain.place.positions import Place
from ..domain.place.sites import Site

MARK = "【演示】"
CODE_PREFIX = "DEMO-"
_STREETS_PER_DISTRICT = 3
_TYPES_PER_STREET = 4
_SITES_PER_TYPE = 2
# No road of Jingzhou: the twelve core values, so that no invented figure falls on a real place.
_ROADS = ("富强", "民主", "文明", "和谐", "自由", "平等", "公正", "法治", "爱国", "敬业", "诚信", "友善")
_NAMES = {
    "main-road": "{road}500米路段",
    "zebra-crossing": "{road}路口斑马线",
    "public-toilet": "{road}公厕",
    "school-perimeter": "{road}小学周边",
}
_OTHER_NAME = "{road}{title}"
# Rough WGS-84 middles of Jingzhou's districts; sites of other areas lie around the first.
_MIDDLES = {"421002": (30.312, 112.253), "421003": (30.350, 112.192), "421071": (30.271, 112.297)}


def demo_sites(tree: AreaTree, checklists: Mapping[str, Checklist]) -> dict[str, list[Site]]:
    """Eight sites for each of the first few streets of each district, by street: four site types, two of each.

    Where there are more than four checklists, the streets take turns with them.
    """
    types = list(checklists.values())
    return {street.code: _sites_of(street, number, types) for number, street in enumerate(demo_streets(tree))}


def demo_streets(tree: AreaTree) -> list[Area]:
    """The streets (街道 before 乡镇) that get sites; in a tree without districts, its lowest areas."""
    districts = [area for area in tree if area.level == "区县"]
    streets = [street for district in districts for street in _some(tree.children(district.code))]
    return streets or [area for area in tree if not tree.children(area.code)][:_STREETS_PER_DISTRICT]


def _some(children: Sequence[Area]) -> list[Area]:
    return sorted(children, key=lambda area: (not area.name.endswith("街道"), area.code))[:_STREETS_PER_DISTRICT]


def _sites_of(street: Area, number: int, types: Sequence[Checklist]) -> list[Site]:
    taken = [types[(number * _TYPES_PER_STREET + step) % len(types)] for step in range(_TYPES_PER_STREET)]
    pairs = [(checklist, which) for checklist in dict.fromkeys(taken) for which in range(_SITES_PER_TYPE)]
    road = _ROADS[number % len(_ROADS)]
    return [
        Site(
            code=f"{CODE_PREFIX}{street.code}-{position:02d}",
            name=MARK + _name(checklist, f"{road}{'一二'[which]}路"),
            site_type=checklist.id,
            area=street.code,
            place=_place(street, random.Random(f"{street.code} {position}")),
        )
        for position, (checklist, which) in enumerate(pairs, start=1)
    ]


def _name(checklist: Checklist, road: str) -> str:
    return _NAMES.get(checklist.id, _OTHER_NAME).format(road=road, title=checklist.title)


def _place(street: Area, rng: random.Random) -> Place:
    lat, lon = _MIDDLES.get(street.code[:6], next(iter(_MIDDLES.values())))
    around = random.Random(street.code)
    lat, lon = lat + around.uniform(-0.012, 0.012), lon + around.uniform(-0.014, 0.014)
    return Place(round(lat + rng.uniform(-0.004, 0.004), 6), round(lon + rng.uniform(-0.004, 0.004), 6), 10.0)
