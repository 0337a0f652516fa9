"""What pages with a map share: the tile source for their script, and a content policy that lets its pictures in."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Response, make_response, render_template

from ..context import services
from ..headers import policy
from ..library_files import library_asset


def own_tiles() -> dict[str, object] | None:
    """The tile source for an inspector's phone, where it is this server itself: no other may learn where one is."""
    tiles = services().settings.tiles
    return asdict(tiles) if tiles and not tiles.origins else None


def map_page(template: str, **values: Any) -> Response:
    """A page with a map; its template has ``tiles`` (a dictionary, None for a plain ground) and ``library_asset``."""
    tiles = services().settings.tiles
    told = asdict(tiles) if tiles else None
    answer = make_response(render_template(template, tiles=told, library_asset=library_asset, **values))
    answer.headers["Content-Security-Policy"] = policy(tiles.origins if tiles else ())
    # Tile servers of the internet ask for a referrer; they learn which server asks, not which page.
    answer.headers["Referrer-Policy"] = "strict-origin-when-cross-origin" if tiles else "same-origin"
    return answer
