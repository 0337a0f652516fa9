"""How many bytes a phone sends for what it has to send, over a line that is slow and breaks.

100 inspections with three photos of 300 KB lie in the outbox of a real Chromium; between it and a real server stands
a proxy with 400 kbit/s up, 1.6 Mbit/s down, 400 ms a round trip, which cuts 10 % of all requests at a random byte.
Counted are the bytes of requests, heads included, that the line carried. Claim: all arrive once, with at most 1.15
times the bytes of photos and records. At the line's real speed this takes 35 minutes; ``--faster`` runs time faster,
all proportions kept.

    python benchmarks/bad_line.py [--quick] [--faster N] [--seed N]

The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser.phone import arrived, go_on_sending, photos_of, queue_many, same_bytes, signed_in_phone, wait_until

PHOTOS = 3
CLAIM = 1.15


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="20 inspections with photos of 60 KB, 40 times faster")
    parser.add_argument("--faster", type=float, default=10)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    options = parser.parse_args()
    count, size, faster = (20, 60_000, 40.0) if options.quick else (100, 300_000, options.faster)
    with signed_in_phone(options.seed) as (world, line, phone):
        page = phone.context.pages[0]
        made = queue_many(page, world, count, PHOTOS, size=size)
        payload = sum(one.bytes + one.body for one in made)
        print(f"{count} inspections, {payload / 1e6:.1f} MB, line {faster:g} times faster, seed {options.seed}")
        page.goto(f"{line.address}/field/")
        before, first = line.sent_bytes, len(line.exchanges)
        line.slow(up_kbit_s=400 * faster, down_kbit_s=1600 * faster, latency_s=0.4 / faster)
        line.cut_share = 0.1
        started = time.perf_counter()
        go_on_sending(page, line.address)
        wait_until(page, lambda: len(arrived(world)) == count, 3 * payload * 8 / (400e3 * faster) + 600, "all arrived")
        seconds = time.perf_counter() - started
        line.cut_share = 0
        page.wait_for_timeout(2_000)
        exchanges = line.exchanges[first:]
        once = sorted(arrived(world)) == sorted(one.id for one in made)
        whole = all(photos_of(world, one.id) == one.photos for one in made)
        same = all(same_bytes(world, sha) for one in made for sha in one.photos)
        sent = line.sent_bytes - before
    cut = sum(1 for exchange in exchanges if exchange.status is None)
    ratio, floor = sent / payload, payload * 8 / (400e3 * faster)
    print(f"{sent / 1e6:.1f} MB sent in {len(exchanges)} requests of which {cut} were cut: {ratio:.3f} of the payload")
    print(
        f"{seconds:.0f} s, {seconds / floor:.2f} of what a whole line takes; each once: {once}, whole: {whole and same}"
    )
    print(
        json.dumps(
            {
                "benchmark": "bad_line",
                "inspections": count,
                "payload_bytes": payload,
                "sent_bytes": sent,
                "requests": len(exchanges),
                "cut": cut,
                "faster": faster,
                "seed": options.seed,
                "seconds": round(seconds, 1),
                "time_ratio": round(seconds / floor, 3),
                "once": once,
                "whole": whole and same,
                "allowed": CLAIM,
                "ratio": round(ratio, 4),
            }
        )
    )
    sys.exit(ratio > CLAIM or not (once and whole and same))


if __name__ == "__main__":
    main()
