"""Texts as PostgreSQL can hold and index them, and the names of its tables.

A document is kept as the JSON text that was written, in a column of type ``json``: ``jsonb`` knows no ``\\u0000``,
turns ``1e16`` into a whole number and puts the fields in another order. What is looked for stands beside it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

WHOLE = "all"
"""The one part of a collection that is not partitioned by week."""
_IDS = "ids"
_LONGEST = 500
"""Characters of a value that are indexed as they are; an entry of an index has room for 2,700 bytes."""
_ESCAPED = re.compile("[\0\x01\ud800-\udfff]")
_ESCAPE = re.compile("\x01([0-9a-f]+);")


def column_text(text: str) -> str:
    """An id or a value as a column has it: no two are the same, and nearly all are as they were.

    PostgreSQL's texts have no NUL, and nothing that is no character.
    """
    return _ESCAPED.sub(lambda found: f"\x01{ord(found[0]):x};", text)


def text_in_column(column: str) -> str:
    """The text that ``column_text`` made this of."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), column) if "\x01" in column else column


def indexed_text(text: str) -> str:
    """A value as an index has it: of a long one the beginning, and the hash of all of it."""
    escaped = column_text(text)
    if len(escaped) <= _LONGEST:
        return escaped
    return f"{escaped[:64]}\x01sha256:{hashlib.sha256(escaped.encode()).hexdigest()}"


def indexed_texts(values: Iterable[str]) -> list[str]:
    """Values as an index has them, in a fixed order."""
    return sorted(map(indexed_text, values))


def table_of(collection: str, part: str = WHOLE) -> str:
    """The table of a collection's part, quoted; of a collection by weeks, the whole one is what its weeks hang on.

    Both names were checked (``Layout``, ``is_week``): there is no quotation mark in them.
    """
    return f'"{collection}"' if part == WHOLE else f'"{collection}/{part}"'


def ids_of(collection: str) -> str:
    """The table that tells where a collection by weeks has an id, quoted."""
    return table_of(collection, _IDS)


def column_of(field: str) -> str:
    """The column of a field that a collection is found by, quoted."""
    return f'"by_{field}"'


def brief_column(version: int) -> str:
    """The column of what is kept beside a document, in the form of this version."""
    return f"brief_{version}"
