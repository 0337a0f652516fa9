"""Where a new installation may be founded: a mistyped folder beside the right one is none."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


class AnotherBeside(Exception):
    """The folder is not there and another installation is beside it; the message names both, in Chinese."""


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
    """The folder around one that is not there, and what else is in that."""
    around = data.parent
    with suppress(OSError):  # what may not be looked at
        return [around, *(sorted(around.iterdir()) if around.is_dir() else ())]
    return [around]


def is_installation(path: Path) -> bool:
    """Whether a folder looks like the data of an installation."""
    with suppress(OSError):  # another account's, as that of a service in /tmp
        return (path / "store").is_dir() and (path / "secret.key").exists()
    return False
