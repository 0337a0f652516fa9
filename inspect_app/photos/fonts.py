"""The font that comes with the program."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

_FONT = "NotoSansCJKsc-Regular.otf"


def font_file() -> Path:
    """Noto Sans CJK SC (SIL Open Font License) from the package mplfonts; importing that would load matplotlib."""
    spec = find_spec("mplfonts")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("缺少字体包 mplfonts，请运行 bash bin/setup")
    return Path(spec.submodule_search_locations[0]) / "fonts" / _FONT
