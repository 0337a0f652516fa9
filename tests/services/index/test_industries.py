"""Industries of the city's own: edited by edition, frozen with the week and with a published table."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.index.figures import Part, head_from_json, head_to_json
from inspect_app.domain.index.industries import Industry
from inspect_app.domain.index.periods import period_of
from inspect_app.domain.index.publication import Publication, Revision
from inspect_app.exports.index.scheme_files import printed_json
from inspect_app.services.audit import entries_of
from inspect_app.services.index.industries import industries_now, keep_industries, own_industries
from inspect_app.services.index.period_figures import period_figures
from inspect_app.services.index.schemes import preview_table, printed_from
from inspect_app.services.index.weekly import live_week
from inspect_app.store import Stale
from tests.services.index.test_schemes import kept
from tests.weeks import DISTRICTS, made_week
from tests.world import NOW, World

FIRST, SECOND = "public-toilet", "market"
SCHEME = """
id = "h"
title = "行业指数"
level = "区县"
[[parts]]
id = "p"
title = "环卫"
source = "industry"
key = "环卫"
"""


@pytest.fixture
def world(tmp_path) -> World:
    return World.in_memory(tmp_path)


def defined(world: World, *industries: Industry) -> None:
    assert keep_industries(world.services, "supervisor", industries, NOW, industries_now(world.services)[1]) == []


def items(world: World, checklist: str) -> list[str]:
    return [f"{checklist}/{item.id}" for item in world.services.library.current[checklist].items]


def published(world: World, week: str) -> None:
    """50 at the one site of a toilet's item, 90 at the three of a market's, published with the industries of now."""
    made = made_week()
    parts = tuple(
        Part(items(world, checklist)[0], checklist, rate, rate - 4, rate + 4, sites, sites, sites)
        for checklist, rate, sites in ((FIRST, 50.0, 1), (SECOND, 90.0, 3))
    )
    details = {area: replace(made.details[area], items=parts) for area in DISTRICTS}
    head = replace(made.head, week=week, digest="", industries=own_industries(world.services))
    rows = tuple(row for row in made.rows if row.area in DISTRICTS)
    digest = world.services.frozen.keep(replace(made, head=head, rows=rows, details=details))
    revision = Revision(week, 1, NOW, "supervisor", "", digest)
    PUBLICATIONS.put_once(world.services.store, week, Publication((revision,)))


def told(world: World, week: str) -> dict[str, Decimal | None]:
    found = period_figures(world.services, period_of(week), DISTRICTS[0])
    return {row.name: row.total for row in found.kinds["industries"]}


def test_a_week_is_frozen_with_the_industries_of_its_day(world):
    """The toilets alone 50, with the markets (50 + 3 × 90) / 4 = 80. Where nothing is defined units are industries."""
    published(world, "2026-W45")
    defined(world, Industry("环卫", types=(FIRST,)))
    published(world, "2026-W46")
    defined(world, Industry("环卫", types=(FIRST, SECOND)))
    published(world, "2026-W47")
    assert "环卫" not in told(world, "2026-W45")
    assert told(world, "2026-W46") == {"环卫": Decimal("50.00")}
    assert told(world, "2026-W47") == {"环卫": Decimal("80.00")}
    assert told(world, "2026-11") == {"环卫": Decimal("80.00")}, "a period is told by the last of its weeks"


def test_a_published_table_says_of_which_items_it_is_made_for_good(world):
    defined(world, Industry("环卫", types=(FIRST,)))
    published(world, "2026-W46")
    scheme, period = kept(world, SCHEME), period_of("2026-W46")
    before = preview_table(world.services, scheme, period, scope=EVERYTHING)
    defined(world, Industry("环卫", types=(FIRST, SECOND)))
    after = preview_table(world.services, scheme, period, scope=EVERYTHING)
    assert [one.table.rows[0].total for one in (before, after)] == [Decimal("50.00"), Decimal("80.00")]
    assert before.industries == {"环卫": tuple(items(world, FIRST))}
    assert printed_from(printed_json(before)) == before


def test_the_week_says_its_industries_and_says_nothing_without(world):
    plain = live_week(world.services, "2026-W48").head
    assert "industries" not in head_to_json(plain)
    defined(world, Industry("环卫", types=(FIRST,), without=(items(world, FIRST)[0],)))
    head = live_week(world.services, "2026-W48").head
    assert head.industries == {"环卫": tuple(items(world, FIRST)[1:])}
    raw = head_to_json(head)
    assert head_from_json({name: value for name, value in raw.items() if name != "digest"}, "") == head


def test_each_change_is_an_edition_with_its_entry_and_none_overwrites_another(world):
    defined(world, Industry("环卫", types=(FIRST,)))
    with pytest.raises(Stale):
        keep_industries(world.services, "supervisor", [Industry("城管", units=("市城管局",))], NOW, 0)
    assert keep_industries(world.services, "supervisor", [Industry("空")], NOW, 1)[0].code == "industries.empty"
    assert [one.title for one in industries_now(world.services)[0]] == ["环卫"]
    assert [entry["act"] for entry in entries_of(world.services, "library/industries")] == ["library.changed"]
    defined(world)
    assert own_industries(world.services) == {}
    assert [one.number for one in world.services.library.editions_of("industries")] == [1, 2]
