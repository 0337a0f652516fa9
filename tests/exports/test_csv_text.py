"""No text in a CSV file is a formula to whoever opens the file in a spreadsheet."""

from __future__ import annotations

import pytest

from inspect_app.exports.csv_text import plain
from tests.conftest import PROJECT


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n"])
def test_what_begins_like_a_formula_stays_text_in_signs_of_either_width(start):
    assert plain(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("value", ["甲=乙", "", "1路", 5, -5, 1.5, None])
def test_everything_else_is_as_it_was(value):
    assert plain(value) == value


def test_whoever_writes_csv_knows_of_it():
    sources = {path: path.read_text("utf-8") for path in (PROJECT / "inspect_app").rglob("*.py")}
    writing = [path for path, text in sources.items() if "csv.writer(" in text]
    assert len(writing) >= 5
    assert [path for path in writing if "import plain" not in sources[path]] == []
