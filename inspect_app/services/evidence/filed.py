"""Which findings became cases: told by the claim that is kept for each finding when it is filed."""

from __future__ import annotations

from ...collections import Kept
from ...collections.cases.case import CASES, FILED
from ...domain.cases.case import Case
from ...domain.inspecting.inspection import Inspection
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


def looked_at_again(store: Store, visit: Inspection) -> list[Kept[Case]]:
    """The cases of the site and the items that a visit scored for which somebody was sent again (复查)."""
    if not visit.site.code:
        return []
    scored = {item.item_id for item in visit.items if item.state == "scored"}
    found = CASES.find(store, site=visit.site.code)
    return [kept for kept in found if kept.value.recheck and kept.value.item in scored]


def finding_id(inspection: str, item: str) -> str:
    """The id under which the claim of a finding is kept."""
    return f"{inspection}/{item}"
