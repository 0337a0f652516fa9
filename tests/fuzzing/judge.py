"""Which answers break a rule, whatever was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.fuzzing.asks import Ask
from tests.fuzzing.hostile import ELSEWHERE, MARK


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and what was written to the log of errors meanwhile."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    logged: str = ""

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


def _server_error(_: Ask, answer: Answer) -> bool:
    is_told_to_wait = answer.status == 503 and answer.header("retry-after")
    return answer.status >= 500 and not is_told_to_wait


def _traceback(_: Ask, answer: Answer) -> bool:
    return b"Traceback (most recent call last)" in answer.body


def _logged(_: Ask, answer: Answer) -> bool:
    return bool(answer.logged) and answer.status < 500


def _leads_elsewhere(_: Ask, answer: Answer) -> bool:
    location = answer.header("location")
    return bool(location) and not re.match(r"/(?![/\\\s])", location)


def _names_elsewhere(ask: Ask, answer: Answer) -> bool:
    """A host that is told by a header alone comes back nowhere."""
    if not any(ELSEWHERE in value for value in ask.headers.values()):
        return False
    sent_otherwise = ELSEWHERE in ask.query or ELSEWHERE.encode() in ask.body + ask.path
    return not sent_otherwise and ELSEWHERE.encode() in answer.body + repr(answer.headers).encode()


def _splits_header(_: Ask, answer: Answer) -> bool:
    return any("\n" in value or "\r" in value or value.startswith("zq=") for _, value in answer.headers)


def _unescaped(_: Ask, answer: Answer) -> bool:
    is_markup = any(kind in answer.header("content-type") for kind in ("html", "xml", "svg"))
    return is_markup and (MARK.encode() in answer.body or b"<zq>" in answer.body)


def _no_json(_: Ask, answer: Answer) -> bool:
    is_whole = answer.body and answer.status != 206 and not answer.header("content-encoding")
    if "json" not in answer.header("content-type") or not is_whole:
        return False
    try:
        json.loads(answer.body.decode(), parse_constant=_refuse)
    except ValueError:
        return True
    return False


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _error_is_no_json(ask: Ask, answer: Answer) -> bool:
    """Clients of the interface get JSON, whatever is wrong."""
    is_of_api = ask.path.startswith(b"/api/") and ask.method != "HEAD"
    return is_of_api and answer.status >= 400 and "json" not in answer.header("content-type")


def _lies(ask: Ask, answer: Answer) -> bool:
    """Says that it was done, and what is wrong with it."""
    if ask.method in ("GET", "HEAD", "OPTIONS") or answer.status >= 300:
        return False
    is_page = "html" in answer.header("content-type")
    return b'<div class="problems" role="alert">' in answer.body if is_page else answer.body.startswith(b'{"error"')


RULES: dict[str, Callable[[Ask, Answer], bool]] = {
    "server error": _server_error,
    "traceback": _traceback,
    "error in the log": _logged,
    "leads elsewhere": _leads_elsewhere,
    "names another host": _names_elsewhere,
    "splits a header": _splits_header,
    "input unescaped": _unescaped,
    "no JSON": _no_json,
    "error is no JSON": _error_is_no_json,
    "status lies": _lies,
}


def broken(ask: Ask, answer: Answer) -> Iterator[str]:
    """The rules that an answer breaks."""
    return (name for name, is_broken in RULES.items() if is_broken(ask, answer))
