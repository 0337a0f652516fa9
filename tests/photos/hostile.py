"""Files that no camera writes: cut, damaged, swollen, two things at once. All made here."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from PIL import Image

from inspect_app.photos import raster  # noqa: F401  Pillow can write HEIC from here on
from tests.world import photo

KEPT, CUT, NONE, LARGE, SCANS = "", "照片不完整", "不是可以识别的照片文件", "像素，超过上限", "编码方式异常"
BULK = "里面多半不是照片"
SENTENCES = (CUT, NONE, LARGE, SCANS)
SIZE = (240, 180)


@dataclass(frozen=True, slots=True)
class Case:
    """A file and the beginnings of the sentences that may be said of it; the empty one where it may be kept."""

    name: str
    content: bytes
    may_say: tuple[str, ...]


def coded(form: str, size: tuple[int, int] = SIZE, **more: object) -> bytes:
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(1, size))).save(output, form, **more)
    return output.getvalue()


def plain() -> dict[str, bytes]:
    """One good photo of each format."""
    return {
        "jpeg": photo(1, SIZE),
        "png": coded("PNG"),
        "webp": coded("WEBP"),
        "heic": coded("HEIF", quality=60),
    }


def truncations() -> Iterator[Case]:
    """Each format cut at every 1 %."""
    for form, content in plain().items():
        for percent in range(100):
            cut = content[: len(content) * percent // 100]
            yield Case(f"{form} cut at {percent} %", cut, (CUT,) if len(cut) > 12 else (NONE, CUT))


def flips(seed: int, each: int = 100) -> Iterator[Case]:
    """Bits turned over, one to a few, anywhere."""
    rng = random.Random(seed)
    for form, content in plain().items():
        for number in range(each):
            spoilt = bytearray(content)
            for _ in range(rng.choice((1, 1, 3, 20))):
                # Half of them where the headers are.
                at = rng.randrange(len(content) if number % 2 else min(700, len(content)))
                spoilt[at] ^= 1 << rng.randrange(8)
            yield Case(f"{form} flipped {number}", bytes(spoilt), (KEPT, *SENTENCES))


def bombs() -> Iterator[Case]:
    """Small files, or slow ones, that would like to be large."""
    whole = flat_jpeg(640, 480)
    yield Case("jpeg of 200 million pixels", flat_jpeg(16_000, 12_500), (KEPT,))
    yield Case("jpeg 65500", flat_jpeg(16, 16, claims=(65_500, 65_500)), (LARGE,))
    yield Case("progressive jpeg of 30 million pixels", scans_jpeg(5500, 5500, 9), (KEPT,))
    yield Case("progressive jpeg past the limit", scans_jpeg(5600, 5600, 9), (LARGE,))
    yield Case("jpeg of many scans", scans_jpeg(5500, 5500, 700), (SCANS,))
    yield Case(
        "jpeg of many scans behind much", scans_jpeg(5500, 5500, 700, between=seg(0xFE, b"x" * 30_000)), (SCANS,)
    )
    yield Case("jpeg of many segments", b"\xff\xd8" + b"\xff\xe5\0\2" * 6_000_000 + whole[2:], (CUT,))
    yield Case("jpeg of nothing but padding", b"\xff\xd8" + b"\xff" * 24_000_000 + b"\xd9", (CUT,))
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + bytes(65_000)
    yield Case("jpeg of 24 MB of EXIF", b"\xff\xd8" + seg(0xE1, exif) * 380 + whole[2:], (BULK,))
    xmp = b"http://ns.adobe.com/xap/1.0/\0" + b"<rdf:Bag>" * 7000
    yield Case("jpeg of 24 MB of XMP", b"\xff\xd8" + seg(0xE1, xmp) * 380 + whole[2:], (BULK,))
    icc = b"ICC_PROFILE\0\1\xff" + b"x" * 65_000
    yield Case("jpeg of 16 MB of colour profile", b"\xff\xd8" + seg(0xE2, icc) * 255 + whole[2:], (BULK,))
    yield Case("jpeg of directories in a circle", b"\xff\xd8" + seg(0xE1, b"Exif\0\0" + circle()) + whole[2:], (KEPT,))
    yield Case("png of 60 million pixels", png(7700, 7700), (KEPT,))
    yield Case("png past the limit", png(8000, 8000), (LARGE,))
    yield Case("png 65500", png(65_500, 65_500, rows=1), (LARGE,))
    yield Case("png of 256 MB for 100 by 100", png(100, 100, body=squeezed(1 << 28)), (KEPT, CUT))
    yield Case("png of 2 million chunks", png(100, 100, more=chunk(b"abCd", b"") * 2_000_000), (CUT,))
    yield Case("png with a bomb for a text", png(100, 100, more=chunk(b"zTXt", b"a\0\0" + squeezed(1 << 28))), (CUT,))
    yield Case(
        "png with a bomb for a profile", png(100, 100, more=chunk(b"iCCP", b"a\0\0" + squeezed(1 << 28))), (KEPT, CUT)
    )
    yield Case("png with directories in a circle", png(100, 100, more=chunk(b"eXIf", circle())), (KEPT,))
    yield Case("webp of 15 million pixels", flat("WEBP", (4096, 3700), method=0, quality=1), (KEPT,))
    yield Case("webp past the limit", flat("WEBP", (4200, 3700), method=0, quality=1), (LARGE,))
    yield Case("webp 65500", webp_canvas(65_500), (LARGE,))
    yield Case(
        "webp 16383 in its frame", patched(plain()["webp"], b"\x9d\x01\x2a", struct.pack("<HH", 16383, 16383)), (LARGE,)
    )
    heic = plain()["heic"]
    yield Case("heic 65500", patched(heic, b"ispe\0\0\0\0", struct.pack(">II", 65_500, 65_500)), (LARGE,))
    yield Case("heic larger than it is", patched(heic, b"ispe\0\0\0\0", struct.pack(">II", 6500, 6500)), (CUT,))
    avif = coded("AVIF", quality=60)
    yield Case("avif 65500", patched(avif, b"ispe\0\0\0\0", struct.pack(">II", 65_500, 65_500)), (LARGE, CUT))
    yield Case("avif larger than it is", patched(avif, b"ispe\0\0\0\0", struct.pack(">II", 3000, 3000)), (KEPT, CUT))
    large = coded("AVIF", (3500, 3500), quality=20, speed=10)
    yield Case("avif smaller than it is", patched(large, b"ispe\0\0\0\0", struct.pack(">II", 64, 64)), (KEPT, CUT))
    yield Case("avif of 14 million pixels", flat("AVIF", (4100, 3400), speed=10), (KEPT,))


def impostors() -> Iterator[Case]:
    """Other things, and photos that are something else as well. No name is looked at, so none can be wrong."""
    jpeg = photo(2, SIZE)
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("evil.html", "<script>alert(1)</script>")
    script = b"<html><script>alert(document.domain)</script></html>"
    yield Case("nothing", b"", (NONE,))
    yield Case("one byte", b"\xff", (NONE,))
    yield Case("jpeg and zip", jpeg + output.getvalue(), (KEPT,))
    yield Case("jpeg and html", jpeg[:2] + seg(0xFE, script) + jpeg[2:] + script, (KEPT,))
    yield Case("html and jpeg", script + jpeg, (NONE,))
    yield Case("zip and jpeg", output.getvalue() + jpeg, (NONE,))
    yield Case("gif named .jpg", coded("GIF"), (NONE,))
    yield Case("tiff", coded("TIFF"), (NONE,))
    yield Case("bmp", coded("BMP"), (NONE,))
    yield Case("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) (r) file", (NONE,))
    yield Case("svg", b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', (NONE,))
    yield Case("pdf", coded("PDF"), (NONE,))
    yield Case("heic that says it is avif", plain()["heic"].replace(b"ftypheic", b"ftypavif"), (CUT,))
    yield Case("avif that says it is heic", coded("AVIF").replace(b"ftypavif", b"ftypheic"), (CUT,))
    yield Case("wav", b"RIFF\x24\0\0\0WAVEfmt " + bytes(40), (NONE,))
    yield Case("video", b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + bytes(400), (NONE,))
    for form, content in plain().items():
        yield Case(f"{form} under another name", content, (KEPT,))


def seg(marker: int, body: bytes) -> bytes:
    """A segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def chunk(kind: bytes, body: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@cache
def squeezed(size: int) -> bytes:
    """So many zero bytes, deflated."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(size >> 20)) + packer.flush()


def png(width: int, height: int, *, rows: int | None = None, body: bytes | None = None, more: bytes = b"") -> bytes:
    """An RGBA PNG of nothing, of which so many rows are there."""
    if body is None:
        packer, row = zlib.compressobj(1), bytes(1 + 4 * width)
        body = b"".join(packer.compress(row) for _ in range(height if rows is None else rows)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + more + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def flat(form: str, size: tuple[int, int], **more: object) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "teal").save(output, form, **more)
    return output.getvalue()


def flat_jpeg(width: int, height: int, claims: tuple[int, int] | None = None) -> bytes:
    """A grey JPEG of any size, put together without the picture: each 16 by 16 pixels are 32 bits, always the same."""
    small = bytearray(flat("JPEG", (16, 16), quality=75))
    at = small.index(b"\xff\xc0")
    shown = claims or (width, height)
    small[at + 5 : at + 9] = struct.pack(">HH", shown[1], shown[0])
    at = small.index(b"\xff\xda")
    head = bytes(small[: at + 2 + int.from_bytes(small[at + 2 : at + 4])])
    return head + b"\x28\xa2\x8a\x00" * (-(-width // 16) * -(-height // 16)) + b"\xff\xd9"


def scans_jpeg(width: int, height: int, scans: int, between: bytes = b"") -> bytes:
    """A progressive JPEG whose scans are some bytes each, and each a pass over the whole picture (T.81, annex G)."""
    blocks = -(-width // 8) * -(-height // 8)
    frame = struct.pack(">BHHB", 8, height, width, 3) + b"".join(bytes([one, 0x11, 0]) for one in (1, 2, 3))
    # One code of one bit in each table: "no difference", and "no more in the next 32,767 blocks".
    tables = seg(0xC4, b"\x00\x01" + bytes(15) + b"\x00") + seg(0xC4, b"\x10\x01" + bytes(15) + b"\xe0")
    first = seg(0xDA, b"\3\1\0\2\0\3\0\0\0\0") + bytes(-(-blocks * 3 // 8))
    bits = ("0" + "1" * 14) * -(-blocks // 32_767)
    bits += "0" * (-len(bits) % 8)
    run = int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\0")
    rest = [
        between + seg(0xDA, bytes([1, number % 3 + 1, 0, 1 + number // 3 % 63, 1 + number // 3 % 63, 0])) + run
        for number in range(scans)
    ]
    start = b"\xff\xd8" + seg(0xDB, b"\0" + b"\1" * 64) + seg(0xC2, frame) + tables
    return start + first + b"".join(rest) + b"\xff\xd9"


def circle() -> bytes:
    """EXIF whose directories point at themselves and at each other."""
    entries = [(0x8769, 4, 1, 8), (0x8825, 4, 1, 8), (0xA005, 4, 1, 8), (0x014A, 4, 40, 8), (0x010F, 2, 0xFFFFFFFF, 8)]
    body = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + body + struct.pack("<I", 8)


def webp_canvas(side: int) -> bytes:
    """A WebP of one small picture on a canvas of any size."""
    size = (side - 1).to_bytes(3, "little")
    body = b"WEBPVP8X" + struct.pack("<I", 10) + bytes(4) + size + size + plain()["webp"][12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def patched(content: bytes, behind: bytes, value: bytes) -> bytes:
    """The file with other bytes behind each place of these."""
    head, *rest = content.split(behind)
    assert rest
    return head + b"".join(behind + value + part[len(value) :] for part in rest)
