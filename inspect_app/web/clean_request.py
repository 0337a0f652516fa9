"""What browsers send, cleaned once where it comes in: fields of every form, values of addresses, names of files, JSON.

The interface for programs keeps what was sent, since it is answered for by its hash; what it keeps of that is cleaned
by the service that takes it. Passwords stay as they were typed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Request
from werkzeug.datastructures import FileStorage, ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from ..domain.text import cleaned, cleaned_line, cleaned_tree

PASSWORDS = frozenset({"password", "current", "new", "again", "proof"})
"""Fields that hold a password."""


class CleanRequest(Request):
    """A request whose texts have nothing in them that nobody sees or that breaks files; line breaks are LF."""

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The values of the address."""
        return _cleaned(super().args, cleaned_line)

    def _load_form_data(self) -> None:
        super()._load_form_data()
        found = self.__dict__
        found["form"] = _cleaned(found["form"], cleaned)
        for _, file in found["files"].items(multi=True):
            _rename(file)

    def get_json(self, *args: Any, **options: Any) -> Any:
        """The value of a JSON body, read strictly."""
        return cleaned_tree(super().get_json(*args, **options))


def clean_requests(app: Flask) -> None:
    """From here on, whatever view asks."""
    app.request_class = CleanRequest


def _cleaned(sent: MultiDict[str, str], clean: Callable[[str], str]) -> ImmutableMultiDict[str, str]:
    fields = sent.items(multi=True)
    return ImmutableMultiDict([(name, text if name in PASSWORDS else clean(text)) for name, text in fields])


def _rename(file: FileStorage) -> None:
    if file.filename:
        file.filename = cleaned_line(file.filename)
