"""How the folder ``2026_11`` was made: by ``python -m tests.old_folders.make_2026_11`` with the program of 1644899.

Kept to be read. With that program it makes the same files again; with a later one it need not even run.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from inspect_app.services.demonstration import begin_demonstration, complete_demonstration
from tests.old_folders import FOLDER

from . import cases, desk, earlier, ground, people, weeks
from .hands import Office, opened

COMPACTED = (
    ("inspections", "2026-W45"),
    ("inspections", "2026-W46"),
    ("inspections", "ids"),
    ("cases", "all"),
    ("publications", "all"),
)
COPIES = ("thumbnails", "reviews", "plain", "public")
COPIES_KEPT = 4
"""So many pictures of each kind are left; of the others the program makes new ones."""


def main() -> None:
    if FOLDER.exists():
        sys.exit(f"{FOLDER} is there, and is never made again")
    FOLDER.mkdir()
    office = opened(FOLDER)
    live(office)
    office.services.after.wait()
    write(FOLDER / "given.json", given(office))
    office.services.store.close()
    # Compiled templates name the folder of the program that compiled them.
    shutil.rmtree(FOLDER / "data" / "templates", ignore_errors=True)
    for kind in COPIES:
        for path in sorted((FOLDER / "data" / "photos" / kind).rglob("*.jpg"))[COPIES_KEPT:]:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
    write_sums()
    # By a process of its own, whose clock and chance nobody has touched.
    subprocess.run([sys.executable, "-m", "tests.old_folders.expecting"], check=True)


def live(office: Office) -> None:
    """Four weeks of the city."""
    begin_demonstration(office.services.store, office.clock.now)
    ground.open_office(office)
    people.first_devices(office)
    people.earlier_device(office)
    people.codes(office)
    people.tokens(office)
    earlier.week_before(office)
    weeks.first_week(office)
    desk.plan(office)
    desk.change_areas(office)
    office.clock.at("11-08 10:00")
    desk.decide(office, "2026-W45", rejected={"R3/greenery": "照片与点位不符"}, left=("A2",))
    desk.edit_checklists(office)
    people.departures(office)
    desk.change_plan(office)
    office.clock.at("11-09 09:00")
    desk.outside(office, "2026-W45", "4210,sanitation,88.5\n421002,sanitation,90\n421002001,sanitation,92.25\n")
    desk.publish(office, "2026-W45", "11-09 09:30")
    desk.weigh_types(office)
    cases.file_first_week(office)
    cases.go_on(office, "11-09 16:30")
    cases.file_again(office)
    cases.file_report(office)
    desk.change_sites(office)
    cases.go_on(office, "11-12 10:00")
    desk.merge_areas(office)
    weeks.second_week(office)
    cases.go_on(office, "11-15 00:00")
    desk.later_plans(office)
    office.clock.at("11-15 20:00")
    desk.decide(office, "2026-W46", rejected={}, left=("S1",))
    desk.outside(office, "2026-W46", "4210,sanitation,70\n")
    desk.outside(office, "2026-W46", "4210,sanitation,87\n421003,sanitation,80\n")
    desk.publish(office, "2026-W46", "11-16 09:00")
    compact(office)
    cases.go_on(office, "11-17 00:00")
    cases.file_second_week(office)
    weeks.third_week(office)
    cases.set_cards(office)
    cases.tell(office)
    office.clock.at("11-18 15:00")
    desk.change_mind(office, "2026-W46", "Z4", "复核：标线已于当日重画")
    desk.publish(office, "2026-W46", "11-18 16:00", "更正：西城门斑马线一项改为驳回")
    office.clock.at("11-19 09:00")
    desk.decide(office, "2026-W47", rejected={"Z2/markings": "重复"}, left=("T3", "S1", "M3", "R2", "A1", "A2"))
    desk.redact(office)
    desk.export_evidence(office)
    cases.file_third_week(office)
    cases.expose(office)
    desk.save_filters(office)
    complete_demonstration(office.services.store)


def compact(office: Office) -> None:
    """File sets compacted while they are in use, as the store does by itself after some hundred changes."""
    for collection, part in COMPACTED:
        journal = office.services.store._table(collection, part).journal  # type: ignore[attr-defined]
        with journal.exclusive():
            journal._compact()


def given(office: Office) -> dict[str, Any]:
    """What whoever reads the folder has to know of it."""
    notes, store = office.notes, office.services.store
    return {
        "passwords": office.passwords,
        "tokens": office.tokens,
        "units": office.units,
        "revoked_token": notes["revoked token"],
        "codes": notes["codes"],
        "cases": notes["cases"],
        "sent": notes["sent"],
        "handlings": notes["handlings"],
        "texts": {one.id: said_of(one.document) for one in store.find("cases")},
        "redacted": [[one.document["inspection"], one.document["sha256"]] for one in store.find("redactions")],
        "bundle": notes["bundle"],
        "entries": office.services.audit.head().seq,
    }


def said_of(case: dict[str, Any]) -> list[str]:
    """What people wrote about a case."""
    return [case["title"], case["description"], *(step["reason"] for step in case["steps"] if step["reason"])]


def write(path: Path, document: dict[str, Any]) -> None:
    parts = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in document.items()]
    path.write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


def write_sums() -> None:
    """The SHA-256 of every file of data and checklists, as ``sha256sum -c`` reads it."""
    files = sorted(path for part in ("data", "checklists") for path in (FOLDER / part).rglob("*") if path.is_file())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(FOLDER)}\n" for path in files]
    (FOLDER / "SHA256SUMS").write_text("".join(lines))


if __name__ == "__main__":
    main()
