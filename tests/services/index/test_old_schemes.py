"""Schemes and tables that were kept once open for ever, whatever rules come for new ones; a bad one costs no other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inspect_app.collections.index.scheme import SCHEMES
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.index.periods import period_of
from inspect_app.domain.index.schemes import reading
from inspect_app.domain.index.schemes.kept import SchemeEdition
from inspect_app.domain.problems import Problem
from inspect_app.exports.index.scheme_words import scheme_words
from inspect_app.services.checking import check
from inspect_app.services.index.schemes import all_schemes, edition_of, find_scheme, preview_table, printed_from
from inspect_app.store import Write
from inspect_app.web.index.scheme_form import form_from
from tests.world import World

OLD = Path(__file__).parent / "old_schemes"
"""What was kept in November 2026: documents of a data folder with a scheme, and a published table. Never changed."""


@pytest.fixture
def world(tmp_path) -> World:
    """A data folder that has the old documents."""
    found = World.in_memory(tmp_path)
    for collection in ("schemes", "scheme_figures"):
        for id, document in json.loads((OLD / f"{collection}.json").read_text("utf-8")).items():
            found.services.store.act([Write(collection, id, document, 0)])
    return found


@pytest.fixture
def stricter(monkeypatch) -> None:
    """Rules that refuse every scheme."""

    def refused(*_: object) -> Iterator[Problem]:
        yield Problem("schemes.no_share")

    monkeypatch.setattr(reading, "_inconsistent", refused)


@pytest.mark.usefixtures("stricter")
def test_an_old_scheme_opens_under_stricter_rules_and_gives_its_figures(world):
    assert isinstance(reading.parse_scheme(find_scheme(world.services, "old").editions[0].text, "x.toml"), list)
    kept = find_scheme(world.services, "old")
    assert [one.scheme.id for one in all_schemes(world.services)] == ["old"]
    assert edition_of(kept, 1).title == "综合得分"
    printed = preview_table(world.services, kept, period_of("2026-10"), scope=EVERYTHING)
    # 0.6 × 90 + 0.4 × 80 − 2 × 1, and 0.6 × 70 + 0.4 × 85
    assert {row.area: str(row.total) for row in printed.table.rows} == {"421002": "84.00", "421003": "76.00"}
    assert scheme_words(printed)
    assert form_from(kept.scheme)["title"] == "综合得分"


@pytest.mark.usefixtures("stricter")
def test_an_old_published_table_opens_under_stricter_rules():
    printed = printed_from((OLD / "table.json").read_bytes())
    assert [(row.name, str(row.total)) for row in printed.table.rows] == [("沙市区", "84.00"), ("荆州区", "76.00")]
    assert scheme_words(printed)


def test_a_scheme_that_cannot_be_read_costs_no_other_and_is_told(world):
    edition = SchemeEdition("id = ", "admin", datetime(2026, 11, 1, tzinfo=UTC), "")
    world.services.store.act([SCHEMES.writing("broken", (edition,), 0)])
    assert [one.scheme.id for one in all_schemes(world.services)] == ["old"]
    assert find_scheme(world.services, "broken") is None
    assert any("broken" in line for line in check(world.services))
