"""Charts at the ends of the scale: 0 and 100, one week, no week, no figure."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from inspect_app.charts.area_map import MapShape, area_map
from inspect_app.charts.drawing import Chart
from inspect_app.charts.heat import heat_chart
from inspect_app.charts.ranking import parts_chart
from inspect_app.charts.trend import trend_chart
from inspect_app.domain.index.figures import Part, PastWeek
from tests.weeks import made_week

SVG = "{http://www.w3.org/2000/svg}"
WEEK = made_week()
OUTLINES = list(WEEK.outlines.values())


def texts(chart: Chart) -> list[str]:
    return [found.text or "" for found in ElementTree.fromstring(chart.svg()).iter(f"{SVG}text")]


def part(title: str, rate: float | None, low: float | None = None, high: float | None = None) -> Part:
    return Part(title, title, rate, low, high, 5, 5, 5)


def past(week: int, rate: float | None, half: float | None = 5.0) -> PastWeek:
    known = rate is not None and half is not None
    return PastWeek(f"2026-W{week}", rate, rate - half if known else None, rate + half if known else None)


def dots_cut_off(chart: Chart) -> int:
    """How many dots are drawn inside a clipping rectangle, which cuts those at the ends of the scale in half."""
    root = ElementTree.fromstring(chart.svg())
    lines = [group for group in root.iter(f"{SVG}g") if str(group.get("id")).startswith("line2d")]
    inside = [group for line in lines for group in line.iter(f"{SVG}g") if group.get("clip-path")]
    return sum(len(group.findall(f"{SVG}use")) for group in inside)


@pytest.mark.parametrize(
    "chart",
    [
        parts_chart("各维度", [part("环境", 100.0, 98.0, 100.0), part("秩序", 0.0, 0.0, 9.0)]),
        trend_chart("走势", [past(45, 100.0, 0.0), past(46, 100.0, 0.0)]),
    ],
)
def test_a_dot_at_the_end_of_the_scale_is_whole(chart):
    assert dots_cut_off(chart) == 0


@pytest.mark.parametrize("rates", [(99.5, 100.0), (97.0, 98.5), (100.0, 100.0), (0.0, 0.0), (0.0, 100.0), (84.0, 86.0)])
def test_the_axis_of_a_trend_shows_possible_figures_and_is_no_magnifying_glass(rates):
    points = [PastWeek(f"2026-W{45 + n}", rate, max(0, rate - 1), min(100, rate + 1)) for n, rate in enumerate(rates)]
    ticks = [float(text) for text in texts(trend_chart("走势", points)) if re.fullmatch(r"[\d.]+", text)][:-1]
    assert 0 <= min(ticks) <= min(rates)
    assert max(rates) <= max(ticks) <= 100
    assert max(ticks) - min(ticks) >= 20


def test_a_trend_labels_the_last_figure_that_there_is():
    assert "81.25" in texts(trend_chart("走势", [past(44, 80.0), past(45, 81.25), past(46, None)]))


@pytest.mark.parametrize("points", [[], [past(46, None)]])
def test_a_trend_without_figures_says_so(points):
    chart = trend_chart("走势", points)
    assert chart.description == "没有数据。"
    assert chart.svg()


def test_one_week_is_no_movement_and_without_intervals_none_is_promised():
    assert trend_chart("走势", [past(46, 80.0)]).description == "2026-W46为80.00。阴影是95%区间。"
    assert "区间" not in trend_chart("走势", [past(45, 80.0, None), past(46, 81.0, None)]).description


def test_only_a_week_between_gaps_has_its_interval_as_a_bar():
    def bars(*points: PastWeek) -> int:
        body = trend_chart("走势", points).svg().decode()
        return sum(group.count("<path") for group in re.findall(r'<g id="LineCollection_1">(.*?)</g>', body, re.S))

    assert bars(past(43, 80.0), past(44, 81.0), past(45, 82.0)) == 0
    assert bars(past(43, 80.0), past(45, 82.0), past(46, 82.0)) == 1


def test_zero_is_the_lowest_figure_of_a_heat_map():
    chart = heat_chart("近两周", ["2026-W46", "2026-W47"], [("甲街道", [0.0, 50.0]), ("乙街道", [None, 100.0])])
    assert "最低甲街道2026-W46的0.00" in chart.description
    assert "最高乙街道2026-W47的100.00" in chart.description


def test_a_part_without_a_figure_says_so():
    assert "—" in texts(parts_chart("各维度", [part("环境", 90.0, 88.0, 92.0), part("秩序", None)]))


@pytest.mark.parametrize("rates", [(97.2, 99.5), (100.0, 100.0), (0.0, 100.0), (0.0, 0.0), (3.0, 3.5), (60.0, 90.0)])
def test_the_map_s_legend_names_possible_figures_only(rates):
    shapes = [MapShape(str(n), OUTLINES[n], rate, True, f"/{n}") for n, rate in enumerate(rates)]
    root = ElementTree.fromstring(area_map("市", shapes))
    keys = [text.text or "" for text in root.iter("text") if text.get("class") == "key"]
    borders = {float(found) for key in keys for found in re.findall(r"[\d.]+", key)}
    assert len(keys) == 5
    assert len(borders) == 4
    assert all(0 < border < 100 for border in borders)
