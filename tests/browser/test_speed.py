"""A form on a slow phone: light enough, ready soon, and quick under the finger. Figures: benchmarks/cold_start.py."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.speed import (
    APPLIED,
    ColdStart,
    cold_start,
    fill_with_photos,
    long_checklist,
    phone,
    served,
    slowed,
    tap_latencies,
)
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.alone]

READY_MS = 2500
FORM_BYTES = 60_000
REQUESTS = 12
TAP_MS = 100
TRIES = 3


def least(measure: Callable[[], float], bound: float) -> float:
    """The best of a few tries, for the machine may be busy with something else; no more tries than it takes."""
    found: list[float] = []
    while len(found) < TRIES and (not found or min(found) > bound):
        found.append(measure())
    return min(found)


def test_a_cold_form_is_light_and_soon_ready_on_slow_4g(world: World, browser: Browser):
    """Page, styles and script as they go over the wire, headers included; line and processor of a slow phone."""
    server = served(world)
    found: list[ColdStart] = []

    def ready() -> float:
        with phone(browser, server) as context:
            found.append(cold_start(context, f"{server.address}/field/sites/community-1", APPLIED))
        assert found[-1].bytes["Script"] > 10_000, "the script was not measured"
        return found[-1].ready_ms

    try:
        assert least(ready, READY_MS) <= READY_MS
        assert max(one.form_bytes for one in found) <= FORM_BYTES
        assert max(one.requests for one in found) <= REQUESTS
    finally:
        server.stop()


def test_a_tap_answers_at_once_with_100_items_and_60_photos_on_the_page(world: World, browser: Browser, tmp_path: Path):
    """Half of the taps within 100 ms from the finger to the next frame, on a processor 6 times slower."""
    with long_checklist(tmp_path, 100) as checklists:
        server = served(world, checklists)

    try:
        with phone(browser, server) as context:
            page = context.new_page()
            page.goto(f"{server.address}/field/sites/public-toilet-1")
            page.locator("html.scripted").wait_for()
            assert page.locator("fieldset.item").count() == 100
            fill_with_photos(page, 60, (1600, 1200))
            session = slowed(page, cpu=6)
            assert least(lambda: statistics.median(tap_latencies(page, session, 14)), TAP_MS) <= TAP_MS
    finally:
        server.stop()
