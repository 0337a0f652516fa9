"""``checklists editions``, ``text``, ``take``, ``remove``, ``reset``: what the office changed of the starting set."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from ...domain.checklists.editions import COMMAND, Edition
from ...domain.problems import Problem
from ...domain.starting_set import name_of
from ...domain.text import cleaned
from ...domain.weeks import utc_text
from ..shared import fail, read_text, services
from .checklists import checklists

_SAYS = {None: "沿用清单目录", "": "停用"}
"""What an edition says that has no text."""


@checklists.command("editions")
@click.argument("name", required=False)
def list_editions(name: str | None) -> None:
    """列出本单位改过的清单与规则；给出代号（如 public-toilet、plan、routing）则列出它的每一次改动。"""
    library = services().library
    newer = library.with_newer_start()
    found = library.editions_of(name) if name else library.newest_editions()
    if name and not found:
        fail([Problem("checklists.never_edited", details={"name": name})])
    for edition in found:
        note = "清单目录里有新的文本" if edition.name in newer and not name else ""
        click.echo("\t".join([*_row(edition), note]).rstrip("\t"))


@checklists.command("text")
@click.argument("name")
@click.option("--edition", "number", type=int, help="第几次改动；不给则现行的")
def show_text(name: str, number: int | None) -> None:
    """输出清单或规则的TOML文本，改好后可用 take 采用。"""
    library = services().library
    texts = {edition.number: edition.text for edition in library.editions_of(name)} if number else {}
    text = texts.get(number) if number else library.text(name)
    if not text:
        fail(
            [
                Problem(
                    "checklists.edition_unknown" if number else "checklists.text_unknown",
                    details={"name": name, "number": number or 0},
                )
            ]
        )
    click.echo(text, nl=False)


@checklists.command("take")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--reason", default="", help="为什么改，记入改动记录")
def take(file: Path, reason: str) -> None:
    """采用一个改好的TOML文件，立即生效；文件名即代号。有错误时逐条列出，什么都不改。"""
    _keep(name_of(file.name), cleaned(read_text(file)) + "\n", reason)


@checklists.command("remove")
@click.argument("name")
@click.option("--reason", default="", help="为什么，记入改动记录")
def remove(name: str, reason: str) -> None:
    """停用一个清单或规则，例如 adhoc：不开通随手拍。以前的测评照常显示；用 reset 恢复。"""
    if not services().library.text(name):
        fail([Problem("checklists.text_unknown", details={"name": name})])
    _keep(name, "", reason)


@checklists.command("reset")
@click.argument("name")
@click.option("--reason", default="", help="为什么，记入改动记录")
def reset(name: str, reason: str) -> None:
    """不再用本单位的改动，沿用清单目录里的文本；改动记录保留。"""
    if not services().library.number(name):
        fail([Problem("checklists.never_edited", details={"name": name})])
    _keep(name, None, reason)


def _keep(name: str, text: str | None, reason: str) -> None:
    library = services().library
    if problems := library.keep(name, text, COMMAND, datetime.now(UTC), reason):
        fail(problems)
    click.echo("\t".join(_row(library.editions_of(name)[-1])))


def _row(edition: Edition) -> list[str]:
    says = _SAYS.get(edition.text, "")
    return [edition.name, str(edition.number), utc_text(edition.at), edition.by, edition.why, says]
