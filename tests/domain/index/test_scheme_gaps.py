"""What becomes of a scheme's figures where some are missing: nobody loses points for what was not measured."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.index.schemes.computing import AreaFigures, Measured
from inspect_app.domain.index.schemes.grouping import group_problems
from inspect_app.domain.index.schemes.inputs import parse_inputs
from inspect_app.domain.index.schemes.reading import parse_scheme
from inspect_app.domain.index.schemes.scheme import (
    Absent,
    Basis,
    Combine,
    FigureSource,
    PartRole,
    PublicationScheme,
    RollUp,
    SchemePart,
)
from inspect_app.domain.index.schemes.standing import Standing, table_of
from inspect_app.wording import all_said, say

BASE = SchemePart("b", "基础分")
ADJUSTING = (PartRole.BONUS, PartRole.DEDUCTION, PartRole.VETO)
CONVERSIONS = [
    {},
    {"short_of": Decimal(95)},
    {"beyond": Decimal(-3)},
    {"steps": ((Decimal(-5), Decimal(7)), (Decimal(10), Decimal(1)))},
    {"short_of": Decimal(95), "steps": ((Decimal(0), Decimal(7)),)},
]
SOURCES = {
    FigureSource.INPUT: {},
    FigureSource.RATE: {"base": "应结案"},
    FigureSource.CASES: {"key": "按期结案率"},
    FigureSource.INDUSTRY: {"key": "城管"},
}


def scheme_of(*parts: SchemePart, **fields) -> PublicationScheme:
    return PublicationScheme("x", "总分", parts, **fields)


def row_of(scheme: PublicationScheme, **figures: float | str) -> Standing:
    known = {name: Measured(Fraction(str(value))) for name, value in figures.items()}
    (row,) = table_of(scheme, [AreaFigures("a", "甲", known)]).rows
    return row


@pytest.mark.parametrize("conversion", CONVERSIONS, ids=str)
@pytest.mark.parametrize("role", ADJUSTING)
@pytest.mark.parametrize("source", SOURCES)
def test_what_was_not_measured_is_no_bonus_deduction_or_veto(source, role, conversion):
    part = SchemePart("d", "整改", source=source, role=role, each=Decimal(2), **SOURCES[source], **conversion)
    row = row_of(scheme_of(BASE, part, combine=Combine.SUM), 基础分=90)
    assert (row.total, row.rank, row.note) == (Decimal("90.00"), 1, "")


def test_a_count_that_is_blank_is_printed_as_0_and_a_shortfall_not_at_all():
    count = SchemePart("n", "负面清单", role=PartRole.DEDUCTION)
    short = SchemePart("s", "整改率", role=PartRole.DEDUCTION, short_of=Decimal(95))
    row = row_of(scheme_of(BASE, count, short), 基础分=90)
    assert row.parts == {"b": Decimal("90.00"), "n": Decimal("0.00")}


def test_a_figure_that_is_0_is_not_a_missing_one():
    """0 % put right lacks 95 points at ½ each; the other area has nothing to put right."""
    part = SchemePart("s", "整改率", role=PartRole.DEDUCTION, short_of=Decimal(95), each=Decimal("0.5"))
    scheme = scheme_of(BASE, part)
    assert (row_of(scheme, 基础分=90, 整改率=0).total, row_of(scheme, 基础分=90).total) == (
        Decimal("42.50"),
        Decimal("90.00"),
    )


@pytest.mark.parametrize("absent", Absent)
def test_a_deduction_of_several_parts_is_made_of_those_that_are_there(absent):
    """Two of the third party and none of the office: 90 − 2; of the mean of two rates the one of 91: 90 − 4."""
    node = {"source": FigureSource.PARTS, "role": PartRole.DEDUCTION}
    counts = (
        SchemePart("d", "负面清单", combine=Combine.SUM, **node),
        SchemePart("d1", "第三方", of="d"),
        SchemePart("d2", "城管委", of="d"),
    )
    rates = (
        SchemePart("r", "整改", short_of=Decimal(95), **node),
        SchemePart("r1", "街面", of="r"),
        SchemePart("r2", "背街", of="r"),
    )
    scheme = scheme_of(BASE, *counts, *rates, absent=absent)
    assert row_of(scheme, 基础分=90, 第三方=2).total == Decimal("88.00")
    assert row_of(scheme, 基础分=90, 街面=91).total == Decimal("86.00")
    assert row_of(scheme, 基础分=90).total == Decimal("90.00")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(ADJUSTING),
            st.sampled_from(sorted(SOURCES)),
            st.sampled_from(CONVERSIONS),
            st.integers(-50, 150) | st.none(),
        ),
        max_size=4,
    ),
    st.integers(0, 100),
)
def test_a_missing_adjustment_never_changes_anything(adjustments, base):
    """The table is that of the scheme without the parts of which nothing is known."""
    parts, figures = [], {"基础分": base}
    for number, (role, source, conversion, value) in enumerate(adjustments):
        more = {**SOURCES[source]}
        if "key" in more:
            more["key"] = f"k{number}"
        part = SchemePart(f"d{number}", f"数{number}", source=source, role=role, cap=Decimal(60), **more, **conversion)
        parts.append((part, value))
        if value is not None:
            figures |= {part.column: value, "应结案": 100}
    all_of_them = row_of(scheme_of(BASE, *(part for part, _ in parts)), **figures)
    those_known = row_of(scheme_of(BASE, *(part for part, value in parts if value is not None)), **figures)
    assert (all_of_them.total, all_of_them.note) == (those_known.total, those_known.note)


def test_a_sum_shares_out_the_full_marks_of_what_is_missing():
    """600 + 400 points: all 400 are 1,000, 300 of the 400 are 750; 80 of the latter of 0.6 and 0.4 times 100 is 80."""
    marks = scheme_of(
        SchemePart("a", "甲项", full=Decimal(600)),
        SchemePart("b", "乙项", full=Decimal(400)),
        combine=Combine.SUM,
        full=Decimal(1000),
        absent=Absent.REWEIGHT,
    )
    assert row_of(marks, 乙项=400).total == Decimal("1000.00")
    assert row_of(marks, 乙项=300).total == Decimal("750.00")
    assert row_of(marks, 甲项=480, 乙项=300).total == Decimal("780.00")
    shares = scheme_of(
        SchemePart("a", "甲项", weight=Decimal("0.6")),
        SchemePart("b", "乙项", weight=Decimal("0.4")),
        combine=Combine.SUM,
        absent=Absent.REWEIGHT,
    )
    assert row_of(shares, 乙项=80).total == Decimal("80.00")


@given(
    st.lists(st.tuples(st.integers(1, 900), st.integers(1, 20)), min_size=2, max_size=5),
    st.fractions(0, 1, max_denominator=50),
    st.data(),
)
def test_a_sum_that_is_shared_out_keeps_the_share_of_the_marks(marks, share, data):
    """Whoever has the same share of every part's marks has it of the whole, whichever parts are missing."""
    parts = [
        SchemePart(f"p{n}", f"数{n}", full=Decimal(full), weight=Decimal(weight))
        for n, (full, weight) in enumerate(marks)
    ]
    there = data.draw(st.sets(st.sampled_from(range(len(parts))), min_size=1))
    whole = sum(full * weight for full, weight in marks)
    scheme = scheme_of(*parts, combine=Combine.SUM, full=Decimal(whole), absent=Absent.REWEIGHT, decimals=6)
    figures = {parts[n].column: Measured(share * marks[n][0]) for n in there}
    (row,) = table_of(scheme, [AreaFigures("a", "甲", figures)]).rows
    assert abs(Fraction(row.total) - share * whole) <= Fraction(1, 10**6)


