"""Who was where in the three weeks, and what they saw. Each signal that a photo can give is given at least once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from inspect_app.domain.coordinates import wgs84_to_gcj02
from inspect_app.services.planning import find_plan

from . import photos
from .hands import Office, moment
from .visits import LEFT_OUT, Visit, inspect, report

WORST = {
    "zebra-crossing": {"markings": "fail"},
    "public-toilet": {"flush": "fail"},
    "school-perimeter": {"toys": "fail"},
    "market": {"scales": "fail"},
    "main-road": {"greenery": "fail"},
    "back-alley": {"lamps-fitted": "fail"},
}
"""An item of each site type that fails where a visit is to have a finding."""
ZEBRA, TOILET, SCHOOL = WORST["zebra-crossing"], WORST["public-toilet"], WORST["school-perimeter"]
MARKET, ROAD, ALLEY = WORST["market"], WORST["main-road"], WORST["back-alley"]
INSPECTOR, LI, WANG, GONE = "inspector", "inspector-li", "inspector-wang", "inspector-gone"


def first_week(office: Office) -> None:
    """2026-W45: everywhere once, with what phones and people do wrong."""
    twin, camera_at = "twin", moment("11-03 10:02")
    gcj = wgs84_to_gcj02(30.3583, 112.1981)
    whole = photos.photo("torn", quality=85)
    for visit in (
        Visit("Z1", INSPECTOR, "11-02 08:10", values=ZEBRA, taps="slow", notes={"markings": "北侧磨损过半"}),
        Visit("Z2", LI, "11-02 08:20", values=ZEBRA, of_photo={"north_m": 900.0}),
        Visit("Z3", WANG, "11-02 08:30", values=ZEBRA, of_photo={"fix": None, "no_fix": "denied", "north_m": 0.0}),
        Visit("Z4", INSPECTOR, "11-02 15:00", values=ZEBRA, of_photo={"in_fix": {"accuracy_m": 250.0}}),
        Visit("T1", LI, "11-02 10:00", values={"open": "fail"}, spoken=True, taps="slow"),
        Visit("T2", WANG, "11-02 10:30", values=TOILET, content=photos.png("png"), of_photo={"source": "gallery"}),
        Visit(
            "T3", INSPECTOR, "11-03 09:00", values=TOILET,
            content=photos.photo("edited", exif=photos.camera(software="Adobe Photoshop 25.0", turned=6)),
            of_photo={"source": "camera"},
        ),
        Visit(
            "T4", LI, "11-03 10:00", values=TOILET,
            content=photos.photo("camera", exif=photos.camera(taken=camera_at - timedelta(hours=3), at=gcj)),
            of_photo={"source": "camera"},
        ),
        Visit("S1", WANG, "11-03 07:20", values={"banned-premises": premises(), "restricted-outlets": outlets()}),
        Visit(
            "S2", INSPECTOR, "11-03 16:30",
            values={**SCHOOL, "banned-premises": near("internet-cafe", 290, 30.3210, 112.2705)},
        ),
        Visit("S3", LI, "11-03 16:40", values={"restricted-outlets": outlets(30.3602, 112.2003)}, taps="at once"),
        Visit(
            "M1", WANG, "11-04 09:00", values={**MARKET, "licences": {"yes": 3, "of": 4}}, no_photo="摊主阻拦拍照",
            of_photo={"clock_offset_ms": 7_200_000},
        ),
        Visit(
            "M2", INSPECTOR, "11-04 09:30", values=MARKET,
            of_photo={"clock_error_ms": None, "clock_offset_ms": LEFT_OUT},
        ),
        Visit("M3", LI, "11-04 10:00", values=MARKET, late=timedelta(hours=60)),
        Visit("R1", WANG, "11-04 14:00", values={"posters": 1, **ROAD}, spoken=True),
        Visit("R2", INSPECTOR, "11-05 09:00", values=ROAD, content=photos.photo(twin)),
        Visit("R3", LI, "11-05 09:30", values=ROAD, content=photos.photo(twin)),
        Visit("A1", WANG, "11-05 20:00", values=ALLEY, content=photos.photo(twin, quality=75)),
        Visit("A2", INSPECTOR, "11-06 20:00", values={"signs": "na", "lamps-lit": "na"}, good=1.0),
        Visit(
            "B1", GONE, "11-06 20:10", values=ALLEY,
            of_photo={"source": "gallery", "original": {"width": 1080, "height": 2400, "bytes": 1_200_000}},
        ),
        Visit("L1", LI, "11-06 08:00", values=ZEBRA),
        Visit("Z2", LI, "11-06 08:12", values=ZEBRA, of_photo={"north_m": 60_000.0}),
        Visit("T2", LI, "11-07 09:00", good=1.0, values={"open": "fail"}, content=whole[: len(whole) * 2 // 3]),
    ):  # fmt: skip
        inspect(office, visit)
    report(office, INSPECTOR, "11-04 11:00", "parking", "421002001", "江津路12号门口", "两辆面包车停在盲道上")
    report(office, LI, "11-04 12:00", "other", "421002004", "胜利路桥下", "桥下堆放旧家具", fix=False)


def second_week(office: Office) -> None:
    """2026-W46: the plan's sites by those whom it names, twice where it says so; and some besides."""
    plan = find_plan(office.services, "2026-W46")
    assert plan
    minute = 0
    planned = [site for site in plan.sites if not site.dropped and site.inspectors]
    for site in planned[:-1]:
        for turn, who in enumerate(one for one in (*site.inspectors, *site.second) if one != GONE):
            at = f"11-{10 + turn:02} {8 + minute // 60:02}:{minute % 60:02}"
            inspect(office, Visit(site.code, who, at, good=0.8, taps="slow"))
            minute += 25
    old = next(one["body"]["version"] for one in office.notes["sent"] if one["body"].get("site") == "Z1")
    for visit in (
        Visit("Z4", INSPECTOR, "11-13 15:00", values=ZEBRA, version=old),
        Visit("T2", WANG, "11-13 10:30", values=TOILET, of_photo={"source": "gallery"}),
        Visit("S1", LI, "11-13 07:20", values={"banned-premises": near("karaoke", 130), **SCHOOL}),
        Visit("R1", LI, "11-13 14:00", values=ROAD, spoken=True),
        Visit("M2", LI, "11-14 09:00", values=MARKET, taps="at once"),
    ):
        inspect(office, visit)
    report(office, WANG, "11-12 18:00", "fire", "421002001001", "江津社区3栋", "楼道堆物，电动车飞线充电")


