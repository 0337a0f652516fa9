"""What somebody wrote in a submission that waits or was left out, in other words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ...domain.blanking import retold
from ...domain.inspecting.held_import import UNREADABLE, HeldImport
from ..evidence.anonymous import FREE_TEXT, in_words

_FREE = FREE_TEXT | {"reason", "description", "place", "address", "text", UNREADABLE}
"""Fields of what phones and units send in which people write what they like; of what cannot be read, all of it."""
Words = Callable[[str], str]


def worded_held(held: HeldImport, words: Words) -> HeldImport:
    """The submission with every free text in it and about it in these words; whose and which it is stays."""
    return replace(
        held,
        raw={name: in_words(name, value, words, _FREE) for name, value in held.raw.items()},
        site=words(held.site),
        why=words(held.why),
        reason=words(held.reason),
        sent_as=held.fingerprint,
        blanked=retold(held.blanked, words),
    )
