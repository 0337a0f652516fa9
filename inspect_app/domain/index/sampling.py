"""From the rows of areas to what the model is given: streets with their registered and seen sites, and what is above.

Streets are the units, because the weekly draw takes its sites by street. Where the tree reaches below them, communities
are units of a second estimate, of which only what lies below streets is kept.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from .gathering import STREET_DIGITS, AreaRows
from .observing import Mask, Numbers, Values
from .predicting import Design, Predictions, figures, severity_alone
from .severity_found import SeverityFound
from .weights import Weights


def predicted(ground: AreaRows, weights: Weights) -> Iterator[tuple[Mask, Predictions]]:
    """The estimates from streets, and where there are communities from these; with the areas that each is for."""
    deep = _below_streets(ground)
    yield ~deep, figures(_design(ground, weights, ground.streets, deep), len(ground.areas))
    if ground.known.any() and deep[ground.site_row[ground.known]].any():
        yield deep, figures(_design(ground, weights, ground.rows, ~deep), len(ground.areas))


def severity_of_streets(ground: AreaRows, weights: Weights) -> SeverityFound:
    """Whether inspectors differ, by the estimate from streets."""
    return severity_alone(_design(ground, weights, ground.streets, _below_streets(ground)))


def _below_streets(ground: AreaRows) -> Mask:
    found: Mask = np.array([len(area.code) > STREET_DIGITS for area in ground.areas], np.bool_)
    return found


def _design(ground: AreaRows, weights: Weights, unit_of_row: Numbers, outside: Mask) -> Design:
    """``unit_of_row`` gives each area's unit; units that are ``outside``, and areas that are, have no part."""
    observed = ground.observed
    usable = ground.known & ~np.isnan(ground.site_rate)
    unit_row = np.where(usable, unit_of_row[ground.site_row], -1)
    usable &= ~outside[unit_row]
    sites = np.flatnonzero(usable)
    units, site_unit = np.unique(unit_row[sites], return_inverse=True)
    types = len(observed.types)
    site_type, site_rate = observed.site_type[sites], ground.site_rate[sites]
    cell, size = site_unit * types + site_type, len(units) * types
    seen = np.bincount(cell, minlength=size).astype(float).reshape(len(units), types)
    total = np.bincount(cell, site_rate, size).astype(float).reshape(len(units), types)
    listed = _listed(ground, unit_of_row, units)
    local = np.full(len(observed.sites), -1)
    local[sites] = np.arange(len(sites))
    visits = np.flatnonzero((local[observed.visit_site] >= 0) & ~np.isnan(ground.visit_rate))
    looks = np.bincount(local[observed.visit_site[visits]], minlength=len(sites))
    once = np.bincount(cell, 1 / np.maximum(1, looks), size).astype(float).reshape(len(units), types)
    return Design(
        units=units,
        groups=np.unique(ground.wider()[units], return_inverse=True)[1],
        listed=listed,
        sites=seen,
        mean=np.divide(total, seen, out=np.zeros_like(total), where=seen > 0),
        once=np.divide(once, seen, out=np.ones_like(once), where=seen > 0),
        mass=seen if weights.roll_up == "inspections" else np.maximum(listed, seen),
        reach=_reach(ground, sites, site_unit, listed),
        above=np.where(outside[np.maximum(ground.above, 0)], -1, ground.above),
        type_weight=np.array([weights.types.get(id, 1.0) for id in observed.types]),
        site_unit=site_unit,
        site_type=site_type,
        site_rate=site_rate,
        visit_site=local[observed.visit_site[visits]],
        visit_rate=ground.visit_rate[visits],
        visit_inspector=observed.visit_inspector[visits],
        area_weight=_area_weights(ground, weights) if weights.roll_up == "areas" else None,
    )


def _area_weights(ground: AreaRows, weights: Weights) -> Values:
    return np.array([weights.areas.get(area.code, 1.0) for area in ground.areas], np.float64)


def _listed(ground: AreaRows, unit_of_row: Numbers, units: Numbers) -> Values:
    """The register's sites of each unit and type."""
    place = np.full(len(ground.areas), -1)
    place[units] = np.arange(len(units))
    rows = np.flatnonzero(place[unit_of_row] >= 0)
    at = place[unit_of_row[rows]]
    columns = [np.bincount(at, ground.listed[id][rows], len(units)) for id in ground.observed.types]
    return np.column_stack(columns) if columns else np.zeros((len(units), 0))


def _reach(ground: AreaRows, sites: Numbers, site_unit: Numbers, listed: Values) -> Values:
    """Each unit's chance that the draw takes any of its sites: that of one, times their number, at most 1.

    The draw is systematic over the streets, so that a street never gives less than its part rounded down.
    """
    chance = ground.site_chance[sites]
    known = ~np.isnan(chance)
    count = np.bincount(site_unit[known], minlength=len(listed))
    total = np.bincount(site_unit[known], chance[known], len(listed))
    of_site = np.divide(total, count, out=np.ones(len(listed)), where=count > 0)
    return np.where(listed.sum(axis=1) > 0, np.minimum(1.0, of_site * listed.sum(axis=1)), 1.0)
