"""Premises around schools (条款(四)7(4)): inside, outside or too close to say, by the rule's own way of measuring."""

from __future__ import annotations

from dataclasses import dataclass

from ..place.outlines import Ground, Outline
from ..place.positions import Located, Place
from ..place.sites import Site
from .files import ZoneRule
from .judging import Judged, Walk, judge_distance

KINDERGARTEN = "幼儿园"


@dataclass(frozen=True, slots=True)
class School:
    """A school: what is known of its ground. ``accuracy_m`` is how well outline, gates and place are known."""

    name: str
    kind: str
    place: Place | None
    outline: Outline | None = None
    gates: tuple[Place, ...] = ()
    accuracy_m: float = 5.0

    @property
    def ground(self) -> Ground:
        return Ground(self.outline, self.accuracy_m, self.place, self.gates)


def school_of(site: Site) -> School | None:
    """A site as a school; None where nothing is known of where it is. Its name says whether it is a kindergarten."""
    if site.outline is None and site.place is None and not site.gates:
        return None
    kind = KINDERGARTEN if KINDERGARTEN in site.name else "中小学"
    accuracy_m = site.place.accuracy_m if site.place else 5.0
    return School(site.name, kind, site.place, site.outline, site.gates, accuracy_m)


def judge(premises: Located, school: School, rule: ZoneRule, point_reach_m: float, walk: Walk | None = None) -> Judged:
    """Whether premises are inside the rule's radius of a school, as the rule measures (``judge_distance``)."""
    return judge_distance(premises, school.ground, rule.radius_m, rule.measure, point_reach_m, walk)
