"""Response (应答): how many of the drawn sites were inspected, and why the others were missed.

A missed site is not replaced: whoever may choose another one may choose a better one. The estimate takes those that
were missed as like those inspected of their type and area, so how many they are, and why, is told beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field

from .week_plan import PlannedSite

SAID: Mapping[str, str] = {
    "closed": "关闭",
    "works": "施工",
    "not_found": "找不到",
    "refused": "拒绝",
    "weather": "天气",
    "no_time": "来不及",
    "other": "其他",
}
"""Why a drawn site was missed, as inspectors and the office say it."""
MISSED: Mapping[str, str] = {**SAID, "cancelled": "取消", "unsaid": "未说明"}
"""The same, with what follows from the plan."""


@dataclass(frozen=True, slots=True)
class Response:
    """The drawn sites of a street and type (both empty where of all): how many were inspected; the others by reason."""

    area: str
    site_type: str
    drawn: int
    inspected: int
    missed: Mapping[str, int] = field(default_factory=dict)

    @property
    def rate(self) -> float | None:
        """The share inspected, in [0, 1]; None where none was drawn."""
        return self.inspected / self.drawn if self.drawn else None


def responses(
    planned: Iterable[PlannedSite], inspected: Container[str], reasons: Mapping[str, str]
) -> tuple[Response, ...]:
    """The response of each stratum of a plan. ``reasons`` are keys of ``SAID`` by site, ``inspected`` codes of sites.

    A site that was taken out of the plan was drawn all the same: who might drop it otherwise could better the figure.
    """
    strata: dict[tuple[str, str], list[PlannedSite]] = {}
    for site in planned:
        strata.setdefault((site.area, site.site_type), []).append(site)
    return tuple(
        Response(
            area,
            site_type,
            drawn=len(sites),
            inspected=sum(site.code in inspected for site in sites),
            missed=_counted(_why(site, reasons) for site in sites if site.code not in inspected),
        )
        for (area, site_type), sites in sorted(strata.items())
    )


def together(rows: Iterable[Response], area: str = "", site_type: str = "") -> Response:
    """The response of several strata as one."""
    found = list(rows)
    missed: Counter[str] = Counter()
    for row in found:
        missed.update(row.missed)
    drawn, inspected = sum(row.drawn for row in found), sum(row.inspected for row in found)
    return Response(area, site_type, drawn, inspected, _counted(missed.elements()))


def by(rows: Iterable[Response], key: Callable[[Response], str]) -> dict[str, Response]:
    """The response of strata by what ``key`` says of them, in order."""
    groups: dict[str, list[Response]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return {name: together(some) for name, some in sorted(groups.items())}


def _why(site: PlannedSite, reasons: Mapping[str, str]) -> str:
    return reasons.get(site.code) or ("cancelled" if site.dropped else "unsaid")


def _counted(reasons: Iterable[str]) -> dict[str, int]:
    """How many of each reason, in the order of ``MISSED``."""
    count = Counter(reasons)
    return {name: count[name] for name in MISSED if count[name]}
