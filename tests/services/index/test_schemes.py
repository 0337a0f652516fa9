"""What a scheme's parts take from published weeks: rates with their intervals, over a period, by area and industry."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt

import numpy as np
import pytest

from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.collections.index.scheme import SCHEME_PUBLICATIONS
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.domain.index.comparing import lag_one
from inspect_app.domain.index.figures import Part
from inspect_app.domain.index.periods import period_of
from inspect_app.domain.index.publication import Publication, Revision
from inspect_app.domain.index.schemes.inputs import parse_inputs
from inspect_app.domain.index.schemes.reading import parse_scheme
from inspect_app.domain.index.schemes.standing import table_of
from inspect_app.domain.numbers import rounded
from inspect_app.exports.index.scheme_files import printed_json, scheme_letter
from inspect_app.exports.index.scheme_tables import headings, input_table
from inspect_app.exports.index.scheme_words import scheme_words
from inspect_app.services.checking import check
from inspect_app.services.index.frozen import WeekFile
from inspect_app.services.index.period_figures import period_figures
from inspect_app.services.index.scheme_figures import industry_items
from inspect_app.services.index.schemes import (
    find_scheme,
    keep_filled_in,
    keep_scheme,
    preview_table,
    printed_from,
    publish_table,
)
from inspect_app.services.leftovers import leftovers
from tests.weeks import DISTRICTS, made_week
from tests.world import NOW, World

LUOHU = """
id = "luohu"
title = "综合指数"
level = "区县"
roll_up = "mean"
[[parts]]
id = "i"
title = "文明"
source = "index"
weight = 0.7
[[parts]]
id = "s"
title = "环卫"
weight = 0.3
"""


@pytest.fixture
def world(tmp_path) -> World:
    return World.in_memory(tmp_path)


def published(world: World, week: str, *, basis: str = "", few: bool | str = False, **rates: float) -> None:
    """A week of the two districts, published: ± 1.5 each, and as many points more as are said.

    ``few``: both have too few sites, or the one with this code, which then has one.
    """
    made = made_week()
    rows = tuple(
        replace(
            row,
            rate=row.rate + more,
            low=row.low + more,
            high=row.high + more,
            sites=1 if few == row.area else int(rates.get("sites", 12)),
            basis=basis,
            enough=few not in (True, row.area),
        )
        for row in made.rows
        if row.level == "区县"
        for more in [rates.get("more", 0.0)]
    )
    digest = world.services.frozen.keep(replace(made, head=replace(made.head, week=week, digest=""), rows=rows))
    revision = Revision(week, 1, NOW, "supervisor", "", digest)
    PUBLICATIONS.put_once(world.services.store, week, Publication((revision,)))


def kept(world: World, text: str):
    scheme = parse_scheme(text, "x.toml")
    assert not isinstance(scheme, list), scheme
    assert keep_scheme(world.services, "supervisor", scheme, "", 0, NOW) == []
    return find_scheme(world.services, scheme.id)


def test_a_composite_is_ranked_rolled_up_and_has_its_interval(world):
    """82 ± 1.5 and 79 ± 1.5, 环卫 80 and 96: 81.4 ± 1.05 and 84.1 ± 1.05, the order reversed; the city their mean."""
    published(world, "2026-W47")
    scheme = kept(world, LUOHU)
    typed = {DISTRICTS[0]: {"环卫": "80"}, DISTRICTS[1]: {"环卫": "96"}}
    assert keep_filled_in(world.services, "supervisor", scheme.scheme, "2026-W47", typed, 0, NOW) == []
    found = {
        row.area: row
        for row in preview_table(world.services, scheme, period_of("2026-W47"), scope=EVERYTHING).table.rows
    }
    first, second, city = (found[area] for area in (DISTRICTS[1], DISTRICTS[0], "4210"))
    assert (first.total, first.low, first.high) == (Decimal("84.10"), Decimal("83.05"), Decimal("85.15"))
    assert (first.rank, second.rank, second.total) == (1, 2, Decimal("81.40"))
    assert (city.level, city.total) == ("市", Decimal("82.75"))
    assert city.high - city.total == Decimal(f"{1.05 * sqrt(2) / 2:.2f}")


def test_a_month_is_made_of_its_published_weeks(world):
    """82 and 86 of 12 and 36 sites: alike 84, by sites 85. The other two weeks of November are told as missing."""
    published(world, "2026-W45")
    published(world, "2026-W46", more=4.0, sites=36)
    text = 'id = "m"\ntitle = "月"\nlevel = "区县"\n{}[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n'
    plain = preview_table(world.services, kept(world, text.format("")), period_of("2026-11"), scope=EVERYTHING)
    by_sites = text.format('week_weights = "sites"\n').replace('"m"', '"s"')
    weighted = preview_table(world.services, kept(world, by_sites), period_of("2026-11"), scope=EVERYTHING)
    assert [one.table.rows[0].total for one in (plain, weighted)] == [Decimal("84.00"), Decimal("85.00")]
    assert (plain.weeks, plain.lacking) == (("2026-W45", "2026-W46"), ("2026-W47", "2026-W48"))
    assert plain.table.rows[0].high == Decimal(f"{84 + 1.5 / sqrt(2):.2f}")


def test_a_month_says_which_weeks_had_no_plan_and_which_areas_were_hardly_seen(world):
    """One site in each of two weeks is two, where three are enough; with a third week it is three.

    The week without a plan, twelve points better, is neither in the mean nor are its sites counted.
    """
    text = 'id = "m"\ntitle = "月"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n'
    scheme = kept(world, text)
    published(world, "2026-W45", more=12.0, basis="chosen")
    for number in (46, 47):
        published(world, f"2026-W{number}", sites=1, few=True, basis="drawn")
    months = period_of("2026-11")
    found = period_figures(world.services, months)
    printed = preview_table(world.services, scheme, months, scope=EVERYTHING)
    assert found.chosen == printed.chosen == ("2026-W45",)
    assert found.weeks == printed.weeks == ("2026-W46", "2026-W47")
    assert found.lacking == printed.lacking == ("2026-W48",)
    assert [(row.total, row.rank) for row in found.areas["区县"]] == [
        (Decimal("82.00"), None),
        (Decimal("79.00"), None),
    ]
    assert printed.few == ("沙市区", "荆州区")
    letter = " ".join(scheme_words(printed))
    assert "2026-W45没有抽查计划，是选定点位的汇总，不与按计划抽查的周合在一起，未计入。" in letter
    assert "本期由2周已发布的数据合成" in letter
    assert "沙市区、荆州区在本期测到的点位太少（样本不足），名次只供参考。" in letter
    assert printed_from(printed_json(printed)) == printed
    published(world, "2026-W48", sites=1, few=True, basis="drawn")
    assert [row.rank for row in period_figures(world.services, months).areas["区县"]] == [1, 2]
    assert preview_table(world.services, scheme, months, scope=EVERYTHING).few == ()


def test_a_scheme_says_what_areas_weigh_and_a_period_may_say_otherwise(world):
    """82 and 79 by 3 and 1: 81.25. With 1 filled in for the first: 80.5."""
    text = f"""
        id = "w"
        title = "文明"
        level = "区县"
        roll_up = "weighted"
        [[parts]]
        id = "i"
        title = "文明"
        source = "index"
        [[weights]]
        area = "{DISTRICTS[0]}"
        weight = 3
        [[weights]]
        area = "荆州区"
        weight = 1
    """
    published(world, "2026-W47")
    scheme, week = kept(world, text), period_of("2026-W47")
    printed = preview_table(world.services, scheme, week, scope=EVERYTHING)
    assert printed.table.means[0].total == Decimal("81.25")
    assert f"权数：{DISTRICTS[0]}（3）、荆州区（1）" in " ".join(scheme_words(printed))
    after = NOW + timedelta(days=9)
    assert publish_table(world.services, "supervisor", scheme, week, "", after, files) == 1
    keep_filled_in(world.services, "supervisor", scheme.scheme, week.name, {DISTRICTS[0]: {"权数": "1"}}, 0, NOW)
    again = preview_table(world.services, scheme, week, scope=EVERYTHING)
    assert again.table.means[0].total == Decimal("80.50")
    head, lines = input_table(again)
    data = [",".join("" if cell is None else str(cell) for cell in row) for row in (head, *lines)]
    known = parse_inputs("\n".join(data), "数据.csv", again.scheme)
    assert isinstance(known, tuple)
    assert table_of(again.scheme, known).means == again.table.means


def test_where_no_week_had_a_plan_a_month_sums_up_what_there_is(world):
    """82 and 94 in chosen places: 88, and no interval."""
    published(world, "2026-W45", basis="chosen")
    published(world, "2026-W46", more=12.0, basis="chosen")
    found = period_figures(world.services, period_of("2026-11"))
    assert found.chosen == found.weeks == ("2026-W45", "2026-W46")
    assert found.areas["区县"][0].total == Decimal("88.00")
    text = 'id = "m"\ntitle = "月"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n'
    printed = preview_table(world.services, kept(world, text), period_of("2026-11"), scope=EVERYTHING)
    assert "2026-W45、2026-W46没有抽查计划，是选定点位的汇总，没有区间" in " ".join(scheme_words(printed))


def test_areas_that_were_hardly_seen_are_listed_and_count_for_nothing_where_the_scheme_says_so(world):
    """The better of two districts has one site in each of two weeks, the other twelve; below 90 is the black list.

    Figures as in the month above: 82 of the few, 79. The mean is that of the one that counts.
    """
    scheme = kept(
        world,
        'id = "m"\ntitle = "月"\nlevel = "区县"\nfew = "unranked"\nblack = { bound = 90 }\nred = { places = 1 }\n'
        '[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n[[bands]]\ntitle = "良"\nat_least = 60\n',
    )
    for number in (45, 46):
        published(world, f"2026-W{number}", few=DISTRICTS[0])
    printed = preview_table(world.services, scheme, period_of("2026-11"), scope=EVERYTHING)
    seen, hardly = printed.table.rows
    assert (seen.area, seen.total, seen.rank, seen.band, seen.red, seen.black) == (
        DISTRICTS[1],
        Decimal("79.00"),
        1,
        "良",
        True,
        True,
    )
    assert (hardly.total, hardly.rank, hardly.band, hardly.red, hardly.black, hardly.note) == (
        Decimal("82.00"),
        None,
        "",
        False,
        False,
        "样本不足",
    )
    assert [(mean.areas, mean.total) for mean in printed.table.means] == [(1, Decimal("79.00"))]
    letter = " ".join(scheme_words(printed))
    assert "沙市区在本期测到的点位太少（样本不足），不排名、不定等级、不上榜" in letter
    assert "照算在内" not in letter
    assert printed_from(printed_json(printed)) == printed
    head, lines = input_table(printed)
    data = [",".join("" if cell is None else str(cell) for cell in row) for row in (head, *lines)]
    known = parse_inputs("\n".join(data), "数据.csv", printed.scheme)
    assert isinstance(known, tuple)
    again = table_of(printed.scheme, known)
    assert [(row.area, row.total, row.rank, row.note) for row in again.rows] == [
        (row.area, row.total, row.rank, row.note) for row in printed.table.rows
    ]
    assert again.means == printed.table.means


def test_weeks_that_go_together_tell_less_than_as_many_on_their_own(world):
    """Five weeks ± 1.5, up and then down by and by: r of one with the next makes the mean ± √(Σ r^|t−u|) × 1.5 / 5."""
    shifts = (0.0, 2.0, 4.0, 2.0, 0.0)
    for number, more in enumerate(shifts):
        published(world, f"2026-W{40 + number}", more=more)
    text = 'id = "m"\ntitle = "期"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n'
    found = preview_table(world.services, kept(world, text), period_of("2026-W40--2026-W44"), scope=EVERYTHING)
    r = lag_one(np.array([shifts, shifts]))
    assert 0.3 < r < 0.8
    alike = sum(r ** abs(one - other) for one in range(5) for other in range(5))
    row = found.table.rows[0]
    assert row.high - row.total == rounded(1.5 * sqrt(alike) / 5)
    assert row.high - row.total > Decimal("0.68")  # were they independent: 1.5 / √5 = 0.67


def test_a_figure_without_an_interval_leaves_the_total_without(world):
    made = made_week()
    rows = tuple(replace(row, low=None, high=None) for row in made.rows if row.level == "区县")
    digest = world.services.frozen.keep(replace(made, head=replace(made.head, digest=""), rows=rows))
    revision = Revision("2026-W47", 1, NOW, "supervisor", "", digest)
    PUBLICATIONS.put_once(world.services.store, "2026-W47", Publication((revision,)))
    text = 'id = "w"\ntitle = "周"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n'
    found = preview_table(world.services, kept(world, text), period_of("2026-W47"), scope=EVERYTHING).table.rows
    assert [(row.low, row.rank_low, row.rank_high) for row in found] == [(None, 1, 2), (None, 1, 2)]


def test_an_industry_is_the_items_whose_unit_answers_for_it(world):
    """Two items of the bureau, 50 at 1 site and 90 at 3: (50 + 270) / 4 = 80."""
    police = sorted(industry_items(world.services, ["市公安局"])["市公安局"])[:2]
    assert len(police) == 2
    made = made_week()
    items = tuple(
        Part(key, key, rate, rate - 4, rate + 4, sites, sites, sites)
        for key, rate, sites in zip(police, (50.0, 90.0), (1, 3), strict=True)
    )
    other = Part("market/nobody", "x", 0.0, 0.0, 0.0, 9, 9, 9)
    details = {area: replace(made.details[area], items=(*items, other)) for area in DISTRICTS}
    rows = tuple(row for row in made.rows if row.area in DISTRICTS)
    week = replace(made, head=replace(made.head, digest=""), rows=rows, details=details)
    revision = Revision("2026-W47", 1, NOW, "supervisor", "", world.services.frozen.keep(week))
    PUBLICATIONS.put_once(world.services.store, "2026-W47", Publication((revision,)))
    text = (
        'id = "h"\ntitle = "行业指数"\nlevel = "区县"\n'
        '[[parts]]\nid = "p"\ntitle = "公安"\nsource = "industry"\nkey = "市公安局"\n'
    )
    row = preview_table(world.services, kept(world, text), period_of("2026-W47"), scope=EVERYTHING).table.rows[0]
    assert (row.total, row.low, row.high) == (Decimal("80.00"), Decimal("76.00"), Decimal("84.00"))


def test_a_period_is_told_by_area_dimension_type_industry_and_item(world):
    """Two weeks, the second 4 points better: districts 84 and 81, the widest area's parts ranked best first."""
    published(world, "2026-W45")
    published(world, "2026-W46", more=4.0)
    found = period_figures(world.services, period_of("2026-11"), DISTRICTS[0])
    assert [(row.area, row.total, row.rank) for row in found.areas["区县"]] == [
        (DISTRICTS[0], Decimal("84.00"), 1),
        (DISTRICTS[1], Decimal("81.00"), 2),
    ]
    assert (found.area, len(found.weeks), len(found.lacking)) == (DISTRICTS[0], 2, 2)
    assert found.kinds["dimensions"]
    assert found.kinds["types"]
    ranked = [row.total for row in found.kinds["items"]]
    assert ranked == sorted(ranked, reverse=True)


