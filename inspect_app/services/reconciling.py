"""Whether what is kept is what the log says: documents, photos and recordings, published weeks.

Documents are compared by the witnesses in the log, and by what entries tell of them in words, which those written
before there were witnesses do as well. What neither tells of is counted, never passed over in silence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from ..collections import Collection, TooNew
from ..collections.accounts.device_key import DEVICE_KEYS
from ..collections.accounts.token import TOKENS
from ..collections.accounts.user import USERS
from ..collections.cases.case import CASES
from ..collections.checklists.checklist import CHECKLISTS
from ..collections.evidence.removed import REMOVED
from ..collections.index.publication import PUBLICATIONS
from ..collections.index.scheme import SCHEME_PUBLICATIONS
from ..collections.index.week_frame import FRAME_AREAS, WEEK_FRAMES
from ..collections.inspecting.held_import import HELD_IMPORTS
from ..collections.inspecting.inspection import INSPECTIONS
from ..collections.plan.week_plan import REGISTERS, WEEK_PLANS
from ..collections.witness import Witness
from ..domain.accounts.token import Token
from ..domain.accounts.user import Account
from ..domain.cases.case import Case
from ..domain.checklists.checklist import Checklist
from ..domain.index.publication import Publication, Revision
from ..domain.inspecting.held_import import ACCEPTED
from ..domain.inspecting.inspection import Inspection
from ..domain.plan.draw import digest_of
from ..domain.weeks import instant_of, utc_text
from ..store import Store, Stored, StoreDamaged
from .audit import note_witnesses
from .witness import WITNESSED, as_told, read_witnesses

if TYPE_CHECKING:
    from ..photos import PhotoStore
    from . import Services

Key = tuple[str, str]
"""Collection and id of a document."""
Media = tuple[str, "PhotoStore", str, str]
"""A kept photo or recording: kind of file, where it is kept, its hash, and by whom it is named."""
T = TypeVar("T")
_PHOTOS, _RECORDINGS = "photos/originals", "audio/originals"
_BATCH = 100
_AGAIN = 5
"""Times that the comparison is made anew because somebody acted meanwhile."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first thing that is not as the log says: collection or kind of file, id, field where known, in words."""

    of: str
    id: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class Compared:
    """How much was compared, and of how many documents the log says nothing because they are older than it."""

    documents: int
    files: int
    weeks: int
    unwitnessed: int


@dataclass(slots=True)
class _Told:
    """What the log says last of each document, and since when of any of a collection."""

    witness: dict[Key, tuple[int, Witness]] = field(default_factory=dict)
    facts: dict[Key, dict[str, tuple[int, Any]]] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)


def compare(services: Services, *, files: bool = True, weeks: bool = True) -> Compared | Difference:
    """Compare what is kept with the log; ``files`` are photos and recordings, ``weeks`` what was frozen of published
    weeks, which are all read for it.

    The server may be at work: where something differs and an act came meanwhile, it is compared again.
    """
    for _ in range(_AGAIN):
        head = services.audit.head()
        found = _compared(services, files, weeks)
        if isinstance(found, Compared) or services.audit.head() == head:
            break
    return found


def witness_unwitnessed(services: Services, who: str, now: datetime) -> int | Difference:
    """Have the log tell, from now on, of every document that is older than its witnesses; how many these were.

    Nothing is done where anything is not as the log says already.
    """
    compared, told = compare(services, files=False), _told(services)
    if isinstance(compared, Difference):
        return compared
    known = told.witness if isinstance(told, _Told) else {}
    count = 0
    for collection in WITNESSED.values():
        rest = [
            stored
            for stored in _all(services.store, collection)
            if (collection.name, as_told(services.store, collection.name, stored).id) not in known
        ]
        for start in range(0, len(rest), _BATCH):
            note_witnesses(services.store, who, now, collection.name, rest[start : start + _BATCH])
        count += len(rest)
    return count


def _compared(services: Services, files: bool, weeks: bool) -> Compared | Difference:
    told = _told(services)
    if isinstance(told, Difference):
        return told
    documents, unwitnessed, seen = 0, 0, set()
    for collection in WITNESSED.values():
        for stored in _all(services.store, collection):
            shown = as_told(services.store, collection.name, stored)
            key = collection.name, shown.id
            seen.add(key)
            if difference := _document_difference(told, collection, stored, shown):
                return difference
            documents += 1
            unwitnessed += key not in told.witness
    for name, id in [*told.witness, *told.facts]:
        if (name, id) not in seen:
            return Difference(name, id, "", "日志中有，数据中没有：已被删去")
    return _misnamed(services.store) or _file_difference(services, files, weeks, documents, unwitnessed)


