"""What the tool does, one module per noun: each joins the pure rules with the stores. No Flask here."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ..collections.evidence.removed import REMOVED
from ..collections.form import Form
from ..durable import make_folder
from ..photos import PhotoStore, open_photo_store
from ..photos.looks import Looks
from ..photos.objects import Objects
from ..photos.removed import KnowingPhotoStore
from ..photos.settling import SettlingPhotoStore
from ..photos.similar import SimilarPhotos
from ..settings import Settings
from ..store import Log, Store
from ..store.onlookers import Onlookers
from ..store.shelf import Shelf
from ..store.turns import Schedule
from .afterwards import Afterwards
from .cases.at_hand import CasesAtHand
from .checklists.folder import starting_set
from .checklists.library import ChecklistLibrary
from .evidence.arrivals import Arrivals
from .evidence.captures import Captures, captures_asked_for, captures_at_hand
from .evidence.quota import Quota
from .forms import note_form
from .index.frozen import FrozenWeeks
from .inspecting.receipts import ReceiptSigner, receipt_signer
from .keys import SESSIONS, KeyLost, Keys
from .opening import database_of, onlookers_of, prints_of, queue_of, shelf_of, store_of
from .signing import OfficeKey, open_office_key

PHOTOS, RECORDINGS, PUBLISHED = "photos", "audio", "published"
"""What they are called in an object store, as in the data folder."""


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of a running installation.

    ``form`` is that of the data folder as it was opened; ``objects`` the object store, where one is set, ``settling``
    what it was given lately; ``frozen`` are the published weeks, ``looks`` what photos told lately. ``session_key``
    signs sessions, ``ticket_key`` is what tickets of presence are made with, ``tries_key`` what names and addresses of
    tries to sign in are hashed with: nobody can tell which lie side by side. ``after`` is what is done behind answers,
    ``turns`` who does what comes back by the clock, ``onlookers`` who looks at which photo, ``shelf`` what servers of a
    database hold for each other for a while: without a database that is in files of the data folder.
    """

    settings: Settings
    store: Store
    form: Form
    objects: Objects | None
    settling: tuple[SettlingPhotoStore, ...]
    photos: PhotoStore
    recordings: PhotoStore
    frozen: FrozenWeeks
    looks: Looks
    similar: SimilarPhotos
    arrivals: Arrivals
    captures: Captures
    audit: Log
    after: Afterwards
    turns: Schedule
    shelf: Shelf | None
    onlookers: Onlookers
    library: ChecklistLibrary
    receipts: ReceiptSigner
    keys: Keys
    session_key: bytes
    ticket_key: bytes
    tries_key: bytes
    office: OfficeKey
    quota: Quota
    cases: CasesAtHand


def open_services(settings: Settings, *, store: Store | None = None) -> Services:
    """Open the stores of an installation and load its checklists. ``store`` is one to use in place of its own.

    Raises ``ChecklistsInvalid``, ``FormUnreadable``, ``StoreDamaged``, ``StoreAway`` and ``StoreUnfit``, each with a
    message in Chinese.
    """
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    store = store or store_of(settings)
    form = note_form(store)
    jobs, turns = queue_of(store, settings)
    make_folder(settings.photos)
    objects = Objects(settings.objects) if settings.objects else None
    photos, recordings, published = _originals(settings, objects)
    keys = Keys(settings.data, store, settings.keys, bool(settings.database))
    office, session_key = open_office_key(keys), _session_key(keys)
    return Services(
        settings=settings,
        store=store,
        form=form,
        objects=objects,
        settling=tuple(one for one in (photos, recordings, published) if isinstance(one, SettlingPhotoStore)),
        photos=_knowing(photos, store),
        recordings=_knowing(recordings, store),
        frozen=FrozenWeeks(published),
        looks=Looks(),
        similar=SimilarPhotos(prints_of(store, settings)),
        arrivals=Arrivals(),
        captures=captures_asked_for(store) if database_of(store, settings) else captures_at_hand(store),
        audit=store.log,
        after=Afterwards(jobs),
        turns=turns,
        shelf=shelf_of(store, settings),
        onlookers=onlookers_of(store, settings),
        library=ChecklistLibrary(starting_set(settings.checklists), store, lambda: datetime.now(UTC)),
        receipts=receipt_signer(office),
        keys=keys,
        session_key=session_key,
        ticket_key=_key_for(b"tickets of presence", session_key),
        tries_key=_key_for(b"tries to sign in", session_key),
        office=office,
        quota=Quota(store),
        cases=CasesAtHand(settings.timezone),
    )


def _originals(settings: Settings, objects: Objects | None) -> list[PhotoStore]:
    """The stores of photos, recordings and published weeks."""
    folders = {PHOTOS: settings.photos, RECORDINGS: settings.recordings, PUBLISHED: settings.published}
    if objects is None:
        return [open_photo_store(folder) for folder in folders.values()]
    keep = timedelta(minutes=settings.objects_keep_minutes)
    return [
        SettlingPhotoStore(open_photo_store(folder, objects, name), settings.settling / name, keep)
        for name, folder in folders.items()
    ]


def _knowing(originals: PhotoStore, store: Store) -> PhotoStore:
    return KnowingPhotoStore(originals, lambda sha256: REMOVED.get(store, sha256) is not None)


def _session_key(keys: Keys) -> bytes:
    """The key of sessions; where it is lost, one that is kept nowhere: whoever signs in does until the next start."""
    try:
        return keys.opened(SESSIONS)
    except KeyLost:
        return secrets.token_bytes(32)


def _key_for(purpose: bytes, session_key: bytes) -> bytes:
    """A key of that of sessions, so that there is one secret to guard."""
    return hmac.digest(session_key, purpose, "sha256")
