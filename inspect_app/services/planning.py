"""The weekly draw over the register of sites."""

from __future__ import annotations

from ..domain.drawing import Drawn, Listed, draw
from ..domain.problems import Problem
from . import Services
from .places import all_sites, area_tree


def register(services: Services, week: str, *, area: str = "", site_type: str = "") -> list[Listed]:
    """The sites in use, by the street that each lies in that week; ``area`` and ``site_type`` narrow it down.

    The stratum of a site in a community is its street: communities are too small to be drawn from one by one.
    """
    tree = area_tree(services.store, week)
    within = tree.within(area) if area else None
    listed = []
    for site in all_sites(services.store, active_only=True):
        path = tree.path(site.area)
        if not path or (within is not None and tree.standing(site.area) not in within):
            continue
        if site_type in ("", site.site_type):
            street = next((one.code for one in path if one.level == "街道乡镇"), path[-1].code)
            listed.append(Listed(site.code, street, site.site_type))
    return listed


def draw_week(
    services: Services,
    week: str,
    *,
    seed: str,
    count: int,
    least_per_area: int = 0,
    area: str = "",
    site_type: str = "",
) -> list[Drawn] | list[Problem]:
    """Draw the sites of a week, or say why not. Nothing is kept."""
    if area and area not in area_tree(services.store, week):
        return [Problem("区域", f"没有区域「{area}」")]
    listed = register(services, week, area=area, site_type=site_type)
    return draw(listed, seed=seed, week=week, count=count, least_per_area=least_per_area)
