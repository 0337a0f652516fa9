"""Finding by words, however they are written: in any width, case, composition, with blanks of any kind between them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from .text import cleaned


def plain(text: str) -> str:
    """A text as it is compared: full-width letters, digits and brackets as half-width ones, small letters.

    Blanks of any width are spaces, and what nobody sees does not count, in what was kept before such was left out, too.
    """
    return unicodedata.normalize("NFKC", cleaned(text)).casefold()


def found_in(query: str, texts: Iterable[str]) -> bool:
    """Whether each word of a query (they are separated by white space) stands in one of the texts. No words: always."""
    words = plain(query).split()
    hay = "\n".join(plain(text) for text in texts) if words else ""
    return all(word in hay for word in words)
