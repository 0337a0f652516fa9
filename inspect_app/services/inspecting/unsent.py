"""Forms of phones without JavaScript that came after their session had ended: kept for a day, until their owner signs
in and sends them. Nothing of them is a submission yet.

A form is a file of its fields beside its photos, below the data folder; where documents are in a database, it is there
as well, for all servers (``store/shelf.py``). Its name has hashes of the account, of the browser's secret and of the
form's own id: a form sent twice is one.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ...domain.evidence.photo import is_sha256
from ...domain.inspecting.submission import parse_id
from ...domain.problems import Problem
from ...domain.weeks import instant_of, utc_text
from ...durable import locked, replace_file
from ...store import StoreDamaged, StoreLeft
from ...store.shelf import NoRoom, Shelf, ShelfRoom, Shelved
from ...wording import say
from .. import Services
from ..evidence.receiving import PHOTO, size_problem
from ..repeating import keep_doing
from ..shelf_files import UNSENT

FOLDER = UNSENT
KEPT_FOR = timedelta(hours=24)
MOST_BYTES = 60 * 1024 * 1024
"""Of one form, photos and all."""
MOST_OF_ACCOUNT = 3
MOST_BYTES_OF_ALL = 1024 * 1024 * 1024
_EVERY_S = 3600
_HASH_LENGTH = 32
_log = logging.getLogger(__name__)
_LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Sent:
    """A form as it came: of whom, for which site or of which inspection that it corrects (neither: a report from the
    way), and its fields in their order."""

    account: str
    site: str
    fields: tuple[tuple[str, str], ...]
    corrects: str = ""

    @property
    def id(self) -> str:
        """The id under which it becomes a submission."""
        return dict(reversed(self.fields)).get("id", "")


@dataclass(frozen=True, slots=True)
class File:
    """A photo of a form: its field, the name that the browser gave it, and its SHA-256."""

    field: str
    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Unsent:
    """A form that waits. ``left_out`` says in Chinese which files were none that could be kept, and why."""

    number: str
    sent: Sent
    at: datetime
    files: tuple[File, ...]
    left_out: tuple[str, ...]

    @property
    def photos(self) -> int:
        """How many it has, with those that an earlier try of the same form brought."""
        named = [text for name, text in self.sent.fields if name.endswith(".kept") and is_sha256(text)]
        return len({*named, *(one.sha256 for one in self.files)})


def keep(
    services: Services, secret: str, sent: Sent, files: Iterable[tuple[str, str, bytes]], size: int, now: datetime
) -> Problem | None:
    """Keep a form of ``size`` bytes for a browser; None once it is on disk, else why nothing is kept.

    ``files`` are field, name and content each. The same form again takes the place of the earlier one. Raises
    ``StoreLeft`` where nobody would find it any more.
    """
    if size > MOST_BYTES:
        return Problem("unsent.too_large", details={"most_mb": MOST_BYTES >> 20})
    name = "-".join(map(_hash, (sent.account, secret, str(parse_id(sent.id) or sent.id))))
    if services.shelf:
        return _keep_for_all(services, services.shelf, name, sent, files, now)
    folder = services.settings.data / FOLDER
    with _alone(folder):
        _sweep(folder, now)
        if problem := _no_room(folder, sent.account, name, size):
            return problem
        kept, left_out = _keep_files(services, folder / name, files)
        replace_file(folder / f"{name}.json", _told(sent, now, kept, left_out), private=True)
        _remove(folder, name, but={"json", *(one.sha256 for one in kept)})
    _refuse_left(services)
    return None


def of_browser(services: Services, secret: str, now: datetime) -> list[Unsent]:
    """What waits of a browser, the first that came first, whosever it is."""
    if services.shelf:
        things = services.shelf.find(FOLDER, f"-{_hash(secret)}-")
        found = [_parsed(one.name, one.content) for one in things]
    else:
        found = [_read(path) for path in (services.settings.data / FOLDER).glob(f"*-{_hash(secret)}-*.json")]
    return sorted((one for one in found if one and now - one.at < KEPT_FOR), key=lambda one: one.at)


def contents(services: Services, one: Unsent) -> Iterator[tuple[File, bytes]]:
    """The photos of one that waits. Raises ``FileNotFoundError`` where it is gone meanwhile."""
    for file in one.files:
        yield file, _photo(services, f"{one.number}.{file.sha256}")


def drop(services: Services, one: Unsent) -> None:
    """Forget one that was sent, or that its owner does not want."""
    if services.shelf:
        services.shelf.remove(FOLDER, one.number)
        return
    with _alone(services.settings.data / FOLDER) as folder:
        _remove(folder, one.number)


def sweep(services: Services, now: datetime) -> None:
    """Forget what has waited for a day."""
    if services.shelf:
        services.shelf.sweep(FOLDER, now - KEPT_FOR)
        return
    with _alone(services.settings.data / FOLDER) as folder:
        _sweep(folder, now)


def keep_sweeping(services: Services) -> None:
    """Sweep at once, then once an hour as long as the process lives; returns at once."""
    keep_doing("unsent", lambda now: sweep(services, now), every_s=_EVERY_S)


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """Nobody else changes the folder meanwhile, in no process of this machine: the limits are of all together."""
    folder.mkdir(mode=0o700, exist_ok=True)
    with locked(folder / _LOCK):
        yield folder


def _keep_for_all(
    services: Services,
    shelf: Shelf,
    name: str,
    sent: Sent,
    files: Iterable[tuple[str, str, bytes]],
    now: datetime,
) -> Problem | None:
    """Keep a form where every server of the database finds it."""
    photos: dict[str, bytes] = {}
    kept, left_out = _taken(services, files, lambda sha256, content: photos.update({sha256: content}))
    thing = Shelved(FOLDER, name, now, _told(sent, now, kept, left_out), _hash(sent.account), photos)
    shelf.sweep(FOLDER, now - KEPT_FOR)
    lacking = shelf.put(thing, ShelfRoom(MOST_OF_ACCOUNT, MOST_BYTES_OF_ALL))
    if lacking is NoRoom.OF_OWNER:
        return Problem("unsent.too_many", details={"most": MOST_OF_ACCOUNT})
    return Problem("unsent.no_room") if lacking else None


def _told(sent: Sent, now: datetime, kept: Iterable[File], left_out: Iterable[str]) -> bytes:
    told = {
        **{"v": 1, "account": sent.account, "site": sent.site, "at": utc_text(now), "fields": sent.fields},
        **({"corrects": sent.corrects} if sent.corrects else {}),
        **{"files": [[one.field, one.name, one.sha256] for one in kept], "left_out": list(left_out)},
    }
    return json.dumps(told, ensure_ascii=False).encode()


def _refuse_left(services: Services) -> None:
    """Who moves an installation hands on what waits once the place is left, and so whatever was kept before this."""
    try:
        services.store.probe()
    except StoreLeft:
        raise
    except (OSError, StoreDamaged) as error:  # costs no form
        _log.warning("%s", error)


def _photo(services: Services, name: str) -> bytes:
    if services.shelf is None:
        return (services.settings.data / FOLDER / name).read_bytes()
    number, _, sha256 = name.rpartition(".")
    found = services.shelf.part(FOLDER, number, sha256)
    if found is None:
        raise FileNotFoundError(name)
    return found


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]


def _no_room(folder: Path, account: str, name: str, size: int) -> Problem | None:
    others = [path for path in folder.glob(f"{_hash(account)}-*.json") if path.stem != name]
    if len(others) >= MOST_OF_ACCOUNT:
        return Problem("unsent.too_many", details={"most": MOST_OF_ACCOUNT})
    if size + sum(path.stat().st_size for path in folder.iterdir()) > MOST_BYTES_OF_ALL:
        return Problem("unsent.no_room")
    return None


def _keep_files(
    services: Services, path: Path, files: Iterable[tuple[str, str, bytes]]
) -> tuple[list[File], list[str]]:
    """Keep photos beside a form; those kept, and what was wrong with the others."""

    def keep_one(sha256: str, content: bytes) -> None:
        replace_file(path.with_name(f"{path.name}.{sha256}"), content, private=True)

    return _taken(services, files, keep_one)


def _taken(
    services: Services, files: Iterable[tuple[str, str, bytes]], keep_one: Callable[[str, bytes], None]
) -> tuple[list[File], list[str]]:
    """Have the photos among some files kept, by their hashes; those, and what was wrong with the others."""
    kept, left_out = [], []
    for field, name, content in files:
        sha256 = hashlib.sha256(content).hexdigest()
        problem = size_problem(services, PHOTO, len(content)) or PHOTO.problem(services, sha256, content, False)
        if problem:
            left_out.append(f"{name}：{say(problem).what}")
            continue
        keep_one(sha256, content)
        kept.append(File(field, name, sha256))
    return kept, left_out


def _read(path: Path) -> Unsent | None:
    """A form that waits; None where it is gone meanwhile, or its file is damaged."""
    try:
        return _parsed(path.stem, path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        _log.warning("%s cannot be read: %s", path, error)
        return None


def _parsed(number: str, content: bytes) -> Unsent | None:
    """A form that waits; None where it is damaged."""
    try:
        told: Mapping[str, Any] = json.loads(content)
        fields = tuple((str(name), str(text)) for name, text in told["fields"])
        files = tuple(File(str(field), str(name), str(sha256)) for field, name, sha256 in told["files"])
        sent = Sent(told["account"], told["site"], fields, str(told.get("corrects", "")))
        return Unsent(number, sent, instant_of(told["at"]), files, tuple(told["left_out"]))
    except (ValueError, KeyError, TypeError) as error:
        _log.warning("unsent %s cannot be read: %s", number, error)
        return None


def _sweep(folder: Path, now: datetime) -> None:
    """Photos go with their form; those that no form names (the server stopped between the two) by their own age."""
    before = (now - KEPT_FOR).timestamp()
    old = [path for path in folder.iterdir() if path.name != _LOCK and path.stat().st_mtime < before]
    for path in old:
        if path.suffix == ".json":
            _remove(folder, path.stem)
    for path in old:
        if not (folder / f"{path.stem}.json").exists():
            path.unlink(missing_ok=True)


def _remove(folder: Path, number: str, but: Collection[str] = ()) -> None:
    """Remove a form and its photos, the form first, except for files with these endings."""
    for path in (folder / f"{number}.json", *folder.glob(f"{number}.*")):
        if path.suffix[1:] not in but:
            path.unlink(missing_ok=True)
