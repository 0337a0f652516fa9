"""Blanking words in what somebody wrote: a name, a telephone number, whatever should never have been written down."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import zip_longest
from typing import Any

BLANK, SHORT = "〔已隐去〕", "〔〕"
"""What stands for the words; the short one is no longer than any words, for a text that is as long as it may be."""
LONGEST = 500
"""Characters that a text in an answer has at most, as ``checklists.method.MAX_TEXT``."""
LEAST, MOST, MOST_REASON = 2, 500, 200
"""Characters of the words, blanks not counted, and of the reason."""
_BETWEEN = "[\\s\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]*"
"""What nobody sees, and blanks of any kind: the words are found as a reader sees them."""


@dataclass(frozen=True, slots=True)
class Blanking:
    """That words were blanked at so many ``places`` of a document, by whom, when (UTC) and why; not which."""

    places: int
    reason: str
    by: str
    at: datetime


def retold(blanked: tuple[Blanking, ...], words: Callable[[str], str]) -> tuple[Blanking, ...]:
    """The same with their reasons in these words: a reason is written by somebody as well."""
    return tuple(replace(one, reason=words(one.reason)) for one in blanked)


def each_once(told: tuple[Blanking, ...], blanked: tuple[Blanking, ...]) -> tuple[Blanking, ...]:
    """What is told of a document, with what was blanked of a part that came to it later: of both at once only once."""
    known = {(one.by, one.at) for one in told}
    return (*told, *(one for one in blanked if (one.by, one.at) not in known))


class Blanker:
    """Writes texts without the words; ``places`` counts where they stood."""

    def __init__(self, words: str) -> None:
        self._pattern = re.compile(_BETWEEN.join(map(re.escape, _plain(words))))
        self.places = 0

    def __call__(self, text: str) -> str:
        """The text with ``BLANK`` wherever the words stand, or with ``SHORT`` where it would outgrow ``LONGEST``: it
        can be read as an answer again. A text without the words is as it was.
        """
        composed = unicodedata.normalize("NFC", text)  # stored, maybe, before texts were cleaned
        without, found = self._pattern.subn(BLANK, composed)
        self.places += found
        if not found:
            return text
        return without if len(without) <= max(len(text), LONGEST) else self._pattern.sub(SHORT, composed)


def can_be_blanked(words: str) -> bool:
    """Whether the words are enough to tell what is meant, and no part of what stands where words were blanked."""
    return len(_plain(words)) >= LEAST and len(words) <= MOST and _plain(words) not in BLANK


def is_but_blanked(text: str, blanked: str) -> bool:
    """Whether a text is another one as it was before words were blanked in it."""
    first, *parts = re.split(f"{BLANK}|{SHORT}", blanked)
    if not parts:
        return text == blanked
    end, last = len(first), parts.pop()
    for part in parts:  # the earliest place of each leaves most to those behind it; a pattern would try all
        if (found := text.find(part, end + 1)) < 0:
            return False
        end = found + len(part)
    return text.startswith(first) and text.endswith(last) and end < len(text) - len(last)


def reblanked(sent: Any, kept: Any) -> Any:
    """What was sent in the place of ``kept``, where texts that are the same but for blanking stay as they are kept.

    Whoever filled it in before words were blanked sends them again unchanged, and does not mean to bring them back. A
    text in which the blank stands was written in sight of it, and is taken as it is.
    """
    if isinstance(sent, str) and isinstance(kept, str):
        is_of_before = BLANK not in sent and SHORT not in sent
        return kept if is_of_before and is_but_blanked(sent, kept) else sent
    if isinstance(sent, Mapping) and isinstance(kept, Mapping):
        return {name: reblanked(value, kept.get(name)) for name, value in sent.items()}
    if isinstance(sent, list) and isinstance(kept, list | tuple):
        return [reblanked(one, other) for one, other in zip_longest(sent, kept[: len(sent)])]
    return sent


def written(apply: Callable[[Callable[[str], str]], object]) -> list[str]:
    """All texts that ``apply`` hands to a function on texts, each once."""
    found: dict[str, None] = {}

    def note(text: str) -> str:
        if text.strip():
            found[text] = None
        return text

    apply(note)
    return list(found)


def _plain(words: str) -> str:
    return re.sub(_BETWEEN, "", unicodedata.normalize("NFC", words))
