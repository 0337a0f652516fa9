"""The data folder is closed to everybody else on the machine: also one that an earlier version left open."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspect_app.private import close_folder
from tests.conftest import PROJECT
from tests.test_run import Run
from tests.world import World, photo, received

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
READING = """
import os, sys
os.setgroups([]); os.setgid(65534); os.setuid(65534)
folder, control = sys.argv[1:]
print(open(control).read())
seen = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
for name in (folder, folder + "/store/users", folder + "/audit", folder + "/photos/originals"):
    try: seen += os.listdir(name)
    except (PermissionError, FileNotFoundError): pass
for name in (folder + "/audit/log.jsonl", folder + "/secret.key"):
    try: seen.append(open(name, "rb").read())
    except (PermissionError, FileNotFoundError): pass
print(len(seen))
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter: those of pytest and of bin/test are closed already."""
    folder = Path(tempfile.mkdtemp(prefix="open-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def is_open(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)
    except FileNotFoundError:  # a journal that a server at work has removed since it was listed
        return False


def opened_to_all(data: Path) -> None:
    for path in (data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def seen_by_another(data: Path) -> int:
    """How much of a data folder another account of this machine comes to see."""
    control = data.parent / "control"
    control.write_text("readable")
    control.chmod(0o644)
    command = [sys.executable, "-I", "-S", "-c", READING, data, control]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.split()
    assert told[0] == "readable"
    return int(told[1])


def test_a_server_leaves_nothing_that_others_can_read_and_says_once_what_it_closed(place):
    data = place / "data"
    world = World.made_in(data)
    received(world.services, photo(1))
    world.services.store.close()
    opened_to_all(data)
    if os.geteuid() == 0:
        assert seen_by_another(data) > 10, "as earlier versions left it"
    run = Run(data, "--host", "127.0.0.1")
    assert "只有本账号能读" in run.printed
    assert [path for path in (data, *data.rglob("*")) if is_open(path)] == []
    if os.geteuid() == 0:
        assert seen_by_another(data) == 0
    run.stop()
    again = Run(data, "--host", "127.0.0.1")
    assert "只有本账号能读" not in again.printed
    again.stop()
    assert [path for path in (data, *data.rglob("*")) if is_open(path)] == []


def test_what_a_command_makes_is_private(tmp_path):
    command = [sys.executable, "-m", "flask", "--app", "inspect_app", "users", "list"]
    environment = {**os.environ, "INSPECT_DATA": str(tmp_path / "data")}
    (tmp_path / "data" / "store").mkdir(parents=True)  # a command founds nothing
    close_folder(tmp_path / "data")
    subprocess.run(command, cwd=PROJECT, env=environment, umask=0o022, check=True, capture_output=True, timeout=60)
    made = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert len(made) > 3
    assert [path for path in made if is_open(path)] == []


def test_what_its_owner_may_do_stays_and_links_are_left_alone(tmp_path):
    folder, outside = tmp_path / "data", tmp_path / "outside"
    folder.mkdir(mode=0o755)
    outside.write_text("x")
    outside.chmod(0o644)
    (folder / "run.sh").write_text("x")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to(outside)
    assert close_folder(folder).changed == 2
    assert stat.S_IMODE((folder / "run.sh").stat().st_mode) == 0o700
    assert stat.S_IMODE(outside.stat().st_mode) == 0o644


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() != 0, reason="needs an account to change to")
def test_a_folder_of_another_account_is_refused_in_a_sentence(place):
    data = place / "data"
    data.mkdir(mode=0o755)
    script = (
        "import os, sys; from pathlib import Path; from inspect_app.private import NotPrivate, close_folder\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: close_folder(Path(sys.argv[1]))\n"
        "except NotPrivate as error: print(error)"
    )
    command = [sys.executable, "-c", script, data]
    told = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "属于另一个系统账号" in told
    assert str(data) in told
