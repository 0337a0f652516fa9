"""What one 12-megapixel photo costs the processor: before its acknowledgement, and afterwards in the worker.

The request path is ``receive``: SHA-256, check, durable write. The worker's part is ``check_inspection`` over
the photos of inspections in a week that is already full: thumbnail, captioned review copy, perceptual hashes and a
look-up among all earlier photos, EXIF, signals, and what they share of keeping the result. Beside both, the floor: one
full decode of the same file by libjpeg-turbo, as Pillow does it. Processor time of the process, all threads, kernel
included; the least of several rounds, which take turns.

    python benchmarks/intake.py [--quick]

The last line of the output is one JSON object. Targets: request path at most 1.0 times the floor, worker at most 3.
"""

from __future__ import annotations

import argparse
import gc
import io
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from unittest import mock

from PIL import Image

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from inspect_app.services import Services  # noqa: E402
from inspect_app.services.accounts.accounts import find_user  # noqa: E402
from inspect_app.services.evidence.examining import check_inspection  # noqa: E402
from inspect_app.services.evidence.receiving import PHOTO, receive  # noqa: E402
from inspect_app.services.inspecting.submitting import submit  # noqa: E402
from inspect_app.serving import give_large_blocks_back  # noqa: E402
from tests.world import NOW, World, evidence, new_id, photo, sha256  # noqa: E402

SIZE = (4000, 3000)
PHOTOS = 3
"""Photos of each inspection."""
ITEMS = ("markings", "barrier-free", "jam")
KEPT_BLOCKS = 32 * 1024 * 1024
"""The floor is what a process pays that keeps its memory; the server gives large blocks back, which costs it more."""
TARGETS = {"request": 1.0, "worker": 3.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="under 45 seconds")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        run(World.made_in(Path(folder) / "data"), rounds=6 if quick else 20, full=1000 if quick else 5000)


def run(world: World, rounds: int, full: int) -> None:
    services = without_worker(world.services)
    contents = [photo(seed, SIZE, quality=82) for seed in range(rounds * PHOTOS)]
    size = statistics.fmean(map(len, contents))
    print(f"{SIZE[0]}×{SIZE[1]} pixels, {size / 1e6:.2f} MB on average; {full} inspections are there already")
    fill(services, world, full)
    floors, requests, workers = [], [], []
    gc.disable()
    for number in range(rounds):
        mine = contents[number * PHOTOS : (number + 1) * PHOTOS]
        give_large_blocks_back(KEPT_BLOCKS)
        floors.append(cpu_ms(lambda mine=mine: [decoded(content) for content in mine]) / PHOTOS)
        give_large_blocks_back()
        requests.append(
            cpu_ms(lambda mine=mine: [receive(services, PHOTO, c, sha256=sha256(c)) for c in mine]) / PHOTOS
        )
        id = submitted(services, world, mine, number)
        workers.append(cpu_ms(lambda id=id: check_inspection(services, id)) / PHOTOS)
        gc.collect()
    floor = min(floors)
    rows = {"request": min(requests), "worker": min(workers)}
    print(f"\n{'':>10}{'CPU ms':>9}{'median':>9}{'× floor':>9}{'target':>9}")
    print(f"{'floor':>10}{floor:>9.1f}{statistics.median(floors):>9.1f}{1:>9.2f}")
    for name, times in (("request", requests), ("worker", workers)):
        ratio = rows[name] / floor
        print(f"{name:>10}{rows[name]:>9.1f}{statistics.median(times):>9.1f}{ratio:>9.2f}{TARGETS[name]:>9}")
    ratios = {name: round(value / floor, 2) for name, value in rows.items()}
    print(
        json.dumps(
            {
                "benchmark": "intake",
                "photo_bytes": round(size),
                "floor_ms": round(floor, 1),
                **{f"{name}_ms": round(value, 1) for name, value in rows.items()},
                "ratios": ratios,
                "targets": TARGETS,
                "met": all(ratios[name] <= TARGETS[name] for name in TARGETS),
            }
        )
    )


def without_worker(services: Services) -> Services:
    """Checks are made when the benchmark says so."""
    services.after.begin = lambda: None  # type: ignore[method-assign]
    return services


def fill(services: Services, world: World, count: int) -> None:
    """Inspections of the same week with small photos, so that there is a week to look through; a tenth by the same
    inspector. Not synced, as nobody is waiting for them to survive."""
    content = photo(10_000, (64, 48))
    receive(services, PHOTO, content)
    with mock.patch("os.fsync"), mock.patch("os.fdatasync"):
        for number in range(count):
            inspector = "inspector" if number % 10 == 0 else "inspector2"
            submit_one(services, world, [content] * PHOTOS, NOW - timedelta(seconds=5 * number), inspector)


def submitted(services: Services, world: World, contents: list[bytes], number: int) -> str:
    return submit_one(services, world, contents, NOW + timedelta(minutes=20 * number), "inspector")


def submit_one(services: Services, world: World, contents: list[bytes], started: datetime, inspector: str) -> str:
    submission, id = world.submission(started=started), new_id()
    for item, content in zip(ITEMS, contents, strict=False):
        submission["photos"].append({**evidence(content, item), "captured_at": started.isoformat()})
        submission["answers"][item] = {"value": "fail"}
    user = find_user(services.store, inspector)
    assert user
    outcome = submit(services, user, id, submission, started + timedelta(minutes=15))
    assert outcome.kept, outcome
    return id


def decoded(content: bytes) -> None:
    Image.open(io.BytesIO(content)).load()


def cpu_ms(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return (time.process_time() - started) * 1000


if __name__ == "__main__":
    main()
