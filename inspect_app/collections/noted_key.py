"""What is noted of a key that is kept in a file of its own, as a document: enough to tell it from any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..domain.weeks import instant_of, utc_text
from .collection import Collection, Document


@dataclass(frozen=True, slots=True)
class FormerKey:
    """The public half (PEM) of a key that another took the place of, and when (UTC)."""

    public: str
    until: datetime


@dataclass(frozen=True, slots=True)
class NotedKey:
    """``digest`` is a keyed hash of the file, empty where a new one is to be made; ``public`` the key's public half as
    PEM, where it has one.
    """

    digest: str
    public: str = ""
    former: tuple[FormerKey, ...] = ()


def _read(id: str, document: Mapping[str, Any]) -> NotedKey:
    former = tuple(FormerKey(one["public"], instant_of(one["until"])) for one in document["former"])
    return NotedKey(document["digest"], document["public"], former)


def _write(noted: NotedKey) -> Document:
    former = [{"public": one.public, "until": utc_text(one.until)} for one in noted.former]
    return {"digest": noted.digest, "public": noted.public, "former": former}


NOTED_KEYS: Collection[NotedKey] = Collection("noted_keys", _read, _write)
"""By the name of the file in the data folder."""
