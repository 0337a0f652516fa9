"""The index of a week against what came from elsewhere of the same streets: complaints and ad-hoc cases."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

from ...collections.cases.case import CASES
from ...collections.quality.complaints import COMPLAINTS
from ...domain.accounts.scope import Scope
from ...domain.problems import Problem
from ...domain.quality.plausibility import Plausibility, Street, add_counts, plausibility
from ...domain.weeks import shifted
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
    if shown is None:
        return None
    problems = _problems(services, week)
    return plausibility(
        [
            Street(row.area, row.name, row.rate, problems.get(row.area, 0), max(row.listed, row.sites))
            for row in shown.rows
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
    """Complaints and ad-hoc cases of the weeks up to one, by street. Cases of visits are the index's own finding."""
    weeks = {shifted(week, -back) for back in range(OVER_WEEKS)}
    tree = area_tree(services.store, week)
    adhoc: Counter[str] = Counter()
    for kept in CASES.find(services.store):
        if kept.value.week in weeks and not kept.value.site:
            above = (one.code for one in tree.path(kept.value.area) if one.level == STREET)
            adhoc.update(list(above)[:1])
    return add_counts(adhoc, *(complaints_of(services, one) for one in weeks))
