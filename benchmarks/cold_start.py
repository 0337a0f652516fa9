"""How soon a form takes answers on a slow phone that has nothing of ours, how much it downloads, how quick a tap is.

Real Chromium, network and processor slowed down over CDP with Lighthouse's figures for "slow 4G" (150 ms round trip,
1.6 Mbit/s down, 750 kbit/s up, 4 times slower processor); tests/browser/speed.py says what exactly is measured. Beside
it the same with Lighthouse's "applied" throttling, which delays each request by 562 ms. Ready is the moment at which
the page has class ``scripted``: each control works. Bytes are those on the wire, headers included; photos and map
are not part of it, and what the service worker keeps ahead for later is told apart. A tap is timed from the touch to
the next frame, on a form of 40 items with 30 photos of 12 megapixels, by the browser's Event Timing.

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
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tests.browser import speed  # noqa: E402
from tests.browser.conftest import ARGUMENTS, chromium  # noqa: E402
from tests.conftest import ServerProcess  # noqa: E402
from tests.world import World  # noqa: E402

TARGETS = {"ready_ms": 2500, "form_bytes": 60_000, "tap_ms": 100}
SITES = {"斑马线": "zebra-crossing-1", "社区": "community-1"}


def cold_starts(browser: Browser, server: ServerProcess, runs: int) -> list[dict[str, Any]]:
    rows = []
    print(f"{'form':<10}{'network':<22}{'painted ms':>11}{'ready ms':>9}{'requests':>9}{'bytes':>8}")
    for title, site in SITES.items():
        for name, line in (("slow 4G", speed.SLOW_4G), ("slow 4G, as applied", speed.APPLIED)):
            found = []
            for _ in range(runs):
                with speed.phone(browser, server) as context:
                    found.append(speed.cold_start(context, f"{server.address}/field/sites/{site}", line))
            middle = sorted(found, key=lambda one: one.ready_ms)[len(found) // 2]
            row = {
                "form": site,
                "network": name,
                "ready_ms": round(middle.ready_ms),
                "painted_ms": round(middle.painted_ms),
                "requests": middle.requests,
                "form_bytes": middle.form_bytes,
                "bytes": middle.bytes,
            }
            rows.append(row)
            print(
                f"{title:<10}{name:<22}{row['painted_ms']:>11}{row['ready_ms']:>9}{row['requests']:>9}"
                f"{row['form_bytes']:>8}"
            )
    return rows


def taps(browser: Browser, server: ServerProcess, count: int) -> dict[str, float]:
    with speed.phone(browser, server) as context:
        page = context.new_page()
        page.goto(f"{server.address}/field/sites/public-toilet-1")
        page.locator("html.scripted").wait_for()
        assert page.locator("fieldset.item").count() == 40
        speed.fill_with_photos(page, 30)
        found = speed.tap_latencies(page, speed.slowed(page), count)
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
        server = speed.served(world)
        rows = cold_starts(browser, server, 1 if quick else 5)
        with speed.phone(browser, server) as context:
            ahead = speed.kept_ahead(context, f"{server.address}/field/")
        server.stop()
        print(f"\nkept ahead by the service worker, bytes: {ahead}")
        with speed.long_checklist(Path(folder)) as checklists:
            server = speed.served(world, checklists)
        tapped = taps(browser, server, 20 if quick else 80)
        server.stop()
        browser.close()
    print(f"a tap with 40 items and 30 photos: {tapped}")
    load = os.getloadavg()[0]
    print(f"targets: {TARGETS}; load of this machine: {load:.1f}")
    result = {"benchmark": "cold_start", "cold": rows, "kept_ahead": ahead, "taps": tapped, "targets": TARGETS}
    print(json.dumps({**result, "load": load}, ensure_ascii=False))


if __name__ == "__main__":
    main()
