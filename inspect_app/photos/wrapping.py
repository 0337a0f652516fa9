"""Lines of Chinese and Latin text broken to a width (GB/T 15834-2011, 5.1: which marks may begin or end a line)."""

from __future__ import annotations

import re
from collections.abc import Callable

_NEVER_FIRST = frozenset("、，。．：；！？）」』》】〉”’…·—%‰℃,.:;!?)]}米")
_NEVER_LAST = frozenset("（「『《【〈“‘([{±")
_WORD = re.compile(r"[0-9A-Za-z_./:+\-]+|\s+|.", re.DOTALL)
"""Numbers, dates, times and Latin words are not broken; between any other two signs a line may end."""
CUT = "…"


def wrapped(text: str, width: float, most: int, measure: Callable[[str], float]) -> list[str]:
    """The text in at most so many rows of at most that width; the last ends in … where it goes on.

    ``measure`` gives the width of a text in the unit of ``width``. A piece that is wider than a row is broken anywhere.
    """
    rows = _rows(_pieces(text), width, measure)
    if len(rows) <= most:
        return rows
    return [*rows[: most - 1], _cut(rows[most - 1], width, measure)]


def _pieces(text: str) -> list[str]:
    """What is not broken: words, each with the marks that must not be parted from it."""
    pieces: list[str] = []
    for piece in _WORD.findall(text):
        if pieces and not piece.isspace() and _holds(pieces[-1][-1], piece[0]):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _holds(before: str, after: str) -> bool:
    """Whether two signs are not parted; numbers of clauses are one, as (五)4(2)."""
    if after in _NEVER_FIRST or before in _NEVER_LAST:
        return True
    return (after == "(" and _is_latin(before)) or (before == ")" and _is_latin(after))


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalnum()


def _rows(pieces: list[str], width: float, measure: Callable[[str], float]) -> list[str]:
    rows, row = list[str](), ""
    for piece in pieces:
        if measure((row + piece).rstrip()) <= width:
            row += piece
            continue
        if row.strip():
            rows.append(row.strip())
        *whole, row = _broken(piece.lstrip(), width, measure)
        rows += whole
    return [*rows, row.strip()] if row.strip() else rows


def _broken(piece: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """A piece in parts that fit, of one sign at least; one empty part for nothing."""
    parts, part = list[str](), ""
    for sign in piece:
        if part and measure(part + sign) > width:
            parts.append(part)
            part = ""
        part += sign
    return [*parts, part]


def _cut(row: str, width: float, measure: Callable[[str], float]) -> str:
    while row and measure(row + CUT) > width:
        row = row[:-1].rstrip()
    return row + CUT