@pytest.mark.parametrize("combine", [Combine.PRODUCT, Combine.LOWEST, Combine.HIGHEST])
def test_what_others_cannot_take_over_is_missing(combine):
    """No other factor stands in for a missing one: 0.9 × ? is not 0.9, nor is the lowest of those there the lowest."""
    scheme = scheme_of(SchemePart("a", "甲项"), SchemePart("b", "乙项"), combine=combine, absent=Absent.REWEIGHT)
    row = row_of(scheme, 甲项="0.9")
    assert (row.total, row.note) == (None, "缺项：乙项")


def test_a_sum_of_which_only_a_negative_coefficient_is_left_is_missing():
    scheme = scheme_of(
        SchemePart("a", "甲项"),
        SchemePart("b", "超标", weight=Decimal(-1)),
        combine=Combine.SUM,
        absent=Absent.REWEIGHT,
    )
    assert row_of(scheme, 超标=3).total is None


def test_who_has_no_deduction_is_before_who_has_one_among_equals():
    """90.00 both, one of 92 − 2: of equals the deduction is the worse, by lowest first the better."""
    parts = (BASE, SchemePart("d", "扣分", role=PartRole.DEDUCTION))
    areas = [
        AreaFigures("a", "甲", {"基础分": Measured(Fraction(92)), "扣分": Measured(Fraction(2))}),
        AreaFigures("b", "乙", {"基础分": Measured(Fraction(90))}),
    ]
    ranks = {one.area: one.rank for one in table_of(scheme_of(*parts, tie_parts=("d",)), areas).rows}
    assert ranks == {"a": 2, "b": 1}
    lowest = table_of(scheme_of(*parts, tie_parts=("d",), lowest_first=True), areas).rows
    assert {one.area: one.rank for one in lowest} == {"a": 1, "b": 2}


