"""A photo that says who took it in every way that a phone, a photo program or its owner may write into a JPEG."""

from __future__ import annotations

import io
import struct
from typing import Any

from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo
from PIL.TiffImagePlugin import IFDRational

from inspect_app.photos import raster  # noqa: F401  Pillow can write HEIC from here on
from tests.photos.hostile import chunk
from tests.world import photo

MARK = "ZHANG-SAN-"
"""What every trace begins with; a name of its own follows."""
TRACES = (
    "artist", "copyright", "owner", "serial", "lens", "maker-note", "comment-exif", "unique", "author-xp",
    "comment", "iptc", "xmp", "xmp-more", "preview", "second-picture", "app4", "behind", "film", "ducky",
    "content-credentials", "flashpix", "jfif-preview", "profile-description", "profile-tag", "profile-device",
    "samsung",
)  # fmt: skip


def marked(seed: int, size: tuple[int, int] = (320, 240), *, placed: bool = False) -> bytes:
    """A JPEG with all of ``TRACES`` in it; with those ``OF_PLACE`` where it is ``placed``."""
    exif = Image.Exif()
    exif[0x013B], exif[0x8298] = _trace("artist"), _trace("copyright")
    exif[0x9C9D] = _trace("author-xp").encode("utf-16-le")
    details = exif.get_ifd(0x8769)
    details[0xA430], details[0xA431], details[0xA435] = _trace("owner"), _trace("serial"), _trace("lens")
    details[0x927C] = b"Maker\0\0\0" + _trace("maker-note").encode()
    details[0x9286] = b"ASCII\0\0\0" + _trace("comment-exif").encode()
    details[0xA420] = _trace("unique")
    if placed:
        exif.get_ifd(0x8825).update(_gps())
    tags = _with_thumbnail(exif.tobytes()) if placed else exif.tobytes()
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(seed, size))).save(output, "JPEG", quality=80, exif=tags, comment=_trace("comment"))
    plain = output.getvalue()
    byline = _trace("iptc").encode()
    resource = b"\x1c\x02\x50" + len(byline).to_bytes(2, "big") + byline
    segments = [
        (0xED, b"Photoshop 3.0\0" + b"8BIM\x04\x04\0\0" + len(resource).to_bytes(4, "big") + resource),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + _trace("xmp").encode()),
        (0xE1, b"http://ns.adobe.com/xmp/extension/\0" + _trace("xmp-more").encode()),
        (0xE0, b"JFXX\0\x10" + _trace("preview").encode()),
        (0xE2, b"MPF\0MM\0*" + _trace("second-picture").encode()),
        (0xE4, _trace("app4").encode()),
        (0xEC, b"Ducky\0\2\0" + _trace("ducky").encode()),
        (0xEB, b"JP\0\1\0\0\0\1jumb" + _trace("content-credentials").encode()),
        (0xE2, b"FPXR\0" + _trace("flashpix").encode()),
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\x08\1" + _trace("jfif-preview").encode().ljust(24)),
        (0xE2, b"ICC_PROFILE\0\1\1" + telling_profile()),
    ]
    segments += _segments_of_place() if placed else []
    more = b"".join(bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body for marker, body in segments)
    behind = plain[:2] + b"\xff\xfe\0\x20" + _trace("behind").encode().ljust(30) + plain[2:]
    samsung = b"\0\0\x30\x0a" + _trace("samsung").encode() + b"SEFH\x6b\0\0\0SEFT"
    film = b"\0\0\0\x18ftypmp42" + _trace("film").encode()
    return plain[:2] + more + plain[2:] + behind + samsung + film


def _gps() -> dict[int, Any]:
    lat, lon = ((IFDRational(one * 10**6 + 765_432, 10**6), IFDRational(0), IFDRational(0)) for one in (31, 113))
    said = {27: "gps-method", 28: "gps-area"}
    return {1: "N", 2: lat, 3: "E", 4: lon} | {
        tag: b"ASCII\0\0\0" + _trace(name).encode() for tag, name in said.items()
    }


def _with_thumbnail(exif: bytes) -> bytes:
    """The tags with a second directory behind them, of a small JPEG with a comment (EXIF 2.32, 4.5.8)."""
    small = io.BytesIO()
    Image.new("RGB", (32, 24), "teal").save(small, "JPEG", comment=_trace("thumbnail"))
    tiff, order = bytearray(exif[6:]), "<" if exif[6:8] == b"II" else ">"
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, first)
    struct.pack_into(f"{order}I", tiff, first + 2 + 12 * count, len(tiff))
    at, entries = len(tiff) + 2 + 3 * 12 + 4, ((0x0103, 3, 6), (0x0201, 4, 0), (0x0202, 4, len(small.getvalue())))
    tiff += struct.pack(f"{order}H", len(entries))
    for tag, kind, value in entries:
        found = value if tag != 0x0201 else at
        tiff += struct.pack(f"{order}HHIHH" if kind == 3 else f"{order}HHII", tag, kind, 1, found, *[0] * (kind == 3))
    return exif[:6] + bytes(tiff) + bytes(4) + small.getvalue()


