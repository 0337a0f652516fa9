"""Strict readers: whether an answer is whole and well-formed, by what it says it is."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable

from docx import Document
from lxml import etree
from openpyxl import load_workbook
from PIL import Image

_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]")


def wrong_with(content: bytes, kind: str, *, clean: bool = True) -> str:
    """Why a strict reader refuses it, empty where none does. ``kind`` is a media type or the end of a file's name.

    ``clean``: nothing that nobody sees may be in a page, either.
    """
    found = next((name for name in READERS if name in kind.lower()), "")
    try:
        if found:
            READERS[found](content)
        if clean and found in ("html", "json") and (unseen := _UNSEEN.search(content.decode())):
            return f"{unseen[0]!r} at {unseen.start()}"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _xml(content: bytes) -> None:
    etree.fromstring(content, etree.XMLParser(resolve_entities=False))


def _json(content: bytes) -> None:
    json.loads(content.decode(), parse_constant=_refuse)


def _lines(content: bytes) -> None:
    for line in content.splitlines():
        _json(line)


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _archive(content: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if wrong := wrong_with(archive.read(name), name.rpartition(".")[2], clean=False):
                raise ValueError(f"{name}: {wrong}")


def _workbook(content: bytes) -> None:
    _archive(content)
    load_workbook(io.BytesIO(content))


def _letter(content: bytes) -> None:
    _archive(content)
    Document(io.BytesIO(content))


def _pdf(content: bytes) -> None:
    if not content.startswith(b"%PDF-") or not content.rstrip().endswith(b"%%EOF"):
        raise ValueError("no whole PDF")


def _csv(content: bytes) -> None:
    for _ in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True):
        pass


READERS: dict[str, Callable[[bytes], object]] = {
    "wordprocessingml": _letter,
    "spreadsheetml": _workbook,
    "docx": _letter,
    "xlsx": _workbook,
    "html": lambda content: etree.fromstring(content, etree.HTMLParser(encoding="utf-8")),
    "csv": _csv,
    "jsonl": _lines,
    "json": _json,
    "pdf": _pdf,
    "zip": _archive,
    "svg": _xml,
    "xml": _xml,
    "rels": _xml,
    "jpeg": lambda content: Image.open(io.BytesIO(content)).verify(),
    "png": lambda content: Image.open(io.BytesIO(content)).verify(),
}
"""By a part of the kind; the first that fits."""
