"""Which documents the log is a witness of: every act's entry says what they are from then on.

What a document has of secrets is told by a salted hash only. The salt is kept beside the documents and not in the log:
who has the log alone cannot even try out what a secret may be.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple
from typing import Any

from ..collections.accounts.device import DEVICES
from ..collections.accounts.device_key import DEVICE_KEYS
from ..collections.accounts.factors import FACTORS
from ..collections.accounts.rules import ACCOUNT_RULES
from ..collections.accounts.sign_in_code import SIGN_IN_CODES
from ..collections.accounts.throttle import SIGN_IN_TRIES
from ..collections.accounts.token import TOKENS
from ..collections.accounts.unit import UNITS
from ..collections.accounts.user import USERS
from ..collections.cases.cards import CASE_SETTINGS
from ..collections.cases.case import CASE_NUMBERS, CASES, FILED
from ..collections.cases.delivery import DELIVERIES
from ..collections.cases.reminder import REMINDERS
from ..collections.checklists.checklist import CHECKLISTS
from ..collections.checklists.draft import DRAFTS
from ..collections.checklists.edition import EDITIONS
from ..collections.checklists.last_good import LAST_GOOD
from ..collections.checklists.references import REFERENCE_SETS, REFERENCE_UPLOADS
from ..collections.demonstration import DEMONSTRATION
from ..collections.evidence.captions import CAPTION_RULES
from ..collections.evidence.checks import PHOTO_CHECKS
from ..collections.evidence.comparison import PHOTO_COMPARISONS
from ..collections.evidence.redaction import REDACTIONS
from ..collections.evidence.removed import REMOVED
from ..collections.evidence.saved_filters import SAVED_FILTERS
from ..collections.evidence.search import SEARCHES
from ..collections.evidence.sent_bytes import SENT_BYTES
from ..collections.evidence.turns import PHOTO_TURNS
from ..collections.form import FORMS
from ..collections.index.outside_figures import OUTSIDE_FIGURES
from ..collections.index.publication import PUBLICATIONS
from ..collections.index.scheme import SCHEME_FIGURES, SCHEME_PUBLICATIONS, SCHEMES
from ..collections.index.timestamp import TIMESTAMPS
from ..collections.index.week_frame import FRAME_AREAS, WEEK_FRAMES
from ..collections.inspecting.held_import import HELD_IMPORTS
from ..collections.inspecting.inspection import INSPECTIONS
from ..collections.inspecting.news_seen import NEWS_SEEN
from ..collections.log_salt import LOG_SALTS, THE_SALT
from ..collections.noted_key import NOTED_KEYS
from ..collections.place.area import AREA_CHANGES, AREAS
from ..collections.place.site import SITES
from ..collections.plan.missed_site import MISSED_SITES
from ..collections.plan.validation import VALIDATION_RULES, VALIDATIONS
from ..collections.plan.week_plan import AVOIDANCES, PLAN_SETTINGS, REGISTERS, WEEK_PLANS
from ..collections.quality.calibration import CALIBRATION_JUDGINGS, CALIBRATION_ROUNDS
from ..collections.quality.complaints import COMPLAINTS, PLAUSIBILITY_RULES
from ..collections.start_settings import START_SETTINGS
from ..collections.witness import Witness, told, witness_as_kept, witness_of
from ..domain.commitments import canonical
from ..store import Store, Stored, Write

WITNESSED = {
    collection.name: collection
    for collection in (
        INSPECTIONS,
        HELD_IMPORTS,
        CASES,
        FILED,
        CASE_NUMBERS,
        CASE_SETTINGS,
        PUBLICATIONS,
        OUTSIDE_FIGURES,
        WEEK_FRAMES,
        SCHEMES,
        SCHEME_FIGURES,
        SCHEME_PUBLICATIONS,
        REDACTIONS,
        PHOTO_TURNS,
        CAPTION_RULES,
        REMOVED,
        WEEK_PLANS,
        PLAN_SETTINGS,
        AVOIDANCES,
        MISSED_SITES,
        VALIDATION_RULES,
        VALIDATIONS,
        SITES,
        AREAS,
        AREA_CHANGES,
        EDITIONS,
        REFERENCE_SETS,
        REFERENCE_UPLOADS,
        CALIBRATION_ROUNDS,
        CALIBRATION_JUDGINGS,
        COMPLAINTS,
        PLAUSIBILITY_RULES,
        UNITS,
        USERS,
        FACTORS,
        ACCOUNT_RULES,
        TOKENS,
        DEVICE_KEYS,
        START_SETTINGS,
    )
}
"""Collections whose documents are kept by logged acts only, so that one that is not as the log says was rewritten."""

_APART = {name for name, one in WITNESSED.items() if one.secret or one.hashed_id or one.lasting}
"""Those of which the log is not told everything as it is."""

NOT_WITNESSED: Mapping[str, str] = {
    CHECKLISTS.name: "an id is the hash of the content, which is compared with it",
    FRAME_AREAS.name: "an id is the hash of the content, which is compared with it",
    REGISTERS.name: "an id is the hash of the content, which is compared with it",
    TIMESTAMPS.name: "a stamp proves itself, and is verified; tries that failed are no evidence",
    PHOTO_COMPARISONS.name: "computed from photos, and again whenever the rules of it change",
    PHOTO_CHECKS.name: "computed from photos and inspections, and again whenever the rules of it change",
    SEARCHES.name: "computed from photos, and again whenever the way of searching changes",
    LAST_GOOD.name: "what the files and editions in force said last; each look at them writes it anew",
    DEVICES.name: "sessions: every sign-in begins one and every hour notes it; that one was revoked is in the log",
    SIGN_IN_CODES.name: "good once and for five minutes; that one was made or revoked is in the log",
    SIGN_IN_TRIES.name: "counters of wrong tries, gone after a while",
    SENT_BYTES.name: "counters of bytes, of the last days",
    REMINDERS.name: "notes of what was sent; without one a thing is told again",
    DELIVERIES.name: "notes of what is being sent; without one a thing is told under another id",
    DRAFTS.name: "files that were looked at; what was taken over is an edition",
    SAVED_FILTERS.name: "everybody's own convenience",
    NEWS_SEEN.name: "until when somebody has looked; without it what is new is told again",
    DEMONSTRATION.name: "a mark; what the demonstration put in is in the log",
    FORMS.name: "which versions of documents there are, found out at every start",
    NOTED_KEYS.name: "noted of the files themselves when one is first there; that one was renewed is in the log",
    LOG_SALTS.name: "with another salt no document that was told with it is as the log says",
}
"""By name, why the log tells nothing of what is in the other collections."""


def witnesses(store: Store, writes: Sequence[Write]) -> list[list[Any]]:
    """What the entry of an act says of what it keeps, as ``read_witnesses`` takes it."""
    return [list(astuple(_witness(store, write))) for write in writes if write.collection in WITNESSED]


def as_they_stand(store: Store, collection: str, some: Sequence[Stored]) -> list[list[Any]]:
    """The same of documents that nobody changes."""
    if collection in _APART:
        _make_salt(store)
    return [list(astuple(witness_as_kept(collection, as_told(store, collection, stored)))) for stored in some]


def read_witnesses(entry: Mapping[str, Any]) -> Iterator[Witness]:
    """What an entry says that its act kept; nothing where an earlier version of the program wrote it."""
    return (Witness(*row) for row in entry.get("kept") or ())


def as_told(store: Store, collection: str, stored: Stored) -> Stored:
    """A document as the log is told of it: itself, or without its secrets and what changes by itself."""
    return told(WITNESSED[collection], stored, _salt(store)) if collection in _APART else stored


def salted_for_the_log(store: Store, name: str, value: str) -> str:
    """What the log is told of a secret that is in no document: 16 digits that tell one value from another."""
    _make_salt(store)
    return _salted(_salt(store), name, value)


def own_name(salt: str) -> str:
    """What tells the installation with this salt from others, wherever it lies; a restored one is the same."""
    return _salted(salt.encode(), "installation", "objects")


def _salted(salt: bytes, name: str, value: str) -> str:
    return hmac.digest(salt, canonical([name, value]), "sha256").hex()[:16]


def _witness(store: Store, write: Write) -> Witness:
    if write.collection in _APART:
        _make_salt(store)
    earlier = store.get(write.collection, write.id) if write.expected_revision else None
    kept = Stored(write.id, write.expected_revision + 1, dict(write.document))
    was = as_told(store, write.collection, earlier) if earlier else None
    return witness_of(write.collection, as_told(store, write.collection, kept), was)


def _make_salt(store: Store) -> None:
    if LOG_SALTS.get(store, THE_SALT) is None:
        LOG_SALTS.put_once(store, THE_SALT, secrets.token_hex(32))


def _salt(store: Store) -> bytes:
    """The salt; nothing where somebody took it away, and then nothing that was told with it is as the log says."""
    kept = LOG_SALTS.get(store, THE_SALT)
    return kept.value.encode() if kept else b""
