"""Nothing acknowledged is ever lost: real server processes, killed and doubled."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from inspect_app.services import open_services
from tests.measured import allowed_s, clock_s
from tests.world import WEEK, World, evidence, failing, first_item, new_id, photo, sha256

pytestmark = pytest.mark.slow


class Phone:
    """Sends one inspection with its photos, and notes what was acknowledged."""

    def __init__(self, world: World, number: int) -> None:
        checklist = world.checklist("public-toilet")
        item = first_item(checklist, "compliance").id
        self.id = new_id()
        self.photos = [photo(number * 10 + n, (320, 240)) for n in range(2)]
        self.submission = world.submission("public-toilet", photos=[evidence(content, item) for content in self.photos])
        self.submission["answers"] = failing(self.submission["answers"], checklist, item)
        self.token = world.tokens["inspector"]
        self.acknowledged: list[str] = []
        self.statuses: list[int] = []

    def send(self, port: int) -> None:
        """All requests in order; ends early where the server does not answer."""
        for content in self.photos:
            if self._put(port, f"/api/v1/photos/{sha256(content)}", content) not in (200, 201):
                return
            self.acknowledged.append(sha256(content))
        body = json.dumps(self.submission).encode()
        status = self._put(port, f"/api/v1/inspections/{self.id}", body)
        if status in (200, 201):
            self.acknowledged.append(self.id)

    @property
    def done(self) -> bool:
        return self.id in self.acknowledged

    def _put(self, port: int, path: str, body: bytes) -> int | None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        try:
            connection.request("PUT", path, body, {"Authorization": f"Bearer {self.token}"})
            answer = connection.getresponse()
            answer.read()
            self.statuses.append(answer.status)
            return answer.status
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()


def assert_whole(world: World, phones: list[Phone]) -> None:
    """Every acknowledged inspection and photo is there, whole and once."""
    services = open_services(world.settings)
    kept = {stored.id: stored.document for stored in services.store.find("inspections", week=WEEK)}
    for phone in phones:
        for acknowledged in phone.acknowledged:
            if acknowledged == phone.id:
                assert kept[phone.id]["answers"] == phone.submission["answers"]
                assert [p["sha256"] for p in kept[phone.id]["photos"]] == [sha256(c) for c in phone.photos]
            else:
                content = services.photos.read(acknowledged)
                assert content is not None
                assert sha256(content) == acknowledged
    assert set(kept) <= {phone.id for phone in phones}
    services.store.close()


def test_five_kills_during_200_submissions_lose_nothing_acknowledged(world, serve, run_seed):
    """200 inspections with two photos each, eight phones at once, five SIGKILLs at random moments.

    After each restart everything acknowledged is there; at the end everything else can be sent again and lands once.
    """
    rng = random.Random(run_seed)
    world.services.store.close()
    phones = [Phone(world, number) for number in range(200)]
    server = serve(world.data)
    waiting = list(phones)
    for _ in range(5):
        killer = threading.Timer(rng.uniform(0.15, 0.9), server.kill)
        killer.start()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda phone: phone.send(server.port), waiting))
        killer.join()
        assert_whole(world, phones)
        waiting = [phone for phone in phones if not phone.done]
        server.start()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda phone: phone.send(server.port), phones))
    assert all(phone.done for phone in phones), f"seed {run_seed}"
    assert {status for phone in phones for status in phone.statuses} <= {200, 201}
    server.kill()
    assert_whole(world, phones)
    services = open_services(world.settings)
    found = Counter(stored.id for stored in services.store.find("inspections", week=WEEK))
    assert found == Counter({phone.id: 1 for phone in phones})
    assert len([p for p in (world.data / "photos" / "originals").rglob("*") if p.is_file() and p.name[0] != "."]) == 400


def test_two_servers_on_one_folder_take_400_writes_and_lose_or_double_none(world, serve):
    """Each inspection goes to both servers at once: one keeps it, the other says it is there already."""
    world.services.store.close()
    servers = [serve(world.data), serve(world.data)]
    bodies: dict[str, Any] = {new_id(): world.submission() for _ in range(200)}
    jobs = [(server.port, id, body) for id, body in bodies.items() for server in servers]
    random.Random(1).shuffle(jobs)

    def send(job: tuple[int, str, Any]) -> int:
        port, id, body = job
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        auth = {"Authorization": f"Bearer {world.tokens['inspector']}"}
        connection.request("PUT", f"/api/v1/inspections/{id}", json.dumps(body), auth)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    alone = {new_id(): world.submission() for _ in range(5)}
    quiet = max(clock_s(lambda job=job: send(job)) for job in ((servers[0].port, *one) for one in alone.items()))
    statuses: Counter[int] = Counter()
    with ThreadPoolExecutor(16) as pool:
        took = clock_s(lambda: statuses.update(pool.map(send, jobs)))
    assert statuses == {201: 200, 200: 200}
    assert took < allowed_s(60, quiet)
    for server in servers:
        server.stop()
    kept = [stored.id for stored in open_services(world.settings).store.find("inspections", week=WEEK)]
    assert sorted(kept) == sorted([*bodies, *alone])
