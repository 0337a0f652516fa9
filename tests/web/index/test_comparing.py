"""The office's page of pooled weeks and of two areas compared; what a plan page says its sites can show."""

from __future__ import annotations

from dataclasses import replace

import pytest

from inspect_app.domain.weeks import shifted
from tests.plans import announced, planned
from tests.published_weeks import publish_figures
from tests.web.builders import signed_in
from tests.weeks import made_week
from tests.world import NOW, STREET, WEEK, World

OTHER = "421002002"
PAGE = f"/index/{WEEK}/comparing"


@pytest.fixture
def office(world: World) -> World:
    """Four published weeks of two streets, 80 and 90 with errors of 2."""
    for n in range(4):
        publish_figures(world.services, shifted(WEEK, -n), {STREET: (80.0 + n % 2, 2.0), OTHER: (90.0 - n % 2, 2.0)})
    return world


def test_the_office_sees_pooled_weeks_compares_two_streets_and_takes_the_table(office):
    client = signed_in(office, "supervisor")
    page = client.get(PAGE).text
    assert "80.50" in page
    assert f"自{shifted(WEEK, -3)}" in page
    assert "不足13周" in page
    assert "相邻两周的相关：4周0.00" in page
    told = client.get(PAGE, query_string={"one": STREET, "other": OTHER, "weeks": "1"})
    assert told.status_code == 200
    assert "区域002比区域001高10.00分" in told.text
    assert "数据分得出高下" in told.text
    assert f"{shifted(WEEK, -3)}到{WEEK}的4周合起来看" in client.get(f"{PAGE}?one={STREET}&other={OTHER}&weeks=4").text
    assert f'href="{PAGE}"' in client.get(f"/index/{WEEK}/live").text
    file = client.get(f"/index/{WEEK}/pooled.csv")
    assert file.content_type == "text/csv; charset=utf-8"
    assert f"{STREET},区域001,4,{shifted(WEEK, -3)},80.50" in file.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"one": STREET, "other": STREET}, "选的是同一个区域"),
        ({"one": STREET}, "请选两个区域"),
        ({"one": STREET, "other": "<b>"}, "没有可以比较的指数"),
        ({"one": STREET, "other": OTHER, "weeks": "５"}, "应为几周：1、4、8、13"),
        ({"one": STREET, "other": OTHER, "weeks": "9" * 5000}, "应为几周"),
    ],
)
def test_a_question_that_makes_no_sense_is_answered_with_a_sentence(office, asked, said):
    answer = signed_in(office, "supervisor").get(PAGE, query_string=asked)
    assert answer.status_code == 422
    assert said in answer.text
    assert "<b>" not in answer.text


def test_nobody_else_sees_it_and_a_week_must_be_one(office):
    assert signed_in(office, "unit").get(PAGE).status_code == 403
    assert signed_in(office, "leader").get(PAGE).status_code == 200
    assert office.app().test_client().get(PAGE).status_code in (302, 303)
    client = signed_in(office, "supervisor")
    assert client.get("/index/2026-W99/comparing").status_code == 404
    assert client.get("/index/2026-W99/pooled.csv").status_code == 404
    assert "还没有可以合起来看的周" in client.get("/index/2020-W10/comparing").text


def test_the_week_as_it_stands_shows_adjusted_figures_beside_plain_ones(office, monkeypatch):
    row = replace(made_week().rows[-2], rate=70.5, plain=72.0)
    monkeypatch.setattr("inspect_app.web.index.pages.moved_by_severity", lambda shown: (row,))
    page = signed_in(office, "supervisor").get(f"/index/{WEEK}/live").text
    assert '<td data-label="不调整宽严" class="number">72.00</td>' in page
    assert '<td data-label="调整" class="number">−1.50</td>' in page


def test_the_plan_page_says_what_its_sites_can_show(office):
    """Sites differ by 12 points after their types; the world's sites all lie in one street."""
    client = signed_in(office, "supervisor")
    week = shifted(WEEK, 1)
    assert "如果本周抽" in client.get(f"/plan/{week}").text
    announced(office.services, WEEK, NOW, count=10)
    page = client.get(f"/plan/{WEEK}").text
    assert "按本周抽查数（10个点位，一般一条街道10个）" in page
    assert '两条街道相差约<strong class="number">15</strong>分以上才看得出来' in page
    assert '抽查数加倍，约<strong class="number">11</strong>分' in page
    assert '全市与上周相差约<strong class="number">15.0</strong>分' in page
    assert "按最近4个已发布的周" in page


def test_of_a_drawn_plan_the_sites_of_each_street_count(office):
    planned(office.services, WEEK, NOW, count=5)
    page = signed_in(office, "supervisor").get(f"/plan/{WEEK}").text
    assert "按本周抽查数（5个点位，一般一条街道5个）" in page
    assert 'id="advice"' in signed_in(office, "leader").get(f"/plan/{WEEK}").text
