"""Nothing acknowledged is lost or doubled, whatever is killed: app servers, PostgreSQL and the object store, at random.

Two servers (``run.py``) on one database and one bucket take inspections with two photos each from eight phones, which
send everything again until it is acknowledged, as the outbox does. Meanwhile one of the four is killed (SIGKILL) every
few seconds and started again. Then everything acknowledged is looked for: each inspection once in its week and once in
the log, with its answers, each photo with its bytes.

    python benchmarks/kill_campaign.py [--quick] [--inspections N] [--seed N] [--kill NAME …] [--at-most SECONDS]
                                       [--away SECONDS] [--apart] [--keep FOLDER]

``--quick`` sends 200 in place of 10,000, ``--kill`` names who alone is killed, ``--away`` has PostgreSQL away once for
so long before the rest, and with ``--apart`` each server has a data folder of its own, as on a machine of its own: they
share database, bucket and keys alone. PostgreSQL and SeaweedFS are those of the tests. ``--keep`` leaves in a new
folder what servers and store hold and wrote, and ``events.jsonl``: every answer, kill and start with its instant.

The last line of the output is one JSON object, also where it was interrupted (Ctrl-C) or came to the end of its time:
then of what was acknowledged until then. Photos that are not there are named, each with what became of it and what was
answered and killed when. The exit code is 1 where anything is lost or doubled, was answered as it should not be, or was
not sent to the end.
"""

from __future__ import annotations

import argparse
import http.client
import json
import logging
import math
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
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from inspect_app.collections.inspecting.inspection import INSPECTIONS  # noqa: E402
from inspect_app.object_place import PHOTOS_AT, object_place_from  # noqa: E402
from inspect_app.photos import PhotoStore, open_photo_store  # noqa: E402
from inspect_app.photos.objects import ObjectsAway  # noqa: E402
from inspect_app.services import PHOTOS, Services, open_services  # noqa: E402
from inspect_app.services.checking import check  # noqa: E402
from inspect_app.services.evidence.settling import settling  # noqa: E402
from inspect_app.settings import Settings  # noqa: E402
from tests.conftest import ServerProcess  # noqa: E402
from tests.forks import flask  # noqa: E402
from tests.objects import Weed, running  # noqa: E402
from tests.store.databases import Server, empty_database  # noqa: E402
from tests.stores import have_database  # noqa: E402
from tests.world import WEEK, World, evidence, failing, first_item, new_id, photo, sha256  # noqa: E402

SENT, QUICK, PHONES, PHOTOS_EACH = 10_000, 200, 8, 2
SIZE = (160, 120)
AWAY = "postgres, for long"
LACKING = 422
"""What a record is told whose photos are to be sent again."""
FITTING = {200, 201, LACKING, 503}
"""What a phone may be told by a server that is there."""


