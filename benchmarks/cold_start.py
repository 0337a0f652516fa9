"""How soon a page takes entries on a slow phone that has nothing of ours, how much it downloads, how quick a tap is.

Real Chromium, network and processor slowed down over CDP; tests/browser/speed.py says what exactly is measured.
Networks: Lighthouse's figures for "slow 4G" (150 ms for each request, 1.6 Mbit/s down, 750 kbit/s up), and the
"Slow 4G" of Chrome's DevTools, which is Lighthouse's "applied" throttling (562.5 ms for each request, 0.9 of the
throughput); processors 4 and 6 times slower. Each page once with its scripts one by one, as they are written, and
once as set-up makes them (one file a page), and the ratio of both. Ready is the moment at which the page has class
``scripted``: each control works. Bytes are those on the wire, headers included; photos and map are not part of it,
and what the service worker keeps ahead for later is told apart. A tap is timed from the touch to the next frame, on
a form of 100 items with 60 photos and a processor 6 times slower, by the browser's Event Timing.

    python benchmarks/cold_start.py [--quick]

The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tests.browser import speed  # noqa: E402
from tests.browser.conftest import ARGUMENTS, chromium  # noqa: E402
from tests.bundles import bundled  # noqa: E402
from tests.conftest import ServerProcess  # noqa: E402
from tests.world import World  # noqa: E402

TARGETS = {"ready_ms": 2500, "form_bytes": 60_000, "tap_ms": 100}
PAGES = {"list": "/field/", "zebra crossing": "/field/sites/zebra-crossing-1", "community": "/field/sites/community-1"}
WAYS = {
    "slow 4G, CPU 4x": (speed.SLOW_4G, 4),
    "DevTools Slow 4G, CPU 4x": (speed.APPLIED, 4),
    "DevTools Slow 4G, CPU 6x": (speed.APPLIED, 6),
}
ITEMS, PHOTOS, TAP_CPU = 100, 60, 6


def cold_starts(browser: Browser, server: ServerProcess, scripts: str, runs: int) -> list[dict[str, Any]]:
    """A row for each page and way: the run of several that is in the middle by its time."""
    rows = []
    for page, path in PAGES.items():
        for way, (line, cpu) in WAYS.items():
            found = []
            for _ in range(runs):
                with speed.phone(browser, server) as context:
                    found.append(speed.cold_start(context, f"{server.address}{path}", line, cpu))
            middle = sorted(found, key=lambda one: one.ready_ms)[len(found) // 2]
            row = {
                "page": page,
                "way": way,
                "scripts": scripts,
                "ready_ms": round(middle.ready_ms),
                "painted_ms": round(middle.painted_ms),
                "requests": middle.requests,
                "form_bytes": middle.form_bytes,
                "bytes": middle.bytes,
            }
            rows.append(row)
            print(
                f"{page:<16}{way:<26}{scripts:<12}{row['painted_ms']:>11}{row['ready_ms']:>9}{row['requests']:>9}"
                f"{row['form_bytes']:>8}"
            )
    return rows


def ratios(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is left of time, requests and bytes where scripts come as set-up makes them."""
    by_way = {(row["page"], row["way"], row["scripts"]): row for row in rows}
    figures = ("ready_ms", "requests", "form_bytes")
    return [
        {
            "page": page,
            "way": way,
            **{
                name: round(by_way[page, way, "bundled"][name] / by_way[page, way, "one by one"][name], 3)
                for name in figures
            },
        }
        for page in PAGES
        for way in WAYS
    ]


def taps(browser: Browser, server: ServerProcess, count: int) -> dict[str, float]:
    with speed.phone(browser, server) as context:
        page = context.new_page()
        page.goto(f"{server.address}/field/sites/public-toilet-1")
        page.locator("html.scripted").wait_for()
        assert page.locator("fieldset.item").count() == ITEMS
        speed.fill_with_photos(page, PHOTOS, (1600, 1200))
        found = speed.tap_latencies(page, speed.slowed(page, cpu=TAP_CPU), count)
    return {
        "taps": len(found),
        "p50_ms": statistics.median(found),
        "p90_ms": found[round(0.9 * (len(found) - 1))],
        "worst_ms": found[-1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer runs")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        world = World.made_in(Path(folder) / "data")
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        print(f"{'page':<16}{'way':<26}{'scripts':<12}{'painted ms':>11}{'ready ms':>9}{'requests':>9}{'bytes':>8}")
        rows, ahead, runs = [], {}, 1 if quick else 5
        for scripts, sent in (("one by one", nullcontext()), ("bundled", bundled())):
            with sent:
                server = speed.served(world)
            rows += cold_starts(browser, server, scripts, runs)
            with speed.phone(browser, server) as context:
                ahead[scripts] = speed.kept_ahead(context, f"{server.address}/field/")
            server.stop()
        for one in ratios(rows):
            print(one)
        print(f"kept ahead by the service worker, bytes: {ahead}")
        with speed.long_checklist(Path(folder), ITEMS) as checklists, bundled():
            server = speed.served(world, checklists)
        tapped = taps(browser, server, 20 if quick else 80)
        server.stop()
        browser.close()
    print(f"a tap with {ITEMS} items and {PHOTOS} photos, CPU {TAP_CPU}x: {tapped}")
    load = os.getloadavg()[0]
    print(f"targets: {TARGETS}; load of this machine: {load:.1f}")
    result = {"benchmark": "cold_start", "cold": rows, "ratios": ratios(rows), "kept_ahead": ahead, "taps": tapped}
    print(json.dumps({**result, "targets": TARGETS, "load": load}, ensure_ascii=False))


if __name__ == "__main__":
    main()
