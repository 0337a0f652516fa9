"""An offline package: the program at a commit with all that set-up would fetch, for a machine without the internet.

    .venv/bin/python bin/bundle --offline FOLDER [--machine aarch64] [--python 3.11]

It is a tar file for each machine, with a folder of the program in which ``offline/`` has what else is needed:

    PACKAGE                 which commit, which machine, which versions of Python
    SHA256SUMS              of every other file, those of the program included
    wheels/                 run-time dependencies, pip itself, and the packages that bring the models
    requirements-3.11.lock  the run-time dependencies among these, with their hashes; one for each Python
    bundles/                the pages' scripts, each one file

``bash bin/setup --offline`` installs it (docs/operate/offline.md). Standard output gets the SHA-256 of the tar files.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from .targets import GLIBC, MACHINES, PYTHONS, Target
from .wheels import NotPortable, fetch_wheels

PROJECT = Path(__file__).resolve().parent.parent.parent
RUN = "requirements.lock"
BESIDES = ("bin/packing/requirements.lock", "bin/searching/requirements.lock")
"""Of what set-up installs or unpacks by itself."""
UNSAVED = "有没有提交的改动，离线安装包只装提交了的(uncommitted changes)"


def main(arguments: list[str]) -> int:
    """Make the packages that are asked for; 1 with a sentence where one cannot be made."""
    asked = _options(arguments)
    asked.folder.mkdir(parents=True, exist_ok=True)
    if _git("status", "--porcelain", "--untracked-files=no"):
        print(f"  注意：{UNSAVED}", file=sys.stderr)
    try:
        for machine in asked.machine or MACHINES:
            made = pack(machine, asked.python or list(PYTHONS), asked.folder)
            print(f"{_sha256(made)}  {made.name}", flush=True)
    except (NotPortable, OSError, subprocess.SubprocessError) as error:
        print(f"离线安装包没有做成(no package): {error}", file=sys.stderr)
        return 1
    return 0


def pack(machine: str, pythons: list[str], folder: Path) -> Path:
    """The package for a machine, in a folder."""
    commit = _git("rev-parse", "HEAD")
    name = f"inspect-offline-{commit[:12]}-{machine}"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".packing-") as work:
        program = Path(work) / name
        _program(commit, program)
        offline = program / "offline"
        (offline / "wheels").mkdir(parents=True)
        for python in pythons:
            print(f"取依赖(fetching): {machine}, Python {python}……", file=sys.stderr)
            installed = fetch_wheels(Target(machine, python), program / RUN, offline / "wheels")
            (offline / f"requirements-{python}.lock").write_text(installed, "utf-8")
            for lock in BESIDES:
                fetch_wheels(Target(machine, python), program / lock, offline / "wheels")
        _bundles(program, offline / "bundles")
        about = [("commit", commit), ("machine", machine), ("python", " ".join(pythons)), ("glibc", f"2.{GLIBC}")]
        (offline / "PACKAGE").write_text("".join(f"{key}: {value}\n" for key, value in about), "utf-8")
        _sums(program, offline / "SHA256SUMS")
        made = Path(work) / f"{name}.tar"
        with tarfile.open(made, "w") as tar:
            tar.add(program, name, filter=_nobodys)
        return made.replace(folder / made.name)


def _program(commit: str, program: Path) -> None:
    archived = program.with_suffix(".git.tar")
    _git("archive", "--format=tar", f"--output={archived}", commit)
    with tarfile.open(archived) as tar:
        tar.extractall(program, filter="data")
    archived.unlink()


def _bundles(program: Path, bundles: Path) -> None:
    """The bundle of the very sources that are packed: made by their own ``bin/bundle``, which says where it lies."""
    subprocess.run([sys.executable, str(program / "bin" / "bundle")], check=True, timeout=600)
    asked = "from inspect_app.bundles import *; from inspect_app.settings import BUNDLES; "
    asked += "print(BUNDLES / bundle_name(sources_digest()))"
    said = subprocess.run([sys.executable, "-c", asked], cwd=program, check=True, capture_output=True, text=True)
    made = Path(said.stdout.strip())
    shutil.copytree(made, bundles / made.name)
    for cache in program.rglob("__pycache__"):
        shutil.rmtree(cache)


def _sums(program: Path, sums: Path) -> None:
    lines = [f"{_sha256(path)}  {path.relative_to(program).as_posix()}\n" for path in _files(program)]
    sums.write_text("".join(lines), "utf-8")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Without the accounts of who packs."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    return entry


def _git(*arguments: str) -> str:
    said = subprocess.run(["git", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True)
    return said.stdout.strip()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bin/bundle --offline", description="做离线安装包(make an offline package)")
    parser.add_argument("folder", type=Path, help="放在哪个文件夹(where to)")
    parser.add_argument("--machine", action="append", choices=MACHINES, help="处理器；默认都做(processor)")
    parser.add_argument(
        "--python", action="append", metavar="3.11", help=f"Python 的版本，可写多次；默认 {'、'.join(PYTHONS)}"
    )
    return parser.parse_args(arguments)
