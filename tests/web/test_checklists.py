"""The catalogue, its search, versions and the paper form."""

from __future__ import annotations

import pytest

from inspect_app.domain.searching import found_in, matching_clauses, matching_items
from tests.web.builders import signed_in


@pytest.mark.parametrize("name", ["inspector", "supervisor", "administrator"])
def test_every_account_reads_the_checklists_and_strangers_do_not(world, name):
    assert signed_in(world, name).get("/checklists/").status_code == 200
    assert world.app().test_client().get("/checklists/").status_code == 302


def test_items_and_clauses_are_found_by_words_and_by_clause_number(world):
    client = signed_in(world)
    page = client.get("/checklists/", query_string={"q": "礼让 斑马线"}).text
    assert "机动车礼让斑马线" in page
    assert "无违规占道经营" not in page
    for number in ("(四)7(4)", "（四）7（4）"):
        page = client.get("/checklists/", query_string={"q": number}).text
        assert "校园周边200米内无网吧" in page
        assert "<td><strong>(四)7(4)</strong></td>" in page
        assert "(五)4(1)</strong>" not in page
    assert "没有找到测评项" in client.get("/checklists/", query_string={"q": "飞碟"}).text


def test_searching_takes_each_word_wherever_it_stands(world):
    library = world.services.library
    found = {(checklist.id, item.id) for checklist, item in matching_items("公厕 水冲", library.current)}
    assert found == set()
    assert ("public-toilet", "flush") in {(c.id, i.id) for c, i in matching_items("公共厕所 水冲", library.current)}
    assert [clause.number for clause in matching_clauses("公厕 水冲", library.plan)] == ["(五)2(6)"]
    assert len(matching_clauses("", library.plan)) == 93
    assert found_in("ＡＢＣ（一）", ["abc(一)"])


def test_a_checklist_shows_every_item_with_rule_guidance_units_and_sources(world):
    page = signed_in(world).get("/checklists/school-perimeter").text
    for shown in (
        "200 米内不得有：网吧",
        "一票否决",
        "《互联网上网服务营业场所管理条例》第九条",
        "市教体局",
        "每处扣 20%",
    ):
        assert shown in page
    assert signed_in(world).get("/checklists/tank").status_code == 404
    assert signed_in(world).get("/checklists/market?version=0000").status_code == 404


def test_every_checklist_has_a_paper_form_with_every_item(world):
    client = signed_in(world)
    for checklist in world.services.library.current.values():
        page = client.get(f"/checklists/{checklist.id}/paper").text
        assert page.count('<td class="tick">□</td>') == len(checklist.items)
        assert checklist.version in page
