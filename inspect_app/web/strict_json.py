"""JSON as one and only one value: what readers take differently, or no answer could say again, is refused.

Where a browser or program sends JSON, this reads it: the interface, and pages by ``request.get_json``.
"""

from __future__ import annotations

import json
import math
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from ..domain.nesting import is_deeper
from ..domain.problems import Problem

_SHOWN = 20


class Unfit(ValueError):
    """JSON that some readers take and others do not, or each in its own way."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def read_strictly(content: bytes | str) -> Any:
    """The value that a text in UTF-8 says (RFC 8259, 8.1).

    Raises ``Unfit`` for no JSON, half a surrogate pair, a key twice, nesting deeper than ``MOST_LAYERS``, and numbers
    that JSON does not have or no float holds: they would be infinite, or end in an error wherever they meet another.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8-sig")
        value = json.loads(
            text, parse_constant=_refuse, parse_float=_number, parse_int=_whole, object_pairs_hook=_single_keys
        )
        if is_deeper(value):
            raise Unfit(Problem("submission.not_json"))
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except Unfit:
        raise
    except (ValueError, RecursionError) as error:
        raise Unfit(Problem("submission.not_json")) from error
    return value


class StrictProvider(DefaultJSONProvider):
    """Flask's way to JSON, with requests read strictly."""

    ensure_ascii = False

    def loads(self, s: str | bytes, **_: Any) -> Any:
        """See ``read_strictly``."""
        return read_strictly(s)


def read_json_strictly(app: Flask) -> None:
    """From here on, whatever view asks."""
    app.json = StrictProvider(app)


def _refuse(constant: str) -> None:
    raise Unfit(Problem("submission.json_constant", details={"constant": constant[:_SHOWN]}))


def _number(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        _refuse(text)
    return number


def _whole(text: str) -> int:
    _number(text)
    return int(text)


def _single_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unfit(Problem("submission.json_key_twice"))
    return found
