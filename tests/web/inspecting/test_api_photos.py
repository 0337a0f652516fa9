"""``PUT /api/v1/photos/<sha256>`` over the real stores."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image

from inspect_app import create_app
from inspect_app.services.evidence.examining import thumbnail
from tests.world import World, headers, photo, sha256


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.app().test_client()


def put(client: FlaskClient, world: World, content: bytes, name: str | None = None, user: str = "inspector"):
    return client.put(f"/api/v1/photos/{name or sha256(content)}", data=content, headers=headers(world.tokens[user]))


def kept(world: World) -> list[Path]:
    return [path for path in (world.data / "photos" / "originals").rglob("*") if path.is_file()]


def test_a_photo_is_kept_byte_for_byte_and_is_there_already_the_second_time(world, client):
    content = photo(1)
    assert put(client, world, content).status_code == 201
    assert put(client, world, content).status_code == 200
    (path,) = kept(world)
    assert path.read_bytes() == content
    assert path.name == sha256(content)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_other_formats_are_kept_as_well(world, client, form):
    output = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(output, form)
    assert put(client, world, output.getvalue()).status_code == 201


def png_of(width: int, height: int) -> bytes:
    """A PNG that promises the size and holds one compressed block of nothing."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(1_000_000), 9))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (photo(2)[:-3000], "照片不完整或已损坏"),
        (photo(2)[:400], "照片不完整或已损坏"),
        (png_of(30_000, 30_000), "超过上限"),
        (png_of(200_000, 100), "超过上限"),
        ("这是一段文字,不是照片".encode(), "不是可以识别的照片文件"),
        (b"", "不是可以识别的照片文件"),
        (b"GIF89a" + bytes(50), "不是可以识别的照片文件"),
    ],
    ids=["truncated", "truncated in the header", "bomb", "wide bomb", "text", "empty", "gif"],
)
def test_what_is_no_whole_photo_is_refused_with_a_sentence_and_not_kept(world, client, content, sentence):
    answer = put(client, world, content)
    assert answer.status_code == 422
    assert sentence in answer.json["error"]
    assert kept(world) == []


def test_another_hash_is_refused_and_not_kept(world, client):
    answer = put(client, world, photo(1), sha256(photo(2)))
    assert answer.status_code == 422
    assert "SHA-256不符" in answer.json["error"]
    assert kept(world) == []


@pytest.mark.parametrize("name", ["abc", "A" * 64, "g" * 64, "%2e%2e%2f" * 8])
def test_a_name_that_is_no_hash_is_refused(world, client, name):
    answer = put(client, world, photo(1), name)
    assert answer.status_code in (404, 422)
    assert kept(world) == []


def test_a_photo_past_the_limit_is_refused_before_it_is_looked_at(world, client):
    content = bytes(world.settings.max_photo_bytes + 1)
    answer = put(client, world, content)
    assert answer.status_code == 413
    assert "25MB" in answer.json["error"]
    assert kept(world) == []


def test_strangers_and_supervisors_may_not_send_photos(world, client):
    content = photo(1)
    path = f"/api/v1/photos/{sha256(content)}"
    assert client.put(path, data=content).status_code == 401
    assert client.put(path, data=content, headers=headers("inspect_wrong")).status_code == 401
    assert put(client, world, content, user="supervisor").status_code == 403
    assert kept(world) == []


def test_the_thumbnail_is_small_upright_and_carries_no_metadata(world, client):
    """A 640×480 photo with orientation 6 (turn right) gives a thumbnail of 240×320."""
    plain = Image.open(io.BytesIO(photo(3)))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "SECRETPHONE"
    output = io.BytesIO()
    plain.save(output, "JPEG", exif=exif)
    assert put(client, world, output.getvalue()).status_code == 201
    # The application has services of its own; those of the world find what is on disk or make it anew.
    made = thumbnail(world.services, sha256(output.getvalue()))
    assert made is not None
    assert b"SECRETPHONE" not in made
    small = Image.open(io.BytesIO(made))
    assert small.size == (240, 320)
    assert not small.getexif()
    assert "comment" not in small.info


def heavy_jpeg() -> bytes:
    """What the review kept: bytes of anything behind a tiny picture."""
    output = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(output, "JPEG")
    return output.getvalue() + bytes(23 * 1024 * 1024)


def heavy_png() -> bytes:
    """The same in a chunk that no decoder looks at."""
    content, body = png_of(32, 32), bytes(23 * 1024 * 1024)
    chunk = struct.pack(">I", len(body)) + b"abCd" + body + struct.pack(">I", zlib.crc32(b"abCd" + body))
    return content[:33] + chunk + content[33:]


@pytest.mark.parametrize("heavy", [heavy_jpeg, heavy_png])
def test_a_file_that_is_far_larger_than_its_picture_is_refused_in_a_sentence(world, client, heavy):
    answer = put(client, world, heavy())
    assert answer.status_code == 422
    assert "32×32像素" in answer.json["error"]
    assert "23.0MB" in answer.json["error"]
    assert kept(world) == []


def test_a_photo_with_a_film_behind_it_is_kept(world, client):
    content = photo(1, (2400, 1800)) + bytes(8 * 1024 * 1024)
    assert put(client, world, content).status_code == 201


def test_an_account_sends_so_much_in_a_day_and_no_more(world):
    """What is there already costs nothing; another account has its own part."""
    first, second = photo(1), photo(2)
    settings = replace(world.settings, account_bytes_per_day=len(first) + len(second) - 1)
    client = create_app(settings).test_client()
    assert put(client, world, first).status_code == 201
    assert put(client, world, first).status_code == 200
    full = put(client, world, second)
    assert full.status_code == 429
    assert "已到上限" in full.json["error"]
    assert int(full.headers["Retry-After"]) > 0
    assert len(kept(world)) == 1
    assert put(client, world, second, user="inspector2").status_code == 201


def _emptied(content: bytes) -> bytes:
    return b""


def _flipped(content: bytes) -> bytes:
    return content[:500] + bytes([content[500] ^ 1]) + content[501:]


def _cut(content: bytes) -> bytes:
    return content[: len(content) * 6 // 10]


@pytest.mark.parametrize("damage", [_emptied, _flipped, _cut])
def test_a_photo_that_comes_again_mends_what_the_disk_lost(world, client, damage):
    content = photo(1)
    put(client, world, content)
    (path,) = kept(world)
    path.write_bytes(damage(content))
    assert put(client, world, content).status_code == 201
    assert path.read_bytes() == content
    assert put(client, world, content).status_code == 200
