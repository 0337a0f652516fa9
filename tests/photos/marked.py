"""A photo that says who took it in every way that a phone, a photo program or its owner may write into a JPEG."""

from __future__ import annotations

import io

from PIL import Image

from tests.world import photo

MARK = "ZHANG-SAN-"
"""What every trace begins with; a name of its own follows."""
TRACES = (
    "artist", "copyright", "owner", "serial", "lens", "maker-note", "comment-exif", "unique", "author-xp",
    "comment", "iptc", "xmp", "xmp-more", "preview", "second-picture", "app4", "behind", "film",
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
    ]
    more = b"".join(bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body for marker, body in segments)
    behind = plain[:2] + b"\xff\xfe\0\x20" + _trace("behind").encode().ljust(30) + plain[2:]
    film = b"\0\0\0\x18ftypmp42" + _trace("film").encode()
    return plain[:2] + more + plain[2:] + behind + film


def traces_in(content: bytes) -> set[str]:
    """Which of the traces stand in these bytes, also as UTF-16."""
    return {one for one in TRACES if any(_trace(one).encode(code) in content for code in ("utf-8", "utf-16-le"))}


def _trace(name: str) -> str:
    return MARK + name.upper()
