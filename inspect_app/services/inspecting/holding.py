"""What came in a file waits for the office: anybody can write one and name whoever they like in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from ...collections import Kept
from ...collections.inspecting.held_import import HELD_IMPORTS, WAITING
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.user import User
from ...domain.inspecting.held_import import MAX_REASON, HeldImport
from ...domain.inspecting.submission import fingerprint, parse_id
from ...domain.problems import Problem
from ...store import Stale
from .. import Services
from ..accounts.accounts import find_user
from ..audit import Entry, keep
from .submitting import Outcome, Taken, TakenOver, judged, submit


def hold(services: Services, inspector: User, id_text: str, raw: object, by: str, why: str, now: datetime) -> Outcome:
    """Judge a submission of a file as ``submit`` does, and have it wait for the office. The same again changes nothing.

    One that was decided already says so by SAME where it was taken over, by REFUSED where it was left out.
    """
    id = parse_id(id_text)
    if kept := HELD_IMPORTS.get(services.store, id) if id else None:
        return _again(kept.value, inspector, raw)
    found = judged(services, inspector, id_text, raw, now)
    if isinstance(found, Outcome):
        return found
    assert id
    assert isinstance(raw, Mapping)
    held = HeldImport(raw, inspector.name, found.site.name, found.week, by, now, why)
    entry = Entry("import.held", id, after={"inspector": inspector.name, "fingerprint": found.fingerprint})
    try:
        keep(services.store, by, now, [entry], [HELD_IMPORTS.writing(id, held)])
    except Stale:  # the same file twice at the same moment
        kept = HELD_IMPORTS.get(services.store, id)
        assert kept
        return _again(kept.value, inspector, raw)
    return Outcome(Taken.HELD)


def waiting(services: Services) -> list[Kept[HeldImport]]:
    """What waits for the office, the first that came first; not what the phone itself has sent by now."""
    found = HELD_IMPORTS.find(services.store, state=WAITING)
    return [kept for kept in found if INSPECTIONS.get(services.store, kept.id) is None]


def accept(services: Services, by: str, id: str, reason: str, now: datetime) -> Outcome | list[Problem]:
    """Take one over as a visit of the inspector that it names, on the word of ``by``, which the log tells.

    Raises ``Stale`` where it was decided meanwhile.
    """
    kept = _waiting(services, id, reason)
    if isinstance(kept, Problem):
        return [kept]
    inspector = find_user(services.store, kept.value.inspector)
    if inspector is None:
        return [Problem("importing.account_unknown", details={"name": kept.value.inspector})]
    decided = HELD_IMPORTS.writing(id, _decided(kept.value, "accepted", by, reason, now), kept.revision)
    over = TakenOver(by, reason.strip(), (decided,), came_at=kept.value.at)
    outcome = submit(services, inspector, id, kept.value.raw, now, over=over)
    return outcome if outcome.kept else list(outcome.problems)


def refuse(services: Services, by: str, id: str, reason: str, now: datetime) -> list[Problem]:
    """Leave one out; it stays readable, with the reason. Raises ``Stale`` where it was decided meanwhile."""
    kept = _waiting(services, id, reason)
    if isinstance(kept, Problem):
        return [kept]
    write = HELD_IMPORTS.writing(id, _decided(kept.value, "refused", by, reason, now), kept.revision)
    keep(services.store, by, now, [Entry("import.refused", id, after={"reason": reason.strip()})], [write])
    return []


def _waiting(services: Services, id: str, reason: str) -> Kept[HeldImport] | Problem:
    kept = HELD_IMPORTS.get(services.store, id)
    if kept is None or kept.value.decision:
        return Problem("importing.not_waiting")
    if not 0 < len(reason.strip()) <= MAX_REASON:
        return Problem("importing.decision_reason_wanted", details={"most": MAX_REASON})
    return kept


def _decided(held: HeldImport, decision: str, by: str, reason: str, now: datetime) -> HeldImport:
    return replace(held, decision=decision, decided_by=by, decided_at=now, reason=reason.strip())


def _again(held: HeldImport, inspector: User, raw: Any) -> Outcome:
    if fingerprint(held.raw) != fingerprint(raw) or held.inspector != inspector.name:
        return Outcome(Taken.CONFLICT, problems=(Problem("importing.id_taken"),))
    if held.decision == "refused":
        return Outcome(Taken.REFUSED, problems=(Problem("importing.left_out", details={"reason": held.reason}),))
    return Outcome(Taken.SAME if held.decision else Taken.HELD)
