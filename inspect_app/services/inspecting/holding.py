"""What waits for the office: what came in a file, which anybody can write and name whoever they like in it, and what
was refused, so that it never lies with its sender only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from ...collections import Kept
from ...collections.inspecting.held_import import HELD_IMPORTS, WAITING
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.user import User
from ...domain.blanking import each_once, reblanked
from ...domain.inspecting.clock import timed
from ...domain.inspecting.held_import import (
    ACCEPTED,
    CORRECTED,
    FILE,
    LEFT_OUT,
    MAX_REASON,
    PHONE,
    UNIT,
    UNREADABLE,
    HeldImport,
)
from ...domain.inspecting.kinds import kind_of
from ...domain.inspecting.submission import fingerprint, parse_id
from ...domain.nesting import is_deeper
from ...domain.problems import Problem
from ...domain.weeks import week_of
from ...store import Stale
from ...wording import all_said
from .. import Services
from ..accounts.accounts import find_user
from ..audit import Entry, keep
from ..place.register import find_site
from .correcting import correct, corrected_inspection, is_correction, is_kept
from .lacking import photos_lacking
from .sent_again import held_of_form, sent_again
from .submitting import Outcome, Taken, TakenOver, judged, submit

LARGEST, DEEPEST = 1 << 20, 24
"""Characters and layers of a submission that is held: the largest that a form makes has a quarter of that."""
MOST_REFUSED = 200
"""So many of one account's wait at most: what a broken program sends for ever is not kept for ever."""
MOST_REPLACED = 20
"""So often at most is what lies under one id kept anew: people mend a few times, programs for ever."""
_SHOWN, _MOST_SAID, _MOST_WHY = 40, 10, 2000


def hold(services: Services, inspector: User, id_text: str, raw: object, by: str, why: str, now: datetime) -> Outcome:
    """Judge a submission of a file as ``submit`` does, and have it wait for the office. The same again changes nothing.

    One that was decided already says so by SAME where it was taken over, by REFUSED where it was left out. What was
    mended of the inspector's own that was refused takes its place.
    """
    id = parse_id(id_text)
    earlier = HELD_IMPORTS.get(services.store, id) if id else None
    if earlier and not _is_mended(earlier.value, inspector, raw):
        return _again(earlier.value, inspector, raw)
    found = judged(services, inspector, id_text, raw, now)
    if isinstance(found, Outcome):
        return found
    assert id
    assert isinstance(raw, Mapping)
    held = HeldImport(raw, inspector.name, found.site.name, found.week, by, now, why)
    held = _without_blanked(services, id, held, earlier)
    entry = Entry("import.held", id, after={"inspector": inspector.name, "fingerprint": found.fingerprint})
    try:
        keep(services.store, by, now, [entry], [HELD_IMPORTS.writing(id, held, earlier.revision if earlier else 0)])
    except Stale:  # something under this id at the same moment, the same file twice most often
        kept = HELD_IMPORTS.get(services.store, id)
        assert kept
        return _again(kept.value, inspector, raw)
    return Outcome(Taken.HELD)


def hold_refused(
    services: Services,
    inspector: User,
    id_text: str,
    raw: object,
    problems: Sequence[Problem],
    now: datetime,
    *,
    phone_now: datetime | None = None,
    origin: str = PHONE,
    by: str = "",
) -> Kept[HeldImport] | None:
    """Have what was refused of an account lie with the office; None where it cannot.

    The newest of what is sent under one id stays. What the server has something else under its id of lies under another
    that is always the same. Not kept is what is no submission at all, and what is too much of one account.
    ``phone_now``: see ``timed``. ``by`` brought it, where not the inspector.
    """
    id = parse_id(id_text)
    if id is None or not isinstance(raw, Mapping) or not _can_be_held(raw):
        return None
    if known := _known(services, inspector, id, raw):
        return known
    asked, earlier = id, HELD_IMPORTS.get(services.store, id)
    is_taken = INSPECTIONS.get(services.store, id) is not None or is_kept(services, id, raw)
    if is_taken or (earlier and not _may_be_replaced(earlier.value, inspector, origin)):
        id = id_beside(id, inspector.name, fingerprint(raw))
        earlier = HELD_IMPORTS.get(services.store, id)
    if earlier and earlier.value.fingerprint == fingerprint(raw):
        return earlier
    if earlier.revision > MOST_REPLACED if earlier else _of(services, inspector) >= MOST_REFUSED:
        return None
    held = replace(_refusal(services, inspector, raw, problems, now, phone_now), origin=origin, by=by or inspector.name)
    held = _without_blanked(services, asked, held, earlier)
    told = {"inspector": inspector.name, "fingerprint": fingerprint(raw), "problems": [one.code for one in problems]}
    try:
        write = HELD_IMPORTS.writing(id, held, earlier.revision if earlier else 0)
        keep(services.store, held.by, now, [Entry("submission.refused", id, after=told)], [write])
    except Stale:  # the same was sent twice at the same moment
        pass
    return HELD_IMPORTS.get(services.store, id)


