"""Who knows everything that is public tells no better than by chance what will be drawn."""

from __future__ import annotations

import hashlib
import hmac
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from inspect_app.domain.plan.beacon import Beacon
from inspect_app.domain.plan.commitment import commitment_of, seed_of
from inspect_app.domain.plan.draw import Drawn, Listed, draw
from inspect_app.domain.weeks import shifted

WEEKS, COUNT = 300, 12
REGISTER = [Listed(f"s{n}", f"street-{n % 5}", "abc"[n % 3]) for n in range(60)]


@dataclass(frozen=True)
class Public:
    """What everybody knows on the day of a draw; of the weeks before also what was revealed."""

    week: str
    commitment: str
    beacon: Beacon
    past: list[tuple[str, bytes, Beacon, frozenset[str]]]


def sites(seed: str, week: str) -> frozenset[str]:
    drawn = draw(REGISTER, seed=seed, week=week, count=COUNT)
    return frozenset(one.code for one in drawn if isinstance(one, Drawn))


def often(known: Public, sign: int) -> frozenset[str]:
    seen = Counter(code for *_, drawn in known.past for code in drawn)
    ordered = sorted((site.code for site in REGISTER), key=lambda code: (sign * seen[code], code))
    return frozenset(ordered[:COUNT])


GUESSERS: dict[str, Callable[[Public], frozenset[str]]] = {
    "the public number as the seed": lambda known: sites(known.beacon.canonical, known.week),
    "its value as an open seed": lambda known: sites(f"{known.beacon.title} {known.beacon.value}", known.week),
    "the commitment as the seed": lambda known: sites(known.commitment, known.week),
    "the commitment as the secret": lambda known: sites(
        seed_of(bytes.fromhex(known.commitment), known.beacon), known.week
    ),
    "the secret before": lambda known: sites(seed_of(known.past[-1][1], known.beacon), known.week),
    "a secret made of the one before": lambda known: sites(
        seed_of(hashlib.sha256(known.past[-1][1]).digest(), known.beacon), known.week
    ),
    "all secrets together": lambda known: sites(
        hmac.new(b"".join(past[1] for past in known.past), known.beacon.canonical.encode(), "sha256").hexdigest(),
        known.week,
    ),
    "a secret of zeros": lambda known: sites(seed_of(bytes(32), known.beacon), known.week),
    "what came last week": lambda known: known.past[-1][3],
    "what did not come lately": lambda known: often(known, 1),
    "what came most often": lambda known: often(known, -1),
}


@pytest.fixture(scope="module")
def weeks() -> list[tuple[Public, bytes, frozenset[str]]]:
    rng, past, found = random.Random(15), [], []
    for number in range(WEEKS + 5):
        week = shifted("2026-W02", number)
        secret, value = rng.randbytes(32), f"{rng.randrange(300_000, 420_000) / 100:.2f}".rstrip("0").rstrip(".")
        beacon = Beacon("sse-composite", date(2026, 1, 2) + timedelta(weeks=number), value)
        drawn = sites(seed_of(secret, beacon), week)
        if number >= 5:
            found.append((Public(week, commitment_of(secret), beacon, past[:]), secret, drawn))
        past.append((week, secret, beacon, drawn))
    return found


@pytest.mark.parametrize("guesser", GUESSERS)
def test_a_guesser_does_no_better_than_chance(weeks, guesser):
    hits = sum(len(GUESSERS[guesser](known) & drawn) for known, _, drawn in weeks)
    size, part = len(REGISTER), COUNT / len(REGISTER)
    deviation = math.sqrt(WEEKS * COUNT * part * (1 - part) * (size - COUNT) / (size - 1))
    assert abs(hits - WEEKS * COUNT * part) < 4.5 * deviation, hits / WEEKS / COUNT


def test_with_the_secret_everything_is_known(weeks):
    assert all(sites(seed_of(secret, known.beacon), known.week) == drawn for known, secret, drawn in weeks)
