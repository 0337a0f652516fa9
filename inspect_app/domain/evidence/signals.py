"""Signals (提示): what about a photo deserves a second look. Each is named, explained and carries its numbers.

A signal refuses nothing and proves nothing. Where a measurement is uncertain, its uncertainty is allowed for before
anything is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ..place.area_proposal import AreaFinder
from ..place.coordinates import wgs84_to_gcj02
from ..place.outlines import Ground
from ..place.positions import Fix, Place, distance_m
from ..place.sites import Site
from ..weeks import YEARS
from .exif import UNKNOWN_ACCURACY_M, Exif
from .photo import Evidence, metres_from_site, no_fix_words

EDITORS = (
    "photoshop", "lightroom", "gimp", "snapseed", "meitu", "美图", "picsart", "affinity", "pixelmator", "acdsee",
    "xingtu", "醒图", "faceu", "b612", "vsco", "canva", "paint.net", "photopea", "capcut", "剪映",
)  # fmt: skip
"""Programs whose purpose is to change pictures; lower case, as part of the Software tag."""
SCREENS = frozenset(
    {
        (720, 1280), (720, 1520), (720, 1560), (720, 1600), (720, 1612), (750, 1334), (828, 1792), (1080, 1920),
        (1080, 2160), (1080, 2220), (1080, 2280), (1080, 2310), (1080, 2316), (1080, 2340), (1080, 2376), (1080, 2388),
        (1080, 2392), (1080, 2400), (1080, 2408), (1080, 2412), (1080, 2436), (1080, 2448), (1125, 2436), (1170, 2532),
        (1179, 2556), (1200, 2640), (1200, 2670), (1206, 2622), (1212, 2616), (1216, 2640), (1220, 2712), (1224, 2700),
        (1228, 2700), (1240, 2772), (1242, 2208), (1242, 2688), (1260, 2720), (1260, 2800), (1264, 2780), (1284, 2778),
        (1290, 2796), (1320, 2868), (1344, 2992), (1440, 2560), (1440, 2960), (1440, 3040), (1440, 3088), (1440, 3120),
        (1440, 3168), (1440, 3200), (1440, 3216),
    }
)  # fmt: skip
"""Widths and heights in pixels of the screens of phones sold in China from about 2016 on, upright."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on something is a signal. Metres, seconds, and differing bits of 64."""

    accuracy_m: float = 100.0
    site_m: float = 100.0
    positions_m: float = 50.0
    times_s: float = 300.0
    clock_s: float = 60.0
    late_s: float = 48 * 3600.0
    speed_m_s: float = 33.4
    """120 km/h: faster than any street allows."""
    gcj02_m: float = 30.0
    """How near the file's position must lie to the GCJ-02 image of the other one to be explained by it."""


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal: its name (a key of ``SIGNALS``), a sentence with the numbers, and the numbers themselves."""

    name: str
    text: str
    numbers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capture:
    """Where and when the same inspector took another photo."""

    at: datetime
    fix: Fix


@dataclass(frozen=True, slots=True)
class Order:
    """When the work was asked for that a photo is to show done, and what that act is called."""

    at: datetime
    act: str


@dataclass(frozen=True, slots=True)
class Shot:
    """All that is known of one photo when it is checked.

    ``exif`` is what the file says, None where it cannot be read. ``seen_in`` are other inspections that hold the same
    bytes; ``similar`` are SHA-256 and differing bits of photos of other inspections; ``before`` is the inspector's
    previous capture with a position, ``after`` the next one, where it was submitted earlier. ``order`` is that of an
    after-photo of a case; ``visit`` begin and end of the visit to which a correction added the photo.
    """

    evidence: Evidence
    exif: Exif | None
    received_at: datetime
    timezone: ZoneInfo
    site: Place | Ground | None = None
    live_required: bool = False
    whole: bool = True
    seen_in: Sequence[str] = ()
    similar: Sequence[tuple[str, int]] = ()
    before: Capture | None = None
    after: Capture | None = None
    order: Order | None = None
    visit: tuple[datetime, datetime] | None = None


Check = Callable[[Shot, Limits], Iterator[Signal]]


@dataclass(frozen=True, slots=True)
class SignalKind:
    """A signal that there is: its title, what it means, and the check that gives it.

    ``check`` is None where it is said when a photo is looked at, and never kept. ``of_visits`` is False of what only
    photos of other things than visits and reports can give.
    """

    title: str
    why: str
    check: Check | None
    of_visits: bool = True


def signals_of(shot: Shot, limits: Limits | None = None) -> list[Signal]:
    """Every signal that the photo gives, in the order of ``SIGNALS``."""
    checks = (kind.check for kind in SIGNALS.values() if kind.check)
    return [signal for check in checks for signal in check(shot, limits or Limits())]


def other_area(photo: Evidence, site: Site, finder: AreaFinder) -> Iterator[Signal]:
    """That a photo was certainly not taken in its site's area, as areas and outlines of ``finder`` are.

    Said when it is looked at, and not kept: outlines may be mended.
    """
    whose = "点位所属" if site.code else "所选的"
    text = finder.disagreement(photo.fix, site.area, whose) if photo.fix else ""
    if text:
        yield Signal("other_area", text)


def exif_fix(shot: Shot) -> Place | None:
    """The position that the camera wrote: in the file, or in the original that the phone made smaller.

    Its accuracy is GPSHPositioningError where the camera says so, else ``UNKNOWN_ACCURACY_M``. Zeros are what cameras
    write that had no position: a phone may send them, and older documents hold them.
    """
    if shot.exif and shot.exif.lat is not None and shot.exif.lon is not None:
        found = Place(shot.exif.lat, shot.exif.lon, shot.exif.accuracy_m or UNKNOWN_ACCURACY_M)
    elif shot.evidence.original and (fix := shot.evidence.original.fix):
        found = Place(fix.lat, fix.lon, UNKNOWN_ACCURACY_M)
    else:
        return None
    return None if (found.lat, found.lon) == (0, 0) else found


def camera_time(shot: Shot) -> datetime | None:
    """When the camera says that it took the photo; a time without a zone is taken for the city's.

    None where it says nothing, or a year in which nobody took photos.
    """
    taken = shot.exif.taken_at if shot.exif else None
    if taken is None and shot.evidence.original and shot.evidence.original.taken_at:
        taken = datetime.fromisoformat(shot.evidence.original.taken_at)
    if taken is not None and taken.year not in YEARS:
        return None
    return taken if taken is None or taken.tzinfo else taken.replace(tzinfo=shot.timezone)


def _before_dispatch(shot: Shot, _: Limits) -> Iterator[Signal]:
    """A photo from before the work was asked for, or asked for again, cannot show that it was done."""
    order, photo = shot.order, shot.evidence
    error_s = (photo.clock_error_ms or 0.0) / 1000
    if order and (order.at - photo.captured_at).total_seconds() > error_s:
        local = photo.captured_at.astimezone(shot.timezone)
        yield Signal("before_dispatch", f"拍摄于 {local:%Y-%m-%d %H:%M}，早于{order.act}")


def _no_position(shot: Shot, _: Limits) -> Iterator[Signal]:
    if shot.evidence.fix is None:
        yield Signal("no_position", no_fix_words(shot.evidence.no_fix))


def _weak_position(shot: Shot, limits: Limits) -> Iterator[Signal]:
    fix = shot.evidence.fix
    if fix and fix.accuracy_m > limits.accuracy_m:
        text = f"定位误差 ±{fix.accuracy_m:.0f} 米，超过 {limits.accuracy_m:.0f} 米"
        yield Signal("weak_position", text, {"accuracy_m": fix.accuracy_m, "limit_m": limits.accuracy_m})


def _far_from_site(shot: Shot, limits: Limits) -> Iterator[Signal]:
    fix, metres = shot.evidence.fix, metres_from_site(shot.evidence, shot.site)
    if fix is None or shot.site is None or metres is None:
        return
    unsure = fix.accuracy_m + shot.site.accuracy_m
    if metres - unsure > limits.site_m:
        text = f"距点位 {metres:.0f}±{unsure:.0f} 米，超过 {limits.site_m:.0f} 米"
        yield Signal("far_from_site", text, {"distance_m": metres, "uncertainty_m": unsure, "limit_m": limits.site_m})


def _positions_apart(shot: Shot, limits: Limits) -> Iterator[Signal]:
    fix, other = shot.evidence.fix, exif_fix(shot)
    if fix is None or other is None:
        return
    metres = distance_m(fix, other)
    unsure = fix.accuracy_m + other.accuracy_m
    if metres - unsure <= limits.positions_m:
        return
    shifted = Place(*wgs84_to_gcj02(fix.lat, fix.lon), 0.0)
    off = distance_m(shifted, other)
    explained = off - unsure <= limits.gcj02_m and off < metres
    text = f"照片文件的位置与手机定位相距 {metres:.0f}±{unsure:.0f} 米"
    if explained:
        text += f"；文件用的是火星坐标（GCJ-02）即可解释，换算后只差 {off:.0f} 米"
    yield Signal(
        "positions_apart",
        text,
        {"distance_m": metres, "uncertainty_m": unsure, "gcj02_explains": explained, "gcj02_distance_m": off},
    )


def _times_apart(shot: Shot, limits: Limits) -> Iterator[Signal]:
    taken = camera_time(shot)
    if taken is None:
        return
    apart = abs((taken - shot.evidence.captured_at).total_seconds())
    if apart - _clock_error_s(shot) > limits.times_s:
        local = f"{taken.astimezone(shot.timezone):%Y-%m-%d %H:%M:%S}"
        text = f"照片文件的时间 {local}，与记录的拍摄时间相差{duration_words(apart)}"
        yield Signal("times_apart", text, {"apart_s": apart, "limit_s": limits.times_s})


def _clock_skew(shot: Shot, limits: Limits) -> Iterator[Signal]:
    error, offset = shot.evidence.clock_error_ms, shot.evidence.clock_offset_ms
    if offset is not None and abs(offset) / 1000 > limits.clock_s:
        way = "快" if offset > 0 else "慢"
        text = f"手机时间比服务器{way}{duration_words(abs(offset) / 1000)}（拍摄时间已按服务器时间校正）"
        yield Signal("clock_skew", text, {"offset_s": offset / 1000, "limit_s": limits.clock_s})
    elif error is None:
        ahead = (shot.evidence.captured_at - shot.received_at).total_seconds()
        if ahead > limits.clock_s:
            yield Signal("clock_skew", f"拍摄时间比服务器收到的时间晚{duration_words(ahead)}", {"ahead_s": ahead})
    elif error / 1000 > limits.clock_s:
        unknown = error == float("inf")
        text = "手机时间未与服务器校准" if unknown else f"拍摄时间的误差可达{duration_words(error / 1000)}"
        yield Signal("clock_skew", text, {"error_s": None if unknown else error / 1000})


def _late_submission(shot: Shot, limits: Limits) -> Iterator[Signal]:
    late = (shot.received_at - shot.evidence.captured_at).total_seconds()
    if late > limits.late_s:
        yield Signal(
            "late_submission", f"拍摄后{duration_words(late)}才提交", {"late_s": late, "limit_s": limits.late_s}
        )


def _outside_visit(shot: Shot, limits: Limits) -> Iterator[Signal]:
    """A photo from before or after the visit does not show what was seen at it."""
    if shot.visit is None:
        return
    begun, ended, taken = *shot.visit, shot.evidence.captured_at
    apart = max((begun - taken).total_seconds(), (taken - ended).total_seconds())
    if apart - _clock_error_s(shot) > limits.times_s:
        when = "开始前" if taken < begun else "结束后"
        text = f"更正时补的照片，拍摄于测评{when}{duration_words(apart)}"
        yield Signal("outside_visit", text, {"apart_s": apart, "limit_s": limits.times_s})


def _not_live(shot: Shot, _: Limits) -> Iterator[Signal]:
    if shot.live_required and shot.evidence.source != "live":
        yield Signal("not_live", SIGNALS["not_live"].why, {"source": shot.evidence.source})


def _same_bytes(shot: Shot, _: Limits) -> Iterator[Signal]:
    if shot.seen_in:
        text = f"同一个文件已用于另外 {len(shot.seen_in)} 次测评"
        yield Signal("same_bytes", text, {"inspections": list(shot.seen_in[:20])})


def _near_duplicate(shot: Shot, _: Limits) -> Iterator[Signal]:
    if shot.similar:
        sha256, bits = shot.similar[0]
        text = f"与另一次测评的照片 {sha256[:8]} 几乎一样（64 位中只差 {bits} 位）"
        yield Signal("near_duplicate", text, {"photos": [list(one) for one in shot.similar[:20]], "bits": bits})


def _impossible_speed(shot: Shot, limits: Limits) -> Iterator[Signal]:
    jumps = [jump for other in (shot.before, shot.after) if other and (jump := _jump(shot, other))]
    speed, metres, seconds = max(jumps, default=(0.0, 0.0, 0.0))
    if speed > limits.speed_m_s:
        text = f"{duration_words(seconds)}内移动了至少 {metres / 1000:.1f} 公里，合每小时 {speed * 3.6:.0f} 公里"
        yield Signal("impossible_speed", text, {"distance_m": metres, "seconds": seconds, "km_per_hour": speed * 3.6})


def _jump(shot: Shot, other: Capture) -> tuple[float, float, float] | None:
    """Least speed (m/s), distance (m) and most time (s) between two captures; None where a position is a hand's."""
    fix = shot.evidence.fix
    if fix is None or "manual" in (fix.source, other.fix.source):
        return None
    metres = max(0.0, distance_m(fix, other.fix) - fix.accuracy_m - other.fix.accuracy_m)
    seconds = abs((shot.evidence.captured_at - other.at).total_seconds()) + _clock_error_s(shot)
    return metres / max(seconds, 1.0), metres, seconds


