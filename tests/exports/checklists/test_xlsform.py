"""Checklists as XLSForms: pyxform takes each without a word, and the form's score is the tool's."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import pyxform
from hypothesis import given, settings
from openpyxl import load_workbook

from inspect_app.domain.checklists.answers import Answer
from inspect_app.domain.checklists.checklist import Checklist, Item, PhotoRule
from inspect_app.domain.checklists.methods.ratio import Count
from inspect_app.domain.checklists.questions import LANGUAGE, question_name
from inspect_app.domain.checklists.scoring import score_inspection
from inspect_app.domain.inspecting.submission import needs_photo
from inspect_app.exports.checklists.xlsform import xlsform_workbook

from ...domain.samples import SITE, answered, compliance, grade, measure, occurrences, premises, proximity, ratio
from ...domain.samples import checklist as checklist_of
from ..samples import readable_checklists
from .xform import Form, filled_in, xform_of

VALIDATE = Path(pyxform.__file__).parent / "validators" / "odk_validate" / "bin" / "ODK_Validate.jar"


def survey(checklist: Checklist, sheet: str = "survey") -> list[dict[str, str]]:
    rows = load_workbook(io.BytesIO(xlsform_workbook(checklist)))[sheet].iter_rows(values_only=True)
    headings = next(rows)
    return [{heading: value for heading, value in zip(headings, row, strict=True) if value} for row in rows]


def row_of(checklist: Checklist, name: str) -> dict[str, str]:
    (row,) = [row for row in survey(checklist) if row.get("name") == name]
    return row


def test_every_built_in_checklist_converts_without_a_warning(checklist):
    form = Form(xform_of(checklist))
    assert form.data.get("id") == checklist.id
    assert form.data.get("version") == checklist.version
    for item in checklist.items:
        assert list(form.data.iter(f"{question_name(item.id)}__score")), item.id


def test_odk_validate_accepts_every_built_in_checklist(plan_and_checklists, tmp_path):
    files = []
    for checklist in plan_and_checklists[1].values():
        files.append(tmp_path / f"{checklist.id}.xml")
        files[-1].write_text(xform_of(checklist), "utf-8")
    run = subprocess.run(["java", "-jar", VALIDATE, *files], capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stdout + run.stderr
    assert (run.stdout + run.stderr).count("Xform is valid") == len(files), run.stdout + run.stderr


@settings(max_examples=25, deadline=None)
@given(readable_checklists())
def test_any_checklist_converts_without_a_warning(made):
    xform_of(made)


@settings(max_examples=60, deadline=None)
@given(answered())
def test_the_form_scores_as_the_tool_does(made):
    checklist, answers = made
    scored = score_inspection(checklist, answers, site=SITE)
    form = filled_in(checklist, {id: answer.value for id, answer in answers.items()}, SITE)
    for item in scored.items:
        score = form.number(f"{question_name(item.item_id)}__score")
        assert score == (None if item.score is None else pytest.approx(item.score, abs=1e-9)), item
    rate = form.number("score_rate")
    assert rate == (None if scored.rate is None else pytest.approx(scored.rate, abs=1e-9))


def test_every_built_in_checklist_scores_in_its_form_as_in_the_tool(checklist):
    """One visit with a bit of everything: each item a little wrong, then the first two not applicable."""
    xform = xform_of(checklist)
    wrong = {item.id: Answer(_a_little_wrong(item)) for item in checklist.items}
    for left_out in (0, 2):
        answers = wrong | {item.id: Answer(None) for item in checklist.items[:left_out]}
        scored = score_inspection(checklist, answers, site=SITE)
        form = filled_in(checklist, {id: answer.value for id, answer in answers.items()}, SITE, xform)
        assert form.number("score_rate") == pytest.approx(scored.rate, abs=1e-9)


def _a_little_wrong(item: Item) -> object:
    rule = item.rule
    return {
        "compliance": lambda: False,
        "occurrences": lambda: 1,
        "ratio": lambda: {kind.id: Count(7, 10) for kind in rule.classes} or {"": Count(7, 10)},
        "grade": lambda: rule.grades[1].key,
        "measure": lambda: 0.5,
        "proximity": lambda: (premises(SITE.lat + 0.01, SITE.lon, category=rule.categories[0].id),),
    }[item.method]()


def test_a_visit_worked_by_hand_is_shown_with_two_decimals():
    """Weights 30, 15, 10: 30·0.7 + 15·0.8 + 0 = 33 of 55 is 60; the fourth does not apply."""
    made = checklist_of(
        ratio(id="yield", weight=30),
        occurrences(0.1, id="jay", weight=15),
        compliance(id="marks", weight=10),
        compliance(id="volunteers", weight=5),
    )
    form = filled_in(made, {"yield": {"": Count(14, 20)}, "jay": 2, "marks": False, "volunteers": None}, SITE)
    assert float(form.value("score_rate_shown")) == 60
    third = checklist_of(compliance(id="a"), compliance(id="b"), compliance(id="c"))
    assert filled_in(third, {"a": True, "b": False, "c": False}, SITE).value("score_rate_shown") == "33.33"
    assert filled_in(third, dict.fromkeys("abc"), SITE).value("score_rate_shown") == "—"


def test_a_failed_veto_caps_and_one_that_is_left_out_does_not():
    made = checklist_of(compliance(id="a", veto=True), compliance(id="b", weight=9), veto_cap=60)
    assert filled_in(made, {"a": False, "b": True}, SITE).number("score_rate") == 60
    assert filled_in(made, {"a": None, "b": True}, SITE).number("score_rate") == 100
    assert filled_in(made, {"a": False, "b": False}, SITE).number("score_rate") == 0


def test_distances_are_those_of_the_geodesic_to_a_centimetre():
    from inspect_app.domain.place.positions import distance_m

    found = [premises(SITE.lat + north, SITE.lon + east) for north, east in ((0.0017, 0), (0.001, -0.0015), (0, 0.09))]
    form = filled_in(checklist_of(proximity()), {"one": tuple(found)}, SITE)
    measured = [float(node.text) for node in form.data.iter("q_one__distance_m")]
    assert measured == [pytest.approx(distance_m(SITE, each.fix), abs=0.01) for each in found]


def test_no_more_can_have_done_right_than_there_were():
    form = Form(xform_of(checklist_of(ratio(classes=("bus",)))))
    form.set("q_one__1_of", 20)
    for yes, accepted in ((20, True), (21, False), (-1, False)):
        form.set("q_one__1_yes", yes)
        assert form.holds("q_one__1_yes", "constraint") is accepted


@pytest.mark.parametrize("rule", PhotoRule)
@pytest.mark.parametrize("passed", [True, False, None])
def test_a_photo_is_asked_for_as_the_tool_does_and_a_reason_will_do(rule, passed):
    from dataclasses import replace

    made = checklist_of(replace(compliance(), photo=rule))
    scored = score_inspection(made, {"one": Answer(passed)}, site=SITE)
    form = filled_in(made, {"one": passed}, SITE)
    asked = form.holds("q_one__photo", "relevant") and form.holds("q_one__photo", "required")
    if rule is PhotoRule.OPTIONAL:
        assert "required" not in row_of(made, "q_one__photo")
    else:
        assert asked is needs_photo(made.item("one"), scored.items[0])
        form.set("q_one__no_photo_reason", "雨太大")
        assert not form.holds("q_one__photo", "required")


def test_questions_are_of_the_right_type_with_guidance_and_chinese_labels(plan_and_checklists):
    zebra = plan_and_checklists[1]["zebra-crossing"]
    school = plan_and_checklists[1]["school-perimeter"]
    assert row_of(zebra, "q_yielding__1_of")["type"] == "integer"
    assert row_of(zebra, "q_yielding__task")[f"guidance_hint::{LANGUAGE}"] == zebra.item("yielding").guidance
    assert row_of(zebra, "q_yielding__1_yes")[f"label::{LANGUAGE}"] == "公交车「让行」"
    assert row_of(zebra, "position")["type"] == "geopoint"
    assert row_of(zebra, "site_code")["required"] == "yes"
    assert [row["type"] for row in survey(zebra)[:2]] == ["start", "end"]
    types = [row["type"] for row in survey(school) if row.get("name", "").startswith("q_banned_premises__")]
    for type in ("begin_repeat", "select_one q_banned_premises", "geopoint", "image"):
        assert type in types
    (settings_row,) = survey(zebra, "settings")
    assert settings_row["default_language"] == "中文 (zh)"
    assert settings_row["version"] == zebra.version
    labels = {row["name"]: row[f"label::{LANGUAGE}"] for row in survey(zebra, "choices")}
    assert labels["pass"] == "合格"


def test_the_form_names_nobody():
    made = checklist_of(compliance(), grade(id="two"), measure(id="three"))
    assert not {"username", "deviceid", "phonenumber", "email"} & {row["type"] for row in survey(made)}


@pytest.mark.parametrize("item", [compliance(), proximity()], ids=["plain", "premises"])
def test_where_live_capture_is_asked_for_a_photo_is_taken_and_not_picked(item):
    for live in (False, True):
        asked = checklist_of(replace(item, live=live, photo=PhotoRule.ALWAYS))
        photos = [row for row in survey(asked) if row["type"] == "image"]
        assert photos
        assert {row.get("appearance") for row in photos} == {"new" if live else None}
        assert xform_of(asked)
