"""A photo with every kind of metadata through every maker of copies: of none of it is anything in any copy.

tests/web/test_photo_traces.py asks the same of every answer.
"""

from __future__ import annotations

import io
import struct
from datetime import UTC, datetime

import pytest
from PIL import Image, ImageCms

from inspect_app.domain.evidence.redaction import Box
from inspect_app.domain.place.positions import Fix
from inspect_app.photos.caption import captioned
from inspect_app.photos.colours import bare_profile
from inspect_app.photos.copies import Copies, as_jpeg, copies_of
from inspect_app.photos.geotag import geotagged
from inspect_app.photos.jpeg import picture_alone
from inspect_app.photos.redaction import redacted
from inspect_app.photos.small import small_jpeg
from inspect_app.photos.uniform import SIDE_PX, uniform
from tests.photos.marked import MARK, OF_PLACE, TRACES, kinds, marked, telling_profile, traces_in

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of the marked photo's oddities
AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
FIX = Fix(30.3, 112.2, 8.0, "browser", AT)
OF_GEOTAGGED = {
    0x0112, 0x0131, 0x0132, 0x8769, 0x8825, 0x9000, 0x9003, 0x9004, 0x9010, 0x9011, 0x9012, 0x9291,
    0, 1, 2, 3, 4, 7, 18, 27, 29, 31,
}  # fmt: skip
"""Tags that a geotagged copy has: written by this application, and none else."""


FILES = {**kinds(3), "jpeg without its end": marked(3)[: marked(3).rindex(b"\xff\xda") + 3000]}


def segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """Marker and body of each segment up to the first scan."""
    found, at = [], 2
    while jpeg[at + 1] != 0xDA:
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        found.append((jpeg[at + 1], jpeg[at + 4 : end]))
        at = end
    return found


@pytest.mark.parametrize("name", FILES)
def test_no_copy_says_what_the_original_says(name):
    content = FILES[name]
    assert MARK.encode() in content
    made = copies_of(content)
    assert isinstance(made, Copies)
    outputs = {
        "geotagged": geotagged(content, FIX, AT),
        "without a position": geotagged(content, None, AT, 6),
        "review": as_jpeg(made.review, 80),
        "thumbnail": made.look.thumbnail,
        "captioned": as_jpeg(captioned(made.review, ["2026-11-23"]), 80),
        "redacted": as_jpeg(redacted(made.review, [Box(0.1, 0.1, 0.3, 0.3, "face")]), 80),
        "uniform": as_jpeg(uniform(made.review, SIDE_PX), 80),
        "small": small_jpeg(made.review, 50_000),
    }
    for output, jpeg in outputs.items():
        for code in ("utf-8", "utf-16-le", "utf-16-be"):
            assert MARK.encode(code) not in jpeg, output
        assert jpeg.endswith(b"\xff\xd9"), output
        kinds = {(marker, body[:4]) for marker, body in segments(jpeg) if marker >= 0xE0}
        own = (
            {(0xE1, b"Exif"), (0xE2, b"ICC_"), (0xEE, b"Adob")}
            if output in ("geotagged", "without a position")
            else set()
        )
        assert kinds <= {(0xE0, b"JFIF"), *own}, output
        exif = Image.open(io.BytesIO(jpeg)).getexif()
        assert {*exif, *exif.get_ifd(0x8769), *exif.get_ifd(0x8825)} <= (OF_GEOTAGGED if own else set()), output


def test_the_marked_photo_has_every_trace():
    assert traces_in(marked(3)) == set(TRACES)
    assert traces_in(FILES["jpeg"]) == {*TRACES, *OF_PLACE}


def test_a_geotagged_copy_has_the_colours_of_the_original():
    copy = picture_alone(marked(3))
    assert copy is not None
    profile = Image.open(io.BytesIO(copy)).info["icc_profile"]
    assert profile == bare_profile(telling_profile())
    picture = Image.open(io.BytesIO(copy)).convert("RGB")
    shown = [
        ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(one)), ImageCms.createProfile("LAB"), outputMode="LAB"
        )
        for one in (profile, telling_profile())
    ]
    assert shown[0].tobytes() == shown[1].tobytes()
    assert Image.open(io.BytesIO(copy)).tobytes() == Image.open(io.BytesIO(marked(3))).tobytes()


@pytest.mark.parametrize(
    "spoilt", [b"", b"acsp" * 50, telling_profile()[:300], telling_profile()[:132] + b"\xff" * 500]
)
def test_what_is_no_profile_is_left_out(spoilt):
    found = bare_profile(spoilt)
    assert found is None or MARK.encode() not in found


def test_a_profile_whose_tags_overlap_does_not_make_a_copy_grow():
    names = [b"rXYZ", b"gXYZ", b"bXYZ", b"rTRC", b"gTRC", b"bTRC", b"wtpt", b"A2B0", b"A2B1", b"A2B2"]
    body = b"curv" * 50_000
    start = 132 + 12 * len(names)
    places = [struct.pack(">4sII", name, start + 4 * n, len(body) - 4 * n) for n, name in enumerate(names)]
    content = telling_profile()[:128] + len(names).to_bytes(4) + b"".join(places) + body
    assert bare_profile(content) is None
    assert bare_profile(telling_profile() + bytes(5_000_000)) is None
