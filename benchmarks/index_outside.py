"""The index's figures and errors against R: the same estimates from a program that knows nothing of this one.

    python benchmarks/index_outside.py [--keep FOLDER]

Writes a simulated week as a table of streets × types (sites seen and their mean) with the published variances, has
``benchmarks/index_outside.R`` compute every street's figure and standard error by R's ``lm``, and compares to six
digits. Inspectors are not named and the register's size is not told, so that both sides know the same; streets' spread
is not moderated. Needs ``Rscript`` (base R alone); ``tests/domain/index/test_outside.py`` compares with inspectors,
second visits and a register against general matrix algebra.
"""

from __future__ import annotations

import argparse
import csv
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.index_truths import TRUTHS, City
from inspect_app.domain.index import predicting
from inspect_app.domain.index.gathering import AreaRows
from inspect_app.domain.index.sampling import predicted
from inspect_app.domain.index.weights import Weights

SCRIPT = Path(__file__).with_suffix(".R")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="where the tables are left")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        worst = compared_with_r(chosen.keep or Path(folder))
    print(f"largest relative difference of figures {worst[0]:.1e}, of standard errors {worst[1]:.1e}")
    sys.exit(0 if max(worst) < 1e-6 else 1)


def compared_with_r(folder: Path) -> tuple[float, float]:
    """The largest relative differences of figures and of standard errors over the streets of a week."""
    folder.mkdir(parents=True, exist_ok=True)
    predicting.moderated = lambda squares, own, lent: (np.ones_like(squares), own + lent)
    truth = replace(TRUTHS["plain"], second=0.0, drawn=30.0, cell_deviation=6.0)
    chance = np.random.default_rng(2026)
    city = City(truth, chance)
    observed = replace(city.observed(1, chance)[0])
    observed.visit_inspector[:] = -1
    ground = AreaRows(observed, city.tree, Weights(), {})
    ((_, found),) = predicted(ground, Weights())
    cells: dict[tuple[str, str], list[float]] = {}
    for site, rate in enumerate(ground.site_rate):
        key = observed.areas[observed.site_area[site]], observed.types[observed.site_type[site]]
        cells.setdefault(key, []).append(float(rate))
    _write(
        folder / "cells.csv",
        "street,type,sites,mean",
        ((*key, len(of), repr(np.mean(of).item())) for key, of in cells.items()),
    )
    _write(folder / "variances.csv", "cell,site", [(repr(found.components.cell), repr(found.components.site))])
    subprocess.run(["Rscript", str(SCRIPT), str(folder)], check=True)
    with (folder / "figures.csv").open() as table:
        of_r = {row["street"]: (float(row["figure"]), float(row["error"])) for row in csv.DictReader(table)}
    pairs = [((found.rate[ground.places[code]], found.error[ground.places[code]]), of_r[code]) for code in city.codes]
    return tuple(max(abs(ours[n] / theirs[n] - 1) for ours, theirs in pairs) for n in (0, 1))


def _write(path: Path, headings: str, rows) -> None:
    path.write_text("\n".join([headings, *(",".join(map(str, row)) for row in rows)]) + "\n")


if __name__ == "__main__":
    main()
