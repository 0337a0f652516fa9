"""Whether what the page said was kept is kept, over random schedules of everything that can happen to it.

Each schedule is twelve steps of {tap, photo, failing write, reload, clock by ten days, the office's edit of the site,
network gone or back, session ended, submitting, leaving while it is submitted} on a real Chromium and a real server,
and an end at which all is sent; a model compares (tests/browser/schedules.py). Claim: no schedule breaks a promise. A
schedule that does is printed with its steps; ``--only N`` with the same seed plays it again.

    python benchmarks/schedules.py [--count N] [--seed N] [--only N]

The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser.conftest import ARGUMENTS, chromium
from tests.browser.schedules import player_in

AT_ONCE = 25
"""So many schedules share a world and a phone."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--only", type=int)
    options = parser.parse_args()
    wanted = range(options.count) if options.only is None else [options.only]
    started, failures, visits = time.perf_counter(), 0, 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        rest = list(wanted)
        while rest:
            played, broke, held = batch(browser, rest[:AT_ONCE], options.seed)
            rest, failures, visits = rest[played:], failures + broke, visits + held
            print(f"{len(wanted) - len(rest)} of {len(wanted)}, {failures} broken, {visits} visits", flush=True)
    seconds = round(time.perf_counter() - started, 1)
    found = {"benchmark": "schedules", "schedules": len(wanted), "broken": failures, "visits": visits}
    print(json.dumps({**found, "seed": options.seed, "seconds": seconds}))
    sys.exit(failures > 0)


def batch(browser: Browser, numbers: Sequence[int], seed: int) -> tuple[int, int, int]:
    """Play schedules until one breaks: how many were played, how many of them broke, and how many visits arrived."""
    with tempfile.TemporaryDirectory() as folder, player_in(Path(folder), browser, len(numbers)) as player:
        for played, number in enumerate(numbers):
            try:
                player.play(played, random.Random(f"{seed}/{number}"))
            except (AssertionError, Error) as error:
                print(f"schedule {number}: {error}\n  {'; '.join(player.trace)}", flush=True)
                traceback.print_exception(error, limit=-4)
                return played + 1, 1, len(player.handed)
        return len(numbers), 0, len(player.handed)


if __name__ == "__main__":
    main()
