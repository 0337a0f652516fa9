"""Whether the totals of two editions of a scheme stand on one scale."""

from __future__ import annotations

from dataclasses import replace

from .scheme import FILLED_IN, PublicationScheme, SchemePart


def is_comparable(scheme: PublicationScheme, earlier: PublicationScheme) -> bool:
    """Whether totals of the two may be subtracted: full marks, parts, weights and rules of computing are the same.

    Names of parts and of the columns that they are filled in under may be others, and what is only ranked or listed.
    """
    return _scale(scheme) == _scale(earlier)


def _scale(scheme: PublicationScheme) -> tuple[object, ...]:
    parts = {part.id: _nameless(part) for part in scheme.parts}
    names = ("full", "floor", "ceiling", "combine", "absent", "roll_up", "week_weights", "few", "weights")
    return (parts, *(getattr(scheme, name) for name in names))


def _nameless(part: SchemePart) -> SchemePart:
    found = replace(part, title="")
    return replace(found, key="", base="") if part.source in FILLED_IN else found
