"""How often the form comes back whole when the phone reloads it while the camera is open.

On one inspection after the other the camera is opened (the browser's file chooser), and the page is reloaded, or closed
and opened anew, before a photo comes back. Counted are the times at which the page is at the same item again with all
answers and photos. Claim: every time.

    python benchmarks/reloads.py [--quick] [--seed N]

The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import secrets
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser.inspecting.test_reloads import Reloads
from tests.browser.phone import arrived, name_of, photos_of, signed_in_phone, wait_until

PER_INSPECTION = 30
SITES = ("zebra-crossing-1", "public-toilet-1", "school-perimeter-1", "market-1", "bus-1")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="60 reloads instead of 300")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    options = parser.parse_args()
    rounds, resumed, photos, kept = (60 if options.quick else 300), 0, 0, 0
    started = time.perf_counter()
    with signed_in_phone() as (world, line, phone):
        for inspection in range(rounds // PER_INSPECTION):
            site = SITES[inspection % len(SITES)]
            reloads = Reloads(phone.context, line.address, random.Random(options.seed + inspection), site)
            for number in range(PER_INSPECTION):
                reloads.round(number)
            taken = {name for _, name, _ in reloads.photos()}
            reloads.page.locator("#submit").tap()
            wait_until(reloads.page, lambda: len(arrived(world)) == inspection + 1, 30, "it has arrived")  # noqa: B023
            reloads.page.close()
            resumed, photos = resumed + reloads.resumed, photos + len(taken)
            kept += len(taken & {name_of(sha) for sha in photos_of(world, arrived(world)[-1])})
            print(f"{site}: {reloads.resumed} of {PER_INSPECTION} resumed, {len(taken)} photos")
    seconds = time.perf_counter() - started
    print(
        f"{resumed} of {rounds} resumed, {kept} of {photos} photos at the server, seed {options.seed}, {seconds:.0f} s"
    )
    print(
        json.dumps(
            {
                "benchmark": "reloads",
                "reloads": rounds,
                "resumed": resumed,
                "photos": photos,
                "photos_at_the_server": kept,
                "seed": options.seed,
                "seconds": round(seconds, 1),
                "ratio": resumed / rounds,
            }
        )
    )
    sys.exit(resumed < rounds or kept < photos)


if __name__ == "__main__":
    main()
