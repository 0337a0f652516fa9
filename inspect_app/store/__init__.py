"""Documents by collection and id: the interface that the rest of the tool uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from .chain import Broken, Head

__all__ = [
    "Briefly",
    "Broken",
    "Fields",
    "Given",
    "Head",
    "Layout",
    "Log",
    "Page",
    "Put",
    "Stale",
    "Store",
    "StoreAway",
    "StoreBarred",
    "StoreDamaged",
    "StoreLeft",
    "StoreUnfit",
    "Stored",
    "Write",
    "remembered",
]

Fields = str | Collection[str] | None
"""What a field is looked for by: one value, or one of several; None where any will do."""

_T = TypeVar("_T")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")


@dataclass(frozen=True, slots=True)
class Briefly:
    """Bytes that a store may keep beside each document, made of it by ``of``, for who reads very many.

    ``version`` is another one whenever ``of`` makes something else of a document.
    """

    version: int
    of: Callable[[str, Mapping[str, Any]], bytes]


@dataclass(frozen=True, slots=True)
class Layout:
    """How a collection is kept.

    ``by`` are the fields of its documents that ``find`` can look for: texts, or lists of texts. A ``weekly`` one is
    partitioned by the ISO week that each document names in its field ``week``, which can be looked for as well.
    ``brief`` says what may be kept beside its documents.
    """

    name: str
    by: tuple[str, ...] = ()
    weekly: bool = False
    brief: Briefly | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"no name of a collection: {self.name!r}")


@dataclass(frozen=True, slots=True)
class Stored:
    """A kept document, the same object for as long as it is at this revision. ``revision`` counts from 1.

    It is shared by all who ask for it: neither ``document`` nor anything in it may be changed.
    """

    id: str
    revision: int
    document: dict[str, Any]
    _value: Any = field(default=None, init=False, repr=False, compare=False)


def remembered(stored: Stored, read: Callable[[Stored], _T]) -> _T:
    """The value that ``read`` makes of a document, made once as long as the document stays as it is.

    All who ask for one collection's values read them by one function, and must not change what they are given.
    """
    if stored._value is None:
        object.__setattr__(stored, "_value", read(stored))
    value: _T = stored._value
    return value


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the documents asked for, in order. ``next`` says where to go on, None where no more are kept."""

    stored: list[Stored]
    next: str | None


@dataclass(frozen=True, slots=True)
class Write:
    """A document as an act is to keep it; ``expected_revision`` is the one that it replaces, 0 of one not there yet."""

    collection: str
    id: str
    document: Mapping[str, Any]
    expected_revision: int


@dataclass(frozen=True, slots=True)
class Given:
    """What an act rests on and leaves as it is: a document that must still be at this revision, 0 where none may be."""

    collection: str
    id: str
    revision: int


class Put(StrEnum):
    """How ``put_once`` ended."""

    CREATED = "created"
    SAME = "same"
    CONFLICT = "conflict"


class Stale(Exception):
    """An update named a revision that is not the kept one: somebody else was quicker."""


class StoreDamaged(Exception):
    """A file of the store holds what nobody wrote; the message names file and byte offset, in Chinese."""


class StoreAway(Exception):
    """A database cannot be asked right now, or broke off in the midst; the message says so, in Chinese.

    What was to be kept is not kept; where ``is_unknown``, it may be kept all the same, as the answer was lost: whoever
    asks the same once more is told.
    """

    def __init__(self, message: str, *, is_unknown: bool = False) -> None:
        super().__init__(message)
        self.is_unknown = is_unknown


class StoreLeft(StoreAway):
    """What was kept here was moved elsewhere, or is being moved: nothing is kept here any more. The message says where
    to, in Chinese, and is for everybody.
    """


class StoreBarred(StoreAway):
    """The database lets this program do nothing more, as its account has lost its rights; the message says what to do,
    in Chinese, for who runs the server.
    """


