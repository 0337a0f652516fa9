"""Reading checklists from their files (docs/use/checklists.md describes the format).

TOML and spreadsheets (exports/checklists/xlsx.py) give the same table; ``checklist_from_table`` judges both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from ..problems import Problem
from ..reading import TableReader, toml_table
from ..starting_set import NO_CHECKLISTS
from .catalogue import Catalogue
from .checklist import DIMENSIONS, Checklist, Item, PhotoRule
from .item import Rule
from .methods import METHODS
from .source import ItemReader, Source

MAX_ITEMS = 200
MAX_PHRASES, MAX_PHRASE = 12, 40
"""So many, each of so many signs: more are not read by thumb."""
MAX_PROBLEM = 60
"""Signs: it is the title of a case, and a row of a letter."""
_RESERVED = "、".join(name.removesuffix(".toml") for name in NO_CHECKLISTS)
_SLUG = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CHECKLIST_FIELDS = ("id", "title", "veto_cap", "live", "items")
_ITEM_FIELDS = (
    "id", "text", "guidance", "method", "weight", "dimension", "clauses", "units", "sources", "photo", "live", "veto",
    "phrases", "problem",
)  # fmt: skip


def load_checklists(folder: Path, plan: Catalogue | None = None) -> dict[str, Checklist] | list[Problem]:
    """Every checklist of a folder by id, or all that is wrong in any file.

    With a plan, each item's clauses and units must be the plan's.
    """
    checklists, wrong = read_folder(folder, plan)
    problems = [problem for of_file in wrong.values() for problem in of_file]
    if not checklists and not problems:
        problems.append(Problem("checklists.none_in_folder", details={"folder": str(folder)}))
    return problems or checklists


def read_folder(folder: Path, plan: Catalogue | None = None) -> tuple[dict[str, Checklist], dict[str, list[Problem]]]:
    """The right checklists of a folder by id, and what is wrong with each of the others, by the file's stem."""
    checklists: dict[str, Checklist] = {}
    wrong: dict[str, list[Problem]] = {}
    for path in sorted(folder.glob("*.toml")):
        if path.name in NO_CHECKLISTS:
            continue
        parsed = parse_checklist(_text(path), path.name, plan)
        if isinstance(parsed, Checklist):
            checklists[parsed.id] = parsed
        else:
            wrong[path.stem] = parsed
    return checklists, wrong


def parse_checklist(text: str | None, file: str, plan: Catalogue | None = None) -> Checklist | list[Problem]:
    """One checklist from TOML text; ``file`` is its name, whose stem must be the checklist's id."""
    table = parse_toml(text, file)
    if isinstance(table, list):
        return table
    stem, id = file.removesuffix(".toml"), table.get("id")
    found = checklist_from_table(table, plan, Source({"file": file}))
    if isinstance(id, str) and id.strip() and id.strip() != stem:
        misnamed = Problem("checklists.id_unlike_file", details={"file": file, "stem": stem, "id": id})
        return [misnamed, *(found if isinstance(found, list) else [])]
    return found


def checklist_from_table(table: Mapping[str, Any], plan: Catalogue | None, source: Source) -> Checklist | list[Problem]:
    """The checklist of a table as TOML gives it, or all that is wrong with it, told in the source's words."""
    problems: list[Problem] = []
    reader = TableReader(table, source.whole, problems, source)
    reader.only(_CHECKLIST_FIELDS)
    id = reader.text("id")
    if id and (not _SLUG.fullmatch(id) or f"{id}.toml" in NO_CHECKLISTS):
        reader.complain("id", "checklists.id_malformed_or_reserved", reserved=_RESERVED, got=id)
    veto_cap = reader.optional_number("veto_cap", lambda value: 0 <= value <= 100, "reading.percent_out_of_range")
    tables = reader.tables("items", required=True, at_most=MAX_ITEMS)
    readers = [ItemReader(entry, number, source, problems) for number, entry in enumerate(tables, start=1)]
    live = reader.flag("live")
    items = tuple(_read_item(item, plan, live) for item in readers)
    _no_item_twice(items, readers)
    if any(item.veto for item in items) and veto_cap is None:
        reader.complain("veto_cap", "checklists.veto_cap_missing")
    return problems or Checklist(id, reader.text("title"), veto_cap, items)


def parse_toml(text: str | None, file: str) -> dict[str, object] | list[Problem]:
    """A TOML document, or where it stops being one."""
    return [Problem("checklists.not_utf8", details={"file": file})] if text is None else toml_table(text, file)


def _text(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError:
        return None


def _no_item_twice(items: tuple[Item, ...], readers: list[ItemReader]) -> None:
    seen: set[str] = set()
    for item, reader in zip(items, readers, strict=True):
        if item.id in seen:
            reader.complain("id", "checklists.item_repeated")
        seen.add(item.id)


def _read_item(reader: ItemReader, plan: Catalogue | None, live: bool) -> Item:
    """One item; ``live`` is what the checklist says for those that say nothing themselves."""
    id = reader.text("id")
    if id and not _SLUG.fullmatch(id):
        reader.complain("id", "checklists.id_malformed", got=id)
    method, fields, read_rule = _method(reader)
    reader.only((*_ITEM_FIELDS, *fields))
    return Item(
        id=id,
        text=reader.text("text"),
        guidance=reader.text("guidance", required=False),
        method=method,
        weight=reader.number("weight", lambda value: 0 < value <= 1000, "checklists.weight_out_of_range"),
        dimension=reader.choice("dimension", DIMENSIONS),
        clauses=reader.texts(
            "clauses", required=True, accepted=plan.clauses if plan else None, unknown="checklists.clause_unknown"
        ),
        units=reader.texts(
            "units", required=True, accepted=plan.units if plan else None, unknown="checklists.unit_unknown"
        ),
        sources=reader.texts("sources"),
        photo=PhotoRule(reader.choice("photo", list(PhotoRule), PhotoRule.ON_FAILURE)),
        veto=reader.flag("veto"),
        rule=read_rule(reader),
        live=reader.flag("live", default=live),
        phrases=_phrases(reader),
        problem=_problem(reader),
    )


def _problem(reader: ItemReader) -> str:
    problem = reader.text("problem", required=False)
    if len(problem) > MAX_PROBLEM:
        reader.complain("problem", "checklists.problem_too_long", most=MAX_PROBLEM, got=len(problem))
    return problem


def _phrases(reader: ItemReader) -> tuple[str, ...]:
    phrases = reader.texts("phrases")
    if len(phrases) > MAX_PHRASES or any(len(phrase) > MAX_PHRASE for phrase in phrases):
        reader.complain("phrases", "checklists.phrases_too_long", most=MAX_PHRASES, longest=MAX_PHRASE)
    return phrases


def _method(reader: ItemReader) -> tuple[str, Collection[str], Callable[[ItemReader], Rule]]:
    """The method, the fields of its own and how its rule is read; no more is asked where the method is wrong."""
    name = reader.choice("method", list(METHODS))
    if not reader.names("method", name):
        return name, [field for method in METHODS.values() for field in method.fields], lambda reader: Rule()
    return name, METHODS[name].fields, METHODS[name].read
