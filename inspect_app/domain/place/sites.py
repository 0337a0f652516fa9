"""Sites (点位): the places to inspect."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ..numbers import number_from
from ..problems import Details, Problem, deeper
from ..tables import is_name
from .outlines import Ground, Outline, centre
from .positions import Place

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
COLUMNS = ("code", "name", "type", "area", "lat", "lon", "accuracy_m")
DEFAULT_ACCURACY_M = 20.0


@dataclass(frozen=True, slots=True)
class Site:
    """One place to inspect: its code, name, site type (a checklist's id), area code and registered WGS-84 position.

    ``outline`` is its ground or, of a road, its line; ``gates`` are a school's.
    """

    code: str
    name: str
    site_type: str
    area: str
    place: Place | None
    state: str = "active"
    outline: Outline | None = None
    gates: tuple[Place, ...] = ()

    @property
    def ground(self) -> Place | Ground | None:
        """What distances are measured from: outline and gates where there are any, else the registered position."""
        if self.outline is None and not self.gates:
            return self.place
        known = (self.place, *self.gates)
        accuracy_m = next((one.accuracy_m for one in known if one), DEFAULT_ACCURACY_M)
        return Ground(self.outline, accuracy_m, self.place, self.gates)

    @property
    def point(self) -> tuple[float, float] | None:
        """Where its mark stands: its registered position, else inside its outline, else its first gate."""
        if self.outline and not self.place:
            return centre(self.outline)
        place = self.place or next(iter(self.gates), None)
        return (place.lat, place.lon) if place else None


def parse_site(
    row: Mapping[str, str | None], where: Details, site_types: Collection[str], areas: Collection[str]
) -> Site | list[Problem]:
    """A site from text fields named as ``COLUMNS``; ``lat`` and ``lon`` (WGS-84 degrees) may both be empty.

    ``accuracy_m`` is how well the registered position is known, 20 m where empty.
    """
    field = {column: (row.get(column) or "").strip() for column in COLUMNS}
    problems = []
    if not _CODE.fullmatch(field["code"]):
        problems.append(Problem("sites.code_malformed", ("code",), deeper(where, within=("code",))))
    if not is_name(field["name"]):
        problems.append(Problem("sites.name_malformed", ("name",), deeper(where, within=("name",))))
    if field["type"] not in site_types:
        problems.append(
            Problem(
                "sites.type_unknown",
                ("type",),
                {
                    **deeper(where, within=("type",)),
                    "site_type": field["type"],
                    "accepted": tuple(sorted(site_types)),
                },
            )
        )
    if field["area"] not in areas:
        problems.append(
            Problem("sites.area_unknown", ("area",), {**deeper(where, within=("area",)), "area": field["area"]})
        )
    place = _place(field, where)
    if isinstance(place, list):
        problems += place
        place = None
    return problems or Site(field["code"], field["name"], field["type"], field["area"], place)


def _place(field: Mapping[str, str], where: Details) -> Place | list[Problem] | None:
    if not field["lat"] and not field["lon"]:
        return None
    bounds = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "accuracy_m": (0.0, 100_000.0)}
    numbers: dict[str, float] = {}
    problems = []
    for name, (low, high) in bounds.items():
        number = number_from(field[name] or (str(DEFAULT_ACCURACY_M) if name == "accuracy_m" else ""))
        if number is None or not low <= number <= high:
            problems.append(
                Problem(
                    "sites.place_out_of_range",
                    (name,),
                    {**deeper(where, within=(name,)), "value": field[name], "low": low, "high": high},
                )
            )
        else:
            numbers[name] = number
    return problems or Place(**numbers)
