"""``version``: which release this program is."""

from __future__ import annotations

import click

from ..version import program


@click.command()
def version() -> None:
    """显示版本号。"""
    click.echo(f"明察暗访 {program()}")
