"""Texts of the command line, cleaned as those of pages are: names and reasons are pasted there as well."""

from __future__ import annotations

from typing import Any

import click

from ..domain.text import cleaned_line

_AS_TYPED = frozenset({"password"})


class CleanText(click.types.StringParamType):
    """A text in one line, with nothing in it that nobody sees."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See ``click.ParamType.convert``."""
        text = super().convert(value, param, ctx)
        return cleaned_line(text) if isinstance(text, str) else text


def clean_texts(command: click.Command) -> None:
    """Have every text of a command, and of those below it, cleaned; passwords stay as they were typed."""
    for param in command.params:
        if type(param.type) is click.types.StringParamType and param.name not in _AS_TYPED:
            param.type = CleanText()
    for inner in command.commands.values() if isinstance(command, click.Group) else ():
        clean_texts(inner)
