"""Areas renamed and merged: from a week on, and every earlier week as it was."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.collections.place.area import AREA_CHANGES, change_id
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.index.observing import Visit
from inspect_app.domain.place.area_history import (
    AreaChange,
    AreaHistory,
    When,
    plan_merge,
    plan_renames,
    plan_withdrawal,
)
from inspect_app.domain.place.areas import Area, AreaTree
from inspect_app.domain.weeks import shifted
from inspect_app.wording import say

from ..index.weeks import index_rows

CITY, EAST, WEST = "4210", "421002", "421003"
A, B, C, D = "421002001", "421002002", "421002003", "421003001"
NEW = "421002009"
COMMUNITY = "421002001001"
BEGINNING = [
    Area(CITY, "某市", ""),
    Area(EAST, "东区", CITY),
    Area(WEST, "西区", CITY),
    Area(A, "甲街道", EAST),
    Area(B, "乙街道", EAST),
    Area(C, "丙街道", EAST),
    Area(D, "丁街道", WEST),
    Area(COMMUNITY, "甲一社区", A),
]
WEEK = "2026-W48"
WHEN = When(published="2026-W47", this_week=WEEK)


def kept(change: AreaChange | list) -> AreaChange:
    assert isinstance(change, AreaChange), list(map(str, map(say, change)))
    kept = replace(change, by="administrator", at="")
    return AREA_CHANGES.read(change_id(change.number), AREA_CHANGES.written(kept))


def history(*plans) -> AreaHistory:
    """Changes one after the other: each a function of the history before it."""
    made = AreaHistory(BEGINNING)
    for plan in plans:
        made = AreaHistory(BEGINNING, [*made.changes, kept(plan(made))])
    return made


def merging(codes, into, week=WEEK, name="", reason="鄂政函〔2026〕1号", when=WHEN):
    return lambda made: plan_merge(made, codes, into, name, week, reason, when)


def renaming(code, name, week=WEEK, reason="更名", when=WHEN):
    return lambda made: plan_renames(made, [replace(made.tree().get(code), name=name)], week, reason, when)


def test_two_streets_become_a_third_and_the_weeks_before_keep_them():
    made = history(merging([A, B], C))
    before, after = made.tree("2026-W47"), made.tree(WEEK)
    assert {A, B, C} <= {area.code for area in before}
    assert [area.name for area in after.children(EAST)] == ["丙街道"]
    assert after.full_name(A) == "东区 丙街道", "whoever still names a merged street is understood"
    assert before.full_name(A) == "东区 甲街道"
    assert after.path(COMMUNITY)[-2].code == C, "the communities go with their street"
    assert after.within(C) == {A, B, C, COMMUNITY}
    assert before.within(C) == {C}


def test_two_streets_become_a_new_one_which_was_a_part_of_its_district_until_then():
    made = history(merging([A, B], NEW, name="新街道"))
    assert made.tree(WEEK).full_name(B) == "东区 新街道"
    assert NEW not in made.tree("2026-W47")
    assert made.tree("2026-W47").standing(NEW) == EAST


def test_the_index_of_a_week_is_that_of_its_own_tree():
    """Two visits in 甲, one in 丙, of 100, 50 and 0: apart in the week before, a mean of 50 after the merge."""
    scored = [Visit(A, "1", "t", 100.0), Visit(A, "2", "t", 50.0), Visit(C, "3", "t", 0.0)]
    made = history(merging([A, B], C))

    def streets(week):
        rows = index_rows(scored, made.tree(week), minimum=1).values()
        return {row.name: row.rate for row in rows if row.level == "街道乡镇"}

    assert streets("2026-W47") == {"甲街道": 75.0, "丙街道": 0.0}
    assert streets(WEEK) == {"丙街道": 50.0}


def test_a_name_counts_from_its_week_on_and_a_later_one_from_its_own():
    made = history(renaming(A, "甲新街道"), renaming(A, "甲老街道", "2026-W50"))
    names = [made.tree(week).name(A) for week in ("2026-W47", WEEK, "2026-W49", "2026-W50", None)]
    assert names == ["甲街道", "甲新街道", "甲新街道", "甲老街道", "甲老街道"]


def test_areas_merged_twice_lead_to_the_last_one():
    made = history(merging([A], B), merging([B], C, "2026-W50"))
    assert made.tree("2026-W49").name(A) == "乙街道"
    assert made.tree("2026-W50").name(A) == "丙街道"


def test_the_area_that_stays_may_be_named_among_the_merged_and_may_get_a_new_name():
    made = history(merging([A, B], A, name="甲乙街道"))
    assert made.tree(WEEK).name(B) == "甲乙街道"
    assert made.changes[0].merged == {B: A}


def test_a_withdrawn_change_counts_for_nothing_and_stays_readable():
    made = history(renaming(C, "丙新街道"), merging([A, B], NEW, name="新街道"))
    last = kept(plan_withdrawal(made, 2, WHEN))
    taken_back = AreaHistory(BEGINNING, [made.changes[0], replace(last, withdrawn="管理员")])
    assert taken_back.tree(WEEK).name(A) == "甲街道"
    assert taken_back.tree(WEEK).standing(NEW) == EAST, "what was recorded there meanwhile counts for the district"
    assert len(taken_back.changes) == 2
    assert kept(plan_withdrawal(taken_back, 1, WHEN)).number == 1
    again = kept(merging([A, B], NEW, name="新街道")(taken_back))
    assert again.number == 3


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (merging([A], C, "2026-W47"), "已经发布"),
        (merging([A], C, "2026-W99"), "不是有效的周"),
        (merging([A], C, "2029-W01"), "最多提前一年"),
        (merging([A], C, reason=" "), "理由"),
        (merging([A], EAST), "不是同一级"),
        (merging([A], "421002777"), "没有区域「421002777」"),
        (merging([A], "42100x", name="新"), "不是已有的区域"),
        (merging([A, D], NEW, name="新街道"), "共同的上级"),
        (merging([A], "421003009", name="新街道"), "共同的上级"),
        (merging([A], A), "至少一个"),
        (merging(["421002888"], C), "没有这个区域"),
        (merging([A], C, name="\n"), "1到100个字"),
        (renaming(A, "甲街道"), "没有变化"),
        (renaming(A, "长" * 101), "1到100个字"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(plan, said):
    problems = plan(AreaHistory(BEGINNING))
    assert isinstance(problems, list)
    assert said in "\n".join(map(str, map(say, problems)))


def test_a_merged_area_cannot_be_merged_renamed_or_taken_for_a_new_one_again():
    made = history(merging([A], B))
    for plan in (merging([A], C), merging([C], A, name="甲街道")):
        assert "已并入「乙街道」" in str(say(plan(made)[0]))
    assert "已并入" in str(say(plan_renames(made, [Area(A, "甲", EAST)], WEEK, "更名", WHEN)[0]))


def test_changes_come_in_the_order_of_their_weeks_and_only_the_last_can_be_withdrawn():
    made = history(renaming(A, "甲新街道", "2026-W50"))
    assert "不能更早" in str(say(renaming(B, "乙新街道", "2026-W49")(made)[0]))
    made = history(renaming(A, "甲新街道", "2026-W50"), renaming(B, "乙新街道", "2026-W50"))
    assert "最后一次" in str(say(plan_withdrawal(made, 1, WHEN)[0]))
    assert "已经发布" in str(say(plan_withdrawal(made, 2, When("2026-W50", "2026-W51"))[0]))


WEEKS = [shifted("2026-W45", number) for number in range(12)]
STEPS = st.tuples(
    st.sampled_from(["rename", "merge", "merge new", "withdraw", "publish"]),
    st.lists(st.sampled_from([A, B, C, D, NEW, EAST, WEST, COMMUNITY]), min_size=1, max_size=3),
    st.sampled_from([A, B, C, D, NEW, EAST, "421002008"]),
    st.sampled_from(WEEKS),
)


def seen(tree: AreaTree, codes: list[str]) -> object:
    """All that a list, an index or an inspection of a week can see of its tree."""
    return tuple(tree), {code: (tree.full_name(code), tree.path(code), tree.within(code)) for code in codes}


@given(st.lists(STEPS, min_size=1, max_size=12))
def test_whatever_is_renamed_merged_and_withdrawn_the_weeks_before_and_those_published_stay_as_they_were(steps):
    made, published = AreaHistory(BEGINNING), ""
    for act, codes, into, week in steps:
        when = When(published, WEEKS[0])
        if act == "publish":
            published = max(published, week)
            continue
        if act == "withdraw":
            last = made.last()
            plan = plan_withdrawal(made, last.number if last else 1, when)
        elif act == "rename":
            areas = [Area(code, f"新{week}", area.parent) for code in codes[:1] if (area := made.tree().get(code))]
            plan = plan_renames(made, areas or [Area(codes[0], "新", "")], week, "理由", when)
        else:
            plan = plan_merge(made, codes, into, "新街道" if act == "merge new" else "", week, "理由", when)
        if isinstance(plan, list):
            continue
        earlier = [one for one in WEEKS if one < plan.week]
        known = {one: [area.code for area in made.tree(one)] for one in WEEKS}
        before = {one: seen(made.tree(one), known[one]) for one in earlier}
        others = [change for change in made.changes if change.number != plan.number]
        after = AreaHistory(BEGINNING, [*others, replace(plan, withdrawn="x" if act == "withdraw" else "")])
        for one in earlier:
            # A code that is only to come may stand for its parent now; it was unknown then.
            (tree, told), (tree_then, told_then) = seen(after.tree(one), known[one]), before[one]
            assert tree == tree_then
            for code in told:
                assert told[code][:2] == told_then[code][:2]
                assert told[code][2] >= told_then[code][2]
                assert not (told[code][2] - told_then[code][2]) & {area.code for area in tree}
        assert published < plan.week
        made = after
        for one in WEEKS:
            tree = made.tree(one)
            assert all(area.parent in tree for area in tree if area.parent), "no orphan"
            assert all(tree.path(area.code) for area in BEGINNING), "each site of the beginning has its area"
            assert tree.within(CITY) >= {area.code for area in tree}


# Scopes


def test_a_scope_holds_an_area_with_all_below_it():
    tree = history().tree(WEEK)
    assert Scope((EAST,)).within(tree) == {EAST, A, B, C, COMMUNITY}
    assert Scope((A, WEST)).within(tree) == {A, COMMUNITY, WEST, D}
    assert Scope((EAST,)).within(tree, [COMMUNITY, D]) == {COMMUNITY}
    assert EVERYTHING.within(tree) is None
    assert EVERYTHING.covers(tree, D)


def test_a_scope_goes_by_the_areas_of_the_week():
    """Who has B has what B was, and from the merge on all of what B went into: nothing tells its part any more."""
    made = history(merging((A, B), A))
    before, after = made.tree(shifted(WEEK, -1)), made.tree(WEEK)
    mine = Scope((B,))
    assert [mine.covers(before, code) for code in (A, B, C)] == [False, True, False]
    assert [mine.covers(after, code) for code in (A, COMMUNITY, C)] == [True, True, False]


def test_a_scope_of_an_area_that_is_only_to_come_has_what_will_go_into_it():
    made = history(merging((A, B), NEW, name="新街道"))
    before, after = made.tree(shifted(WEEK, -1)), made.tree(WEEK)
    mine = Scope((NEW,))
    assert [mine.covers(before, code) for code in (A, B, C, EAST)] == [True, True, False, False]
    assert [mine.covers(after, code) for code in (NEW, COMMUNITY, C)] == [True, True, False]


def test_a_scope_of_an_area_that_nobody_knows_has_nothing_of_the_others():
    tree = history().tree(WEEK)
    assert not any(Scope(("999999",)).covers(tree, code) for code in (CITY, EAST, A, D))
