"""Work that goes on while a backup is made."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from inspect_app.services import Services
from inspect_app.services.accounts.accounts import all_users
from inspect_app.services.inspecting.submitting import Taken, submit
from tests.world import NOW, World, evidence, new_id, photo, received


def work(world: World, services: Services, content: bytes) -> str:
    """An inspection with a photo; its id."""
    received(services, content)
    raw = world.submission("public-toilet", photos=[evidence(content, world.checklist("public-toilet").items[0].id)])
    id, inspector = new_id(), next(one for one in all_users(services.store) if one.name == "inspector")
    assert submit(services, inspector, id, raw, NOW).taken is Taken.CREATED
    return id


@contextmanager
def at_work(world: World, services: Services, threads: int) -> Iterator[list[str]]:
    """Inspections with photos, one after another in each thread, until the block ends; the ids of those kept."""
    done, stop = list[str](), threading.Event()

    def working(number: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            done.append(work(world, services, photo(1000 * number + count, (64, 48))))

    with ThreadPoolExecutor(threads) as pool:
        workers = [pool.submit(working, number) for number in range(threads)]
        try:
            yield done
        finally:
            stop.set()
        for worker in workers:
            worker.result()
