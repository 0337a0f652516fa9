"""Tables of response, as the plan's page and the index show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...domain.index.sample_words import missed_text, percent
from ...domain.plan.response import Response


@dataclass(frozen=True, slots=True)
class ResponseRow:
    """A line of a table of response; ``low`` where less was inspected than the office has set."""

    name: str
    drawn: int
    inspected: int
    rate: str
    missed: str
    low: bool


def response_rows(
    rows: Mapping[str, Response], names: Mapping[str, str], least_response: float
) -> tuple[ResponseRow, ...]:
    """The lines of a table, with the names of what each is of."""
    return tuple(
        ResponseRow(
            names.get(key, key),
            one.drawn,
            one.inspected,
            percent(one),
            missed_text(one),
            low=one.rate is not None and one.rate < least_response,
        )
        for key, one in rows.items()
    )
