"""Published heads are stamped by a service outside, a real one; one that fails holds nothing up and is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.collections.index.timestamp import TIMESTAMPS
from inspect_app.notices import NotStamped, TimestampService, stamp, stamped_at
from inspect_app.services.index.publishing import publish
from inspect_app.services.index.timestamping import published_heads, stamp_due, stamps_broken
from inspect_app.settings import SettingsError, settings_from
from tests.notices.stamping import make_authority, openssl, stamping_server
from tests.web.evidence.test_desk import visit
from tests.world import NOW, WEEK, World

LATER = NOW + timedelta(days=1)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stamps") / "authority"
    make_authority(folder)
    return folder


@pytest.fixture
def office(tmp_path, authority):
    """An office whose service is there; with it the failures that the service is to show."""
    with stamping_server(authority) as (address, failures):
        world = World.in_memory(tmp_path)
        service = TimestampService(address, (authority / "root.pem").read_bytes())
        world.services = replace(world.services, settings=replace(world.settings, timestamps=service))
        visit(world, 0)
        yield world, failures


def heads(world) -> list:
    return list(published_heads(world.services))


def test_a_published_head_is_stamped_as_openssl_verifies_without_us(office, authority, tmp_path):
    world, _ = office
    assert publish(world.services, "supervisor", WEEK, "", LATER) == 1
    world.services.after.wait()
    (one,) = heads(world)
    assert one.stamp.stamped_at == stamped_at(world.services.settings.timestamps.roots, one.stamp.token, one.statement)
    assert stamps_broken(world.services) is None
    (tmp_path / "head.json").write_bytes(one.statement)
    (tmp_path / "head.tsr").write_bytes(one.stamp.token)
    paths = ("-data", str(tmp_path / "head.json"), "-in", str(tmp_path / "head.tsr"))
    openssl("ts", "-verify", *paths, "-CAfile", str(authority / "root.pem"))
    assert [entry["act"] for entry in world.services.audit.entries()][-1] == "log.stamped"
    assert stamp_due(world.services, LATER + timedelta(days=9)) == []


def test_a_service_that_fails_holds_no_publication_up_and_is_asked_again(office):
    world, failures = office
    failures += [503, 500]
    assert publish(world.services, "supervisor", WEEK, "", LATER) == 1
    world.services.after.wait()
    (one,) = heads(world)
    assert (one.stamp.tries, one.stamp.token, "没有应答" in one.stamp.problem) == (1, b"", True)
    assert stamp_due(world.services, LATER + timedelta(minutes=4)) == []
    assert [tried.tries for tried in stamp_due(world.services, LATER + timedelta(minutes=5))] == [2]
    assert stamp_due(world.services, LATER + timedelta(minutes=14)) == []
    (done,) = stamp_due(world.services, LATER + timedelta(minutes=15))
    assert (done.tries, done.problem, bool(done.token)) == (3, "", True)


def test_a_stamp_of_something_else_or_by_somebody_else_is_none(office, authority, tmp_path):
    world, _ = office
    service = world.services.settings.timestamps
    token = stamp(service, b"this")
    with pytest.raises(NotStamped):
        stamped_at(service.roots, token, b"that")
    with pytest.raises(NotStamped):
        stamped_at(service.roots, b"nothing", b"this")
    other = make_authority(tmp_path / "other")
    with pytest.raises(NotStamped):
        stamped_at(other.read_bytes(), token, b"this")
    with pytest.raises(NotStamped):
        stamp(TimestampService(service.address, other.read_bytes()), b"this")


def test_a_service_whose_chain_is_in_no_order_is_asked_without_it_where_its_certificate_is_known(tmp_path):
    root = make_authority(tmp_path / "authority", sends_chain=True)
    with stamping_server(tmp_path / "authority") as (address, _):
        known = root.read_bytes() + (tmp_path / "authority" / "stamper.pem").read_bytes()
        token = stamp(TimestampService(address, known), b"this")
        assert stamped_at(known, token, b"this")
        with pytest.raises(NotStamped):
            stamped_at(known, token, b"that")


def test_a_stamp_that_was_put_under_another_head_is_found(office):
    world, _ = office
    assert publish(world.services, "supervisor", WEEK, "", LATER) == 1
    world.services.after.wait()
    (kept,) = TIMESTAMPS.find(world.services.store)
    other = stamp(world.services.settings.timestamps, b"another head")
    TIMESTAMPS.update(world.services.store, kept, replace(kept.value, token=other))
    assert "末条的时间戳无效" in stamps_broken(world.services).reason


def test_without_a_service_nothing_is_asked(tmp_path):
    world = World.in_memory(tmp_path)
    visit(world, 0)
    assert publish(world.services, "supervisor", WEEK, "", LATER) == 1
    world.services.after.wait()
    assert (stamp_due(world.services, LATER), [one.stamp for one in heads(world)]) == ([], [None])


@pytest.mark.parametrize(
    ("named", "variable"),
    [
        ({"INSPECT_TIMESTAMP_URL": "ftp://x"}, "INSPECT_TIMESTAMP_URL"),
        ({"INSPECT_TIMESTAMP_URL": "http://x"}, "INSPECT_TIMESTAMP_ROOTS"),
        ({"INSPECT_TIMESTAMP_URL": "http://x", "INSPECT_TIMESTAMP_ROOTS": __file__}, "INSPECT_TIMESTAMP_ROOTS"),
    ],
)
def test_a_service_without_anybody_to_trust_is_refused_at_start(named, variable):
    with pytest.raises(SettingsError, match=variable):
        settings_from(named)
