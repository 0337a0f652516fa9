"""Schemes as the office keeps them, and what was published by them: every edition and revision stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from .scheme import PublicationScheme
from .standing import MeanLine, SchemeTable, Standing


@dataclass(frozen=True, slots=True)
class SchemeEdition:
    """A scheme as it stood from ``at`` (UTC) on: its text (TOML), by whom and why."""

    text: str
    by: str
    at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class SchemeRevision:
    """A publication of a scheme for a period: when (UTC), by whom, why, with which edition, and its frozen files."""

    at: datetime
    by: str
    reason: str
    edition: int
    files: str


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as it is published: ``weeks`` are those that it is made of, ``lacking`` those that were not published.

    ``revision`` is 0 and ``published_at`` empty for a preview. ``industries`` are the items of each industry that the
    scheme names (``checklist/item``). ``inputs`` are the figures that it was computed from, exactly: by area and
    column, as a table of figures has them. ``new_scale`` says that the period before has other full marks, parts or
    weights, so that nothing is compared with it.
    """

    city: str
    scheme: PublicationScheme
    edition: int
    period: str
    period_title: str
    weeks: tuple[str, ...]
    lacking: tuple[str, ...]
    table: SchemeTable
    revision: int = 0
    published_at: str = ""
    reason: str = ""
    industries: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    new_scale: bool = False


SchemeFigures = Mapping[str, Mapping[str, str]]
"""What was filled in for a period: by area and column, as it was typed."""


def standing_to_json(row: Standing) -> dict[str, object]:
    """A row as JSON; figures are texts, exactly as printed."""
    found = {name: _written(getattr(row, name)) for name in Standing.__slots__ if name != "parts"}
    return {**found, "parts": {id: str(value) for id, value in row.parts.items()}}


def mean_to_json(mean: MeanLine) -> dict[str, object]:
    """A mean as JSON."""
    return {name: _written(getattr(mean, name)) for name in MeanLine.__slots__}


def table_from_json(rows: list[dict[str, object]], means: list[dict[str, object]]) -> SchemeTable:
    """The table that was made into these."""
    return SchemeTable(
        tuple(Standing(**{name: _read(name, value) for name, value in row.items()}) for row in rows),  # type: ignore[arg-type]
        tuple(MeanLine(**{name: _read(name, value) for name, value in mean.items()}) for mean in means),  # type: ignore[arg-type]
    )


_DECIMALS = ("total", "low", "high", "rank", "group_rank", "change", "change_rank")


def _written(value: object) -> object:
    return str(value) if isinstance(value, Decimal) else value


def _read(name: str, value: object) -> object:
    if name == "parts":
        assert isinstance(value, dict)
        return {id: Decimal(part) for id, part in value.items()}
    return Decimal(str(value)) if name in _DECIMALS and value is not None else value
