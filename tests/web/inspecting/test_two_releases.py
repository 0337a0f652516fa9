"""Two releases of the program at work on one database while phones send to both: real processes, each of its folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from inspect_app.settings import PROJECT
from tests.releases import newer_than, rolled
from tests.stores import on_database

PHONES = 9


@pytest.mark.skipif(not on_database(), reason="15 s of processor: bin/test-database runs it")
def test_what_an_old_release_meets_of_a_newer_one_is_told_and_nothing_is_lost(tmp_path: Path):
    done = rolled(PROJECT, newer_than(PROJECT, tmp_path / "new"), tmp_path / "data", PHONES)
    assert done.wrong == [], done.told
    visits, sent = done.counts["visits"], done.counts["sent"]
    assert {name for name in visits if "at new" in name} <= {"old at new: 200", "new at new: 200"}
    assert visits["new at old: 503"] == visits["new at new: 200"] > 0
    assert sent["old 201"] > 0 < sent["new 201"]
    assert set(done.counts["sent again"]) <= {
        *("old again at old: 200", "old again at old: 503", "old again at new: 200"),
        *("new again at new: 200", "new again at old: 503"),
    }
    assert done.counts["photos on the desk"] == 2 * PHONES
    assert (done.counts["tracebacks of old"], done.counts["tracebacks of new"]) == (0, 0), done.told
    assert any(said.startswith("old says") and "程序还是旧的" in said for said in done.told)
    assert any("更新版本的程序" in said for said in done.told if said.startswith("old started again"))
