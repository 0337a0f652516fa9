"""The plan and the checklists in force, and every version that an inspection was ever made with."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from ...collections.checklists.checklist import CHECKLISTS
from ...domain.cases.deadlines import Deadlines
from ...domain.cases.routing import RoutingRule
from ...domain.checklists.catalogue import Catalogue, load_plan
from ...domain.checklists.checklist import Checklist
from ...domain.checklists.editions import Edition, has_newer_start
from ...domain.checklists.files import load_checklists
from ...domain.index.industries import Industry
from ...domain.index.weights import Weights
from ...domain.inspecting.inspection import AD_HOC
from ...domain.inspecting.presence_rules import PresenceRules
from ...domain.problems import Problem
from ...domain.starting_set import PLAN_FILE
from ...domain.weeks import utc_text
from ...domain.zones.files import ZoneRules
from ...store import Stale, Store
from ...wording import say
from .editions import Editions
from .folder import StartingSet, read_texts, signature
from .last_good import KeptGood, VersionAltered
from .reading import ChecklistsInvalid, InForce, read_offers
from .sources import Sources

_log = logging.getLogger(__name__)
_LONGEST_NAME = 100
_LOOK_EVERY_S = 2.0
"""How often at most the folder and the store are looked at for changes, in seconds."""


class ChecklistLibrary:
    """What the office goes by: the starting set as its folder has it, and the office's editions of it from the store.

    Edited files and editions of other processes are taken over while the server runs. Of a text with a misprint the
    last good one goes on serving, also after a restart, and ``problems`` says what is wrong. The folder is never
    written.
    """

    def __init__(self, start: StartingSet, store: Store, clock: Callable[[], datetime]) -> None:
        self._start = start
        self._store = store
        self._clock = clock
        self._mutex = threading.Lock()
        self._versions: dict[str, Checklist] = {}
        self._editions = Editions(store)
        self._good = KeptGood(store, self.version)
        self._sources = Sources(start)
        self._seen: tuple[object, ...] = ()
        self._looked_at = 0.0
        self._open()

    @property
    def current(self) -> Mapping[str, Checklist]:
        """The checklist of each site type; that of ad-hoc reports, which is of no site type, is ``ad_hoc``."""
        return {id: checklist for id, checklist in self.checklists.items() if id != AD_HOC}

    @property
    def checklists(self) -> Mapping[str, Checklist]:
        """All checklists by id, that of ad-hoc reports among them."""
        return self._fresh().checklists

    @property
    def ad_hoc(self) -> Checklist | None:
        """The kinds of problems of an ad-hoc report (随手拍), or None where there is no such text."""
        return self._fresh().checklists.get(AD_HOC)

    @property
    def titles(self) -> Mapping[str, str]:
        """By id, what inspections and reports can be of: the site types, then ad-hoc reports."""
        found = [*self.current.values(), *([self.ad_hoc] if self.ad_hoc else [])]
        return {checklist.id: checklist.title for checklist in found}

    @property
    def plan(self) -> Catalogue:
        return self._fresh().plan

    @property
    def weights(self) -> Weights:
        """How the index is put together; all alike where there is no such text."""
        return self._fresh().weights

    @property
    def routing(self) -> tuple[RoutingRule, ...]:
        """Which findings are sent to which unit; none where there is no such text."""
        return self._fresh().routing

    @property
    def deadlines(self) -> Deadlines:
        """By when cases are to be put right; the usual limits where there is no such text."""
        return self._fresh().deadlines

    @property
    def presence(self) -> PresenceRules:
        """What a visit needs to count by itself; the usual limits where there is no such text."""
        return self._fresh().presence

    @property
    def industries(self) -> tuple[Industry, ...]:
        """The industries of the city's own; none where there is no such text."""
        return self._fresh().industries

    @property
    def zones(self) -> ZoneRules | list[Problem]:
        """The rules about premises around schools; what is wrong where there are none."""
        return self._fresh().zones

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self._fresh().problems

    def text(self, name: str) -> str:
        """The text in force under a name; empty where there is none."""
        return self._fresh().texts.get(name, "")

    def newest_editions(self) -> list[Edition]:
        """The newest edition of each name that the office ever changed."""
        self._fresh()
        return [edition for _, edition in sorted(self._sources.newest.items())]

    def number(self, name: str) -> int:
        """The number of a name's newest edition; 0 where the office never changed it."""
        self._fresh()
        return self._sources.number(name)

    def editions_of(self, name: str) -> list[Edition]:
        """All editions of a name, the first one first."""
        return self._editions.of(name)

    def with_newer_start(self) -> list[str]:
        """The names whose starting text changed since the office made its own of it."""
        return [one.name for one in self.newest_editions() if has_newer_start(self._sources.files.get(one.name), one)]

    def replaced_at(self, checklist: Checklist) -> datetime | None:
        """When the office last put another text in place of this version, or took it out; None where nothing tells.

        None as well where it is in force. Of several texts since it is the newest one's time.
        """
        current = self.checklists.get(checklist.id)
        if current and current.version == checklist.version:
            return None
        return next((edition.at for edition in self.newest_editions() if edition.name == checklist.id), None)

    def version(self, version: str) -> Checklist | None:
        """The checklist of that version, whether still in force or not.

        Raises ``VersionAltered`` where what is kept under that name has another meaning now.
        """
        known = self._versions.get(version)
        if known is None and (kept := CHECKLISTS.get(self._store, version)):
            known = kept.value
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
        kept = [one.id for one in CHECKLISTS.find(self._store) if one.value.id == id]
        found = [checklist for version in reversed(kept) if (checklist := self.version(version))]
        in_force = self.current.get(id)
        return sorted(found, key=lambda checklist: in_force is None or checklist.version != in_force.version)

    def look_again(self) -> None:
        """Take over now what was edited in the folder or kept by other processes."""
        with self._mutex:
            self._look()

    def keep(
        self,
        name: str,
        text: str | None,
        by: str,
        now: datetime,
        why: str = "",
        *,
        expected: int | None = None,
        whole: bool = True,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> list[Problem]:
        """Put a text in force as the office's newest edition; or what is wrong with it, and nothing changed.

        None as the text: the office goes by the folder again. ``whole``: all other texts have to be right as well,
        else only as right as they were. ``before`` and ``after`` are told to the log besides. Raises ``Stale`` where
        the newest edition is not the one with the ``expected`` number.
        """
        with self._mutex:
            self._look()
            if expected is not None and self._sources.number(name) != expected:
                raise Stale(f"editions/{name}")
            edition = self._sources.next_edition(name, text, by, now, why)
            if self._sources.says_already(edition):
                return []
            if problems := self._wrong_with(edition, whole):
                return problems
            self._editions.keep(edition, before or {}, after or {})
            self._look()
        return []

    def _fresh(self) -> InForce:
        if time.monotonic() - self._looked_at > _LOOK_EVERY_S and self._mutex.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._mutex.release()
        return self._in_force

    def _look(self) -> None:
        self._editions.look()
        files = signature(self._start.folder)
        if (files, self._editions.count) != self._seen:
            self._take()
            self._seen = (files, self._editions.count)
        self._looked_at = time.monotonic()

    def _open(self) -> None:
        """The first look, which also takes over what earlier versions of the program wrote into their own folder."""
        self._editions.look()
        files = signature(self._start.folder)
        self._take({} if self._start.own else self._good.edited_in_the_program(self._start.released))
        self._good.are_taken_over(utc_text(self._clock()))
        self._seen = (files, self._editions.count)
        self._looked_at = time.monotonic()

    def _take(self, earlier: Mapping[str, str] | None = None) -> None:
        """Read the folder and the newest editions, and keep as editions what an operator edited in the folder."""
        files = read_texts(self._start.folder)
        edited = {name for name, file in files.items() if self._sources.files.get(name) != file}
        edited.update(self._sources.edited)
        self._sources = replace(self._sources, files=files, edited=edited)
        found = self._kept(earlier or {})
        for problem in found.problems:
            _log.warning("%s: %s", problem, say(problem))
        # What is wrong is still to become an edition, once it is mended.
        self._sources = replace(self._sources, edited=edited & found.wrong.keys())
        self._good.note(found)
        for checklist in found.checklists.values():
            if CHECKLISTS.get(self._store, checklist.version) is None:
                CHECKLISTS.put_once(self._store, checklist.version, checklist)
            self._versions[checklist.version] = checklist
        self._in_force = found

    def _kept(self, earlier: Mapping[str, str]) -> InForce:
        """What is in force once its new editions are kept, whoever was quicker."""
        while True:
            self._sources = replace(self._sources, newest=self._editions.newest)
            found = read_offers(self._sources.offers(self._clock(), earlier), self._good)
            if not found.editions:
                return found
            with suppress(Stale):
                for edition in found.editions:
                    self._editions.keep(edition, {}, {})
            self._editions.look()

    def _wrong_with(self, edition: Edition, whole: bool) -> list[Problem]:
        """What would be wrong with this edition in force."""
        if len(edition.name) > _LONGEST_NAME:
            return [Problem("checklists.name_too_long", details={"longest_name": _LONGEST_NAME})]
        try:
            wrong = read_offers(self._sources.offers_with(edition), self._good).wrong
        except ChecklistsInvalid as error:
            return error.problems
        was = {} if whole else self._in_force.wrong
        return [
            problem for of, found in wrong.items() if of == edition.name or found != was.get(of) for problem in found
        ]


def read_checklists(folder: Path) -> tuple[Catalogue, dict[str, Checklist]]:
    """The plan and the checklists of a folder, all right. Raises ``ChecklistsInvalid``."""
    plan = load_plan(folder / PLAN_FILE)
    if isinstance(plan, list):
        raise ChecklistsInvalid(plan)
    checklists = load_checklists(folder, plan)
    if isinstance(checklists, list):
        raise ChecklistsInvalid(checklists)
    return plan, checklists
