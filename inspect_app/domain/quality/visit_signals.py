"""Signals on visits (到场提示): what about a visit deserves a question, told from it and the others of its week.

A signal proves nothing and takes no visit out of any figure. They are for the office alone: each tells of a person.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from ..inspecting.correction import rise
from ..inspecting.inspection import Inspection
from ..place.positions import Fix, Place, distance_m

BURST_S, LONGER_S = 10.0, 60.0
"""So many seconds for all answers are one burst, where the visit took longer than that."""
LEAST_TAPS, LEAST_FIXES = 6, 5
JUMP_S = 60.0
"""A clock that is off by less is no jump."""
SPEED_M_S = 33.4
"""120 km/h: faster than any street allows."""

Visits = Mapping[str, Inspection]
"""The visits of a week, by id."""
Found = Iterator[tuple[str, str]]
"""Ids of visits, each with a sentence."""


@dataclass(frozen=True, slots=True)
class VisitSignal:
    """One signal: its name (a key of ``VISIT_SIGNALS``) and a sentence."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class VisitSignalKind:
    """A signal that there is: its title, and the check that gives it."""

    title: str
    check: Callable[[Visits], Found]


def visit_signals(visits: Visits) -> dict[str, tuple[VisitSignal, ...]]:
    """By id, the signals of the visits that give any, each once, in the order of ``VISIT_SIGNALS``."""
    found: dict[str, dict[str, VisitSignal]] = defaultdict(dict)
    for name, kind in VISIT_SIGNALS.items():
        for id, text in kind.check(visits):
            found[id].setdefault(name, VisitSignal(name, text))
    return {id: tuple(signals.values()) for id, signals in found.items()}


def _no_photo(visits: Visits) -> Found:
    yield from ((id, "没有任何照片") for id, visit in visits.items() if not visit.photos)


@dataclass(frozen=True, slots=True, eq=False)
class _Crowd:
    """Visits that have any of some measurements: those ``before``, and those that one more of them ``adds``."""

    before: _Crowd | None
    adds: frozenset[str]
    by_site: Mapping[str, int]

    def parts(self) -> Iterator[_Crowd]:
        part: _Crowd | None = self
        while part:
            yield part
            part = part.before

    def count(self) -> int:
        return sum(len(part.adds) for part in self.parts())

    def at(self, site: str) -> int:
        return sum(part.by_site.get(site, 0) for part in self.parts())


class _Crowds:
    """How many visits have any of some measurements, of which each is told by those who have it.

    One measurement may be in every visit of a week, where somebody copies it, and a whole list of them as well: what
    visits have in common is put together once, the largest first, so that this stays nearly linear.
    """

    def __init__(self, having: Mapping[Hashable, set[str]], site_of: Mapping[str, str]) -> None:
        self._site_of = site_of
        same: dict[frozenset[str], frozenset[str]] = {}
        shared = ((one, frozenset(ids)) for one, ids in having.items() if len(ids) > 1)
        self._having = {one: same.setdefault(ids, ids) for one, ids in shared}
        self._order = {ids: number for number, ids in enumerate(sorted(same, key=len, reverse=True))}
        self._known: dict[tuple[_Crowd | None, int], _Crowd] = {}

    def of(self, measured: Iterable[Hashable]) -> _Crowd | None:
        """All who have any of these that more than one has; None where there is none."""
        found: _Crowd | None = None
        for ids in sorted({self._having[one] for one in measured if one in self._having}, key=self._order.__getitem__):
            key = found, self._order[ids]
            if key not in self._known:
                self._known[key] = self._and(found, ids)
            found = self._known[key]
        return found

    def _and(self, before: _Crowd | None, ids: frozenset[str]) -> _Crowd:
        adds = ids.difference(*(part.adds for part in before.parts())) if before else ids
        return _Crowd(before, adds, Counter(map(self._site_of.__getitem__, adds)))


def _identical_fixes(visits: Visits) -> Found:
    """Two measurements never agree to the last digit, least of all at two places or twice at one instant."""
    having: dict[Hashable, set[str]] = defaultdict(set)
    at_once: dict[Hashable, set[str]] = defaultdict(set)
    for id, visit in visits.items():
        for fix in visit.presence.claim.fixes:
            having[_measured(fix)].add(id)
            at_once[visit.site.code, _measured(fix), fix.at].add(id)
    site_of = {id: visit.site.code for id, visit in visits.items()}
    anywhere, here = _Crowds(having, site_of), _Crowds(at_once, site_of)
    for id, visit in visits.items():
        site, fixes = visit.site.code, visit.presence.claim.fixes
        alike = anywhere.of(_measured(fix) for fix in fixes)
        beside = here.of((site, _measured(fix), fix.at) for fix in fixes)
        # At other sites all who have one of them, at this one those who have it of the same instant.
        others = (alike.count() - alike.at(site) if alike else 0) + (beside.count() - 1 if beside else 0)
        if others:
            yield id, f"定位与另外{others}次测评一模一样"
        elif _unmoved(fixes):
            yield id, f"{len(fixes)}个定位连误差都一模一样"


def _measured(fix: Fix) -> tuple[float, float, float]:
    return fix.lat, fix.lon, fix.accuracy_m


def _unmoved(fixes: tuple[Fix, ...]) -> bool:
    return len(fixes) >= LEAST_FIXES and len(set(map(_measured, fixes))) == 1


