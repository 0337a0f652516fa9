"""JavaScript modules as they are sent: without the comments, and with all that a page needs known at once."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable

_WHOLE_LINES = re.compile(r"^[ \t]*(?://[^\n]*|/\*(?:(?!\*/).)*\*/[ \t]*)$", re.MULTILINE | re.DOTALL)
_CASTS = re.compile(r"/\*\* @(?:(?!\*/)[^\n])*\*/ ?")
_IMPORTS = re.compile(r'^(?:import|export)\b[^;"]*?"(\.[^"]+)";', re.MULTILINE)


def without_comments(code: str) -> str:
    """The same code without the comments that fill lines and the types before expressions. Lines keep their numbers.

    Types and reasons are a third of what is sent; a phone needs neither. That the code stays the same is tested with a
    compiler (tests/test_modules.py).
    """
    return _CASTS.sub("", _WHOLE_LINES.sub(lambda found: "\n" * found[0].count("\n"), code))


def imported(path: str, read: Callable[[str], str]) -> tuple[str, ...]:
    """The modules that a module needs before it runs, by their paths, nearest first; those of ``import()`` left out."""
    found: dict[str, None] = {}
    waiting = [path]
    while waiting:
        here = waiting.pop(0)
        for name in _IMPORTS.findall(read(here)):
            target = posixpath.normpath(posixpath.join(posixpath.dirname(here), name))
            if target not in found:
                found[target] = None
                waiting.append(target)
    return tuple(found)
