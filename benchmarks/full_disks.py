"""The disk of the database, or of the object store, is really full: 507 or 503, reading goes on, nothing is half kept.

A server (``run.py``) on PostgreSQL and SeaweedFS; the folder of each lies on a small file system in memory, which is
mounted for this run (as root) and filled to its last byte: first the database's, then the object store's. Meanwhile
inspections with a photo each are sent, and pages and photos are read. Then there is room again, and everything that was
refused is sent once more, by a server that was not restarted.

    sudo python benchmarks/full_disks.py

The last line of the output is one JSON object: for each disk the answers while it was full, how many pages and photos
could be read, and how long after there was room all had arrived. The exit code is 1 where an answer was another than
200, 201, 507 or 503, or did not say it in Chinese, a page could not be read, or anything is lost, doubled or half kept.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from inspect_app.collections.inspecting.inspection import INSPECTIONS  # noqa: E402
from inspect_app.object_place import PHOTOS_AT, object_place_from  # noqa: E402
from inspect_app.services import open_services  # noqa: E402
from inspect_app.services.checking import check  # noqa: E402
from tests.conftest import ServerProcess  # noqa: E402
from tests.forks import flask  # noqa: E402
from tests.objects import running  # noqa: E402
from tests.store.databases import Server, empty_database  # noqa: E402
from tests.web.test_full_disk import Asking  # noqa: E402
from tests.web.test_really_full_disk import fill_to_the_last_byte  # noqa: E402
from tests.world import PASSWORD, WEEK, World, evidence, failing, first_item, new_id, photo, sha256  # noqa: E402

DATABASE_MB, OBJECTS_MB = 256, 512
WHILE_FULL = 12
PATIENCE_S = 180.0
Sent = tuple[str, bytes, str]
"""The id of an inspection, its photo, its record."""


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Not a byte is left meanwhile."""
    filler = folder / "filler"
    fill_to_the_last_byte(filler)
    try:
        yield
    finally:
        filler.unlink()


@dataclass
class Phone:
    """Sends inspections, and looks at what is there."""

    world: World
    port: int
    number: int = 0
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    unsaid: list[str] = field(default_factory=list)
    """Refusals without a word in Chinese."""

    def made(self) -> Sent:
        self.number += 1
        content = photo(self.number, (1600, 1200), quality=95)
        checklist = self.world.checklist("public-toilet")
        item = first_item(checklist, "compliance").id
        made = self.world.submission("public-toilet", photos=[evidence(content, item)])
        return new_id(), content, json.dumps({**made, "answers": failing(made["answers"], checklist, item)})

    def send(self, one: Sent, answers: Counter[str]) -> bool:
        """Photo and record, as the outbox does; whether both are taken."""
        id, content, record = one
        parts = ((f"photos/{sha256(content)}", content), (f"inspections/{id}", record.encode()))
        is_taken = all(self._put(path, body, answers) in (200, 201) for path, body in parts)
        if is_taken:
            self.acknowledged[id] = content
        return is_taken

    def _put(self, path: str, body: bytes, answers: Counter[str]) -> int:
        headers = {"Authorization": f"Bearer {self.world.tokens['inspector']}", "Content-Type": "application/json"}
        status, said = Asking(self.port)("PUT", f"/api/v1/{path}", body, **headers)
        answers[f"{path.partition('/')[0]} {status}"] += 1
        if status in (503, 507) and not any("一" <= sign <= "鿿" for sign in json.loads(said).get("error", "")):
            self.unsaid.append(said.decode()[:200])
        return status


def while_full(phone: Phone, office: Asking, disk: Path) -> dict[str, Any]:
    """What is answered while a disk is full, and how long all takes to arrive once it is not."""
    answers, pages, later = Counter[str](), Counter[int](), Counter[str]()
    before = list(phone.acknowledged)
    with filled(disk):
        refused = [one for one in [phone.made() for _ in range(WHILE_FULL)] if not phone.send(one, answers)]
        for path in _pages(phone, before):
            pages[office("GET", path)[0]] += 1
    since = time.monotonic()
    while refused := [one for one in refused if not phone.send(one, later)]:
        if time.monotonic() - since > PATIENCE_S:
            break
        time.sleep(0.5)
    return {
        "answers": dict(answers),
        "pages": {str(status): number for status, number in pages.items()},
        "arrived_s": round(time.monotonic() - since, 1),
        "never_arrived": len(refused),
        "later": dict(later),
    }


def _pages(phone: Phone, ids: list[str]) -> list[str]:
    shown = [f"/inspections/{id}" for id in ids]
    originals = [f"/inspections/{id}/photos/{sha256(phone.acknowledged[id])}/original" for id in ids]
    return ["/login", "/index/", "/review/photos", "/review/desk/", *shown, *originals]


def run(folder: Path, stack: ExitStack) -> dict[str, Any]:
    disks = {
        "postgres": stack.enter_context(small_disk(folder / "database", DATABASE_MB)),
        "seaweedfs": stack.enter_context(small_disk(folder / "objects", OBJECTS_MB)),
    }
    database = Server(at=disks["postgres"], options={"min_wal_size": "32MB", "max_wal_size": "64MB"}).start()
    stack.callback(database.remove)
    weed = stack.enter_context(running(disks["seaweedfs"] / "weed"))
    world = World.in_database(folder / "data", empty_database(database))
    world.services.store.close()
    os.environ |= weed.environment("inspect") | {"INSPECT_DATA": str(world.data), "INSPECT_PHOTO_WORK": ""}
    flask("objects", "copy", "--to", "bucket")
    world.settings = replace(world.settings, objects=object_place_from(os.environ, PHOTOS_AT))
    server = ServerProcess(world.data).start()
    stack.callback(server.stop)
    phone, office = Phone(world, server.port), Asking(server.port)
    assert office.send("/login", "/login", name="supervisor", password=PASSWORD)[0] == 302
    answers = Counter[str]()
    assert all(phone.send(phone.made(), answers) for _ in range(8)), answers
    found: dict[str, Any] = {name: while_full(phone, office, disk) for name, disk in disks.items()}
    server.stop()
    return {**found, **lost(phone), "unsaid": phone.unsaid}


def lost(phone: Phone) -> dict[str, Any]:
    services = open_services(phone.world.settings)
    kept = Counter(one.id for one in INSPECTIONS.find(services.store, week=WEEK))
    figures = {
        "acknowledged": len(phone.acknowledged),
        "lost": sum(id not in kept for id in phone.acknowledged),
        "lost_photos": sum(services.photos.read(sha256(one)) != one for one in phone.acknowledged.values()),
        "doubled": sum(count - 1 for count in kept.values()),
        "unasked": len(kept.keys() - phone.acknowledged.keys()),
        "damage": check(services, files=False),
    }
    services.store.close()
    return figures


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="full-disks-") as folder, ExitStack() as stack:
        Path(folder).chmod(0o755)  # the database's account goes through it
        figures = run(Path(folder), stack)
    print(json.dumps(figures, ensure_ascii=False))
    disks = [figures[name] for name in ("postgres", "seaweedfs")]
    fitting = all(answer.split()[1] in ("200", "201", "503", "507") for one in disks for answer in one["answers"])
    read = all(set(one["pages"]) <= {"200", "302"} and not one["never_arrived"] for one in disks)
    wrong = ("lost", "lost_photos", "doubled", "unasked", "damage", "unsaid")
    return int(not fitting or not read or any(figures[name] for name in wrong))


if __name__ == "__main__":
    sys.exit(main())
