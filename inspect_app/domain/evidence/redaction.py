"""Redaction (打码): what is hidden in one photo before the public sees it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

KINDS = {"face": "人脸", "plate": "车牌", "other": "其他"}


@dataclass(frozen=True, slots=True)
class Box:
    """A region of an upright picture: left, top, width and height as shares of the picture, and what it hides."""

    x: float
    y: float
    width: float
    height: float
    kind: str = "other"


@dataclass(frozen=True, slots=True)
class Redaction:
    """What is hidden in one photo of an inspection or, after it, of a case: ``owner`` is the id of either.

    ``week`` is its owner's. ``public`` is the name under which the public sees it, None where it is not published. Of a
    mere suggestion, which nobody has looked at, ``by`` is empty and ``at`` (UTC) None.
    """

    owner: str
    sha256: str
    week: str
    boxes: tuple[Box, ...]
    public: str | None = None
    by: str = ""
    at: datetime | None = None