def third_week(office: Office) -> None:
    """2026-W47: streets are merged, a site is retired, an inspector is gone; half of it is not decided."""
    for visit in (
        Visit("Z1", LI, "11-17 08:10", values=ZEBRA, good=0.9),
        Visit("Z2", WANG, "11-17 08:20", values=ZEBRA, good=0.6),
        Visit("Z3", INSPECTOR, "11-17 08:30", good=1.0),
        Visit("T2", LI, "11-17 10:30", good=1.0),
        Visit("T3", WANG, "11-17 09:00", values=TOILET),
        Visit("S1", INSPECTOR, "11-17 07:20", values={"banned-premises": near("arcade", 60)}),
        Visit("S3", WANG, "11-18 16:40", values={"restricted-outlets": "na", "banned-premises": "na"}, good=0.7),
        Visit("M3", INSPECTOR, "11-18 10:00", values=MARKET, good=0.7),
        Visit("R2", LI, "11-18 11:00", values=ROAD, good=0.7),
        Visit("A1", INSPECTOR, "11-19 20:00", values=ALLEY),
        Visit("A2", WANG, "11-19 20:30", values={"lamps-lit": {"yes": 20, "of": 21}}),
    ):
        inspect(office, visit)


def premises() -> list[dict[str, Any]]:
    """One that is banned and inside, one that is only noted."""
    return [*near("internet-cafe", 130), {**near("other", 60)[0], "name": "文具店"}]


def outlets(lat: float = 30.3201, lon: float = 112.2501) -> list[dict[str, Any]]:
    """Walked ways: by wheel and by track, and one measured from the boundary."""
    track = [[lat + 0.0010, lon, 6.0], [lat + 0.0005, lon, 6.0], [lat, lon, 6.0]]
    return [
        {**near("tobacco", 80, lat, lon)[0], "walk": {"metres": 150.0, "by": "wheel"}},
        {**near("alcohol", 110, lat, lon)[0], "walk": {"by": "track", "track": track}},
        near("lottery", 600, lat, lon)[0],
    ]


def near(category: str, north_m: float, lat: float = 30.3201, lon: float = 112.2501) -> list[dict[str, Any]]:
    fix = {"lat": round(lat + north_m / 110_850, 6), "lon": lon, "accuracy_m": 9.0, "source": "browser"}
    return [{"category": category, "name": f"{category}店", "fix": {**fix, "at": "2026-11-03T00:00:00Z"}}]
