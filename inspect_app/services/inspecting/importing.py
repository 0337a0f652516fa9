"""Taking in what a phone exported as a ZIP, judged as what a phone sends, to wait for the office."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from ...domain.accounts.permissions import Permission
from ...domain.accounts.user import User
from ...domain.inspecting.held_import import FILE, PHONE, UNREADABLE
from ...domain.problems import Problem, placed
from .. import Services
from ..accounts.accounts import find_user
from ..accounts.may import may
from ..evidence.receiving import PHOTO, RECORDING, count_problem, receive, size_problem
from .correcting import correct, is_correction
from .exported import DRAFT, MANIFEST, RECORD, ExportedFiles, exported_files
from .holding import LARGEST, hold, hold_refused
from .signed_exports import unsigned_because
from .submitting import Outcome, Taken, TakenOver, submit

FORMAT = "inspect-phone-export"
_MEDIUM_OF = {"photos": PHOTO, "audio": RECORDING}


@dataclass(frozen=True, slots=True)
class ImportedInspection:
    """How one inspection of an export ended: its id, how it was taken (None for a draft), and what was wrong.

    ``held``: it was refused, and lies with the office all the same.
    """

    id: str
    taken: Taken | None
    problems: tuple[Problem, ...] = ()
    held: bool = False


def import_archive(
    services: Services, file: Path | IO[bytes], by: str, now: datetime, inspector: str | None = None
) -> list[ImportedInspection] | list[Problem]:
    """Take in the inspections of an export that ``by`` brings, each for itself; drafts are named and left out.

    What the inspector's own phone signed is their visit. All else waits until the office takes it over as a visit of
    the inspector in the export's manifest, or of ``inspector``: a file can be written by anybody. Taking the same file
    in again changes nothing. A list of problems where the file cannot be used at all, and then nothing was taken.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            files = exported_files(archive)
            if isinstance(files, Problem):
                return [files]
            manifest = _manifest(files)
            user = manifest if isinstance(manifest, Problem) else _inspector(services, manifest, inspector)
            if isinstance(manifest, Problem) or isinstance(user, Problem):
                return [one for one in (manifest, user) if isinstance(one, Problem)][:1]
            why = unsigned_because(services, files, manifest, user, now)
            return list(_imported(services, files, _Import(user, by, why, now)))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        return [Problem("importing.not_a_zip", details={"error": type(error).__name__})]


@dataclass(frozen=True, slots=True)
class _Import:
    """Whose an export is said to be, who brings it and when, and why nobody can say that it is; empty where signed."""

    user: User
    by: str
    unsigned: str
    now: datetime


def _imported(services: Services, files: ExportedFiles, about: _Import) -> Iterator[ImportedInspection]:
    for name in files.entries:
        if found := RECORD.fullmatch(name):
            yield _one(services, files, found[1], about)
        elif found := DRAFT.fullmatch(name):
            yield ImportedInspection(found[1], None, (Problem("importing.draft"),))


def _one(services: Services, files: ExportedFiles, id: str, about: _Import) -> ImportedInspection:
    raw = files.json(f"inspections/{id}/record.json")
    if isinstance(raw, Problem):
        return _refused(services, id, _as_text(files, id), Outcome(Taken.REFUSED, problems=(raw,)), about)
    problems = [one for field in _MEDIUM_OF for one in _take(services, files, raw, field)]
    outcome = _outcome(services, id, raw, about)
    is_taken = outcome.kept or outcome.taken in (Taken.HELD, Taken.SAME)
    if is_taken:
        return ImportedInspection(id, outcome.taken)
    return _refused(services, id, raw, replace(outcome, problems=(*problems, *outcome.problems)), about)


def _refused(services: Services, id: str, raw: object, outcome: Outcome, about: _Import) -> ImportedInspection:
    """What is refused of a file waits for the office with its reasons, but for a correction that nobody signed."""
    if about.unsigned and is_correction(raw):
        return ImportedInspection(id, outcome.taken, outcome.problems)
    origin = FILE if about.unsigned else PHONE
    held = hold_refused(services, about.user, id, raw, outcome.problems, about.now, origin=origin, by=about.by)
    return ImportedInspection(id, outcome.taken, outcome.problems, held is not None)


def _as_text(files: ExportedFiles, id: str) -> dict[str, str] | None:
    """A record that is no JSON, as the text that it is; None where it is too large to be one."""
    name = f"inspections/{id}/record.json"
    return {UNREADABLE: files.read(name).decode(errors="replace")} if files.size(name) <= LARGEST else None


def _outcome(services: Services, id: str, raw: object, about: _Import) -> Outcome:
    if is_correction(raw):
        return _corrected(services, id, raw, about)
    if about.unsigned:
        return hold(services, about.user, id, raw, about.by, about.unsigned, about.now)
    over = TakenOver(about.by, "由测评员本人的手机签名")
    return submit(services, about.user, id, raw, about.now, over=over)


def _corrected(services: Services, id: str, raw: object, about: _Import) -> Outcome:
    """A correction that an export brings: what nobody signed is never made, as it would change somebody's visit."""
    if about.unsigned:
        return Outcome(Taken.REFUSED, problems=(Problem("correction.unsigned"),))
    return correct(services, about.user, id, raw, about.now, over=TakenOver(about.by, "由测评员本人的手机签名"))


def _take(services: Services, files: ExportedFiles, raw: object, field: str) -> Iterator[Problem]:
    """Keep the files that a record names in a field; what cannot be taken, in words."""
    medium, named = _MEDIUM_OF[field], list(_named(raw, field, files.media))
    if problem := count_problem(medium, len(named)):
        yield problem
        return
    for sha256, name in named:
        # By what the archive says of it: one that would be too large is not unpacked.
        taken = size_problem(services, medium, files.size(name)) or receive(
            services, medium, files.read(name), sha256=sha256, only_copy=True
        )
        if isinstance(taken, Problem):
            yield placed(taken, {"file": name})


def _named(raw: object, field: str, media: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a record names and the archive has; submitting says what is missing."""
    listed = raw.get(field) if isinstance(raw, dict) else None
    for one in listed if isinstance(listed, list) else []:
        sha256 = one.get("sha256") if isinstance(one, dict) else None
        if isinstance(sha256, str) and sha256 in media:
            yield sha256, media[sha256]


def _manifest(files: ExportedFiles) -> Mapping[str, Any] | Problem:
    try:
        manifest = files.json(MANIFEST)
    except KeyError:
        return Problem("importing.manifest_missing")
    if isinstance(manifest, Problem):
        return manifest
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT or manifest.get("version") != 1:
        return Problem("importing.manifest_unknown")
    return manifest


def _inspector(services: Services, manifest: Mapping[str, Any], named: str | None) -> User | Problem:
    name = named or manifest.get("inspector")
    user = find_user(services.store, name) if isinstance(name, str) else None
    if user is None or not may(user, Permission.INSPECTION_SEND):
        return Problem("importing.inspector_unknown", details={"name": str(name)})
    return user
