"""What the settings of the last start were, as a document."""

from __future__ import annotations

from collections.abc import Mapping

from .collection import Collection

LAST_START = "start"

START_SETTINGS: Collection[Mapping[str, str]] = Collection(
    "start_settings", lambda id, document: dict(document["settings"]), lambda settings: {"settings": dict(settings)}
)
"""One document, ``LAST_START``: by name of the setting its value as the log of acts tells it, so no secret."""
