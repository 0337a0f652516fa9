"""Asking an application over a copy of the folder, and reading what it answers."""

from __future__ import annotations

import hashlib
import html
import io
import json
import re
import zipfile
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from flask import Flask
from openpyxl import load_workbook
from shapely.geometry import shape
from werkzeug.test import TestResponse

Document = Any


@dataclass(frozen=True)
class Reader:
    """An application over a copy of the folder; ``given`` is what lies beside it: accounts, tokens, what was sent."""

    app: Flask
    given: dict[str, Any]

    def ask(self, path: str, who: str = "", method: str = "GET", **request: Any) -> TestResponse:
        """The answer to a request of an account, by its token; of nobody where it is empty."""
        headers = {"Authorization": f"Bearer {self.given['tokens'][who]}"} if who else {}
        return self.app.test_client(use_cookies=False).open(path, method=method, headers=headers, **request)

    def get(self, path: str, who: str = "") -> TestResponse:
        answer = self.ask(path, who)
        assert answer.status_code == 200, (path, who, answer.status_code)
        return answer

    def json(self, path: str, who: str = "") -> Document:
        return json.loads(self.get(path, who).data)

    def command(self, *arguments: str) -> str:
        """What a command prints."""
        done = self.app.test_cli_runner().invoke(args=arguments)
        assert done.exit_code == 0, (arguments, done.output)
        return done.output

    @property
    def inspections(self) -> dict[str, str]:
        """Each inspection's id and who sent it; the administrator where that account is blocked."""
        blocked = {"inspector-gone"}
        return {one["id"]: "admin" if one["inspector"] in blocked else one["inspector"] for one in self.given["sent"]}


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def canonical(document: Document) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True).encode()


def hashes(content: bytes) -> Document:
    """The SHA-256 of a file or, of one that is packed, that of each member: how they are packed says nothing."""
    if not content.startswith(b"PK"):
        return sha256(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: sha256(archive.read(name)) for name in archive.namelist()}


def of_finding(url: str) -> str:
    """Inspection and item of a page's address."""
    return "/".join(re.findall(r"inspections/([0-9a-f-]+)#item-(.*)", url)[0])


def made_by(package: str) -> str:
    return f"{package} {version(package)}" if package else ""


def words(page: str) -> str:
    """What can be read on a page, entered in its fields too."""
    main = re.search(r"<main.*</main>", page, re.DOTALL)
    values = " ".join(re.findall(r'value="([^"]*)"', page))
    text = re.sub(r"<(style|script)[^>]*>.*?</\1>|<[^>]+>", " ", main[0] if main else page, flags=re.DOTALL)
    return " ".join(html.unescape(f"{text} {values}").split())


def rows(page: str) -> list[list[str]]:
    """The texts of the cells of each row of a page's tables, headings left out; forms are none of them."""
    found = []
    for row in re.findall(
        r"<tr>(.*?)</tr>", re.sub(r"<form.*?</form>|<details.*?</details>", "", page, flags=re.DOTALL), re.DOTALL
    ):
        cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        if "<td" in row:
            found.append([" ".join(html.unescape(re.sub(r"<[^>]+>", " ", cell)).split()) for cell in cells])
    return found


def case_numbers(page: str, root: str = "") -> list[str]:
    """The numbers of the cases that a page leads to, in its order."""
    return list(dict.fromkeys(re.findall(rf'href="[^"]*{root}([0-9]{{4}}-[0-9]{{5}})"', page)))


def sheet(content: bytes, name: str) -> list[list[Any]]:
    found = load_workbook(io.BytesIO(content), read_only=True)[name].iter_rows(values_only=True)
    return [[number(value) for value in row] for row in found]


def number(value: Any) -> Any:
    """A cell's value; openpyxl reads numbers of many digits as texts."""
    is_text = isinstance(value, str) and re.fullmatch(r"[0-9]+\.[0-9]+", value)
    return float(value) if is_text else value


_YOUNGER = ("问题表述", "常用语")
"""Columns of a workbook that are younger than the folder, from the last one on."""


def workbook_cells(content: bytes) -> str:
    """The SHA-256 of all values of a workbook of before there were ``_YOUNGER``: their empty columns, and what is said
    of them, are left out."""
    book = load_workbook(io.BytesIO(content), read_only=True)
    sheets = [[list(row) for row in one.iter_rows(values_only=True)] for one in book]
    return sha256(canonical([_without_younger(sheet) for sheet in sheets]))


def _without_younger(sheet: list[list[Any]]) -> list[list[Any]]:
    for heading in _YOUNGER:
        if sheet and sheet[0] and sheet[0][-1] == heading:
            assert not any(row[-1] for row in sheet[1:]), f"none had {heading}"
            sheet = [row[:-1] for row in sheet]
    said = tuple(f"「{heading}」" for heading in _YOUNGER)
    return [row for row in sheet if not str(row[0] if row else "").startswith(said)]


def lines(printed: str) -> list[Document]:
    return [json.loads(line) for line in printed.splitlines()]


def signs_in(reader: Reader, who: str) -> bool:
    client = reader.app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/login").text)
    assert token
    form = {"name": who, "password": reader.given["passwords"][who], "csrf_token": html.unescape(token[1])}
    return client.post("/login", data=form).status_code == 302


def extent(geometry: Document) -> Document:
    """What of a geometry stays however its parts are joined: its kind, its bounds, its area in square degrees."""
    drawn = shape(geometry)
    return [geometry["type"], list(drawn.bounds), drawn.area]
