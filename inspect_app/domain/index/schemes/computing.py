"""A scheme's figures for each area, exactly: weighted means, sums, rates, deductions, vetoes, roll-up.

An interval goes along: half lengths of figures from separate samples are added by their squares, those of figures that
this tool took at the same visits (dimensions, items, industries beside one another) in full, which is never too short.
A figure that comes without an interval counts as exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import hypot, isinf

from ...numbers import exact_of, rounded
from .scheme import (
    OWN,
    WEIGHT,
    Absent,
    Basis,
    Combine,
    Few,
    FigureSource,
    PartRole,
    PublicationScheme,
    RollUp,
    SchemePart,
)


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure, and how far the truth may lie below and above it (95 %): 0 of what is taken as exact.

    Infinitely far where it was estimated from so little that there is no interval.
    """

    value: Fraction
    below: float = 0.0
    above: float = 0.0

    def moved(self, value: Fraction, factor: Fraction | int = 1) -> Measured:
        """Another value whose error is so many times that of this one; where negative, its sides change places."""
        size = abs(float(factor))
        below, above = (size * self.below, size * self.above) if size else (0.0, 0.0)
        return Measured(value, *((above, below) if factor < 0 else (below, above)))


@dataclass(frozen=True, slots=True)
class AreaFigures:
    """What is known of an area: its figures by column, its group, the area above, its weight there, the last figure.

    Its weight is None where none was said: then it weighs what the scheme says, or those below it do.
    ``previous_below`` and ``previous_above`` say how far the truth may lie from the last figure, None where that had no
    interval. ``weeks`` are how many weeks of the period its figures are from, None where that goes without saying.
    ``is_few``: it has too few sites in all of them together.
    """

    area: str
    name: str
    figures: Mapping[str, Measured] = field(default_factory=dict)
    level: str = ""
    group: str = ""
    above: str = ""
    weight: Fraction | None = None
    previous: Fraction | None = None
    previous_below: float | None = None
    previous_above: float | None = None
    weeks: int | None = None
    is_few: bool = False


@dataclass(frozen=True, slots=True)
class AreaResult:
    """An area's figures by part and in all. ``total`` is None where ``lacking`` names what is missing.

    ``vetoed`` are the vetoes in force; ``barred`` says that one of them bars the area from being ranked. ``weight`` is
    what it weighs in a weighted mean, None where nothing says so.
    """

    known: AreaFigures
    parts: Mapping[str, Measured]
    total: Measured | None
    lacking: tuple[str, ...] = ()
    vetoed: tuple[str, ...] = ()
    barred: bool = False
    weight: Fraction | None = None


def results(scheme: PublicationScheme, areas: Sequence[AreaFigures]) -> list[AreaResult]:
    """The figures of all areas in their order; those above are made of those below where the scheme says so."""
    found = {one.area: _result(scheme, one) for one in areas}
    if scheme.roll_up is not RollUp.OWN:
        for one in reversed(_from_the_top(areas)):
            below = [found[child.area] for child in areas if child.above == one.area]
            found[one.area] = _rolled(scheme, found[one.area], [child for child in below if counts(scheme, child)])
    return [found[one.area] for one in areas]


def counts(scheme: PublicationScheme, one: AreaResult) -> bool:
    """Whether an area has a figure that goes on into ranks, grades, means and the area above."""
    return one.total is not None and not (one.known.is_few and scheme.few is Few.UNRANKED)


def mean_of(scheme: PublicationScheme, some: Iterable[AreaResult]) -> Measured | None:
    """The mean of totals, plain or by the areas' weights as the scheme rolls up; None of none, or without a weight."""
    there = [one for one in some if one.total is not None]
    weights = [one.weight if scheme.roll_up is RollUp.WEIGHTED else Fraction(1) for one in there]
    whole = _whole(weights)
    if not whole:
        return None
    terms = [
        (basis(scheme, one.total), weight / whole)
        for one, weight in zip(there, weights, strict=True)
        if one.total is not None and weight is not None
    ]
    return _sum(terms, dependent=False)


