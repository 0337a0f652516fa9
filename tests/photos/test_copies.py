"""Copies of photos: how they are written."""

from __future__ import annotations

import io
import struct
import sys
import zlib

import pytest
from PIL import Image, ImageCms

from inspect_app.photos.copies import Copies, as_jpeg, copies_of
from inspect_app.photos.intake import photo_problem
from tests.photos.hostile import chunk


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there are no files in memory")
def test_a_copy_is_encoded_to_a_descriptor_while_which_pillow_lets_other_threads_go_on(monkeypatch):
    picture, plain, descriptors = Image.radial_gradient("L").convert("RGB"), io.BytesIO(), []
    save = Image.Image.save

    def noted(image, file, *arguments, **named):
        descriptors.append(file.fileno())
        save(image, file, *arguments, **named)

    save(picture, plain, "JPEG", quality=80)
    monkeypatch.setattr(Image.Image, "save", noted)
    assert as_jpeg(picture, 80) == plain.getvalue()
    assert len(descriptors) == 1


def middle(content: bytes) -> tuple[int, ...]:
    """The colour of the middle, as the copies show it."""
    made = copies_of(content)
    assert isinstance(made, Copies)
    return made.review.getpixel((made.review.width // 2, made.review.height // 2))


def png(picture: Image.Image, **more) -> bytes:
    output = io.BytesIO()
    picture.save(output, "PNG", **more)
    return output.getvalue()


@pytest.mark.parametrize("side", [40, 4000])
def test_grey_of_16_bits_is_as_bright_as_of_8(side):
    """4,000 pixels go strip by strip."""
    assert middle(png(Image.new("I;16", (side, side // 2), 0x4080))) == (0x40, 0x40, 0x40)


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGBA", (40, 30), (200, 0, 0, 0)),
        Image.new("LA", (40, 30), (0, 0)),
        Image.new("RGBA", (4000, 2000), (200, 0, 0, 0)),
    ],
    ids=["RGBA", "LA", "large"],
)
def test_what_is_transparent_is_white(picture):
    assert middle(png(picture)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("kind", "samples", "shown"),
    [
        (0, (0x4080,), (0x40, 0x40, 0x40)),
        (2, (0x4080, 0x8000, 0xC0FF), (0x40, 0x80, 0xC0)),
        (4, (0x4080, 0xFFFF), (0x40, 0x40, 0x40)),
        (4, (0x4080, 0), (255, 255, 255)),
        (6, (0x4080, 0x8000, 0xC0FF, 0xFFFF), (0x40, 0x80, 0xC0)),
        (6, (0x4080, 0x8000, 0xC0FF, 0), (255, 255, 255)),
    ],
    ids=["grey", "colours", "grey with alpha", "grey, transparent", "colours with alpha", "colours, transparent"],
)
def test_16_bits_are_shown_by_their_upper_8_with_alpha_and_without(kind, samples, shown):
    """Every kind of PNG that has 16 bits (PNG 3rd edition, 11.2.1)."""
    width, height = 40, 30
    row = b"\0" + struct.pack(f">{len(samples)}H", *samples) * width
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 16, kind, 0, 0, 0))
    content = b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b"")
    assert photo_problem(content) is None
    assert middle(content) == pytest.approx(shown, abs=1)


@pytest.mark.parametrize("form", ["WEBP", "HEIF", "AVIF"])
@pytest.mark.parametrize(("alpha", "shown"), [(0, (255, 255, 255)), (255, (40, 120, 200))])
def test_alpha_of_other_formats_is_on_white_as_well(form, alpha, shown):
    output = io.BytesIO()
    Image.new("RGBA", (64, 48), (40, 120, 200, alpha)).save(output, form, quality=95)
    assert middle(output.getvalue()) == pytest.approx(shown, abs=8)


def test_a_colour_that_stands_for_transparent_is_white_and_half_of_it_is_half():
    assert middle(png(Image.new("RGB", (40, 30), (9, 9, 9)), transparency=(9, 9, 9))) == (255, 255, 255)
    assert middle(png(Image.new("RGBA", (40, 30), (0, 0, 0, 128)))) == (127, 127, 127)


def inks() -> bytes:
    """A CMYK profile (ICC.1:2010, lut8Type) of a press all of whose inks print white, so that its use is seen."""
    white = bytes((255, 128, 128))
    ramp = bytes(range(256))
    lut = b"mft1" + bytes(4) + bytes((4, 3, 2, 0))
    lut += b"".join(struct.pack(">i", 65536 * (n in (0, 4, 8))) for n in range(9)) + ramp * 4 + white * 16 + ramp * 3
    lut += bytes(-len(lut) % 4)
    point = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    text = b"text" + bytes(4) + b"made\0" + bytes(3)
    name = b"desc" + bytes(4) + struct.pack(">I", 5) + b"made\0" + bytes(78)
    name += bytes(-len(name) % 4)
    bodies = {b"desc": name, b"cprt": text, b"wtpt": point, b"A2B0": lut}
    table, at = struct.pack(">I", len(bodies)), 128 + 4 + 12 * len(bodies)
    for tag, body in bodies.items():
        table += tag + struct.pack(">II", at, len(body))
        at += len(body)
    head = struct.pack(">I4sI4s4s4s", at, b"lcms", 0x02400000, b"prtr", b"CMYK", b"Lab ") + bytes(12) + b"acsp"
    head = head.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + b"".join(bodies.values())


@pytest.mark.parametrize("size", [(40, 30), (4000, 2000)])
def test_inks_are_shown_by_their_profile(size):
    content = io.BytesIO()
    Image.new("CMYK", size, (0, 200, 200, 0)).save(content, "JPEG", icc_profile=inks())
    assert min(middle(content.getvalue())) > 250


@pytest.mark.parametrize(
    "profile", [None, b"no profile", ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()]
)
def test_inks_without_a_profile_for_them_are_shown_all_the_same(profile):
    content = io.BytesIO()
    Image.new("CMYK", (40, 30), (0, 200, 200, 0)).save(content, "JPEG", icc_profile=profile)
    red, green, blue = middle(content.getvalue())
    assert red > 240
    assert max(green, blue) < 80
