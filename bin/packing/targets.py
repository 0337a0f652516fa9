"""The machines that an offline package can be for, and the part of a lock that holds for one of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement

MACHINES = ("x86_64", "aarch64")
PYTHONS = ("3.11", "3.12", "3.13")
GLIBC = 28
"""The newest 2.x that a wheel may ask for: Debian 10, RHEL 8, openEuler 20.03, Kylin V10 and whatever came later."""


@dataclass(frozen=True, slots=True)
class Target:
    """A processor as ``uname -m`` names it, and a version of CPython as ``3.11``."""

    machine: str
    python: str

    @property
    def options(self) -> list[str]:
        """By which pip takes files for it, wherever pip itself runs."""
        tags = [f"manylinux_2_{minor}" for minor in range(GLIBC, 4, -1)]
        platforms = [
            f"{tag}_{self.machine}" for tag in (*tags, "manylinux2014", "manylinux2010", "manylinux1", "linux")
        ]
        abis = [f"cp{self.python.replace('.', '')}", "abi3", "none"]
        named = [("--platform", name) for name in platforms] + [("--abi", name) for name in abis]
        return [
            *("--python-version", self.python, "--implementation", "cp"),
            *(word for pair in named for word in pair),
        ]

    @property
    def environment(self) -> dict[str, str]:
        """What the conditions in a lock ask for (PEP 508)."""
        return {
            "python_version": self.python,
            "python_full_version": f"{self.python}.0",
            "implementation_version": f"{self.python}.0",
            "platform_machine": self.machine,
            "sys_platform": "linux",
            "platform_system": "Linux",
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }


def locked_for(target: Target, lock: Path) -> str:
    """The entries of a lock that hold there, without conditions and with every hash."""
    return "".join(
        f"{entry.name}{entry.specifier} {' '.join(hashes)}\n"
        for entry, hashes in _entries(lock)
        if entry.marker is None or entry.marker.evaluate(target.environment)
    )


def _entries(lock: Path) -> Iterator[tuple[Requirement, list[str]]]:
    text = lock.read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if line and not line.startswith("#"):
            yield Requirement(line.partition("--hash")[0].strip()), re.findall(r"--hash=\S+", line)
