"""What the phone reads out of photos before it makes them smaller: exif.js in a real Chromium, files made by Pillow."""

from __future__ import annotations

import base64
import io
import random
import struct
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from inspect_app.domain.evidence.photo import Evidence, parse_evidence
from inspect_app.wording import say
from tests.photos.reading import corpus
from tests.photos.test_heic import heic
from tests.world import photo

pytestmark = pytest.mark.browser

MAKE, MODEL, SOFTWARE, ORIENTATION, GPS, CAMERA = 0x010F, 0x0110, 0x0131, 0x0112, 0x8825, 0x8769
TAKEN, ZONE = 0x9003, 0x9011
PLAIN = Image.open(io.BytesIO(photo(1, (320, 240))))


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """Any page of the application, for its modules."""
    from tests.conftest import ServerProcess
    from tests.world import World

    world = World.made_in(tmp_path_factory.mktemp("exif") / "data").founded()
    world.services.store.close()
    server = ServerProcess(world.data).start()
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(f"{server.address}/login")
    page.evaluate(
        """async () => {
            const base = document.querySelector('link[rel=stylesheet]').href.replace(/css\\/.*/, 'js/');
            window.exif = await import(base + 'evidence/camera/exif.js');
            window.blobOf = (text) => new Blob([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))]);
        }"""
    )
    yield page
    context.close()
    server.stop()


def read_all(page, contents: list[bytes]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(
        "(texts) => Promise.all(texts.map((text) => exif.readExif(blobOf(text))))",
        [base64.b64encode(content).decode() for content in contents],
    )
    for original in found:
        accepted = parse_evidence(
            {"sha256": "ab" * 32, "item": "x", "captured_at": "2026-11-23T02:30:00Z", "original": original}, {}, ["x"]
        )
        assert isinstance(accepted, Evidence), (original, list(map(str, map(say, accepted))))
    return found


def read(page, content: bytes) -> dict[str, Any]:
    return read_all(page, [content])[0]


def jpeg(tags: dict[int, Any] | None = None, camera: dict[int, Any] | None = None, gps: Any = None) -> bytes:
    exif = Image.Exif()
    exif.update(tags or {})
    exif.get_ifd(CAMERA).update(camera or {})
    exif.get_ifd(GPS).update(gps or {})
    output = io.BytesIO()
    PLAIN.save(output, "JPEG", exif=exif)
    return output.getvalue()


def gps_of(lat: float, lon: float) -> dict[int, Any]:
    return {1: "N" if lat >= 0 else "S", 2: _angle(abs(lat)), 3: "E" if lon >= 0 else "W", 4: _angle(abs(lon))}


def _angle(value: float) -> tuple[IFDRational, ...]:
    """Degrees, minutes and seconds to a ten-thousandth, as phones write them."""
    ticks = round(value * 36_000_000)
    degrees, ticks = divmod(ticks, 36_000_000)
    minutes, ticks = divmod(ticks, 600_000)
    return IFDRational(degrees, 1), IFDRational(minutes, 1), IFDRational(ticks, 10_000)


def _written(degrees: float) -> float:
    """What is read of an angle: to the ten-thousandth of a second that is written, and to seven decimals."""
    return round(round(degrees * 36_000_000) / 36_000_000, 7)


def test_a_photo_of_a_phone_is_read_whole(page):
    content = jpeg(
        {MAKE: "HUAWEI", MODEL: "ALN-AL00", SOFTWARE: "HarmonyOS 4.2", ORIENTATION: 6},
        {TAKEN: "2026:11:23 10:29:58", ZONE: "+08:00"},
        gps_of(30.3105, 112.2412),
    )
    assert read(page, content) == {
        "bytes": len(content),
        "width": 320,
        "height": 240,
        "orientation": 6,
        "taken_at": "2026-11-23T10:29:58+08:00",
        "fix": {"lat": pytest.approx(30.3105, abs=1e-6), "lon": pytest.approx(112.2412, abs=1e-6)},
        "make": "HUAWEI",
        "model": "ALN-AL00",
        "software": "HarmonyOS 4.2",
    }


def test_a_photo_without_exif_has_its_size(page):
    content = photo(3, (320, 240))
    assert read(page, content) == {"bytes": len(content), "width": 320, "height": 240}


def test_a_heic_is_read_as_well(page):
    content = heic(5, (320, 240))
    size = {"width": 320, "height": 240}
    assert read(page, content) == {"bytes": len(content), **size, "orientation": 1, "make": "SECRETPHONE"}


def test_the_phone_reads_what_the_server_reads(page):
    files = corpus()
    found = read_all(page, [content for content, _ in files.values()])
    wrong = {}
    for (name, (content, said)), original in zip(files.items(), found, strict=True):
        place = {axis: pytest.approx(said[axis], abs=1e-6) for axis in ("lat", "lon") if axis in said}
        plain = {field: value for field, value in said.items() if field not in place}
        expected = {"bytes": len(content), **plain, **({"fix": place} if place else {})}
        if original != expected:
            wrong[name] = (original, expected)
    assert wrong == {}


@settings(max_examples=8)
@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), min_size=10, max_size=20))
def test_no_position_is_ever_in_the_wrong_place(page, places):
    places = [*places, (-0.5, -0.5), (89.99999, -179.99999), (-33.8568, 151.2153), (40.6892, -74.0445)]
    for (lat, lon), found in zip(
        places, read_all(page, [jpeg(gps=gps_of(lat, lon)) for lat, lon in places]), strict=True
    ):
        if _written(lat) == 0 and _written(lon) == 0:
            assert "fix" not in found
        else:
            assert found["fix"]["lat"] == pytest.approx(lat, abs=1e-6)
            assert found["fix"]["lon"] == pytest.approx(lon, abs=1e-6)


