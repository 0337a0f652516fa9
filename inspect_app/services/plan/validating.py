"""Independent validation: chosen after visits came, sent to validators only, told of the whole city only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.plan.validation import THE_RULES, VALIDATION_RULES, VALIDATIONS
from ...collections.plan.week_plan import AVOIDANCES
from ...domain.inspecting.correction import as_submitted
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.kinds import is_counted
from ...domain.plan.validation import (
    MOST_SHARE,
    OVER_WEEKS,
    Chosen,
    ValidationFigure,
    ValidationRules,
    WeekValidation,
    is_chosen,
    validation_figure,
    who_goes,
)
from ...domain.problems import Problem
from ...domain.weeks import shifted, week_of
from ...store import Stale
from ..accounts.accounts import inspectors
from ..audit import Entry, keep
from ..inspecting.visits import all_visits, counted_visits
from ..place.register import area_tree
from ..repeating import keep_doing_once

if TYPE_CHECKING:
    from .. import Services

LOT = "核验"
"""Who the log names for what the lot chose."""
_EVERY_S, _FIRST_AFTER_S = 600, 120


def validation_rules(services: Services) -> tuple[ValidationRules, int]:
    """The office's rules, with the revision that a change of them names, 0 where it never set any."""
    kept = VALIDATION_RULES.get(services.store, THE_RULES)
    return (kept.value, kept.revision) if kept else (ValidationRules(), 0)


def set_validation_rules(
    services: Services, by: str, rules: ValidationRules, expected_revision: int, now: datetime
) -> list[Problem]:
    """Set share and validators from now on. Raises ``Stale`` where they were changed since ``expected_revision``."""
    before, revision = validation_rules(services)
    if revision != expected_revision:
        raise Stale(f"{VALIDATION_RULES.name}/{THE_RULES}")
    if not 0 <= rules.share <= MOST_SHARE:
        return [Problem("validation.share", details={"most": round(100 * MOST_SHARE)})]
    known = {user.name for user in inspectors(services.store)}
    if unknown := tuple(sorted(set(rules.validators) - known)):
        return [Problem("validation.unknown", details={"names": unknown})]
    if rules.share and not rules.validators:
        return [Problem("validation.nobody")]
    if before == rules:
        return []
    entry = Entry("validation.rules", THE_RULES, before=asdict(before), after=asdict(rules))
    keep(services.store, by, now, [entry], [VALIDATION_RULES.writing(THE_RULES, rules, revision)])
    return []


def choose_due(services: Services, now: datetime) -> int:
    """Cast the lot on the sites of this week and the last whose first visit came since; how many are to be seen again.

    Where another process does the same at the moment nothing is kept, and the next time finds it done.
    """
    rules, _ = validation_rules(services)
    if not rules.share:
        return 0
    week = week_of(now, services.settings.timezone)
    try:
        return sum(_choose(services, rules, one, now) for one in (shifted(week, -1), week))
    except Stale:
        return 0


def keep_choosing(services: Services) -> None:
    """Choose every ten minutes as long as the process lives; returns at once."""
    work = partial(choose_due, services)
    keep_doing_once(services.turns, "validations", work, every_s=_EVERY_S, first_s=_FIRST_AFTER_S)


def own_validations(services: Services, validator: str, now: datetime) -> list[str]:
    """The codes of the sites that a validator has still to see, chosen this week or the last."""
    week = week_of(now, services.settings.timezone)
    chosen = [one for back in (1, 0) for one in _week(services, shifted(week, -back)).chosen]
    mine = [one for one in chosen if one.validator == validator]
    return [one.site for one in mine if _second(services, week, one) is None]


def validation_of(services: Services, week: str) -> ValidationFigure | None:
    """The difference over the last weeks up to one, of the whole city; None of too few pairs.

    By what both sent first: neither review nor correction, which may know of the other, changes it.
    """
    by_validator: dict[str, list[float]] = {}
    for back in range(OVER_WEEKS):
        for validator, difference in _differences(services, shifted(week, -back)):
            by_validator.setdefault(validator, []).append(difference)
    return validation_figure(by_validator, OVER_WEEKS)


