"""Tables out of text that somebody uploads."""

from __future__ import annotations

import pytest

from inspect_app.domain.reading import toml_table


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 5000, "a = " + "{a=" * 5000, "a = " + "9" * 5000, "a = 0001-01-01T99:00:00", "a = 1\na = 2", "\0"],
    ids=["deep", "deep tables", "digits", "no time", "twice", "NUL"],
)
def test_what_no_reader_can_take_is_no_table(text):
    problems = toml_table(text, "x.toml")
    assert isinstance(problems, list)
    assert [one.code for one in problems] == ["reading.not_toml"]
