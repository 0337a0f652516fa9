"""Signals: each at its limit, with its uncertainty allowed for, and never more than is known."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.evidence.exif import Exif
from inspect_app.domain.evidence.photo import CameraFix, Evidence, Original
from inspect_app.domain.evidence.signals import SIGNALS, Capture, Limits, Order, Shot, signals_of
from inspect_app.domain.place.coordinates import wgs84_to_gcj02
from inspect_app.domain.place.positions import Fix, Place, distance_m

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
SITE = Place(30.3105, 112.2412, 5.0)
METRE = 1 / 110_850
"""Degrees of latitude to a metre at 30 degrees north."""


def fix(north_m: float = 0.0, accuracy_m: float = 8.0, source: str = "browser", at: datetime = NOW) -> Fix:
    return Fix(SITE.lat + north_m * METRE, SITE.lon, accuracy_m, source, at)


def shot(**more) -> Shot:
    """A photo about which there is nothing to say."""
    evidence = Evidence("ab" * 32, "markings", NOW, fix(), clock_error_ms=120.0, source="live")
    fields = {name: more.pop(name) for name in list(more) if name in Evidence.__dataclass_fields__}
    exif = Exif("JPEG", 4000, 3000, 1, make="HUAWEI", model="P60")
    whole = {
        "exif": exif,
        "received_at": NOW + timedelta(minutes=9),
        "timezone": ZoneInfo("Asia/Shanghai"),
        "site": SITE,
    }
    return Shot(**{"evidence": replace(evidence, **fields), **whole, **more})


def names(*args, **more) -> list[str]:
    return [signal.name for signal in signals_of(shot(*args, **more))]


def test_an_ordinary_photo_gives_no_signal():
    assert signals_of(shot()) == []


@pytest.mark.parametrize("taken", ["9999-12-31T23:59:59-08:00", "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59"])
def test_a_year_that_no_calendar_reaches_hides_no_other_signal(taken):
    """An error here would leave the photo unchecked for good: whoever sends it would be rid of every signal."""
    found = shot(original=Original(taken_at=taken, software="Snapseed"), seen_in=["another"])
    assert [signal.name for signal in signals_of(found)] == ["same_bytes", "edited"]


def test_every_signal_has_a_title_of_its_own_and_an_explanation():
    assert all(kind.title and kind.why for kind in SIGNALS.values())
    assert len({kind.title for kind in SIGNALS.values()}) == len(SIGNALS)


EXIF = Exif("JPEG", 4000, 3000, 1)
GCJ = wgs84_to_gcj02(SITE.lat, SITE.lon)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"fix": None, "no_fix": "denied"}, ["no_position"]),
        ({"fix": fix(accuracy_m=100)}, []),
        ({"fix": fix(accuracy_m=101)}, ["weak_position"]),
        ({"fix": fix(112)}, []),  # 112 - 8 - 5 = 99 m
        ({"fix": fix(115)}, ["far_from_site"]),
        ({"fix": fix(5000), "site": None}, []),
        ({"exif": replace(EXIF, lat=fix(57).lat, lon=SITE.lon, accuracy_m=1.0)}, []),
        ({"exif": replace(EXIF, lat=fix(60).lat, lon=SITE.lon, accuracy_m=1.0)}, ["positions_apart"]),
        ({"exif": replace(EXIF, lat=fix(60).lat, lon=SITE.lon, accuracy_m=10.0)}, []),
        ({"exif": replace(EXIF, lat=fix(157).lat, lon=SITE.lon)}, []),  # 157 - 8 - 100 = 49 m
        ({"exif": replace(EXIF, lat=fix(160).lat, lon=SITE.lon)}, ["positions_apart"]),
        ({"exif": replace(EXIF, lat=fix(160).lat, lon=SITE.lon, accuracy_m=0.0)}, ["positions_apart"]),
        ({"exif": replace(EXIF, lat=0.0, lon=0.0)}, []),
        ({"original": Original(fix=CameraFix(fix(157).lat, SITE.lon)), "exif": EXIF}, []),
        ({"original": Original(fix=CameraFix(0.0, 0.0)), "exif": EXIF}, []),
        ({"original": Original(fix=CameraFix(fix(900).lat, SITE.lon)), "exif": EXIF}, ["positions_apart"]),
        ({"exif": replace(EXIF, taken_at=datetime(2026, 11, 23, 10, 34, 59))}, []),
        ({"exif": replace(EXIF, taken_at=datetime(2026, 11, 23, 10, 35, 2))}, ["times_apart"]),
        ({"exif": replace(EXIF, taken_at=datetime(2026, 11, 23, 2, 30, tzinfo=UTC))}, []),
        ({"original": Original(taken_at="2026-11-22T10:30:00"), "exif": EXIF}, ["times_apart"]),
        ({"clock_error_ms": 60_000.0}, []),
        ({"clock_error_ms": 60_001.0}, ["clock_skew"]),
        ({"clock_error_ms": math.inf}, ["clock_skew"]),
        ({"clock_error_ms": None}, []),
        ({"clock_offset_ms": -60_000.0}, []),
        ({"clock_offset_ms": -60_001.0}, ["clock_skew"]),
        ({"clock_offset_ms": 7_200_000, "clock_error_ms": 90_000.0}, ["clock_skew"]),
        ({"clock_error_ms": None, "captured_at": NOW + timedelta(hours=1)}, ["clock_skew"]),
        ({"received_at": NOW + timedelta(hours=48)}, []),
        ({"received_at": NOW + timedelta(hours=48, seconds=1)}, ["late_submission"]),
        ({"live_required": True}, []),
        ({"live_required": True, "source": "camera"}, ["not_live"]),
        ({"live_required": True, "source": None}, ["not_live"]),
        ({"seen_in": ["another"]}, ["same_bytes"]),
        ({"similar": [("cd" * 32, 3)]}, ["near_duplicate"]),
        ({"before": Capture(NOW - timedelta(seconds=60), fix(2000))}, []),  # 1,984 m in a minute: 119 km/h
        ({"before": Capture(NOW - timedelta(seconds=60), fix(2100))}, ["impossible_speed"]),
        ({"before": Capture(NOW - timedelta(seconds=60), fix(2100, source="manual"))}, []),
        ({"before": Capture(NOW, fix(10))}, []),
        ({"exif": replace(EXIF, software="Adobe Photoshop 25.0", make="a")}, ["edited"]),
        ({"original": Original(software="美图秀秀 10"), "exif": EXIF}, ["edited"]),
        ({"original": Original(software="美图秀秀 10"), "exif": replace(EXIF, software="EMUI")}, ["edited"]),
        ({"exif": replace(EXIF, software="EMUI 13.1.0")}, []),
        ({"exif": replace(EXIF, width=1080, height=2400), "source": "gallery"}, ["screenshot"]),
        ({"exif": replace(EXIF, width=2400, height=1080), "source": "gallery"}, ["screenshot"]),
        ({"exif": replace(EXIF, width=1080, height=2400), "source": "live"}, []),
        ({"exif": replace(EXIF, width=1080, height=2400, make="vivo"), "source": "gallery"}, []),
        ({"whole": False}, ["partial"]),
        ({"exif": None}, []),
        ({"order": Order(NOW, "派遣")}, []),
        ({"order": Order(NOW + timedelta(milliseconds=120), "派遣")}, []),
        ({"order": Order(NOW + timedelta(milliseconds=121), "派遣")}, ["before_dispatch"]),
        ({"order": Order(NOW + timedelta(days=9), "返工"), "clock_error_ms": math.inf}, ["clock_skew"]),
    ],
)
def test_each_signal_begins_at_its_limit(more, expected):
    assert names(**more) == expected


def test_a_file_in_gcj02_is_explained_as_such_and_a_file_from_elsewhere_is_not():
    (signal,) = signals_of(shot(exif=replace(EXIF, lat=GCJ[0], lon=GCJ[1])))
    assert signal.numbers["gcj02_explains"] is True
    assert "GCJ-02" in signal.text
    assert signal.numbers["distance_m"] == pytest.approx(distance_m(SITE, Place(*GCJ, 0)))
    (signal,) = signals_of(shot(exif=replace(EXIF, lat=SITE.lat - 0.01, lon=SITE.lon)))
    assert signal.numbers["gcj02_explains"] is False
    assert "GCJ-02" not in signal.text


@given(
    metres=st.floats(0, 20_000),
    accuracy=st.floats(0, 5_000),
    site=st.floats(0, 500),
    limit=st.floats(1, 1_000),
)
def test_far_is_said_only_where_no_position_within_the_uncertainties_is_near_enough(metres, accuracy, site, limit):
    one = shot(fix=fix(metres, accuracy), site=Place(SITE.lat, SITE.lon, site))
    said = [signal for signal in signals_of(one, Limits(site_m=limit)) if signal.name == "far_from_site"]
    real = distance_m(one.evidence.fix, SITE)
    assert bool(said) == (real - accuracy - site > limit)
