"""Small photo files as cameras write them, and what every reader must find in each: the server's and the phone's."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from typing import Any

from PIL import Image

from tests.world import photo

BYTE, ASCII, SHORT, LONG, RATIONAL, UNDEFINED, SRATIONAL = 1, 2, 3, 4, 5, 7, 10
SIZE = (64, 48)
UPRIGHT = {"width": 64, "height": 48}
_CODES = {SHORT: "H", LONG: "I", RATIONAL: "I", SRATIONAL: "i"}
Field = tuple[int, int, Any]
"""Tag, type, and value: bytes, or a flat list of numbers (numerator, denominator, …)."""

NORTH = (2, RATIONAL, [30, 1, 18, 1, 3600, 100])
EAST = (4, RATIONAL, [112, 1, 14, 1, 2800, 100])
LETTERS = [(1, ASCII, b"N\0"), (3, ASCII, b"E\0")]
PLACE = {"lat": 30.31, "lon": round(112 + 14 / 60 + 28 / 3600, 7)}
CAMERA = [(0x010F, ASCII, b"HUAWEI\0"), (0x0110, ASCII, b"ALN-AL00\0")]
SAID = {"make": "HUAWEI", "model": "ALN-AL00"}
TAKEN = [(0x9003, ASCII, b"2026:11:23 10:29:58\0"), (0x9011, ASCII, b"+08:00\0")]
AT = {"taken_at": "2026-11-23T10:29:58+08:00"}


def tiff(
    main: list[Field] | None = None, camera: list[Field] | None = None, gps: list[Field] | None = None, order: str = "<"
) -> bytes:
    """A TIFF header with the directory of the picture and those of the camera and the position behind it."""
    fields = list(main or [])
    place = 8 + _length(fields, pointers=bool(camera) + bool(gps))
    behind = b""
    for tag, more in ((0x8769, camera), (0x8825, gps)):
        if more:
            fields.append((tag, LONG, [place + len(behind)]))
            behind += _directory(more, place + len(behind), order)
    head = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    return head + _directory(sorted(fields), 8, order) + behind


def _length(fields: list[Field], pointers: int) -> int:
    return len(_directory([*fields, *[(0, LONG, [0])] * pointers], 0, "<"))


def _directory(fields: list[Field], at: int, order: str) -> bytes:
    entries, values = b"", b""
    start = at + 2 + 12 * len(fields) + 4
    for tag, kind, value in fields:
        if isinstance(value, bytes):
            body, count = value, len(value)
        else:
            body = struct.pack(f"{order}{len(value)}{_CODES[kind]}", *value)
            count = len(value) // (2 if kind in (RATIONAL, SRATIONAL) else 1)
        entries += struct.pack(f"{order}HHI", tag, kind, count)
        if len(body) <= 4:
            entries += body.ljust(4, b"\0")
        else:
            entries += struct.pack(f"{order}I", start + len(values))
            values += body + b"\0" * (len(body) % 2)
    return struct.pack(f"{order}H", len(fields)) + entries + bytes(4) + values


@cache
def picture(kind: str) -> bytes:
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(1, SIZE))).convert("RGB").save(output, kind)
    return output.getvalue()


def jpeg(exif: bytes) -> bytes:
    body = b"Exif\0\0" + exif
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(body) + 2) + body + picture("JPEG")[2:]


def png(exif: bytes, *, late: bool = False) -> bytes:
    """The tags stand before the coded picture or behind it."""
    chunk = struct.pack(">I", len(exif)) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
    plain = picture("PNG")
    at = plain.index(b"IEND" if late else b"IDAT") - 4
    return plain[:at] + chunk + plain[at:]


def webp(exif: bytes) -> bytes:
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(1, SIZE))).save(output, "WEBP", exif=exif)
    return output.getvalue()


def heic(exif: bytes, *, size: tuple[int, int] = SIZE, last: bool = False) -> bytes:
    """``last``: the box that tells what is where stands behind the picture, as some phones write it."""
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(1, size))).save(output, "HEIF", quality=50, exif=b"Exif\0\0" + exif)
    return meta_last(output.getvalue()) if last else output.getvalue()


def avif(exif: bytes = b"", *, size: tuple[int, int] = SIZE, last: bool = False, orientation: int = 1) -> bytes:
    """``orientation``: where there are no other tags; ``last`` as of a HEIC."""
    output = io.BytesIO()
    turn = Image.Exif()
    turn[0x0112] = orientation
    Image.open(io.BytesIO(photo(1, size))).save(output, "AVIF", quality=50, exif=exif or turn.tobytes())
    content = output.getvalue()
    # Pillow writes the orientation of the tags into the container as well.
    return meta_last(content) if last else content


def of_shared_brand(content: bytes, first: bytes = b"mif1") -> bytes:
    """The same picture with a brand in front that says nothing of how it is coded."""
    return content[:8] + first + content[12:]


def meta_last(content: bytes) -> bytes:
    """The same HEIC with its "meta" box behind "mdat", and more before it than a phone reads at first."""
    found = {content[at + 4 : at + 8]: (at, end) for at, end in _boxes(content)}
    (meta_at, meta_end), (mdat_at, mdat_end) = found[b"meta"], found[b"mdat"]
    assert meta_end == mdat_at
    filler = struct.pack(">I", 600_008) + b"free" + bytes(600_000)
    moved = len(filler) - (meta_end - meta_at)
    meta = bytearray(content[meta_at:meta_end])
    at = meta.index(b"iloc") + 4
    # libheif writes version 0 or 1, offsets and lengths of four bytes, no base offset, one piece an item.
    version, sizes = meta[at], int.from_bytes(meta[at + 4 : at + 6])
    assert sizes & 0xFF00 == 0x4400, hex(sizes)
    base = (sizes >> 4) & 15
    count, place = int.from_bytes(meta[at + 6 : at + 8]), at + 8
    for _ in range(count):
        method = int.from_bytes(meta[place + 2 : place + 4]) if version else 0
        place += (6 if version else 4) + base
        extents = int.from_bytes(meta[place : place + 2])
        place += 2
        for _ in range(extents):
            if method == 0:
                offset = int.from_bytes(meta[place : place + 4]) + moved
                meta[place : place + 4] = offset.to_bytes(4)
            place += 8
    return content[:meta_at] + filler + content[mdat_at:mdat_end] + bytes(meta) + content[mdat_end:]


def _boxes(content: bytes) -> list[tuple[int, int]]:
    found, at = [], 0
    while at + 8 <= len(content):
        end = at + int.from_bytes(content[at : at + 4])
        found.append((at, end))
        at = end
    return found


def _gps(lat: Field = NORTH, lon: Field = EAST, more: list[Field] | None = None) -> list[Field]:
    return sorted([*LETTERS, lat, lon, *(more or [])])


def _zeros(denominator: int, kind: int = RATIONAL) -> list[Field]:
    return _gps((2, kind, [0, denominator] * 3), (4, kind, [0, denominator] * 3))


def _turned() -> bytes:
    """A HEIC that its container turns to the right, as that of a phone held upright."""
    output = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "HUAWEI"
    Image.open(io.BytesIO(photo(1, SIZE))).save(output, "HEIF", quality=50, exif=exif.tobytes())
    assert b"irot" in output.getvalue()
    return output.getvalue()


def turned_by_tag_alone() -> bytes:
    """An AVIF whose tags say that it is turned, and its container does not."""
    content = avif(tiff([*CAMERA, (0x0113, SHORT, [6])], TAKEN, _gps()))
    other, tag = (struct.pack("<HHIH", name, SHORT, 1, 6) for name in (0x0113, 0x0112))
    assert (content.count(other), b"irot" in content) == (1, False)
    return content.replace(other, tag)


def avif_turned_by_xmp() -> bytes:
    said = (
        b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        b"<rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6'/></rdf:RDF></x:xmpmeta>"
    )
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(1, SIZE))).save(output, "AVIF", quality=50, xmp=said)
    return output.getvalue()


def avif_sequence(exif: bytes) -> bytes:
    output = io.BytesIO()
    first, second = (Image.open(io.BytesIO(photo(n, SIZE))) for n in (1, 2))
    first.save(output, "AVIF", quality=50, exif=exif, save_all=True, append_images=[second])
    assert output.getvalue()[8:12] == b"avis"
    return output.getvalue()


@cache
def corpus() -> dict[str, tuple[bytes, dict[str, Any]]]:
    """Name to file and what it says: ``lat`` and ``lon`` only where it says a position."""
    whole = tiff([*CAMERA, (0x0112, SHORT, [6])], TAKEN, _gps())
    no_turn = tiff(CAMERA, TAKEN, _gps())
    places: dict[str, tuple[list[Field], dict[str, float]]] = {
        "signed rationals": (_gps((2, SRATIONAL, NORTH[2]), (4, SRATIONAL, EAST[2])), PLACE),
        "negative signed rationals": (_gps((2, SRATIONAL, [-30, 1, 18, 1, 0, 1])), {}),
        "zeros": (_zeros(1), {}),
        "signed zeros": (_zeros(1, SRATIONAL), {}),
        "zeros over zeros": (_zeros(0), {}),
        "one zero": (_gps((2, RATIONAL, [0, 1] * 3)), {"lat": 0, "lon": PLACE["lon"]}),
        "zeros over zeros for the seconds": (_gps((2, RATIONAL, [30, 1, 18, 1, 0, 0])), {}),
        "something over zero": (_gps((2, RATIONAL, [30, 1, 18, 0, 0, 1])), {}),
        "degrees and minutes alone": (_gps((2, RATIONAL, [30, 1, 186, 10])), PLACE),
        "sixty seconds": (_gps((2, RATIONAL, [30, 1, 18, 1, 60, 1])), {**PLACE, "lat": round(30 + 19 / 60, 7)}),
        "too many minutes": (_gps((2, RATIONAL, [30, 1, 75, 1, 0, 1])), {}),
        "over the pole": (_gps((2, RATIONAL, [90, 1, 0, 1, 1, 1])), {}),
        "void": (_gps(more=[(9, ASCII, b"V\0")]), {}),
        "active": (_gps(more=[(9, ASCII, b"A\0")]), PLACE),
        "no letter": ([NORTH, (3, ASCII, b"E\0"), EAST], {}),
        "letters swapped": ([(1, ASCII, b"E\0"), NORTH, (3, ASCII, b"N\0"), EAST], {}),
        "small letters": ([(1, ASCII, b"s\0"), NORTH, (3, ASCII, b"w\0"), EAST], {n: -v for n, v in PLACE.items()}),
    }
    times = {
        "digitized alone": (([], [(0x9004, ASCII, b"2026:11:23 10:29:58\0")]), {"taken_at": "2026-11-23T10:29:58"}),
        "changed alone": (([(0x0132, ASCII, b"2026-11-23T10:29:58\0")], []), {"taken_at": "2026-11-23T10:29:58"}),
        "universal time": (([], [TAKEN[0], (0x9011, ASCII, b"Z\0")]), {"taken_at": "2026-11-23T10:29:58+00:00"}),
        "no day": (([], [(0x9003, ASCII, b"2026:02:30 10:29:58\0")]), {}),
        "blank": (([], [(0x9003, ASCII, b"    :  :     :  :  \0")]), {}),
    }
    files: dict[str, tuple[bytes, dict[str, Any]]] = {
        "jpeg": (jpeg(whole), {**SAID, **AT, **PLACE, "orientation": 6}),
        "jpeg, the other byte order": (jpeg(tiff(CAMERA, TAKEN, _gps(), order=">")), {**SAID, **AT, **PLACE}),
        "jpeg, nothing": (picture("JPEG"), {}),
        "jpeg, make in Chinese": (jpeg(tiff([(0x010F, ASCII, "华为".encode() + b"\0")])), {"make": "华为"}),
        "jpeg, no orientation there is": (jpeg(tiff([(0x0112, SHORT, [9])])), {}),
        "png": (png(whole), {**SAID, **AT, **PLACE, "orientation": 6}),
        "png, tags behind the picture": (png(whole, late=True), {**SAID, **AT, **PLACE, "orientation": 6}),
        "png, nothing": (picture("PNG"), {}),
        "webp": (webp(whole), {**SAID, **AT, **PLACE, "orientation": 6}),
        "heic": (heic(no_turn), {**SAID, **AT, **PLACE}),
        "heic, meta behind the picture": (heic(no_turn, last=True), {**SAID, **AT, **PLACE}),
        "heic, odd size": (heic(no_turn, size=(61, 37)), {**SAID, **AT, **PLACE, "width": 61, "height": 37}),
        "heic, turned": (_turned(), {"make": "HUAWEI", "orientation": 1, "width": 48, "height": 64}),
    }
    told = {**SAID, **AT, **PLACE}
    files |= {
        "avif": (avif(no_turn), told),
        "avif, tags that turn it": (avif(whole), {**told, "orientation": 6}),
        "avif, tags that turn it and a container that does not": (turned_by_tag_alone(), {**told, "orientation": 1}),
        "avif, meta behind the picture": (avif(no_turn, last=True), told),
        "avif, odd size": (avif(no_turn, size=(61, 37)), {**told, "width": 61, "height": 37}),
        "avif, of a brand that HEIC has as well": (of_shared_brand(avif(no_turn)), told),
        "avif, of a sequence": (avif_sequence(no_turn), told),
        "heic, of a brand that AVIF has as well": (of_shared_brand(heic(no_turn)), told),
    }
    chinese = avif(tiff([(0x010F, ASCII, b"HUAWEI\0"), (0x0112, SHORT, [6])], TAKEN, _gps()))
    files["avif, turned, make in Chinese"] = (
        chinese.replace(b"HUAWEI\0", "华为".encode() + b"\0"),
        {**AT, **PLACE, "make": "华为", "orientation": 6},
    )
    files["avif, turned by XMP alone"] = (avif_turned_by_xmp(), {})
    files |= {f"avif, orientation {n}": (avif(orientation=n), {"orientation": n}) for n in range(2, 9)}
    files |= {f"position: {name}": (jpeg(tiff([], [], gps)), said) for name, (gps, said) in places.items()}
    files |= {f"time: {name}": (jpeg(tiff(*args)), said) for name, (args, said) in times.items()}
    return {name: (content, {**UPRIGHT, **said}) for name, (content, said) in files.items()}