def test_who_is_held_to_some_areas_sees_these_alone(world):
    published(world, "2026-W47")
    text = 'id = "w"\ntitle = "周"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n'
    scheme, period = kept(world, text), period_of("2026-W47")
    found = preview_table(world.services, scheme, period, scope=Scope(areas=(DISTRICTS[1],))).table.rows
    assert [(row.area, row.rank) for row in found] == [(DISTRICTS[1], 1)]


def test_rates_of_cases_are_parts_and_deduct_as_they_stand(world):
    """410 of 452 put right are 90.7079…, and 2 points for each below 95: 100 − 2 × 4.292 = 91.42."""
    text = (
        'id = "c"\ntitle = "成绩"\nlevel = "区县"\ncombine = "sum"\n[[parts]]\nid = "b"\ntitle = "基础分"\n'
        '[[parts]]\nid = "r"\ntitle = "整改"\nsource = "cases"\nkey = "整改率"\nrole = "deduction"\neach = 2\n'
        "short_of = 95\n"
    )
    scheme, period = kept(world, text), period_of("2026-11")
    typed = {DISTRICTS[0]: {"基础分": "100"}}
    assert keep_filled_in(world.services, "supervisor", scheme.scheme, period.name, typed, 0, NOW) == []

    def rates(first: str, last: str, week: str) -> dict[str, dict[str, Fraction]]:
        assert (first, last, week) == ("2026-11", "2026-11", "2026-W48")
        return {DISTRICTS[0]: {"整改率": Fraction(41000, 452)}}

    (row,) = preview_table(world.services, scheme, period, rates, scope=EVERYTHING).table.rows
    assert row.total == Decimal("91.42")


