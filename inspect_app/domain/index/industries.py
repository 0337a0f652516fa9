"""Industries of the city's own (行业): which site types, items and responsible units an 行业指数 is made of.

The office's data (``industries.toml``). Where it has none, each responsible unit that checklists name is an industry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import partial

from ..accounts.unit import Unit
from ..problems import Details, Problem
from ..reading import TableReader, toml_reader
from ..starting_set import INDUSTRIES_FILE
from ..tables import is_name

MOST_INDUSTRIES = 100
_FIELDS = ("title", "units", "types", "items", "without")
_TYPE = re.compile(r"[a-z0-9-]{1,60}")
_ITEM = re.compile(r"[a-z0-9-]{1,60}/[A-Za-z0-9_.-]{1,100}")


@dataclass(frozen=True, slots=True)
class Industry:
    """An industry: all items of its ``types`` (ids of checklists), all that name one of its ``units`` as responsible,
    and single ``items`` (``checklist/item``); none of those ``without``.

    Checklists or items that there are no longer may stand: weeks of earlier versions have them.
    """

    title: str
    units: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def parse_industries(text: str, file: str = INDUSTRIES_FILE) -> tuple[Industry, ...] | list[Problem]:
    """The industries from TOML text, in order, or all that is wrong, each with its place and field."""
    problems: list[Problem] = []
    reader = toml_reader(text, file, ("industries",), problems)
    if reader is None:
        return problems
    found: list[Industry] = []
    for number, raw in enumerate(reader.tables("industries", at_most=MOST_INDUSTRIES), start=1):
        where: Details = {"file": file, "list": "industries", "list_entry": number}
        one = _industry(TableReader(raw, where, problems))
        problems += faults(one, [other.title for other in found], partial(_at, where))
        found.append(one)
    return problems or tuple(found)


def faults(industry: Industry, known: Collection[str], place: Callable[[str], Details]) -> list[Problem]:
    """What is wrong with an industry beside others of the titles ``known``; ``place`` says where a field stands."""
    problems = []
    if not is_name(industry.title):
        problems.append(Problem("industries.title_malformed", details=place("title")))
    if industry.title in known:
        problems.append(Problem("industries.title_repeated", details={**place("title"), "title": industry.title}))
    problems += [
        Problem("industries.entry_malformed", details={**place(field), "entry": entry})
        for field, form in (("types", _TYPE), ("items", _ITEM), ("without", _ITEM))
        for entry in getattr(industry, field)
        if not form.fullmatch(entry)
    ]
    if not (industry.units or industry.types or industry.items):
        problems.append(Problem("industries.empty", details=place("units")))
    return problems


def industries_text(industries: Iterable[Industry]) -> str:
    """The industries as TOML, as ``parse_industries`` reads it."""
    blocks = []
    for one in industries:
        lists = {name: getattr(one, name) for name in _FIELDS[1:]}
        lines = [f"title = {_quoted(one.title)}"]
        lines += [f"{name} = [{', '.join(map(_quoted, values))}]" for name, values in lists.items() if values]
        blocks.append("\n".join(["[[industries]]", *lines]))
    return "\n\n".join([_HEAD, *blocks]) + "\n"


def items_of(
    industries: Iterable[Industry], responsible: Mapping[str, Collection[str]], units: Collection[Unit]
) -> dict[str, tuple[str, ...]]:
    """The items of each industry, by its title, in the order of ``responsible``, those of no checklist in force last.

    ``responsible`` are all items there are (``checklist/item``), each with the names of units that its checklist has.
    """
    return {one.title: _items(one, responsible, _names(one.units, units)) for one in industries}


def _names(named: Iterable[str], units: Collection[Unit]) -> frozenset[str]:
    """The units that are meant, by all names that they go by."""
    called = {name: [unit for unit in units if unit.is_called(name)] for name in named}
    others = {other for some in called.values() for unit in some for other in (unit.name, *unit.names)}
    return frozenset({*called, *others})


def _items(one: Industry, responsible: Mapping[str, Collection[str]], names: frozenset[str]) -> tuple[str, ...]:
    of_types = tuple(f"{type}/" for type in one.types)
    found = [
        key for key, named in responsible.items() if key in one.items or key.startswith(of_types) or names & set(named)
    ]
    return tuple(key for key in dict.fromkeys([*found, *one.items]) if key not in one.without)


def _at(where: Details, field: str) -> Details:
    return {**where, "toml_field": (field,)}


def _industry(reader: TableReader) -> Industry:
    reader.only(_FIELDS)
    return Industry(reader.text("title", required=False), *(reader.texts(name) for name in _FIELDS[1:]))


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_HEAD = """\
# 行业指数由哪些点位类型、测评项、责任单位组成（docs/use/schemes.md）。改动只影响以后发布的期。
# 每个行业：title（名称）；units（清单里写明由它负责的各项）、types（这些清单的全部测评项）、items（单独的测评项，
# 写作「清单/测评项」）至少写一样；without 是不算的测评项。"""
