"""What is done to a photo before it is sent as another one: 32 changes, from compressing to photographing a screen.

Each takes an upright RGB picture and gives one back, as its JPEG is decoded again; ``rng`` chooses sides and amounts.
"""

from __future__ import annotations

import io
import math
import random
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

Picture = Image.Image
Change = Callable[[Picture, random.Random], Picture]


def coded(picture: Picture, quality: int) -> Picture:
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=quality)
    return Image.open(io.BytesIO(output.getvalue())).convert("RGB")


def fitted(picture: Picture, longest_px: int) -> Picture:
    share = longest_px / max(picture.size)
    return picture.resize((round(picture.width * share), round(picture.height * share)), Image.Resampling.LANCZOS)


def cut(picture: Picture, left: float = 0, top: float = 0, right: float = 0, bottom: float = 0) -> Picture:
    """Without these shares of each side."""
    w, h = picture.size
    return picture.crop((round(w * left), round(h * top), round(w * (1 - right)), round(h * (1 - bottom))))


def cut_around(share: float) -> Change:
    return lambda picture, rng: cut(picture, share, share, share, share)


def cut_one_side(share: float) -> Change:
    return lambda picture, rng: cut(picture, **{rng.choice(("left", "top", "right", "bottom")): share})


def turned(degrees: float) -> Change:
    """Turned by a few degrees, and cut to the largest upright rectangle of the same shape."""

    def change(picture: Picture, rng: random.Random) -> Picture:
        angle = math.radians(degrees)
        w, h = picture.size
        keep = min(w / (w * math.cos(angle) + h * math.sin(angle)), h / (w * math.sin(angle) + h * math.cos(angle)))
        sign = rng.choice((-1, 1))
        whole = picture.rotate(sign * degrees, Image.Resampling.BICUBIC)
        left, top = (1 - keep) / 2, (1 - keep) / 2
        return cut(whole, left, top, left, top)

    return change


def night(picture: Picture, rng: random.Random) -> Picture:
    """A quarter of the light, bluish, with noise of the sensor."""
    grid = np.asarray(picture, np.float32) * np.array([0.22, 0.25, 0.32], np.float32)
    return _pixels(grid + _noise(grid.shape, 6, rng))


def noisy(picture: Picture, rng: random.Random) -> Picture:
    grid = np.asarray(picture, np.float32)
    return _pixels(grid + _noise(grid.shape, 18, rng))


def warmer(picture: Picture, rng: random.Random) -> Picture:
    return _pixels(np.asarray(picture, np.float32) * np.array([1.15, 1.0, 0.75], np.float32))


def blurred(picture: Picture, rng: random.Random) -> Picture:
    return picture.filter(ImageFilter.GaussianBlur(max(picture.size) / 500))


