"""What becomes of a scheme's figures where some are missing: nobody loses points for what was not measured."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.index.schemes.computing import AreaFigures, Measured
from inspect_app.domain.index.schemes.scheme import (
    Absent,
    Combine,
    FigureSource,
    PartRole,
    PublicationScheme,
    SchemePart,
)
from inspect_app.domain.index.schemes.standing import Standing, table_of

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
