"""Whether backups are whole, and which are not needed any more."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .keys import SecretKey
from .repository import OWNER, Repository, list_name
from .snapshot import BackupDamaged, Contents, Needed, instant_of, without_hash


@dataclass(frozen=True, slots=True)
class Retention:
    """How many of the last days, weeks and months keep their last backup."""

    days: int = 14
    weeks: int = 8
    months: int = 24


def verify(repository: Repository, key: SecretKey | None = None) -> Iterator[str]:
    """What is wrong with any backup, a sentence in Chinese each; every object is read.

    Without the key by the hash of what lies there, with it also whether it opens and is what was backed up.
    """
    content, stamps = repository.place.get(OWNER), repository.stamps()
    if content is not None or stamps:  # a first one that was killed may not have come so far
        try:
            without_hash(content or b"", OWNER)
        except BackupDamaged as error:
            yield str(error)
    lists: dict[str, Needed] = {}
    # What was put anew because it was gone is encrypted anew: it is whole where any list knows it so.
    known: dict[str, set[tuple[int, str]]] = {}
    for stamp in stamps:
        try:
            lists[stamp] = repository.needed(stamp)
        except BackupDamaged as error:
            yield f"备份 {stamp}：{error}"
            continue
        for name, looks in lists[stamp].objects.items():
            known.setdefault(name, set()).add(looks)
    opened: dict[str, int | str] = {}
    wrong = {name: said for name, looks in known.items() if (said := _wrong(repository.place.get(name), looks))}
    for stamp, needed in lists.items():
        yield from (f"备份 {stamp}：{name}：{wrong[name]}" for name in needed.objects if name in wrong)
        if key:
            yield from _unopened(repository, stamp, key, opened)


def superfluous(stamps: list[str], kept: Retention) -> list[str]:
    """The snapshots that no day, week or month of those to be kept has as its last; the newest is always kept."""
    periods: list[tuple[int, Callable[[datetime], Any]]] = [
        (kept.days, lambda at: at.date()),
        (kept.weeks, lambda at: at.isocalendar()[:2]),
        (kept.months, lambda at: (at.year, at.month)),
    ]
    wanted = set(stamps[-1:])
    for count, period in periods:
        last = {period(instant_of(stamp)): stamp for stamp in stamps}  # in order, so the last of each stays
        wanted |= {last[one] for one in sorted(last, reverse=True)[:count]}
    return [stamp for stamp in stamps if stamp not in wanted]


def prune(repository: Repository, kept: Retention) -> tuple[list[str], int]:
    """Remove superfluous snapshots, and pieces that none of the others needs; which, and how many pieces.

    Nothing is removed while a list cannot be read: what it needs is not known. Raises ``BackupDamaged``, ``Occupied``.
    """
    with repository.held() as assert_held:
        stamps = repository.stamps()
        gone = superfluous(stamps, kept)
        needed = {name for stamp in stamps if stamp not in gone for name in repository.needed(stamp).objects}
        assert_held()
        for stamp in gone:  # the list first: what has none is no snapshot
            repository.place.remove(list_name(stamp))
        left = [name for folder in ("snapshots", "blobs") for name in repository.place.names(folder)]
        unneeded = [name for name in left if name not in needed and not name.endswith(".list")]
        for name in unneeded:
            repository.place.remove(name)
        repository.place.remove_unfinished()
        return gone, sum(name.startswith("blobs/") for name in unneeded)


def _wrong(content: bytes | None, looks: set[tuple[int, str]]) -> str | None:
    """What is wrong with an object that is to be of one of these sizes and hashes."""
    if content is None:
        return "缺失"
    if len(content) not in {size for size, _ in looks}:
        return f"{len(content)}字节，应为{min(looks)[0]}字节"
    return None if (len(content), hashlib.sha256(content).hexdigest()) in looks else "已损坏"


def _unopened(repository: Repository, stamp: str, key: SecretKey, opened: dict[str, int | str]) -> Iterator[str]:
    """``opened`` has what came of a piece that an earlier snapshot has as well: its bytes, or what is wrong with it."""
    try:
        contents = repository.contents(stamp, key)
    except BackupDamaged as error:
        yield f"备份 {stamp}：{error}"
        return
    for file in contents.files:
        found = [_opened(repository, sha256, contents, key, opened) for sha256 in file.pieces]
        said = [one for one in found if isinstance(one, str)]
        size = sum(one for one in found if isinstance(one, int))
        if said:
            yield f"备份 {stamp}：{file.name}：{said[0]}"
        elif file.size not in (None, size):
            yield f"备份 {stamp}：{file.name}：{size}字节，应为{file.size}字节"


def _opened(
    repository: Repository, sha256: str, contents: Contents, key: SecretKey, opened: dict[str, int | str]
) -> int | str:
    if sha256 not in opened:
        try:
            opened[sha256] = len(repository.piece(sha256, contents, key))
        except BackupDamaged as error:
            opened[sha256] = str(error)
    return opened[sha256]
