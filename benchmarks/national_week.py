"""How long a national week takes to compute, and how that grows with its size.

    python benchmarks/national_week.py [--quick]

41,352 streets, 1,000,000 inspections with 20,000,000 item results (a tenth of each before, for the growth); with
``--quick`` a tenth and a hundredth. Each size in a process of its own. Prints seconds, peak memory and their ratios.
Targets: under 60 s, under 4 GB, at most 12 times for ten times the size.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import time
from pathlib import Path

# As the program itself does.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import click
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from inspect_app.domain.index.civility_index import week_tables
from inspect_app.domain.index.observing import ItemKey, Observed
from inspect_app.domain.place.areas import Area, AreaTree

STREETS, COUNTIES, CITIES, PROVINCES = 41_352, 2_846, 340, 31
INSPECTIONS, ITEMS_EACH, TYPES = 1_000_000, 20, 22
INSPECTORS = 25
"""In each city."""
DIMENSIONS = ("公共环境", "公共秩序", "公共设施", "公共服务", "公共交往", "宣传氛围")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    scale = 0.1 if parser.parse_args().quick else 1.0
    context = multiprocessing.get_context("spawn")
    found = []
    for size in (scale / 10, scale):
        with context.Pool(1) as pool:
            found.append(pool.apply(measure, (size,)))
        print(json.dumps(found[-1], ensure_ascii=False), flush=True)
    small, large = found
    print(f"growth for 10 times the size: {large['seconds'] / small['seconds']:.1f}x the time (target at most 12)")
    print(f"{large['seconds']:.1f} s of 60 s, {large['peak_mb']:,} MB of 4,000 MB (the data included)")


def measure(size: float) -> dict[str, float]:
    """Compute one week of a part of the national size; processor seconds of it, peak memory of the process."""
    tree, observed, listed = national_week(size)
    before = time.process_time()
    with click.progressbar(length=TYPES, label=f"{size:g} of the national week", file=sys.stderr) as bar:
        tables = week_tables(observed, tree, minimum=3, listed=listed, progress=bar.update)
    seconds = time.process_time() - before
    detail = tables.detail(tables.rows[0].area, {})
    return {
        "streets": sum(row.level == "街道乡镇" for row in tables.rows),
        "inspections": len(observed.visit_site),
        "results": len(observed.result_visit),
        "seconds": round(seconds, 2),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "parts_of_the_first_area": len(detail.types + detail.dimensions + detail.clauses + detail.items),
    }


def national_week(size: float) -> tuple[AreaTree, Observed, dict[tuple[str, str], int]]:
    """A tree of four levels and inspections spread over it by chance (seed 7)."""
    chance = np.random.default_rng(7)
    provinces = [f"{n + 11}" for n in range(PROVINCES)]
    cities = [f"{provinces[n % PROVINCES]}{n // PROVINCES + 1:02}" for n in range(CITIES)]
    counties = [f"{cities[n % CITIES]}{n // CITIES + 1:02}" for n in range(COUNTIES)]
    streets = [f"{counties[n % COUNTIES]}{n // COUNTIES + 1:03}" for n in range(int(STREETS * size))]
    used = {street[:digits] for street in streets for digits in (2, 4, 6)}
    tree = AreaTree([Area(code, code, code[: _UP[len(code)]]) for code in [*sorted(used), *streets]])

    visits = int(INSPECTIONS * size)
    types = tuple(f"type-{n:02}" for n in range(TYPES))
    items = tuple(
        ItemKey(id, f"item-{n}", f"item {n}", DIMENSIONS[n % 6], (f"({n % 7 + 1}){n % 9}", f"(五){n % 5}"))
        for id in types
        for n in range(ITEMS_EACH)
    )
    visit_type = chance.integers(0, TYPES, visits)
    visit_area = chance.integers(0, len(streets), visits)
    scores = chance.random((visits, ITEMS_EACH)) ** 0.25
    weights = np.tile(np.arange(5.0, 5.0 + ITEMS_EACH), (visits, 1))
    observed = Observed(
        areas=tuple(streets),
        types=types,
        items=items,
        sites=tuple(map(str, range(visits))),
        site_area=visit_area,
        site_type=visit_type,
        visit_site=np.arange(visits),
        visit_rate=100 * (weights * scores).sum(axis=1) / weights.sum(axis=1),
        visit_cap=np.full(visits, np.nan),
        visit_inspector=visit_area % COUNTIES % CITIES * INSPECTORS + chance.integers(0, INSPECTORS, visits),
        visit_chance=np.full(visits, 0.2),
        visit_planned=np.ones(visits, np.bool_),
        result_visit=np.repeat(np.arange(visits, dtype=np.int32), ITEMS_EACH),
        result_item=(visit_type[:, None] * ITEMS_EACH + np.arange(ITEMS_EACH)).ravel().astype(np.int32),
        result_score=scores.ravel(),
        result_weight=weights.ravel(),
    )
    listed = {(street, id): 6 for street in streets for id in types}
    return tree, observed, listed


_UP = {2: 0, 4: 2, 6: 4, 9: 6}

if __name__ == "__main__":
    main()