@pytest.mark.parametrize(
    "change",
    [
        {1: None},
        {3: None},
        {1: "X"},
        {1: ""},
        {3: "N"},
        {2: None},
        {2: (IFDRational(91), IFDRational(0), IFDRational(0))},
        {4: (IFDRational(180), IFDRational(0), IFDRational(1))},
        {2: (IFDRational(30), IFDRational(75), IFDRational(0))},
        {2: (IFDRational(1, 0), IFDRational(0), IFDRational(0))},
        {2: (IFDRational(0), IFDRational(0), IFDRational(0)), 4: (IFDRational(0), IFDRational(0), IFDRational(0))},
    ],
    ids=lambda change: repr(change)[:40],
)
def test_a_doubtful_position_is_none(page, change):
    gps = {tag: value for tag, value in {**gps_of(30.3, 112.2), **change}.items() if value is not None}
    assert "fix" not in read(page, jpeg({MAKE: "A"}, gps=gps))


@settings(max_examples=6)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=("Cs",)), max_size=130),
            st.integers(0, 65535),
            st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)) | st.sampled_from(["", "0000:00:00 00:00:00"]),
            st.sampled_from(["", "+08:00", "-03:30", "+99:99", "Z", "08:00"]),
        ),
        min_size=10,
        max_size=10,
    )
)
def test_any_text_orientation_and_time_is_taken_or_left_out_as_the_server_wants_it(page, cases):
    contents = [
        jpeg(
            {MODEL: model.encode()[:400], ORIENTATION: orientation},
            {TAKEN: at.strftime("%Y:%m:%d %H:%M:%S") if isinstance(at, datetime) else at, ZONE: zone},
        )
        for model, orientation, at, zone in cases
    ]
    for (model, orientation, at, zone), found in zip(cases, read_all(page, contents), strict=True):
        assert found.get("orientation") == (orientation if 1 <= orientation <= 8 else None)
        if isinstance(at, datetime):
            zones = {"+08:00": "+08:00", "-03:30": "-03:30", "Z": "+00:00"}
            assert found["taken_at"] == at.isoformat(timespec="seconds")[:19] + zones.get(zone, "")
        else:
            assert "taken_at" not in found
        if model.isascii() and model.isprintable() and model.strip() and len(model) <= 100:
            assert found["model"] == model.strip()


def test_both_byte_orders_are_read(page):
    def tiff(order: str) -> bytes:
        mark = b"II" if order == "<" else b"MM"
        return mark + struct.pack(f"{order}HIHHHIHHI", 42, 8, 1, ORIENTATION, 3, 1, 8, 0, 0)

    for order in "<>":
        exif = b"Exif\0\0" + tiff(order)
        content = b"\xff\xd8\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + photo(1)[2:]
        assert read(page, content)["orientation"] == 8


def test_hostile_files_are_read_quickly_and_without_an_error(page):
    """Bits turned, files cut, directories that point at themselves or promise thousands of fields, all of it noise."""
    rng = random.Random(11)
    good = jpeg(
        {MAKE: "A" * 60, MODEL: "B" * 60, ORIENTATION: 3}, {TAKEN: "2026:11:23 10:29:58"}, gps_of(30.3105, 112.2412)
    )
    files = [
        b"",
        b"\xff",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        bytes(1000),
        b"\xff" * 100_000,
        good[:2] + b"\xff\xe1\x00\x02" * 100_000,
    ]
    files += [good[:cut] for cut in range(0, 700, 9)]
    files.append(b"\x89PNG\r\n\x1a\n" + bytes(8) * 20_000)
    files.append(b"RIFF\xff\xff\xff\xffWEBPVP8X" + bytes(8) * 20_000)
    files.append(b"\0\0\0\x18ftypheic" + bytes(12) + b"\0\0\0\x08free" * 20_000)
    others = [corpus()[name][0] for name in ("png", "webp", "heic")]
    for content, times in [(good[:2000], 150), (heic(5, (64, 48)), 150), *((other, 50) for other in others)]:
        for _ in range(times):
            spoilt = bytearray(content)
            for _ in range(rng.randrange(1, 6)):
                spoilt[rng.randrange(min(900, len(spoilt)))] = rng.randrange(256)
            files.append(bytes(spoilt))
    looped = b"II*\0\x08\0\0\0" + struct.pack("<HHHII", 0xFFFF, CAMERA, 4, 1, 8) * 5000
    files.append(b"\xff\xd8\xff\xe1" + struct.pack(">H", 60_000) + b"Exif\0\0" + looped[:59_990])
    began = page.evaluate("performance.now()")
    found = read_all(page, files)
    assert page.evaluate("performance.now()") - began < 10_000
    assert all(original["bytes"] == len(content) for original, content in zip(found, files, strict=True))
    places = {(fix["lat"] > 0, fix["lon"] > 0) for original in found if (fix := original.get("fix"))}
    assert places, "some of the files still carry a position"
