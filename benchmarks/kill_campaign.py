"""Nothing acknowledged is lost or doubled, whatever is killed: app servers, PostgreSQL and the object store, at random.

Two servers (``run.py``) on one database and one bucket take inspections with two photos each from eight phones, which
send everything again until it is acknowledged, as the outbox does. Meanwhile one of the four is killed (SIGKILL) every
few seconds and started again. Then everything acknowledged is looked for: each inspection once in its week and once in
the log, with its answers, each photo with its bytes.

    python benchmarks/kill_campaign.py [--quick] [--inspections N] [--seed N]

``--quick`` sends 200 in place of 10,000. PostgreSQL and SeaweedFS are those of the tests. The last line of the output
is one JSON object; the exit code is 1 where anything is lost or doubled, or was answered as it should not be.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from inspect_app.collections.inspecting.inspection import INSPECTIONS  # noqa: E402
from inspect_app.object_place import PHOTOS_AT, object_place_from  # noqa: E402
from inspect_app.services import open_services  # noqa: E402
from inspect_app.services.checking import check  # noqa: E402
from tests.conftest import ServerProcess  # noqa: E402
from tests.forks import flask  # noqa: E402
from tests.objects import Weed, running  # noqa: E402
from tests.store.databases import Server, empty_database  # noqa: E402
from tests.world import WEEK, World, evidence, failing, first_item, new_id, photo, sha256  # noqa: E402

SENT, QUICK, PHONES, PHOTOS_EACH = 10_000, 200, 8, 2
SIZE = (160, 120)
FITTING = {200, 201, 503}
"""What a phone may be told by a server that is there."""


@dataclass
class Campaign:
    """What is sent, by whom, and what became of it."""

    world: World
    ports: list[int]
    left: Iterator[int]
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """The number of each inspection whose receipt came."""
    slowest_s: float = 0.0
    mutex: threading.Lock = field(default_factory=threading.Lock)

    def submission(self, number: int) -> dict[str, Any]:
        """An inspection with photos that no other has."""
        checklist = self.world.checklist("public-toilet")
        item = first_item(checklist, "compliance").id
        made = self.world.submission("public-toilet", photos=[evidence(one, item) for one in photos(number)])
        return {**made, "answers": failing(made["answers"], checklist, item)}

    def phone(self) -> None:
        """Send one after another, each until it is acknowledged."""
        while (number := self._next()) is not None:
            id, body = new_id(), json.dumps(self.submission(number)).encode()
            for content in photos(number):
                self._until_taken(f"/api/v1/photos/{sha256(content)}", content)
            self._until_taken(f"/api/v1/inspections/{id}", body)
            with self.mutex:
                self.acknowledged[id] = number

    def _next(self) -> int | None:
        with self.mutex:
            return next(self.left, None)

    def _until_taken(self, path: str, body: bytes) -> None:
        while self._put(random.choice(self.ports), path, body) not in (200, 201):
            time.sleep(random.uniform(0.05, 0.5))

    def _put(self, port: int, path: str, body: bytes) -> int:
        """The status, 0 where no answer came."""
        since, status = time.monotonic(), 0
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("PUT", path, body, {"Authorization": f"Bearer {self.world.tokens['inspector']}"})
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            pass
        finally:
            connection.close()
        with self.mutex:
            self.statuses[status] += 1
            self.slowest_s = max(self.slowest_s, time.monotonic() - since)
        return status


def photos(number: int) -> list[bytes]:
    return [photo(number * PHOTOS_EACH + one, SIZE) for one in range(PHOTOS_EACH)]


Victims = dict[str, tuple[Callable[[], object], Callable[[], object]]]
"""How each is killed, and how it is started again."""


def kill_at_random(victims: Victims, rng: random.Random, until: Callable[[float], bool]) -> Counter[str]:
    """Kill one at a time, wait a little, start it again; how often each was.

    ``until`` waits so many seconds and says whether that was enough. In the thread that began the victims, for
    PostgreSQL ends with the thread that started it.
    """
    kills = Counter[str]()
    while not until(rng.uniform(0.5, 4)):
        name = rng.choice(list(victims))
        kill, start = victims[name]
        kill()
        kills[name.rstrip("0123456789")] += 1
        time.sleep(rng.uniform(0, 2))
        start()
    return kills


def started(server: ServerProcess) -> None:
    """Start a server; where it refuses because the object store is not ready yet, once more."""
    until = time.monotonic() + 60
    while True:
        try:
            server.start()
            return
        except AssertionError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def losses(campaign: Campaign) -> dict[str, int]:
    """What was acknowledged and is not there, or is there more than once, by kind."""
    services = open_services(campaign.world.settings)
    kept = INSPECTIONS.find(services.store, week=WEEK)
    times = Counter(one.id for one in kept)
    logged = Counter(entry["of"] for entry in services.audit.entries() if entry["act"] == "inspection.submitted")
    values = {one.id: one.value for one in kept}
    lost = Counter[str]()
    for id, number in campaign.acknowledged.items():
        lost["inspections"] += id not in values or logged[id] == 0
        for content in photos(number):
            named = id in values and sha256(content) in {one.sha256 for one in values[id].photos}
            lost["photos"] += not named or services.photos.read(sha256(content)) != content
    found = {
        "lost": lost["inspections"],
        "lost_photos": lost["photos"],
        "doubled": sum(count - 1 for one in (times, logged) for count in one.values() if count > 1),
        "unasked": len(values.keys() - campaign.acknowledged.keys()),
        "damage": len(said := check(services, files=False)),
    }
    for sentence in said:
        print(sentence)
    services.store.close()
    return found


def run(folder: Path, weed: Weed, database: Server, count: int, seed: int) -> dict[str, Any]:
    """The campaign in a folder; its figures."""
    world = World.in_database(folder / "data", empty_database(database))
    world.services.store.close()
    os.environ |= weed.environment("inspect", "campaign") | {"INSPECT_DATA": str(world.data), "INSPECT_PHOTO_WORK": ""}
    flask("objects", "copy", "--to", "bucket")
    world.settings = replace(world.settings, objects=object_place_from(os.environ, PHOTOS_AT))
    servers = [ServerProcess(world.data).start() for _ in range(2)]
    campaign = Campaign(world, [server.port for server in servers], iter(range(count)))
    victims: Victims = {
        **{f"server{number}": (one.kill, partial(started, one)) for number, one in enumerate(servers)},
        "postgres": (lambda: database.stop(signal.SIGKILL), database.start),
        "seaweedfs": (weed.kill, weed.start),
    }
    since = time.monotonic()
    with ThreadPoolExecutor(PHONES) as pool:
        phones = [pool.submit(campaign.phone) for _ in range(PHONES)]
        kills = kill_at_random(victims, random.Random(seed), lambda seconds: not wait(phones, seconds).not_done)
        for phone in phones:
            phone.result()
    seconds = time.monotonic() - since
    for server in servers:
        server.stop()
    return {
        "seed": seed,
        "acknowledged": len(campaign.acknowledged),
        **losses(campaign),
        "kills": dict(kills),
        "answers": {str(status): number for status, number in sorted(campaign.statuses.items())},
        "unfitting": sum(number for status, number in campaign.statuses.items() if status and status not in FITTING),
        "slowest_answer_s": round(campaign.slowest_s, 1),
        "seconds": round(seconds),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--inspections", type=int)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    options = parser.parse_args()
    count = options.inspections or (QUICK if options.quick else SENT)
    folder = Path(tempfile.mkdtemp(prefix="kill-campaign-"))
    database = Server().start()
    try:
        with running(folder / "objects") as weed:
            figures = run(folder, weed, database, count, options.seed)
    finally:
        database.remove()
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures))
    return int(any(figures[name] for name in ("lost", "lost_photos", "doubled", "unasked", "damage", "unfitting")))


if __name__ == "__main__":
    sys.exit(main())
