"""What commands share: the services, and how they end on bad input."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, cast

import click
from flask import current_app

from ..domain.problems import Problem
from ..domain.tables import Headings, RawTable, text_of
from ..exports.tables import read_rows
from ..services import Services
from ..services.checking import is_empty
from ..wording import say


@dataclass(frozen=True, slots=True)
class CannotOpen:
    """What stands in the place of the services where they cannot be opened: why, in Chinese."""

    sentence: str


def services() -> Services:
    """The services; a command ends here, with a sentence and exit code 1, where they cannot be opened."""
    found = current_app.extensions["inspect"]
    if isinstance(found, CannotOpen):
        raise click.ClickException(found.sentence)
    return cast(Services, found)


def services_of_installation() -> Services:
    """The services, where there is an installation; else a sentence and exit code 1: of an empty folder all is well."""
    found = services()
    if is_empty(found):
        raise click.ClickException(
            f"{found.settings.data} 里没有账号，也没有数据：目录可能写错了（INSPECT_DATA），没有可检查的。"
        )
    return found


def fail(problems: Iterable[Problem]) -> NoReturn:
    """Print each problem on a line of standard error and end with exit code 1."""
    for problem in problems:
        click.echo(str(say(problem)), err=True)
    sys.exit(1)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8, UTF-16 or GB 18030."""
    text = text_of(path.read_bytes(), path.name)
    if isinstance(text, Problem):
        fail([text])
    return text


def read_table_file(path: Path, columns: Headings) -> RawTable:
    """The rows of a file of any kind that is read; what is to be told of it goes to standard error."""
    table = read_rows(path.read_bytes(), path.name, columns)
    if isinstance(table, list):
        fail(table)
    tell(table.notes)
    return table


def tell(notes: Iterable[Problem]) -> None:
    """Print what its sender should know of a file on standard error, and go on."""
    for note in notes:
        click.echo(str(say(note)), err=True)
