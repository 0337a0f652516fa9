"""Publication schemes of the office: kept by edition, computed for a period, published frozen."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction

from ...collections.index.scheme import SCHEME_FIGURES, SCHEME_PUBLICATIONS, SCHEMES, of_period
from ...domain.accounts.scope import EVERYTHING, Scope
from ...domain.cases.spans import period_ends
from ...domain.index.periods import Period, period_of
from ...domain.index.schemes.comparing import is_comparable
from ...domain.index.schemes.computing import AreaFigures, Measured
from ...domain.index.schemes.filling import renamed_columns
from ...domain.index.schemes.inputs import complaint, inputs_of, number_of
from ...domain.index.schemes.kept import (
    PrintedTable,
    SchemeEdition,
    SchemeFigures,
    SchemeRevision,
    preview_print,
    table_from_json,
)
from ...domain.index.schemes.reading import parse_scheme, scheme_from, scheme_toml
from ...domain.index.schemes.scheme import WEIGHT, FigureSource, PublicationScheme, RollUp
from ...domain.index.schemes.standing import Standing, table_of
from ...domain.place.areas import Area, AreaTree
from ...domain.problems import NOWHERE, Problem
from ...domain.weeks import last_day, utc_text
from ...store import Stale
from .. import Services
from ..audit import Entry, keep
from ..place.register import area_tree
from ..place.scoped import areas_in
from .frozen import FrozenDamaged, WeekFile
from .publishing import readable
from .scheme_figures import (
    CaseRates,
    over_weeks,
    scheme_industries,
    seen_too_little,
    weekly_figures,
    weeks_seen,
    weeks_that_count,
    weeks_without_plan,
)

TABLE_FILE = "table.json"
"""The frozen file that pages are made from."""
SchemeFilesMaker = Callable[[PrintedTable], Iterable[tuple[str, WeekFile]]]


@dataclass(frozen=True, slots=True)
class KeptScheme:
    """A scheme with all its editions; ``edition`` counts them and names what a change replaces."""

    scheme: PublicationScheme
    editions: tuple[SchemeEdition, ...]

    @property
    def edition(self) -> int:
        return len(self.editions)


def all_schemes(services: Services) -> list[KeptScheme]:
    """The schemes in the order first kept; one that cannot be read, which ``check`` tells, costs no other."""
    found = (_kept(kept.value) for kept in SCHEMES.find(services.store))
    return [one for one in found if one is not None]


def find_scheme(services: Services, id: str) -> KeptScheme | None:
    """A scheme; None where there is none that can be read."""
    kept = SCHEMES.get(services.store, id)
    return _kept(kept.value) if kept else None


def keep_scheme(
    services: Services, who: str, scheme: PublicationScheme, why: str, edition: int, now: datetime
) -> list[Problem]:
    """Keep a scheme as its next edition in place of the one with that number, 0 for a new scheme.

    Raises ``Stale`` where it has another edition by now.
    """
    kept = SCHEMES.get(services.store, scheme.id)
    if kept and not edition:
        return [Problem("schemes.known_already", details={"id": scheme.id})]
    earlier = kept.value if kept else ()
    if len(earlier) != edition:
        raise Stale(scheme.id)
    text = scheme_toml(scheme)
    if earlier and earlier[-1].text == text:
        return []
    editions = (*earlier, SchemeEdition(text, who, now, why.strip()))
    before = {"text": earlier[-1].text} if earlier else None
    entry = Entry("scheme.changed", f"scheme/{scheme.id}", before, {"edition": len(editions), "text": text, "why": why})
    keep(services.store, who, now, [entry], [SCHEMES.writing(scheme.id, editions, kept.revision if kept else 0)])
    return []


def filled_in(services: Services, scheme: str, period: str) -> tuple[SchemeFigures, int]:
    """What was filled in for a period, and the revision of it that a change replaces."""
    kept = SCHEME_FIGURES.get(services.store, of_period(scheme, period))
    return (kept.value, kept.revision) if kept else ({}, 0)


def keep_filled_in(
    services: Services,
    who: str,
    scheme: PublicationScheme,
    period: str,
    figures: SchemeFigures,
    revision: int,
    now: datetime,
    renamed: Collection[str] = (),
) -> list[Problem]:
    """Keep what was filled in, all or none; what the scheme does not ask for in this period stays as it is.

    ``renamed`` are columns of which ``figures`` has what was kept under another name, so that they go.
    Raises ``Stale`` where it was changed since that revision.
    """
    chosen = period_of(period)
    tree = area_tree(services.store, chosen.weeks[-1] if chosen else None)
    problems = []
    for area, columns in figures.items():
        if area not in tree:
            problems.append(Problem("index.area_unknown", details={"area": area}))
        problems += [
            Problem(code, details={"column": column, "value": value, "list": tree.name(area)})
            for column, value in columns.items()
            if (code := complaint(column, value) if column in scheme.columns else "schemes.figure_malformed")
        ]
    if problems:
        return problems
    id = of_period(scheme.id, period)
    before, _ = filled_in(services, scheme.id, period)
    whole = with_rest(figures, not_asked(scheme, tree, before, renamed))
    entry = Entry("scheme.filled_in", f"scheme/{id}", {"figures": before}, {"figures": whole})
    keep(services.store, who, now, [entry], [SCHEME_FIGURES.writing(id, whole, revision)])
    return []


def with_rest(figures: SchemeFigures, rest: SchemeFigures) -> dict[str, dict[str, str]]:
    """The figures, and the rest of what was filled in."""
    return {area: {**rest.get(area, {}), **figures.get(area, {})} for area in {**rest, **figures}}


def not_asked(
    scheme: PublicationScheme, tree: AreaTree, figures: SchemeFigures, renamed: Collection[str] = ()
) -> SchemeFigures:
    """Of what was filled in, that of areas and columns which the scheme does not ask for, without renamed columns."""
    asked = {area.code for area in ranked_areas(scheme, tree)}
    found = {
        area: {
            column: text
            for column, text in cells.items()
            if area not in asked or column not in (*scheme.columns, *renamed)
        }
        for area, cells in figures.items()
    }
    return {area: cells for area, cells in found.items() if cells}


def renamed_in(kept: KeptScheme) -> dict[str, str]:
    """By columns of earlier editions what the same parts call them in the latest."""
    return renamed_columns(kept.scheme, [edition_of(kept, number) for number in range(1, kept.edition)])


def edition_of(kept: KeptScheme, number: int) -> PublicationScheme:
    """The scheme as its edition of that number has it."""
    scheme = parse_scheme(kept.editions[number - 1].text, "方案", kept=True)
    assert isinstance(scheme, PublicationScheme), scheme
    return scheme


def ranked_areas(scheme: PublicationScheme, tree: AreaTree) -> list[Area]:
    """The areas that a scheme asks figures of: those of its level, of all levels where it names none."""
    return [area for area in tree if scheme.level in ("", area.level)]


def preview_table(
    services: Services, kept: KeptScheme, period: Period, cases: CaseRates | None = None, *, scope: Scope
) -> PrintedTable:
    """The table as it would be published now, from published weeks and what was filled in.

    Of a scope's areas alone, and ranked among themselves: a rank in the city would tell of the others.
    """
    found = {week: readable(services, week) for week in period.weeks}
    published = [week for week in found.values() if week]
    weeks = weeks_that_count(published)
    scheme, tree = kept.scheme, area_tree(services.store, period.weeks[-1])
    industries = scheme_industries(services, scheme)
    weekly = weekly_figures(scheme, weeks, industries)
    own, seen = over_weeks(scheme, weekly), weeks_seen(weekly)
    few = seen_too_little(weeks) if weekly else set()
    if cases and any(part.source is FigureSource.CASES for part in scheme.parts):
        for code, rates in cases(*period.span, period.weeks[-1]).items():
            figures = own.setdefault(code, {})
            figures |= {f"{FigureSource.CASES}:{name}": Measured(rate) for name, rate in rates.items()}
    typed, _ = filled_in(services, scheme.id, period.name)
    last = readable_table(services, scheme.id, period.before)
    new_scale = last is not None and not is_comparable(scheme, last.scheme)
    before = {row.area: row for row in last.table.rows if row.total is not None} if last and not new_scale else {}
    areas = []
    known = {*own, *typed}
    if known and scheme.is_deducting and scheme.level:
        # Of whom nothing was noted has full marks; a period in which nothing was filled in has no table yet.
        known |= {area.code for area in ranked_areas(scheme, tree)}
    if not scope.everywhere:
        known &= set(areas_in(services.store, scope, period.weeks[-1]) or ())
    for area in _with_those_above(scheme, tree, known):
        given = {
            column: Measured(number)
            for column, value in typed.get(area.code, {}).items()
            if (number := number_of(value)) is not None
        }
        mine = _columns_of(own.get(area.code, {}), scheme, area)
        areas.append(
            AreaFigures(
                area=area.code,
                name=area.name,
                figures={**mine, **given},
                level=area.level,
                above=area.parent,
                weight=given[WEIGHT].value if WEIGHT in given else None,
                weeks=seen.get(area.code) if mine else None,
                is_few=bool(mine) and area.code in few,
            )
        )
    if all(one.weeks in (None, len(weeks)) for one in areas):
        areas = [replace(one, weeks=None) for one in areas]
    areas = [_with_last_figure(one, before.get(one.area)) for one in areas]
    return PrintedTable(
        city=services.settings.city,
        scheme=scheme,
        edition=kept.edition,
        period=period.name,
        period_title=period.title,
        weeks=tuple(week.head.week for week in weeks),
        lacking=tuple(name for name, week in found.items() if not week),
        table=table_of(scheme, areas),
        industries=industries,
        inputs={one.area: inputs_of(scheme, one) for one in areas},
        new_scale=new_scale,
        chosen=weeks_without_plan(published) if weekly else (),
        few=tuple(one.name for one in areas if one.is_few),
    )


def publish_table(
    services: Services,
    who: str,
    kept: KeptScheme,
    period: Period,
    reason: str,
    now: datetime,
    files: SchemeFilesMaker,
    cases: CaseRates | None = None,
    seen: str | None = None,
) -> int | list[Problem]:
    """Freeze a table and show it to the public; the number of its revision. A correction needs a reason.

    Raises ``Stale``, and nothing is published, where somebody else published at the same moment, or where another table
    would be published than the one that was ``seen`` (its ``preview_print``).
    """
    id = of_period(kept.scheme.id, period.name)
    earlier = SCHEME_PUBLICATIONS.get(services.store, id)
    found = preview_table(services, kept, period, cases, scope=EVERYTHING)
    if seen is not None and seen != preview_print(found, len(earlier.value) if earlier else 0):
        raise Stale(id)
    if earlier and not reason.strip():
        return [Problem("schemes.reason_wanted")]
    if now.astimezone(services.settings.timezone).date() <= _last_day(kept.scheme, period):
        return [Problem("schemes.period_open", details={"period": period.title})]
    if all(row.total is None for row in found.table.rows):
        return [Problem("schemes.no_rows", details={"period": period.title})]
    if unweighted := _unweighted(kept.scheme, found.table.rows, filled_in(services, kept.scheme.id, period.name)[0]):
        return [Problem("schemes.weights_missing", details={"period": period.title, "areas": "、".join(unweighted)})]
    revisions = earlier.value if earlier else ()
    number = len(revisions) + 1
    printed = replace(found, revision=number, published_at=utc_text(now), reason=reason.strip())
    frozen = services.frozen.keep_files(files(printed))
    revision = SchemeRevision(now, who, reason.strip(), kept.edition, frozen)
    write = SCHEME_PUBLICATIONS.writing(id, (*revisions, revision), earlier.revision if earlier else 0)
    after = {"revision": number, "reason": revision.reason, "edition": kept.edition, "files": frozen}
    keep(services.store, who, now, [Entry("scheme.published", f"scheme/{id}", after=after)], [write])
    return number


def table_revisions(services: Services, scheme: str, period: str) -> tuple[SchemeRevision, ...]:
    """All publications of a scheme's period, oldest first."""
    kept = SCHEME_PUBLICATIONS.get(services.store, of_period(scheme, period))
    return kept.value if kept else ()


