"""The city's plan: its clauses and the units responsible for them (``checklists/plan.toml``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ..problems import Problem
from ..reading import TableReader, toml_reader

EVIDENCE = ("实地", "材料", "问卷", "统计")
_NUMBER = re.compile(r"\(([一二三四五六七八])\)\d{1,2}(\(\d{1,2}\))?")
_PLAN_FIELDS = ("title", "source", "parts", "units", "clauses")


@dataclass(frozen=True, slots=True)
class NamedUnit:
    """A unit that the plan makes responsible; ``kind`` is 部门 or 属地.

    The plan writes two units in two ways; ``same_as`` is then the unit's other, fuller name, and else empty.
    """

    name: str
    kind: str
    same_as: str = ""


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: number as cited (``(五)4(2)``), title, how it is evidenced, thresholds, and its units.

    ``documents_from`` are the units among them that provide the documents (提供资料).
    """

    number: str
    title: str
    evidence: tuple[str, ...]
    thresholds: tuple[str, ...]
    units: tuple[str, ...]
    documents_from: tuple[str, ...]

    @property
    def part(self) -> str:
        return self.number[1]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The plan: title, where it was published, title of each part, units by name and clauses by number."""

    title: str
    source: str
    parts: Mapping[str, str]
    units: Mapping[str, NamedUnit]
    clauses: Mapping[str, Clause]


def load_plan(path: Path) -> Catalogue | list[Problem]:
    """The plan from its file, or all that is wrong with it."""
    try:
        return parse_plan(path.read_text("utf-8"), path.name)
    except FileNotFoundError:
        return [Problem("checklists.plan_missing", details={"file": path.name})]
    except UnicodeDecodeError:
        return [Problem("checklists.not_utf8", details={"file": path.name})]


def parse_plan(text: str, file: str) -> Catalogue | list[Problem]:
    """The plan from TOML text; ``file`` names it in problems."""
    problems: list[Problem] = []
    reader = toml_reader(text, file, _PLAN_FIELDS, problems)
    if reader is None:
        return problems
    units = {
        unit.name: unit
        for entry in reader.tables("units", required=True)
        if (unit := _read_unit(TableReader(entry, {"file": file, "unit_entry": str(entry.get("name"))}, problems)))
    }
    clauses: dict[str, Clause] = {}
    for entry in reader.tables("clauses", required=True):
        clause = _read_clause(
            TableReader(entry, {"file": file, "clause_entry": str(entry.get("number"))}, problems), units
        )
        if clause.number in clauses:
            problems.append(Problem("checklists.clause_repeated", details={"file": file, "clause": clause.number}))
        clauses[clause.number] = clause
    parts = {
        part: title
        for entry in reader.tables("parts", required=True)
        for part, title, count in [_read_part(TableReader(entry, {"file": file, "thing": "parts"}, problems))]
        if _count_is(count, part, clauses, file, problems)
    }
    return problems or Catalogue(reader.text("title"), reader.text("source"), parts, units, clauses)


def _read_unit(reader: TableReader) -> NamedUnit:
    reader.only(("name", "kind", "same_as"))
    return NamedUnit(
        reader.text("name"), reader.choice("kind", ("部门", "属地")), reader.text("same_as", required=False)
    )


def _read_part(reader: TableReader) -> tuple[str, str, int]:
    reader.only(("part", "title", "clauses"))
    count = reader.number(
        "clauses", lambda value: value >= 1 and value == int(value), "checklists.clause_count_malformed"
    )
    return reader.text("part"), reader.text("title"), int(count)


def _read_clause(reader: TableReader, units: Mapping[str, NamedUnit]) -> Clause:
    reader.only(("number", "title", "evidence", "thresholds", "units", "documents_from"))
    number = reader.text("number")
    if not _NUMBER.fullmatch(number):
        reader.complain("number", "checklists.clause_number_malformed", got=number)
    responsible = reader.texts("units", required=True, accepted=units, unknown="checklists.unit_unknown")
    return Clause(
        number=number,
        title=reader.text("title"),
        evidence=reader.texts("evidence", required=True, accepted=EVIDENCE, unknown="checklists.evidence_unknown"),
        thresholds=reader.texts("thresholds"),
        units=responsible,
        documents_from=reader.texts("documents_from", accepted=responsible, unknown="checklists.clause_unit_unknown"),
    )


def _count_is(count: int, part: str, clauses: Mapping[str, Clause], file: str, problems: list[Problem]) -> bool:
    found = sum(clause.part == part for clause in clauses.values())
    if found != count:
        problems.append(
            Problem(
                "checklists.clauses_miscounted", details={"file": file, "part": part, "count": count, "found": found}
            )
        )
    return found == count
