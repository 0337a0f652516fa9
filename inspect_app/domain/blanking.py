"""Blanking words in what somebody wrote: a name, a telephone number, whatever should never have been written down."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
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
_MOST_NAMES = 100
"""Among so many names of fields with a blank in them at most is looked for the one that was sent without."""
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


Stays = Callable[[str, object, str], bool]
"""By the name of the field, what was sent, and the text kept: whether that is taken as it was sent whatever is kept."""


def _never(field: str, sent: object, kept: str) -> bool:
    return False


def reblanked(sent: Any, kept: Any, stays: Stays = _never, field: str = "") -> Any:
    """What was sent in the place of ``kept``, where texts that are the same but for blanking stay as they are kept.

    Whoever filled it in before words were blanked sends them again unchanged, and does not mean to bring them back. A
    text in which the blank stands was written in sight of it, and is taken as it is. Names of fields are texts as well,
    and so is a number in whose place a text is kept.
    """
    if isinstance(kept, str) and (text := _text_of(sent)) is not None:
        return kept if _is_of_before(text, kept) and not stays(field, sent, kept) else sent
    if isinstance(sent, Mapping) and isinstance(kept, Mapping):
        names = _names_kept(sent, kept, stays)
        return {names[name]: reblanked(value, kept.get(names[name]), stays, name) for name, value in sent.items()}
    if isinstance(sent, list) and isinstance(kept, list | tuple):
        return [reblanked(one, other, stays, field) for one, other in zip_longest(sent, kept[: len(sent)])]
    return sent


def blanked_in(sent: Any, kept: Any, stays: Stays = _never, field: str = "") -> Iterator[str]:
    """The words that are blanked in ``kept`` and stand in what was sent in its place, wherever ``reblanked`` finds it
    to be the same but for them.
    """
    if isinstance(kept, str) and (text := _text_of(sent)) is not None:
        yield from _between(text, kept) if _is_of_before(text, kept) and not stays(field, sent, kept) else ()
    elif isinstance(sent, Mapping) and isinstance(kept, Mapping):
        for name, as_kept in _names_kept(sent, kept, stays).items():
            yield from _between(name, as_kept) if name != as_kept else ()
            yield from blanked_in(sent[name], kept.get(as_kept), stays, name)
    elif isinstance(sent, list) and isinstance(kept, list | tuple):
        for one, other in zip(sent, kept, strict=False):
            yield from blanked_in(one, other, stays, field)


def _text_of(sent: Any) -> str | None:
    """A text, or a number as text."""
    is_number = isinstance(sent, int | float) and not isinstance(sent, bool)
    return str(sent) if is_number else sent if isinstance(sent, str) else None


def _is_of_before(text: str, kept: str) -> bool:
    """Whether a text was written before words were blanked in it, and is else as it is kept."""
    return BLANK not in text and SHORT not in text and text != kept and is_but_blanked(text, kept)


def _names_kept(sent: Mapping[str, Any], kept: Mapping[str, Any], stays: Stays) -> dict[str, str]:
    """The names of the fields that were sent, each with that under which it is kept. None is given twice."""
    free = [name for name in kept if (BLANK in name or SHORT in name) and name not in sent][:_MOST_NAMES]
    names = {}
    for name in sent:
        found = [one for one in free if name not in kept and _is_of_before(name, one) and not stays("", name, one)]
        names[name] = next(iter(found), name)
        free = [one for one in free if one != names[name]]
    return names


def _between(text: str, blanked: str) -> Iterator[str]:
    """What stood in a text where words are blanked in it by now: see ``is_but_blanked``."""
    first, *parts = re.split(f"{BLANK}|{SHORT}", blanked)
    end, last = len(first), parts.pop()
    for part in parts:
        found = text.find(part, end + 1)
        yield text[end:found]
        end = found + len(part)
    yield text[end : len(text) - len(last)]


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