def published_periods(services: Services, scheme: str) -> list[str]:
    """The periods that a scheme was published for, the newest first."""
    ids = [kept.id.partition("@") for kept in SCHEME_PUBLICATIONS.find(services.store)]
    found = [period for id, _, period in ids if id == scheme]
    ends = {name: period.weeks[-1] for name in found if (period := period_of(name))}
    return sorted(found, key=lambda name: (ends.get(name, ""), name), reverse=True)


def table_file(services: Services, scheme: str, period: str, number: int | None, name: str) -> WeekFile | None:
    """A frozen file of a revision, the latest where no number is given; None where there is none.

    Raises ``FrozenDamaged`` where it is gone or another.
    """
    found = table_revisions(services, scheme, period)
    chosen = found[-1:] if number is None else found[number - 1 : number] if number > 0 else ()
    return services.frozen.file(chosen[0].files, name) if chosen else None


def latest(services: Services, scheme: str, period: str, number: int | None = None) -> PrintedTable | None:
    """A published table as it was frozen, but for words of its reason blanked since; None where there is none."""
    found = table_file(services, scheme, period, number, TABLE_FILE)
    if found is None:
        return None
    printed = printed_from(found.content)
    return replace(printed, reason=table_revisions(services, scheme, period)[printed.revision - 1].reason)


