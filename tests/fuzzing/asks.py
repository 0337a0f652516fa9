"""Requests: of every route and method, with what pages would send, and with something of it spoilt."""

from __future__ import annotations

import hashlib
import random
import re
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote_from_bytes, unquote, urlencode, urlsplit

from flask import Flask
from werkzeug.routing import Rule

from inspect_app.domain.accounts.permissions import Permission
from inspect_app.web.access import rule_of
from tests.fuzzing import hostile
from tests.fuzzing.crawl import Form, Found, fields_of

_CHANGING = ("POST", "PUT", "DELETE", "PATCH")
_ARGUMENT = re.compile(r"<(?:[^<>]+:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Ask:
    """A request. ``path`` is as bytes go over the wire, decoded from percent signs already."""

    endpoint: str
    method: str
    path: bytes
    query: str = ""
    body: bytes = b""
    type: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    by_session: bool = False

    def told(self) -> str:
        """In a line, for a report."""
        path = quote_from_bytes(self.path) + (f"?{self.query}" if self.query else "")
        return f"{self.method} {path[:200]} {self.type} {self.headers or ''} {self.body[:300]!r}"


class Asks:
    """Makes requests for what one role found."""

    def __init__(
        self,
        app: Flask,
        found: Found,
        documents: dict[str, list[Any]],
        values: dict[str, str],
        granted: Collection[Permission],
    ) -> None:
        """``documents``: by endpoint, JSON that the views take; ``values``: for arguments that no page leads to."""
        self._app, self._found, self._documents, self._values = app, found, documents, values
        needed = {endpoint: rule_of(app, endpoint) for endpoint in app.view_functions}
        self._open = {one for one, wanted in needed.items() if not wanted or wanted & set(granted)}

    def rounds(self, rng: random.Random, times: int, only: Collection[str] | None = None) -> Iterator[Ask]:
        """Each route and method ``times`` times, in an order of chance; ``only``: those of these endpoints.

        Without, those that the role may not call are asked more seldom: they are refused before anything is read.
        """
        all_rules = list(self._app.url_map.iter_rules())
        for _ in range(times):
            wanted = only if only is not None else {*self._open, *_some(rng, all_rules)}
            rules = [rule for rule in all_rules if rule.endpoint in wanted]
            pairs = [(rule, method) for rule in rules for method in self._methods(rng, rule)]
            rng.shuffle(pairs)
            for rule, method in pairs:
                yield self.one(rng, rule, method)

    def _methods(self, rng: random.Random, rule: Rule) -> list[str]:
        """Those that the route has, those that change things twice; seldom another."""
        own = sorted(rule.methods or ())
        changing = [method for method in own if method in _CHANGING]
        other = ["DELETE", "PATCH", "TRACE", "ZQ"] if rng.random() < 0.02 else []
        return [*(method for method in own if method != "OPTIONS"), *changing, *other]

    def one(self, rng: random.Random, rule: Rule, method: str) -> Ask:
        """A request of a route: as a page would send it, or with something hostile in one or two places."""
        form = self._form(rng, rule.endpoint) if method in _CHANGING else None
        path = self._path(rng, rule, form)
        ask = Ask(rule.endpoint, method, path, query=self._query(rng, rule.endpoint), by_session=rng.random() < 0.3)
        if method in _CHANGING:
            ask = self._with_body(rng, ask, form)
            ask = _named_by_hash(ask, rule) if rng.random() < 0.8 else ask
        if rng.random() < 0.15:
            name = rng.choice(list(hostile.HEADERS))
            ask = replace(ask, headers={name: rng.choice(hostile.HEADERS[name])})
        return ask

    def _form(self, rng: random.Random, endpoint: str) -> Form | None:
        forms = self._found.forms.get(endpoint)
        return rng.choice(forms) if forms else None

    def _path(self, rng: random.Random, rule: Rule, form: Form | None) -> bytes:
        known = [form.path] if form else self._found.paths.get(rule.endpoint, [])
        arguments = self._arguments(rng.choice(known), "POST" if form else "GET") if known else {}
        spoilt = rng.choice(sorted(rule.arguments)) if rule.arguments and rng.random() < 0.25 else ""

        def filled(found: re.Match[str]) -> str:
            name = found[1]
            if name == spoilt:
                return _wire(rng)
            if name == "id" and rule.endpoint.startswith("api.put_"):
                return str(uuid.UUID(int=rng.getrandbits(128), version=4))
            return str(arguments.get(name, self._values.get(name, "1")))

        return _ARGUMENT.sub(filled, rule.rule).encode("utf-8", "surrogateescape")

    def _arguments(self, path: str, method: str) -> dict[str, Any]:
        matched = self._app.url_map.bind("localhost").match(unquote(urlsplit(path).path), method)
        return dict(matched[1])

    def _query(self, rng: random.Random, endpoint: str) -> str:
        known = [urlsplit(path).query for path in self._found.paths.get(endpoint, [])]
        query = rng.choice(known) if known else ""
        names = [*re.findall(r"(\w+)=", query), *fields_of(self._app, endpoint), "next", "week"]
        pieces = [query] if query and rng.random() < 0.5 else []
        pieces += [f"{rng.choice(names)}={_quoted(rng)}" for _ in range(rng.choice((0, 1, 1, 2, 3)))]
        return "&".join(pieces)

    def _with_body(self, rng: random.Random, ask: Ask, form: Form | None) -> Ask:
        if rng.random() < 0.05:
            return replace(ask, body=rng.choice(hostile.BODIES), type=rng.choice(hostile.TYPES))
        documents = self._documents.get(ask.endpoint)
        if documents or (form is None and rng.random() < 0.5):
            return self._with_json(rng, ask, documents)
        return _with_fields(rng, ask, *self._fields(rng, ask.endpoint, form))

    def _with_json(self, rng: random.Random, ask: Ask, documents: list[Any] | None) -> Ask:
        names = fields_of(self._app, ask.endpoint)
        document = (
            rng.choice(documents) if documents else {name: hostile.value(rng) for name in names if rng.random() < 0.6}
        )
        if isinstance(document, bytes):
            content = rng.choice([document, rng.choice(hostile.FILES), document[: rng.randrange(len(document))]])
            return replace(ask, body=content, type="application/octet-stream")
        content = hostile.encoded(rng, hostile.mutated(rng, document, rng.choice((0, 1, 1, 1, 2, 3))))
        if rng.random() < 0.04:
            content = content.replace(b'"', rng.choice(hostile.RAW) + b'"', 3).replace(rng.choice(hostile.RAW), b"", 1)
        return replace(ask, body=content, type="application/json")

    def _fields(
        self, rng: random.Random, endpoint: str, form: Form | None
    ) -> tuple[list[tuple[str, str]], dict[str, bytes], bool]:
        """Fields and files, spoilt, and whether they go as parts."""
        fields = (
            [(name, rng.choice(likely)) for name, likely in form.fields]
            if form
            else [(name, hostile.text(rng)) for name in fields_of(self._app, endpoint)]
        )
        for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
            _spoil(rng, fields, fields_of(self._app, endpoint))
        files = {name: rng.choice(hostile.FILES) for name in (form.files if form else ()) if rng.random() < 0.9}
        return fields, files, form.multipart if form else rng.random() < 0.2


def _some(rng: random.Random, rules: list[Rule]) -> set[str]:
    return {rule.endpoint for rule in rules if rng.random() < 0.1}


def _named_by_hash(ask: Ask, rule: Rule) -> Ask:
    """A file that is put under its own hash."""
    if ask.method != "PUT" or "sha256" not in rule.arguments:
        return ask
    return replace(ask, path=rule.rule.replace("<sha256>", hashlib.sha256(ask.body).hexdigest()).encode())


def _spoil(rng: random.Random, fields: list[tuple[str, str]], names: tuple[str, ...]) -> None:
    act = rng.random()
    if fields and act < 0.6:
        at = rng.randrange(len(fields))
        fields[at] = (fields[at][0], hostile.text(rng))
    elif fields and act < 0.7:
        del fields[rng.randrange(len(fields))]
    elif fields and act < 0.8:
        fields.append((rng.choice(fields)[0], hostile.text(rng)))
    elif fields and act < 0.85:
        at = rng.randrange(len(fields))
        fields[at] = (fields[at][0], rng.choice(hostile.RAW).decode("utf-8", "surrogateescape"))
    else:
        fields.append((rng.choice(names) if names else hostile.text(rng), hostile.text(rng)))


def _with_fields(
    rng: random.Random, ask: Ask, fields: list[tuple[str, str]], files: dict[str, bytes], multipart: bool
) -> Ask:
    if files or multipart:
        return replace(ask, body=_parts(rng, fields, files), type="multipart/form-data; boundary=zqzq")
    body = urlencode(fields, errors="surrogateescape").encode()
    return replace(ask, body=body, type="application/x-www-form-urlencoded")


def _parts(rng: random.Random, fields: list[tuple[str, str]], files: dict[str, bytes]) -> bytes:
    parts = []
    for name, value in fields:
        content = value.encode("utf-8", "surrogateescape")
        parts.append(
            f'--zqzq\r\nContent-Disposition: form-data; name="{_in_header(name)}"\r\n\r\n'.encode() + content + b"\r\n"
        )
    for name, content in files.items():
        kept = _in_header(rng.choice(hostile.NAMES))
        head = f'--zqzq\r\nContent-Disposition: form-data; name="{_in_header(name)}"; filename="{kept}"\r\n'
        parts.append(head.encode() + b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n")
    return b"".join(parts) + b"--zqzq--\r\n"


def _in_header(text: str) -> str:
    return re.sub(r'[\r\n"]', "%22", text)


def _wire(rng: random.Random) -> str:
    if rng.random() < 0.1:
        return rng.choice(hostile.RAW).decode("utf-8", "surrogateescape")
    return hostile.text(rng)[:2000]


def _quoted(rng: random.Random) -> str:
    return quote_from_bytes(_wire(rng).encode("utf-8", "surrogateescape"))
