"""A public number has one way to be written, whatever was typed; what is none is refused with a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from inspect_app.domain.plan.beacon import SOURCES, Beacon, canonical_value, day_from, parse_beacon, used_day
from inspect_app.domain.plan.commitment import commitment_of, seed_of
from inspect_app.domain.problems import Problem
from inspect_app.wording import say

SPELLINGS = [
    "3987.15", "3987.150", "3987.1500", "3,987.15", "３９８７．１５", "３，９８７．１５", " 3987.15 ", "+3987.15",
    "03987.15", "3987.15点", "3987.15 点", "3 987.15", "3'987.15", "3’987.15", "\u30003987.15\u3000",
    "3\u00a0987.15", "３,９８７.15０",
]  # fmt: skip


@pytest.mark.parametrize("typed", SPELLINGS)
def test_every_spelling_of_a_closing_price_makes_one_seed(typed):
    value = canonical_value("sse-composite", typed)
    assert value == "3987.15"
    assert seed_of(bytes(32), Beacon("sse-composite", date(2026, 11, 27), value)) == KNOWN_SEED


KNOWN_SEED = "b8442e9d1d1dc8ed5dad82eeb8bac88b49d5e9ed85f45e04a4c5e5374feebd9a"


@pytest.mark.parametrize(
    ("typed", "value"),
    [("4000.00", "4000"), ("4000.", "4000"), ("0.50", "0.5"), ("4,000", "4000"), ("0", "0"), ("000", "0")],
)
def test_what_can_be_left_out_is_left_out(typed, value):
    assert canonical_value("sse-composite", typed) == value


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "abc", "-3987.15", "3987,15", "3.987,15", "39,87.15", "3987.151", "3.98715e3", "1e3", "NaN", "inf",
        "0x10", "3987.15 3987.16", "1234567", "٣٩٨٧", "三千", "3987。15", "3_987.15", "1" * 500, "3987.15\n1",
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_a_sentence(typed):
    refused = canonical_value("sse-composite", typed)
    assert isinstance(refused, Problem)
    assert say(refused).where == "公开数的值"
    assert len(say(refused).what) < 200


def test_a_lottery_number_is_an_integer_of_five_digits():
    assert canonical_value("pl5", "00123") == "123"
    assert isinstance(canonical_value("pl5", "123.5"), Problem)
    assert isinstance(canonical_value("pl5", "123456"), Problem)


def test_a_number_to_come_is_of_a_known_source_and_a_day_on_which_it_comes():
    assert parse_beacon("sse-composite", "２０２６-11-27") == Beacon("sse-composite", date(2026, 11, 27))
    for source, day in (
        ("x", "2026-11-27"),
        ("sse-composite", "2026-11-28"),  # a Saturday
        ("sse-composite", "27.11.2026"),
        ("sse-composite", "2026-02-30"),
        ("sse-composite", "20261127"),
    ):
        assert isinstance(parse_beacon(source, day), list), (source, day)
    assert isinstance(parse_beacon("pl5", "2026-11-28"), Beacon)
    assert day_from("2026-11-27 ") == date(2026, 11, 27)


def test_where_a_day_brought_no_number_a_later_one_counts_but_never_an_earlier():
    announced = Beacon("sse-composite", date(2026, 11, 27))
    assert used_day(announced, "") == announced.day
    assert used_day(announced, "2026-11-30") == date(2026, 11, 30)
    for typed in ("2026-11-26", "2026-11-28", "2026-12-25", "x"):
        assert isinstance(used_day(announced, typed), Problem), typed


def test_nobody_knows_a_number_before_its_hour_in_china():
    beacon = Beacon("sse-composite", date(2026, 11, 27))
    assert beacon.open_until == datetime(2026, 11, 27, 1, 15, tzinfo=UTC)
    assert beacon.known_from == datetime(2026, 11, 27, 7, tzinfo=UTC)
    assert all(one.open_until < one.known_from for one in SOURCES.values() if one.real)


def test_the_commitment_is_the_hash_of_the_secret():
    assert commitment_of(b"\0" * 32) == "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
