"""What was last right and in force, kept so that a misprint, or a restart with one, stops nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress

from ...collections.checklists.last_good import LAST_GOOD, LastGoodText
from ...domain.checklists.checklist import Checklist
from ...domain.checklists.editions import Released, digest
from ...domain.checklists.toml import checklist_to_toml
from ...domain.starting_set import NO_CHECKLISTS, name_of
from ...store import Stale, Store
from .reading import InForce

_log = logging.getLogger(__name__)
_VERSIONS, _TAKEN_OVER = "versions", "taken_over"


class VersionAltered(Exception):
    """A kept checklist version no longer has the meaning that its name was made from."""


class KeptGood:
    """Last good texts, and last good checklists by the version that ``version`` finds."""

    def __init__(self, store: Store, version: Callable[[str], Checklist | None]) -> None:
        self._store = store
        self._version = version

    def text(self, name: str) -> str | None:
        """The last good text of what is no checklist."""
        kept = LAST_GOOD.get(self._store, name)
        return kept.value.text if kept else None

    def checklist(self, id: str) -> Checklist | None:
        """The last good checklist. Raises ``VersionAltered``."""
        version = self._versions().get(id)
        return self._version(version) if version else None

    def note(self, found: InForce) -> None:
        """Keep what is in force."""
        for name in map(name_of, NO_CHECKLISTS):
            if (text := found.texts.get(name)) is not None:
                self._put(name, LastGoodText(text))
        versions = {id: checklist.version for id, checklist in found.checklists.items()}
        self._put(_VERSIONS, LastGoodText(versions={**self._versions(), **versions}))

    def edited_in_the_program(self, released: Released) -> dict[str, str]:
        """By name, the texts that were in force last and that no version of the program brought.

        Earlier versions of the program had the office's edits in the program's own folder. Empty where they were taken
        over before.
        """
        if LAST_GOOD.get(self._store, _TAKEN_OVER):
            return {}
        texts = {name: text for name in map(name_of, NO_CHECKLISTS) if (text := self.text(name)) is not None}
        edited = {name: text for name, text in texts.items() if digest(text) not in released.texts}
        return edited | self._checklists_not_in(released)

    def are_taken_over(self, when: str) -> None:
        """Note that there are no edits of earlier versions of the program left to be taken over."""
        LAST_GOOD.put_once(self._store, _TAKEN_OVER, LastGoodText(when))

    def _checklists_not_in(self, released: Released) -> dict[str, str]:
        found = {}
        for id, version in self._versions().items():
            if version not in released.versions:
                with suppress(VersionAltered):
                    found[id] = self.checklist(id)
        return {id: checklist_to_toml(checklist) for id, checklist in found.items() if checklist}

    def _versions(self) -> Mapping[str, str]:
        kept = LAST_GOOD.get(self._store, _VERSIONS)
        return kept.value.versions if kept else {}

    def _put(self, id: str, good: LastGoodText) -> None:
        """Of two processes that do so at once, either is right."""
        kept = LAST_GOOD.get(self._store, id)
        if kept is None:
            LAST_GOOD.put_once(self._store, id, good)
        elif kept.value != good:
            try:
                LAST_GOOD.update(self._store, kept, good)
            except Stale:
                _log.info("another process took over the checklists at the same moment")
