"""Two random schedules of what can happen to an inspector's work; benchmarks/schedules.py plays hundreds."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.schedules import player_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCHEDULES = 2


def test_what_the_page_said_was_kept_is_kept(browser: Browser, tmp_path: Path, run_seed: int):
    with player_in(tmp_path, browser, SCHEDULES) as player:
        for number in range(SCHEDULES):
            try:
                player.play(number, random.Random(f"{run_seed}/{number}"))
            except AssertionError as error:
                raise AssertionError(f"seed {run_seed}, {number}: {'; '.join(player.trace)}") from error
        assert len(player.handed) >= 1
