"""Note down every text that checklists/ ever had: .venv/bin/python docs/develop/released.py

An installation tells by inspect_app/data/released-starting-set.json which texts are the program's own and which are an
office's. Run this after each change of a file in checklists/; what is noted stays noted, also where the history of this
copy of the repository does not go back that far.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT))

from inspect_app.domain.checklists.checklist import Checklist  # noqa: E402
from inspect_app.domain.checklists.editions import digest  # noqa: E402
from inspect_app.domain.checklists.files import parse_checklist  # noqa: E402
from inspect_app.services.checklists.folder import RELEASED_FILE  # noqa: E402

Table = dict[str, dict[str, list[str]]]


def texts() -> Iterator[tuple[str, str]]:
    """Names and texts, the earliest first: those of the history, then those that are there."""
    for commit in git("log", "--reverse", "--format=%H", "--", "checklists").split():
        for path in git("ls-tree", "--name-only", commit, "checklists/").split():
            yield Path(path).stem, git("show", f"{commit}:{path}")
    for file in sorted((PROJECT / "checklists").glob("*.toml")):
        yield file.stem, file.read_text("utf-8")


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT, capture_output=True, encoding="utf-8", check=True)
    return done.stdout


def noted(table: Table) -> Table:
    """The table with what it lacked."""
    for name, text in texts():
        note(table["texts"], name, digest(text))
        found = parse_checklist(text, f"{name}.toml")
        if isinstance(found, Checklist):
            note(table["versions"], name, found.version)
    return {kind: dict(sorted(of_names.items())) for kind, of_names in table.items()}


def note(of_names: dict[str, list[str]], name: str, entry: str) -> None:
    known = of_names.setdefault(name, [])
    if entry not in known:
        known.append(entry)


def main() -> None:
    table = json.loads(RELEASED_FILE.read_text("utf-8")) if RELEASED_FILE.exists() else {"texts": {}, "versions": {}}
    RELEASED_FILE.write_text(json.dumps(noted(table), indent=1) + "\n", "utf-8")
    print(RELEASED_FILE.relative_to(PROJECT))


if __name__ == "__main__":
    main()
