"""The object store's machine loses its power under load: nothing that was acknowledged is lost.

SeaweedFS lies on a file system in an image of its own. Where its power is cut, the image is copied as it is, the
process killed, and it goes on over the copy: what the system had not written to the device is gone, as after a cut.
Inspections with two photos each are sent to a server (``run.py``) on PostgreSQL meanwhile, as the kill campaign does.

    sudo python benchmarks/power_cut.py [--inspections N] [--cuts N] [--minutes N]

``--minutes`` is ``INSPECT_OBJECTS_KEEP_MINUTES``: with 0 the server keeps nothing of its own, which shows what the
store loses. The last line of the output is one JSON object; ``put_again`` are the originals that the store had lost
and the server gave it again. The exit code is 1 where anything is lost or doubled, or was not sent to the end.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks.kill_campaign import PHONES, Campaign, Events, losses, photos, settled  # noqa: E402
from inspect_app.object_place import PHOTOS_AT, object_place_from  # noqa: E402
from tests.conftest import ServerProcess  # noqa: E402
from tests.forks import flask  # noqa: E402
from tests.objects import Weed  # noqa: E402
from tests.store.databases import Server, empty_database  # noqa: E402
from tests.world import World  # noqa: E402

SIZE = "4G"


class Device:
    """A file system in an image, which can be set back to what its device holds. Needs the rights of root."""

    def __init__(self, folder: Path) -> None:
        self._image, self.at = folder / "disk.img", folder / "mounted"
        self.at.mkdir()
        _done("truncate", "-s", SIZE, str(self._image))
        _done("mkfs.ext4", "-q", str(self._image))
        self.mount()

    def mount(self) -> None:
        _done("mount", "-o", "loop", str(self._image), str(self.at))

    def unmount(self) -> None:
        _done("umount", str(self.at))

    def write_all(self) -> None:
        _done("sync", "-f", str(self.at))

    @contextmanager
    def cut(self) -> Iterator[None]:
        """Whoever works on it is ended within; afterwards it holds what was on the device before."""
        copy = self._image.with_suffix(".cut")
        _done("cp", "--sparse=always", str(self._image), str(copy))
        yield
        self.unmount()
        copy.replace(self._image)
        self.mount()


def _done(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def run(folder: Path, weed: Weed, device: Device, database: Server, count: int, cuts: int) -> dict[str, Any]:
    world = World.in_database(folder / "data", empty_database(database))
    world.services.store.close()
    os.environ |= weed.environment("inspect", "cut") | {"INSPECT_DATA": str(world.data), "INSPECT_PHOTO_WORK": ""}
    flask("objects", "copy", "--to", "bucket")
    world.settings = replace(
        world.settings,
        objects=object_place_from(os.environ, PHOTOS_AT),
        objects_keep_minutes=int(os.environ["INSPECT_OBJECTS_KEEP_MINUTES"]),
    )
    device.write_all()  # that the place is ours was said long ago
    server = ServerProcess(world.data).start()
    campaign = Campaign(world, Events(folder / "events.jsonl"), [server.port], iter(range(count)))
    photos(0)
    made = 0
    with ThreadPoolExecutor(PHONES) as pool:
        phones = [pool.submit(campaign.phone) for _ in range(PHONES)]
        while wait(phones, random.uniform(4, 12)).not_done and made < cuts:
            with device.cut():
                weed.kill()
            made += 1
            weed.start()
        for phone in phones:
            phone.result()
    if made < cuts:  # one at the end, with all of it there
        with device.cut():
            weed.kill()
        made += 1
        weed.start()
    server.stop()
    return {
        "asked": count,
        "acknowledged": len(campaign.acknowledged),
        "cuts": made,
        "put_again": settled(campaign, [world.data]) + _put_again_while_running(world.data),
        **{name: value for name, value in losses(campaign).items() if name != "photos"},
        "answers": {str(status): number for status, number in sorted(campaign.statuses.items())},
    }


def _put_again_while_running(data: Path) -> int:
    said = [path.read_text(errors="replace") for path in data.parent.glob("server-*.log")]
    return sum(text.count("由本机留存的重新存入") for text in said)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inspections", type=int, default=500)
    parser.add_argument("--cuts", type=int, default=3)
    parser.add_argument("--minutes", type=int, default=60)
    given = parser.parse_args()
    os.environ["INSPECT_OBJECTS_KEEP_MINUTES"] = str(given.minutes)
    folder = Path(tempfile.mkdtemp(prefix="power-cut-"))
    device, database = Device(folder), Server().start()
    weed = Weed(device.at / "weed")
    try:
        weed.start()
        figures = run(folder, weed, device, database, given.inspections, given.cuts)
    finally:
        weed.kill()
        database.remove()
        device.unmount()
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(figures, ensure_ascii=False))
    wrong = ("lost", "lost_photos", "doubled", "unasked", "damage")
    return int(any(figures[name] for name in wrong) or figures["acknowledged"] < given.inspections)


if __name__ == "__main__":
    sys.exit(main())
