"""Taking a submission: all of it, once, or none of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from ...collections import Kept
from ...collections.inspecting.held_import import HELD_IMPORTS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.user import User
from ...domain.blanking import Blanking, each_once
from ...domain.checklists.checklist import Checklist
from ...domain.checklists.scoring import InspectionScore
from ...domain.inspecting.begun import as_begun, is_outdated
from ...domain.inspecting.clock import moved, timed
from ...domain.inspecting.held_import import ACCEPTED, LEFT_OUT, HeldImport
from ...domain.inspecting.inspection import AD_HOC, Inspection, state_of
from ...domain.inspecting.kinds import Kind, kind_of
from ...domain.inspecting.submission import (
    Header,
    Submission,
    fingerprint,
    parse_id,
    photo_problems,
)
from ...domain.place.areas import AreaTree
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...domain.text import cleaned_tree
from ...domain.weeks import week_of
from ...photos.held import has_whole
from ...store import Stale, Stored, Write
from .. import Services
from ..audit import Entry, keep
from ..evidence.working import checking
from ..place.register import area_tree, find_site
from .partners import partner_doubts
from .presence import with_presence
from .sent_again import held_of_form, sent_again

SENT_ANEW = "本人改正后已另行提交"
"""Why what waits is left out where its inspector has sent the same form again, mended, under another id."""
Named = TypeVar("Named", Submission, Inspection)
CHOSEN = frozenset({"value"})
"""Fields in which nothing is written: a grade is a key of the checklist, as the checklist has it."""


class Taken(StrEnum):
    """How a submission ended; HELD is one of a file that waits for the office."""

    CREATED = "created"
    SAME = "same"
    CONFLICT = "conflict"
    REFUSED = "refused"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a submission ended, with what is kept, or with the problems and the hashes of photos not yet received."""

    taken: Taken
    kept: Kept[Inspection] | None = None
    problems: tuple[Problem, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TakenOver:
    """That a file's submission is taken over as somebody's visit: by whom, why, and what else notes it down.

    ``came_at`` is when the office was given it, where that was earlier: its own delay makes no visit late. ``site`` is
    the code of the site at which the office finds that it was made, empty where it names the right one. Without
    ``strict`` it is taken without the photos that did not come and those that its items ask for; ``waived`` are the ids
    of these items. ``sent_as`` is the fingerprint of what came, where words of it were ``blanked``.
    """

    by: str
    reason: str
    decided: tuple[Write, ...] = ()
    came_at: datetime | None = None
    site: str = ""
    strict: bool = True
    waived: tuple[str, ...] = ()
    sent_as: str = ""
    blanked: tuple[Blanking, ...] = ()


def submit(
    services: Services,
    inspector: User,
    id_text: str,
    raw: object,
    now: datetime,
    *,
    over: TakenOver | None = None,
    phone_now: datetime | None = None,
) -> Outcome:
    """Judge a submission and keep it.

    The same content under the same id again is SAME, whatever has changed since in sites and checklists; other content,
    or another inspector's, is CONFLICT: ``submission.taken_over`` where the office took it over meanwhile, also under
    another id than it comes by. What waits of the same form under other ids need not be decided any more.
    Returns once what is kept is durable. ``over`` where somebody else brought it; then raises ``Stale`` where what it
    notes down was changed meanwhile. ``phone_now``: see ``timed``.
    """
    found = judged(services, inspector, id_text, raw, now, over=over, phone_now=phone_now)
    if isinstance(found, Outcome):
        return found
    id = str(parse_id(id_text))
    try:
        with checking(services, id, len(found.photos)):
            stored = _keep(services, id, found, over, now, raw)
    except Stale:  # the same was sent twice at the same moment
        earlier = INSPECTIONS.get(services.store, id)
        if earlier is None and over and over.decided:  # what is taken over was decided about otherwise at that moment
            raise
        if earlier is None:  # the office decided at that moment about what waits of the same form
            return submit(services, inspector, id_text, raw, now, over=over, phone_now=phone_now)
        return _again(services, earlier, inspector, found.fingerprint)
    return Outcome(Taken.CREATED, INSPECTIONS.kept(stored))


def incomplete(services: Services, inspector: User, id_text: str, raw: object, now: datetime) -> Outcome:
    """What becomes of a submission of which files were refused, as its sender says: refused, unless it is kept already.

    The inspector may still mend it, and sends it whole then.
    """
    found = judged(services, inspector, id_text, raw, now)
    return found if isinstance(found, Outcome) else _refused([Problem("submission.files_refused", ("photos",))])


def _keep(
    services: Services, id: str, inspection: Inspection, over: TakenOver | None, now: datetime, raw: object
) -> Stored:
    """The visit and its act: the inspector's own, with what it settles, or that of who takes it over."""
    custody, write = _custody(inspection), INSPECTIONS.writing(id, inspection)
    settled, writes = _settled(services, id, inspection.inspector, raw, over, now)
    if over is None:
        entry = Entry("inspection.submitted", id, after=custody)
        return keep(services.store, inspection.inspector, now, [entry, *settled], [write, *writes])[0]
    told: dict[str, object] = {**custody, "inspector": inspection.inspector, "reason": over.reason}
    if over.waived:
        told["photos_waived"] = list(over.waived)
    entry = Entry("inspection.imported", id, after=told)
    return keep(services.store, over.by, now, [entry, *settled], [write, *writes, *over.decided])[0]


def _settled(
    services: Services, id: str, inspector: str, raw: object, over: TakenOver | None, now: datetime
) -> tuple[list[Entry], list[Write]]:
    """What of the same form waits under other ids is left out, unless the office decides about each itself."""
    if over and over.decided:
        return [], []
    open_ = [one for one in held_of_form(services, inspector, id, raw) if not one.value.decision]
    entries = [Entry("import.refused", one.id, after={"reason": SENT_ANEW}) for one in open_]
    return entries, [HELD_IMPORTS.writing(one.id, as_settled(one.value, now), one.revision) for one in open_]


def judged(
    services: Services,
    inspector: User,
    id_text: str,
    raw: object,
    now: datetime,
    *,
    over: TakenOver | None = None,
    phone_now: datetime | None = None,
) -> Inspection | Outcome:
    """What a submission is, by the checklist version that it names; an outcome where it is not to be kept."""
    id = parse_id(id_text)
    if id is None:
        return _refused([Problem("submission.id_malformed")])
    if earlier := INSPECTIONS.get(services.store, id):
        return _again(services, earlier, inspector, fingerprint(raw))
    if not (over and over.decided) and _was_taken_over(services, inspector.name, id, raw):
        return Outcome(Taken.CONFLICT, problems=(Problem("submission.taken_over"),))
    again = sent_again(services, inspector.name, id, raw)
    sent, raw = raw, cleaned_tree(again.raw, chosen=CHOSEN)
    kind = kind_of(raw)
    header = kind.parse_header(raw)
    if isinstance(header, list):
        return _refused(header)
    assert isinstance(raw, Mapping)
    came_at = (over and over.came_at) or now
    when = timed(header, raw, came_at, phone_now)
    header = replace(when.header, site=over.site) if over and over.site else when.header
    week = week_of(header.started_at, services.settings.timezone)
    tree = area_tree(services.store, week)
    site, checklist = _site(services, kind, header, tree), services.library.version(header.version)
    problems = _reference_problems(header, site, checklist)
    if problems or isinstance(site, Problem) or checklist is None:
        return _refused(problems)
    told = "" if over and over.site else _area_told(raw)  # the phone tells the area of the site that it names
    site, changed = _as_begun(services, kind, site, checklist, told, tree, header.started_at)
    submission = kind.parse(raw, header, checklist)
    if isinstance(submission, list):
        return _refused(submission)
    if submission.partner == inspector.name:
        return _refused([Problem("submission.partner_oneself", ("partner",))])
    # The fingerprint is of what will be sent again, not of what is kept.
    print_ = (over and over.sent_as) or fingerprint(sent)
    submission = replace(moved(submission, when), header=header, fingerprint=print_)
    if over and not over.strict:
        submission = with_what_came(services, submission)
    score = kind.score(submission, checklist, site)
    if (not over or over.strict) and (problems := photo_problems(submission, checklist, score)):
        return _refused(problems)
    if missing := not_held(services, submission):
        return lacking(missing)
    blanked = each_once(over.blanked if over else (), again.blanked)
    inspection = _inspection(kind, submission, site, inspector, week, score, now)
    inspection = replace(inspection, clock=when.clock, blanked=blanked)
    claim = replace(submission.claim, area=told if "site_moved" in changed else "")
    doubts = (*changed, *partner_doubts(services, inspector.name, submission.partner, week, site.code))
    return with_presence(services, inspection, claim, came_at, doubts)


def _custody(inspection: Inspection) -> dict[str, object]:
    """What the audit log says of an inspection: enough to tell whether it is still the same."""
    return {
        "fingerprint": inspection.fingerprint,
        "rate": inspection.rate,
        "counting": inspection.presence.state,
        "photos": [photo.sha256 for photo in inspection.photos],
        **({"audio": [one.sha256 for one in inspection.recordings]} if inspection.recordings else {}),
        **({"partner": inspection.partner} if inspection.partner else {}),
    }


def _again(services: Services, kept: Kept[Inspection], inspector: User, sent: str) -> Outcome:
    same = kept.value.fingerprint == sent and kept.value.inspector == inspector.name
    if not same:
        is_told = kept.value.inspector == inspector.name and _is_taken_over(services, kept.id)
        code = "submission.taken_over" if is_told else "submission.id_taken"
        return Outcome(Taken.CONFLICT, problems=(Problem(code),))
    if missing := not_held(services, kept.value):  # who sends it again still has them
        return lacking(missing)
    return Outcome(Taken.SAME, kept)


def _was_taken_over(services: Services, inspector: str, id: str, raw: object) -> bool:
    """Whether the office made a visit of what was filled in on the same form and came under another id."""
    return any(one.value.decision == ACCEPTED for one in held_of_form(services, inspector, id, raw))


def as_settled(held: HeldImport, now: datetime) -> HeldImport:
    """The same, left out as its sender has sent it again."""
    return replace(held, decision=LEFT_OUT, decided_by=held.inspector, decided_at=now, reason=SENT_ANEW)


def _is_taken_over(services: Services, id: str) -> bool:
    """Whether the office made a visit of what waited under this id: its sender, untold, may have changed it since."""
    held = HELD_IMPORTS.get(services.store, id)
    return held is not None and held.value.decision == ACCEPTED


def _site(services: Services, kind: Kind[Any], header: Header, tree: AreaTree) -> Site | Problem:
    """The site as the kind of submission tells it, with the area that it lies in by the areas of its week."""
    site = kind.locate(header, lambda code: find_site(services.store, code), tree)
    return replace(site, area=tree.standing(site.area)) if isinstance(site, Site) else site


def _as_begun(
    services: Services,
    kind: Kind[Any],
    site: Site,
    checklist: Checklist,
    told: str,
    tree: AreaTree,
    started_at: datetime,
) -> tuple[Site, tuple[str, ...]]:
    """The site as the visit found it, and what is other now; a report is of no registered site."""
    if not kind.counted:
        return site, ()
    begun, changed = as_begun(site, checklist.id, told, tree)
    is_old = is_outdated(started_at, services.library.replaced_at(checklist))
    return begun, (*changed, "checklist_replaced") if is_old else changed


def _area_told(raw: Mapping[str, Any]) -> str:
    """The code of the area in which the phone was told that the site lies; empty where it does not say."""
    area = raw.get("area")
    return area if isinstance(area, str) else ""


def _reference_problems(header: Header, site: Site | Problem, checklist: Checklist | None) -> list[Problem]:
    """What there is not. That the site is looked at by another checklist meanwhile is no reason to refuse."""
    problems = [site] if isinstance(site, Problem) else []
    if checklist is None or checklist.id != header.checklist:
        problems.append(
            Problem(
                "submission.version_unknown",
                ("version",),
                details={"checklist": header.checklist, "version": header.version},
            )
        )
    elif isinstance(site, Site) and site.site_type != AD_HOC == checklist.id:
        problems.append(
            Problem(
                "submission.other_checklist",
                ("checklist",),
                details={"site": site.name, "site_type": site.site_type, "checklist": checklist.id},
            )
        )
    return problems


def not_held(services: Services, named: Submission | Inspection) -> list[str]:
    """The hashes of photos, then of recordings, that it names and that did not come yet, are gone, or damaged.

    Those in an object store are read, for it may have lost what it acknowledged.
    """
    photos = dict.fromkeys(one.sha256 for one in named.photos)
    recordings = dict.fromkeys(one.sha256 for one in named.recordings)
    return [
        *(sha256 for sha256 in photos if not has_whole(services.photos, sha256)),
        *(sha256 for sha256 in recordings if not has_whole(services.recordings, sha256)),
    ]


def lacking(missing: list[str]) -> Outcome:
    """Refused until the files with these hashes have come, or have come again."""
    hashes = tuple(sha256[:12] for sha256 in missing)
    problem = Problem("submission.files_missing", ("photos",), {"count": len(missing), "hashes": hashes})
    return Outcome(Taken.REFUSED, problems=(problem,), missing=tuple(missing))


def with_what_came(services: Services, named: Named) -> Named:
    """The same with those of its photos and recordings only whose originals are here whole."""
    return replace(
        named,
        photos=tuple(photo for photo in named.photos if services.photos.is_whole(photo.sha256)),
        recordings=tuple(one for one in named.recordings if services.recordings.is_whole(one.sha256)),
    )


def _refused(problems: list[Problem]) -> Outcome:
    return Outcome(Taken.REFUSED, problems=tuple(problems))


def _inspection(
    kind: Kind[Any],
    submission: Submission,
    site: Site,
    inspector: User,
    week: str,
    score: InspectionScore,
    now: datetime,
) -> Inspection:
    header = submission.header
    return Inspection(
        kind=kind.name,
        week=week,
        state=state_of(score.items, ()),
        site=site,
        area=site.area,
        checklist=header.checklist,
        version=header.version,
        inspector=inspector.name,
        started_at=header.started_at,
        finished_at=header.finished_at,
        received_at=now,
        answers=submission.raw["answers"],
        photos=submission.photos,
        recordings=submission.recordings,
        taps=submission.taps or {},
        fingerprint=submission.fingerprint,
        rate=score.rate,
        capped=score.capped,
        items=score.items,
        reviews={},
        partner=submission.partner,
    )
