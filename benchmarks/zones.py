"""How long an audit of zones takes, beside measuring every pair, and how it grows.

    python benchmarks/zones.py [--quick]

Schools and premises are spread over a made-up city of 60 × 60 km: schools as polygons of 8 to 24 corners, half the
premises near schools, as they are. Brute force is measured on a sample of pairs and multiplied. Ratio and growth are of
processor time, which other programs on the machine do not lengthen; the time on the clock stands beside it.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from inspect_app.domain.place.outlines import Outline, parse_outline
from inspect_app.domain.zones.files import ZoneRules, parse_zones
from inspect_app.domain.zones.premises_files import RegisteredPremises
from inspect_app.domain.zones.school_zones import School, judge
from inspect_app.services.zones.auditing import audit_zones
from inspect_app.settings import PROJECT

LAT, LON, CITY_M = 30.3, 112.2, 60_000.0
DEGREE_M = 111_000.0


def at(rng: random.Random, lat: float, lon: float, metres: float) -> tuple[float, float]:
    turn, way = rng.uniform(0, 2 * math.pi), metres * math.sqrt(rng.random())
    return (
        lat + way * math.cos(turn) / DEGREE_M,
        lon + way * math.sin(turn) / DEGREE_M / math.cos(math.radians(lat)),
    )


def schools(rng: random.Random, count: int) -> list[School]:
    made = []
    for number in range(count):
        lat, lon = at(rng, LAT, LON, CITY_M / 2)
        turns = sorted(rng.uniform(0, 360) for _ in range(rng.randint(8, 24)))
        ring = []
        for turn in turns:
            way = rng.uniform(60, 180)
            north, east = way * math.cos(math.radians(turn)), way * math.sin(math.radians(turn))
            ring.append([lon + east / DEGREE_M / math.cos(math.radians(lat)), lat + north / DEGREE_M])
        outline = parse_outline({"type": "Polygon", "coordinates": [[*ring, ring[0]]]}, {})
        if isinstance(outline, Outline):
            kind = "幼儿园" if number % 4 == 0 else "中小学"
            made.append(School(f"学校{number}", kind, None, outline))
    return made


def premises(rng: random.Random, count: int, near: list[School], rules: ZoneRules) -> list[RegisteredPremises]:
    found = []
    for row in range(2, count + 2):
        if rng.random() < 0.5:
            lon, lat = rng.choice(near).outline.coordinates[0][0]  # type: ignore[union-attr]
            lat, lon = at(rng, lat, lon, 600)
        else:
            lat, lon = at(rng, LAT, LON, CITY_M / 2)
        found.append(
            RegisteredPremises(row, f"店{row}", rng.choice(rules.rules).title, lat, lon, rng.choice((5.0, 10.0, 20.0)))
        )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the premises and of the schools")
    quick = parser.parse_args().quick
    rng = random.Random(7)
    rules = parse_zones((PROJECT / "checklists" / "zones.toml").read_text("utf-8"))
    assert isinstance(rules, ZoneRules)
    some = schools(rng, 100 if quick else 1000)
    many = premises(rng, 10_000 if quick else 100_000, some, rules)

    taken = {}
    for count in (len(many) // 10, len(many)):
        began, started = time.perf_counter(), time.process_time()
        result = audit_zones(many[:count], some, rules)
        taken[count], on_clock = time.process_time() - started, time.perf_counter() - began
        print(
            f"{count:>7} premises x {len(some)} schools: {taken[count]:.2f} s of processor ({on_clock:.2f} s on the "
            f"clock), {len(result)} in a zone or open"
        )

    sample = [(rng.choice(many), rng.choice(some)) for _ in range(3000)]
    rules_of = {one.category: rules.of(one.category) for one in many}
    started = time.process_time()
    for one, school in sample:
        for rule in rules_of[one.category]:
            if school.kind in rule.schools:
                judge(one, school, rule, rules.point_reach_m)
    brute = (time.process_time() - started) / len(sample) * len(many) * len(some)
    few, all_ = sorted(taken)
    figures = {
        "premises": all_,
        "schools": len(some),
        "processor_seconds": round(taken[all_], 2),
        "brute_force_seconds": round(brute),
        "times_faster": round(brute / taken[all_]),
        "growth_for_10x": round(taken[all_] / taken[few], 2),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
