"""Geotagged copies, read back by exiftool, a program of its own; and real files read as exiftool reads them."""

from __future__ import annotations

import io
import json
import random
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat
from PIL.TiffImagePlugin import IFDRational

from inspect_app.domain.place.positions import Fix
from inspect_app.photos.exif import read_exif
from inspect_app.photos.geotag import geotagged
from inspect_app.photos.orientation import turned, upright
from tests.world import photo

AT = datetime(2026, 11, 23, 2, 30, 12, 345000, tzinfo=UTC)
HERE = AT.astimezone(ZoneInfo("Asia/Shanghai"))


def exiftool(*paths: Path) -> list[dict[str, Any]]:
    command = ["exiftool", "-json", "-n", "-G1", "-a", *map(str, paths)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


@pytest.mark.parametrize(
    ("lat", "lon"),
    [(30.31062, 112.24131), (-33.86, 151.21), (51.5, -0.12), (0.0, 112.2), (0.0, 0.0), (89.999999, -179.999999)],
)
def test_any_program_finds_position_accuracy_and_time(tmp_path, lat, lon):
    path = tmp_path / "copy.jpg"
    path.write_bytes(geotagged(photo(1), Fix(lat, lon, 9.25, "browser", AT), HERE, 6))
    (said,) = exiftool(path)
    assert said["Composite:GPSLatitude"] == pytest.approx(lat, abs=1e-8)
    assert said["Composite:GPSLongitude"] == pytest.approx(lon, abs=1e-8)
    assert (said["GPS:GPSHPositioningError"], said["GPS:GPSMapDatum"]) == (9.25, "WGS-84")
    assert (said["GPS:GPSDateStamp"], said["GPS:GPSTimeStamp"]) == ("2026:11:23", "02:30:12.345")
    # Whoever knows no offset shows the clock of the place; the position's own time is UTC.
    assert said["ExifIFD:DateTimeOriginal"] == said["ExifIFD:CreateDate"] == said["IFD0:ModifyDate"]
    assert said["ExifIFD:DateTimeOriginal"] == "2026:11:23 10:30:12"
    assert said["ExifIFD:OffsetTimeOriginal"] == said["ExifIFD:OffsetTime"] == "+08:00"
    assert said["Composite:SubSecDateTimeOriginal"] == "2026:11:23 10:30:12.345+08:00"
    assert said["IFD0:Orientation"] == 6
    found = read_exif(path.read_bytes())
    # Zeros alone are what phones put where they take a position away.
    assert (found.lat, found.lon) == ((None, None) if lat == lon == 0 else pytest.approx((lat, lon), abs=1e-8))
    assert found.gps_at == AT
    assert found.taken_at == AT.replace(microsecond=0)


def test_any_zone_is_told_with_its_offset(tmp_path):
    for zone, offset in (("Asia/Kolkata", "+05:30"), ("America/St_Johns", "-03:30"), ("UTC", "+00:00")):
        path = tmp_path / "copy.jpg"
        path.write_bytes(geotagged(photo(1), None, AT.astimezone(ZoneInfo(zone))))
        (said,) = exiftool(path)
        assert said["ExifIFD:OffsetTimeOriginal"] == offset
        assert read_exif(path.read_bytes()).taken_at == AT.replace(microsecond=0)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photo_stands_turned_in_any_program(orientation, quarters):
    plain = Image.open(io.BytesIO(photo(3, (64, 48)))).convert("RGB")
    for kind in ("JPEG", "PNG"):
        exif, output = Image.Exif(), io.BytesIO()
        exif[0x0112] = orientation
        plain.save(output, kind, exif=exif, quality=95)
        copy = Image.open(io.BytesIO(geotagged(output.getvalue(), None, HERE, orientation, quarters)))
        wanted = turned(upright(Image.open(io.BytesIO(output.getvalue())).convert("RGB"), orientation), quarters)
        shown = ImageOps.exif_transpose(copy).convert("RGB")
        assert shown.size == wanted.size
        assert max(ImageStat.Stat(ImageChops.difference(shown, wanted)).mean) < 3


def test_the_picture_is_not_coded_again_and_old_metadata_is_gone(tmp_path):
    exif = Image.Exif()
    exif[0x010F], exif[0x9286] = "SecretPhone", "comment"
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(2))).save(output, "JPEG", quality=80, exif=exif, icc_profile=b"")
    copy = geotagged(output.getvalue(), None, AT)
    assert b"SecretPhone" in output.getvalue()
    assert b"SecretPhone" not in copy
    pictures = [Image.open(io.BytesIO(content)).tobytes() for content in (output.getvalue(), copy)]
    assert pictures[0] == pictures[1]
    assert read_exif(copy).lat is None
    assert read_exif(copy).taken_at == AT.replace(microsecond=0)


