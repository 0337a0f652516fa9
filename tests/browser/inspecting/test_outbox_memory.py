"""A full outbox is sent without being loaded: photos are read one at a time."""

from __future__ import annotations

import pytest

from tests.browser.phone import Heap, arrived, go_on_sending, queue_many, sign_in, wait_until
from tests.faults import BadLine
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_forty_inspections_with_sixty_megabytes_of_photos_take_a_fraction_of_that(
    world: World, line: BadLine, take_phone
):
    """benchmarks/outbox_memory.py does the same with 500 inspections and 3,000 photos."""
    phone = take_phone()
    page = phone.open()
    sign_in(page, line.address)
    made = queue_many(page, world, 40, 5, size=300_000)
    heap = Heap(page)
    before = phone.memory()
    go_on_sending(page, line.address)
    wait_until(page, lambda: heap.sample() > 0 and len(arrived(world)) == len(made), 60, "all have arrived")
    photos = sum(one.bytes for one in made)
    assert photos > 59e6
    assert heap.peak < 50e6, "less than the photos alone"
    assert heap.retained() < 10e6, "nor is any photo forgotten there"
    assert phone.memory() - before < photos, "nor does the browser keep them for the page"
