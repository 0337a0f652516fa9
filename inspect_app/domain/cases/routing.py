"""Which unit a finding is sent to: proposed from rules, from the units that its item names, and from its area.

The plan names for each clause the units responsible; a bureau (行业) answers for the whole city, a district or street
(属地) for its own ground. A supervisor always decides. Where they decide otherwise again and again, that becomes a rule
which the administrator can take over (``checklists/routing.toml``).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ..accounts.unit import Unit
from ..place.areas import is_area_code
from ..problems import Problem
from ..reading import TableReader, toml_reader
from ..starting_set import ROUTING_FILE

_RULE_FIELDS = ("unit", "clause", "checklist", "item", "area")
LEAST_TIMES, LEAST_SHARE = 3, 0.8
"""So many dispatches of an item to another unit, and of all its dispatches this share, suggest a rule."""


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """Findings of a clause (and what is below it), a checklist, an item, an area (and below it) go to ``unit``, a name.

    An empty field stands for all.
    """

    unit: str
    clause: str = ""
    checklist: str = ""
    item: str = ""
    area: str = ""

    def fits(self, about: About) -> bool:
        return (
            (not self.clause or any(clause.startswith(self.clause) for clause in about.clauses))
            and self.checklist in ("", about.checklist)
            and self.item in ("", about.item)
            and (not self.area or self.area in about.path)
        )

    def rank(self, about: About) -> tuple[bool, bool, int, int]:
        """How closely a rule that fits names the case: item, checklist, depth of clause, depth of area."""
        depth = about.path.index(self.area) + 1 if self.area else 0
        return bool(self.item), bool(self.checklist), len(self.clause), depth


@dataclass(frozen=True, slots=True)
class About:
    """What a finding is about; ``path`` are the areas of its site, the city first."""

    clauses: tuple[str, ...]
    checklist: str
    item: str
    units: tuple[str, ...]
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitProposal:
    """The lead unit's id (empty where none is known), those that help, and why, in Chinese."""

    lead: str = ""
    joint: tuple[str, ...] = ()
    why: str = "没有登记对应的责任单位"


@dataclass(frozen=True, slots=True)
class Dispatched:
    """A dispatch as it was decided: the item, what was proposed, and what was chosen; both are ids of units."""

    checklist: str
    item: str
    proposed: str
    chosen: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A rule that dispatches of the past suggest: ``times`` of ``of`` went this way."""

    rule: RoutingRule
    times: int
    of: int


def propose(rules: Sequence[RoutingRule], units: Sequence[Unit], about: About) -> UnitProposal:
    """The lead unit and those that help.

    A rule decides before the units that the item names; of several rules the closest, of equal ones the last. Of the
    units named a bureau leads and the district of the site helps; where only districts are named, that of the site
    leads. Where nobody named is known, the unit on whose ground the site lies most closely leads.
    """
    named = _named(units, about)
    found = [(rule, unit) for rule in rules if rule.fits(about) for unit in units if unit.is_called(rule.unit)]
    if found:
        _, (rule, lead) = max(enumerate(found), key=lambda one: (one[1][0].rank(about), one[0]))
        joint = tuple(unit.id for unit in named if unit.id != lead.id)
        return UnitProposal(lead.id, joint, f"按分派规则：{rule_words(rule)}")
    if named:
        return UnitProposal(named[0].id, tuple(unit.id for unit in named[1:]), "按清单写明的责任单位")
    local = max(units, key=lambda unit: unit.depth_in(about.path), default=None)
    if local is not None and local.depth_in(about.path) >= 0:
        return UnitProposal(local.id, (), "按属地")
    return UnitProposal()


def suggested(
    units: Sequence[Unit], dispatched: Iterable[Dispatched], rules: Collection[RoutingRule]
) -> list[Suggestion]:
    """Rules for items that keep being sent elsewhere than proposed, the most often seen first; none that is there."""
    by_item: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    moved: set[tuple[str, str, str]] = set()
    for one in dispatched:
        by_item[one.checklist, one.item][one.chosen] += 1
        if one.chosen != one.proposed:
            moved.add((one.checklist, one.item, one.chosen))
    known = {unit.id: unit for unit in units}
    found = []
    for (checklist, item), chosen in by_item.items():
        times, of = max(chosen.values()), chosen.total()
        unit = known.get(chosen.most_common(1)[0][0])
        if unit is None or times < LEAST_TIMES or times < LEAST_SHARE * of or (checklist, item, unit.id) not in moved:
            continue
        areas = unit.areas or ("",)
        new = [RoutingRule(unit.name, checklist=checklist, item=item, area=area) for area in areas]
        found += [Suggestion(rule, times, of) for rule in new if rule not in rules]
    return sorted(found, key=lambda one: (-one.times, one.rule.checklist, one.rule.item, one.rule.area))


def parse_routing(text: str, file: str = ROUTING_FILE) -> tuple[RoutingRule, ...] | list[Problem]:
    """The rules from TOML text, in order, or all that is wrong, each with its place and field."""
    problems: list[Problem] = []
    reader = toml_reader(text, file, ("rules",), problems)
    if reader is None:
        return problems
    rules = []
    for number, raw in enumerate(reader.tables("rules", at_most=2_000), start=1):
        inner = TableReader(raw, {"file": file, "list": "rules", "list_entry": number}, problems)
        inner.only(_RULE_FIELDS)
        rule = RoutingRule(inner.text("unit"), *(str(raw.get(field, "")) for field in _RULE_FIELDS[1:]))
        if rule.area and not is_area_code(rule.area):
            inner.complain("area", "cases.rule_area_malformed")
        if rule == RoutingRule(rule.unit):
            inner.complain("clause", "cases.rule_empty")
        rules.append(rule)
    return problems or tuple(rules)


def routing_text(rules: Iterable[RoutingRule]) -> str:
    """The rules as TOML, as ``parse_routing`` reads it."""
    blocks = []
    for rule in rules:
        fields = [(field, getattr(rule, field)) for field in _RULE_FIELDS]
        lines = [f"{field} = {_quoted(value)}" for field, value in fields if value]
        blocks.append("\n".join(["[[rules]]", *lines]))
    return "\n\n".join([_HEAD, *blocks]) + "\n"


def rule_words(rule: RoutingRule) -> str:
    """The rule for readers."""
    parts = [
        f"条款{rule.clause}" if rule.clause else "",
        f"清单{rule.checklist}" if rule.checklist else "",
        f"测评项{rule.item}" if rule.item else "",
        f"区域{rule.area}" if rule.area else "",
    ]
    return f"{'、'.join(part for part in parts if part)} → {rule.unit}"


_HEAD = """\
# 问题分派规则：哪些问题派给哪个责任单位（docs/use/cases.md）。
# 每条写 unit（责任单位的名称），和 clause（条款，含其下各款）、checklist（清单）、item（测评项）、area（区划代码，
# 含其下各区域）中的至少一个。最具体的一条说了算；没有合适的，按清单写明的责任单位和属地。"""


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _named(units: Sequence[Unit], about: About) -> list[Unit]:
    """The units that the item names and that answer for this ground: bureaus in the order named, then the districts."""
    found = [unit for name in about.units for unit in units if unit.is_called(name)]
    bureaus = [unit for unit in found if not unit.areas]
    local = [unit for unit in found if unit.areas and unit.depth_in(about.path) >= 0]
    return list(dict.fromkeys([*bureaus, *local]))
