"""What a phone may say of a photo, what it may not, and how that reads."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.evidence.photo import (
    CAPTURE_TITLES,
    MAX_TEXT,
    NO_FIX_TITLES,
    CameraFix,
    Evidence,
    Original,
    capture_words,
    clock_words,
    evidence_to_json,
    no_fix_words,
    original_words,
    parse_evidence,
)
from inspect_app.domain.place.positions import Fix
from inspect_app.wording import say

SHA = "ab" * 32
AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
OLD = {"sha256": SHA, "item": "one", "captured_at": "2026-11-23T02:30:00Z"}
FIX = {"lat": 30.3, "lon": 112.2, "accuracy_m": 8, "source": "browser", "at": "2026-11-23T02:30:00Z"}
ORIGINAL = {
    "bytes": 5_250_000,
    "width": 4000,
    "height": 3000,
    "orientation": 6,
    "taken_at": "2026-11-23T10:29:58+08:00",
    "fix": {"lat": 30.31051, "lon": 112.24122},
    "make": "HUAWEI",
    "model": "ALN-AL00",
    "software": "HarmonyOS 4.2",
}


def parsed(**more: Any) -> Evidence:
    found = parse_evidence({**OLD, **more}, {"photo": 1}, ["one"])
    assert isinstance(found, Evidence), found
    return found


def refused(**more: Any) -> str:
    found = parse_evidence({**OLD, **more}, {"photo": 1}, ["one"])
    assert isinstance(found, list), found
    return "\n".join(str(say(problem)) for problem in found)


def test_a_client_that_says_no_more_than_it_used_to_is_taken_and_kept_as_before():
    photo = parsed(fix=FIX)
    assert (photo.no_fix, photo.clock_error_ms, photo.source, photo.original) == (None, None, None, None)
    assert set(evidence_to_json(photo)) == {"sha256", "item", "captured_at", "fix"}
    assert capture_words(photo) == ""


def test_everything_a_phone_says_is_kept():
    said = {"fix": None, "no_fix": "denied", "clock_error_ms": 240, "source": "live", "original": ORIGINAL}
    photo = parsed(**said)
    assert photo.original == Original(**{**ORIGINAL, "fix": CameraFix(30.31051, 112.24122)})
    assert evidence_to_json(photo) == {**OLD, "captured_at": "2026-11-23T02:30:00.000Z", **said}


_NUMBERS = st.integers(1, 10**6)
_TEXTS = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=MAX_TEXT)
_ORIGINALS = st.builds(
    Original,
    bytes=st.none() | st.integers(0, 10**10),
    width=st.none() | _NUMBERS,
    height=st.none() | _NUMBERS,
    orientation=st.none() | st.integers(1, 8),
    taken_at=st.none() | st.datetimes(datetime(1990, 1, 1)).map(lambda at: at.isoformat(timespec="seconds")),
    fix=st.none() | st.builds(CameraFix, st.floats(-90, 90), st.floats(-180, 180)),
    make=st.none() | _TEXTS,
    model=st.none() | _TEXTS,
    software=st.none() | _TEXTS,
)
_EVIDENCE = st.builds(
    Evidence,
    st.just(SHA),
    st.just("one"),
    st.just(AT),
    st.none() | st.just(Fix(30.3, 112.2, 8.0, "browser", AT)),
    no_fix=st.none(),
    clock_error_ms=st.none() | st.just(math.inf) | st.floats(0, 1e13),
    source=st.none() | st.sampled_from(list(CAPTURE_TITLES)),
    original=_ORIGINALS.map(lambda original: None if original == Original() else original),
)


@given(_EVIDENCE)
def test_what_is_kept_is_read_again_as_the_same(photo: Evidence):
    assert parse_evidence(evidence_to_json(photo), {}, ["one"]) == photo


def test_null_is_no_answer_but_for_the_clock_which_it_says_was_never_compared():
    nothing = parsed(no_fix=None, source=None, original=None, fix=None)
    assert evidence_to_json(nothing) == evidence_to_json(parsed())
    assert parsed(original={"make": None}).original is None
    assert parsed(clock_error_ms=None).clock_error_ms == math.inf
    assert evidence_to_json(parsed(clock_error_ms=None))["clock_error_ms"] is None


@pytest.mark.parametrize(
    ("said", "where", "what"),
    [
        ({"source": "scanner"}, "第1张照片 source", "live、camera、gallery"),
        ({"source": ["live"]}, "source", "之一"),
        ({"no_fix": "lazy"}, "no_fix", "denied、unavailable"),
        ({"no_fix": "denied", "fix": FIX}, "no_fix", "已有定位"),
        ({"clock_error_ms": -1}, "clock_error_ms", "毫秒数"),
        ({"clock_error_ms": True}, "clock_error_ms", "毫秒数"),
        ({"clock_error_ms": "240"}, "clock_error_ms", "毫秒数"),
        ({"clock_error_ms": 1e300}, "clock_error_ms", "毫秒数"),
        ({"clock_error_ms": 10**400}, "clock_error_ms", "毫秒数"),
        ({"flash": True}, "第1张照片 flash", "没有这个字段"),
        ({"original": "a file"}, "original", "应为对象"),
        ({"original": {"owner": "x"}}, "original owner", "没有这个字段"),
        ({"original": {"bytes": -1}}, "original bytes", "字节数"),
        ({"original": {"width": 0}}, "original width", "像素数"),
        ({"original": {"height": 1.5}}, "original height", "像素数"),
        ({"original": {"orientation": 9}}, "original orientation", "1到8"),
        ({"original": {"orientation": True}}, "original orientation", "1到8"),
        ({"original": {"taken_at": "2026:11:23 10:29:58"}}, "original taken_at", "相机时间"),
        ({"original": {"taken_at": "2026-02-30T10:29:58"}}, "original taken_at", "相机时间"),
        ({"original": {"taken_at": "2026-11-23T10:29:58+99:00"}}, "original taken_at", "相机时间"),
        ({"original": {"fix": {"lat": 91, "lon": 0}}}, "original fix", "-90到90"),
        ({"original": {"fix": {"lat": 30}}}, "original fix", "lon"),
        ({"original": {"fix": {"lat": 30, "lon": 112, "alt": 30}}}, "original fix", "lat"),
        ({"original": {"fix": [30, 112]}}, "original fix", "lat"),
        ({"original": {"make": ""}}, "original make", "1到100个字"),
        ({"original": {"make": "x" * 101}}, "original make", "1到100个字"),
        ({"original": {"model": "two\nlines"}}, "original model", "1到100个字"),
        ({"original": {"software": 4.2}}, "original software", "1到100个字"),
    ],
)
def test_what_a_phone_may_not_say_is_named_with_its_place(said: dict[str, Any], where: str, what: str):
    told = refused(**said)
    assert where in told
    assert what in told
    assert len(told) < 300


def test_every_mistake_of_a_photo_is_told_at_once():
    told = refused(item="nine", source="x", clock_error_ms=-1, original={"width": 0})
    assert all(field in told for field in ("nine", "source", "clock_error_ms", "width"))


@pytest.mark.parametrize(
    ("error_ms", "said"),
    [
        (None, ""),
        (math.inf, "手机时间未校准"),
        (0, "时间误差 ±0.1 秒"),
        (340, "时间误差 ±0.3 秒"),
        (9_900, "时间误差 ±9.9 秒"),
        (59_001, "时间误差 ±60 秒"),
        (600_000, "时间误差 ±10 分钟"),
        (7_200_000, "时间误差 ±2 小时"),
        (1.77e12, "时间误差 ±20487 天"),
    ],
)
def test_the_error_of_the_time_in_plain_words(error_ms: float | None, said: str):
    assert clock_words(error_ms) == said


def test_how_a_photo_came_about_in_plain_words():
    assert capture_words(parsed(source="live", clock_error_ms=340)) == "现场拍摄 · 时间误差 ±0.3 秒"
    assert capture_words(parsed(source="gallery", clock_error_ms=None)) == "相册 · 手机时间未校准"
    assert {no_fix_words(reason) for reason in NO_FIX_TITLES} >= {"无定位：没有定位权限", "无定位：定位超时"}
    assert no_fix_words(None) == "无定位"


def test_the_original_in_plain_words():
    assert original_words(parsed(original=ORIGINAL).original) == [
        "原片：4000×3000 像素，5.2 MB",
        "相机：HUAWEI ALN-AL00",
        "软件：HarmonyOS 4.2",
        "相机时间：2026-11-23 10:29:58+08:00",
        "相机位置：30.31051, 112.24122",
    ]
    assert original_words(parsed(original={"bytes": 0}).original) == ["原片：0.0 MB"]
    assert original_words(parsed(original={"fix": {"lat": 0, "lon": 0}}).original) == []
    assert original_words(None) == []
