"""The plan and the checklists in force, and every version that an inspection was ever made with."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ...domain.cases.deadlines import Deadlines, parse_deadlines
from ...domain.cases.routing import Rule, parse_routing
from ...domain.checklists.catalogue import Plan, load_plan, parse_plan
from ...domain.checklists.checklist import Checklist, checklist_from_document, checklist_to_document
from ...domain.checklists.files import load_checklists, read_folder
from ...domain.index.weights import Weights, parse_weights
from ...domain.inspecting.inspection import AD_HOC
from ...domain.problems import Problem
from ...domain.starting_set import DEADLINES_FILE, INDEX_FILE, PLAN_FILE, ROUTING_FILE
from ...store import Stale, Store

_log = logging.getLogger(__name__)

Kept = TypeVar("Kept")
_NO_RULES: tuple[Rule, ...] = ()
_VERSIONS, _IN_FORCE = "checklists", "library"
_LOOK_EVERY_S = 2.0
"""How often at most the files are looked at for changes, in seconds."""


class ChecklistsInvalid(Exception):
    """The checklist files cannot be used; the message lists file, item and field in Chinese."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class VersionAltered(Exception):
    """A kept checklist version no longer has the meaning that its name was made from."""


@dataclass(frozen=True, slots=True)
class _InForce:
    """What is in force; ``problems`` are those of files whose last good version serves instead."""

    plan: Plan
    checklists: Mapping[str, Checklist]
    weights: Weights
    routing: tuple[Rule, ...]
    deadlines: Deadlines
    problems: tuple[Problem, ...]


