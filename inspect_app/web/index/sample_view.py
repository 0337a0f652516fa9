"""What the pages show of a week's sample: its basis, its response by type and by street, and what stands apart."""

from __future__ import annotations

from dataclasses import dataclass

from ...domain.index.sample import WeekSample
from ...domain.index.sample_words import RULE, apart_text, basis_text, rule_text, warning_text
from ...domain.place.areas import AreaTree
from ...domain.plan.response import by
from ..plan.response_rows import ResponseRow, response_rows


@dataclass(frozen=True, slots=True)
class SampleView:
    """The sentences and tables of a sample. ``rule`` is empty where no plan was drawn."""

    basis: str
    warning: str
    rule: str
    by_type: tuple[ResponseRow, ...]
    by_street: tuple[ResponseRow, ...]
    apart: tuple[str, ...]
    listed: int
    frozen_at: str
    reason: str


def sample_view(sample: WeekSample, tree: AreaTree, *, running: bool) -> SampleView:
    """A sample as the pages show it; streets have the names of the week. While that runs no response is too low."""
    by_type = by(sample.responses, lambda one: one.site_type)
    by_street = by(sample.responses, lambda one: one.area)
    names = {code: tree.full_name(code) for code in by_street}
    return SampleView(
        basis=basis_text(sample),
        warning="" if running else warning_text(sample),
        rule=rule_text(sample) if not (running and sample.responses) else RULE,
        by_type=response_rows(by_type, sample.types, sample.least_response),
        by_street=response_rows(by_street, names, sample.least_response),
        apart=tuple(map(apart_text, sample.apart_together)),
        listed=sample.listed,
        frozen_at=sample.frozen_at,
        reason=sample.reason,
    )
