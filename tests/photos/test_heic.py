"""HEIC photos, as iPhones write them: kept byte for byte, shown upright, and never more than can be borne."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import pillow_heif
import pytest
from flask.testing import FlaskClient
from PIL import Image

from inspect_app.domain.problems import Problem
from inspect_app.photos import intake
from inspect_app.photos.intake import decode, is_heif, photo_problem
from inspect_app.wording import say
from tests.web.builders import signed_in
from tests.world import World, evidence, first_item, headers, new_id, photo, sha256


@cache
def heic(seed: int = 0, size: tuple[int, int] = (640, 480), orientation: int = 1) -> bytes:
    """A HEIC of a photo-like scene; a phone that was turned says so by the container's own rotation."""
    image = Image.open(io.BytesIO(photo(seed, size)))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = orientation, "SECRETPHONE"
    output = io.BytesIO()
    image.save(output, "HEIF", quality=60, exif=exif.tobytes())
    return output.getvalue()


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.app().test_client()


def put(client: FlaskClient, world: World, content: bytes):
    auth = headers(world.tokens["inspector"])
    return client.put(f"/api/v1/photos/{sha256(content)}", data=content, headers=auth)


def kept(world: World) -> list[Path]:
    return [path for path in (world.data / "photos" / "originals").rglob("*") if path.is_file()]


def inspected(client: FlaskClient, world: World, content: bytes) -> str:
    """The address of the photo on the pages, once it is part of an inspection."""
    item = first_item(world.checklist("zebra-crossing"), "compliance")
    id, auth = new_id(), headers(world.tokens["inspector"])
    submission = world.submission(photos=[evidence(content, item.id)])
    assert put(client, world, content).status_code in (200, 201)
    assert client.put(f"/api/v1/inspections/{id}", json=submission, headers=auth).status_code == 201
    return f"/inspections/{id}/photos/{sha256(content)}"


def test_a_heic_is_kept_byte_for_byte_and_its_thumbnail_is_a_plain_upright_jpeg(world, client):
    content = heic(1, orientation=6)
    assert b"irot" in content
    assert put(client, world, content).status_code == 201
    (path,) = kept(world)
    assert path.read_bytes() == content
    made = signed_in(world, "supervisor").get(f"{inspected(client, world, content)}/thumbnail").data
    assert b"SECRETPHONE" not in made
    small = Image.open(io.BytesIO(made))
    assert (small.format, small.size) == ("JPEG", (240, 320))


def test_the_colours_stand_where_the_turned_phone_saw_them(world, client):
    """Red in the first corner as stored is in the upper right after a turn to the right."""
    image = Image.new("RGB", (400, 300), "white")
    image.paste("red", (0, 0, 100, 100))
    exif = Image.Exif()
    exif[0x0112] = 6
    output = io.BytesIO()
    image.save(output, "HEIF", quality=80, exif=exif.tobytes())
    made = signed_in(world, "supervisor").get(f"{inspected(client, world, output.getvalue())}/thumbnail").data
    shown = Image.open(io.BytesIO(made)).resize((300, 400))
    red, green, _ = shown.getpixel((280, 20))
    assert red > 180
    assert green < 90
    assert min(shown.getpixel((20, 20))) > 200


@pytest.mark.parametrize("part", [0.1, 0.5, 0.99])
def test_a_heic_that_ends_early_is_refused_with_a_sentence_and_not_kept(world, client, part):
    content = heic(2)
    answer = put(client, world, content[: int(len(content) * part)])
    assert answer.status_code == 422
    assert "照片不完整或已损坏" in answer.json["error"]
    assert kept(world) == []


@pytest.mark.filterwarnings("ignore")
def test_damage_anywhere_is_a_sentence_or_a_picture_but_never_an_exception():
    content = heic(3, (160, 120))
    for at in range(0, len(content), 7):
        spoilt = bytearray(content)
        spoilt[at] ^= 0xFF
        found = photo_problem(bytes(spoilt))
        assert found is None or isinstance(found, Problem)


def test_a_heic_past_the_limit_is_refused_on_its_header(monkeypatch):
    content = heic(4)
    assert photo_problem(content) is None
    monkeypatch.setattr(intake, "max_pixels", lambda kind: 640 * 480 - 1)

    def never(*_):
        raise AssertionError("decoded")

    monkeypatch.setattr(intake, "small_raster", never)
    problem = photo_problem(content)
    assert problem is not None
    assert "640×480像素，超过上限" in say(problem).what


def test_videos_of_the_same_family_are_no_photos(world, client):
    video = b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(400)
    assert not is_heif(video)
    answer = put(client, world, video)
    assert answer.status_code == 422
    assert "不是可以识别的照片文件" in answer.json["error"]


def test_the_supervisor_gets_the_original_as_what_it_is(world, client):
    content = heic(5)
    answer = signed_in(world, "supervisor").get(f"{inspected(client, world, content)}/original")
    assert answer.status_code == 200
    assert answer.data == content
    assert answer.mimetype == "image/heic"
    assert answer.headers["Content-Disposition"].endswith('.heic"')


def test_a_small_copy_inside_a_heic_does_not_stand_for_the_whole():
    image = Image.open(io.BytesIO(photo(6, (640, 480))))
    output = io.BytesIO()
    pillow_heif.from_pillow(image).save(output, quality=60, thumbnails=[64])
    picture = decode(output.getvalue(), 640)
    assert not isinstance(picture, Problem)
    assert (picture.small.size, picture.width) == ((640, 480), 640)