def basis(scheme: PublicationScheme, one: Measured) -> Measured:
    """The figure as it goes on into ranks and means: as printed, or as computed."""
    exact = scheme.basis is Basis.EXACT
    return one if exact else one.moved(Fraction(rounded(one.value, scheme.decimals, scheme.rounding)))


def _from_the_top(areas: Sequence[AreaFigures]) -> list[AreaFigures]:
    """Areas before those below them; of areas that are above one another in a ring none comes twice."""
    by_above: dict[str, list[AreaFigures]] = {}
    known = {one.area for one in areas}
    for one in areas:
        by_above.setdefault(one.above if one.above in known else "", []).append(one)
    found, waiting = [], list(by_above.get("", ()))
    while waiting:
        one = waiting.pop(0)
        found.append(one)
        waiting += by_above.get(one.area, ())
    return found


def _rolled(scheme: PublicationScheme, own: AreaResult, below: Sequence[AreaResult]) -> AreaResult:
    """An area with the figures of those below it that have some, where it has none of its own."""
    if not below:
        return own
    if own.weight is None:
        own = replace(own, weight=_whole([one.weight for one in below]))
    if own.total is not None:
        return own
    total = mean_of(scheme, below)
    return replace(own, total=total) if total is not None else replace(own, lacking=(f"下级区域的{WEIGHT}",))


def _whole(weights: Sequence[Fraction | None]) -> Fraction | None:
    """The sum of weights; None where one is not known."""
    known = [weight for weight in weights if weight is not None]
    return sum(known, Fraction(0)) if len(known) == len(weights) else None


@dataclass(slots=True)
class _Working:
    """One area in the making."""

    scheme: PublicationScheme
    known: AreaFigures
    parts: dict[str, Measured] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)
    vetoed: list[str] = field(default_factory=list)
    barred: bool = False


def _result(scheme: PublicationScheme, known: AreaFigures) -> AreaResult:
    work = _Working(scheme, known)
    weight = known.weight
    if weight is None and (said := scheme.weight_of(known.area, known.name)) is not None:
        weight = Fraction(said)
    total = _combined(work, "", scheme.combine, scheme.full)
    if total is not None:
        total = _clipped(total, scheme.floor, scheme.ceiling)
    return AreaResult(known, work.parts, total, tuple(work.lacking), tuple(work.vetoed), work.barred, weight)


def _figure(work: _Working, part: SchemePart) -> Measured | None:
    """A part's own figure: measured or combined, converted and rounded as it says; None where it is missing."""
    full = part.full if part.full is not None else work.scheme.full
    if part.source is FigureSource.PARTS:
        found = _combined(work, part.id, part.combine, full)
    elif part.source is FigureSource.RATE:
        found = _rate(work.known.figures, part, full)
    elif part.source is FigureSource.CONSTANT:
        found = Measured(Fraction(full))
    else:
        found = work.known.figures.get(part.column)
    if found is None:
        if _is_adjusting(work.scheme, part):
            _note_none(work, part)
        elif part.source is not FigureSource.PARTS:
            work.lacking.append(part.title)
        return None
    found = _clipped(_converted(part, found), part.floor, part.ceiling)
    if part.decimals is not None:
        found = found.moved(Fraction(rounded(found.value, part.decimals, work.scheme.rounding_of(part.id))))
    work.parts[part.id] = found
    return found


def _is_adjusting(scheme: PublicationScheme, part: SchemePart | None) -> bool:
    """Whether a part adds, deducts or bars, or belongs to one that does."""
    while part is not None:
        if part.role is not PartRole.SHARE:
            return True
        part = scheme.part(part.of)
    return False


def _note_none(work: _Working, part: SchemePart) -> None:
    """Nothing was noted against the area, or for it: a count is printed as 0, what would be converted not at all.

    It goes on into nothing: what is not there falls short of no bound.
    """
    is_converted = part.steps or part.short_of is not None or part.beyond is not None
    if part.source is FigureSource.INPUT and not is_converted:
        work.parts[part.id] = Measured(Fraction(0))


