"""Schemes as the office keeps them, and what was published by them: every edition and revision stays."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
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
    weights, so that nothing is compared with it. ``weeks`` are those that it is made of; ``chosen`` sum up places
    chosen by hand, and are among them where no week of the period had a plan; ``few`` are the names of areas with too
    few sites in all weeks together (样本不足); both of tables that take anything from weeks.
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
    chosen: tuple[str, ...] = ()
    few: tuple[str, ...] = ()


def preview_print(preview: PrintedTable, revisions: int) -> str:
    """A short hash of all that would be published, and of how many revisions there are: what one sees of a preview.

    It is compared with that of the same preview made once more, and kept nowhere.
    """
    industries = {title: sorted(items) for title, items in sorted(preview.industries.items())}
    told = (replace(preview, industries={}), industries, revisions)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Moved:
    """An area whose total or rank is another than in the revision before; None where it has, or had, none."""

    name: str
    total_before: Decimal | None
    total: Decimal | None
    rank_before: Decimal | None
    rank: Decimal | None


def moved(before: SchemeTable, after: SchemeTable) -> tuple[Moved, ...]:
    """What a correction would change, in the order of the table; those that it would leave out come last."""
    then, now = ({row.area: row for row in table.rows} for table in (before, after))
    found = []
    for area in {**now, **then}:
        old, new = then.get(area), now.get(area)
        of = (old.total, old.rank) if old else (None, None)
        to = (new.total, new.rank) if new else (None, None)
        named = new or old
        if named and of != to:
            found.append(Moved(named.name, of[0], to[0], of[1], to[1]))
    return tuple(found)


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