def readable_table(services: Services, scheme: str, period: str) -> PrintedTable | None:
    """A published table; None as well where what was frozen is damaged, which ``check`` tells: it costs no other."""
    try:
        return latest(services, scheme, period)
    except FrozenDamaged:
        return None


def printed_from(content: bytes) -> PrintedTable:
    """The table that ``TABLE_FILE`` holds."""
    found = json.loads(content)
    scheme = scheme_from(found["scheme"], NOWHERE, kept=True)
    assert isinstance(scheme, PublicationScheme), scheme
    names = ("city", "edition", "period", "period_title", "revision", "published_at", "reason")
    return PrintedTable(
        **{name: found[name] for name in names},
        scheme=scheme,
        weeks=tuple(found["weeks"]),
        lacking=tuple(found["lacking"]),
        table=table_from_json(found["rows"], found["means"]),
        industries={title: tuple(items) for title, items in found.get("industries", {}).items()},
        inputs=found.get("inputs", {}),
        new_scale=found.get("new_scale", False),
        chosen=tuple(found.get("chosen", ())),
        few=tuple(found.get("few", ())),
    )


def _kept(editions: tuple[SchemeEdition, ...]) -> KeptScheme | None:
    scheme = parse_scheme(editions[-1].text, "方案", kept=True)
    return None if isinstance(scheme, list) else KeptScheme(scheme, editions)


