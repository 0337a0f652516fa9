"""Which findings became cases: told by the claim that is kept for each finding when it is filed."""

from __future__ import annotations

from ...collections.cases.case import CASES, FILED
from ...store import Store


def case_of_finding(store: Store, inspection: str, item: str) -> str | None:
    """The number of the case that a finding was filed as, cancelled cases left out."""
    claim = FILED.get(store, f"{inspection}/{item}")
    if claim is None:
        return None
    case = CASES.get(store, claim.value)
    return case.id if case and not case.value.is_cancelled else None