@pytest.mark.parametrize(("basis", "ranks"), [(Basis.PRINTED, [1, 1]), (Basis.EXACT, [1, 2])])
def test_digits_that_are_not_printed_decide_only_where_ranks_go_by_them(basis, ranks):
    """80.004 and 80.001 both print 80.00, 85.00 the whole: equal, unless the exact figures count."""
    parts = (SchemePart("a", "实地"), SchemePart("b", "问卷"))
    areas = [
        AreaFigures("a", "甲", {"实地": Measured(Fraction("80.004")), "问卷": Measured(Fraction("89.996"))}),
        AreaFigures("b", "乙", {"实地": Measured(Fraction("80.001")), "问卷": Measured(Fraction("89.999"))}),
    ]
    assert [one.rank for one in table_of(scheme_of(*parts, tie_parts=("a",), basis=basis), areas).rows] == ranks


@pytest.mark.parametrize("lowest_first", [False, True])
def test_a_part_that_is_missing_comes_last_among_equals(lowest_first):
    scheme = scheme_of(
        SchemePart("a", "实地"),
        SchemePart("b", "问卷"),
        tie_parts=("b",),
        absent=Absent.REWEIGHT,
        lowest_first=lowest_first,
    )
    areas = [
        AreaFigures("a", "甲", {"实地": Measured(Fraction(80))}),
        AreaFigures("b", "乙", {"实地": Measured(Fraction(80)), "问卷": Measured(Fraction(80))}),
    ]
    assert {one.area: one.rank for one in table_of(scheme, areas).rows} == {"a": 2, "b": 1}


