"""A hundred inspections over a line that is slow and breaks: all arrive, once, and little is sent twice."""

from __future__ import annotations

import pytest

from tests.browser.phone import arrived, go_on_sending, photos_of, queue_many, same_bytes, sign_in, states, wait_until
from tests.faults import BadLine
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.alone]
COUNT, PHOTOS = 100, 3
# The line of the issue is 400 kbit/s up with 400 ms; here time runs forty times faster, all proportions kept.
FASTER = 40


def test_a_hundred_inspections_arrive_once_with_at_most_15_percent_more_bytes_than_their_content(
    world: World, line: BadLine, take_phone
):
    page = take_phone().open()
    sign_in(page, line.address)
    made = queue_many(page, world, COUNT, PHOTOS, size=30_000)
    before = line.sent_bytes
    line.slow(up_kbit_s=400 * FASTER, down_kbit_s=1600 * FASTER, latency_s=0.4 / FASTER)
    line.cut_share = 0.1
    go_on_sending(page, line.address)
    wait_until(page, lambda: len(arrived(world)) == COUNT, 90, "all have arrived")
    wait_until(page, lambda: set(states(page)) == {"confirmed"}, 30, "all are confirmed")
    line.cut_share = 0

    assert sorted(arrived(world)) == sorted(one.id for one in made)
    for one in made:
        assert photos_of(world, one.id) == one.photos
        assert all(same_bytes(world, sha) for sha in one.photos)
    cut = sum(1 for exchange in line.exchanges if exchange.status is None)
    assert cut >= COUNT * PHOTOS * 0.05, "the line was not bad"
    payload = sum(one.bytes + one.body for one in made)
    ratio = (line.sent_bytes - before) / payload
    assert ratio <= 1.15, f"{ratio:.3f} times the payload was sent, {cut} requests were cut (seed {line.seed})"
