"""A rolling upgrade: an old and a new release of the program side by side on one PostgreSQL, phones sending to both.

The old one is a commit of this project, the new one its folder as it is; without a commit the old one is the folder,
and the new one a copy of it with a higher version of inspections, one collection and one numbered migration more
(``tests/releases.py``). First old alone, then ``store migrate`` by the new program while the old serves, then both,
then new alone and ``store upgrade``. Every phone sends to the one and the other until it is acknowledged. Pages are
asked of both all the while: what the old one cannot read must be 503 with a sentence, never 500.

    python benchmarks/rolling.py [--old COMMIT] [--phones N]

PostgreSQL is that of the tests. The last line of the output is one JSON object; the exit code is 1 where anything is
lost, doubled, damaged, or was answered as it should not be.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from tests.releases import Rolled, newer_than, rolled  # noqa: E402


def of_commit(commit: str, to: Path) -> Path:
    """The project as it was."""
    content = subprocess.run(["git", "archive", commit], cwd=PROJECT, check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        archive.extractall(to, filter="data")
    return to


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--old", default="", help="commit of the old release")
    parser.add_argument("--phones", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        at = Path(place)
        old = of_commit(asked.old, at / "old") if asked.old else PROJECT
        new = PROJECT if asked.old else newer_than(PROJECT, at / "new")
        done: Rolled = rolled(old, new, at / "data", asked.phones)
    for line in done.told:
        print(line)
    print(json.dumps({"old": asked.old or "this folder", "wrong": done.wrong, **done.counts}, ensure_ascii=False))
    return 1 if done.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