@given(
    st.lists(st.tuples(*[st.integers(0, 2) | st.none()] * 3), min_size=2, max_size=2),
    st.booleans(),
    st.permutations(["s", "d", "v"]),
)
def test_of_two_areas_either_the_first_is_before_the_second_or_the_second_before_the_first(figures, lowest, tie_parts):
    """Whichever comes first in the table; equal alone where all that decides is equal."""
    parts = (
        BASE,
        SchemePart("s", "数", role=PartRole.BONUS),
        SchemePart("d", "扣分", role=PartRole.DEDUCTION),
        SchemePart("v", "否决", role=PartRole.VETO, cap=Decimal(80)),
    )
    scheme = scheme_of(*parts, tie_parts=tuple(tie_parts), lowest_first=lowest)
    areas = [
        AreaFigures(
            area,
            area,
            {"基础分": Measured(Fraction(70))}
            | {
                name: Measured(Fraction(value))
                for name, value in zip(("数", "扣分", "否决"), some, strict=True)
                if value is not None
            },
        )
        for area, some in zip("ab", figures, strict=True)
    ]
    one, other = (
        {row.area: row.rank for row in table_of(scheme, order).rows} for order in (areas, list(reversed(areas)))
    )
    assert one == other
    same = [tuple(value or 0 for value in some) for some in figures]
    assert (one["a"] == one["b"]) == (same[0] == same[1])


TREE = "area,上级,权数,数\n市,,,\n东区,市,,\n西区,市,,\n一街,东区,3,80\n二街,东区,1,100\n三街,西区,6,90\n"


def weighted(table: str) -> dict[str, Standing]:
    scheme = scheme_of(SchemePart("v", "数"), roll_up=RollUp.WEIGHTED)
    areas = parse_inputs(table, "x.csv", scheme)
    assert isinstance(areas, tuple), areas
    return {row.area: row for row in table_of(scheme, areas).rows}


def test_what_is_made_by_weights_weighs_what_it_is_made_of():
    """(3 × 80 + 100) / 4 = 85, and (4 × 85 + 6 × 90) / 10 = 88: as the three streets by their own weights."""
    found = weighted(TREE)
    assert [found[area].total for area in ("东区", "西区", "市")] == [Decimal(85), Decimal(90), Decimal(88)]


def test_without_a_weight_there_is_no_weighted_mean():
    found = weighted(TREE.replace("二街,东区,1", "二街,东区,"))
    assert [found[area].total for area in ("东区", "西区", "市")] == [None, Decimal(90), Decimal(90)]
    assert found["东区"].note == "缺项：下级区域的权数"


def test_a_table_without_weights_weighs_all_alike():
    plain = "area,上级,数\n市,,\n一街,市,80\n二街,市,90\n"
    assert weighted(plain)["市"].total == Decimal(85)


def test_a_weight_below_0_is_refused():
    scheme = scheme_of(SchemePart("v", "数"), roll_up=RollUp.WEIGHTED)
    (problem,) = parse_inputs("area,权数,数\n甲,-1,80\n", "x.csv", scheme)
    assert problem.code == "schemes.weight_negative"


def test_a_misprinted_key_is_named_with_the_one_that_may_be_meant():
    found = parse_scheme(
        'id = "a"\ntitle = "成绩"\nroll_upp = "mean"\n[[parts]]\nid = "p"\ntitle = "甲"\nwieght = 2\n', "x.toml"
    )
    told = all_said(found)
    assert "是否指 roll_up，" in told
    assert "是否指 weight，" in told


def test_areas_that_groups_misprint_and_areas_without_a_group_are_named():
    text = """
id = "a"
title = "成绩"
level = "区县"
groups = [{ title = "中心城区", areas = ["沙市区", "荆洲区"] }, { title = "县市", areas = ["421022", "421099"] }]
[[parts]]
id = "p"
title = "甲"
"""
    areas = {"421002": "沙市区", "421003": "荆州区", "421022": "公安县", "421083": "洪湖市"}
    scheme = parse_scheme(text, "x.toml")
    told = [str(say(one)) for one in group_problems(scheme, areas)]
    assert told[0] == "分组「中心城区」：排名的区域里没有「荆洲区」，是否指 荆州区"
    assert "没有「421099」" in told[1]
    assert told[2] == "分组：这些区域不在任何一组里：荆州区、洪湖市"
