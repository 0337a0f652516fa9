"""Fields of earlier entries of the log in which words were blanked later.

The log is only ever added to, and an entry's hash is over commitments to its fields: what stands in the file stays
there. The entry of the blanking tells in which fields the words stand (not which they are); whoever shows an entry
shows these as blanked, and an extract proves itself without them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ..domain.blanking import BLANK
from ..domain.commitments import SEED

LOGGED = "log"
"""The field, behind ``after``, of an entry ``text.blanked`` that lists places: 「12 after/reason」."""
Places = frozenset[tuple[int, str]]
_SIDES = ("before", "after")
_OF_THE_CHAIN = frozenset({"hash", "previous", "commitments", SEED})
_FREE = frozenset(
    {
        "reason",
        "why",
        "let_in",
        "text",
        "description",
        "note",
        "name",
        "names",
        "title",
        "contact",
        "file",
        "references",
        *_SIDES,
    }
)
"""Fields of a side in which people write what they like, and those of plans and references, which have some within. By
the others, as sites and accounts, programs go.
"""


def hidden_in(entries: Iterable[Mapping[str, Any]]) -> Places:
    """Number of the entry and name of the field (「after/reason」) of everything that blankings among these hide."""
    found = set()
    for entry in entries:
        for place in (entry["after"] or {}).get(LOGGED, ()) if entry["act"] == "text.blanked" else ():
            seq, _, name = place.partition(" ")
            found.add((int(seq), name))
    return frozenset(found)


def as_hidden(entry: Mapping[str, Any], places: Places) -> Mapping[str, Any]:
    """An entry to be shown. Without its seed, where anything is hidden: with it the words could be tried out, and so
    they could with the hash of one that has no commitments.
    """
    names = {name for seq, name in places if seq == entry["seq"]}
    if not names:
        return dict(entry)
    gone = {SEED} if SEED in entry else _OF_THE_CHAIN
    shown = {name: value for name, value in entry.items() if name not in gone}
    for side in _SIDES:
        if shown[side]:
            shown[side] = {name: BLANK if f"{side}/{name}" in names else one for name, one in shown[side].items()}
    return shown


def unchained(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry without what its hash, or that of the one before, could be computed from, or compared with."""
    return {name: value for name, value in entry.items() if name not in _OF_THE_CHAIN}


def places_of(entry: Mapping[str, Any], words: Callable[[str], str]) -> Iterator[str]:
    """The free fields of an entry in which ``words`` changes anything, at whatever depth, as the log lists them."""
    for side in _SIDES:
        for name, value in (entry[side] or {}).items():
            if name in _FREE and any(words(text) != text for text in _texts(value)):
                yield f"{entry['seq']} {side}/{name}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for part in value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ():
        yield from _texts(part)
