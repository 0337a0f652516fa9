"""What the proximity of premises is judged by: the radius and the categories."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ...item import Rule

_UNSET = {"radius_m": None, "measure": "boundary"}
"""Fields of a category that are younger than many versions: left out of what is kept where they are not set."""


@dataclass(frozen=True, slots=True)
class Category:
    """A kind of premises; a banned one inside the radius fails the item.

    ``radius_m`` is its own radius in metres, None where the item's counts; ``measure`` is how it is measured, a key of
    ``judging.MEASURES``.
    """

    id: str
    label: str
    banned: bool
    radius_m: float | None = None
    measure: str = "boundary"


@dataclass(frozen=True, slots=True)
class ProximityRule(Rule):
    """Premises of some categories within ``radius_m`` metres of the site.

    A site of which one point only is known may reach ``point_reach_m`` metres from it.
    """

    radius_m: float
    categories: tuple[Category, ...]
    point_reach_m: float = 0.0

    def radius_of(self, category: Category) -> float:
        """Metres."""
        return self.radius_m if category.radius_m is None else category.radius_m

    @property
    def banned(self) -> list[Category]:
        return [category for category in self.categories if category.banned]

    def values(self) -> dict[str, object]:
        rule = asdict(self)
        if not rule["point_reach_m"]:
            del rule["point_reach_m"]
        rule["categories"] = [
            {name: value for name, value in category.items() if _UNSET.get(name, ...) != value}
            for category in rule["categories"]
        ]
        return rule