class ChecklistLibrary:
    """Checklists by site type as their files stand, and by version as they once stood.

    Edited files are taken over while the server runs. Of a file with a misprint the last good version goes on serving,
    also after a restart, and ``problems`` says what is wrong.
    """

    def __init__(self, folder: Path, store: Store) -> None:
        self._folder = folder
        self._store = store
        self._mutex = threading.Lock()
        self._versions: dict[str, Checklist] = {}
        self._seen = _signature(folder)
        self._looked_at = time.monotonic()
        self._in_force = self._read()

    @property
    def current(self) -> Mapping[str, Checklist]:
        """The checklist of each site type; that of ad-hoc reports, which is of no site type, is ``ad_hoc``."""
        return {id: checklist for id, checklist in self._fresh().checklists.items() if id != AD_HOC}

    @property
    def ad_hoc(self) -> Checklist | None:
        """The kinds of problems of an ad-hoc report (随手拍), or None where the folder has no such file."""
        return self._fresh().checklists.get(AD_HOC)

    @property
    def titles(self) -> Mapping[str, str]:
        """By id, what inspections and reports can be of: the site types, then ad-hoc reports."""
        found = [*self.current.values(), *([self.ad_hoc] if self.ad_hoc else [])]
        return {checklist.id: checklist.title for checklist in found}

    @property
    def plan(self) -> Plan:
        return self._fresh().plan

    @property
    def weights(self) -> Weights:
        """How the index is put together; all alike where the folder has no such file."""
        return self._fresh().weights

    @property
    def routing(self) -> tuple[Rule, ...]:
        """Which findings are sent to which unit; none where the folder has no such file."""
        return self._fresh().routing

    @property
    def deadlines(self) -> Deadlines:
        """By when cases are to be put right; the usual limits where the folder has no such file."""
        return self._fresh().deadlines

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._fresh().problems

    @property
    def folder(self) -> Path:
        return self._folder

    def version(self, version: str) -> Checklist | None:
        """The checklist of that version, whether still in force or not.

        Raises ``VersionAltered`` where what is kept under that name has another meaning now.
        """
        known = self._versions.get(version)
        if known is None and (stored := self._store.get(_VERSIONS, version)):
            known = checklist_from_document(stored.document)
            if known.version != version:
                raise VersionAltered(f"清单版本「{version}」的内容与其编号不符（应为「{known.version}」），拒绝使用")
            self._versions[version] = known
        return known

    def kept(self, version: str) -> Checklist:
        """The checklist of a version that an inspection was made with, which is kept for as long as the inspection is.

        Raises ``VersionAltered`` as ``version`` does.
        """
        found = self.version(version)
        assert found is not None, f"the store lacks checklist version {version}"
        return found

    def versions_of(self, id: str) -> list[Checklist]:
        """Every kept version of a site type's checklist: the one in force, then the others, newest first."""
        kept = [stored.id for stored in self._store.find(_VERSIONS) if stored.document["id"] == id]
        found = [checklist for version in reversed(kept) if (checklist := self.version(version))]
        in_force = self.current.get(id)
        return sorted(found, key=lambda checklist: in_force is None or checklist.version != in_force.version)

    def look_again(self) -> None:
        """Take over edited files now."""
        with self._mutex:
            self._look()

    def _fresh(self) -> _InForce:
        if time.monotonic() - self._looked_at > _LOOK_EVERY_S and self._mutex.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._mutex.release()
        return self._in_force

    def _look(self) -> None:
        signature = _signature(self._folder)
        if signature != self._seen:
            self._in_force = self._read()
            self._seen = signature
        self._looked_at = time.monotonic()

    def _read(self) -> _InForce:
        """Read the files; a wrong one is made up for by its last good version. Raises where there is none."""
        plan, problems = self._read_plan()
        checklists, wrong = read_folder(self._folder, plan)
        last_good = self._last_good()
        for id, of_file in wrong.items():
            problems += of_file
            good = self.version(last_good[id]) if id in last_good else None
            if good is None:
                raise ChecklistsInvalid(problems)
            checklists[id] = good
        if not checklists:
            raise ChecklistsInvalid([*problems, Problem(str(self._folder), "没有任何测评清单（*.toml）")])
        weights, of_weights = self._read_kept(INDEX_FILE, Weights(), lambda text: parse_weights(text, checklists))
        routing, of_routing = self._read_kept(ROUTING_FILE, _NO_RULES, parse_routing)
        deadlines, of_deadlines = self._read_kept(DEADLINES_FILE, Deadlines(), parse_deadlines)
        problems += [*of_weights, *of_routing, *of_deadlines]
        for problem in problems:
            _log.warning("%s", problem)
        ordered = dict(sorted(checklists.items()))
        self._keep(ordered)
        return _InForce(plan, ordered, weights, routing, deadlines, tuple(problems))

    def _read_plan(self) -> tuple[Plan, list[Problem]]:
        path = self._folder / PLAN_FILE
        plan = load_plan(path)
        if isinstance(plan, Plan):
            _put(self._store, "plan", {"text": path.read_text("utf-8")})
            return plan, []
        kept = self._store.get(_IN_FORCE, "plan")
        good = parse_plan(kept.document["text"], PLAN_FILE) if kept else plan
        if not isinstance(good, Plan):
            raise ChecklistsInvalid(plan)
        return good, plan

    def _read_kept(
        self, file: str, default: Kept, parse: Callable[[str], Kept | list[Problem]]
    ) -> tuple[Kept, list[Problem]]:
        """A file that need not be there; a wrong one is made up for by its last good text. Raises where there is none.

        The text is kept under the file's name without its ending.
        """
        path, id = self._folder / file, file.removesuffix(".toml")
        if not path.exists():
            return default, []
        text = path.read_text("utf-8")
        read = parse(text)
        if not isinstance(read, list):
            _put(self._store, id, {"text": text})
            return read, []
        kept = self._store.get(_IN_FORCE, id)
        good = parse(kept.document["text"]) if kept else read
        if isinstance(good, list):
            raise ChecklistsInvalid(read)
        return good, read

    def _last_good(self) -> dict[str, str]:
        kept = self._store.get(_IN_FORCE, "versions")
        return dict(kept.document["versions"]) if kept else {}

    def _keep(self, checklists: Mapping[str, Checklist]) -> None:
        for checklist in checklists.values():
            self._store.put_once(_VERSIONS, checklist.version, checklist_to_document(checklist))
            self._versions[checklist.version] = checklist
        versions = {id: checklist.version for id, checklist in checklists.items()}
        _put(self._store, "versions", {"versions": {**self._last_good(), **versions}})


def read_checklists(folder: Path) -> tuple[Plan, dict[str, Checklist]]:
    """The plan and the checklists of a folder, all right. Raises ``ChecklistsInvalid``."""
    plan = load_plan(folder / PLAN_FILE)
    if isinstance(plan, list):
        raise ChecklistsInvalid(plan)
    checklists = load_checklists(folder, plan)
    if isinstance(checklists, list):
        raise ChecklistsInvalid(checklists)
    return plan, checklists


def _put(store: Store, id: str, document: dict[str, object]) -> None:
    """Keep what is in force. Of two processes that do so at once, either is right."""
    kept = store.get(_IN_FORCE, id)
    if kept is None:
        store.put_once(_IN_FORCE, id, document)
    elif kept.document != document:
        try:
            store.update(_IN_FORCE, id, document, expected_revision=kept.revision)
        except Stale:
            _log.info("another process took over the checklists at the same moment")


def _signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What tells one state of the folder's files from the next."""
    return tuple(
        (path.name, found.st_mtime_ns, found.st_size)
        for path in sorted(folder.glob("*.toml"))
        for found in [path.stat()]
    )
