"""The toy method on the whole way: file, checks, form, submission, score, and files out and back. Run in the copy."""

from __future__ import annotations

import io

import pytest
from openpyxl import load_workbook

from inspect_app.demo.answers import demo_values
from inspect_app.demo.visits import DemoVisit
from inspect_app.domain.checklists.answers import Answer
from inspect_app.domain.checklists.checklist import Checklist
from inspect_app.domain.checklists.files import parse_checklist
from inspect_app.domain.checklists.questions import question_name
from inspect_app.domain.checklists.scoring import score_inspection
from inspect_app.domain.checklists.toml import checklist_to_toml
from inspect_app.exports.checklists.xlsx import checklist_workbook, parse_checklist_xlsx
from inspect_app.services.place.register import find_site
from inspect_app.settings import PROJECT
from inspect_app.wording import say
from tests.domain.samples import SITE
from tests.exports.checklists.xform import filled_in
from tests.web.builders import hidden, signed_in
from tests.world import NOW, World, headers, new_id

FILE = PROJECT / "checklists" / "starred.toml"


def checklist() -> Checklist:
    found = parse_checklist(FILE.read_text("utf-8"), FILE.name)
    assert isinstance(found, Checklist), [str(say(problem)) for problem in found]
    return found


def test_the_command_line_checks_files_that_use_it(world: World):
    run = world.app().test_cli_runner().invoke(args=["checklists", "check"])
    assert run.exit_code == 0, run.output
    wrong = FILE.read_text("utf-8").replace("full_from = 4", "full_from = 6")
    assert [str(say(problem)) for problem in parse_checklist(wrong, FILE.name)] == [
        "starred.toml 第 kind 项 字段 full_from：应为1到5的整数，实为6"
    ]


def test_a_form_without_script_is_shown_sent_scored_and_shown_again(world: World):
    """3 of 4 stars earn 75 % of 10 points, one of 5 earns 20 % of 10: 47.5 %."""
    client = signed_in(world)
    page = client.get("/field/sites/starred-1").text
    assert 'name="answers.kind.value" value="5"' in page
    assert "js/checklists/methods/stars.js" in page
    fields = {name: hidden(page, name) for name in ("csrf_token", "id", "version", "started_at")}
    refused = client.post(
        "/field/sites/starred-1", data={**fields, "answers.kind.value": "6", "answers.clean.value": "1"}
    )
    assert refused.status_code == 422
    assert "应为1到5颗星" in refused.text
    sent = client.post("/field/sites/starred-1", data={**fields, "answers.kind.value": "3", "answers.clean.value": "1"})
    assert sent.status_code == 303, sent.text
    kept = world.services.store.get("inspections", fields["id"])
    assert kept is not None
    assert kept.document["rate"] == pytest.approx(47.5)
    assert "3星" in client.get(sent.location).text


def test_the_interface_takes_it(world: World):
    submission = world.submission("starred")
    submission["answers"]["clean"] = {"value": "na"}
    answer = (
        world.app()
        .test_client()
        .put(f"/api/v1/inspections/{new_id()}", json=submission, headers=headers(world.tokens["inspector"]))
    )
    assert (answer.status_code, answer.json["rate"]) == (201, 100)


def test_it_is_on_the_pages_and_on_paper(world: World):
    client = signed_in(world)
    assert "4 星得满分，不足的按比例" in client.get("/checklists/starred").text
    assert "☆☆☆☆☆" in client.get("/checklists/starred/paper").text
    assert "星级" in client.get("/checklists/", query_string={"q": "热情"}).text


def test_it_goes_out_into_files_and_comes_back():
    made = checklist()
    assert parse_checklist(checklist_to_toml(made), FILE.name) == made
    assert parse_checklist_xlsx(checklist_workbook(made), "starred.xlsx") == made


def test_a_workbook_of_before_there_was_the_method_is_still_read():
    old = parse_checklist((PROJECT / "checklists" / "public-toilet.toml").read_text("utf-8"), "public-toilet.toml")
    assert isinstance(old, Checklist)
    book = load_workbook(io.BytesIO(checklist_workbook(old)))
    sheet = book["测评项"]
    sheet.delete_cols(next(cell.column for cell in sheet[1] if cell.value == "满分星数"))
    saved = io.BytesIO()
    book.save(saved)
    assert parse_checklist_xlsx(saved.getvalue(), "old.xlsx") == old


def test_an_odk_form_scores_as_the_tool_does():
    made = checklist()
    form = filled_in(made, {"kind": 3, "clean": None}, SITE)
    scored = score_inspection(made, {"kind": Answer(3), "clean": Answer(None)}, site=None)
    assert form.number(f"{question_name('kind')}__score") == pytest.approx(0.75)
    assert form.number("score_rate") == pytest.approx(scored.rate)


def test_demonstrations_invent_answers(world: World):
    site = find_site(world.services.store, "starred-1")
    assert site is not None
    values = demo_values(checklist(), DemoVisit(new_id(), "2026-W48", site, "demo-1", NOW, NOW, quality=1.0))
    assert values["kind"] in (4, 5)
