"""Checklists written as TOML: read back they are the same, and they look as people write them."""

from __future__ import annotations

import tomllib

from hypothesis import given, settings

from inspect_app.domain.checklists.files import parse_checklist
from inspect_app.domain.checklists.toml import checklist_to_toml, leading_comment

from ...domain.samples import checklist, grade, measure, occurrences
from ..conftest import FOLDER
from ..samples import read_back, readable_checklists


def test_every_built_in_checklist_is_read_back_the_same(checklist, plan):
    again = parse_checklist(checklist_to_toml(checklist), f"{checklist.id}.toml", plan)
    assert again == checklist
    assert again.version == checklist.version


@settings(max_examples=150, deadline=None)
@given(readable_checklists())
def test_any_checklist_is_read_back_the_same(made):
    again = read_back(made)
    assert again == made
    assert again.version == made.version


def test_the_file_has_the_values_of_the_one_it_came_from(checklist):
    written = tomllib.loads(checklist_to_toml(checklist))
    original = tomllib.loads((FOLDER / f"{checklist.id}.toml").read_text("utf-8"))
    for item_written, item_original in zip(written["items"], original["items"], strict=True):
        assert {**item_written, **item_original} == item_written


def test_it_is_laid_out_as_people_write_it():
    text = checklist_to_toml(checklist(occurrences(0.2), grade(id="two", weight=2.5), veto_cap=60))
    assert text == (
        'id = "sample"\ntitle = "样例"\nveto_cap = 60\n\n'
        '[[items]]\nid = "one"\ntext = "测评项one"\nmethod = "occurrences"\ndeduct = 0.2\nunit = "处"\nweight = 1\n'
        'dimension = "公共秩序"\nphoto = "optional"\nclauses = ["(五)4(1)"]\nunits = ["市城管局"]\n\n'
        '[[items]]\nid = "two"\ntext = "测评项two"\nmethod = "grade"\ngrades = [\n'
        '  { key = "A", label = "好", score = 1.0 },\n  { key = "B", label = "较好", score = 0.8 },\n'
        '  { key = "C", label = "一般", score = 0.6 },\n  { key = "D", label = "差", score = 0.0 },\n]\nweight = 2.5\n'
        'dimension = "公共秩序"\nphoto = "optional"\nclauses = ["(五)4(1)"]\nunits = ["市城管局"]\n'
    )


def test_a_bound_of_zero_is_kept():
    assert read_back(checklist(measure(0.0))).item("one").rule.at_least == 0


def test_the_comment_on_top_of_a_file_can_be_kept():
    text = "# 一\n# 二\nid = 1\n# 三\n"
    assert leading_comment(text) == "# 一\n# 二\n"
    assert leading_comment("id = 1\n") == ""
    made = checklist(measure(3))
    assert checklist_to_toml(made, "# 一\n").startswith('# 一\nid = "sample"')
