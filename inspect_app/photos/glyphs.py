"""Texts as the font that comes with the program can draw them: what it has no glyph for is said, not drawn as a box.

Browsers and word processors have fonts of their own; this is for pictures and PDF.
"""

from __future__ import annotations

import re
from functools import lru_cache

from ..domain.text import cleaned
from .fonts import font_file

_USUAL = re.compile("[\n -~\xb0-\xb1\xb7\xd7\u2014\u2018-\u201d\u2026\u3000-\u3011\u4e00-\u9fa5\uff01-\uff5e]*")
"""What the font has, and nearly every text is made of."""
_MODIFYING = re.compile("[\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef]+")
"""Joiners, choices of form, colours of skin and tags, which have no glyph of their own."""
_EMOJI = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def drawable(text: str) -> str:
    """A clean text; what has no glyph is 「［表情］」 for emoji, the number of a Chinese character, □ for the rest."""
    if _USUAL.fullmatch(text):
        return text
    known = _code_points()
    plain = _MODIFYING.sub("", cleaned(text))
    signs = (sign if ord(sign) in known or sign in "\n\t" else _said(sign) for sign in plain)
    return re.sub("(?:［表情］)+", "［表情］", "".join(signs))


def _said(sign: str) -> str:
    if _EMOJI.match(sign):
        return "［表情］"
    return f"［U+{ord(sign):04X}］" if _HAN.match(sign) else "□"


@lru_cache(maxsize=1)
def _code_points() -> frozenset[int]:
    from fontTools import ttLib  # type: ignore[import-untyped]  # few texts have a sign that is not usual

    with ttLib.TTFont(str(font_file()), lazy=True) as font:
        return frozenset(font.getBestCmap())