def _segments_of_place() -> list[tuple[int, bytes]]:
    """Where it was taken as text, in XMP; XMP in two parts that belong together; a preview by Photoshop."""
    guid = b"0123456789ABCDEF0123456789ABCDEF"
    said = f"exif:GPSLatitude='31,45.92592N {_trace('gps-xmp')}' xmpNote:HasExtendedXMP='{guid.decode()}'"
    packet = (
        "<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
        "<rdf:Description xmlns:exif='http://ns.adobe.com/exif/1.0/' xmlns:xmpNote='http://ns.adobe.com/xmp/note/' "
        f"{said}/></rdf:RDF></x:xmpmeta>"
    )
    extension = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{_trace('xmp-extension')}</x:xmpmeta>".encode()
    part = b"http://ns.adobe.com/xmp/extension/\0" + guid + struct.pack(">II", len(extension), 0) + extension
    preview = struct.pack(">IIIIIIHH", 1, 8, 8, 24, 192, 20, 24, 1) + _trace("photoshop-preview").encode()
    preview += bytes(len(preview) % 2)
    resource = b"Photoshop 3.0\x008BIM\x04\x0c\0\0" + struct.pack(">I", len(preview)) + preview
    return [(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet.encode()), (0xE1, part), (0xED, resource)]


def kinds(seed: int) -> dict[str, bytes]:
    """A photo of every format and form, with all that can be said in it; no two pictures are the same."""
    makers = {
        "jpeg": lambda seed: marked(seed, placed=True),
        "progressive jpeg": lambda seed: _saved(seed, "JPEG", progressive=True, comment=MARK + "COMMENT"),
        "jpeg of inks": lambda seed: _saved(seed, "JPEG", mode="CMYK", comment=MARK + "COMMENT"),
        "png": _png,
        "webp": lambda seed: _saved(seed, "WEBP"),
        "heic": lambda seed: _saved(seed, "HEIF"),
        "avif": lambda seed: _saved(seed, "AVIF"),
    }
    return {name: make(seed + number) for number, (name, make) in enumerate(makers.items())}


def _saved(seed: int, form: str, *, mode: str = "RGB", **more: Any) -> bytes:
    exif = Image.Exif()
    exif[0x013B], exif[0x9C9D] = MARK + "ARTIST", (MARK + "AUTHOR").encode("utf-16-le")
    exif.get_ifd(0x8825).update(_gps())
    output, picture = io.BytesIO(), Image.open(io.BytesIO(photo(seed))).convert(mode)
    picture.info = {}
    if form != "PNG":
        more["xmp"] = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{MARK}XMP".encode()
    profile = {} if mode == "CMYK" else {"icc_profile": telling_profile()}
    picture.save(output, form, exif=exif.tobytes(), **profile, **more)
    return output.getvalue()


def _png(seed: int) -> bytes:
    """Texts, plain, packed and international; tags before the picture, and more of both behind it."""
    texts = PngInfo()
    texts.add_text("Author", MARK + "TEXT")
    texts.add_text("Comment", MARK + "PACKED", zip=True)
    texts.add_itxt("XML:com.adobe.xmp", MARK + "XMP")
    content = _saved(seed, "PNG", pnginfo=texts)
    late = b"".join(
        chunk(kind, body) for kind, body in ((b"tEXt", b"Title\0" + MARK.encode()), (b"prVt", MARK.encode()))
    )
    at = content.rindex(b"IEND") - 4
    return content[:at] + late + content[at:] + MARK.encode()


def telling_profile() -> bytes:
    """sRGB whose texts, own tag (as the model and number of a screen) and header name somebody."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    count = int.from_bytes(plain[128:132])
    entries = [struct.unpack_from(">4sII", plain, 132 + 12 * number) for number in range(count)]
    bodies = {name: plain[at : at + length] for name, at, length in entries}
    described = _trace("profile-description").encode("utf-16-be")
    described = b"mluc" + bytes(4) + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(described), 28) + described
    bodies |= {b"desc": described, b"cprt": described, b"mmod": b"mmod" + bytes(4) + _trace("profile-tag").encode()}
    table, behind = len(bodies).to_bytes(4), b""
    for name, body in bodies.items():
        table += struct.pack(">4sII", name, 132 + 12 * len(bodies) + len(behind), len(body))
        behind += body + bytes(-len(body) % 4)
    device = _trace("profile-device").encode()
    header = plain[:100] + device.ljust(28, b"\0")
    return (132 + 12 * len(bodies) + len(behind)).to_bytes(4) + header[4:] + table + behind


OF_PLACE = ("gps-method", "gps-area", "gps-xmp", "xmp-extension", "photoshop-preview", "thumbnail")
"""Traces of a photo that is placed, beside the others."""


def traces_in(content: bytes) -> set[str]:
    """Which of the traces stand in these bytes, also as UTF-16."""
    return {
        one
        for one in TRACES + OF_PLACE
        if any(_trace(one).encode(code) in content for code in ("utf-8", "utf-16-le", "utf-16-be"))
    }


def _trace(name: str) -> str:
    return MARK + name.upper()
