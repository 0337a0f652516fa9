"""Reading any file of sites by what is in it, not by its name: a table, or GeoJSON."""

from __future__ import annotations

from ...domain.place.site_files import COLUMNS, SiteFile, geojson_sites, table_sites
from ...domain.problems import Problem
from ..tables import read_rows


def read_sites(content: bytes, file: str) -> SiteFile | list[Problem]:
    """The rows of a CSV, XLSX, HTML or GeoJSON file, or why it is none of them."""
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"["):
        return geojson_sites(content, file)
    table = read_rows(content, file, COLUMNS)
    return table if isinstance(table, list) else table_sites(table, file)
