"""Drawn scenes for demonstration photos. Nobody is going to take one for a real place, and each says 演示 DEMO."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw

_MARK = Path(__file__).resolve().parent.parent / "data" / "demo-mark.png"
_SIZE = (512, 384)
"""Scenes are drawn at this size, in its coordinates, and enlarged: soft edges look less like a drawing."""
_PHOTO = (1024, 768)

Colour = tuple[int, int, int]


def scene_photo(site_type: str, rng: random.Random) -> bytes:
    """A JPEG of 1024 by 768 pixels and about 80 KB with a scene of the site type; the same for the same rng."""
    scene = Image.new("RGB", _SIZE)
    _SCENES.get(site_type, _street)(ImageDraw.Draw(scene), rng)
    if rng.random() < 0.5:
        scene = scene.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    photo = scene.resize(_PHOTO, Image.Resampling.BICUBIC)
    photo = Image.blend(photo, _grain().crop(_anywhere(rng)), 0.07)
    photo.paste(_mark(), (24, _PHOTO[1] - _mark().height - 24), _mark())
    output = io.BytesIO()
    photo.save(output, "JPEG", quality=72)
    return output.getvalue()


def _street(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """A road between rows of houses, with trees, cars and stalls."""
    horizon = _ground(draw, rng)
    _pavement(draw, rng, horizon)
    for _ in range(rng.randrange(1, 4)):
        _car(draw, rng, rng.randrange(180, 340), rng.randrange(horizon + 25, 300))
    for _ in range(rng.randrange(3)):
        _stall(draw, rng, rng.randrange(360, 460), rng.randrange(horizon + 60, 330))
    _litter(draw, rng)


def _crossing(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """A zebra crossing in front, a car before it, people on it."""
    horizon = _ground(draw, rng)
    _car(draw, rng, rng.randrange(120, 330), rng.randrange(horizon + 10, 250))
    wear = rng.randrange(120, 235)
    for x in range(-20, 520, 52):
        draw.polygon([(x, 380), (x + 30, 380), (x + 44, 290), (x + 20, 290)], fill=(wear, wear, wear - 5))
    for _ in range(rng.randrange(1, 4)):
        _person(draw, rng, rng.randrange(40, 470), rng.randrange(300, 350))


def _toilet(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """Tiles, cubicle doors, a basin, and water on the floor."""
    wall = _near(rng, rng.choice([(214, 222, 224), (222, 210, 190), (190, 208, 196), (196, 204, 222)]))
    floor, joint = _near(rng, (150, 146, 140)), _near(rng, (180, 190, 194))
    draw.rectangle((0, 0, 512, 270), fill=wall)
    draw.polygon([(0, 270), (512, 270), (512, 384), (0, 384)], fill=floor)
    for x in range(0, 512, 32):
        draw.line((x, 0, x, 270), fill=joint)
        draw.line((256 + (x - 256) * 1.0, 270, 256 + (x - 256) * 2.2, 384), fill=joint)
    for y in range(0, 270, 32):
        draw.line((0, y, 512, y), fill=joint)
    door = _near(rng, rng.choice([(96, 128, 150), (130, 100, 76), (168, 172, 176), (92, 132, 104)]))
    first, step = rng.randrange(-40, 40), rng.randrange(95, 125)
    for x in range(first, first + step * rng.randrange(2, 4), step):
        draw.rectangle((x, 60, x + 84, 285), fill=door, outline=(70, 80, 90))
        draw.ellipse((x + 68, 165, x + 76, 173), fill=(220, 220, 210))
    draw.rounded_rectangle((390, 190, 495, 225), 12, fill=(244, 244, 242), outline=(160, 160, 160))
    draw.rectangle((435, 165, 442, 192), fill=(170, 175, 180))
    for _ in range(rng.randrange(4)):
        x, y, wide = rng.randrange(60, 400), rng.randrange(300, 350), rng.randrange(30, 110)
        draw.ellipse((x, y, x + wide, y + wide // 4), fill=_near(rng, (120, 122, 122)))
    _litter(draw, rng)


def _school(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    """A gate in a wall, stalls and people before it."""
    horizon = _ground(draw, rng)
    top, bottom, middle = horizon - rng.randrange(20, 60), horizon + 75, rng.randrange(150, 370)
    wide, gate = rng.randrange(160, 260), rng.randrange(50, 95)
    draw.rectangle((middle - wide, top, middle + wide, bottom), fill=_near(rng, (206, 184, 160)))
    draw.rectangle((middle - gate - 20, top - 22, middle + gate + 20, bottom), fill=_near(rng, (150, 70, 60)))
    draw.rectangle((middle - gate, top + 6, middle + gate, bottom), fill=(90, 96, 104))
    for x in range(middle - gate, middle + gate + 1, 10):
        draw.line((x, top + 6, x, bottom), fill=(170, 176, 182), width=2)
    for _ in range(rng.randrange(1, 4)):
        _stall(draw, rng, rng.randrange(20, 460), rng.randrange(bottom + 10, 340))
    for _ in range(rng.randrange(1, 4)):
        _person(draw, rng, rng.randrange(150, 360), rng.randrange(bottom + 20, 340))


_SCENES: dict[str, Callable[[ImageDraw.ImageDraw, random.Random], None]] = {
    "zebra-crossing": _crossing,
    "public-toilet": _toilet,
    "school-perimeter": _school,
}
"""Scenes by site type; every other type is shown a street."""


def _ground(draw: ImageDraw.ImageDraw, rng: random.Random) -> int:
    """Sky, two rows of houses and the road; returns the height of the horizon."""
    horizon = rng.randrange(140, 180)
    high, low = _near(rng, (120, 165, 215)), _near(rng, (205, 215, 222))
    for y in range(horizon):
        draw.line((0, y, 512, y), fill=_between(high, low, y / horizon))
    x = 0
    while x < 512:
        wide = rng.randrange(50, 110)
        _house(draw, rng, x, horizon, wide)
        x += wide
    draw.rectangle((0, horizon + 20, 512, 384), fill=_near(rng, (112, 114, 118)))
    for y in range(horizon + 40, 384, 44):
        draw.polygon([(254, y), (260, y), (263, y + 20), (251, y + 20)], fill=(225, 222, 205))
    return horizon


def _house(draw: ImageDraw.ImageDraw, rng: random.Random, x: int, horizon: int, wide: int) -> None:
    wall = _near(rng, rng.choice([(190, 170, 150), (170, 175, 180), (205, 195, 175), (160, 130, 120)]))
    top = horizon - rng.randrange(40, 130)
    draw.rectangle((x, top, x + wide, horizon + 24), fill=wall)
    for row in range(top + 8, horizon - 16, 18):
        for column in range(x + 6, x + wide - 10, 16):
            draw.rectangle((column, row, column + 8, row + 10), fill=_near(rng, (90, 105, 125)))
    draw.rectangle((x + 3, horizon - 10, x + wide - 3, horizon + 2), fill=_near(rng, (150, 60, 60), 80))


def _pavement(draw: ImageDraw.ImageDraw, rng: random.Random, horizon: int) -> None:
    draw.polygon([(330, horizon + 20), (512, horizon + 20), (512, 384), (440, 384)], fill=_near(rng, (168, 160, 150)))
    for number in range(rng.randrange(2, 5)):
        x, y = 350 + 45 * number, horizon + 30 + 20 * number
        draw.rectangle((x - 3, y - 50, x + 3, y), fill=(96, 74, 56))
        draw.ellipse((x - 26, y - 105, x + 26, y - 40), fill=_near(rng, (70, 120, 64)))


def _car(draw: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    size = (y - 120) / 150
    body = _near(rng, rng.choice([(190, 50, 50), (225, 225, 228), (60, 70, 90), (230, 190, 60), (60, 120, 170)]))
    wide, tall = int(110 * size), int(42 * size)
    draw.rounded_rectangle((x + wide * 0.18, y - tall * 0.8, x + wide * 0.82, y + tall * 0.4), 8, fill=body)
    draw.rectangle((x + wide * 0.26, y - tall * 0.6, x + wide * 0.74, y - tall * 0.1), fill=(70, 85, 100))
    draw.rounded_rectangle((x, y, x + wide, y + tall), 8, fill=body)
    for wheel in (0.12, 0.68):
        draw.ellipse((x + wide * wheel, y + tall * 0.6, x + wide * (wheel + 0.2), y + tall * 1.2), fill=(30, 30, 32))


def _stall(draw: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    shade = _near(rng, rng.choice([(200, 70, 60), (60, 110, 180), (220, 170, 60), (70, 150, 100)]))
    draw.line((x + 25, y - 60, x + 25, y), fill=(120, 120, 120), width=3)
    draw.polygon([(x - 12, y - 50), (x + 25, y - 75), (x + 62, y - 50)], fill=shade)
    draw.rectangle((x, y - 18, x + 50, y + 8), fill=_near(rng, (150, 120, 90)))
    for spot in range(x + 5, x + 45, 9):
        draw.ellipse((spot, y - 25, spot + 8, y - 17), fill=_near(rng, (200, 120, 60), 60))


def _person(draw: ImageDraw.ImageDraw, rng: random.Random, x: int, y: int) -> None:
    draw.ellipse((x - 6, y - 62, x + 6, y - 50), fill=(205, 175, 150))
    draw.rounded_rectangle((x - 10, y - 50, x + 10, y - 18), 5, fill=_near(rng, (90, 110, 150), 70))
    draw.rectangle((x - 8, y - 18, x - 2, y + 6), fill=(50, 52, 60))
    draw.rectangle((x + 2, y - 18, x + 8, y + 6), fill=(50, 52, 60))


def _litter(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    for _ in range(rng.randrange(12)):
        x, y = rng.randrange(30, 480), rng.randrange(290, 370)
        draw.ellipse((x, y, x + rng.randrange(4, 12), y + rng.randrange(3, 7)), fill=_near(rng, (190, 185, 170), 50))


def _near(rng: random.Random, colour: Colour, spread: int = 24) -> Colour:
    """A colour like this one: mostly another brightness (paint in other light), a little another hue."""
    light = rng.randrange(-spread, spread + 1)
    hue = spread // 3
    red, green, blue = (min(255, max(0, part + light + rng.randrange(-hue, hue + 1))) for part in colour)
    return red, green, blue


def _between(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _anywhere(rng: random.Random) -> tuple[int, int, int, int]:
    x, y = rng.randrange(256), rng.randrange(256)
    return x, y, x + _PHOTO[0], y + _PHOTO[1]


@cache
def _grain() -> Image.Image:
    """Sensor noise, larger than a photo, so that each photo takes another part of it."""
    rng = random.Random(1)
    width, height = _PHOTO[0] + 256, _PHOTO[1] + 256
    return Image.frombytes("L", (width, height), rng.randbytes(width * height)).convert("RGB")


@cache
def _mark() -> Image.Image:
    """「演示 DEMO」 in white on a dark band: a picture, because few servers have a Chinese font."""
    return Image.open(_MARK).convert("RGBA")
