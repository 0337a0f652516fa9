"""JSON as pages and scripts send it: what no reader of ours could take, or the store not keep, is no JSON."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from flask.json.provider import DefaultJSONProvider


class StrictJSON(DefaultJSONProvider):
    """JSON of requests, and of answers in the characters that people read."""

    ensure_ascii = False

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """The value of a text.

        Raises ``ValueError``: also where it is nested deeper than Python reads, has half a surrogate pair, which is in
        no UTF-8, or a number that JSON does not have.
        """
        try:
            value = super().loads(s, **{"parse_constant": _no_number, **kwargs})
            if (b"\\u" if isinstance(s, bytes) else "\\u") in s:  # type: ignore[operator]
                json.dumps(value, ensure_ascii=False).encode()
        except RecursionError as error:
            raise ValueError("nested too deep") from error
        return value


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"no number of JSON: {constant}")
