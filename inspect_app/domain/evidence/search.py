"""What a search for faces and number plates found in one photo, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass

from .redaction import Box

SEARCH = 2
"""Number of the way of searching: a photo searched by an earlier one is searched again when it is asked for."""


@dataclass(frozen=True, slots=True)
class Search:
    """The boxes that were found in the photo with this hash; ``number`` is that of the way of searching.

    ``week`` is that of whoever asked for it first. Searched was the picture as it was then shown, turned by so many
    ``quarters``: in one that lies on its side little is found. Boxes lie on the unturned one, as all boxes do.
    """

    sha256: str
    week: str
    number: int
    boxes: tuple[Box, ...]
    quarters: int = 0
