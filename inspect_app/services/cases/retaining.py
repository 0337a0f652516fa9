"""Removing photos and recordings whose time is over, by a rule, with a word in the log (docs/operate/retention.md).

1. What is due is found without a change. 2. An act keeps that these are removed, with its entry; it fails where their
inspection or case changed meanwhile. 3. The files go, with every picture made of them. A kill between 2 and 3 leaves
files that are said to be removed: the next run takes them first, as it does what a phone or a restored backup
brought back. What was sent again with something that is younger is evidence of that, and stays for as long as it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...collections import LAYOUTS, Kept
from ...collections.cases.case import CASES, FILED
from ...collections.evidence.checks import PHOTO_CHECKS
from ...collections.evidence.comparison import PHOTO_COMPARISONS
from ...collections.evidence.redaction import REDACTIONS
from ...collections.evidence.removed import REMOVED
from ...collections.evidence.search import SEARCHES
from ...collections.evidence.turns import PHOTO_TURNS
from ...collections.hashes import hashes_in
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.cases.case import Case
from ...domain.cases.retention import RULE, Stays
from ...domain.evidence.removed import Removed
from ...domain.inspecting.inspection import Inspection
from ...photos import PhotoStore
from ...store import Given, Stale
from .. import PHOTOS, RECORDINGS, Services
from ..audit import Entry, keep
from .old_visits import OldVisit, all_visits

RETAINER = "保存期限"
"""Who the log names for what was removed by the rule."""
_ABOUT = {
    one.name
    for one in (
        *(INSPECTIONS, CASES, FILED, REMOVED),
        *(PHOTO_CHECKS, PHOTO_COMPARISONS, SEARCHES, REDACTIONS, PHOTO_TURNS),
    )
}
"""What only tells of a photo, or is asked apart. Whatever else names one keeps it, also what later versions write."""


@dataclass(frozen=True, slots=True)
class Expired:
    """An inspection with its cases, and the originals of theirs that go: by hash, of which kind, how many bytes."""

    inspection: Kept[Inspection]
    cases: tuple[Kept[Case], ...]
    files: Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Expiry:
    """What a run removes: inspections in order; how many originals stay for which reason; what an earlier run left;
    and how many files are there yet, because an object store keeps what came in the last hours.
    """

    due: tuple[Expired, ...] = ()
    stay: Mapping[Stays, int] = field(default_factory=dict)
    left: tuple[tuple[str, str], ...] = ()
    later: int = 0

    def counts(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """By week and kind: how many files, how many bytes."""
        found: dict[tuple[str, str], tuple[int, int]] = {}
        for one in self.due:
            for kind, size in one.files.values():
                files, total = found.get((one.inspection.value.week, kind), (0, 0))
                found[(one.inspection.value.week, kind)] = (files + 1, total + size)
        return dict(sorted(found.items()))


def plan(services: Services, now: datetime) -> Expiry:
    """What would be removed now, by the setting; nothing is changed. Without the setting, nothing is due."""
    days = services.settings.retention_days
    if not days:
        return Expiry()
    before = now - timedelta(days=days)
    old, kept_by, reasons = _looked_through(services, before)
    named = hashes_in(services.store, (one.name for one in LAYOUTS if one.name not in _ABOUT))
    public = {kept.value.sha256 for kept in REDACTIONS.find(services.store) if kept.value.public}
    due = []
    for visit in old:
        files = {}
        for sha256, kind in _files(visit.inspection.value, visit.cases).items():
            if why := Stays.PUBLIC if sha256 in public else Stays.NAMED if sha256 in named | kept_by else None:
                reasons[why] += 1
            elif (size := _store(services, kind).size(sha256)) is not None:
                files[sha256] = (kind, size)
        due += [Expired(visit.inspection, visit.cases, files)] if files else []
    left = tuple(one for one in _left(services, now) if one[1] not in named | kept_by | public)
    return Expiry(tuple(due), dict(reasons), left)


def run(services: Services, now: datetime) -> Expiry:
    """Remove what is due; what was removed, without what somebody worked with meanwhile. A killed one is run again.

    Raises ``OSError`` where a file or object cannot be removed; what was told of so far is removed by the next run.
    """
    found, done = plan(services, now), []
    later = _remove_all(services, found.left, now)
    for one in found.due:
        if _is_told(services, one, now):
            done.append(one)
            later += _remove_all(services, ((kind, sha256) for sha256, (kind, _) in one.files.items()), now)
    return Expiry(tuple(done), found.stay, found.left, later)


def _looked_through(services: Services, before: datetime) -> tuple[list[OldVisit], set[str], Counter[Stays]]:
    """Inspections whose files may go, what others name, and how many files of old inspections stay, for what."""
    old: list[OldVisit] = []
    kept_by: set[str] = set()
    reasons = Counter[Stays]()
    for visit in all_visits(services, before):
        if visit.is_due:
            old.append(visit)
            continue
        files = _files(visit.inspection.value, visit.cases)
        kept_by |= files.keys()
        if visit.stays:
            reasons[visit.stays] += len(files)
    return old, kept_by, reasons


def _files(inspection: Inspection, cases: tuple[Kept[Case], ...]) -> dict[str, str]:
    """The originals of an inspection and its cases, with their kind."""
    after = [photo.sha256 for case in cases for photo in case.value.after]
    photos = [*(photo.sha256 for photo in inspection.photos), *after]
    return dict.fromkeys(photos, PHOTOS) | {one.sha256: RECORDINGS for one in inspection.recordings}


def _is_told(services: Services, due: Expired, now: datetime) -> bool:
    """Whether store and log say what goes, from an earlier run or from now on."""
    rule, week = RULE.format(days=services.settings.retention_days), due.inspection.value.week
    values = {sha256: Removed(kind, week, size, rule, now) for sha256, (kind, size) in due.files.items()}
    new = {sha256: value for sha256, value in values.items() if REMOVED.get(services.store, sha256) is None}
    return not new or _kept(services, due, new, now)


def _kept(services: Services, due: Expired, new: Mapping[str, Removed], now: datetime) -> bool:
    """Have the store and the log say what goes; False where the inspection or a case is another by now."""
    told = {
        "rule": RULE.format(days=services.settings.retention_days),
        "week": due.inspection.value.week,
        **Counter(value.kind for value in new.values()),
        "bytes": sum(value.bytes for value in new.values()),
    }
    given = [Given(INSPECTIONS.name, due.inspection.id, due.inspection.revision)]
    given += [Given(CASES.name, case.id, case.revision) for case in due.cases]
    entry = Entry("retention.removed", due.inspection.id, after=told)
    try:
        writes = [REMOVED.writing(sha256, value) for sha256, value in new.items()]
        keep(services.store, RETAINER, now, [entry], writes, given=given)
    except Stale:
        return False
    return True


def _left(services: Services, now: datetime) -> Iterator[tuple[str, str]]:
    """Originals that are said to be removed, and are there."""
    gone = {kept.id: kept.value.kind for kept in REMOVED.find(services.store)}
    for kind in (PHOTOS, RECORDINGS) if gone else ():
        there = _store(services, kind).kept_before(now + timedelta(days=1))
        yield from ((kind, sha256) for sha256 in there if gone.get(sha256) == kind)


def _remove_all(services: Services, files: Iterable[tuple[str, str]], now: datetime) -> int:
    """Remove files by kind and hash; how many of them are there yet."""
    return sum(not _remove(services, kind, sha256, now) for kind, sha256 in files)


def _remove(services: Services, kind: str, sha256: str, now: datetime) -> bool:
    store = _store(services, kind)
    store.remove(sha256, now)
    store.forget_derived(sha256)
    return not store.has(sha256)


def _store(services: Services, kind: str) -> PhotoStore:
    return services.photos if kind == PHOTOS else services.recordings