class StoreUnfit(Exception):
    """A database that this program cannot use as it is; the message says why and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Risk:
    """A setting by which a power cut may take what was kept: a sentence in Chinese; whether the store avoids it."""

    said: str
    is_averted: bool = False


class Log(Protocol):
    """The log of acts: entries that each carry the hash of the one before. It is only ever added to."""

    def append(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Add an entry, with ``seq``, ``previous`` and ``hash`` put to it. Returns once it is on disk."""

    def append_all(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Add several entries one after another, as ``append`` does, with nobody else's in between."""

    def head(self) -> Head:
        """The last entry."""

    def entries(self) -> Iterator[dict[str, Any]]:
        """Every entry in order, unchecked."""

    def about(self, of: str) -> Iterator[dict[str, Any]]:
        """The entries whose ``of`` is this, in order."""

    def verify(self, *known: Head | None) -> Head | Broken:
        """The head of an unbroken log, or its first entry that does not fit.

        With ``known``, heads noted down earlier, the log must still hold each.
        """


class Store(Protocol):
    """Keeps JSON documents. Safe for threads, and for several processes.

    A store is opened with the ``Layout`` of each of its collections; naming another collection or field is the
    caller's mistake (``ValueError``). Writing methods return once what they report is on disk, ``get`` returns only
    what is.
    """

    @property
    def log(self) -> Log:
        """The log of acts."""

    def put_once(
        self, collection: str, id: str, document: Mapping[str, Any], *, same_by: str | None = None
    ) -> tuple[Put, Stored]:
        """Keep a new document, or report the one that has this id already.

        SAME where the field ``same_by`` of both is equal (the whole documents, where None), else CONFLICT.
        """

    def get(self, collection: str, id: str) -> Stored | None:
        """The document with this id, or None."""

    def update(self, collection: str, id: str, document: Mapping[str, Any], *, expected_revision: int) -> Stored:
        """Replace a document. Raises ``Stale`` where the kept revision is another, or there is none."""

    def act(
        self, writes: Sequence[Write], entries: Sequence[Mapping[str, Any]] = (), *, given: Sequence[Given] = ()
    ) -> list[Stored]:
        """Keep several documents and their entries in the log, whole or not at all, whatever happens.

        Gives the documents as kept. Raises ``Stale``, with nothing done, where one is at another revision than the
        write expects, or something ``given`` is; ``OSError`` where the disk fails, and then the act is either not kept
        or finished by whoever comes next; ``StoreAway`` where a database does. Documents may be of any collections,
        those by week included.

        Readers are not held up and see no snapshot: one who asked for a document before the act and for another after
        it has the first as it was. But who has been given a part of an act, or a document kept after it, is given the
        rest with everything asked for later, also where the process that acted was killed half-way.
        """

    def find(self, collection: str, *, skip: int = 0, **fields: Fields) -> list[Stored]:
        """The documents whose fields have these values (one of these, where several), in the order first kept.

        A field that holds a list has each value in it. A collection partitioned by week is gone through week by week.
        With one ``week`` and ``skip``, it is looked through without the week's first so many: who has seen those need
        only ask for what came since.
        """

    def page(
        self, collection: str, *, limit: int, after: str | None = None, newest: bool = False, **fields: Fields
    ) -> Page:
        """The first ``limit`` of what ``find`` finds, or of what follows the page whose ``next`` is ``after``.

        Nothing is left out or shown twice because others are kept meanwhile. With ``newest`` in the opposite order,
        the last kept first. Raises ``ValueError`` where ``after`` is no page's ``next``.
        """

    def briefs(self, collection: str, week: str) -> Iterator[tuple[str, bytes]] | None:
        """The ids of a week's documents with what is kept beside them, in the order first kept, all as of one moment.

        None where the store keeps nothing beside documents, because all are at hand: make it of what ``find`` finds.
        The collection's layout has a ``brief``. They come as they are asked for: not all are ever in memory.
        """

    def changed_briefs(
        self, collection: str, seen: Sequence[int], state: str
    ) -> tuple[str, Sequence[tuple[int, str, int, bytes]]] | None:
        """What became of a collection that is not partitioned by week since it was gone through, all as of one moment.

        ``seen`` are the revisions of its documents in the order first kept, and ``state`` the text that was given with
        them; empty both at first. Given are the state now, and place, id, revision and brief of each document that is
        another one: no document is ever removed, so that each keeps its place. None as of ``briefs``.
        """

    def weeks(self, collection: str) -> list[str]:
        """The weeks that hold documents of a collection partitioned by week, in order."""

    def state(self, collection: str, week: str) -> str:
        """A text that is another one after each change to a week of a collection, by whichever process.

        Who kept it from before they read the week knows by it whether what they read still stands; no document is read
        for it. ``ValueError`` where the collection is not partitioned by week.
        """

    def damaged(self) -> list[str]:
        """What is known to be lost, by the inventory: sentences in Chinese that name the files.

        Whatever needs one of them raises ``StoreDamaged``; all else works.
        """

    def read_all(self) -> list[str]:
        """As ``damaged``, after every file was read whole."""

    def accept_losses(self) -> None:
        """Take what there is for all there must be, when nothing better can be had."""

    def probe(self) -> None:
        """Try whether documents can be read and kept right now, at the cost of a few bytes; nothing is added.

        Raises ``StoreAway``, ``StoreDamaged`` and ``OSError`` as whoever writes would be told. A database is not asked
        how much room its disk has.
        """

    def risks(self) -> list[Risk]:
        """What, as things are set, a power cut may take of what was kept.

        Of a folder it is the disk that tells (``durable.is_unsynced``). Raises ``StoreAway``.
        """

    def forget_replaced(self, collection: str, week: str = "") -> None:
        """Have no file hold what documents (of a week, where there are weeks) were before they were last changed.

        A database sees to that itself (``VACUUM``). Copies, backups and the log are as they were.
        """

    def take_stock(self) -> None:
        """Note in the inventory what there is: before the process ends."""

    def close(self) -> None:
        """Give the files back. The store is not used afterwards."""