def _edited(shot: Shot, _: Limits) -> Iterator[Signal]:
    """By the file itself or, where the phone made it smaller, by the one it was made of."""
    original = shot.evidence.original
    said = [shot.exif.software if shot.exif else None, original.software if original else None]
    found = next((one for one in said if one and any(editor in one.lower() for editor in EDITORS)), None)
    if found:
        yield Signal("edited", f"照片文件注明软件「{found}」", {"software": found})


def _screenshot(shot: Shot, _: Limits) -> Iterator[Signal]:
    original, exif = shot.evidence.original, shot.exif
    if exif is None or exif.make or exif.model or shot.evidence.source == "live":
        return
    if original and (original.make or original.model):
        return
    width, height = exif.width, exif.height
    if original and original.width and original.height:
        width, height = original.width, original.height
    if (min(width, height), max(width, height)) in SCREENS:
        yield Signal("screenshot", f"{width}×{height} 像素，与手机屏幕一致，没有相机信息", {"size": [width, height]})


def _partial(shot: Shot, _: Limits) -> Iterator[Signal]:
    if not shot.whole:
        yield Signal("partial", SIGNALS["partial"].why)


def _clock_error_s(shot: Shot) -> float:
    error = shot.evidence.clock_error_ms
    return 0.0 if error is None or error == float("inf") else error / 1000


