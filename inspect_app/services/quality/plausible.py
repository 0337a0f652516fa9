"""The index of a week against what came from elsewhere of the same streets: complaints and ad-hoc cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from ...collections.quality.complaints import COMPLAINTS, PLAUSIBILITY_RULES, THE_RULE
from ...domain.accounts.scope import Scope
from ...domain.cases.life_cycle import State
from ...domain.index.figures import PublishedWeek
from ...domain.index.plausibility_figure import PlausibilityFigure
from ...domain.problems import Problem
from ...domain.quality.plausibility import Plausibility, Street, add_counts, plausibility
from ...domain.weeks import shifted
from ...store import Stale
from .. import Services
from ..audit import Entry, keep
from ..index.publishing import published
from ..place.register import area_tree

OVER_WEEKS = 13
"""So many weeks of problems, the index's own the last: few come in one."""
MOST_COUNT = 1_000_000
STREET = "街道乡镇"


def plausibility_of(services: Services, week: str, *, scope: Scope) -> Plausibility | None:
    """How far the published index of streets agrees with complaints and ad-hoc cases of the last weeks.

    None where the week is not published, and for who does not see the whole city: ranks are among all its streets.
    """
    shown = published(services, week) if scope.everywhere else None
    return _of_rows(services, shown) if shown else None


def with_plausibility(services: Services, week: PublishedWeek) -> PublishedWeek:
    """A week as it is to be published: with that figure, where the office publishes it and there is one."""
    found = _of_rows(services, week) if is_published(services)[0] else None
    if found is None or found.correlation is None:
        return week
    figure = PlausibilityFigure(found.streets, OVER_WEEKS, found.correlation, found.low, found.high)
    return replace(week, plausibility=figure)


def is_published(services: Services) -> tuple[bool, int]:
    """Whether weeks are published with the figure, and the revision that a change names; 0 where it never was set."""
    kept = PLAUSIBILITY_RULES.get(services.store, THE_RULE)
    return (kept.value, kept.revision) if kept else (False, 0)


def set_published(services: Services, by: str, published: bool, expected_revision: int, now: datetime) -> None:
    """Publish the figure with weeks from now on, or no longer. Raises ``Stale`` where that was changed meanwhile."""
    before, revision = is_published(services)
    if revision != expected_revision:
        raise Stale(f"{PLAUSIBILITY_RULES.name}/{THE_RULE}")
    entry = Entry("plausibility.rule", THE_RULE, {"published": before}, {"published": published})
    keep(services.store, by, now, [entry], [PLAUSIBILITY_RULES.writing(THE_RULE, published, revision)])


def _of_rows(services: Services, week: PublishedWeek) -> Plausibility | None:
    problems = _problems(services, week.head.week)
    return plausibility(
        [
            Street(row.area, row.name, row.rate, problems.get(row.area, 0), max(row.listed, row.sites))
            for row in week.rows
            if row.level == STREET and row.rate is not None
        ]
    )


def take_complaints(services: Services, by: str, week: str, text: str, now: datetime) -> int | list[Problem]:
    """Take the counts of a week, a line ``code,count`` for each street, in place of what there was; how many lines."""
    tree, counts, problems = area_tree(services.store, week), dict[str, int](), list[Problem]()
    for number, line in enumerate(text.splitlines(), start=1):
        code, _, count = (part.strip() for part in line.replace("，", ",").replace("\t", ",").partition(","))
        if not code and not count:
            continue
        if code not in tree or not any(one.code == code and one.level == STREET for one in tree.path(code)):
            problems.append(Problem("complaints.street", details={"number": number, "code": code}))
        elif not count.isascii() or not count.isdecimal() or len(count) > 7 or int(count) > MOST_COUNT:
            problems.append(Problem("complaints.count", details={"number": number, "got": count, "most": MOST_COUNT}))
        elif code in counts:
            problems.append(Problem("complaints.twice", details={"number": number, "code": code}))
        else:
            counts[code] = int(count)
    if problems or not counts:
        return problems or [Problem("complaints.none")]
    kept = COMPLAINTS.get(services.store, week)
    entry = Entry("complaints.taken", week, dict(kept.value) if kept else None, dict(counts))
    keep(services.store, by, now, [entry], [COMPLAINTS.writing(week, counts, kept.revision if kept else 0)])
    return len(counts)


def complaints_of(services: Services, week: str) -> dict[str, int]:
    """What was taken for a week, by street."""
    kept = COMPLAINTS.get(services.store, week)
    return dict(kept.value) if kept else {}


def _problems(services: Services, week: str) -> dict[str, int]:
    """Complaints and ad-hoc cases of the weeks up to one, by street.

    Cases of visits are the index's own finding; those that the office cancelled were no problems.
    """
    weeks = {shifted(week, -back) for back in range(OVER_WEEKS)}
    tree = area_tree(services.store, week)
    adhoc: Counter[str] = Counter()
    found = services.cases.briefs(
        services.store, lambda one: one.week in weeks and not one.site and one.state is not State.CANCELLED
    )
    for case in found:
        above = (one.code for one in tree.path(case.area) if one.level == STREET)
        adhoc.update(list(above)[:1])
    return add_counts(adhoc, *(complaints_of(services, one) for one in weeks))
