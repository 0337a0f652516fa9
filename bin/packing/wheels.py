"""The wheels of an offline package: fetched by the lock's hashes, and a lock of what is in the package itself."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

from packaging.utils import parse_wheel_filename

from .targets import Target, locked_for

PATIENCE_S = 1800


class NotPortable(Exception):
    """A package cannot be had for a machine; the message is for who packs, in Chinese."""


def fetch_wheels(target: Target, lock: Path, wheels: Path) -> str:
    """Have in ``wheels`` whatever a lock names for a machine; the lock of these very files.

    What has no wheel is built here, of the source that the lock's hash names, if the same wheel is good everywhere.
    """
    with tempfile.TemporaryDirectory(dir=wheels.parent) as folder:
        fetched = Path(folder)
        _download(target, locked_for(target, lock), fetched / "lock.txt")
        for source in sorted(path for path in fetched.iterdir() if path.name.endswith((".tar.gz", ".zip"))):
            _build(source, fetched)
        found = sorted(fetched.glob("*.whl"))
        entries = [f"{_pinned(wheel)} --hash=sha256:{_sha256(wheel)}\n" for wheel in found]
        for wheel in found:
            wheel.replace(wheels / wheel.name)
    return "".join(entries)


def _download(target: Target, lock: str, at: Path) -> None:
    at.write_text(lock, "utf-8")
    options = ["--no-deps", "--prefer-binary", "--require-hashes", *target.options]
    try:
        _pip("download", *options, "--dest", str(at.parent), "--requirement", str(at))
    except subprocess.CalledProcessError as error:
        raise NotPortable(f"{target.machine}、Python {target.python} 的依赖没有取全") from error


def _build(source: Path, into: Path) -> None:
    before = set(into.glob("*.whl"))
    _pip("wheel", "--no-deps", "--wheel-dir", str(into), str(source))
    for made in set(into.glob("*.whl")) - before:
        if not made.name.endswith("-none-any.whl"):
            raise NotPortable(f"{source.name} 没有现成的安装文件，在本机编译出的别的机器不能用")


def _pip(*arguments: str) -> None:
    pip = [sys.executable, "-m", "pip", arguments[0], "--quiet", "--disable-pip-version-check", "--progress-bar", "off"]
    subprocess.run([*pip, *arguments[1:]], check=True, stdout=subprocess.DEVNULL, timeout=PATIENCE_S)


def _pinned(wheel: Path) -> str:
    name, version, _, _ = parse_wheel_filename(wheel.name)
    return f"{name}=={version}"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
