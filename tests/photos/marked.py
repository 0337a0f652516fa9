"""A photo that says who took it in every way that a phone, a photo program or its owner may write into a JPEG."""

from __future__ import annotations

import io
import struct

from PIL import Image, ImageCms

from tests.world import photo

MARK = "ZHANG-SAN-"
"""What every trace begins with; a name of its own follows."""
TRACES = (
    "artist", "copyright", "owner", "serial", "lens", "maker-note", "comment-exif", "unique", "author-xp",
    "comment", "iptc", "xmp", "xmp-more", "preview", "second-picture", "app4", "behind", "film", "ducky",
    "content-credentials", "flashpix", "jfif-preview", "profile-description", "profile-tag", "profile-device",
    "samsung",
)  # fmt: skip


def marked(seed: int, size: tuple[int, int] = (320, 240)) -> bytes:
    """A JPEG with all of ``TRACES`` in it."""
    exif = Image.Exif()
    exif[0x013B], exif[0x8298] = _trace("artist"), _trace("copyright")
    exif[0x9C9D] = _trace("author-xp").encode("utf-16-le")
    details = exif.get_ifd(0x8769)
    details[0xA430], details[0xA431], details[0xA435] = _trace("owner"), _trace("serial"), _trace("lens")
    details[0x927C] = b"Maker\0\0\0" + _trace("maker-note").encode()
    details[0x9286] = b"ASCII\0\0\0" + _trace("comment-exif").encode()
    details[0xA420] = _trace("unique")
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(seed, size))).save(output, "JPEG", quality=80, exif=exif, comment=_trace("comment"))
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
    more = b"".join(bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body for marker, body in segments)
    behind = plain[:2] + b"\xff\xfe\0\x20" + _trace("behind").encode().ljust(30) + plain[2:]
    samsung = b"\0\0\x30\x0a" + _trace("samsung").encode() + b"SEFH\x6b\0\0\0SEFT"
    film = b"\0\0\0\x18ftypmp42" + _trace("film").encode()
    return plain[:2] + more + plain[2:] + behind + samsung + film


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


def traces_in(content: bytes) -> set[str]:
    """Which of the traces stand in these bytes, also as UTF-16."""
    return {
        one
        for one in TRACES
        if any(_trace(one).encode(code) in content for code in ("utf-8", "utf-16-le", "utf-16-be"))
    }


def _trace(name: str) -> str:
    return MARK + name.upper()
