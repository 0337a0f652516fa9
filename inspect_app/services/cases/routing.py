"""The rules of routing as the administrator edits them, and what dispatches of the past suggest."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ...collections.cases.case import CASES
from ...domain.cases.routing import Dispatched, Rule, Suggestion, parse_routing, routing_text, rule_words, suggested
from ...domain.problems import Problem
from ...domain.starting_set import ROUTING_FILE
from ...durable import replace_file
from .. import Services
from ..accounts.units import all_units
from ..audit import logged


def keep_rules(services: Services, by: str, rules: Sequence[Rule], now: datetime) -> list[Problem]:
    """Write the rules to ``checklists/routing.toml`` and take them over; nothing is written where one is wrong."""
    text = routing_text(rules)
    parsed = parse_routing(text)
    if isinstance(parsed, list):
        return parsed
    before = {"rules": [rule_words(rule) for rule in services.library.routing]}
    after = {"rules": [rule_words(rule) for rule in parsed]}
    with logged(services, by, "routing.changed", "routing", now, before=before, after=after):
        replace_file(services.library.folder / ROUTING_FILE, text.encode())
    services.library.look_again()
    return []


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
