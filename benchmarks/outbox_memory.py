"""How much JavaScript memory the phone needs while it sends a full outbox.

500 inspections with 6 photos each lie in the outbox of a real Chromium; the outbox page is opened and sends them to a
real server on the same machine. Ten times a second the page's heap is read (V8's used bytes and the array buffers that
belong to them). Garbage is collected once before, so that what filled the outbox does not count, and not again.
Claim: at most 150 MB, however many items there are.

    python benchmarks/outbox_memory.py [--quick]

The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.browser.phone import Heap, arrived, go_on_sending, kept, queue_many, signed_in_phone, wait_until
from tests.world import photo

CLAIM_MB = 150


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="60 inspections instead of 500")
    count, photos = (60 if parser.parse_args().quick else 500), 6
    with signed_in_phone() as (world, line, phone):
        page = phone.context.pages[0]
        started = time.perf_counter()
        made = queue_many(page, world, count, photos, size=65_000, picture=photo(1, (320, 240), quality=60))
        print(f"{count} inspections with {count * photos} photos queued in {time.perf_counter() - started:.0f} s")
        heap, samples = Heap(page), []

        def finished() -> bool:
            samples.append(heap.sample())
            return len(samples) % 20 == 0 and len(arrived(world)) == count

        started = time.perf_counter()
        go_on_sending(page, line.address)
        wait_until(page, finished, 1800, "all have arrived")
        seconds = time.perf_counter() - started
        wait_until(page, lambda: kept(page, "media") == [], 30, "all are confirmed")
        payload = sum(one.bytes + one.body for one in made)
    peak_mb, mean_mb = heap.peak / 1e6, sum(samples) / len(samples) / 1e6
    print(f"{payload / 1e6:.0f} MB sent in {seconds:.0f} s; heap {mean_mb:.1f} MB on average, {peak_mb:.1f} MB at most")
    print(f"of the {CLAIM_MB} MB allowed: {peak_mb / CLAIM_MB:.2f}")
    print(
        json.dumps(
            {
                "benchmark": "outbox_memory",
                "inspections": count,
                "photos": count * photos,
                "payload_mb": round(payload / 1e6, 1),
                "seconds": round(seconds, 1),
                "samples": len(samples),
                "mean_mb": round(mean_mb, 1),
                "peak_mb": round(peak_mb, 1),
                "allowed_mb": CLAIM_MB,
                "ratio": round(peak_mb / CLAIM_MB, 3),
            }
        )
    )
    sys.exit(peak_mb > CLAIM_MB)


if __name__ == "__main__":
    main()
