"""The one file of a form: its name, and its bytes as far as the view takes them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

_MOST_NAME = 100


@dataclass(frozen=True, slots=True)
class Uploaded:
    """``name`` as the browser told it, cut where it is long; ``content`` is empty where there is none to be read."""

    name: str
    content: bytes
    too_large: bool = False


def uploaded(most: int | None = None) -> Uploaded:
    """The form's field ``file``; no content where nothing was chosen, the file is empty, or has over ``most`` bytes.

    No more of it is read than tells which.
    """
    file = request.files.get("file")
    if not file:  # nor one without a name
        return Uploaded("", b"")
    name = (file.filename or "")[:_MOST_NAME]
    content = file.read() if most is None else file.read(most + 1)
    too_large = most is not None and len(content) > most
    return Uploaded(name, b"" if too_large else content, too_large)