def _last_day(scheme: PublicationScheme, period: Period) -> date:
    """The day with which all that a scheme takes of a period is there: cases have the month's days, not its weeks'."""
    end = last_day(period.weeks[-1])
    has_cases = any(part.source is FigureSource.CASES for part in scheme.parts)
    return max(end, period_ends(period.span[1])) if has_cases else end


def _unweighted(scheme: PublicationScheme, rows: Sequence[Standing], typed: SchemeFigures) -> list[str]:
    """The names of the areas whose weight is missing: of those with a figure that are not made of others."""
    if scheme.roll_up is not RollUp.WEIGHTED:
        return []
    known = [row for row in rows if row.total is not None]
    made = {row.above for row in known}
    return [
        row.name
        for row in known
        if row.area not in made
        and WEIGHT not in typed.get(row.area, {})
        and scheme.weight_of(row.area, row.name) is None
    ]


def _with_last_figure(one: AreaFigures, row: Standing | None) -> AreaFigures:
    """With the figure of the period before as it was printed, and its error where it had an interval."""
    if row is None or row.total is None:
        return one
    found = replace(one, previous=Fraction(row.total))
    if row.low is None or row.high is None:
        return found
    return replace(found, previous_below=float(row.total - row.low), previous_above=float(row.high - row.total))


def _columns_of(figures: Mapping[str, Measured], scheme: PublicationScheme, area: Area) -> Mapping[str, Measured]:
    """An area's own figures; none of one above the level that is ranked, where it is to be made of those below."""
    is_above = scheme.level not in ("", area.level)
    return {} if is_above and scheme.roll_up is not RollUp.OWN else figures


def _with_those_above(scheme: PublicationScheme, tree: AreaTree, known: set[str]) -> list[Area]:
    """The ranked areas of which something is known, and with roll-up the areas above them, from the top."""
    here = [area for area in ranked_areas(scheme, tree) if area.code in known]
    if scheme.roll_up is RollUp.OWN:
        return here
    above = {one.code for area in here for one in tree.path(area.code)}
    return [area for area in tree if area.code in above]
