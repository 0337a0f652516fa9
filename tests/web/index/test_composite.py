"""The composite index: this index and others, by the city's weights, from the file to the page."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from inspect_app.domain.index.outside_figures import parse_outside_figures
from inspect_app.domain.index.weights import CompositePart, Weights, parse_weights
from inspect_app.services import open_services
from inspect_app.services.index.publishing import publish, published
from inspect_app.settings import PROJECT
from inspect_app.wording import say
from tests.web.evidence.test_review import inspected
from tests.world import NOW, WEEK

LUOHU = """
[[parts]]
id = "civility"
title = "公共文明指数"
weight = 0.7
[[parts]]
id = "sanitation"
title = "环卫指数"
weight = 0.3
"""
WEIGHTS = Weights(parts=(CompositePart("civility", "公共文明指数", 0.7), CompositePart("sanitation", "环卫指数", 0.3)))


def test_a_city_s_composite_goes_from_the_weights_file_to_page_and_files(world, tmp_path):
    """A toilet at 60 and 环卫 95.376: 0.7 × 60 + 0.3 × 95.376 = 70.6128, as Luohu prints it with four decimals."""
    inspected(world, seed=1)
    world.services.store.close()
    shutil.copytree(PROJECT / "checklists", tmp_path / "checklists")
    (tmp_path / "checklists" / "index.toml").write_text(LUOHU, "utf-8")
    world.settings = replace(world.settings, checklists=tmp_path / "checklists")
    world.services = open_services(world.settings)
    figures = tmp_path / "环卫.csv"
    figures.write_text("area,part,value\n421002001,sanitation,95.376\n", "utf-8")
    app = world.app()
    done = app.test_cli_runner().invoke(args=["figures", "import", WEEK, str(figures)])
    assert (done.exit_code, done.output) == (0, "1个区域\n")
    assert publish(world.services, "supervisor", WEEK, "", NOW) == 1
    week = published(world.services, WEEK)
    assert week.row("421002001").composite == pytest.approx(70.6128)
    # The district has no 环卫 figure of its own: it is made of its one street.
    assert week.row("421002").composite == pytest.approx(70.6128)
    client = app.test_client()
    assert "70.6128" in client.get(f"/index/{WEEK}/areas/421002001").text
    assert "环卫指数 × 0.3" in client.get("/index/method").text
    assert "70.612800" in client.get(f"/index/{WEEK}/1/areas.csv").text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("area,part,value\n9,sanitation,50\n", "没有区域"),
        ("area,part,value\n421002,noise,50\n", "权重文件里没有"),
        ("area,part,value\n421002,civility,50\n", "权重文件里没有"),
        ("area,part,value\n421002,sanitation,101\n", "0到100"),
        ("area,part,value\n421002,sanitation,nan\n", "0到100"),
        ("area,part,value\n421002,sanitation,5\n421002,sanitation,6\n", "重复"),
        ("area,part,value\n", "没有任何数"),
        ("area,value\n421002,5\n", "缺少列"),
    ],
)
def test_figures_that_cannot_be_are_refused_by_row(text, what):
    found = parse_outside_figures(text, "x.csv", WEIGHTS, {"421002"})
    assert isinstance(found, list)
    assert what in str(say(found[0]))


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("roll_up = 'x'", "roll_up"),
        ("[types]\nno-such = 1", "没有这类点位"),
        ("[types]\nroad = -1", "0到1000000"),
        ("[dimensions]\n'公共环境' = 0", "至少要有一个"),
        ("[dimensions]\n'公共环境' = 'x'", "0到1000000"),
        ("[areas]\nx = 1", "区划代码"),
        ("types = 5", "名称 = 权重"),
        ("[[parts]]\nid = 'a'\ntitle = 'a'\nweight = 1", "civility"),
        ("[[parts]]\nid = 'civility'\ntitle = 'a'\nweight = 0", "大于0"),
        ("nonsense = 1", "没有这个字段"),
        ("x = ", "TOML格式有误"),
    ],
)
def test_a_weights_file_that_cannot_be_is_refused_by_field(text, what):
    found = parse_weights(text, {"road"})
    assert isinstance(found, list)
    assert any(what in str(say(problem)) for problem in found), found