class Events:
    """What happened when (seconds since the epoch), a line each; safe for threads."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+", buffering=1)
        self._mutex = threading.Lock()

    def note(self, **what: object) -> None:
        with self._mutex:
            self._file.write(json.dumps({"at": round(time.time(), 3), **what}) + "\n")

    def around(self, path: str) -> list[dict[str, Any]]:
        """The answers to requests for a path, and who was killed and started from 30 s before the first to the last."""
        lines = self._lines()
        instants = [line["at"] for line in lines if line.get("path") == path] or [0.0]
        return [
            line
            for line in lines
            if line.get("path", path) == path and min(instants) - 30 < line["at"] < max(instants) + 30
        ]

    def while_away(self) -> dict[str, int]:
        """The answers to who asked while PostgreSQL was away for long."""
        lines = self._lines()
        since = next((line["at"] for line in lines if line.get("killed") == AWAY), math.inf)
        until = next((line["at"] for line in lines if line.get("started") == AWAY), -math.inf)
        asked = [
            line for line in lines if "path" in line and since < line["at"] - line["took_s"] and line["at"] < until
        ]
        return dict(Counter(str(line["status"]) for line in asked))

    def _lines(self) -> list[dict[str, Any]]:
        with self._mutex:
            self._file.seek(0)
            return [json.loads(line) for line in self._file]


@dataclass
class Campaign:
    """What is sent, by whom, and what became of it."""

    world: World
    events: Events
    ports: list[int]
    left: Iterator[int]
    statuses: Counter[int] = field(default_factory=Counter)
    acknowledged: dict[str, int] = field(default_factory=dict)
    """The number of each inspection whose receipt came."""
    tried: set[str] = field(default_factory=set)
    """The ids that phones have given, acknowledged or not."""
    slowest_s: float = 0.0
    is_over: threading.Event = field(default_factory=threading.Event)
    """Set where no phone is to go on."""
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
            with self.mutex:
                self.tried.add(id)
            while not self.is_over.is_set() and not self._sent(id, number, body):
                time.sleep(random.uniform(0.05, 0.5))

    def _next(self) -> int | None:
        with self.mutex:
            return None if self.is_over.is_set() else next(self.left, None)

    def _sent(self, id: str, number: int, body: bytes) -> bool:
        """One round, as the outbox goes: photos that the record is told to be lacking are sent again in the next."""
        paths = {f"/api/v1/photos/{sha256(content)}": content for content in photos(number)}
        is_taken = all(self._until_taken(path, content) for path, content in paths.items())
        if not is_taken or self._until_taken(f"/api/v1/inspections/{id}", body, LACKING) not in (200, 201):
            return False
        with self.mutex:
            self.acknowledged[id] = number
        return True

    def _until_taken(self, path: str, body: bytes, *also: int) -> int:
        """The status once it is taken, or one of others that end it; 0 where all is over."""
        while not self.is_over.is_set():
            if (status := self._put(random.choice(self.ports), path, body)) in (200, 201, *also):
                return status
            time.sleep(random.uniform(0.05, 0.5))
        return 0

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
        self.events.note(path=path, status=status, port=port, took_s=round(time.monotonic() - since, 3))
        with self.mutex:
            self.statuses[status] += 1
            self.slowest_s = max(self.slowest_s, time.monotonic() - since)
        return status


def photos(number: int) -> list[bytes]:
    return [photo(number * PHOTOS_EACH + one, SIZE) for one in range(PHOTOS_EACH)]


@dataclass(frozen=True)
class Options:
    """How many inspections, who is killed (all where none is named), and after how many seconds it ends anyhow."""

    count: int
    seed: int
    kill: frozenset[str]
    at_most_s: float
    keep: Path | None
    apart: bool
    away_s: float


Victim = tuple[Callable[[], object], Callable[[], object]]
"""How one is killed, and how it is started again."""
Victims = dict[str, Victim]


def kill_at_random(
    victims: Victims, rng: random.Random, kills: Counter[str], events: Events, until: Callable[[float], bool]
) -> None:
    """Kill one at a time, wait a little, start it again; count how often each was.

    ``until`` waits so many seconds and says whether that was enough. In the thread that began the victims, for
    PostgreSQL ends with the thread that started it.
    """
    while not until(rng.uniform(0.5, 4)):
        name = rng.choice(list(victims))
        kill, start = victims[name]
        kill()
        events.note(killed=name)
        kills[kind_of(name)] += 1
        try:
            time.sleep(rng.uniform(0, 2))
        finally:  # also where it is interrupted: what was acknowledged is looked for with all of them
            start()
            events.note(started=name)


def away(victim: Victim, seconds: float, events: Events) -> None:
    """Have one killed and away for so long, and not before phones have sent something."""
    if not seconds:
        return
    time.sleep(3)
    kill, start = victim
    kill()
    events.note(killed=AWAY)
    try:
        time.sleep(seconds)
    finally:
        events.note(started=AWAY)
        start()


def kind_of(victim: str) -> str:
    return victim.rstrip("0123456789")


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


def became_of(store: PhotoStore, content: bytes) -> str | None:
    """What became of a photo that was acknowledged; None where it is there."""
    sha, until = sha256(content), time.monotonic() + 60
    while True:  # an object store that has just come back names what it does not give yet
        try:
            is_whole = store.is_read_whole(sha)
        except ObjectsAway as error:
            if time.monotonic() > until:
                return f"not readable now: {error}"
            time.sleep(1)
            continue
        return None if is_whole else "other bytes" if store.has(sha) else "missing"


def another(world: World) -> Path:
    """The data folder of another machine: the keys of the first, and nothing else of it."""
    data = world.data.with_name("data-2")
    data.mkdir()
    for key in world.data.glob("*.key"):
        shutil.copy(key, data)
    have_database(data, str(world.settings.database))
    return data


class PutAgain(logging.Handler):
    """Counts the originals that a server gave the object store again: each is a line of its log."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1


def settled(campaign: Campaign, machines: list[Path]) -> int:
    """Have the bucket asked for all that servers still keep, as each does at its start; how many it had lost."""
    again = PutAgain()
    logging.getLogger("inspect_app.photos.settling").addHandler(again)
    for data in machines:
        with closing_services(replace(campaign.world.settings, data=data)) as services:
            work, until = settling(services), time.monotonic() + 240
            while not work(datetime.now(UTC)):
                assert time.monotonic() < until, "the object store does not come back"
                time.sleep(1)
    return again.count


@contextmanager
def closing_services(settings: Settings) -> Iterator[Services]:
    services = open_services(settings)
    try:
        yield services
    finally:
        services.store.close()


