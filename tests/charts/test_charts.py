"""Charts: the same bytes each time, words for those who do not see them, values at their places."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from PIL import Image

from inspect_app.charts.area_map import MapShape, area_map
from inspect_app.charts.card import SIZE, card_png
from inspect_app.charts.drawing import NARROW_PX, Chart
from inspect_app.charts.heat import heat_chart
from inspect_app.charts.ranking import parts_chart, ranking_chart
from inspect_app.charts.trend import trend_chart
from inspect_app.domain.index.figures import PastWeek
from inspect_app.settings import PROJECT
from tests.weeks import CITY, made_week

SVG = "{http://www.w3.org/2000/svg}"
WEEK = made_week()
STREETS = [row for row in WEEK.rows if row.level == "街道乡镇"]


def charts() -> dict[str, Chart]:
    points = [*WEEK.details[CITY].history, PastWeek(WEEK.head.week, 80.5, 79.4, 81.6)]
    return {
        "trend": trend_chart("荆州市走势", points),
        "ranking": ranking_chart("各街道", STREETS),
        "narrow": ranking_chart("各街道", STREETS, width_px=NARROW_PX),
        "dimensions": parts_chart("各维度", WEEK.details[CITY].dimensions),
        "heat": heat_chart("近三周", ["2026-W45", "2026-W46", "2026-W47"], [("中山街道", [90.0, None, 71.5])]),
    }


def texts(chart: Chart) -> list[str]:
    return [found.text or "" for found in ElementTree.fromstring(chart.svg()).iter(f"{SVG}text")]


@pytest.mark.parametrize("name", charts())
def test_a_chart_tells_in_words_what_it_shows(name):
    chart = charts()[name]
    root = ElementTree.fromstring(chart.svg())
    assert root.get("role") == "img"
    words = {element.get("id"): element.text for element in root if element.tag in (f"{SVG}title", f"{SVG}desc")}
    assert root.get("aria-labelledby") == "t d"
    assert words["t"] == chart.title
    assert re.search(r"\d", words["d"])


@pytest.mark.parametrize("name", charts())
def test_a_chart_is_light_and_its_text_stays_text(name):
    chart = charts()[name]
    assert len(gzip.compress(chart.svg())) < 8_000
    assert texts(chart)
    assert b"Noto Sans CJK SC" in chart.svg()


def test_the_ranking_names_every_area_with_its_figure_and_parts_the_tiers():
    found = texts(charts()["ranking"])
    for row in STREETS:
        assert row.name in found
        assert f"{row.rate:.2f}" in found
    assert "1个样本不足" in charts()["ranking"].description


def test_dots_stand_where_their_figures_are():
    """Evenly spaced rates are evenly spaced dots, from left to right as they fall."""
    root = ElementTree.fromstring(charts()["ranking"].svg())
    dots = [float(use.get("x")) for group in root.iter(f"{SVG}g") if str(group.get("id")).startswith("line2d")
            for use in group.iter(f"{SVG}use")]  # fmt: skip
    steps = [a - b for a, b in pairwise(dots)]
    assert len(dots) == len(STREETS)
    assert all(step == pytest.approx(steps[0], abs=0.01) and step > 0 for step in steps)


def test_a_week_without_a_figure_is_a_gap():
    """Week 44 of 41 to 47 has none: the line is drawn in two pieces."""
    body = charts()["trend"].svg().decode()
    lines = re.findall(r'<path d="(M [^"]*L [^"]*)"[^>]*style="fill: none; stroke: #0f4c75', body)
    assert max(line.count("M ") for line in lines) == 2


def test_chinese_is_drawn_in_png_and_not_as_empty_boxes():
    """Different characters look different; a font without them would draw the same box for each."""
    pictures = {
        name: Image.open(io.BytesIO(parts_chart(name, [part]).png(1))).convert("L")
        for name in ("公共环境", "公共秩序")
        for part in WEEK.details[CITY].dimensions
        if part.title == name
    }
    left = {name: picture.crop((0, 0, 70, picture.height)).tobytes() for name, picture in pictures.items()}
    assert left["公共环境"] != left["公共秩序"]


def shapes(count: int = 12) -> list[MapShape]:
    return [
        MapShape(row.name, WEEK.outlines[row.area], row.rate, row.enough, f"/index/x/areas/{row.area}")
        for row in STREETS[:count]
    ]


def test_the_map_links_every_area_and_says_its_figure():
    root = ElementTree.fromstring(area_map("荆州市", shapes()))
    links = {link.get("href"): link for link in root.iter("a")}
    assert set(links) == {shape.href for shape in shapes()}
    first = links[shapes()[0].href]
    assert first.get("aria-label") == "中山街道 97.00"
    assert first.find("path").get("class") == "m5"
    assert links[shapes()[-1].href].find("path").get("class") == "few"
    assert "样本不足" in [text.text for text in root.iter("text")]


def test_shades_keep_their_order():
    root = ElementTree.fromstring(area_map("荆州市", shapes(11)))
    shades = [link.find("path").get("class") for link in root.iter("a")]
    assert shades == sorted(shades, reverse=True)
    assert set(shades) == {"m1", "m2", "m3", "m4", "m5"}


def test_a_name_that_is_no_name_stays_text_on_the_map():
    made = area_map("x", [MapShape('<script>"&', shapes()[0].outline, 80.0, True, 'a"b')])
    root = ElementTree.fromstring(made)
    assert root.find("a/title").text.startswith('<script>"&')
    assert "<script" not in made


def test_the_link_s_picture_has_the_size_that_messengers_want_and_is_light():
    content = card_png(WEEK.head, WEEK.top)
    picture = Image.open(io.BytesIO(content))
    assert (picture.size, picture.format) == (SIZE, "PNG")
    assert len(content) < 60_000
    assert content != card_png(WEEK.head, STREETS[0])


def digests() -> str:
    """A line for every chart with the hash of its SVG and of its PNG, for another process to compare."""
    made = {name: (chart.svg(), chart.png()) for name, chart in charts().items()}
    made["map"] = (area_map("荆州市", shapes()).encode(), card_png(WEEK.head, WEEK.top))
    return "\n".join(f"{name} {[hashlib.sha256(one).hexdigest() for one in both]}" for name, both in made.items())


def test_the_same_figures_give_the_same_bytes_in_another_process_zone_and_home(tmp_path):
    code = "from tests.charts.test_charts import digests; print(digests())"
    environment = {**os.environ, "TZ": "America/New_York", "PYTHONHASHSEED": "77", "MPLCONFIGDIR": str(tmp_path)}
    other = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == digests()
