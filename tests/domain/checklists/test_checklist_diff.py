"""What changes between two versions of a checklist, and how it is told."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.checklists.differences import ChangeKind, ChecklistChange, diff_checklists
from inspect_app.domain.checklists.methods.grade import Grade, GradeRule
from inspect_app.domain.checklists.methods.occurrences import OccurrencesRule
from inspect_app.domain.checklists.methods.proximity import Category, ProximityRule

from ..samples import checklist, checklists, compliance, grade, measure, occurrences, proximity

OLD = checklist(occurrences(0.2, id="a"), grade(id="b"), measure(3, id="c"), compliance(id="d"), veto_cap=60)


def with_item(id: str, **fields: object):
    items = tuple(replace(item, **fields) if item.id == id else item for item in OLD.items)
    return replace(OLD, items=items)


def in_order(ids: str):
    return replace(OLD, items=tuple(OLD.item(id) for id in ids))


def test_nothing_changes_from_a_checklist_to_itself():
    assert diff_checklists(OLD, OLD) == []


def test_a_field_is_told_with_before_and_after():
    new = with_item("a", weight=2.5, rule=OccurrencesRule(0.25, "处"))
    assert diff_checklists(OLD, new) == [
        ChecklistChange(ChangeKind.CHANGED, "a", "测评项a", "weight", 1.0, 2.5),
        ChecklistChange(ChangeKind.CHANGED, "a", "测评项a", "deduct", 0.2, 0.25),
    ]
    assert [str(change) for change in diff_checklists(OLD, new)] == [
        "更改「测评项a」(a)权重：1 → 2.5",
        "更改「测评项a」(a)扣分：0.2 → 0.25",
    ]


def test_the_checklists_own_fields_come_first():
    changes = diff_checklists(OLD, replace(with_item("a", veto=True), title="新名", veto_cap=None))
    assert [str(change) for change in changes] == [
        "更改清单名称：样例 → 新名",
        "更改清单一票否决封顶：60 → —",
        "更改「测评项a」(a)一票否决：否 → 是",
    ]


def test_items_added_and_removed_are_told_with_their_place():
    new = replace(OLD, items=(OLD.item("a"), compliance(id="new"), OLD.item("c"), OLD.item("d")))
    changes = diff_checklists(OLD, new)
    assert [(change.kind, change.item_id, change.before, change.after) for change in changes] == [
        (ChangeKind.REMOVED, "b", 2, None),
        (ChangeKind.ADDED, "new", None, 2),
    ]
    assert str(changes[0]) == "删去第2项「测评项b」(b)"
    assert str(changes[1]) == "新增第2项「测评项new」(new)"


def test_only_the_item_that_was_moved_is_moved():
    def moved(ids: str) -> list[str]:
        return [str(change) for change in diff_checklists(OLD, in_order(ids))]

    assert moved("bcda") == ["移动「测评项a」(a)：第1项 → 第4项"]
    assert moved("dabc") == ["移动「测评项d」(d)：第4项 → 第1项"]
    assert len(moved("dcba")) == 3
    assert moved("bcd") == ["删去第1项「测评项a」(a)"]


def test_another_method_changes_the_fields_that_belong_to_it():
    new = with_item("a", method="proximity", rule=ProximityRule(200, (Category("cafe", "网吧", True),)))
    assert [str(change) for change in diff_checklists(OLD, new)] == [
        "更改「测评项a」(a)计分方法：计次扣分 → 周边场所",
        "更改「测评项a」(a)扣分：0.2 → —",
        "更改「测评项a」(a)单位：处 → —",
        "更改「测评项a」(a)半径：— → 200",
        "更改「测评项a」(a)分类：— → 代号cafe 含义网吧 禁设是",
    ]


def test_tables_and_lists_are_told_whole():
    new = with_item("b", rule=GradeRule((Grade("A", "好", 1.0), Grade("B", "差", 0.0))), units=("市公安局", "市城管局"))
    told = [str(change) for change in diff_checklists(OLD, new)]
    assert told[0] == "更改「测评项b」(b)责任单位：市城管局 → 市公安局；市城管局"
    assert told[1].endswith(" → 等级A 含义好 得分1；等级B 含义差 得分0")


@given(checklists(), checklists())
def test_there_is_a_change_exactly_where_the_version_is_another(old, new):
    assert bool(diff_checklists(old, new)) == (old.version != new.version)


@given(st.permutations(range(8)))
def test_items_that_did_not_move_keep_their_order(order):
    old = checklist(*(proximity(id=f"i{number}") for number in range(8)))
    new = replace(old, items=tuple(old.items[number] for number in order))
    changes = diff_checklists(old, new)
    moved = {change.item_id for change in changes}
    assert {change.kind for change in changes} <= {ChangeKind.MOVED}
    assert [item for item in old.items if item.id not in moved] == [item for item in new.items if item.id not in moved]


def test_live_capture_is_told_in_words():
    (change,) = diff_checklists(OLD, with_item("a", live=True))
    assert str(change) == "更改「测评项a」(a)现场拍摄：否 → 是"
