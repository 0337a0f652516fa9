"""The checklists in force, and every version that an inspection was ever made with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ..domain.checklist_files import load_checklists
from ..domain.checklists import Checklist, checklist_from_document, checklist_to_document
from ..domain.plan import Plan, load_plan
from ..domain.problems import Problem
from ..store import Store

_VERSIONS = "checklists"


class ChecklistsInvalid(Exception):
    """The checklist files cannot be used; the message lists file, item and field in Chinese."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class ChecklistLibrary:
    """Checklists by site type as their files stand, and by version as they once stood."""

    def __init__(self, folder: Path, store: Store) -> None:
        self._store = store
        self.plan, self._current = read_checklists(folder)
        self._versions: dict[str, Checklist] = {}
        for checklist in self._current.values():
            store.put_once(_VERSIONS, checklist.version, checklist_to_document(checklist))
            self._versions[checklist.version] = checklist

    @property
    def current(self) -> Mapping[str, Checklist]:
        return self._current

    def version(self, version: str) -> Checklist | None:
        """The checklist of that version, whether still in force or not."""
        known = self._versions.get(version)
        if known is None and (stored := self._store.get(_VERSIONS, version)):
            known = self._versions[version] = checklist_from_document(stored.document)
        return known


def read_checklists(folder: Path) -> tuple[Plan, dict[str, Checklist]]:
    """The plan and the checklists of a folder. Raises ``ChecklistsInvalid``."""
    plan = load_plan(folder / "plan.toml")
    if isinstance(plan, list):
        raise ChecklistsInvalid(plan)
    checklists = load_checklists(folder, plan)
    if isinstance(checklists, list):
        raise ChecklistsInvalid(checklists)
    return plan, checklists
