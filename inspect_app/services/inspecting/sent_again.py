"""What is sent again, mended or under another id, after words were blanked in what is here of it: none come back.

A phone has no other text than that which its inspector wrote, and sends that whatever else was mended.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ...collections import Kept
from ...collections.inspecting.held_import import HELD_IMPORTS
from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.blanking import Blanker, Blanking, blanked_in, can_be_blanked, each_once, reblanked
from ...domain.inspecting.held_import import HeldImport, begun_as
from .. import Services
from .held_words import stays_as_sent

_MOST = 100
"""So many of the words at most are looked for in what is said about it."""


@dataclass(frozen=True, slots=True)
class SentAgain:
    """What was sent without the words that were blanked before; ``blanked`` tells of the blankings where any stood in
    it, and ``words`` are these, for what is said about it.
    """

    raw: Any
    blanked: tuple[Blanking, ...] = ()
    words: tuple[str, ...] = ()

    def said(self, text: str) -> str:
        """A text about it, without the words."""
        for words in self.words:
            text = Blanker(words)(text)
        return text


def held_of_form(services: Services, inspector: str, id: str, raw: object) -> list[Kept[HeldImport]]:
    """What was held, under other ids, of the form that a submission was filled in on."""
    begun = begun_as(inspector, raw)
    found = HELD_IMPORTS.find(services.store, begun=begun) if begun else []
    return [one for one in found if one.id != id]


def sent_again(services: Services, inspector: str, id: str, raw: Any) -> SentAgain:
    """What an inspector sent under an id, in the light of what was blanked of the same: of what is held under this id
    or of its form, and of the inspection under it.
    """
    done = SentAgain(raw)
    for before, blanked in _before(services, inspector, id, raw):
        found = [one for one in islice(blanked_in(done.raw, before, stays_as_sent), _MOST) if can_be_blanked(one)]
        without = reblanked(done.raw, before, stays_as_sent)
        if without != done.raw:
            words = tuple(dict.fromkeys([*done.words, *found]))
            done = SentAgain(without, each_once(done.blanked, blanked), words[:_MOST])
    return done


def _before(
    services: Services, inspector: str, id: str, raw: Any
) -> list[tuple[Mapping[str, Any], tuple[Blanking, ...]]]:
    """What lies here of the same in which words were blanked, with what tells of it."""
    under, visit = HELD_IMPORTS.get(services.store, id), INSPECTIONS.get(services.store, id)
    held = [one.value for one in ([under] if under else []) + held_of_form(services, inspector, id, raw)]
    found = [(one.raw, one.blanked) for one in held if one.blanked and one.inspector == inspector]
    if visit and visit.value.blanked and visit.value.inspector == inspector:
        found.append(({"answers": visit.value.answers}, visit.value.blanked))
    return found
