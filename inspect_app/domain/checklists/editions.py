"""What the office changed of the starting set: editions of named texts, and which text of a name is in force.

A name is that of a file without its ending: ``plan``, ``index``, ``deadlines``, ``routing``, ``zones``,
``presence``, ``industries``, or the id of a checklist. docs/use/checklists.md says for people what is in force.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

FOLDER, UPGRADE, COMMAND = "清单目录", "升级", "命令行"
"""Who made an edition, where nobody who signed in did. No account can have such a name."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A text of the office's, for good: the newest of a name is in force. ``number`` counts from 1 for each name.

    With an empty text the office has nothing under this name; without one it goes by the folder again. ``starting`` is
    the digest of the folder's text at that moment, empty where the folder had none.
    """

    name: str
    number: int
    text: str | None
    by: str
    at: datetime
    why: str
    starting: str


@dataclass(frozen=True, slots=True)
class FileText:
    """A text as it stands in a folder; None where the file is no UTF-8."""

    text: str | None
    digest: str


NO_FILE = FileText(None, "")


@dataclass(frozen=True, slots=True)
class Released:
    """What the program itself ever brought in its starting set: digests of texts, and versions of checklists."""

    texts: frozenset[str] = field(default_factory=frozenset)
    versions: frozenset[str] = field(default_factory=frozenset)


class TextSource(Enum):
    """Where the text of a name is taken from."""

    NOTHING = auto()
    FILE = auto()
    EDITION = auto()
    EDITED_FILE = auto()
    """The folder's, which an operator edited: it becomes the newest edition."""


def digest(content: str | bytes) -> str:
    """A SHA-256 of a text, the same for both ways of ending lines."""
    raw = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(raw.replace(b"\r\n", b"\n")).hexdigest()


def source_of(
    file: FileText | None, edition: Edition | None, released: Collection[str], *, own: bool, edited: bool
) -> TextSource:
    """Which text of a name is in force: ``file`` as the folder has it, or ``edition``, the newest one.

    ``own``: the folder is the operator's, not the program's. ``edited``: the file is another than at the last look, or
    this is the first. The program's folder changes by upgrades as well, which bring texts of ``released`` and take
    nothing of the office's; in a folder of their own every change is the operator's.
    """
    office = edition is not None and edition.text is not None
    if file is None:
        is_gone = own and edition is not None and edition.starting != ""
        return TextSource.EDITION if office and not is_gone else TextSource.NOTHING
    moved = edited and (edition is None or file.digest != edition.starting)
    if office:
        return TextSource.EDITED_FILE if moved and (own or file.digest not in released) else TextSource.EDITION
    return TextSource.EDITED_FILE if moved and not own and file.digest not in released else TextSource.FILE


def has_newer_start(file: FileText | None, edition: Edition) -> bool:
    """Whether the folder's text is another than the one that the office changed, and than what it made of it."""
    same = {edition.starting, digest(edition.text or "")}
    return edition.text is not None and file is not None and file.digest not in same
