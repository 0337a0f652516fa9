"""How the index is put together: weights of site types, dimensions and areas (``checklists/index.toml``)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ..checklists.checklist import DIMENSIONS
from ..place.areas import is_area_code
from ..problems import Problem
from ..reading import TableReader, toml_reader
from ..starting_set import INDEX_FILE

ROLL_UPS = ("sites", "inspections", "areas")
_FIELDS = ("roll_up", "types", "dimensions", "areas", "parts")
_PART_FIELDS = ("id", "title", "weight")
OWN_PART = "civility"
"""The id of the part that is this tool's own figure."""


@dataclass(frozen=True, slots=True)
class CompositePart:
    """A part of a composite index (综合指数): its weight; ``civility`` is this tool's own figure, others are given."""

    id: str
    title: str
    weight: float


@dataclass(frozen=True, slots=True)
class Weights:
    """The city's choices. Weights are relative to one another.

    ``types``: by checklist id, 1 where missing. ``dimensions``: empty, or by name, 0 where missing. ``roll_up``: how an
    area is made of what lies below it: by the number of sites that the register has in each street (``sites``), by
    inspections alike (``inspections``), or by its areas' figures (``areas``, weighted by ``areas``, 1 where missing).
    ``parts``: a composite of this index and others; empty where the city has none.
    """

    roll_up: str = "sites"
    types: Mapping[str, float] = field(default_factory=dict)
    dimensions: Mapping[str, float] = field(default_factory=dict)
    areas: Mapping[str, float] = field(default_factory=dict)
    parts: tuple[CompositePart, ...] = ()


def parse_weights(text: str, types: Collection[str], file: str = INDEX_FILE) -> Weights | list[Problem]:
    """The weights from TOML text, or all that is wrong, each with its field. ``types`` are the checklists there."""
    problems: list[Problem] = []
    reader = toml_reader(text, file, _FIELDS, problems)
    if reader is None:
        return problems
    weights = Weights(
        roll_up=reader.choice("roll_up", ROLL_UPS, "sites"),
        types=_numbers(reader, "types", types.__contains__, "index.type_unknown"),
        dimensions=_numbers(reader, "dimensions", DIMENSIONS.__contains__, "index.dimension_unknown"),
        areas=_numbers(reader, "areas", is_area_code, "index.area_code_malformed"),
        parts=tuple(_part(raw, number, file, problems) for number, raw in enumerate(reader.tables("parts"), start=1)),
    )
    if weights.dimensions and not any(weights.dimensions.values()):
        reader.complain("dimensions", "index.no_dimension_counts")
    if weights.parts and OWN_PART not in {part.id for part in weights.parts}:
        reader.complain("parts", "index.own_part_missing", own=OWN_PART)
    return problems or weights


def weights_to_json(weights: Weights) -> dict[str, object]:
    """The weights as shown to the public and kept with a published week."""
    return {**asdict(weights), "parts": [asdict(part) for part in weights.parts]}


def weights_from_json(raw: Mapping[str, Any]) -> Weights:
    """The weights that ``weights_to_json`` made this of."""
    return Weights(**{**raw, "parts": tuple(CompositePart(**part) for part in raw["parts"])})


def _numbers(reader: TableReader, name: str, known: Callable[[str], bool], unknown: str) -> dict[str, float]:
    raw = reader.table.get(name, {})
    if not isinstance(raw, Mapping):
        reader.complain(name, "index.weights_no_table")
        return {}
    for key in raw:
        if not known(key):
            reader.complain(f"{name}.{key}", unknown)
    inner = reader.inner(name, raw)
    return {key: inner.number(key, lambda value: 0 <= value <= 1_000_000, "index.weight_out_of_range") for key in raw}


def _part(raw: Mapping[str, Any], number: int, file: str, problems: list[Problem]) -> CompositePart:
    reader = TableReader(raw, {"file": file, "list": "parts", "list_entry": number}, problems)
    reader.only(_PART_FIELDS)
    weight = reader.number("weight", lambda value: value > 0, "index.part_weight_not_positive")
    return CompositePart(reader.text("id"), reader.text("title"), weight)
