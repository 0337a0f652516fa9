"""Make the app's icons from static/icons/mark.svg: .venv/bin/python docs/develop/icons.py

Home screens want PNG in fixed sizes. The mark is drawn from its own SVG file, so that there is one geometry; of
SVG only what the mark uses is understood (a rect, a circle, open paths of relative lines, round caps and joins).
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageDraw

ICONS = Path(__file__).resolve().parents[2] / "static" / "icons"
FINER = 8  # drawn this many times larger, then reduced: smooth edges


@dataclass(frozen=True)
class Look:
    """How one file shows the mark: its side in pixels, the mark's share of it, and what lies behind."""

    size_px: int
    share: float = 1.0
    full_bleed: bool = False
    one_colour: bool = False


# Of a maskable icon only the middle circle, 80 % of the side across, is sure to be seen: the handle must end inside.
LOOKS = {
    "icon-192.png": Look(192),
    "icon-512.png": Look(512),
    "icon-maskable-512.png": Look(512, share=0.76, full_bleed=True),
    "icon-monochrome-512.png": Look(512, share=0.76, one_colour=True),
    "apple-touch-icon.png": Look(180, share=0.9, full_bleed=True),
}


def drawn(look: Look, svg: str) -> Image.Image:
    """The mark of an SVG file as a picture."""
    root = ElementTree.fromstring(svg)
    side = float(root.attrib["viewBox"].split()[2])
    fine = look.size_px * FINER
    scale, inset = fine * look.share / side, fine * (1 - look.share) / 2
    picture = Image.new("RGBA", (fine, fine), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)

    def at(x: float, y: float) -> tuple[float, float]:
        return inset + x * scale, inset + y * scale

    for shape in root:
        stroke = "#fff" if look.one_colour else shape.get("stroke", "")
        width = float(shape.get("stroke-width", 0)) * scale
        match shape.tag.rpartition("}")[2]:
            case "rect" if look.full_bleed:
                draw.rectangle((0, 0, fine, fine), fill=shape.attrib["fill"])
            case "rect" if not look.one_colour:
                draw.rounded_rectangle(
                    (*at(0, 0), *at(side, side)), float(shape.attrib["rx"]) * scale, fill=shape.attrib["fill"]
                )
            case "circle":
                x, y = at(float(shape.attrib["cx"]), float(shape.attrib["cy"]))
                _disc(draw, x, y, float(shape.attrib["r"]) * scale + width / 2, stroke, round(width))
            case "path":
                corners = [at(x, y) for x, y in _corners(shape.attrib["d"])]
                draw.line(corners, fill=stroke, width=round(width))
                for x, y in corners:
                    if "round" in (shape.get("stroke-linecap"), shape.get("stroke-linejoin")):
                        _disc(draw, x, y, width / 2, stroke)
    return picture.resize((look.size_px, look.size_px), Image.Resampling.BOX)


def _disc(draw: ImageDraw.ImageDraw, x: float, y: float, radius: float, colour: str, ring: int = 0) -> None:
    """A filled disc, or a ring so many pixels wide, inwards."""
    box = (x - radius, y - radius, x + radius, y + radius)
    if ring:
        draw.ellipse(box, outline=colour, width=ring)
    else:
        draw.ellipse(box, fill=colour)


def _corners(path: str) -> list[tuple[float, float]]:
    """The corners of an open path of relative lines: ``m10.6 14.2 2.4 2.4 4.4-4.8``."""
    if not re.fullmatch(r"m[-\d. ]+", path):
        raise ValueError(f"only relative lines are understood: {path}")
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", path)]
    corners, x, y = [], 0.0, 0.0
    for across, down in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + across, y + down
        corners.append((x, y))
    return corners


def main(folder: Path = ICONS) -> None:
    """Write each icon into a folder."""
    svg = (ICONS / "mark.svg").read_text("utf-8")
    for name, look in LOOKS.items():
        drawn(look, svg).save(folder / name, optimize=True)
        print(folder / name)


if __name__ == "__main__":
    main(*[Path(folder) for folder in sys.argv[1:2]])
