"""Near-duplicates: how quickly one photo is compared with a million, what is found and what is found wrongly.

The look-up is ``SimilarPhotos.near`` over 1,000,000 photos with the hashes of chance, wall-clock; reading the file at
the start is told apart. Recall: 200 generated scenes, each changed in the twelve ways of tests/photos/test_prints.py
(re-encoding, scaling, cutting borders, caption, brightness, turned by tag), looked for among all of them. False
matches: pairs of different scenes within the limit, as a share of all pairs; the changed photos count as well.

    python benchmarks/similar.py [--quick]

The last line of the output is one JSON object. Targets: look-up under 50 ms, recall at least 95 %, false matches at
most 0.1 %.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import numpy as np

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from inspect_app.photos.prints import VIEWS, prints_of  # noqa: E402
from inspect_app.photos.similar import NEAR_BITS, similar_in  # noqa: E402
from tests.photos.test_prints import opened, transformed  # noqa: E402
from tests.world import photo  # noqa: E402

PHOTOS, SCENES, SIZE = 1_000_000, 200, (480, 360)
TARGETS = {"lookup_ms": 50.0, "recall": 0.95, "false": 0.001}
VISIT = str(uuid.UUID(int=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="fewer other scenes")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        looked = look_up(Path(folder) / "million.bin")
        found = recall(Path(folder) / "scenes.bin", others=0 if quick else 1800)
    result = {**looked, **found}
    met = result["lookup_ms"] < TARGETS["lookup_ms"] and result["recall"] >= TARGETS["recall"]
    met = met and result["false"] <= TARGETS["false"]
    print(json.dumps({"benchmark": "similar", **result, "targets": TARGETS, "met": met}))


def look_up(path: Path) -> dict[str, float]:
    """Milliseconds of one look-up among a million, and of reading them first."""
    rng = np.random.default_rng(1)
    record = 32 + 16 + 8 * len(VIEWS)
    path.write_bytes(rng.bytes(PHOTOS * record))
    started = time.perf_counter()
    kept = similar_in(path)
    assert len(kept) == PHOTOS
    reading = (time.perf_counter() - started) * 1000
    times = []
    for _ in range(60):
        prints = tuple(int(one) for one in rng.integers(0, 2**63, len(VIEWS), dtype=np.uint64))
        started = time.perf_counter()
        kept.near(prints)
        times.append((time.perf_counter() - started) * 1000)
    typical, worst = statistics.median(times), sorted(times)[-4]
    print(f"{PHOTOS:,} photos: read in {reading:.0f} ms, looked up in {typical:.1f} ms (95 % under {worst:.1f} ms)")
    return {"lookup_ms": round(typical, 1), "lookup_p95_ms": round(worst, 1), "read_ms": round(reading)}


def recall(path: Path, others: int) -> dict[str, float]:
    """Shares of changed photos that find their original, and of different scenes that are taken for the same."""
    kept, rng = similar_in(path), random.Random(5)
    scenes = [opened(photo(seed, SIZE)) for seed in range(SCENES)]
    for number, scene in enumerate(scenes):
        kept.add(name(number), VISIT, prints_of(scene))
    for number in range(SCENES, SCENES + others):
        kept.add(name(number), VISIT, prints_of(opened(photo(number, SIZE))))
    hits: dict[str, int] = {}
    false = pairs = 0
    for number, scene in enumerate(scenes):
        for change, content in transformed(scene, rng):
            near = {one.sha256 for one in kept.near(prints_of(opened(content)))}
            hits[change] = hits.get(change, 0) + (name(number) in near)
            false += len(near - {name(number)})
            pairs += len(kept) - 1
    for change, count in hits.items():
        print(f"  {change:<24}{count / SCENES:>8.1%}")
    total = sum(hits.values()) / (SCENES * len(hits))
    print(
        f"recall {total:.2%} of {SCENES} scenes × {len(hits)}; {false} false of {pairs:,} pairs (at {NEAR_BITS} bits)"
    )
    return {"recall": round(total, 4), "false": false / pairs, "pairs": pairs}


def name(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


if __name__ == "__main__":
    main()