def caption(picture: Picture, rng: random.Random) -> Picture:
    """White words on a darkened foot, as watermark cameras write them."""
    result, (w, h) = picture.copy(), picture.size
    top = round(h * 0.8)
    result.paste(result.crop((0, top, w, h)).point(lambda value: value * 3 // 8), (0, top))
    return _written(result, top, h)


def opaque_band(picture: Picture, rng: random.Random) -> Picture:
    result, (w, h) = picture.copy(), picture.size
    top = round(h * 0.8)
    result.paste((20, 60, 120), (0, top, w, h))
    return _written(result, top, h)


def _written(picture: Picture, top: int, bottom: int) -> Picture:
    draw, step = ImageDraw.Draw(picture), (bottom - top) / 5
    for number, line in enumerate(("2026-11-23 10:30:12", "Shashi, Zhongshan Road 118", "30.31060, 112.24130")):
        size = max(8, round(step * 0.9))
        draw.text((step, top + step * (0.6 + number * 1.3)), line, fill="white", font_size=size)
    return picture


def screenshot(picture: Picture, rng: random.Random) -> Picture:
    """The whole screen of a phone that shows the photo, with the bars of the system and of a gallery."""
    screen = Image.new("RGB", (1080, 2340), rng.choice(((0, 0, 0), (255, 255, 255), (18, 18, 18))))
    light = screen.getpixel((0, 0)) != (255, 255, 255)
    shown = fitted_in(picture, 1080, 2000)
    screen.paste(shown, ((1080 - shown.width) // 2, (2340 - shown.height) // 2))
    draw, ink = ImageDraw.Draw(screen), "white" if light else "black"
    draw.text((60, 30), "10:30", fill=ink, font_size=44)
    draw.rectangle((960, 40, 1010, 66), outline=ink, width=4)
    for x in range(135, 1080, 270):
        draw.ellipse((x - 24, 2240, x + 24, 2288), outline=ink, width=5)
    return screen


def fitted_in(picture: Picture, width: int, height: int) -> Picture:
    share = min(width / picture.width, height / picture.height)
    return picture.resize((round(picture.width * share), round(picture.height * share)), Image.Resampling.LANCZOS)


def screenshot_cut(picture: Picture, rng: random.Random) -> Picture:
    """A screenshot of which the bars were cut off, not quite exactly."""
    shown = fitted_in(picture, 1080, 2000)
    return cut(shown, 0.01, 0.015, 0.01, 0.02)


def photo_of_screen(tilt: float) -> Change:
    """The photo on a monitor, photographed: pixels of the screen against those of the camera, glass, frame, tilt."""

    def change(picture: Picture, rng: random.Random) -> Picture:
        shown = np.asarray(fitted(picture, 1280), np.float32)
        height, width = shown.shape[:2]
        # Rows of the screen's pixels: red, green and blue stripes within each, dark between them.
        by = 3
        lit = cv2.resize(shown, (width * by, height * by), interpolation=cv2.INTER_NEAREST)
        lit[:, 0::3] *= (1.5, 0.75, 0.75)
        lit[:, 1::3] *= (0.75, 1.5, 0.75)
        lit[:, 2::3] *= (0.75, 0.75, 1.5)
        lit[2::3] *= 0.7
        size = (1600, round(1600 * height / width)) if width >= height else (round(1600 * width / height), 1600)
        corners = np.array([(0, 0), (width * by, 0), (width * by, height * by), (0, height * by)], np.float32)
        margin, sway = 0.03, tilt
        seen = np.array(
            [
                (margin + sway * rng.uniform(0.4, 1), margin + sway * rng.uniform(0, 0.7)),
                (1 - margin - sway * rng.uniform(0, 0.3), margin + sway * rng.uniform(0, 0.3)),
                (1 - margin - sway * rng.uniform(0, 0.5), 1 - margin - sway * rng.uniform(0, 0.5)),
                (margin + sway * rng.uniform(0.2, 0.8), 1 - margin - sway * rng.uniform(0.3, 1)),
            ],
            np.float32,
        ) * np.array(size, np.float32)
        warp = cv2.getPerspectiveTransform(corners, seen)
        taken = cv2.warpPerspective(lit, warp, size, flags=cv2.INTER_LINEAR, borderValue=(22.0, 22.0, 24.0))
        taken = cv2.GaussianBlur(taken, (0, 0), 0.7)
        y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
        glare = 45 * np.exp(-(((x / size[0] - 0.7) ** 2) + ((y / size[1] - 0.25) ** 2)) / 0.06)
        taken = 255 * np.clip(taken / 255, 0, 1) ** 1.15 * 0.9 + glare[..., None]
        return _pixels(taken + _noise(taken.shape, 5, rng))

    return change


def _noise(shape: tuple[int, ...], sigma: float, rng: random.Random) -> NDArray[np.float32]:
    chance = np.random.default_rng(rng.randrange(1 << 32))
    return (sigma * chance.standard_normal(shape, np.float32)).astype(np.float32)


def _pixels(grid: NDArray[np.float32]) -> Picture:
    return Image.fromarray(np.clip(grid, 0, 255).astype(np.uint8))


def _then(*changes: Change) -> Change:
    def change(picture: Picture, rng: random.Random) -> Picture:
        for one in changes:
            picture = one(picture, rng)
        return picture

    return change


def _light(share: float) -> Change:
    return lambda picture, rng: ImageEnhance.Brightness(picture).enhance(share)


def _contrast(share: float) -> Change:
    return lambda picture, rng: ImageEnhance.Contrast(picture).enhance(share)


def _sized(longest_px: int) -> Change:
    return lambda picture, rng: fitted(picture, longest_px) if max(picture.size) > longest_px else picture


def _as_it_is(picture: Picture, rng: random.Random) -> Picture:
    return picture


def _mirrored(picture: Picture, rng: random.Random) -> Picture:
    return ImageOps.mirror(picture)


def _quarter(picture: Picture, rng: random.Random) -> Picture:
    return picture.transpose(rng.choice((Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)))


CHANGES: dict[str, tuple[Change, int]] = {
    "quality 20": (_as_it_is, 20),
    "1280 px, quality 70": (_sized(1280), 70),
    "640 px, quality 60": (_sized(640), 60),
    "light +30 %": (_light(1.3), 80),
    "light -30 %": (_light(0.7), 80),
    "contrast +30 %": (_contrast(1.3), 80),
    "contrast -30 %": (_contrast(0.7), 80),
    "warmer colours": (warmer, 80),
    "night": (night, 80),
    "blurred": (blurred, 80),
    "noisy": (noisy, 80),
    "caption": (caption, 80),
    "opaque band 20 %": (opaque_band, 80),
    "cut 5 % around": (cut_around(0.05), 80),
    "cut 10 % around": (cut_around(0.10), 80),
    "cut 20 % around": (cut_around(0.20), 80),
    "cut 5 % of one side": (cut_one_side(0.05), 80),
    "cut 10 % of one side": (cut_one_side(0.10), 80),
    "cut 20 % of one side": (cut_one_side(0.20), 80),
    "foot cut 10 %": (lambda picture, rng: cut(picture, bottom=0.10), 80),
    "foot cut 20 %": (lambda picture, rng: cut(picture, bottom=0.20), 80),
    "turned 1°": (turned(1), 80),
    "turned 2°": (turned(2), 80),
    "turned 5°": (turned(5), 80),
    "mirrored": (_mirrored, 80),
    "turned 90°": (_quarter, 80),
    "mirrored, cut 10 % around": (_then(_mirrored, cut_around(0.10)), 80),
    "screenshot": (screenshot, 85),
    "screenshot, bars cut": (screenshot_cut, 80),
    "photo of a screen": (photo_of_screen(0.03), 85),
    "photo of a screen, tilted": (photo_of_screen(0.14), 85),
    "caption, cut 5 %, quality 50": (_then(caption, cut_around(0.05)), 50),
}
"""Every change, and the quality of the JPEG in which its picture is kept."""


def changed(name: str, picture: Picture, rng: random.Random) -> Picture:
    change, quality = CHANGES[name]
    return coded(change(picture, rng), quality)