def _misnamed(store: Store) -> Difference | None:
    """The first document that is named by the hash of its content and has another, or that a plan lacks."""
    for collection, name_of in _NAMED_BY_CONTENT:
        for stored in store.find(collection.name):
            value = _read(collection, stored)
            if value is None or name_of(value) != stored.id:
                return Difference(collection.name, stored.id, "", "内容与编号不符：被改写")
    for plan in WEEK_PLANS.find(store):
        if plan.value.commitment and REGISTERS.get(store, plan.value.register) is None:
            return Difference(REGISTERS.name, plan.value.register, "", f"{plan.id} 的抽取用的登记，已被删去")
    return _without_frame_files(store) or _without_checklist(store)


def _without_frame_files(store: Store) -> Difference | None:
    """The first register or list of areas that the figures of a week rest on and that is gone."""
    for week in WEEK_FRAMES.find(store):
        for frame in week.value:
            for collection, digest in ((REGISTERS, frame.register), (FRAME_AREAS, frame.areas)):
                if collection.get(store, digest) is None:
                    return Difference(collection.name, digest, "", f"{week.id} 的指数依据的登记或区域，已被删去")
    return None


def _without_checklist(store: Store) -> Difference | None:
    """The first version of a checklist that an inspection was scored by and that is gone."""
    kept = {stored.id for stored in store.find(CHECKLISTS.name)}
    for week in INSPECTIONS.weeks(store):
        for inspection in INSPECTIONS.find(store, week=week):
            if (version := inspection.value.version) not in kept:
                return Difference(CHECKLISTS.name, version, "", f"测评 {inspection.id} 用的清单版本，已被删去")
    return None


def _file_difference(
    services: Services, files: bool, weeks: bool, documents: int, unwitnessed: int
) -> Compared | Difference:
    revisions = _revisions(services) if weeks else []
    if damage := next(damages_published(services) if weeks else iter(()), None):
        return Difference("published", damage.of, "", f"第{damage.revision}版{damage.said}")
    count = 0
    for name, photos, sha256, owner in media_named(services) if files else ():
        content = photos.read(sha256)
        if content is None or hashlib.sha256(content).hexdigest() != sha256:
            gone = "读不出来" if photos.has(sha256) else "缺失"
            return Difference(name, sha256, "", f"{gone if content is None else '字节被改动'}（{owner}）")
        count += 1
    return Compared(documents, count, len(revisions), unwitnessed)


@dataclass(frozen=True, slots=True)
class Damage:
    """What is gone, or is other than was frozen, with a revision of a week or of a scheme's period; in Chinese."""

    of: str
    revision: int
    said: str

    def __str__(self) -> str:
        return f"{self.of} 第{self.revision}版：{self.said}"


def damages_published(services: Services) -> Iterator[Damage]:
    """Of all published weeks, of each revision its figures first; all is read anew.

    Raises ``StoreDamaged``, at once, where publications cannot be read.
    """
    revisions = _revisions(services)
    return (Damage(week, one.number, said) for week, one in revisions for said in _damages_of(services, one))


def damages_of_tables(services: Services) -> Iterator[Damage]:
    """Of all published tables of schemes, as ``damages_published``."""
    tables = [
        (kept.id, n, one) for kept in SCHEME_PUBLICATIONS.find(services.store) for n, one in enumerate(kept.value, 1)
    ]
    return (Damage(id, n, said) for id, n, one in tables for said in services.frozen.damaged_files(one.files))


def _revisions(services: Services) -> list[tuple[str, Revision]]:
    return [(kept.id, revision) for kept in PUBLICATIONS.find(services.store) for revision in kept.value.revisions]


def _damages_of(services: Services, revision: Revision) -> Iterator[str]:
    if revision.digest and (damaged := services.frozen.damaged(revision.digest)):
        yield f"冻结的数据「{damaged}」缺失或被改动"
    for files in filter(None, (revision.files, revision.visits)):
        yield from services.frozen.damaged_files(files)


