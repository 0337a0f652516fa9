"""What a week's figures are an estimate of: by which basis, from which frame, with which response; what stands apart.

Only what was drawn estimates what was not inspected. Where no plan drew anything, the figures sum up places that
somebody chose, and say so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..plan.response import Response

DRAWN, CHOSEN = "drawn", "chosen"
BASES: Mapping[str, str] = {DRAWN: "按抽查计划估计", CHOSEN: "选定点位的汇总"}
"""What figures are made of: of the drawn sites of a plan; of what was inspected, where no plan was drawn."""

APART: Mapping[str, str] = {
    "unplanned": "计划外的测评",
    "recheck": "整改件的复查",
    "adhoc": "随手拍",
}
"""What stands beside the figures and is never part of them."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Visits of a kind (a key of ``APART``) in an area that stand beside the figures, and the plain mean of their
    rates (percent); ``rated`` of them have one. ``sites`` is 0 of what is at no registered site."""

    kind: str
    area: str
    visits: int
    sites: int
    rated: int = 0
    mean: float | None = None


@dataclass(frozen=True, slots=True)
class WeekSample:
    """What is said of a week's figures beside them.

    ``basis`` is a key of ``BASES``. ``frozen_at`` (UTC, empty where the register of the day serves), ``occasion`` and
    ``reason`` are of the frame, ``register`` and ``areas`` the SHA-256 of its files, ``listed`` how many sites it has.
    ``least_response`` is a share in [0, 1]; ``strata`` are streets and site types with how
    many sites the frame has of each, ``types`` the titles of these types by id.
    """

    basis: str
    listed: int
    least_response: float
    frozen_at: str = ""
    occasion: str = ""
    reason: str = ""
    register: str = ""
    areas: str = ""
    apart: tuple[Apart, ...] = ()
    responses: tuple[Response, ...] = ()
    strata: tuple[tuple[str, str, int], ...] = ()
    types: Mapping[str, str] = field(default_factory=dict)

    def within(self, areas: Collection[str]) -> WeekSample:
        """The same of some areas alone, by code."""
        return replace(
            self,
            apart=tuple(one for one in self.apart if one.area in areas),
            responses=tuple(one for one in self.responses if one.area in areas),
            strata=tuple(one for one in self.strata if one[0] in areas),
        )

    @property
    def apart_together(self) -> tuple[Apart, ...]:
        """What stands apart by kind, over all areas, in the order of ``APART``."""
        found = [[one for one in self.apart if one.kind == kind] for kind in APART]
        return tuple(_together(some) for some in found if some)


def sample_to_json(sample: WeekSample) -> dict[str, object]:
    return asdict(sample)


def sample_from_json(raw: Mapping[str, Any]) -> WeekSample:
    """The sample that ``sample_to_json`` made this of."""
    apart = tuple(Apart(**one) for one in raw["apart"])
    responses = tuple(Response(**one) for one in raw["responses"])
    strata = tuple((area, site_type, listed) for area, site_type, listed in raw["strata"])
    return WeekSample(**{**raw, "apart": apart, "responses": responses, "strata": strata})


def _together(some: Iterable[Apart]) -> Apart:
    found = list(some)
    rated = sum(one.rated for one in found)
    total = sum(one.rated * one.mean for one in found if one.mean is not None)
    visits, sites = sum(one.visits for one in found), sum(one.sites for one in found)
    return Apart(found[0].kind, "", visits, sites, rated, total / rated if rated else None)
