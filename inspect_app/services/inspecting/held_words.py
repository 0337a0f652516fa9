"""What somebody wrote in a submission that waits or was left out, in other words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ...domain.blanking import BLANK, SHORT, retold
from ...domain.inspecting.held_import import UNREADABLE, HeldImport
from ..evidence.anonymous import FREE_TEXT, in_words

_FREE = FREE_TEXT | {"reason", "description", "place", "address", "text", UNREADABLE}
"""Fields of what phones and units send in which people write what they like; of what cannot be read, all of it."""
_LEAST_NUMBER = 10**6
"""From here on a number may be that of a telephone or a document; smaller ones count and measure."""
_OF_PROGRAMS = re.compile(
    r"[a-z][a-z0-9_-]*|[A-Z]"  # names of fields, items, grades and sites
    r"|20[0-9]{2}-[0-9]{5}"  # numbers of cases
    r"|[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # what files and submissions are known by
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]{4,6})",  # instants
    re.ASCII,
)
"""By which programs go, and nobody is told of: nothing of these is put in other words, but in free text."""
_CODE = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
Words = Callable[[str], str]


def worded_held(held: HeldImport, words: Words) -> HeldImport:
    """The submission with every free text in it and about it in these words; whose and which it is stays.

    Nothing in one that was refused is checked: there people may have written anywhere, and have named fields.
    """
    return replace(
        held,
        raw=_unchecked(held.raw, words) if held.was_refused else _checked(held.raw, words),
        site=words(held.site),
        why=words(held.why),
        reason=words(held.reason),
        sent_as=held.fingerprint,
        form=held.begun,
        blanked=retold(held.blanked, words),
    )


def stays_as_sent(field: str, sent: object, kept: str) -> bool:
    """Whether what was sent where ``kept`` stands with words blanked is no text of before, but mended: outside of free
    text what programs go by, and a code or a small number where nothing but the blank is left to compare with."""
    if field in _FREE:
        return False
    if not isinstance(sent, str):
        return not (isinstance(sent, int | float) and abs(sent) >= _LEAST_NUMBER)
    is_bare = kept in (BLANK, SHORT)
    return _OF_PROGRAMS.fullmatch(sent) is not None or (is_bare and _CODE.fullmatch(sent) is not None)


def _checked(raw: Mapping[str, Any], words: Words) -> Mapping[str, Any]:
    return {name: in_words(name, value, words, _FREE) for name, value in raw.items()}


def _unchecked(value: Any, words: Words, field: str = "") -> Any:
    """A value with all texts, names of fields and long numbers in it in these words, but those of programs."""
    if isinstance(value, Mapping):
        return _with_names([(_worded(name, words), _unchecked(one, words, name)) for name, one in value.items()])
    if isinstance(value, list | tuple):
        return [_unchecked(one, words, field) for one in value]
    if isinstance(value, str):
        return words(value) if field in _FREE else _worded(value, words)
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _LEAST_NUMBER:
        told = words(str(value))
        return value if told == str(value) else told
    return value


def _worded(text: str, words: Words) -> str:
    return text if _OF_PROGRAMS.fullmatch(text) else words(text)


def _with_names(entries: list[tuple[str, object]]) -> dict[str, object]:
    """The entries by their names, which may be the same when words are blanked in them: none of them is lost."""
    named: dict[str, object] = {}
    for name, value in entries:
        while name in named:
            name += "′"
        named[name] = value
    return named
