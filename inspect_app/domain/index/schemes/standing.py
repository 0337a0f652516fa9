"""What is printed of a scheme: figures as rounded, ranks with ties, groups, bands, red and black lists, progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import hypot, isinf

from ...numbers import exact_of, rounded
from .computing import AreaFigures, AreaResult, Measured, basis, counts, mean_of, results
from .scheme import Basis, ListRule, PartRole, PublicationScheme, RankBy, Ties

TOO_FEW = "样本不足"
"""The note of an area that has a figure which counts for nothing."""
_ONE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Standing:
    """An area as it is printed.

    ``low`` and ``high`` bound the total by what parts say of their errors, None where none does. ``rank`` counts within
    the level, ``group_rank`` within the group; it may as well be any from ``rank_low`` to ``rank_high``. ``change`` is
    against the period before, ``change_sure`` whether it is beyond its error, None where a figure has no interval, and
    ``change_rank`` the place by it (进步名次). ``note`` says why there is no figure or rank. ``weeks`` are how many of
    the period's its figures are from, None where that goes without saying.
    """

    area: str
    name: str
    level: str
    above: str
    group: str
    parts: Mapping[str, Decimal]
    total: Decimal | None
    low: Decimal | None = None
    high: Decimal | None = None
    rank: Decimal | None = None
    rank_low: int | None = None
    rank_high: int | None = None
    group_rank: Decimal | None = None
    band: str = ""
    red: bool = False
    black: bool = False
    change: Decimal | None = None
    change_rank: Decimal | None = None
    note: str = ""
    change_sure: bool | None = None
    weeks: int | None = None


@dataclass(frozen=True, slots=True)
class MeanLine:
    """The mean of a level, or of a group in it."""

    level: str
    group: str
    areas: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class SchemeTable:
    """A scheme's table: rows by level in the order given, within it by rank, those without a rank last."""

    rows: tuple[Standing, ...]
    means: tuple[MeanLine, ...]


def table_of(scheme: PublicationScheme, areas: Sequence[AreaFigures]) -> SchemeTable:
    """All that the scheme prints of these areas. An area's group is what is said with it, else the scheme's."""
    found = results(scheme, areas)
    levels = dict.fromkeys(one.known.level for one in found)
    rows: list[Standing] = []
    means: list[MeanLine] = []
    for level in levels:
        here = [one for one in found if one.known.level == level]
        groups = {one.known.area: _group(scheme, one.known) for one in here}
        rows += _stood(scheme, here, groups)
        for group in dict.fromkeys(("", *groups.values())):
            some = [one for one in here if counts(scheme, one) and (not group or groups[one.known.area] == group)]
            mean = mean_of(scheme, some)
            if mean is not None:
                means.append(MeanLine(level, group, len(some), _rounded(scheme, mean.value)))
    return SchemeTable(tuple(rows), tuple(means))


def ranks(values: Sequence[Fraction], ties: Ties, *, lowest_first: bool = False) -> list[Decimal]:
    """The rank of each value, 1 the best; equal values share one as ``ties`` says."""
    return _ranks([(value if lowest_first else -value,) for value in values], ties)


def _ranks(keys: Sequence[tuple[Fraction, ...]], ties: Ties) -> list[Decimal]:
    """The rank of each key, the smallest first."""
    order = sorted(range(len(keys)), key=lambda place: keys[place])
    found = [Decimal(0)] * len(keys)
    rank = dense = 0
    for at, place in enumerate(order):
        if at == 0 or keys[place] != keys[order[at - 1]]:
            rank, dense = at + 1, dense + 1
        same = sum(keys[other] == keys[place] for other in order[rank - 1 :]) if ties is Ties.SHARED else 1
        found[place] = {
            Ties.STANDARD: Decimal(rank),
            Ties.DENSE: Decimal(dense),
            Ties.SHARED: Decimal(2 * rank + same - 1) / 2,
            Ties.ORDINAL: Decimal(at + 1),
        }[ties]
    return found


def _group(scheme: PublicationScheme, known: AreaFigures) -> str:
    named = (group.title for group in scheme.groups if known.area in group.areas or known.name in group.areas)
    return known.group or next(named, "")


