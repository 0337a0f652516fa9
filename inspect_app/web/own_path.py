"""Ways back: addresses that a visitor brings along, and that an answer may send the browser to."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from flask import request

_OURS = "https://here.invalid/"
_DOT = re.compile("%2e", re.IGNORECASE)
_LETTER = r"[^\s\x00-\x1f\x7f-\x9f\\/?#]"
_PATH = re.compile(rf"/({_LETTER}+(/{_LETTER}+)*/?)?(\?({_LETTER}|[/?])*)?")
"""A path with a query: no empty segment, and none of what browsers leave out of an address (tab, line breaks) or read
as something else (a backslash) before they look for a host in it (WHATWG URL, 4.4)."""


def way_back(name: str) -> str | None:
    """The path of this site that the request names in its query, if it names one; see ``own_path``."""
    return own_path(request.args.get(name), request.script_root)


def own_path(path: str | None, root: str = "") -> str | None:
    """A path of this site as it was given; None for anything that any browser could take for another site's.

    ``root`` is the path of the host under which this site is: what is beside it, is another's.
    """
    if not path or not _PATH.fullmatch(path):
        return None
    # Browsers take %2e for a dot (WHATWG URL, 4.1).
    resolved = urlsplit(urljoin(_OURS, _DOT.sub(".", path)))
    stays = f"{resolved.scheme}://{resolved.netloc}/" == _OURS and not resolved.path.startswith("//")
    return path if stays and f"{resolved.path}/".startswith(f"{root}/") else None
