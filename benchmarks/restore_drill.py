"""Minutes for backing up 10,000 inspections with 30,000 photos and for restoring them elsewhere.

A data folder is filled as the tests fill theirs, the documents by the store, the photos by their store: small JPEGs,
each of its own. It is backed up, backed up once more with nothing new, looked through with the key, and restored to
another path; then the hash of every photo and of every other file is compared, and the restored folder is opened and
counted.

    python benchmarks/restore_drill.py [--quick] [--folder DIR]

``--quick`` does a fiftieth. ``--folder`` is where all of it lies meanwhile (about 1.5 GB for the whole), removed at the
end. The last line of the output is one JSON object; the exit code is 1 where anything differs.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import io
import json
import os
import resource
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from inspect_app.backup.keys import SecretKey  # noqa: E402
from inspect_app.backup.restoring import restore  # noqa: E402
from inspect_app.backup.verifying import verify  # noqa: E402
from inspect_app.services import Services, open_services  # noqa: E402
from inspect_app.services.backing_up import back_up, repository_of  # noqa: E402
from inspect_app.services.inspecting.submitting import Taken, submit  # noqa: E402
from inspect_app.store import Write  # noqa: E402
from tests.world import NOW, World, evidence, find_user, new_id, received, sha256  # noqa: E402

INSPECTIONS, PHOTOS_EACH, QUICK = 10_000, 3, 50
_TOGETHER = 200
Found = TypeVar("Found")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="restore-drill-", dir=options.folder))
    try:
        figures = _drill(folder, INSPECTIONS // (QUICK if options.quick else 1))
        print(json.dumps(figures, ensure_ascii=False), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if figures["equal"] else 1


def _drill(folder: Path, inspections: int) -> dict[str, Any]:
    key, took = SecretKey.new(), {}
    world = World.made_in(folder / "data")
    settings = replace(world.settings, backups=folder / "backups", backups_public_key=key.public.text)
    services = replace(world.services, settings=settings)
    took["filling"], photos = _timed("filled", lambda: _filled(world, services, inspections))
    took["backup"], first = _timed("backed up", lambda: back_up(services, datetime.now(UTC)))
    took["again"], again = _timed("backed up with nothing new", lambda: back_up(services, datetime.now(UTC)))
    repository = repository_of(settings)
    took["verify"], wrong = _timed("looked through with the key", lambda: list(verify(repository, key)))
    target = folder / "another machine" / "data"
    took["restore"], restored = _timed("restored", lambda: restore(repository, again.stamp, key, target))
    took["comparing"], differing = _timed("compared", lambda: _differing(settings.data, target, photos))
    there = _counted(replace(settings, data=target, photos=target / "photos"))
    for said in [*wrong, *restored.lost, *differing][:20]:
        print(said)
    return {
        "inspections": inspections,
        "photos": len(photos),
        "bytes": first.bytes,
        "files": restored.files,
        "objects": first.new_objects,
        "objects_again": again.new_objects,
        "minutes": {name: round(seconds / 60, 3) for name, seconds in took.items()},
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "differing": len(differing),
        "equal": not (wrong or restored.lost or differing) and there == inspections,
    }


def _timed(said: str, work: Callable[[], Found]) -> tuple[float, Found]:
    began = time.perf_counter()
    found = work()
    took = time.perf_counter() - began
    print(f"{said}: {took / 60:.2f} min", flush=True)
    return took, found


def _filled(world: World, services: Services, inspections: int) -> list[str]:
    """Inspections with photos; the hashes of the photos. One is submitted as a phone does, the others are as it."""
    item = world.checklist("public-toilet").items[0].id
    contents = [_jpeg(number) for number in range(PHOTOS_EACH)]
    for content in contents:
        received(services, content)
    raw, id = world.submission("public-toilet", photos=[evidence(content, item) for content in contents]), new_id()
    inspector = find_user(services.store, "inspector")
    assert inspector
    assert submit(services, inspector, id, raw, NOW).taken is Taken.CREATED
    model = services.store.get("inspections", id)
    assert model
    photos = [sha256(content) for content in contents]
    writes = []
    for number in range(1, inspections):
        names = [_kept(services, PHOTOS_EACH * number + count) for count in range(PHOTOS_EACH)]
        photos += names
        writes.append(Write("inspections", str(uuid.UUID(int=number, version=4)), _like(model.document, names), 0))
        if len(writes) == _TOGETHER or number == inspections - 1:
            services.store.act(writes)
            writes = []
    services.after.wait()
    return photos


def _like(document: Any, names: list[str]) -> dict[str, Any]:
    made = copy.deepcopy(dict(document))
    made["photos"] = [{**made["photos"][0], "sha256": name} for name in names]
    return made


def _kept(services: Services, number: int) -> str:
    content = _jpeg(number)
    services.photos.keep(sha256(content), content)
    return sha256(content)


def _jpeg(number: int) -> bytes:
    """A JPEG of about 20 KB that is like no other."""
    noise = hashlib.shake_128(str(number).encode()).digest(96 * 72 * 3)
    picture, out = Image.frombytes("RGB", (96, 72), noise), io.BytesIO()
    picture.save(out, "JPEG", quality=90, comment=str(number))
    return out.getvalue()


def _differing(data: Path, target: Path, photos: list[str]) -> list[str]:
    """Photos whose bytes have not the hash that names them, and files that are not as they were: nobody works now."""
    wrong = [f"{name}: is not what came" for name in photos if not _is_whole(target / "photos", name)]
    return wrong + [f"{name}: differs" for name, path in _files(target) if _digest(path) != _digest(data / name)]


def _is_whole(folder: Path, name: str) -> bool:
    path = folder / "originals" / name[:2] / name
    return path.exists() and _digest(path) == name


def _files(folder: Path) -> list[tuple[str, Path]]:
    found = (Path(at) / name for at, _, names in os.walk(folder) for name in names)
    return [(path.relative_to(folder).as_posix(), path) for path in found]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _counted(settings: Any) -> int:
    store = open_services(settings).store
    return len(store.find("inspections"))


if __name__ == "__main__":
    sys.exit(main())
