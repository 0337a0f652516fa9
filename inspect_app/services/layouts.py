"""The collections of the store: which there are, and by which fields their documents are found."""

from __future__ import annotations

from ..collections import ALL

LAYOUTS = tuple(collection.layout for collection in ALL)
