"""The catalogue, its search, versions and the paper form."""

from __future__ import annotations

import html
import io
import shutil
from dataclasses import replace

import pytest
from openpyxl import load_workbook

from inspect_app.collections.checklists.edition import EDITIONS
from inspect_app.domain.checklists.editions import Edition, digest
from inspect_app.domain.checklists.searching import matching_clauses, matching_items
from inspect_app.domain.searching import found_in
from inspect_app.settings import PROJECT
from tests.web.builders import hidden, signed_in
from tests.world import NOW


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


@pytest.mark.parametrize("path", ["/checklists/market.xlsx", "/checklists/market/xlsform.xlsx"])
def test_a_checklist_can_be_downloaded_as_a_workbook_and_as_an_xlsform(world, path):
    answer = signed_in(world).get(path)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    assert load_workbook(io.BytesIO(answer.data)).sheetnames


@pytest.fixture
def own_folder(world, tmp_path):
    """The world with checklist files of its own, so that they may be overwritten."""
    shutil.copytree(PROJECT / "checklists", tmp_path / "checklists")
    world.settings = replace(world.settings, checklists=tmp_path / "checklists")
    return tmp_path / "checklists"


def edited(content: bytes, before: str, after: str | float) -> bytes:
    """A workbook with one cell of the sheet 测评项 changed."""
    book = load_workbook(io.BytesIO(content))
    cells = [cell for row in book["测评项"].iter_rows() for cell in row if cell.value == before]
    assert cells, before
    cells[0].value = after
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def test_an_edited_workbook_is_shown_as_changes_and_taken_over_only_then(world, own_folder):
    client = signed_in(world, "administrator")
    library = client.application.extensions["inspect"].library
    before = library.current["public-toilet"]
    content = client.get("/checklists/public-toilet.xlsx").data
    changed = edited(content, "为水冲式，冲水正常", "全部为水冲式，冲水正常")
    token = hidden(client.get("/checklists/upload").text, "csrf_token")

    def post(path: str, **fields):
        return client.post(path, data={"csrf_token": token, **fields})

    page = post("/checklists/upload", file=(io.BytesIO(changed), "公厕.xlsx")).text
    assert "改动 1 处" in page
    assert "为水冲式，冲水正常 → 全部为水冲式，冲水正常" in html.unescape(page)
    assert library.current["public-toilet"] == before
    draft = hidden(page, "draft")
    assert post("/checklists/take", draft=draft, reason="国标改了").status_code == 303
    after = library.current["public-toilet"]
    assert after.item("flush").text == "全部为水冲式，冲水正常"
    assert library.text("public-toilet").startswith("# 公厕。")
    kept = library.editions_of("public-toilet")[-1]
    assert (kept.text, kept.by, kept.why) == (library.text("public-toilet"), "administrator", "国标改了")
    page = client.get("/checklists/public-toilet").text
    assert f"old={before.version}" in html.unescape(page)
    compared = client.get(f"/checklists/public-toilet/diff?old={before.version}&new={after.version}")
    assert "改动 1 处" in compared.text
    assert post("/checklists/take", draft=draft).status_code == 409, "it was compared with what is in force no longer"


def test_a_wrong_workbook_is_refused_with_sheet_row_and_column(world, own_folder):
    client = signed_in(world, "administrator")
    files = {path.name: path.read_bytes() for path in own_folder.iterdir()}
    content = edited(client.get("/checklists/public-toilet.xlsx").data, "为水冲式，冲水正常", None)
    token = hidden(client.get("/checklists/upload").text, "csrf_token")
    for upload, named in [(content, "测评项 第"), (b"no workbook", "xlsx"), (b"", "没有选择文件")]:
        fields = {"csrf_token": token, "file": (io.BytesIO(upload), "x.xlsx")}
        answer = client.post("/checklists/upload", data=fields)
        assert answer.status_code == 422
        assert named in answer.text
    assert client.post("/checklists/take", data={"csrf_token": token, "draft": "nothing"}).status_code == 422
    assert {path.name: path.read_bytes() for path in own_folder.iterdir()} == files
    for name in ("inspector", "supervisor"):
        assert signed_in(world, name).get("/checklists/upload").status_code == 403


def test_an_administrator_is_told_of_a_starting_text_that_is_newer_than_the_one_the_office_changed(world):
    assert "起始清单有新的文本" not in signed_in(world, "administrator").get("/checklists/upload").text
    text = "# 本地\n" + world.services.library.text("market")
    made = Edition("market", 1, text, "li", NOW, "", starting=digest("an earlier text"))
    EDITIONS.put_once(world.services.store, "market.1", made)
    del world.office  # what was opened before looks for changes only now and then
    page = signed_in(world, "administrator").get("/checklists/upload").text
    assert "起始清单有新的文本" in page
    assert "仍用本单位的：market。" in page


def test_a_checklist_that_somebody_else_changed_meanwhile_is_not_replaced(world):
    """Two administrators preview; the second is told, and what the first took stays."""
    first, second = (signed_in(world, "administrator") for _ in range(2))
    content = first.get("/checklists/public-toilet.xlsx").data

    def previewed(client, text: str):
        token = hidden(client.get("/checklists/upload").text, "csrf_token")
        file = (io.BytesIO(edited(content, "为水冲式，冲水正常", text)), "公厕.xlsx")
        page = client.post("/checklists/upload", data={"csrf_token": token, "file": file}).text
        return {"csrf_token": token, "draft": hidden(page, "draft")}

    ours, theirs = previewed(first, "水冲式"), previewed(second, "冲水正常")
    assert first.post("/checklists/take", data=ours).status_code == 303
    assert second.post("/checklists/take", data=theirs).status_code == 409
    world.services.library.look_again()
    assert world.services.library.current["public-toilet"].item("flush").text == "水冲式"