def test_progress_within_its_error_is_marked_in_table_and_letter(world):
    """± 1.5 in both weeks is ± 2.12 of the change: 2 points are within it, 4 not; what was filled in claims nothing."""
    index = 'id = "w"\ntitle = "周"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n'
    typed = 'id = "t"\ntitle = "填"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "数"\n'
    for week, more in (("2026-W45", 0.0), ("2026-W46", 2.0), ("2026-W47", 6.0)):
        published(world, week, more=more)
    schemes = [kept(world, text) for text in (index, typed)]
    for week in ("2026-W45", "2026-W46"):
        cells = {area: {"数": "80"} for area in DISTRICTS}
        assert keep_filled_in(world.services, "supervisor", schemes[1].scheme, week, cells, 0, NOW) == []
    assert publish_table(world.services, "supervisor", schemes[0], period_of("2026-W45"), "", NOW, files) == 1
    second = preview_table(world.services, schemes[0], period_of("2026-W46"), scope=EVERYTHING)
    assert [(row.change, row.change_sure) for row in second.table.rows] == [(Decimal("2.00"), False)] * 2
    assert "变化" in headings(second.scheme, second.table)
    letter = str(
        scheme_letter(replace(second, published_at="2026-11-23T01:00:00.000Z"), world.services.settings.timezone)
    )
    assert "+2.00，变化不显著" in letter
    assert printed_from(printed_json(second)) == second
    assert publish_table(world.services, "supervisor", schemes[0], period_of("2026-W46"), "", NOW, files) == 1
    third = preview_table(world.services, schemes[0], period_of("2026-W47"), scope=EVERYTHING)
    assert [row.change_sure for row in third.table.rows] == [True, True]
    assert publish_table(world.services, "supervisor", schemes[1], period_of("2026-W45"), "", NOW, files) == 1
    plain = preview_table(world.services, schemes[1], period_of("2026-W46"), scope=EVERYTHING)
    assert [(row.change, row.change_sure) for row in plain.table.rows] == [(Decimal("0.00"), None)] * 2
    assert "变化" not in headings(plain.scheme, plain.table)