def _stood(scheme: PublicationScheme, here: Sequence[AreaResult], groups: Mapping[str, str]) -> list[Standing]:
    """One level's rows."""
    ranked = [one for one in here if _is_ranked(scheme, one)]
    rank = _by_area(ranked, _ranks([_key(scheme, one) for one in ranked], scheme.ties))
    group_rank: dict[str, Decimal] = {}
    for group in filter(None, dict.fromkeys(groups.values())):
        own = [one for one in ranked if groups[one.known.area] == group]
        group_rank |= _by_area(own, _ranks([_key(scheme, one) for one in own], scheme.ties))
    changes = {one.known.area: change for one in ranked if (change := _change(scheme, one)) is not None}
    sign = _ONE if scheme.lowest_first else -_ONE
    change_rank = dict(
        zip(changes, _ranks([(sign * Fraction(change),) for change in changes.values()], scheme.ties), strict=True)
    )
    red, black = _lists(scheme, ranked, groups)
    spans = _spans(scheme, ranked)
    rows = [
        Standing(
            area=one.known.area,
            name=one.known.name,
            level=one.known.level,
            above=one.known.above,
            group=groups[one.known.area],
            parts={id: _printed(scheme, id, part.value) for id, part in one.parts.items()},
            total=_rounded(scheme, one.total.value) if one.total else None,
            low=_bound(scheme, one.total, -1),
            high=_bound(scheme, one.total, 1),
            rank=rank.get(one.known.area),
            rank_low=spans.get(one.known.area, (None, None))[0],
            rank_high=spans.get(one.known.area, (None, None))[1],
            group_rank=group_rank.get(one.known.area),
            band=_band(scheme, one),
            red=one.known.area in red,
            black=one.known.area in black,
            change=changes.get(one.known.area),
            change_rank=change_rank.get(one.known.area),
            note=_note(scheme, one),
            change_sure=_is_sure(one, changes.get(one.known.area)),
            weeks=one.known.weeks,
        )
        for one in here
    ]
    return sorted(rows, key=lambda row: (row.rank is None, row.rank or 0))


def _is_ranked(scheme: PublicationScheme, one: AreaResult) -> bool:
    is_known = scheme.rank_by is RankBy.TOTAL or one.known.previous is not None
    return counts(scheme, one) and not one.barred and is_known


def _ranked_by(scheme: PublicationScheme, one: AreaResult) -> Fraction:
    """What an area is ranked and listed by: its total, or the change of it."""
    value = _value(scheme, one)
    if scheme.rank_by is RankBy.TOTAL or one.known.previous is None:
        return value
    change = value - one.known.previous
    return change if scheme.basis is Basis.EXACT else Fraction(_rounded(scheme, change))


def _by_area(some: Sequence[AreaResult], found: Sequence[Decimal]) -> dict[str, Decimal]:
    return {one.known.area: rank for one, rank in zip(some, found, strict=True)}


def _key(scheme: PublicationScheme, one: AreaResult) -> tuple[Fraction, ...]:
    """What is ranked by: the total or its change, then the parts that decide between equals."""
    sign = _ONE if scheme.lowest_first else -_ONE
    found = [sign * _ranked_by(scheme, one)]
    for id in scheme.tie_parts:
        found += _tie(scheme, id, one.parts.get(id))
    return tuple(found)


def _tie(scheme: PublicationScheme, id: str, figure: Measured | None) -> tuple[Fraction, ...]:
    """What decides between equals, the better the smaller: as it is printed where ranks go by that.

    A deduction or a veto is the worse the greater it is, where the others are the better so, and the other way round.
    Of a share a missing one comes last; what adds, deducts or bars is none where nothing was noted.
    """
    part = scheme.part(id)
    role = part.role if part else PartRole.SHARE
    if figure is None and role is PartRole.SHARE:
        return _ONE, Fraction(0)
    exact = figure.value if figure else Fraction(0)
    value = exact if scheme.basis is Basis.EXACT else Fraction(_printed(scheme, id, exact))
    is_less_better = scheme.lowest_first != (role in (PartRole.DEDUCTION, PartRole.VETO))
    return Fraction(0), value if is_less_better else -value


def _value(scheme: PublicationScheme, one: AreaResult) -> Fraction:
    assert one.total is not None
    return basis(scheme, one.total).value


def _rounded(scheme: PublicationScheme, value: Fraction) -> Decimal:
    """A total, or what is made of totals, as it is printed."""
    return rounded(value, scheme.decimals, scheme.rounding)


def _printed(scheme: PublicationScheme, id: str, value: Fraction) -> Decimal:
    """The figure of a part as it is printed."""
    part = scheme.part(id)
    decimals = scheme.decimals if part is None or part.decimals is None else part.decimals
    return rounded(value, decimals, scheme.rounding_of(id))


