"""Instants as others send them: none that dates overflow about, in any zone."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inspect_app.domain.weeks import instant_from


@pytest.mark.parametrize(
    "text",
    ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2200-01-01T00:00:00Z",
     "2026-11-28T05:00:00", "2026-11-28", "", "heute"],
)  # fmt: skip
def test_what_is_no_instant_or_of_no_sane_year_is_none(text):
    assert instant_from(text) is None


def test_a_phone_whose_clock_stands_at_its_beginning_is_read():
    assert instant_from("1970-01-01T00:00:00+08:00") == datetime(1969, 12, 31, 16, tzinfo=UTC)