def test_a_damaged_table_costs_the_next_one_its_change_and_no_more(world, monkeypatch):
    for week in ("2026-W46", "2026-W47"):
        published(world, week)
    scheme = kept(
        world, 'id = "w"\ntitle = "周"\nlevel = "区县"\n[[parts]]\nid = "i"\ntitle = "文明"\nsource = "index"\n'
    )
    assert publish_table(world.services, "supervisor", scheme, period_of("2026-W46"), "", NOW, files) == 1
    (path,) = (path for path in world.data.rglob("*") if path.name == scheme_list(world))
    path.write_bytes(b"{}")
    assert any("w@2026-W46" in said for said in check(world.services))
    assert "w@2026-W46" in leftovers(world.services, NOW + timedelta(days=90)).doubt
    after = preview_table(world.services, scheme, period_of("2026-W47"), scope=EVERYTHING)
    assert [row.change for row in after.table.rows] == [None, None]
    assert publish_table(world.services, "supervisor", scheme, period_of("2026-W47"), "", NOW, files) == 1


def scheme_list(world: World) -> str:
    """The name of the list of the files of the one table that is published."""
    (only,) = SCHEME_PUBLICATIONS.find(world.services.store)
    return only.value[0].files


def files(printed):
    return [("table.json", WeekFile("application/json", printed_json(printed)))]
