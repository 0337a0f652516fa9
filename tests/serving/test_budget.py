"""Who gives up a connection for whom."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import pytest

from inspect_app.serving.budget import Budget, Phase, ServingLimits, client_of

IDLE, BUSY, SERVED = Phase


@dataclass(eq=False)
class Line:
    """A connection that only tells what it is at; leaves the budget when it is given up, as real ones do."""

    budget: Budget
    address: str
    phase: Phase = IDLE
    since: float = 0.0
    reserved: int = 0
    given_up: bool = field(default=False)

    def __post_init__(self) -> None:
        self.budget.add(self.address, self)

    def give_up(self) -> None:
        self.given_up = True
        self.budget.remove(self.address, self)


def budget(**limits) -> Budget:
    return Budget(ServingLimits(**limits), lambda *_: True)


def test_the_longest_idle_one_goes_first_then_who_has_shown_least_for_its_time_and_who_is_served_never():
    found = budget(per_address=4)
    lines = [
        Line(found, "a", SERVED, 1),
        Line(found, "a", BUSY, 3),
        Line(found, "a", BUSY, 2),
        Line(found, "a", IDLE, 5),
        Line(found, "a", IDLE, 4),
    ]
    order = []
    while found.admit("a", 10):
        (gone,) = [line for line in lines if line.given_up and line not in order]
        order.append(gone)
        lines.append(Line(found, "a", SERVED, 10))
    assert [(line.phase, line.since) for line in order] == [(IDLE, 4), (IDLE, 5), (BUSY, 2), (BUSY, 3)]
    assert not any(line.given_up for line in lines if line.phase is SERVED)


def test_one_address_takes_nothing_from_another():
    found = budget(per_address=3, connections=1000)
    office = [Line(found, "office") for _ in range(3)]
    for number in range(50):
        assert found.admit("attacker", number)
        Line(found, "attacker", BUSY, number)
    assert not any(line.given_up for line in office)


def test_where_all_are_taken_the_address_that_has_most_gives_one_up():
    found = budget(per_address=8, connections=10)
    few = [Line(found, "few", IDLE, 0) for _ in range(2)]
    many = [Line(found, "many", BUSY, 5) for _ in range(8)]
    assert found.admit("new", 10)
    assert [line.given_up for line in few] == [False, False]
    assert sum(line.given_up for line in many) == 1


def test_a_proxy_speaks_for_many():
    found = budget(per_address=2, proxies=frozenset({"10.0.0.1"}))
    lines = [Line(found, "10.0.0.1") for _ in range(20)]
    assert found.admit("10.0.0.1", 0)
    assert not any(line.given_up for line in lines)


def test_it_is_said_once_in_a_while(caplog):
    found = budget(per_address=1)
    with caplog.at_level(logging.WARNING):
        for now in (0, 1, 59, 61):
            found.admit("a", now)
            Line(found, "a", IDLE, now)
    assert len(caplog.records) == 2
    assert "a holds 1 connections" in caplog.text


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:2", "2001:db8::/64"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_all_addresses_of_a_network_of_ipv6_are_one_client(address, client):
    assert client_of(address) == client


def test_a_body_has_time_by_its_size_and_no_more_than_the_longest():
    limits = ServingLimits(body_grace_s=60, bytes_per_s=4096, longest_s=1800)
    assert limits.time_for(0) == 60
    assert limits.time_for(4_096_000) == 1060
    assert limits.time_for(200_000_000) == 1800


def test_there_is_room_while_all_that_is_announced_fits():
    found = budget(receiving_bytes=100)
    Line(found, "a", BUSY, reserved=60)
    Line(found, "b", BUSY, reserved=30)
    assert found.has_room(10)
    assert not found.has_room(11)


MB = 1024 * 1024


@pytest.mark.parametrize("processes", [1, 2, 3, 4, 8])
def test_processes_at_the_same_ports_have_together_what_one_alone_would_have(processes):
    whole = ServingLimits(proxies=frozenset({"10.0.0.1"}))
    part = whole.shared_by(processes, 200 * MB)
    assert whole.connections <= processes * part.connections < whole.connections + processes
    assert whole.per_address <= processes * part.per_address < whole.per_address + processes
    together = processes * part.receiving_bytes
    assert whole.receiving_bytes <= together < max(1024, processes * 200) * MB + processes
    assert part.receiving_bytes >= 200 * MB, "the largest body finds room at every process"
    assert (part.idle_s, part.proxies) == (whole.idle_s, whole.proxies)


def test_a_part_is_never_more_than_the_whole():
    assert ServingLimits(receiving_bytes=50 * MB).shared_by(4, 200 * MB).receiving_bytes == 50 * MB
    assert ServingLimits(per_address=2).shared_by(4, 1).per_address == 1