def test_other_formats_become_upright_jpegs(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    output = io.BytesIO()
    Image.open(io.BytesIO(photo(3, (64, 48)))).save(output, "PNG", exif=exif)
    path = tmp_path / "copy.jpg"
    path.write_bytes(geotagged(output.getvalue(), Fix(30, 112, 5, "browser", AT), AT, 6))
    (said,) = exiftool(path)
    assert (said["File:FileType"], said["File:ImageWidth"], said["File:ImageHeight"]) == ("JPEG", 48, 64)
    assert said["IFD0:Orientation"] == 1


def made(rng: random.Random) -> bytes:
    """A JPEG whose EXIF a careless camera might have written."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = rng.choice(["HUAWEI", "Xiaomi", "Apple"]), "X1"
    exif[0x0112] = rng.randrange(1, 9)
    details = exif.get_ifd(0x8769)
    details[0x9003] = (datetime(2026, 1, 1) + timedelta(seconds=rng.randrange(10**7))).strftime("%Y:%m:%d %H:%M:%S")
    if rng.random() < 0.5:
        details[0x9011] = rng.choice(["+08:00", "-05:30", "+00:00"])
    gps = exif.get_ifd(0x8825)
    parts = [rng.randrange(0, 90), rng.randrange(0, 60), rng.randrange(0, 6000)]
    gps[1] = rng.choice(["N", "S"])
    gps[2] = (IFDRational(parts[0], 1), IFDRational(parts[1], 1), IFDRational(parts[2], 100))
    gps[3] = rng.choice(["E", "W"])
    gps[4] = (IFDRational(rng.randrange(0, 180), 1), IFDRational(rng.randrange(0, 600), 10), IFDRational(0, 1))
    if rng.random() < 0.5:
        gps[31] = IFDRational(rng.randrange(0, 10_000), 100)
    output = io.BytesIO()
    Image.new("RGB", (32, 24)).save(output, "JPEG", exif=exif)
    return output.getvalue()


def test_real_files_are_read_as_exiftool_reads_them(tmp_path):
    rng = random.Random(3)
    paths = []
    for number in range(40):
        paths.append(tmp_path / f"{number}.jpg")
        paths[-1].write_bytes(made(rng))
    for path, said in zip(paths, exiftool(*paths), strict=True):
        found = read_exif(path.read_bytes())
        assert (found.width, found.height, found.format) == (32, 24, "JPEG")
        assert (found.make, found.orientation) == (said["IFD0:Make"], said["IFD0:Orientation"])
        assert found.lat == pytest.approx(said["Composite:GPSLatitude"], abs=1e-9)
        assert found.lon == pytest.approx(said["Composite:GPSLongitude"], abs=1e-9)
        assert found.accuracy_m == said.get("GPS:GPSHPositioningError")
        taken = said["ExifIFD:DateTimeOriginal"] + said.get("ExifIFD:OffsetTimeOriginal", "")
        assert found.taken_at.isoformat(" ").replace("-", ":", 2) == taken
