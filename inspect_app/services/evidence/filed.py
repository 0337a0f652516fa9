"""Which findings became cases: told by the claim that is kept for each finding when it is filed."""

from __future__ import annotations

from ...domain.cases.life_cycle import State
from ...store import Store

CASES = "cases"
"""The collection of cases. ``unit`` is the lead unit's id, ``units`` are those of all that have to do with it."""
FILED = "filed_findings"
"""The collection of claims: a finding's id (``<inspection>/<item>``), and the number of its case."""


def case_of_finding(store: Store, inspection: str, item: str) -> str | None:
    """The number of the case that a finding was filed as, cancelled cases left out."""
    claim = store.get(FILED, f"{inspection}/{item}")
    if claim is None:
        return None
    case = store.get(CASES, claim.document["case"])
    return case.id if case and case.document["state"] != State.CANCELLED else None
