"""Text of every class of Unicode pasted by every role into every field, and everything read strictly. A campaign, not a
test: ``tests/web/test_pasted_text.py`` is a part of it.

    python benchmarks/pasting.py [--seeds N]

The last line of the output is one JSON object. Exit code 1 where an answer was an error or not well-formed.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tests.fuzzing.campaign import ROLES, filled, stopped_clock  # noqa: E402
from tests.fuzzing.pasting import Read, paste_and_read, read_as_kept_before  # noqa: E402


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seeds", type=int, default=5, help="so many times, each with texts of its own")
    given = parser.parse_args()
    failures, kinds, shown, taken = dict[str, str](), Counter[str](), set[str](), set[str]()
    with tempfile.TemporaryDirectory() as folder, stopped_clock():
        city = filled(Path(folder) / "city")
        for seed in range(given.seeds):
            reads: tuple[Read, ...] = (
                paste_and_read(city, Path(folder) / f"pasted-{seed}", ROLES[1:], ROLES, seed),
                read_as_kept_before(city, Path(folder) / f"kept-{seed}", ROLES, seed),
            )
            for read in reads:
                failures |= read.failures
                kinds += read.kinds
                shown |= read.shown
                taken |= set(read.taken)
            print(f"seed {seed}: {kinds.total()} answers, {len(failures)} failures so far", flush=True)
    for told, wrong in failures.items():
        print(f"\n== {told[:300]}\n{wrong}")
    print(json.dumps({"answers": kinds, "took": len(taken), "showed": len(shown), "failures": len(failures)}))
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
