"""Taking an edited checklist into the folder of checklist files: all right and whole, or nothing."""

from __future__ import annotations

import contextlib
from pathlib import Path

from ...domain.checklists.catalogue import load_plan
from ...domain.checklists.files import parse_checklist, read_folder
from ...domain.problems import Problem
from ...domain.starting_set import PLAN_FILE
from ...durable import replace_file


def checklist_text(folder: Path, id: str) -> str:
    """The checklist's file as it stands; empty where there is none."""
    with contextlib.suppress(FileNotFoundError, UnicodeDecodeError):
        return (folder / f"{id}.toml").read_text("utf-8")
    return ""


def write_checklist(folder: Path, id: str, text: str) -> list[Problem]:
    """Write ``<id>.toml`` durably where the whole folder is right with it; else what is wrong, and nothing changed."""
    plan = load_plan(folder / PLAN_FILE)
    if isinstance(plan, list):
        return plan
    _, wrong = read_folder(folder, plan)
    wrong.pop(id, None)
    found = parse_checklist(text, f"{id}.toml", plan)
    problems = [problem for of_file in wrong.values() for problem in of_file]
    problems += found if isinstance(found, list) else []
    if problems:
        return problems
    try:
        replace_file(folder / f"{id}.toml", text.encode())
    except OSError as error:
        return [Problem(f"{id}.toml", f"不能写入：{error.strerror}")]
    return []
