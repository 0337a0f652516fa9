"""A published week made by hand: a city, two districts, twelve streets, with something in every field."""

from __future__ import annotations

from dataclasses import replace

from inspect_app.domain.index.figures import (
    AreaDetail,
    AreaWeek,
    Part,
    PastWeek,
    PublishedWeek,
    SiteWeek,
    WeekHead,
)
from inspect_app.domain.index.ranking import ranked
from inspect_app.domain.place.outlines import Outline, parse_outline
from inspect_app.domain.weeks import shifted

CITY, DISTRICTS = "4210", ("421002", "421003")
STREETS = (
    "中山街道", "崇文街道", "解放街道", "胜利街道", "朝阳街道", "联合街道",
    "岑河镇", "观音垱镇", "关沮镇", "锣场镇", "=cmd|街道", "荆州经济技术开发区",
)  # fmt: skip
WEEK = "2026-W47"


def made_week(*, revision: int = 1, reason: str = "") -> PublishedWeek:
    """Streets from 97 down to 64 in steps of 3, each ± 2; the last has too few sites."""
    streets = [
        _row(f"42100{2 + n % 2}{n + 1:03}", name, "街道乡镇", DISTRICTS[n % 2], 97.0 - 3 * n, 2.0)
        for n, name in enumerate(STREETS)
    ]
    streets[-1] = replace(streets[-1], enough=False, sites=2)
    districts = [_row(code, f"{'沙荆'[n]}区", "区县", CITY, 82.0 - 3 * n, 1.5) for n, code in enumerate(DISTRICTS)]
    city = replace(
        _row(CITY, "荆州市", "市", "", 80.5, 1.125), change=1.62, change_sure=True, planned=100, planned_done=96
    )
    rows = (*ranked([city]), *ranked(districts), *ranked(streets))
    return PublishedWeek(
        head=WeekHead(
            city="荆州市",
            week=WEEK,
            revision=revision,
            published_at="2026-11-23T01:00:00.000Z",
            reason=reason,
            method="2",
            minimum=3,
            weights={"roll_up": "sites", "types": {}, "dimensions": {}, "areas": {}, "parts": []},
            digest="ab" * 32,
        ),
        rows=rows,
        details={row.area: _detail(row) for row in rows},
        sites=tuple(
            SiteWeek(f"road-{n}", f"第{n}路口", "交通路口（斑马线）", streets[n % 12].area, 90.0 - n, 1)
            for n in range(24)
        ),
        outlines={row.area: _square(n) for n, row in enumerate(streets)},
    )


def _row(area: str, name: str, level: str, parent: str, rate: float, half: float) -> AreaWeek:
    return AreaWeek(
        area=area,
        name=name,
        level=level,
        parent=parent,
        rate=rate,
        low=rate - half,
        high=min(100.0, rate + half),
        sites=12,
        inspections=13,
        observations=140,
        listed=60,
        planned=None,
        planned_done=0,
        enough=True,
        change=-0.4,
        change_sure=False,
        moving=rate - 0.25,
        moving_weeks=4,
    )


def _detail(row: AreaWeek) -> AreaDetail:
    rate = row.rate or 0.0
    items = tuple(
        Part(
            f"road/item-{n}",
            f"第{n}项：路面整洁，无积水",
            rate - 5 * n,
            rate - 5 * n - 4,
            min(100.0, rate - 5 * n + 4),
            9,
            9,
            9,
        )
        for n in range(4)
    )
    return AreaDetail(
        area=row.area,
        types=(
            Part("road", "主次干道", rate + 1, rate - 2, min(100.0, rate + 4), 8, 9, 90, 50.0),
            Part("toilet", "公共厕所", rate - 1, None, None, 4, 4, 50, 50.0),
        ),
        dimensions=(
            Part("公共环境", "公共环境", rate, rate - 3, min(100.0, rate + 3), 12, 13, 80),
            Part("公共秩序", "公共秩序", rate - 2, rate - 6, rate + 2, 12, 13, 60),
        ),
        clauses=(Part("(五)2(6)", "(五)2(6)", rate, rate - 3, min(100.0, rate + 3), 8, 9, 40),),
        items=items,
        best=items[:2],
        worst=items[:1:-1],
        history=tuple(
            PastWeek(shifted(WEEK, n - 6), *((None, None, None) if n == 3 else (rate - n, rate - n - 3, rate - n + 3)))
            for n in range(6)
        ),
    )


def _square(n: int) -> Outline:
    west, south = 112.2 + 0.02 * (n % 4), 30.3 + 0.02 * (n // 4)
    ring = [[west, south], [west + 0.02, south], [west + 0.02, south + 0.02], [west, south + 0.02], [west, south]]
    outline = parse_outline({"type": "Polygon", "coordinates": [ring]}, {})
    assert isinstance(outline, Outline)
    return outline
