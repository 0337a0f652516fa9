"""Many that would like to send at once: tabs and the service worker. No item twice, none stuck."""

from __future__ import annotations

import pytest

from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.phone import (
    arrived,
    go_on_sending,
    kept,
    queue_many,
    states,
    wait_until,
    wake_worker,
)
from tests.faults import BadLine
from tests.world import World

pytestmark = pytest.mark.browser
COUNT = 30
WORKER_IS_THERE = "async () => void (await navigator.serviceWorker.ready)"


@pytest.mark.slow
def test_three_tabs_and_the_service_worker_send_thirty_items_once_each(
    world: World, line: BadLine, open_phone: OpenPhone
):
    page = open_phone(line.address)
    page.goto(f"{line.address}/field/outbox")
    page.evaluate(WORKER_IS_THERE)
    made = queue_many(page, world, COUNT, 1)
    tabs = [page, *(page.context.new_page() for _ in range(2))]
    for tab in tabs:
        go_on_sending(tab, line.address)
    wake_worker(page)
    wait_until(page, lambda: len(arrived(world)) >= COUNT // 5, 30, "some have arrived")
    wake_worker(page)
    # The tab that sends is closed in the middle: another one or the worker goes on.
    tabs[0].close()
    last = tabs[-1]
    wait_until(last, lambda: len(arrived(world)) >= 2 * COUNT // 5, 30, "others go on")
    tabs[1].reload()
    wait_until(last, lambda: len(arrived(world)) == COUNT, 60, "all have arrived")
    wait_until(last, lambda: set(states(last)) == {"confirmed"}, 20, "none is stuck")

    assert sorted(arrived(world)) == sorted(one.id for one in made)
    assert kept(last, "media") == []
    doubled = {path: count for path, count in line.tries("PUT", "/api/").items() if count > 1}
    # What was under way when its tab was closed or reloaded may come twice, and is one record all the same.
    assert len(doubled) <= 2, doubled
    assert set(doubled.values()) <= {2}
    assert in_order(line, [one.id for one in made])


def test_the_worker_alone_sends_what_a_closed_page_left(world: World, line: BadLine, open_phone: OpenPhone):
    page = open_phone(line.address)
    page.goto(f"{line.address}/field/outbox")
    page.evaluate(WORKER_IS_THERE)
    made = queue_many(page, world, 3, 2)
    line.slow(latency_s=0.1)
    wake_worker(page)
    wait_until(page, lambda: line.tries("PUT", "/api/").total() >= 1, 5, "the worker has begun")
    page.goto("about:blank")
    wait_until(page, lambda: len(arrived(world)) == 3, 15, "the worker has sent all")
    assert arrived(world) == [one.id for one in made]
    page.wait_for_timeout(500)
    assert set(line.tries("PUT", "/api/").values()) == {1}
    assert line.tries("PUT", "/api/", answered=True).total() == 3 * 2 + 3


def in_order(line: BadLine, ids: list[str]) -> bool:
    sent = [exchange.path.rpartition("/")[2] for exchange in line.exchanges if "/inspections/" in exchange.path]
    firsts = list(dict.fromkeys(id for id in sent if id in set(ids)))
    return firsts == ids
