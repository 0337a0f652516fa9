"""What commands share: the services, and how they end on bad input."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn, cast

import click
from flask import current_app

from ..domain.problems import Problem, placed
from ..services import Services
from ..services.place.register import csv_text
from ..wording import say


def services() -> Services:
    return cast(Services, current_app.extensions["inspect"])


def fail(problems: Iterable[Problem]) -> NoReturn:
    """Print each problem on a line of standard error and end with exit code 1."""
    for problem in problems:
        click.echo(str(say(problem)), err=True)
    sys.exit(1)


def read_text(path: Path) -> str:
    """The text of a file in UTF-8 or GB 18030."""
    text = csv_text(path.read_bytes())
    if isinstance(text, Problem):
        fail([placed(text, {"file": path.name})])
    return text
