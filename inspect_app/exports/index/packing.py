"""Office files are ZIPs full of the moment that they were made at; here they get the moment of publication instead."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable

_EPOCH = "1980-01-01T00:00:00Z"
"""The earliest that a ZIP can hold; for a preview, which was never published."""
_MADE = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def packed(members: Iterable[tuple[str, bytes]], published_at: str) -> bytes:
    """A ZIP of these files, dated ``published_at`` (UTC text); the same files give the same bytes."""
    out = io.BytesIO()
    year, month, day, hour, minute, second = map(int, re.findall(r"\d+", published_at or _EPOCH)[:6])
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members:
            info = zipfile.ZipInfo(name, (year, month, day, hour, minute, second))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, content)
    return out.getvalue()


def repacked(content: bytes, published_at: str) -> bytes:
    """An office file (XLSX, DOCX) with ``published_at`` for every date inside it."""
    instant = (published_at or _EPOCH).split(".")[0].rstrip("Z") + "Z"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    dated = [
        (name, _MADE.sub(rb"\g<1>" + instant.encode() + rb"\g<2>", part) if name == "docProps/core.xml" else part)
        for name, part in members
    ]
    return packed(dated, published_at)
