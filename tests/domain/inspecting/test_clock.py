"""Whatever a phone's clock says, a visit has times that can be, and nothing is refused for them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.domain.inspecting.clock import CORRECTIONS, EARLIEST, LONGEST_SURE, Timed, timed
from inspect_app.domain.inspecting.submission import Header

NOW = datetime(2026, 11, 25, 3, tzinfo=UTC)
MINUTES, DAYS = timedelta(minutes=1), timedelta(days=1)
INSTANTS = st.datetimes(timezones=st.just(UTC))


def visit(
    started: datetime,
    finished: datetime,
    *,
    seen: tuple[datetime, ...] = (),
    clock: dict[str, Any] | None = None,
    phone_now: datetime | None = None,
) -> Timed:
    """A visit received at ``NOW``."""
    raw = {
        "photos": [{"captured_at": at.isoformat(), "source": "live"} for at in seen],
        **({"clock": clock} if clock is not None else {}),
    }
    return timed(Header("s", "c", "v", started, finished), raw, NOW, phone_now)


def times(found: Timed) -> tuple[datetime, datetime, tuple[str, ...]]:
    return found.header.started_at, found.header.finished_at, found.clock.corrections


def test_times_that_can_be_stay_as_they_are():
    found = visit(NOW - 14 * MINUTES, NOW - 2 * MINUTES)
    assert times(found) == (NOW - 14 * MINUTES, NOW - 2 * MINUTES, ())
    assert (found.clock.started_at, found.clock.error_ms) == (NOW - 14 * MINUTES, None)


def test_a_phone_that_is_two_days_fast_has_its_visit_moved_to_when_it_came():
    found = visit(NOW + 2 * DAYS - 12 * MINUTES, NOW + 2 * DAYS)
    assert times(found) == (NOW - 12 * MINUTES, NOW, ("ahead",))
    assert found.clock.finished_at == NOW + 2 * DAYS


def test_a_start_two_days_ahead_of_a_right_end_becomes_the_first_photo():
    seen = (NOW - 9 * MINUTES, NOW - 3 * MINUTES)
    assert times(visit(NOW + 2 * DAYS, NOW, seen=seen)) == (NOW - 9 * MINUTES, NOW, ("start_after_end",))
    assert times(visit(NOW + 2 * DAYS, NOW)) == (NOW, NOW, ("start_after_end",))


def test_a_start_eight_days_before_the_end_becomes_the_first_photo_and_so_lies_in_its_week():
    started = NOW - 8 * DAYS
    found = visit(started, NOW, seen=(NOW - 9 * MINUTES,))
    assert times(found) == (NOW - 9 * MINUTES, NOW, ("start_too_early",))
    assert found.restarted


def test_a_form_that_was_begun_days_ago_stays_begun_where_a_photo_of_then_or_the_server_s_clock_shows_it():
    started = NOW - 3 * DAYS
    assert times(visit(started, NOW, seen=(started + 30 * MINUTES,)))[0] == started
    sure = {"started_at": started.isoformat(), "finished_at": NOW.isoformat(), "error_ms": 80}
    assert times(visit(started, NOW, clock=sure)) == (started, NOW, ())
    assert times(visit(NOW - 15 * DAYS, NOW, clock=sure))[2] == ("start_too_early",)


def test_a_photo_from_the_gallery_shows_no_start():
    started = NOW - 3 * DAYS
    raw = {"photos": [{"captured_at": started.isoformat(), "source": "gallery"}]}
    found = timed(Header("s", "c", "v", started, NOW), raw, NOW)
    assert found.clock.corrections == ("start_too_early",)


def test_a_phone_whose_date_was_never_set_has_its_visit_moved_to_when_it_came():
    started = datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    assert times(visit(started, started + 7 * MINUTES)) == (NOW - 7 * MINUTES, NOW, ("unset",))


def test_a_visit_without_any_contact_is_told_by_the_clock_that_the_phone_has_on_sending_it():
    """Eight days slow, and nobody knew until it was sent, three hours after the visit."""
    phone = NOW - 8 * DAYS - 3 * 60 * MINUTES
    clock = {"started_at": phone.isoformat(), "finished_at": (phone + 9 * MINUTES).isoformat(), "error_ms": None}
    found = visit(phone, phone + 9 * MINUTES, clock=clock, phone_now=NOW - 8 * DAYS)
    assert times(found) == (NOW - 180 * MINUTES, NOW - 171 * MINUTES, ("by_contact",))
    assert found.clock.started_at == phone
    anchored = visit(phone, phone + 9 * MINUTES, clock={**clock, "error_ms": 50}, phone_now=NOW - 8 * DAYS)
    assert times(anchored)[2] == ()


@pytest.mark.parametrize(
    "clock", [7, "x", [], {"started_at": 3, "error_ms": "no"}, {"error_ms": -1}, {"error_ms": True}]
)
def test_a_clock_that_cannot_be_read_is_as_if_it_were_not_told(clock):
    found = visit(NOW - 14 * MINUTES, NOW, clock=clock)
    assert times(found) == (NOW - 14 * MINUTES, NOW, ())
    assert found.clock.error_ms is None


@given(started=INSTANTS, finished=INSTANTS, seen=st.lists(INSTANTS, max_size=3), phone=st.none() | INSTANTS)
def test_whatever_is_said_the_times_can_be_and_each_correction_has_a_sentence(started, finished, seen, phone):
    clock = {"started_at": started.isoformat(), "finished_at": finished.isoformat(), "error_ms": None}
    begun, ended, why = times(visit(started, finished, seen=tuple(seen), clock=clock, phone_now=phone))
    assert EARLIEST - LONGEST_SURE <= begun <= ended <= NOW + 15 * MINUTES
    assert ended - begun <= LONGEST_SURE
    assert set(why) <= set(CORRECTIONS)
