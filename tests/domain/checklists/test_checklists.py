"""Checklist files: what they hold, how versions are made, and how a misprint is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inspect_app.domain.checklists.catalogue import Catalogue, load_plan
from inspect_app.domain.checklists.checklist import (
    DIMENSIONS,
    Checklist,
    checklist_from_document,
    checklist_to_document,
)
from inspect_app.domain.checklists.files import load_checklists, parse_checklist
from inspect_app.settings import PROJECT
from inspect_app.wording import say

FOLDER = PROJECT / "checklists"


@pytest.fixture(scope="module")
def plan() -> Catalogue:
    found = load_plan(FOLDER / "plan.toml")
    assert isinstance(found, Catalogue), found
    return found


@pytest.fixture(scope="module")
def built_in(plan: Catalogue) -> dict[str, Checklist]:
    found = load_checklists(FOLDER, plan)
    assert isinstance(found, dict), found
    return found


def test_the_site_types_that_the_user_named_are_built_in(built_in):
    assert {"main-road", "zebra-crossing", "public-toilet", "school-perimeter"} <= set(built_in)


def test_every_item_cites_clauses_and_units_of_the_plan_and_can_be_judged(built_in, plan):
    for checklist in built_in.values():
        for item in checklist.items:
            assert item.clauses, item
            assert set(item.clauses) <= set(plan.clauses)
            assert item.units, item
            assert set(item.units) <= set(plan.units)
            assert item.dimension in DIMENSIONS
            assert len(item.text) <= 60, f"{item.id}: an inspector reads it at a glance"
            assert item.guidance, f"{checklist.id} {item.id}: where to stand, what counts"


def test_all_methods_are_in_use(built_in):
    every = {"compliance", "occurrences", "ratio", "grade", "measure", "proximity"}
    assert {item.method for checklist in built_in.values() for item in checklist.items} >= every


def test_vehicles_are_counted_in_three_classes_with_a_minimum_sample(built_in):
    rule = built_in["zebra-crossing"].item("yielding").rule
    assert [kind.label for kind in rule.classes] == ["公交车", "出租车", "其他"]
    assert (rule.minimum, rule.yes_label, rule.no_label) == (10, "让行", "未让行")


def test_a_checklist_survives_being_stored_with_its_version(built_in):
    for checklist in built_in.values():
        again = checklist_from_document(checklist_to_document(checklist))
        assert again == checklist
        assert again.version == checklist.version


TEXT = """
id = "sample"
title = "样例"
[[items]]
id = "one"
text = "地面干净"
method = "occurrences"
deduct = 0.2
weight = 10
dimension = "公共环境"
clauses = ["(五)4(1)"]
units = ["市城管局"]
"""


def parsed(text: str, plan: Catalogue | None = None) -> Checklist:
    found = parse_checklist(text, "sample.toml", plan)
    assert isinstance(found, Checklist), found
    return found


def test_comments_and_the_order_of_keys_do_not_change_the_version():
    lines = TEXT.strip().splitlines()
    shuffled = "\n".join(["# 说明", *lines[:2], lines[2], *reversed(lines[3:])])
    assert parsed(shuffled).version == parsed(TEXT).version


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("0.2", "0.25"),
        ("weight = 10", "weight = 11"),
        ("地面干净", "地面整洁"),
        ("市城管局", "市住建委"),
        ("(五)4(1)", "(五)3"),
    ],
)
def test_any_other_value_is_another_version(before, after):
    assert parsed(TEXT.replace(before, after)).version != parsed(TEXT).version


@pytest.mark.parametrize(
    ("before", "after", "where", "what"),
    [
        ("deduct", "deducts", "sample.toml 第 one 项 字段 deducts", "没有这个字段"),
        ("weight = 10", "wieght = 10", "sample.toml 第 one 项 字段 wieght", "weight"),
        ("weight = 10", "weight = 0", "sample.toml 第 one 项 字段 weight", "大于0"),
        ("weight = 10", 'weight = "十"', "sample.toml 第 one 项 字段 weight", "十"),
        ("0.2", "1.5", "sample.toml 第 one 项 字段 deduct", "不超过1"),
        ("0.2", "nan", "sample.toml 第 one 项 字段 deduct", "nan"),
        ('"occurrences"', '"measure"\nat_least = 5e-304', "sample.toml 第 one 项 字段 at_least", "0.000000001"),
        ('"occurrences"', '"measure"\nat_most = -1e13', "sample.toml 第 one 项 字段 at_most", "1000000000000"),
        ('"occurrences"', '"ocurrences"', "sample.toml 第 one 项 字段 method", "occurrences"),
        ("公共环境", "环境", "sample.toml 第 one 项 字段 dimension", "公共环境"),
        ("(五)4(1)", "(五)44", "sample.toml 第 one 项 字段 clauses", "没有条款"),
        ("市城管局", "城管局", "sample.toml 第 one 项 字段 units", "是否指 市城管局"),
        ('["市城管局"]', '"市城管局"', "sample.toml 第 one 项 字段 units", "文字列表"),
        ('["市城管局"]', "[]", "sample.toml 第 one 项 字段 units", "至少要有一个"),
        ('id = "one"', 'id = "One"', "sample.toml 第 One 项 字段 id", "小写"),
        ('id = "sample"', 'id = "other"', "sample.toml 字段 id", "文件名"),
        ("title", "titel", "sample.toml 字段 titel", "title"),
        ('text = "地面干净"', 'photo = "sometimes"', "sample.toml 第 one 项 字段 photo", "on_failure"),
        ('text = "地面干净"', "veto = 1", "sample.toml 第 one 项 字段 veto", "true"),
        ("[[items]]", "[items]", "sample.toml 字段 items", "列表"),
        ("title", "= =", "sample.toml", "TOML"),
    ],
)
def test_a_misprint_is_told_with_file_item_field_and_what_is_accepted(plan, before, after, where, what):
    assert before in TEXT
    problems = parse_checklist(TEXT.replace(before, after, 1), "sample.toml", plan)
    assert isinstance(problems, list)
    assert any(said.where == where and what in str(said) for said in map(say, problems)), list(
        map(str, map(say, problems))
    )


def test_rules_of_each_method_are_checked_as_well():
    def problems_of(method: str) -> str:
        found = parse_checklist(TEXT.replace('method = "occurrences"\ndeduct = 0.2', method), "sample.toml")
        assert isinstance(found, list), method
        return "\n".join(map(str, map(say, found)))

    assert "minimum" in problems_of('method = "ratio"')
    assert "重复" in problems_of('method="ratio"\nminimum=1\nclasses=[{id="a",label="甲"},{id="a",label="乙"}]')
    assert "从高到低" in problems_of(
        'method="grade"\ngrades=[{key="A",label="好",score=0.5},{key="B",label="差",score=0.9}]'
    )
    assert "at_least" in problems_of('method = "measure"\nunit = "处"')
    assert "radius_m" in problems_of('method = "proximity"\ncategories=[{id="a",label="网吧",banned=true}]')
    assert "veto_cap" in problems_of('method = "compliance"\nveto = true')


def test_all_files_are_looked_at_and_a_double_item_is_named(tmp_path: Path, plan: Catalogue):
    shutil.copytree(FOLDER, tmp_path / "c")
    (tmp_path / "c" / "sample.toml").write_text(TEXT + TEXT[TEXT.index("[[items]]") :], "utf-8")
    (tmp_path / "c" / "other.toml").write_text("id = 3", "utf-8")
    problems = load_checklists(tmp_path / "c", plan)
    assert isinstance(problems, list)
    assert {say(problem).where.split()[0] for problem in problems} == {"sample.toml", "other.toml"}
    assert any("第 one 项 字段 id" in say(problem).where for problem in problems)


def test_an_empty_folder_is_no_set_of_checklists(tmp_path: Path):
    assert isinstance(load_checklists(tmp_path), list)


# The version that this text had before there was live capture.
VERSION_BEFORE = "c898dacd30a613c8"
LIVE = TEXT + "live = true\n"


def test_a_checklist_that_asks_for_no_live_capture_keeps_the_version_it_always_had():
    assert parsed(TEXT).version == VERSION_BEFORE
    assert parsed(TEXT + "live = false\n").version == VERSION_BEFORE
    assert "live" not in checklist_to_document(parsed(TEXT))["items"][0]


def test_live_capture_is_another_version_and_survives_being_stored():
    live = parsed(LIVE)
    assert live.items[0].live
    assert live.version != VERSION_BEFORE
    again = checklist_from_document(checklist_to_document(live))
    assert again == live
    assert again.version == live.version


def test_a_whole_checklist_asks_for_live_capture_but_for_items_that_say_no():
    second = TEXT[TEXT.index("[[items]]") :].replace('"one"', '"two"') + "live = false\n"
    found = parsed(TEXT.replace("[[items]]", "live = true\n[[items]]", 1) + second)
    assert [item.live for item in found.items] == [True, False]
    each = parsed(LIVE + second)
    assert found.version == each.version


def test_live_capture_is_true_or_false():
    for text in (TEXT + "live = 1\n", TEXT.replace("[[items]]", 'live = "yes"\n[[items]]', 1)):
        problems = parse_checklist(text, "sample.toml")
        assert isinstance(problems, list)
        assert "字段 live：应为 true 或 false" in str(say(problems[0]))
