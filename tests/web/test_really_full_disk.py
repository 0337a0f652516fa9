"""A server on a file system that is really full: a small one in memory, mounted in a namespace of the test's own.

Limits of a process (``test_full_disk``) refuse each write for itself; a full disk takes the first bytes of one and no
more, has no room for a new name either, and is full for the journals, the log and the photos at once.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inspect_app.services import open_services
from inspect_app.services.checking import check
from tests.conftest import PROJECT
from tests.ports import free_port
from tests.web.test_full_disk import Asking
from tests.world import PASSWORD, World, headers, new_id, photo, received, sha256

MEGABYTES = 24
MOUNTED = f"""
mount -t tmpfs -o size={MEGABYTES}m tmpfs "$2" && cp -a "$1/." "$2" &&
exec "$3" run.py --host 127.0.0.1 --port "$4" --data "$2"
"""


def can_mount() -> bool:
    """Whether this account may mount something for itself alone, as most Linux systems let it."""
    tried = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/tmp"]
    return sys.platform == "linux" and shutil.which("unshare") is not None and not subprocess.run(
        tried, capture_output=True, check=False, timeout=20
    ).returncode  # fmt: skip


pytestmark = [
    pytest.mark.skipif(not can_mount(), reason="no file system can be mounted here (unshare -rm)"),
    pytest.mark.folder("the disk of the documents is that of the server; a database has its own"),
]


def fill_to_the_last_byte(filler: Path) -> None:
    """Have a file take all that its file system has left."""
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError:
                continue


class Disk:
    """The file system as the server sees it, by the path that the kernel gives to who looks from outside."""

    def __init__(self, pid: int, folder: Path) -> None:
        self.folder = Path(f"/proc/{pid}/root") / folder.relative_to("/")

    def fill(self) -> None:
        """Not a byte is left afterwards."""
        fill_to_the_last_byte(self.folder / "filler")
        assert os.statvfs(self.folder).f_bavail == 0

    def free(self) -> None:
        (self.folder / "filler").unlink()


@pytest.fixture
def server(world: World, tmp_path: Path) -> Iterator[tuple[int, Disk]]:
    """Port and disk of a server over a copy of the world's folder."""
    received(world.services, photo(2))
    world.services.store.close()
    port, folder = free_port(), tmp_path / "disk"
    folder.mkdir()
    command = ["unshare", "-rm", "sh", "-c", MOUNTED, "sh", str(world.data), str(folder), sys.executable, str(port)]
    process = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        said = []
        assert process.stdout
        for line in process.stdout:
            said.append(line)
            if line.startswith("READY"):
                break
        else:
            pytest.fail("".join(said))
        yield port, Disk(process.pid, folder)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(20)


def test_reading_goes_on_writing_is_answered_507_nothing_told_is_lost_and_room_mends_it(world, server, tmp_path):
    """What is small may find room in the last block of its file: then it is kept, and said to be.

    Where the room ended between the act and what it changes, the answer was 507, and who comes next finishes the
    act: at most one is, and it is there when it is sent again.
    """
    port, disk = server
    office, phone = Asking(port), Asking(port)
    tokens = headers(world.tokens["inspector"])
    submissions = {new_id(): json.dumps(world.submission()) for _ in range(4)}
    large = photo(7, (1600, 1200), quality=95)

    def put(id: str) -> tuple[int, bytes]:
        path, kind = f"/api/v1/inspections/{id}", {"Content-Type": "application/json"}
        return phone("PUT", path, submissions[id], **tokens, **kind)

    def put_photo() -> tuple[int, bytes]:
        return phone("PUT", f"/api/v1/photos/{sha256(large)}", large, **tokens)

    assert office.send("/login", "/login", name="supervisor", password=PASSWORD)[0] == 302
    first, *others = submissions
    assert put(first)[0] == 201
    disk.fill()

    assert phone("GET", "/login")[0] == 200
    pages = ["/review/photos", "/review/desk/", "/index/", f"/inspections/{first}"]
    assert [path for path in pages if office("GET", path)[0] not in (200, 302)] == []
    answers = [put_photo(), *map(put, others), put_photo()]
    assert [answers[0][0], answers[-1][0]] == [507, 507]
    assert {status for status, _ in answers} <= {201, 507}
    assert any(status == 507 for status, _ in answers[1:-1]), "three submissions are more than a block"
    assert all("磁盘已满" in json.loads(body)["error"] for status, body in answers if status == 507)
    status, page = phone.send("/login", "/login", name="inspector", password=PASSWORD)
    assert status == 302 or (status == 507 and "磁盘已满" in page.decode())
    acknowledged = [id for id, (status, _) in zip(others, answers[1:-1], strict=True) if status == 201]
    held = {id: phone("GET", f"/api/v1/inspections/{id}", **tokens)[0] for id in submissions}
    assert [id for id, status in held.items() if status == 200] == [first, *acknowledged], "nothing is half kept"

    disk.free()
    again = {id: put(id)[0] for id in others}
    assert set(again.values()) <= {200, 201}
    there = [id for id, status in again.items() if status == 200]
    assert set(acknowledged) <= set(there)
    assert len(there) <= len(acknowledged) + 1, "one act at most was begun without room to its end"
    assert put_photo()[0] == 201
    assert phone.send("/login", "/login", name="inspector", password=PASSWORD)[0] == 302
    assert [phone("GET", f"/api/v1/inspections/{id}", **tokens)[0] for id in submissions] == [200] * 4
    copy = shutil.copytree(disk.folder, tmp_path / "copy")  # as a backup while the server is at work
    assert check(open_services(replace(world.settings, data=copy, photos=copy / "photos"))) == []