def progress_of(services: Services, week: str) -> tuple[int, int]:
    """How many visits of a week are to be validated, and how many are."""
    chosen = _week(services, week).chosen
    return len(chosen), sum(_second(services, week, one) is not None for one in chosen)


def _week(services: Services, week: str) -> WeekValidation:
    kept = VALIDATIONS.get(services.store, week)
    return kept.value if kept else WeekValidation(week)


def _choose(services: Services, rules: ValidationRules, week: str, now: datetime) -> int:
    kept = VALIDATIONS.get(services.store, week)
    before = kept.value if kept else WeekValidation(week)
    load = Counter(one.validator for one in before.chosen)
    considered, chosen = set(before.considered), list(before.chosen)
    known = _visitors(services, week)
    for id, visit in _first_visits(services, week, set(rules.validators)):
        site = visit.site.code
        if site in considered:
            continue
        considered.add(site)
        able = set(rules.validators) - known.get(site, set()) - _kept_away(services, visit.area, week)
        if is_chosen(services.ticket_key, week, site, rules.share) and (
            goes := who_goes(services.ticket_key, week, site, able, load)
        ):
            chosen.append(Chosen(id, site, visit.checklist, goes, now))
            load[goes] += 1
    found = replace(before, considered=tuple(sorted(considered)), chosen=tuple(chosen))
    if found == before:
        return 0
    entry = Entry("validation.chosen", week, after={"considered": len(considered), "chosen": len(chosen)})
    keep(services.store, LOT, now, [entry], [VALIDATIONS.writing(week, found, kept.revision if kept else 0)])
    return len(chosen) - len(before.chosen)


def _first_visits(services: Services, week: str, validators: set[str]) -> Iterator[tuple[str, Inspection]]:
    """The first visit of each site of a week, by id, that counts and was made by no validator."""
    found = [kept for kept in counted_visits(services.store, week) if not kept.value.visitors & validators]
    yield from ((kept.id, kept.value) for kept in sorted(found, key=lambda kept: kept.value.started_at))


def _visitors(services: Services, week: str) -> dict[str, set[str]]:
    """Who was at each site in a week, along with somebody or alone, or is said to have been: they know it."""
    found: dict[str, set[str]] = {}
    for kept in all_visits(services.store, week):
        found.setdefault(kept.value.site.code, set()).update(kept.value.knowing)
    return found


def _kept_away(services: Services, area: str, week: str) -> set[str]:
    """Who keeps away from an area (回避)."""
    tree = area_tree(services.store, week)
    above = {one.code for one in tree.path(area)}
    return {kept.id for kept in AVOIDANCES.find(services.store) if above & {tree.standing(code) for code in kept.value}}


def _differences(services: Services, week: str) -> Iterator[tuple[str, float]]:
    """Who validated, and by how many points that rate is above the first one."""
    for one in _week(services, week).chosen:
        kept = INSPECTIONS.get(services.store, one.first)
        second = _second(services, week, one)
        if kept is None or second is None or not is_counted(kept.value):
            continue
        first_rate, second_rate = as_submitted(kept.value).rate, as_submitted(second).rate
        if first_rate is not None and second_rate is not None:
            yield one.validator, second_rate - first_rate


def _second(services: Services, week: str, chosen: Chosen) -> Inspection | None:
    """The validator's own visit, in the week or the one after, once it counts."""
    found = (
        kept.value
        for each in (week, shifted(week, -1), shifted(week, 1))
        for kept in INSPECTIONS.find(services.store, week=each, site=chosen.site)
    )
    fitting = (
        visit
        for visit in found
        if visit.inspector == chosen.validator
        and visit.checklist == chosen.checklist
        and visit.started_at >= chosen.at
        and is_counted(visit)
    )
    return min(fitting, key=lambda visit: visit.started_at, default=None)
