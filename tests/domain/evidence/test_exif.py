"""EXIF as it may be, and as it must never be taken: no exception, no wrong hemisphere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.TiffImagePlugin import IFDRational

from inspect_app.domain.evidence.exif import interpret

RATIONAL = st.builds(IFDRational, st.integers(-(2**31), 2**32), st.integers(-3, 2**32)) | st.builds(
    Fraction, st.integers(-100, 10**6), st.integers(1, 10**6)
)
TEXT = (
    st.text(max_size=30) | st.binary(max_size=30) | st.sampled_from(["N", "S", "E", "W", "n", "s\0", b"W\0", "X", ""])
)
ANYTHING = (
    st.none()
    | st.integers()
    | st.floats()
    | TEXT
    | RATIONAL
    | st.lists(RATIONAL | st.integers() | st.floats(), max_size=5)
)
VALUE = ANYTHING | st.tuples(RATIONAL, RATIONAL, RATIONAL) | st.lists(ANYTHING, max_size=3)


@given(st.dictionaries(st.integers(0, 0xFFFF), VALUE), st.dictionaries(st.integers(0, 40), VALUE))
def test_nothing_raises_and_all_that_is_read_is_possible(tags, gps):
    found = interpret(tags, gps, "JPEG", 1, 1)
    assert (found.lat is None) == (found.lon is None)
    assert found.lat is None or (-90 <= found.lat <= 90 and -180 <= found.lon <= 180)
    assert found.orientation in (None, *range(1, 9))
    assert found.accuracy_m is None or found.accuracy_m >= 0
    for text in (found.make, found.model, found.software, found.datum):
        assert text is None or (0 < len(text) <= 200 and text.isprintable())


REFERENCES = st.sampled_from(["N", "S", "n", "s", "N\0", "South", b"S", "", "X", None, 7, "E", "W", "ſ"])


@given(
    st.tuples(*[RATIONAL | st.floats(0, 90)] * 3),
    REFERENCES,
    st.tuples(*[RATIONAL | st.floats(0, 180)] * 3),
    REFERENCES,
)
def test_the_hemisphere_is_what_the_letter_says_or_there_is_no_position(lat, north, lon, east):
    found = interpret({}, {1: north, 2: lat, 3: east, 4: lon})
    if found.lat is None:
        return
    letters = [(text.decode() if isinstance(text, bytes) else text)[0].upper() for text in (north, east)]
    assert letters[0] in "NS"
    assert letters[1] in "EW"
    assert found.lat == 0 or (found.lat > 0) == (letters[0] == "N")
    assert found.lon == 0 or (found.lon > 0) == (letters[1] == "E")


@pytest.mark.parametrize(
    "gps",
    [
        {1: "N", 2: (30, 18, 38), 3: "E"},
        {1: "N", 2: (30, 18, 38), 4: (112, 14, 28)},
        {1: "N", 2: (IFDRational(30, 0), 18, 38), 3: "E", 4: (112, 14, 28)},
        {1: "N", 2: (91, 0, 0), 3: "E", 4: (112, 14, 28)},
        {1: "N", 2: (90, 0, 1), 3: "E", 4: (112, 14, 28)},
        {1: "N", 2: (30, 61, 0), 3: "E", 4: (112, 14, 28)},
        {1: "N", 2: (-30, 18, 38), 3: "E", 4: (112, 14, 28)},
        {1: "N", 2: (), 3: "E", 4: (112, 14, 28)},
        {1: "N", 2: (30, 18, 38, 1), 3: "E", 4: (112, 14, 28)},
        {1: "N", 2: 30.31, 3: "E", 4: (112, 14, 28)},
    ],
)
def test_half_a_position_is_none(gps):
    assert interpret({}, gps).lat is None


def test_a_whole_position_with_its_accuracy_and_time():
    gps = {
        1: "N",
        2: (30, 18, IFDRational(3816, 100)),
        3: "W",
        4: (112, IFDRational(1447, 100)),
        31: IFDRational(925, 100),
    }
    gps |= {7: (2, 30, IFDRational(12345, 1000)), 29: "2026:11:23", 5: b"\1", 6: IFDRational(310, 10), 18: "WGS-84"}
    found = interpret({}, gps)
    assert found.lat == pytest.approx(30 + 18 / 60 + 38.16 / 3600)
    assert found.lon == pytest.approx(-(112 + 14.47 / 60))
    assert (found.accuracy_m, found.altitude_m, found.datum) == (9.25, -31.0, "WGS-84")
    assert found.gps_at == datetime(2026, 11, 23, 2, 30, 12, 345000, tzinfo=UTC)
    assert interpret({}, gps | {7: (23, 59, 60), 29: "9999:12:31"}).gps_at is None


@pytest.mark.parametrize(
    ("tags", "taken"),
    [
        ({0x9003: "2026:11:23 10:30:12"}, datetime(2026, 11, 23, 10, 30, 12)),
        (
            {0x9003: "2026:11:23 10:30:12", 0x9011: "+08:00"},
            datetime(2026, 11, 23, 10, 30, 12, tzinfo=timezone(timedelta(hours=8))),
        ),
        (
            {0x9003: "2026:11:23 10:30:12", 0x9011: "-03:30"},
            datetime(2026, 11, 23, 10, 30, 12, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
        ),
        ({0x9003: "0000:00:00 00:00:00", 0x9004: "2026:11:23 10:30:12"}, datetime(2026, 11, 23, 10, 30, 12)),
        ({0x9003: "    :  :     :  :  ", 0x0132: "2026-11-23 10:30:12"}, datetime(2026, 11, 23, 10, 30, 12)),
        ({0x9003: "2026:11:23 10:30:12", 0x9011: "+99:00"}, datetime(2026, 11, 23, 10, 30, 12)),
        ({0x9003: "2026:02:30 10:30:12"}, None),
        ({0x9003: "9999:12:31 23:59:59", 0x9011: "-08:00"}, None),
        ({}, None),
    ],
)
def test_the_time_of_the_camera(tags, taken):
    assert interpret(tags, {}).taken_at == taken
