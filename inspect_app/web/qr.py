"""QR codes on pages."""

from __future__ import annotations

import segno


def qr_svg(text: str) -> str:
    """An SVG element of class ``qr``: black on white in every colour scheme, with the margin that scanners need."""
    code = segno.make_qr(text, error="m")
    return str(code.svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass="qr", lineclass=None))