def media_named(services: Services) -> Iterator[Media]:
    """Every photo and recording that a document names; of what waits for the office or was left out, those that came.

    Without those that a rule of retention removed and nobody sent again. Weeks and collections that cannot be read are
    left out: whoever needs their documents is told.
    """
    gone = {kept.id for kept in _unless_damaged(lambda: REMOVED.find(services.store))}
    return (one for one in _named(services) if one[2] not in gone or one[1].has(one[2]))


def _named(services: Services) -> Iterator[Media]:
    for week in INSPECTIONS.weeks(services.store):
        yield from _unless_damaged(partial(_media_of_week, services, week))
    yield from _unless_damaged(partial(_media_of_cases, services))
    yield from _unless_damaged(partial(_media_held, services))


def _unless_damaged(media: Callable[[], list[T]]) -> list[T]:
    with suppress(StoreDamaged):
        return media()
    return []


def _media_of_week(services: Services, week: str) -> list[Media]:
    found: list[Media] = []
    for kept in INSPECTIONS.find(services.store, week=week):
        found += [(_PHOTOS, services.photos, one.sha256, kept.id) for one in kept.value.photos]
        found += [(_RECORDINGS, services.recordings, one.sha256, kept.id) for one in kept.value.recordings]
    return found


def _media_of_cases(services: Services) -> list[Media]:
    cases = CASES.find(services.store)
    return [(_PHOTOS, services.photos, one.sha256, case.id) for case in cases for one in case.value.after]


def _media_held(services: Services) -> list[Media]:
    """An inspection that was taken over names its photos itself."""
    held = [kept for kept in HELD_IMPORTS.find(services.store) if kept.value.decision != ACCEPTED]
    named = [(sha256, kept.id) for kept in held for sha256 in kept.value.photos]
    return [(_PHOTOS, services.photos, sha256, id) for sha256, id in named if services.photos.has(sha256)]


def _all(store: Store, collection: Collection[Any]) -> Iterator[Stored]:
    if not collection.weekly:
        yield from store.find(collection.name)
        return
    for week in collection.weeks(store):  # one week at a time is in memory
        yield from store.find(collection.name, week=week)


def _document_difference(told: _Told, collection: Collection[Any], stored: Stored, shown: Stored) -> Difference | None:
    """What is different of a document; ``shown`` is as the log is told of it."""
    key = collection.name, shown.id
    value = _read(collection, stored)
    if value is not None and (difference := _fact_difference(told, key, value)):
        return difference
    if key in told.witness:
        return _witness_difference(*told.witness[key], stored, shown)
    if value is None:
        return Difference(*key, "", "内容读不出来")
    since, began = _since(told, collection.name), _BEGAN.get(collection.name)
    if since and key not in told.facts and began and began(value) >= since:
        return Difference(*key, "", "数据中有，日志中没有：不是经本系统的操作保存的")
    return None


def _read(collection: Collection[Any], stored: Stored) -> Any:
    """The value of a document; None where what somebody wrote there is none."""
    try:
        return collection.kept(stored).value
    except (ValueError, KeyError, TypeError, AttributeError, TooNew):
        return None


def _fact_difference(told: _Told, key: Key, value: Any) -> Difference | None:
    facts = told.facts.get(key, {})
    now = FACTS[key[0]](value) if facts else {}
    for name, (seq, said) in facts.items():
        if now.get(name) != said:
            return Difference(*key, name, f"日志第{seq}条记的是「{said}」，现为「{now.get(name)}」")
    return None


def _since(told: _Told, collection: str) -> datetime | None:
    """Since when there is nothing new in a collection of which the log says nothing."""
    # That these have witnesses is as old as that anything has; of the others it is known by their own.
    return min(told.since.values(), default=None) if collection in _FROM_THE_FIRST else told.since.get(collection)


def _witness_difference(seq: int, witness: Witness, stored: Stored, shown: Stored) -> Difference | None:
    if witness.is_of(shown):
        return None
    fields = "、".join(witness.differing(shown))
    return Difference(witness.collection, shown.id, fields, f"与日志第{seq}条之后的内容不符（第{stored.revision}稿）")


def _told(services: Services) -> _Told | Difference:
    """What the log says last; or that one of its acts found a document that was not as the act before had left it."""
    told = _Told()
    void = {entry["after"]["seq"] for entry in services.audit.entries() if entry["act"] == "void"}
    for entry in services.audit.entries():
        if entry["seq"] in void:
            continue
        for witness in read_witnesses(entry):
            key = witness.collection, witness.id
            told.since.setdefault(witness.collection, instant_of(entry["at"]))
            before = told.witness.get(key)
            if before and witness.replaced != before[1].sha256:
                return Difference(*key, "", f"在日志第{before[0]}条与第{entry['seq']}条之间被改写")
            told.witness[key] = entry["seq"], witness
        for of, id, name, value in _facts_of(entry):
            told.facts.setdefault((of, id), {})[name] = entry["seq"], value
    return told


