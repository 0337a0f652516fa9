"""Which items of which checklists look at each clause of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .catalogue import Catalogue, Clause
from .checklist import Checklist

ON_SITE = "实地"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One clause with the items that cite it, by checklist id."""

    clause: Clause
    items: Mapping[str, tuple[str, ...]]

    @property
    def on_site(self) -> bool:
        """Whether the clause has something to see on site."""
        return ON_SITE in self.clause.evidence

    @property
    def missing(self) -> bool:
        """Whether nobody looks at a clause that can be seen on site."""
        return self.on_site and not self.items


def coverage(plan: Catalogue, checklists: Mapping[str, Checklist]) -> tuple[Coverage, ...]:
    """Every clause of the plan, in its order."""
    return tuple(Coverage(clause, _citing(clause.number, checklists)) for clause in plan.clauses.values())


def unreached_units(plan: Catalogue, checklists: Mapping[str, Checklist]) -> tuple[str, ...]:
    """Units responsible for an on-site clause that no item names, so that no finding could be sent to them.

    A unit that the plan writes in two ways is reached under either name.
    """
    named = {_full_name(plan, unit) for one in checklists.values() for item in one.items for unit in item.units}
    wanted = dict.fromkeys(
        _full_name(plan, unit)
        for clause in plan.clauses.values()
        if ON_SITE in clause.evidence
        for unit in clause.units
    )
    return tuple(unit for unit in wanted if unit not in named)


def coverage_table(plan: Catalogue, checklists: Mapping[str, Checklist]) -> str:
    """The clauses with something to see on site × the checklists, as a Markdown table with the number of items."""
    rows = [row for row in coverage(plan, checklists) if row.on_site]
    lines = ["| 条款 | 内容 | 清单（测评项数） |", "| --- | --- | --- |"]
    for row in rows:
        citing = "、".join(f"{checklists[id].title} {len(items)}" for id, items in row.items.items())
        lines.append(f"| {row.clause.number} | {row.clause.title} | {citing or '**无**'} |")
    covered = sum(not row.missing for row in rows)
    lines += [
        "",
        f"实地条款 {len(rows)} 条，已覆盖 {covered} 条；全部条款 {len(plan.clauses)} 条，清单 {len(checklists)} 个。",
    ]
    return "\n".join(lines)


def _citing(number: str, checklists: Mapping[str, Checklist]) -> dict[str, tuple[str, ...]]:
    found = {
        id: tuple(item.id for item in checklist.items if number in item.clauses) for id, checklist in checklists.items()
    }
    return {id: items for id, items in found.items() if items}


def _full_name(plan: Catalogue, unit: str) -> str:
    return plan.units[unit].same_as or unit