def id_beside(id: str, inspector: str, fingerprint: str) -> str:
    """The id under which lies what an inspector sent, with this fingerprint, under the id of something else."""
    return str(uuid5(UUID(id), f"{inspector}\n{fingerprint}"))


def _without_blanked(services: Services, id: str, held: HeldImport, earlier: Kept[HeldImport] | None) -> HeldImport:
    """What was sent under this id, to be held in place of ``earlier``: where it says the same as what had words blanked
    it brings none of them back, nor does what is said about it.
    """
    again = sent_again(services, held.inspector, id, held.raw)
    blanked = each_once(earlier.value.blanked if earlier else (), again.blanked)
    if not blanked:
        return held
    before = earlier.value if earlier else held
    return replace(
        held,
        raw=again.raw,
        site=reblanked(again.said(held.site), before.site),
        why=reblanked(again.said(held.why), before.why),
        sent_as=held.fingerprint,
        form=held.begun,
        blanked=blanked,
    )


def _known(services: Services, inspector: User, id: str, raw: object) -> Kept[HeldImport] | None:
    """The same content of this inspector that lies here: under its id, or, taken over by the office, under another."""
    under_it = HELD_IMPORTS.get(services.store, id)
    found = [one for one in held_of_form(services, inspector.name, id, raw) if one.value.decision == ACCEPTED]
    is_same = (
        one
        for one in ([under_it] if under_it else []) + found
        if one.value.inspector == inspector.name and one.value.fingerprint == fingerprint(raw)
    )
    return next(is_same, None)


def _may_be_replaced(held: HeldImport, inspector: User, origin: str) -> bool:
    """Whether what lies under an id gives way to what comes now: never what a phone sent to what a file says."""
    return (
        held.was_refused
        and held.inspector == inspector.name
        and held.decision != ACCEPTED
        and (held.origin == UNIT) == (origin == UNIT)
        and (held.origin == FILE or origin != FILE)
    )


def _of(services: Services, inspector: User) -> int:
    """How many of an inspector's wait that were refused."""
    return sum(one.value.was_refused and one.value.inspector == inspector.name for one in waiting(services))


def _refusal(
    services: Services,
    inspector: User,
    raw: Mapping[str, Any],
    problems: Sequence[Problem],
    now: datetime,
    phone_now: datetime | None,
) -> HeldImport:
    of = corrected_inspection(services, raw) if is_correction(raw) else None
    code = raw.get("site")
    site = find_site(services.store, code) if isinstance(code, str) else None
    header = kind_of(raw).parse_header(raw)
    started = None if isinstance(header, list) else timed(header, raw, now, phone_now).header.started_at
    return HeldImport(
        raw=raw,
        inspector=inspector.name,
        site=f"{CORRECTED}{of.value.site.name}" if of else site.name if site else _place_told(raw),
        week=of.value.week if of else week_of(started, services.settings.timezone) if started else "",
        by=inspector.name,
        at=now,
        why=all_said(problems, most=_MOST_SAID)[:_MOST_WHY],
        was_refused=True,
        phone_now=phone_now,
    )


def _place_told(raw: Mapping[str, Any]) -> str:
    """Where it is said to be of, of which the register knows nothing."""
    if UNREADABLE in raw:
        return "读不出的内容"
    for field, label in (("site", "点位"), ("case", "整改件")):
        if raw.get(field):
            return f"{label}「{str(raw[field])[:_SHOWN]}」"
    return kind_of(raw).label


def _can_be_held(raw: object) -> bool:
    """Whether a submission is neither larger nor deeper than any can be, and has no numbers that JSON does not."""
    try:
        return len(json.dumps(raw, ensure_ascii=False, allow_nan=False)) <= LARGEST and not is_deeper(raw, DEEPEST)
    except (ValueError, RecursionError):
        return False