def _one_burst(visits: Visits) -> Found:
    for id, visit in visits.items():
        taps = set(visit.taps.values())
        seconds = (visit.finished_at - visit.started_at).total_seconds()
        if len(taps) >= LEAST_TAPS and seconds > LONGER_S and max(taps) - min(taps) < 1000 * BURST_S:
            yield id, f"{len(visit.taps)}项全部在{BURST_S:.0f}秒之内作答"


def _impossible_order(visits: Visits) -> Found:
    """Of one inspector or partner: two sites at once, or one after the other faster than anybody travels."""
    own: dict[str, list[tuple[str, Inspection]]] = defaultdict(list)
    for id, visit in visits.items():
        for name in _there(visit):
            own[name].append((id, visit))
    for of_one in own.values():
        in_order = sorted(of_one, key=lambda one: (one[1].started_at, one[0]))
        for (_, before), (id, visit) in pairwise(in_order):
            if before.site.code != visit.site.code and (text := _way(before, visit)):
                yield id, text


def _there(visit: Inspection) -> Iterable[str]:
    """Who was there as far as is believed: on a visit that does not count so far anybody may be named as a partner."""
    return visit.visitors if visit.presence.counts else (visit.inspector,)


def _knowing(visit: Inspection) -> Iterable[str]:
    """Who knows what was found, as far as is believed; to deny to have gone along takes nobody out."""
    return visit.knowing if visit.presence.counts else (visit.inspector,)


def _way(before: Inspection, visit: Inspection) -> str:
    between_s = (visit.started_at - before.finished_at).total_seconds()
    if between_s < -JUMP_S:
        return f"开始时「{before.site.name}」的测评还没有结束"
    one, other = _place(before), _place(visit)
    metres = max(0.0, distance_m(one, other) - one.accuracy_m - other.accuracy_m) if one and other else 0.0
    if metres > SPEED_M_S * max(between_s, JUMP_S):
        return f"离开「{before.site.name}」{max(between_s, 0) / 60:.0f}分钟后已在{metres / 1000:.1f}公里以外"
    return ""


def _place(visit: Inspection) -> Place | None:
    point, ground = visit.site.point, visit.site.ground
    return Place(*point, ground.accuracy_m) if point and ground else None


def _shared_phone(visits: Visits) -> Found:
    users: dict[str, set[str]] = defaultdict(set)
    for visit in visits.values():
        if visit.presence.claim.phone:
            users[visit.presence.claim.phone].add(visit.inspector)
    for id, visit in visits.items():
        if len(users.get(visit.presence.claim.phone, ())) > 1:
            yield id, f"同一部手机本周用{len(users[visit.presence.claim.phone])}个账号提交过"


def _went_along(visits: Visits) -> Found:
    """Of a site: somebody comes again who was there with another, so that this is no second look of its own."""
    led: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for id, visit in sorted(visits.items(), key=lambda one: (one[1].started_at, one[0])):
        there = [(visit.site.code, visit.checklist, name) for name in _knowing(visit)]
        if any(led[one] - {visit.inspector} for one in there):
            yield id, "本周已有人同去过这个点位，这一次不算独立的第二次测评"
        for one in there:
            led[one].add(visit.inspector)


def _clock_jump(visits: Visits) -> Found:
    for id, visit in visits.items():
        offsets = [photo.clock_offset_ms for photo in visit.photos if photo.clock_offset_ms is not None]
        ahead = (visit.finished_at - visit.received_at).total_seconds()
        back = max((_s(one, two) for one, two in pairwise(visit.presence.claim.fixes)), default=0.0)
        if offsets and max(offsets) - min(offsets) > 1000 * JUMP_S:
            yield id, f"测评期间手机时钟变动了{(max(offsets) - min(offsets)) / 1000:.0f}秒"
        elif ahead > JUMP_S:
            yield id, f"结束时间比收到的时间晚{ahead:.0f}秒"
        elif back > JUMP_S:
            yield id, f"定位的时间倒退了{back:.0f}秒"


def _raised(visits: Visits) -> Found:
    """A score that only its inspector's correction lifted."""
    for id, visit in visits.items():
        change = rise(visit)
        if change is not None and change > 0:
            yield id, f"提交后更正{len(visit.corrections)}次，得分率提高{change:.2f}分"


def _s(one: Fix, two: Fix) -> float:
    return (one.at - two.at).total_seconds()


VISIT_SIGNALS: dict[str, VisitSignalKind] = {
    "no_photo": VisitSignalKind("没有照片", _no_photo),
    "identical_fixes": VisitSignalKind("定位雷同", _identical_fixes),
    "one_burst": VisitSignalKind("一次点完", _one_burst),
    "impossible_order": VisitSignalKind("先后不可能", _impossible_order),
    "shared_phone": VisitSignalKind("一机多号", _shared_phone),
    "went_along": VisitSignalKind("同去过", _went_along),
    "clock_jump": VisitSignalKind("时钟变动", _clock_jump),
    "raised": VisitSignalKind("更正提分", _raised),
}
"""Every signal on a visit, by name, in the order in which they are shown (docs/develop/adding.md)."""
COMMON = frozenset({"no_photo"})
"""What many honest visits give: where nothing is wrong nobody takes a photo. Not enough to be listed for."""