def _facts_of(entry: Mapping[str, Any]) -> Iterator[tuple[str, str, str, Any]]:
    """Collection, id, name and value of what an entry tells of a document, by names as in ``FACTS``."""
    act, after = entry["act"], entry["after"] or {}
    id, _, item = entry["of"].partition("/")
    if act in ("inspection.submitted", "inspection.imported"):
        yield INSPECTIONS.name, id, "inspector", after.get("inspector", entry["who"])
        yield from ((INSPECTIONS.name, id, name, after[name]) for name in _OF_VISITS if name in after)
    elif act.startswith("finding."):
        yield INSPECTIONS.name, id, f"decision/{item}", None if act == "finding.reopened" else after["decision"]
        yield INSPECTIONS.name, id, "rate", after["rate"]
    elif act == "inspection.corrected":
        yield from ((INSPECTIONS.name, id, name, after[name]) for name in ("rate", "photos", "audio"))
    elif act == "presence.partner_absent":
        yield INSPECTIONS.name, id, "partner", after["partner"]
    elif act == "presence.moved":
        yield INSPECTIONS.name, id, "rate", after["rate"]
    elif act.startswith("case."):
        yield from ((CASES.name, id, name, after[name]) for name in _OF_CASES if name in after)
    elif act in ("week.published", "week.corrected") and "digest" in after:
        yield PUBLICATIONS.name, id, f"revision {after['revision']}", after["digest"]
    elif act == "account.added":
        yield USERS.name, item, "role", after["role"]
    elif act == "token.made":
        yield TOKENS.name, item, "user", after["user"]


def _visit(inspection: Inspection) -> Mapping[str, Any]:
    return {
        "inspector": inspection.inspector,
        "partner": inspection.partner,
        "fingerprint": inspection.fingerprint,
        "rate": inspection.rate,
        "photos": [photo.sha256 for photo in inspection.photos],
        "audio": [recording.sha256 for recording in inspection.recordings],
        **{f"decision/{item}": decision for item, decision in inspection.decisions.items()},
    }


def _case(case: Case) -> Mapping[str, Any]:
    course = case.course
    deadline = utc_text(course.deadline) if course.deadline else None
    found = {"state": course.state.value, "unit": course.unit, "deadline": deadline}
    return {**found, "inspection": case.inspection, "item": case.item}


def _publication(publication: Publication) -> Mapping[str, Any]:
    return {f"revision {one.number}": one.digest for one in publication.revisions}


def _account(account: Account) -> Mapping[str, Any]:
    return {"role": account.user.role.value}


def _token(token: Token) -> Mapping[str, Any]:
    return {"user": token.user}


def _version(checklist: Checklist) -> str:
    return checklist.version


_NAMED_BY_CONTENT: tuple[tuple[Collection[Any], Callable[[Any], str]], ...] = (
    (REGISTERS, digest_of),
    (FRAME_AREAS, digest_of),
    (CHECKLISTS, _version),
)
"""Collections whose ids are hashes of what is under them."""
_OF_VISITS = ("fingerprint", "rate", "photos", "audio", "partner")
_OF_CASES = ("state", "unit", "deadline", "inspection", "item")
FACTS: Mapping[str, Callable[[Any], Mapping[str, Any]]] = {
    INSPECTIONS.name: _visit,
    CASES.name: _case,
    PUBLICATIONS.name: _publication,
    USERS.name: _account,
    TOKENS.name: _token,
}
"""By collection, what entries of the log tell of a document in words, as it is now."""
_BEGAN: Mapping[str, Callable[[Any], datetime]] = {
    INSPECTIONS.name: lambda inspection: inspection.received_at,
    CASES.name: lambda case: case.filed_at,
    PUBLICATIONS.name: lambda publication: publication.revisions[0].published_at,
    USERS.name: lambda account: account.created_at,
    TOKENS.name: lambda token: token.created_at,
    DEVICE_KEYS.name: lambda key: key.at,
}
"""When a document was first kept, as it says itself."""
_FROM_THE_FIRST = {INSPECTIONS.name, CASES.name, PUBLICATIONS.name}
