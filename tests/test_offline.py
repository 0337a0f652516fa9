"""An offline package: ``bin/setup --offline`` touches nothing unless it is whole and for this machine.

That it then installs without a network and answers is tried on a bare system by ``benchmarks/offline_install.py``.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.conftest import PROJECT

sys.path.insert(0, str(PROJECT / "bin"))

from packing.targets import MACHINES, PYTHONS, Target, locked_for

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"
LIBC = platform.libc_ver()[1]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with what set-up reads before it installs anything, and one wheel."""
    (tmp_path / "bin").mkdir()
    shutil.copy(PROJECT / "bin" / "setup", tmp_path / "bin" / "setup")
    (tmp_path / "offline" / "wheels").mkdir(parents=True)
    (tmp_path / "offline" / "wheels" / "one-1.0-py3-none-any.whl").write_bytes(b"PK a wheel")
    pack(tmp_path)
    return tmp_path


def pack(program: Path, machine: str = "", python: str = HERE, glibc: str = "2.17") -> None:
    offline = program / "offline"
    about = {"commit": "0" * 40, "machine": machine or platform.machine(), "python": python, "glibc": glibc}
    (offline / "PACKAGE").write_text("".join(f"{key}: {value}\n" for key, value in about.items()))
    listed = [program / "bin" / "setup", *offline.glob("wheels/*"), offline / "PACKAGE"]
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(program)}\n" for path in listed]
    (offline / "SHA256SUMS").write_text("".join(sums))


def refused(program: Path) -> str:
    """What set-up says on refusing; nothing may have been made."""
    done = subprocess.run(["bash", program / "bin" / "setup", "--offline"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert not (program / ".venv").exists()
    return done.stderr


def test_a_wheel_that_was_tampered_with_is_named_and_nothing_is_installed(program):
    (program / "offline" / "wheels" / "one-1.0-py3-none-any.whl").write_bytes(b"PK a whee1")
    said = refused(program)
    assert said.startswith("离线安装包里的这些文件缺少、损坏或被改动过，没有安装")
    assert said.splitlines()[1:-1] == ["offline/wheels/one-1.0-py3-none-any.whl"]


def test_a_wheel_that_is_missing_is_named(program):
    (program / "offline" / "wheels" / "one-1.0-py3-none-any.whl").unlink()
    assert refused(program).splitlines()[1:-1] == ["offline/wheels/one-1.0-py3-none-any.whl"]


def test_a_list_that_is_cut_off_is_refused(program):
    sums = program / "offline" / "SHA256SUMS"
    sums.write_text(sums.read_text()[:-30])
    assert "没有安装" in refused(program)


def test_an_empty_list_is_refused(program):
    (program / "offline" / "SHA256SUMS").write_text("")
    assert "没有安装" in refused(program)


@pytest.mark.parametrize(
    ("package", "said"),
    [
        ({"machine": "riscv64"}, f"这个离线安装包是给 riscv64 处理器的，本机是 {platform.machine()}"),
        ({"python": "3.4 3.5"}, f"这个离线安装包里有 Python 3.4 3.5 的依赖，本机是 Python {HERE}"),
        ({"glibc": "2.999"}, f"这个离线安装包需要 glibc 2.999 以上，本机是 glibc {LIBC}"),
    ],
)
def test_a_package_for_another_machine_says_for_which(program, package, said):
    pack(program, **package)
    assert refused(program).startswith(said)


def test_a_folder_without_a_package_says_how_to_make_one(program):
    shutil.rmtree(program / "offline")
    assert "docs/operate/offline.md" in refused(program)


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("python", PYTHONS)
def test_each_target_takes_one_version_of_everything_that_is_needed_at_run_time(machine, python):
    target = Target(machine, python)
    taken = [Requirement(line.partition("--hash")[0]) for line in locked_for(target, lock()).splitlines()]
    asked = [Requirement(line) for line in text("requirements.txt") if line and not line.startswith("#")]
    names = [one.name for one in taken]
    assert len(names) == len(set(names))
    assert {one.name for one in asked if not one.marker or one.marker.evaluate(target.environment)} <= set(names)
    assert all("--hash=sha256:" in line for line in locked_for(target, lock()).splitlines())


def lock() -> Path:
    return PROJECT / "requirements.lock"


def text(name: str) -> list[str]:
    return (PROJECT / name).read_text("utf-8").splitlines()
