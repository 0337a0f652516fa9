"""How long a city's week takes to be shown: the first request of a fresh process, and the supervisor's live preview.

    python benchmarks/index_page.py [--inspections 2000]

A city of 15 streets; inspections are written into the store as they lie there after a submission. Every measurement is
the first of a process of its own, application start not counted. Target: the public page under 100 ms.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.index.publishing import publish
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.place.register import area_tree
from inspect_app.settings import settings_from
from tests.world import NOW, WEEK, World, new_id

ROUNDS = 5
PATHS = {
    "city overview, published": f"/index/{WEEK}",
    "one street, published": f"/index/{WEEK}/areas/421002001",
    "city overview, live preview of a supervisor": "live",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inspections", type=int, default=2000)
    parser.add_argument("--measure", nargs=2, metavar=("DATA", "PATH"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        print(measured(Path(chosen.measure[0]), chosen.measure[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        filled(data, chosen.inspections)
        for name, path in PATHS.items():
            again = [sys.executable, __file__, "--measure", str(data), path]
            runs = [float(subprocess.check_output(again, text=True)) for _ in range(ROUNDS)]
            print(f"{name}: {statistics.median(runs):.0f} ms ({min(runs):.0f} to {max(runs):.0f})")
        print(f"{chosen.inspections:,} inspections, {ROUNDS} fresh processes each; target of the public pages: 100 ms")


def measured(data: Path, path: str) -> float:
    """Milliseconds of the first request."""
    from inspect_app import create_app
    from inspect_app.services.index.publishing import preview

    app = create_app(settings_from({"INSPECT_DATA": str(data)}))
    gc.freeze()  # as the server does once it has started
    before = time.perf_counter()
    if path == "live":
        preview(app.extensions["inspect"], WEEK, scope=EVERYTHING)
    else:
        answer = app.test_client().get(path)
        assert answer.status_code == 200, answer.status
    return 1000 * (time.perf_counter() - before)


def filled(data: Path, count: int) -> None:
    """A published week of so many inspections: copies of a real one of each kind, spread over sites and streets."""
    world = World.made_in(data)
    services = world.services
    chance = random.Random(7)
    kinds = ("main-road", "public-toilet", "market", "back-alley", "zebra-crossing")
    originals = [_submitted(world, kind) for kind in kinds]
    streets = [area.code for area in area_tree(services.store) if area.level == "街道乡镇"][:15]
    for number in range(count):
        original = chance.choice(originals)
        items = tuple(replace(item, score=chance.choice((1.0, 1.0, 1.0, 0.5, 0.0))) for item in original.items)
        area, whole = chance.choice(streets), sum(item.weight for item in items)
        inspection = replace(
            original,
            area=area,
            site=replace(original.site, code=f"site-{number // 1.1:.0f}"),
            items=items,
            rate=100 * sum(item.weight * (item.score or 0.0) for item in items) / whole,
            received_at=NOW + timedelta(seconds=number),
        )
        INSPECTIONS.put_once(services.store, str(uuid.UUID(int=chance.getrandbits(128), version=4)), inspection)
    assert publish(services, "supervisor", WEEK, "", NOW) == 1
    services.store.close()


def _submitted(world: World, kind: str) -> Inspection:
    inspector = find_user(world.services.store, "inspector")
    assert inspector
    outcome = submit(world.services, inspector, new_id(), world.submission(kind), NOW + timedelta(hours=3))
    assert outcome.kept, outcome
    return outcome.kept.value


if __name__ == "__main__":
    main()
