"""Publication schemes, the figures filled in for them, and what was published, as documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from ...domain.index.schemes.kept import SchemeEdition, SchemeFigures, SchemeRevision
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read_editions(id: str, document: Mapping[str, Any]) -> tuple[SchemeEdition, ...]:
    return tuple(SchemeEdition(**{**raw, "at": instant_of(raw["at"])}) for raw in document["editions"])


def _write_editions(editions: tuple[SchemeEdition, ...]) -> Document:
    return {"editions": [{**asdict(one), "at": utc_text(one.at)} for one in editions]}


def _read_revisions(id: str, document: Mapping[str, Any]) -> tuple[SchemeRevision, ...]:
    return tuple(SchemeRevision(**{**raw, "at": instant_of(raw["at"])}) for raw in document["revisions"])


def _write_revisions(revisions: tuple[SchemeRevision, ...]) -> Document:
    return {"revisions": [{**asdict(one), "at": utc_text(one.at)} for one in revisions]}


def of_period(scheme: str, period: str) -> str:
    """The id of what belongs to a scheme and a period."""
    return f"{scheme}@{period}"


SCHEMES: Collection[tuple[SchemeEdition, ...]] = Collection("schemes", _read_editions, _write_editions)
"""All editions of a scheme under its id, the first one first; only ever added to."""

SCHEME_FIGURES: Collection[SchemeFigures] = Collection(
    "scheme_figures",
    lambda id, document: document["figures"],
    lambda figures: {"figures": {area: dict(columns) for area, columns in figures.items()}},
)
"""What was filled in for a period, under scheme and period."""

SCHEME_PUBLICATIONS: Collection[tuple[SchemeRevision, ...]] = Collection(
    "scheme_publications", _read_revisions, _write_revisions
)
"""All revisions of a published table under scheme and period, the first one first; only ever added to."""
