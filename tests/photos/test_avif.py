"""AVIF photos: kept byte for byte, shown upright, told apart from HEIC, and never more than can be borne."""

from __future__ import annotations

import io
import random
import sys
from functools import cache

import numpy as np
import pytest
from PIL import Image

from inspect_app.domain.problems import Problem
from inspect_app.photos import intake
from inspect_app.photos.copies import Copies, copies_of
from inspect_app.photos.intake import decode, media_type, photo_problem
from inspect_app.photos.orientation import upright
from inspect_app.photos.raster import coding, small_raster_apart
from inspect_app.wording import say
from tests.photos.hostile import flat, patched
from tests.photos.reading import PLACE, corpus, of_shared_brand
from tests.photos.test_heic import inspected, kept, put
from tests.web.builders import signed_in
from tests.world import World, photo


@cache
def avif(seed: int = 0, size: tuple[int, int] = (640, 480), orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SECRETPHONE"
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(seed, size))).save(output, "AVIF", quality=70, speed=8, exif=exif)
    return output.getvalue()


def test_an_avif_is_kept_byte_for_byte_and_given_out_as_what_it_is(world: World):
    client, content = world.app().test_client(), avif(1, orientation=6)
    assert b"irot" in content
    assert put(client, world, content).status_code == 201
    (path,) = kept(world)
    assert path.read_bytes() == content
    office, address = signed_in(world, "supervisor"), inspected(client, world, content)
    made = office.get(f"{address}/thumbnail").data
    assert b"SECRETPHONE" not in made
    small = Image.open(io.BytesIO(made))
    assert (small.format, small.size) == ("JPEG", (240, 320))
    answer = office.get(f"{address}/original")
    assert (answer.data, answer.mimetype) == (content, "image/avif")
    assert answer.headers["Content-Disposition"].endswith('.avif"')


def test_its_position_is_kept_as_that_of_a_heic_is():
    for name in ("avif", "heic"):
        made = copies_of(corpus()[name][0])
        assert isinstance(made, Copies)
        assert (made.look.exif.lat, made.look.exif.lon) == pytest.approx((PLACE["lat"], PLACE["lon"]))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright_however_its_container_turns_it(orientation):
    made = copies_of(avif(2, (320, 240), orientation))
    assert isinstance(made, Copies)
    wanted = upright(Image.open(io.BytesIO(photo(2, (320, 240)))), orientation)
    assert made.review.size == wanted.size
    assert np.abs(np.asarray(made.review, int) - np.asarray(wanted, int)).mean() < 8


@pytest.mark.parametrize(
    ("first", "others", "told"),
    [
        (b"mif1", (b"mif1", b"miaf", b"avif"), "avif"),
        (b"mif1", (b"mif1", b"heic"), "heic"),
        (b"mif1", (), "heic"),
        (b"msf1", (b"avis", b"avif", b"hevc"), "avif"),
        (b"avif", (b"mif1", b"heic"), "avif"),
        (b"heic", (b"mif1", b"avif"), "heic"),
        (b"isom", (b"iso2", b"avc1", b"mp41"), ""),
        (b"crx ", (b"crx ", b"isom"), ""),
    ],
)
def test_brands_tell_what_is_coded_how(first, others, told):
    content = (16 + 4 * len(others)).to_bytes(4) + b"ftyp" + first + bytes(4) + b"".join(others) + b"\0\0\0\x08avif"
    assert coding(content) == told
    assert media_type(content)[1] == (told or "bin")


def test_both_families_are_decoded_under_a_brand_that_they_share():
    for name in ("avif", "heic"):
        content = of_shared_brand(corpus()[name][0])
        assert not isinstance(decode(content, 64), Problem), name


@pytest.mark.parametrize("part", [0.02, 0.1, 0.5, 0.9, 0.99])
def test_one_that_ends_early_is_refused(part):
    content = avif(3)
    problem = photo_problem(content[: int(len(content) * part)])
    assert problem is not None
    assert say(problem).what.startswith("照片不完整")


def test_damage_is_a_sentence_or_a_picture_but_never_an_exception():
    content, rng = avif(4, (160, 120)), random.Random(29)
    for number in range(40):
        spoilt = bytearray(content)
        spoilt[rng.randrange(len(content) if number % 4 == 0 else 400)] ^= 1 << rng.randrange(8)
        found = photo_problem(bytes(spoilt))
        assert found is None or isinstance(found, Problem)


def test_one_past_the_limit_is_refused_on_its_header(monkeypatch):
    content = patched(avif(5), b"ispe\0\0\0\0", (6000).to_bytes(4) * 2)

    def never(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(intake, "small_raster_apart", never)
    monkeypatch.setattr(intake, "small_raster", never)
    problem = photo_problem(content)
    assert problem is not None
    assert "6000×6000像素，超过上限" in say(problem).what


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited by /proc")
def test_one_that_is_coded_far_larger_than_it_says_gets_no_memory():
    """The container says 64 by 48; the coded picture has six million pixels."""
    content = patched(flat("AVIF", (3000, 2000), speed=10), b"ispe\0\0\0\0", (64).to_bytes(4) + (48).to_bytes(4))
    with pytest.raises(OSError, match="Error"):
        small_raster_apart(content, 320, 8_000_000)
    assert small_raster_apart(avif(6), 320, 80_000_000).size == (320, 240)


def test_where_it_cannot_be_decoded_that_is_said(world: World, monkeypatch):
    monkeypatch.setattr(intake, "READS_AVIF", False)
    answer = put(world.app().test_client(), world, avif(7))
    assert answer.status_code == 422
    assert "AVIF 格式，这台服务器不能解码，请另存为 JPEG" in answer.json["error"]
    assert kept(world) == []