def _rate(figures: Mapping[str, Measured], part: SchemePart, full: object) -> Measured | None:
    of, base = figures.get(part.column), figures.get(part.base)
    if of is None or base is None or not base.value:
        return None
    return Measured(of.value / base.value * Fraction(str(full)))


def _converted(part: SchemePart, one: Measured) -> Measured:
    if part.short_of is not None:
        one = one.moved(max(Fraction(0), Fraction(part.short_of) - one.value), -1)
    if part.beyond is not None:
        one = one.moved(max(Fraction(0), one.value - Fraction(part.beyond)))
    if not part.steps:
        return one
    if isinf(one.below + one.above):
        return one.moved(_stepped(part, one.value))
    low, middle, high = (
        _stepped(part, value) for value in (one.value - exact_of(one.below), one.value, one.value + exact_of(one.above))
    )
    # Fewer may be better, so that the ends change places.
    low, high = min(low, middle, high), max(low, middle, high)
    return Measured(middle, float(middle - low), float(high - middle))


def _stepped(part: SchemePart, value: Fraction) -> Fraction:
    reached = [points for bound, points in sorted(part.steps, reverse=True) if value >= bound]
    return Fraction(reached[0]) if reached else Fraction(0)


def _combined(work: _Working, of: str, combine: Combine, full: object) -> Measured | None:
    parts = work.scheme.under(of)
    shares = [part for part in parts if part.role is PartRole.SHARE]
    figures = {part.id: _figure(work, part) for part in parts}
    there: _Terms = [(part, one) for part in shares if (one := figures[part.id]) is not None]
    if not _is_adjusting(work.scheme, work.scheme.part(of)):
        there = list(_made_up(work.scheme, combine, shares, there))
    if not there:
        return None
    found = _COMBINED[combine](work, there, Fraction(str(full)))
    if found is None:
        return None
    for part in parts:
        one = figures[part.id]
        if one is not None and part.role in _ADJUSTED:
            found = _adjusted(found, part, one)
        if one is not None and part.role is PartRole.VETO and one.value > 0:
            found = _vetoed(work, found, part)
    return found


_Terms = Sequence[tuple[SchemePart, Measured]]


def _made_up(
    scheme: PublicationScheme,
    combine: Combine,
    shares: Sequence[SchemePart],
    there: Sequence[tuple[SchemePart, Measured]],
) -> Sequence[tuple[SchemePart, Measured]]:
    """The shares that make a figure where some are missing; none where it cannot be made.

    Others take over what a missing share weighs (or its full marks in a sum). No factor of a product and no lowest or
    highest figure can be taken over by others.
    """
    missing = [part for part in shares if part not in [one for one, _ in there]]
    if not missing:
        return there
    if scheme.absent is Absent.ZERO:
        return [*there, *((part, Measured(Fraction(0))) for part in missing)]
    is_shared_out = scheme.absent is Absent.REWEIGHT and combine in (Combine.WEIGHTED, Combine.SUM)
    return there if is_shared_out else ()


def _weighted(work: _Working, there: _Terms, full: Fraction) -> Measured | None:
    """Each figure by its full marks, weighted: so that parts of other full marks can stand beside one another."""
    whole = sum((Fraction(part.weight) for part, _ in there), Fraction(0))
    if not whole:
        return None
    return _sum(
        [(one, Fraction(part.weight) / whole * full / Fraction(part.full or work.scheme.full)) for part, one in there],
        dependent=_dependent(there),
    )


def _summed(work: _Working, there: _Terms, full: Fraction) -> Measured | None:
    """The sum; where shares are missing, as many times it as the full marks of all are those of the ones there."""
    shares = [part for part in work.scheme.under(there[0][0].of) if part.role is PartRole.SHARE]
    factor: Fraction | None = Fraction(1)
    if len(there) < len(shares) and not _is_adjusting(work.scheme, there[0][0]):
        factor = _times(_marks(work.scheme, shares), _marks(work.scheme, [part for part, _ in there]))
    if factor is None:
        return None
    return _sum([(one, Fraction(part.weight) * factor) for part, one in there], dependent=_dependent(there))