def losses(campaign: Campaign) -> dict[str, Any]:
    """What was acknowledged and is not there, or is there more than once, by kind: photos in the bucket itself."""
    services = open_services(campaign.world.settings)
    bucket = open_photo_store(campaign.world.data, services.objects, PHOTOS)
    kept = INSPECTIONS.find(services.store, week=WEEK)
    times = Counter(one.id for one in kept)
    logged = Counter(entry["of"] for entry in services.audit.entries() if entry["act"] == "inspection.submitted")
    values = {one.id: one.value for one in kept}
    lost, gone = Counter[str](), dict[str, str]()
    for id, number in campaign.acknowledged.items():
        lost["inspections"] += id not in values or logged[id] == 0
        for content in photos(number):
            named = id in values and sha256(content) in {one.sha256 for one in values[id].photos}
            if said := became_of(bucket, content) if named else "not named by its inspection":
                gone[sha256(content)] = said
                for line in campaign.events.around(f"/api/v1/photos/{sha256(content)}"):
                    print(json.dumps(line))
    found = {
        "lost": lost["inspections"],
        "lost_photos": len(gone),
        "doubled": sum(count - 1 for one in (times, logged) for count in one.values() if count > 1),
        "unasked": len(values.keys() - campaign.tried),
        "damage": len(damages := check(services, files=False)),
        "photos": gone,
    }
    for sentence in damages:
        print(sentence)
    services.store.close()
    return found


def run(folder: Path, weed: Weed, database: Server, options: Options) -> dict[str, Any]:
    """The campaign in a folder; its figures."""
    world = World.in_database(folder / "data", empty_database(database))
    world.services.store.close()
    os.environ |= weed.environment("inspect", "campaign") | {"INSPECT_DATA": str(world.data), "INSPECT_PHOTO_WORK": ""}
    flask("objects", "copy", "--to", "bucket")
    world.settings = replace(world.settings, objects=object_place_from(os.environ, PHOTOS_AT))
    servers = [ServerProcess(world.data).start()]
    servers.append(ServerProcess(another(world) if options.apart else world.data).start())
    machines = list(dict.fromkeys(server.data for server in servers))
    events = Events(folder / "events.jsonl")
    campaign = Campaign(world, events, [server.port for server in servers], iter(range(options.count)))
    every: Victims = {
        **{f"server{number}": (one.kill, partial(started, one)) for number, one in enumerate(servers)},
        "postgres": (lambda: database.stop(signal.SIGKILL), database.start),
        "seaweedfs": (weed.kill, weed.start),
    }
    victims = {name: how for name, how in every.items() if not options.kill or kind_of(name) in options.kill}
    kills, since = Counter[str](), time.monotonic()
    photos(0)  # what all photos are made of is made once, before there are threads
    with ThreadPoolExecutor(PHONES) as pool:
        phones = [pool.submit(campaign.phone) for _ in range(PHONES)]

        def ended(seconds: float) -> bool:
            return not wait(phones, seconds).not_done or time.monotonic() - since > options.at_most_s

        try:
            away(every["postgres"], options.away_s, events)
            kill_at_random(victims, random.Random(options.seed), kills, events, ended)
        except KeyboardInterrupt:
            print("interrupted")
        campaign.is_over.set()
        for phone in phones:
            phone.result()
    seconds = time.monotonic() - since
    for server in servers:
        server.stop()
    return {
        "seed": options.seed,
        "asked": options.count,
        "acknowledged": len(campaign.acknowledged),
        "put_again": settled(campaign, machines),
        **losses(campaign),
        "kills": dict(kills),
        "answers": {str(status): number for status, number in sorted(campaign.statuses.items())},
        "while_away": events.while_away(),
        "unfitting": sum(number for status, number in campaign.statuses.items() if status and status not in FITTING),
        "slowest_answer_s": round(campaign.slowest_s, 1),
        "seconds": round(seconds),
    }


def options_given() -> Options:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--inspections", type=int)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--kill", nargs="+", choices=("server", "postgres", "seaweedfs"), default=())
    parser.add_argument("--at-most", type=float, default=math.inf, metavar="SECONDS")
    parser.add_argument("--away", type=float, default=0.0, metavar="SECONDS")
    parser.add_argument("--apart", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    given = parser.parse_args()
    count = given.inspections or (QUICK if given.quick else SENT)
    return Options(count, given.seed, frozenset(given.kill), given.at_most, given.keep, given.apart, given.away)


def main() -> int:
    options = options_given()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="kill-campaign-"))
    if options.keep:
        options.keep.mkdir(parents=True)
    database = Server().start()
    try:
        with running(folder / "objects") as weed:
            figures = run(folder, weed, database, options)
    finally:
        database.remove()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, ensure_ascii=False))
    wrong = ("lost", "lost_photos", "doubled", "unasked", "damage", "unfitting")
    return int(any(figures[name] for name in wrong) or figures["acknowledged"] < options.count)


if __name__ == "__main__":
    sys.exit(main())
