"""The catalogue of the plan's clauses and units."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from inspect_app.domain.checklists.catalogue import Catalogue, load_plan
from inspect_app.settings import PROJECT
from inspect_app.wording import say

FILE = PROJECT / "checklists" / "plan.toml"


@pytest.fixture(scope="module")
def plan() -> Catalogue:
    found = load_plan(FILE)
    assert isinstance(found, Catalogue), found
    return found


def test_no_clause_of_the_eight_parts_is_missing(plan):
    """Counted by hand in the plan's text; the file states the same numbers and loading compares them."""
    counted = Counter(clause.part for clause in plan.clauses.values())
    assert counted == {"一": 9, "二": 13, "三": 4, "四": 34, "五": 17, "六": 6, "七": 4, "八": 6}
    assert "".join(plan.parts) == "一二三四五六七八"


def test_all_56_units_are_named_and_each_has_a_clause(plan):
    assert len(plan.units) == 56
    assert {unit for clause in plan.clauses.values() for unit in clause.units} == set(plan.units)
    assert [unit.name for unit in plan.units.values() if unit.kind == "属地"] == ["荆州区", "沙市区", "荆州开发区"]


def test_the_clause_about_schools_keeps_its_distance_and_its_seven_units(plan):
    clause = plan.clauses["(四)7(4)"]
    assert clause.thresholds == ("200米",)
    assert len(clause.units) == 7
    assert "实地" in clause.evidence


def test_a_lost_clause_is_noticed(tmp_path: Path):
    text = FILE.read_text("utf-8")
    start = text.index("[[clauses]]")
    without_first = text[:start] + text[text.index("[[clauses]]", start + 1) :]
    (tmp_path / "plan.toml").write_text(without_first, "utf-8")
    problems = load_plan(tmp_path / "plan.toml")
    assert isinstance(problems, list)
    assert any("应有9条，实有8条" in str(say(problem)) for problem in problems)


def test_a_misprint_in_the_plan_names_the_clause(tmp_path: Path):
    text = FILE.read_text("utf-8").replace('evidence = ["实地"]', 'evidence = ["实底"]', 1)
    (tmp_path / "plan.toml").write_text(text, "utf-8")
    problems = load_plan(tmp_path / "plan.toml")
    assert isinstance(problems, list)
    assert "evidence" in say(problems[0]).where
