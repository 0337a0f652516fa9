"""Ways back: addresses that a visitor brings along, and that an answer may send the browser to."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

_OURS = "https://here.invalid/"
_LETTER = r"[^\s\x00-\x1f\x7f-\x9f\\/?#]"
_PATH = re.compile(rf"/({_LETTER}+(/{_LETTER}+)*/?)?(\?({_LETTER}|[/?])*)?")
"""A path with a query: no empty segment, and none of what browsers leave out of an address (tab, line breaks) or read
as something else (a backslash) before they look for a host in it (WHATWG URL, 4.4)."""


def own_path(path: str | None) -> str | None:
    """A path of this site as it was given; None for anything that any browser could take for another site's."""
    if not path or not _PATH.fullmatch(path):
        return None
    resolved = urlsplit(urljoin(_OURS, path))
    stays = f"{resolved.scheme}://{resolved.netloc}/" == _OURS and not resolved.path.startswith("//")
    return path if stays else None
