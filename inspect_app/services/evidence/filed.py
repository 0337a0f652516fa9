"""Which findings became cases: told by the claim that is kept for each finding when it is filed."""

from __future__ import annotations

from ...collections.cases.case import CASES, FILED
from ...store import Given, Store


def case_of_finding(store: Store, inspection: str, item: str) -> str | None:
    """The number of the case that a finding was filed as, cancelled cases left out."""
    return case_and_claim(store, inspection, item)[0]


def case_and_claim(store: Store, inspection: str, item: str) -> tuple[str | None, Given]:
    """As ``case_of_finding``, and what an act is given that rests on it."""
    id = finding_id(inspection, item)
    claim = FILED.get(store, id)
    case = CASES.get(store, claim.value) if claim else None
    return (case.id if case and not case.value.is_cancelled else None), FILED.given(id, claim)


def finding_id(inspection: str, item: str) -> str:
    """The id under which the claim of a finding is kept."""
    return f"{inspection}/{item}"