def _bound(scheme: PublicationScheme, total: Measured | None, sign: int) -> Decimal | None:
    """An end of the interval, within what the scheme lets a total be."""
    if total is None or not (total.below or total.above) or isinf(total.below + total.above):
        return None
    end = total.value + sign * exact_of(total.above if sign > 0 else total.below)
    if scheme.floor is not None:
        end = max(end, Fraction(scheme.floor))
    if scheme.ceiling is not None:
        end = min(end, Fraction(scheme.ceiling))
    return _rounded(scheme, end)


def _spans(scheme: PublicationScheme, ranked: Sequence[AreaResult]) -> dict[str, tuple[int, int]]:
    """From which to which rank each may be: others whose intervals lie wholly above or below are surely so."""
    ends: dict[str, list[float]] = {}
    for one in ranked if scheme.rank_by is RankBy.TOTAL else ():
        assert one.total is not None
        value, sign = float(_value(scheme, one)), -1 if scheme.lowest_first else 1
        ends[one.known.area] = sorted((sign * (value - one.total.below), sign * (value + one.total.above)))
    if not any(low < high for low, high in ends.values()):
        return {}
    return {
        area: (
            1 + sum(other[0] > high for other in ends.values()),
            len(ends) - sum(other[1] < low for other in ends.values()),
        )
        for area, (low, high) in ends.items()
    }


def _band(scheme: PublicationScheme, one: AreaResult) -> str:
    if not counts(scheme, one) or one.barred:
        return ""
    value = _value(scheme, one)
    reached = [band for band in scheme.bands if value >= band.at_least]
    return max(reached, key=lambda band: band.at_least).title if reached else ""


def _change(scheme: PublicationScheme, one: AreaResult) -> Decimal | None:
    if one.known.previous is None:
        return None
    return _rounded(scheme, _value(scheme, one) - one.known.previous)


def _is_sure(one: AreaResult, change: Decimal | None) -> bool | None:
    """Whether a change is beyond its 95 % interval; None where it has none.

    The half lengths of the two figures are added by their squares. Sites that are visited in both periods, and the
    same inspectors, make the figures alike, and the interval of their difference shorter: so it is never too short.
    """
    total, below, above = one.total, one.known.previous_below, one.known.previous_above
    if change is None or total is None or below is None or above is None:
        return None
    if not (total.below or total.above) or isinf(total.below + total.above):
        return None
    # A rise is none where this figure may be lower and the last one higher.
    sides = (total.below, above) if change > 0 else (total.above, below)
    return abs(float(change)) > hypot(*sides)


def _lists(
    scheme: PublicationScheme, ranked: Sequence[AreaResult], groups: Mapping[str, str]
) -> tuple[set[str], set[str]]:
    """The areas on the red and on the black list."""
    fields = dict.fromkeys(groups[one.known.area] for one in ranked) if scheme.lists_by_group else [None]
    red: set[str] = set()
    black: set[str] = set()
    sign = -1 if scheme.lowest_first else 1
    for group in fields:
        some = [one for one in ranked if group is None or groups[one.known.area] == group]
        values = {one.known.area: sign * _ranked_by(scheme, one) for one in some}
        red |= _listed(scheme.red, values, lambda value, bound: value >= sign * bound)
        turned = {area: -value for area, value in values.items()}
        black |= _listed(scheme.black, turned, lambda value, bound: -value < sign * bound)
    return red, black


def _listed(
    rule: ListRule, values: Mapping[str, Fraction], is_within: Callable[[Fraction, Fraction], bool]
) -> set[str]:
    """The areas on a list: of the greatest values, within the bound, or both where the rule says both."""
    found = set(values) if rule else set()
    if rule.places:
        found &= _first(values, rule.places)
    if rule.bound is not None:
        bound = Fraction(rule.bound)
        found &= {area for area, value in values.items() if is_within(value, bound)}
    return found


def _first(values: Mapping[str, Fraction], places: int) -> set[str]:
    """The areas of the greatest values, and whoever is equal to the last of them."""
    if not values or not places:
        return set()
    last = sorted(values.values(), reverse=True)[:places][-1]
    return {area for area, value in values.items() if value >= last}


def _note(scheme: PublicationScheme, one: AreaResult) -> str:
    if one.lacking and one.total is None:
        return f"缺项：{'、'.join(one.lacking)}"
    if one.total is not None and not counts(scheme, one):
        return TOO_FEW
    if one.total is not None and not one.barred and not _is_ranked(scheme, one):
        return "没有上期的数"
    return f"一票否决：{'、'.join(one.vetoed)}" if one.vetoed else ""
