"""What lies in ``published/`` and is of no publication: what one that was interrupted had written already."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from ..collections import LAYOUTS
from ..collections.hashes import hashes_in
from ..domain.evidence.photo import is_sha256
from ..durable import remove_older
from ..store import StoreDamaged
from . import Services
from .reconciling import damages_of_tables, damages_published

_log = logging.getLogger(__name__)
SETTLED = timedelta(days=1)
"""How old a file must be: a publication that is under way is known of a minute later."""
_HASH = re.compile(rb"(?=([0-9a-f]{64}))")
"""Wherever one may begin: behind a digit of something else as well."""
_PARTIAL = re.compile(r"\.([0-9a-f]{64})\.[0-9a-f]{32}")
"""How a file is called while it is being written (``durable``)."""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Files of no publication, in order. ``doubt`` names what cannot be read, in Chinese: what that names is not known,
    so of whole files nothing is told then.
    """

    files: tuple[Path, ...]
    doubt: str = ""

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in self.files if path.exists())


def leftovers(services: Services, now: datetime) -> Leftovers:
    """What nothing in the store or in the log names, nor anything that is named there; older than ``SETTLED``.

    Whatever looks like a hash counts as named, wherever it stands, so that no format of a week has to be known.
    """
    # What there is comes first: what is named only later was written anew for it, and so is not old.
    old = list(_old(services, now))
    partial = [path for path in old if _PARTIAL.fullmatch(path.name)]
    whole = [path for path in old if is_sha256(path.name)]
    try:
        doubt = _doubt(services) if whole else ""
        named = _named(services) if whole and not doubt else set()
    except StoreDamaged as error:
        doubt, named = str(error), set()
    unnamed = [] if doubt else [path for path in whole if path.name not in named]
    return Leftovers(tuple(sorted([*partial, *unnamed])), doubt)


def sweep_leftovers(services: Services, now: datetime) -> Leftovers:
    """Remove them; what was removed. What was written once more meanwhile stays."""
    found = leftovers(services, now)
    gone = tuple(path for path in found.files if _removed(path, now))
    return Leftovers(gone, found.doubt)


def _old(services: Services, now: datetime) -> Iterator[Path]:
    before = (now - SETTLED).timestamp()
    for path in (services.settings.data / "published" / "originals").glob("*/*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_mtime < before:
            yield path


def _doubt(services: Services) -> str:
    """What is lost or damaged and may have named more; empty where nothing is."""
    damages = chain(damages_published(services), damages_of_tables(services))
    return next(iter(services.store.damaged()), None) or next(map(str, damages), "")


def _named(services: Services) -> set[str]:
    """Every hash that is named by a document, an entry of the log, or a file that is named itself."""
    ahead = hashes_in(services.store, (layout.name for layout in LAYOUTS))
    for entry in services.audit.entries():
        ahead |= _hashes(json.dumps(entry, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    named: set[str] = set()
    while ahead:
        named.add(name := ahead.pop())
        ahead |= _hashes(_content(services, name)) - named
    return named


def _hashes(content: bytes) -> set[str]:
    return {found.decode() for found in _HASH.findall(content)}


def _content(services: Services, name: str) -> bytes:
    """What is published under a hash; nothing where it is the hash of something else."""
    with suppress(FileNotFoundError):
        return (services.settings.data / "published" / "originals" / name[:2] / name).read_bytes()
    return b""


def _removed(path: Path, now: datetime) -> bool:
    removed = remove_older(path, (now - SETTLED).timestamp())
    if removed:
        _log.info("removed a file of no publication: %s", path.name)
    return removed
