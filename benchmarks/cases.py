"""How long the pages of cases take with very many cases.

    python benchmarks/cases.py [--cases 100000]

Cases lie in the store as they do after their acts: four in five closed, the others open, one in five of those overdue,
spread over forty units and a city's streets. Each page is asked for several times by a process that has opened the
store (reading the journal is told apart). Target: the overdue list of a supervisor and a unit's page under 200 ms each.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from flask.testing import FlaskClient

from inspect_app import create_app
from inspect_app.collections.cases.case import CASES
from inspect_app.domain.accounts.unit import Reach, Unit
from inspect_app.domain.weeks import utc_text, week_of
from inspect_app.services.accounts.units import add_unit
from inspect_app.store import Write
from tests.as_browser import with_tokens_on_pages
from tests.cases import dispatched
from tests.world import BUREAU, NOW, World, headers

ROUNDS = 15
TARGET_MS = 200
UNITS = 40
STREETS = [f"4210020{number:02d}" for number in range(1, 12)]
BATCH = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        world = World.made_in(Path(folder) / "data")
        filled(world, chosen.cases)
        world.services.store.close()
        app = with_tokens_on_pages(create_app(world.settings))
        office, unit = (headers(world.tokens[name]) for name in ("supervisor", "unit"))
        client = app.test_client()
        before = time.perf_counter()
        client.get("/unit/", headers=unit)
        print(f"first request, reading the journal of {chosen.cases:,} cases: {time.perf_counter() - before:.1f} s")
        pages = {
            "supervisor: overdue": ("/cases/?view=overdue", office),
            "supervisor: overdue, page 20": ("/cases/?view=overdue&page=20", office),
            "supervisor: overdue of one unit": (f"/cases/?view=overdue&unit={world.unit(BUREAU)}", office),
            "supervisor: closed": ("/cases/?view=closed", office),
            "unit: own cases": ("/unit/", unit),
        }
        for name, (path, who) in pages.items():
            times = [asked(client, path, who) for _ in range(ROUNDS)]
            middle = statistics.median(times)
            print(
                f"{name}: {middle:.0f} ms ({min(times):.0f} to {max(times):.0f}), {middle / TARGET_MS:.2f} x the target"
            )


def asked(client: FlaskClient, path: str, who: dict[str, str]) -> float:
    """Milliseconds of one request."""
    before = time.perf_counter()
    answer = client.get(path, headers=who)
    assert answer.status_code == 200, answer.status
    return 1000 * (time.perf_counter() - before)


def filled(world: World, count: int) -> None:
    """So many cases like a real one."""
    like = CASES.written(dispatched(world).value)
    units = [world.unit(BUREAU)]
    for number in range(UNITS - 1):
        added = add_unit(world.services.store, "administrator", Unit("", f"第{number + 1}局"), Reach(), NOW)
        assert not isinstance(added, list)
        units.append(added.unit.id)
    chance, now = random.Random(5), datetime.now(UTC)
    for start in range(0, count, BATCH):
        some = range(start, min(count, start + BATCH))
        world.services.store.act(
            [Write("cases", f"2025-{n:06d}", case(like, chance, units, now, world), 0) for n in some]
        )


def case(like: dict[str, Any], chance: random.Random, units: list[str], now: datetime, world: World) -> dict[str, Any]:
    filed = now - timedelta(days=chance.uniform(1, 365))
    closed = chance.random() < 0.8
    state = "closed" if closed else chance.choice(["dispatched", "accepted", "accepted", "handled", "filed"])
    unit = chance.choice(units) if state != "filed" else ""
    deadline = utc_text(now + timedelta(days=chance.uniform(-2, 8)))
    return {
        **like,
        "week": week_of(filed, world.settings.timezone),
        "area": chance.choice(STREETS),
        "state": state,
        "unit": unit,
        "units": [unit] if unit else [],
        "deadline": None if state == "filed" else deadline,
        "filed_at": utc_text(filed),
        "dispatched_at": utc_text(filed + timedelta(hours=1)),
        "closed_at": utc_text(filed + timedelta(days=3)) if closed else None,
    }


if __name__ == "__main__":
    main()
