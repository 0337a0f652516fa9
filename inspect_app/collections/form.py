"""The form of a data folder: which versions of each collection's documents it may hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .collection import Collection, Document

MARK = "store"
"""The id of the one form."""


@dataclass(frozen=True, slots=True)
class Form:
    """By collection, the version of the oldest document that may be there, and of the newest ever written."""

    oldest: Mapping[str, int]
    newest: Mapping[str, int]


def _read(id: str, document: Mapping[str, Any]) -> Form:
    return Form(document["oldest"], document["newest"])


def _write(form: Form) -> Document:
    return {"oldest": dict(form.oldest), "newest": dict(form.newest)}


FORMS: Collection[Form] = Collection("forms", _read, _write)
