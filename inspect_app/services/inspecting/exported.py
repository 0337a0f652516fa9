"""The files of a phone's export, also where somebody unpacked it and packed it again."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

from ...domain.nesting import is_deeper
from ...domain.problems import Problem

RECORD = re.compile(r"inspections/([0-9a-f-]{36})/record\.json")
DRAFT = re.compile(r"drafts/([0-9a-f-]{36})/draft\.json")
MEDIA = re.compile(r"(photos|audio)/([0-9a-f]{64}|[0-9a-f-]{36})\.[a-z0-9]{2,5}")
MANIFEST = "manifest.json"
_MOST_ENTRIES = 100_000
_LARGEST_TEXT = 4 * 1024 * 1024
_BY_SYSTEMS = re.compile(r"(.*/)?(__MACOSX/.*|\._[^/]*|\.DS_Store|Thumbs\.db|desktop\.ini|.*/|)", re.IGNORECASE)
"""What Windows and macOS put into folders and archives by themselves, and folders as entries of their own."""
_FOLDER_OF = re.compile(r"((?:[^/]+/){0,3})manifest\.json")


@dataclass(frozen=True, slots=True)
class ExportedFiles:
    """The files by their names in the export; ``media`` are names of photos and recordings by hash or id."""

    archive: zipfile.ZipFile
    entries: Mapping[str, zipfile.ZipInfo]
    media: Mapping[str, str]

    def size(self, name: str) -> int:
        """Bytes that it says to have unpacked."""
        return self.entries[name].file_size

    def read(self, name: str) -> bytes:
        return self.archive.read(self.entries[name])

    def open(self, name: str) -> IO[bytes]:
        return self.archive.open(self.entries[name])

    def json(self, name: str) -> Any | Problem:
        """The value of a JSON file. Raises ``KeyError`` where there is no such."""
        if self.size(name) > _LARGEST_TEXT:
            return Problem("importing.entry_too_large", details={"name": name})
        try:
            value = json.loads(self.read(name))
        except (ValueError, RecursionError):
            return Problem("importing.entry_not_json", details={"name": name})
        return Problem("importing.entry_not_json", details={"name": name}) if is_deeper(value) else value


def exported_files(archive: zipfile.ZipFile) -> ExportedFiles | Problem:
    """The files of an export; refused are names that an export does not have, and one that is there twice.

    Left out is what systems add. Folders around the whole are not part of the names.
    """
    entries = archive.infolist()
    if len(entries) > _MOST_ENTRIES:
        return Problem("importing.too_many_entries", details={"most_entries": _MOST_ENTRIES})
    named = [(entry.filename.replace("\\", "/"), entry) for entry in entries]
    own = [(name, entry) for name, entry in named if not _BY_SYSTEMS.fullmatch(name)]
    around = next((found[1] for name, _ in own if (found := _FOLDER_OF.fullmatch(name))), "")
    files: dict[str, zipfile.ZipInfo] = {}
    media: dict[str, str] = {}
    for whole, entry in own:
        name = whole.removeprefix(around)
        found = MEDIA.fullmatch(name)
        if not found and not RECORD.fullmatch(name) and not DRAFT.fullmatch(name) and name != MANIFEST:
            return Problem("importing.entry_unknown", details={"name": whole[:80]})
        if name in files or (found and found[2] in media):
            return Problem("importing.entry_twice", details={"name": whole[:80]})
        files[name] = entry
        media |= {found[2]: name} if found else {}
    return ExportedFiles(archive, files, media)
