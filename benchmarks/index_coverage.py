"""How often the index's 95 % intervals hold the truth, with and without what other streets lend.

    python benchmarks/index_coverage.py [--cities 40] [--weeks 50]

Simulated weeks as in ``tests/domain/index/test_index_coverage.py``: every site's true rate is known, a tenth of the
sites is inspected twice, each look errs. By the number of a street's sites.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from inspect_app.domain.index import predicting
from tests.domain.index.test_index_coverage import CODES, city, week


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cities", type=int, default=40)
    parser.add_argument("--weeks", type=int, default=50)
    chosen = parser.parse_args()
    for freedom in (0.0, 8.0, predicting.LENT_FREEDOM, 64.0):
        predicting.LENT_FREEDOM = freedom
        print(f"lent degrees of freedom at most {freedom:2.0f}: {covered(chosen.cities, chosen.weeks)}")


def covered(cities: int, weeks: int) -> str:
    """Share of intervals that hold the truth and their mean half width, by the number of sites."""
    chance = np.random.default_rng(20161107)
    held: dict[str, list[tuple[bool, float]]] = {"under 11": [], "11 to 16": [], "17 and more": []}
    for of in [city(chance) for _ in range(cities)]:
        for _ in range(weeks):
            for row in week(of, chance).rows:
                if row.level != "街道乡镇" or row.low is None or row.high is None:
                    continue
                size = "under 11" if row.sites < 11 else "11 to 16" if row.sites < 17 else "17 and more"
                inside = row.low <= of.truth(CODES.index(row.area)) <= row.high
                held[size].append((inside, (row.high - row.low) / 2))
    said = []
    for size, found in held.items():
        hits, halves = np.array(found).T if found else ([np.nan], [np.nan])
        said.append(f"{size} sites {100 * np.mean(hits):.1f} % (± {np.mean(halves):.1f}, {len(found):,})")
    return "; ".join(said)


if __name__ == "__main__":
    main()
