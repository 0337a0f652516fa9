"""The collections of the store: which there are, and by which fields their documents are found."""

from __future__ import annotations

from ..collections import ALL
from ..store import Layout

_NOT_YET_VALUES = (
    Layout("users"),
    Layout("tokens"),
    Layout("devices"),
    Layout("sign_in_codes", by=("state",)),
    Layout("units", by=("state",)),
)
LAYOUTS = (*(collection.layout for collection in ALL), *_NOT_YET_VALUES)
