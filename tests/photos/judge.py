"""A process of its own that takes in hostile files: ``python -m tests.photos.judge <folder>``, one JSON line for each.

Memory is the most that the process had in use since the file before, in MB.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from inspect_app.domain.problems import Problem
from inspect_app.photos.copies import copies_of
from inspect_app.photos.intake import photo_problem
from inspect_app.wording import say


def main() -> None:
    for path in sorted(Path(sys.argv[1]).iterdir()):
        content = path.read_bytes()
        forget_peak("self")
        started = time.process_time()
        problem = photo_problem(content)
        only_copy = photo_problem(content, only_copy=True)
        copies = copies_of(content)
        said = {
            "name": path.name,
            "says": say(problem).what if problem else "",
            "only_copy_says": say(only_copy).what if only_copy else "",
            "copies_say": say(copies).what if isinstance(copies, Problem) else "",
            "whole": not isinstance(copies, Problem) and copies.look.whole,
            "seconds": time.process_time() - started,
            "peak_mb": peak_mb("self"),
            "apart_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
        }
        print(json.dumps(said), flush=True)


def forget_peak(pid: str | int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_mb(pid: str | int) -> float:
    """The most memory that a process had in use (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


if __name__ == "__main__":
    main()
