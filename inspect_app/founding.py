"""Where a new installation may be founded: no mistyped folder beside the right one, and none by a command."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

_FOUNDED_BY_THE_START = "新的一套由启动服务建立：python run.py --data 目录"

_DATABASE = "database.txt"
"""In place of the store's folder, where the documents are in a database."""
_OURS = ("store", _DATABASE, "audit", "photos", "audio", "published", "secret.key", "receipt.key", "plan.key")
"""What tells a folder of ours, be it that most is lost."""
_BESIDE_STORE = [name for name in _OURS if name not in ("store", _DATABASE)]
_PROGRAM = "__init__.py"
"""What tells a program's package: ours has folders of the same names, and lies beside its data."""
_DEPTH = 2
"""How many folders of a path may be missing for what is as deep to be looked through."""


class AnotherBeside(Exception):
    """The folder is not there and another installation is beside it; the message names both, in Chinese."""


class NoInstallation(Exception):
    """A command was given a folder that is not there, or has nothing of ours; the message names it, in Chinese."""


def refuse_nothing(data: Path) -> None:
    """Raises ``NoInstallation`` where a command would be the first to make anything in a folder: the start does that,
    and all that a command could say of it is that nothing is wrong with nothing.

    Raises ``AnotherBeside`` where the folder that was meant is near.
    """
    refuse_beside_another(data)
    with suppress(PermissionError, NotADirectoryError):  # told where the folder is tried
        if not data.exists():
            raise NoInstallation(f"没有数据目录 {data}：INSPECT_DATA 可能写错了，没有新建。{_FOUNDED_BY_THE_START}")
        if data.is_dir() and not any((data / name).exists() for name in _OURS):
            raise NoInstallation(
                f"{data} 里没有账号，也没有数据：INSPECT_DATA 可能写错了，没有写入任何内容。{_FOUNDED_BY_THE_START}"
            )


def refuse_beside_another(data: Path) -> None:
    """Raises ``AnotherBeside`` where a folder that is not there would be founded beside, around or within another.

    Whoever makes the empty folder first means it.
    """
    with suppress(OSError):  # told where the folder is tried
        if data.exists():
            return
    near = next((path for path in _near(data) if is_installation(path)), None)
    if near:
        raise AnotherBeside(
            f"没有数据目录 {data}，而 {near} 里已有数据：目录可能写错了，没有新建。"
            f"要打开已有的数据，请用 --data {near}（命令用 INSPECT_DATA={near}）；"
            f"确要另建一套，请先建立空目录 {data} 再启动。"
        )


def _near(data: Path) -> list[Path]:
    """The folder around one that is not there, and what else is as deep in that: data of another office's folder."""
    around = next(path for path in data.parents if path.is_dir())
    depth = len(data.relative_to(around).parts)
    with suppress(OSError):  # what may not be looked at
        return [around, *(sorted(around.glob("/".join("*" * depth))) if depth <= _DEPTH else ())]
    return [around]


def is_installation(path: Path) -> bool:
    """Whether a folder looks like the data of an installation, be it that a key of it is lost."""
    with suppress(OSError):  # another account's, as that of a service in /tmp
        has_documents = (path / "store").is_dir() or (path / _DATABASE).is_file()
        ours = has_documents and any((path / name).exists() for name in _BESIDE_STORE)
        return ours and not (path / _PROGRAM).exists()
    return False