def waiting(services: Services) -> list[Kept[HeldImport]]:
    """What waits for the office, the first that came first; not what the phone itself has sent by now."""
    return [kept for kept in HELD_IMPORTS.find(services.store, state=WAITING) if not _came(services, kept)]


def _came(services: Services, kept: Kept[HeldImport]) -> bool:
    if is_correction(kept.value.raw):
        return is_kept(services, kept.id, kept.value.raw)
    return INSPECTIONS.get(services.store, kept.id) is not None


def accept(
    services: Services, by: str, id: str, reason: str, now: datetime, *, site: str = "", revision: int | None = None
) -> Outcome | list[Problem]:
    """Take one over as a visit of the inspector that it names, on the word of ``by``, which the log tells.

    ``site`` is the code of the site at which it was made, where it names another. One that was refused is taken without
    the photos that never came; the log tells which items lack theirs. Raises ``Stale`` where it was decided meanwhile,
    or is no more at the ``revision`` that was seen: the phone may have put another in its place.
    """
    kept = undecided(services, id, reason, revision)
    if isinstance(kept, Problem):
        return [kept]
    inspector = find_user(services.store, kept.value.inspector)
    if inspector is None:
        return [Problem("importing.account_unknown", details={"name": kept.value.inspector})]
    write = HELD_IMPORTS.writing(id, decided(kept.value, ACCEPTED, by, reason, now), kept.revision)
    over = TakenOver(
        by,
        reason.strip(),
        (write,),
        came_at=kept.value.at,
        site=site.strip(),
        strict=not kept.value.was_refused,
        sent_as=kept.value.sent_as,
        blanked=kept.value.blanked,
        waived=tuple(str(problem.path[-1]) for problem in photos_lacking(services, kept.value, site.strip())),
    )
    if is_correction(kept.value.raw):
        outcome = correct(services, inspector, id, kept.value.raw, now, over=over)
    else:
        outcome = submit(services, inspector, id, kept.value.raw, now, over=over, phone_now=kept.value.phone_now)
    return outcome if outcome.kept else list(outcome.problems)


def refuse(
    services: Services, by: str, id: str, reason: str, now: datetime, *, revision: int | None = None
) -> list[Problem]:
    """Leave one out; it stays readable, with the reason. Raises ``Stale`` as ``accept`` does."""
    kept = undecided(services, id, reason, revision)
    if isinstance(kept, Problem):
        return [kept]
    write = HELD_IMPORTS.writing(id, decided(kept.value, LEFT_OUT, by, reason, now), kept.revision)
    keep(services.store, by, now, [Entry("import.refused", id, after={"reason": reason.strip()})], [write])
    return []


def left_out_problem(held: HeldImport) -> Problem:
    """That the office has decided to leave one out, and why."""
    return Problem("importing.left_out", details={"reason": held.reason})


def undecided(services: Services, id: str, reason: str, revision: int | None) -> Kept[HeldImport] | Problem:
    """One that waits, to be decided for that reason. Raises ``Stale`` as ``accept`` does."""
    kept = HELD_IMPORTS.get(services.store, id)
    if kept is None or kept.value.decision:
        return Problem("importing.not_waiting")
    if revision not in (None, kept.revision):
        raise Stale(f"{HELD_IMPORTS.name}/{id}")
    if not 0 < len(reason.strip()) <= MAX_REASON:
        return Problem("importing.decision_reason_wanted", details={"most": MAX_REASON})
    return kept


def decided(held: HeldImport, decision: str, by: str, reason: str, now: datetime) -> HeldImport:
    """The same, with what was decided about it."""
    return replace(held, decision=decision, decided_by=by, decided_at=now, reason=reason.strip())


def _is_mended(held: HeldImport, inspector: User, raw: object) -> bool:
    """Whether this may stand in place of what was refused of this inspector's and still waits: another content, or a
    file once more, whose photos may be whole by now."""
    is_theirs = held.was_refused and not held.is_report and not held.decision and held.inspector == inspector.name
    return is_theirs and (held.origin == FILE or held.fingerprint != fingerprint(raw))


def _again(held: HeldImport, inspector: User, raw: Any) -> Outcome:
    if held.fingerprint != fingerprint(raw) or held.inspector != inspector.name:
        return Outcome(Taken.CONFLICT, problems=(Problem("importing.id_taken"),))
    if held.decision == LEFT_OUT:
        return Outcome(Taken.REFUSED, problems=(left_out_problem(held),))
    return Outcome(Taken.SAME if held.decision else Taken.HELD)
