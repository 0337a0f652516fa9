"""From the texts that are offered to what is in force: of a wrong text the last good one serves, and it is said."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn, Protocol, TypeVar

from ...domain.cases.deadlines import Deadlines, parse_deadlines
from ...domain.cases.routing import RoutingRule, parse_routing
from ...domain.checklists.catalogue import Catalogue, parse_plan
from ...domain.checklists.checklist import Checklist
from ...domain.checklists.editions import Edition
from ...domain.checklists.files import parse_checklist
from ...domain.checklists.toml import checklist_to_toml
from ...domain.index.industries import Industry, parse_industries
from ...domain.index.weights import Weights, parse_weights
from ...domain.inspecting.presence_rules import PresenceRules, parse_presence
from ...domain.problems import Problem
from ...domain.starting_set import (
    DEADLINES_FILE,
    INDEX_FILE,
    INDUSTRIES_FILE,
    NO_CHECKLISTS,
    PLAN_FILE,
    PRESENCE_FILE,
    ROUTING_FILE,
    ZONES_FILE,
    file_of,
    name_of,
)
from ...domain.zones.files import ZoneRules, parse_zones
from ...wording import say

Value = TypeVar("Value")
Parse = Callable[[str], Value | list[Problem]]
_NO_RULES: tuple[RoutingRule, ...] = ()
_NO_INDUSTRIES: tuple[Industry, ...] = ()


class ChecklistsInvalid(Exception):
    """The checklists cannot be used; the message lists file, item and field in Chinese."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(say(problem)) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Offer:
    """What may become the text of a name, the first that is right; a file that is no UTF-8 offers None.

    ``edition`` is to be kept where the first is right.
    """

    texts: tuple[str | None, ...]
    edition: Edition | None = None


class LastGood(Protocol):
    """What serves where nothing that is offered is right."""

    def text(self, name: str) -> str | None: ...

    def checklist(self, id: str) -> Checklist | None: ...


@dataclass(frozen=True, slots=True)
class InForce:
    """What is in force, and the ``texts`` that say so, by name; ``wrong`` is why others are not in force, by name.

    ``zones`` are what is wrong where there are no rules at all. ``editions`` are new ones, to be kept.
    """

    plan: Catalogue
    checklists: Mapping[str, Checklist]
    weights: Weights
    routing: tuple[RoutingRule, ...]
    deadlines: Deadlines
    presence: PresenceRules
    industries: tuple[Industry, ...]
    zones: ZoneRules | list[Problem]
    texts: Mapping[str, str]
    wrong: Mapping[str, list[Problem]]
    editions: tuple[Edition, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that is wrong."""
        return tuple(problem for of_name in self.wrong.values() for problem in of_name)


def read_offers(offers: Mapping[str, Offer], good: LastGood) -> InForce:
    """Read the texts of all names. Raises ``ChecklistsInvalid`` where one is wrong and there is no good one."""
    reader = _OfferReader(offers, good)
    plan = reader.plan()
    checklists = reader.checklists()
    return InForce(
        plan=plan,
        checklists=checklists,
        weights=reader.optional(INDEX_FILE, lambda text: parse_weights(text, checklists), Weights()),
        routing=reader.optional(ROUTING_FILE, parse_routing, _NO_RULES),
        deadlines=reader.optional(DEADLINES_FILE, parse_deadlines, Deadlines()),
        presence=reader.optional(PRESENCE_FILE, lambda text: parse_presence(text, checklists), PresenceRules()),
        industries=reader.optional(INDUSTRIES_FILE, parse_industries, _NO_INDUSTRIES),
        zones=reader.zones(),
        texts=reader.texts,
        wrong=reader.wrong,
        editions=tuple(reader.editions),
    )


@dataclass(slots=True)
class _OfferReader:
    """Takes the right text of each name, and gathers what is wrong with the others."""

    offers: Mapping[str, Offer]
    good: LastGood
    texts: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, list[Problem]] = field(default_factory=dict)
    editions: list[Edition] = field(default_factory=list)

    def plan(self) -> Catalogue:
        """The one text without which nothing can be judged."""
        if name_of(PLAN_FILE) not in self.offers:
            self.wrong[name_of(PLAN_FILE)] = [Problem("checklists.plan_missing", details={"file": PLAN_FILE})]
        return self._sure(self._found(PLAN_FILE, _plan))

    def checklists(self) -> dict[str, Checklist]:
        """The checklists by id, in order, judged by the plan that was found."""
        ids = sorted(name for name in self.offers if file_of(name) not in NO_CHECKLISTS)
        found = {id: self._checklist(id) for id in ids}
        if not found:
            self.wrong[""] = [Problem("checklists.none_at_all")]
        right = {id: checklist for id, checklist in found.items() if checklist is not None}
        if not right or len(right) < len(found):
            self._refuse()
        return right

    def optional(self, file: str, parse: Parse[Value], default: Value) -> Value:
        """The value of a text; ``default`` where none is offered."""
        return self._sure(self._found(file, parse)) if name_of(file) in self.offers else default

    def zones(self) -> ZoneRules | list[Problem]:
        """The rules about premises around schools; nothing else stops where there are none."""
        name = name_of(ZONES_FILE)
        if name not in self.offers:
            return [Problem("checklists.file_missing", details={"file": ZONES_FILE})]
        return self._found(ZONES_FILE, parse_zones) or self.wrong[name]

    def _checklist(self, id: str) -> Checklist | None:
        plan = self.texts[name_of(PLAN_FILE)]
        found = self._right(file_of(id), lambda text: _checklist(text, file_of(id), plan))
        if found is None and (found := self.good.checklist(id)):
            # Today's plan may know its clauses no longer; it was right by the plan of its own day.
            self.texts[id] = checklist_to_toml(found)
        return found

    def _found(self, file: str, parse: Parse[Value]) -> Value | None:
        """As ``_right``; where nothing that is offered is right, the value of the last good text."""
        found = self._right(file, parse)
        last = self.good.text(name_of(file)) if found is None else None
        if last is None or isinstance(read := parse(last), list):
            return found
        self.texts[name_of(file)] = last
        return read

    def _right(self, file: str, parse: Parse[Value]) -> Value | None:
        """The value of the first text that is offered and right; what is wrong with the very first is noted."""
        name = name_of(file)
        offer = self.offers.get(name, Offer(()))
        for text in offer.texts:
            read = [Problem("checklists.not_utf8", details={"file": file})] if text is None else parse(text)
            if isinstance(read, list):
                self.wrong.setdefault(name, list(read))
                continue
            self.texts[name] = text or ""
            self.editions += [offer.edition] if offer.edition and name not in self.wrong else []
            return read
        return None

    def _sure(self, found: Value | None) -> Value:
        return self._refuse() if found is None else found

    def _refuse(self) -> NoReturn:
        raise ChecklistsInvalid([problem for of_name in self.wrong.values() for problem in of_name])


@lru_cache(maxsize=8)
def _plan(text: str) -> Catalogue | list[Problem]:
    return parse_plan(text, PLAN_FILE)


@lru_cache(maxsize=256)
def _checklist(text: str, file: str, plan: str) -> Checklist | list[Problem]:
    """A text means the same as long as the plan's text is the same: of many, only what was edited is read again."""
    catalogue = _plan(plan)
    return catalogue if isinstance(catalogue, list) else parse_checklist(text, file, catalogue)
