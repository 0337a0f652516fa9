"""Tables that cities printed come out of the product's own schemes, to the printed digit.

Inputs stand in ``published/`` with the address of each. Where the printed inputs are rounded themselves, the printed
total must lie within what these may be: the table is computed from both ends of that rounding as well.
"""

from __future__ import annotations

import csv
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from inspect_app.domain.index.schemes.inputs import parse_inputs
from inspect_app.domain.index.schemes.scheme import PublicationScheme
from inspect_app.domain.index.schemes.standing import SchemeTable, table_of
from inspect_app.domain.numbers import rounded
from tests.domain.index.test_schemes import scheme_of

PUBLISHED = Path(__file__).parent / "published"
FIGURES = tomllib.loads((PUBLISHED / "figures.toml").read_text("utf-8"), parse_float=Decimal)
JINING = """
id = "jining"
title = "综合得分"
[[parts]]
id = "field"
title = "实地测评"
weight = 85
[[parts]]
id = "survey"
title = "问卷调查"
weight = 15
"""
SHENZHEN = """
id = "shenzhen-sanitation"
title = "环卫指数"
decimals = 4
[[parts]]
id = "field"
title = "现场"
weight = 0.9
[[parts]]
id = "survey"
title = "满意度"
weight = 0.1
"""


def table(scheme: PublicationScheme, text: str) -> SchemeTable:
    areas = parse_inputs(text, "数据.csv", scheme)
    assert not isinstance(areas, list), areas
    return table_of(scheme, areas)


def rows_of(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader((PUBLISHED / file).read_text("utf-8").splitlines()))


def moved(rows: list[dict[str, str]], parts: tuple[str, ...], by: Decimal) -> str:
    """The rows as a CSV whose figures are moved to an end of their rounding."""
    lines = [",".join([row["area"], *(str(Decimal(row[part]) + by) for part in parts)]) for row in rows]
    return "\n".join([",".join(["area", *parts]), *lines])


@pytest.mark.parametrize(
    ("text", "file", "printed", "exact"),
    [(JINING, "jining-2017-08.csv", "total", 16), (SHENZHEN, "shenzhen-sanitation-4dp.csv", "index", 19)],
)
def test_a_weighted_table_comes_out_to_the_printed_digit(text, file, printed, exact):
    """The other rows lie within the rounding of the printed inputs: their columns were rounded before printing."""
    scheme, rows = scheme_of(text), rows_of(file)
    half = Decimal(5).scaleb(-scheme.decimals - 1)
    here, low, high = (
        {row.area: row.total for row in table(scheme, moved(rows, ("field", "survey"), by)).rows}
        for by in (Decimal(0), -half, half)
    )
    assert sum(here[row["area"]] == Decimal(row[printed]) for row in rows) == exact
    for row in rows:
        assert low[row["area"]] <= Decimal(row[printed]) <= high[row["area"]], row


def test_jining_s_weighted_columns_are_parts_of_their_own():
    """实地 × 85 % and 问卷 × 15 % are printed too; all 38 come out, those that were cut within the inputs' rounding."""
    scheme = scheme_of(
        JINING.replace("weight = 85", 'weight = 1\nsource = "parts"\nfull = 85\ndecimals = 2').replace(
            "weight = 15", 'weight = 1\nsource = "parts"\nfull = 15\ndecimals = 2'
        )
        + """
[[parts]]
id = "f"
title = "实地原分"
of = "field"
[[parts]]
id = "s"
title = "问卷原分"
of = "survey"
"""
    )
    rows = rows_of("jining-2017-08.csv")
    text = "\n".join(["area,f,s", *(f"{row['area']},{row['field']},{row['survey']}" for row in rows)])
    found = {row.area: row.parts for row in table(scheme, text).rows}
    for row in rows:
        for part in ("field", "survey"):
            assert abs(found[row["area"]][part] - Decimal(row[f"{part}_weighted"])) <= Decimal("0.01"), row


def test_shenzhen_s_progress_is_ranked_as_its_printed_figures_are():
    """The table prints index and progress: last time's index is their difference, and the change comes back exactly."""
    scheme, rows = scheme_of(SHENZHEN), rows_of("shenzhen-sanitation-4dp.csv")
    before = [Decimal(row["index"]) - Decimal(row["progress"]) for row in rows]
    lines = [f"{row['area']},{row['field']},{row['survey']},{last}" for row, last in zip(rows, before, strict=True)]
    found = table(scheme, "\n".join(["area,field,survey,上期", *lines]))
    assert [row.area for row in found.rows] == [row["area"] for row in rows]
    best = next(row for row in found.rows if row.change_rank == 1)
    assert best.area == "清水河街道"
    for row in rows:
        change = next(one.change for one in found.rows if one.area == row["area"])
        assert abs(change - Decimal(row["progress"])) <= Decimal("0.0001")


@pytest.mark.parametrize("one", FIGURES["rate"], ids=lambda one: one["id"])
def test_a_printed_rate_comes_out(one):
    scheme = scheme_of(
        'id = "rate"\ntitle = "率"\n[[parts]]\nid = "r"\ntitle = "比率"\nsource = "rate"\nkey = "k"\nbase = "n"\n'
    )
    (row,) = table(scheme, f"area,k,n\n甲,{one['k']},{one['n']}\n").rows
    assert row.total == rounded(Fraction(one["published"]), 2)


@pytest.mark.parametrize("one", FIGURES["composite"], ids=lambda one: one["id"])
def test_a_printed_composite_comes_out(one):
    parts = "".join(
        f'[[parts]]\nid = "p{n}"\ntitle = "部分{n}"\nweight = {weight}\n' for n, weight in enumerate(one["weights"])
    )
    values = ",".join(str(part) for part in one["parts"])
    (row,) = table(scheme_of(f'id = "x"\ntitle = "指数"\n{parts}'), f"area,部分0,部分1\n甲,{values}\n").rows
    assert row.total == one["published"]


def test_a_mean_of_streets_is_the_one_of_their_printed_figures():
    """弋江 2011-07 (xiaomilidoc.com p-1585647): their plain mean is 51.07; printed is one over respondents, 51.09."""
    streets = {"弋江桥": 72.9, "中山南路": 64.35, "利民路": 59.6, "马塘": 49.28, "南瑞": 47.6, "鲁港": 43.55}
    streets |= {"火龙": 43.45, "白马": 27.85}
    scheme = scheme_of('id = "y"\ntitle = "指数"\nroll_up = "mean"\n[[parts]]\nid = "v"\ntitle = "数"\n')
    text = "\n".join(["区域,上级,数", "弋江区,,", *(f"{name},弋江区,{value}" for name, value in streets.items())])
    district = next(row for row in table(scheme, text).rows if row.area == "弋江区")
    assert district.total == Decimal("51.07")