def _marks(scheme: PublicationScheme, shares: Iterable[SchemePart]) -> Fraction:
    """The full marks of shares in a sum."""
    return sum((Fraction(one.weight) * Fraction(one.full or scheme.full) for one in shares), Fraction(0))


def _times(all_marks: Fraction, there: Fraction) -> Fraction | None:
    """How many times the marks that are there all are; None where coefficients below 0 leave nothing to share out."""
    return all_marks / there if all_marks > 0 and there > 0 else None


def _product(work: _Working, there: _Terms, full: Fraction) -> Measured:
    """To the first order, each factor's error times the others."""
    whole = Fraction(1)
    for _, one in there:
        whole *= one.value
    terms = []
    for number, (_, one) in enumerate(there):
        others = Fraction(1)
        for other, (_, factor) in enumerate(there):
            others *= factor.value if other != number else 1
        terms.append((one, others))
    return _sum(terms, dependent=_dependent(there)).moved(whole)


def _lowest(work: _Working, there: _Terms, full: Fraction) -> Measured:
    return _extreme(there, -1)


def _highest(work: _Working, there: _Terms, full: Fraction) -> Measured:
    return _extreme(there, 1)


def _extreme(there: _Terms, sign: int) -> Measured:
    best = max((one for _, one in there), key=lambda one: sign * one.value)
    pick = max if sign > 0 else min
    low = pick(float(one.value) - one.below for _, one in there)
    high = pick(float(one.value) + one.above for _, one in there)
    return Measured(best.value, max(0.0, float(best.value) - low), max(0.0, high - float(best.value)))


_COMBINED = {
    Combine.WEIGHTED: _weighted,
    Combine.SUM: _summed,
    Combine.PRODUCT: _product,
    Combine.LOWEST: _lowest,
    Combine.HIGHEST: _highest,
}
_ADJUSTED = {PartRole.BONUS: 1, PartRole.DEDUCTION: -1}


def _dependent(there: _Terms) -> bool:
    """Whether several figures come of the same visits. Different site types are different sites."""
    own = [part for part, _ in there if part.source in OWN]
    return len(own) > 1 and not all(part.source is FigureSource.TYPE for part in own)


def _sum(terms: Sequence[tuple[Measured, Fraction]], *, dependent: bool) -> Measured:
    value = sum((one.value * factor for one, factor in terms), Fraction(0))
    sides = [one.moved(one.value, factor) for one, factor in terms]
    if dependent:
        return Measured(value, sum(one.below for one in sides), sum(one.above for one in sides))
    return Measured(value, hypot(*(one.below for one in sides)), hypot(*(one.above for one in sides)))


def _adjusted(found: Measured, part: SchemePart, one: Measured) -> Measured:
    points = one.value * Fraction(part.each)
    if part.most is not None:
        points = min(points, Fraction(part.most))
    sign = _ADJUSTED[part.role]
    terms = [(found, Fraction(1)), (one.moved(points, Fraction(part.each)), Fraction(sign))]
    return _sum(terms, dependent=False)


def _vetoed(work: _Working, found: Measured, part: SchemePart) -> Measured:
    work.vetoed.append(part.title)
    if part.cap is None:
        work.barred = True
        return found
    is_capped = found.value >= part.cap if work.scheme.lowest_first else found.value <= part.cap
    return found if is_capped else Measured(Fraction(part.cap))


def _clipped(one: Measured, floor: object, ceiling: object) -> Measured:
    value = one.value
    if floor is not None:
        value = max(value, Fraction(str(floor)))
    if ceiling is not None:
        value = min(value, Fraction(str(ceiling)))
    return one.moved(value) if value != one.value else one
