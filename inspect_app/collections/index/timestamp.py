"""Time-stamps of published heads of the log as documents."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from ...domain.index.timestamp import Timestamp
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def timestamp_id(week: str, revision: int) -> str:
    """The id of the stamp of a revision's head."""
    return f"{week}/{revision}"


def _read(id: str, document: Mapping[str, Any]) -> Timestamp:
    return Timestamp(
        token=base64.b64decode(document["token"]),
        stamped_at=instant_of(document["stamped_at"]) if document["stamped_at"] else None,
        tries=document["tries"],
        tried_at=instant_of(document["tried_at"]),
        problem=document["problem"],
    )


def _write(timestamp: Timestamp) -> Document:
    return {
        "token": base64.b64encode(timestamp.token).decode(),
        "stamped_at": utc_text(timestamp.stamped_at) if timestamp.stamped_at else None,
        "tries": timestamp.tries,
        "tried_at": utc_text(timestamp.tried_at),
        "problem": timestamp.problem,
    }


TIMESTAMPS: Collection[Timestamp] = Collection("timestamps", _read, _write)
"""What became of asking an outside service to stamp the head that a revision printed."""
