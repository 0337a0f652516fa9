"""The rules of routing as the administrator edits them, and what dispatches of the past suggest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...collections.cases.case import CASES
from ...domain.cases.routing import Dispatched, RoutingRule, Suggestion, routing_text, rule_words, suggested
from ...domain.problems import Problem
from ...domain.starting_set import ROUTING_FILE, name_of
from .. import Services
from ..accounts.units import all_units

_NAME = name_of(ROUTING_FILE)


def rules_now(services: Services) -> tuple[tuple[RoutingRule, ...], int]:
    """The rules in force at this moment, and the number of their edition, which a change has to name."""
    services.library.look_again()
    return services.library.routing, services.library.number(_NAME)


def keep_rules(
    services: Services, by: str, rules: Sequence[RoutingRule], now: datetime, edition: int | None = None
) -> list[Problem]:
    """Put the rules in force as the office's newest edition; nothing is kept where one is wrong.

    Raises ``Stale`` where the newest edition is not the one with the number given.
    """
    text, library = routing_text(rules), services.library
    before, after = ({"rules": [rule_words(rule) for rule in of]} for of in (library.routing, rules))
    return library.keep(_NAME, text, by, now, expected=edition, whole=False, before=before, after=after)


def suggestions(services: Services) -> list[Suggestion]:
    """Rules that would have proposed what supervisors chose; of all cases that were dispatched."""
    units = [kept.unit for kept in all_units(services.store, active_only=True)]
    dispatched = [
        Dispatched(case.checklist, case.item, case.proposed, chosen.unit)
        for case in (kept.value for kept in CASES.find(services.store))
        # A first dispatch may have been returned.
        if (chosen := case.last("dispatch"))
    ]
    return suggested(units, dispatched, services.library.routing)
