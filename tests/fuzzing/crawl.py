"""What there is to ask: addresses and forms that pages lead to, and names of fields that views read."""

from __future__ import annotations

import inspect
import re
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

import lxml.html
from flask import Flask
from werkzeug.exceptions import HTTPException

_MOST_OF_ONE = 3
"""So many addresses of one endpoint are kept."""
_NAMES = re.compile(
    r"""(?:get|getlist|pop)\(\s*["']([\w.-]+)["']|\[["']([\w.-]+)["']\]|^    (\w+) = \w*Field\(|args\.(\w+)""", re.M
)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a page: where it goes, and its fields as they stand."""

    path: str
    multipart: bool
    fields: tuple[tuple[str, tuple[str, ...]], ...]
    """Names, each with values that somebody might choose or write."""
    files: tuple[str, ...]


@dataclass
class Found:
    """Addresses and forms by endpoint."""

    paths: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    forms: dict[str, list[Form]] = field(default_factory=lambda: defaultdict(list))


def endpoint_of(app: Flask, path: str, method: str = "GET") -> str | None:
    """The endpoint that an address leads to."""
    try:
        return str(app.url_map.bind("localhost").match(urlsplit(path).path, method)[0])
    except HTTPException:
        return None


def crawled(app: Flask, get: Callable[[str], str], start: Iterable[str]) -> Found:
    """All that can be reached. ``get`` gives a page's text, empty where it is none."""
    found, seen, waiting = Found(), set[str](), deque(start)
    while waiting:
        path = waiting.popleft()
        endpoint = endpoint_of(app, path)
        if endpoint is None or path in seen or len(found.paths[endpoint]) >= _MOST_OF_ONE:
            continue
        seen.add(path)
        found.paths[endpoint].append(path)
        if page := get(path):
            waiting.extend(_read(app, found, path, page))
    return found


def _read(app: Flask, found: Found, path: str, page: str) -> list[str]:
    document = lxml.html.document_fromstring(page)
    for one in document.forms:
        if (one.method or "GET").upper() == "POST":
            _note_form(app, found, path, one)
    linked = [link for _, _, link, _ in document.iterlinks() if not urlsplit(link).scheme]
    return [urljoin(path, link).partition("#")[0] for link in linked]


def _note_form(app: Flask, found: Found, page: str, form: lxml.html.FormElement) -> None:
    path = urljoin(page, form.action or page)
    endpoint = endpoint_of(app, path, "POST")
    if endpoint is None or len(found.forms[endpoint]) >= _MOST_OF_ONE:
        return
    files = tuple(one.name for one in form.inputs if one.name and one.get("type") == "file")
    named = [one for one in form.inputs if one.name and one.name != "csrf_token" and one.get("type") not in _NO_TEXT]
    buttons = [(str(one.get("name")), (one.get("value", ""),)) for one in form.iter("button") if one.get("name")][:1]
    fields = [(one.name, _likely(one)) for one in named]
    found.forms[endpoint].append(
        Form(path, form.get("enctype", "").startswith("multipart"), (*fields, *buttons), files)
    )


_NO_TEXT = ("file", "submit", "button", "image", "reset")
_LIKELY = {
    "number": ("1", "2"),
    "date": ("2026-12-02", "2026-11-25"),
    "datetime-local": ("2026-12-02T10:00",),
    "time": ("10:00",),
    "password": ("right-password-1", "another-password-2"),
    "checkbox": ("on", "1"),
    "url": ("https://example.com/",),
    "color": ("#aabbcc",),
}


def _likely(one: Any) -> tuple[str, ...]:
    """What stands in a field, what can be chosen in it, or what might be written into it."""
    if one.tag == "select":
        return tuple(one.value_options) or ("",)
    value = one.get("value") if one.tag == "input" else one.text
    return (value,) if value else _LIKELY.get(one.get("type", "text"), ("改正", "421002001", "x-1", "30.31", "2"))


@cache
def names_of(module: str) -> tuple[str, ...]:
    """Names of arguments and fields that a module of views reads, as its text has them."""
    source = inspect.getsource(sys.modules[module])
    return tuple(sorted({next(filter(None, one)) for one in _NAMES.findall(source)}))


def fields_of(app: Flask, endpoint: str) -> tuple[str, ...]:
    """Names that a view may read."""
    return names_of(app.view_functions[endpoint].__module__)