def duration_words(seconds: float) -> str:
    """For readers: `` 12 秒``, `` 5 分钟``, `` 3 小时``, `` 2 天``."""
    for size, unit in ((86_400, "天"), (3600, "小时"), (60, "分钟")):
        if seconds >= 2 * size:
            return f" {timedelta(seconds=seconds) / timedelta(seconds=size):.0f} {unit}"
    return f" {seconds:.0f} 秒"


SIGNALS: dict[str, SignalKind] = {
    "before_dispatch": SignalKind(
        "早于派遣", "整改后的照片拍摄于派遣、返工或重办之前，不能说明已经整改", _before_dispatch, of_visits=False
    ),
    "no_position": SignalKind("无定位", "照片没有附带位置，无法核对是否在点位拍摄", _no_position),
    "weak_position": SignalKind("定位误差大", "拍摄时定位的误差超过上限，距离只能作参考", _weak_position),
    "far_from_site": SignalKind("远离点位", "拍摄位置到点位的距离，减去双方误差后仍超过上限", _far_from_site),
    "positions_apart": SignalKind(
        "两种定位不符", "照片文件里的位置和手机定位的距离，减去误差后仍超过上限", _positions_apart
    ),
    "times_apart": SignalKind("两种时间不符", "照片文件里的拍摄时间和手机记录的时间相差过大", _times_apart),
    "clock_skew": SignalKind("手机时间不准", "手机的时钟与服务器相差过大，或没有和服务器对过时", _clock_skew),
    "late_submission": SignalKind("提交较晚", "拍摄之后很久才提交", _late_submission),
    "outside_visit": SignalKind("后补于测评之外", "更正时补的照片不是测评期间拍的", _outside_visit),
    "not_live": SignalKind("非现场拍摄", "这一项要求现场拍摄，照片不是用页面内相机拍的", _not_live),
    "same_bytes": SignalKind("重复照片", "同一个文件在别的测评中已经用过", _same_bytes),
    "near_duplicate": SignalKind("相似照片", "和另一次测评的照片几乎一样", _near_duplicate),
    "impossible_speed": SignalKind(
        "移动过快", "同一测评员前后两张照片之间的移动速度，步行和乘车都达不到", _impossible_speed
    ),
    "edited": SignalKind("编辑过", "照片文件注明经过编辑软件处理", _edited),
    "screenshot": SignalKind("疑似截图", "尺寸和手机屏幕一致，且没有相机信息", _screenshot),
    "partial": SignalKind("照片不完整", "照片没有传完或已损坏，只能显示一部分", _partial),
    "other_area": SignalKind(
        "不在所属区域",
        "照片的位置减去误差后仍不在点位所属区域的轮廓内，或在另一个区域内；请核对点位和轮廓",
        check=None,
    ),
}
"""Every signal there is, by name, in the order in which they are shown (docs/develop/adding.md)."""
