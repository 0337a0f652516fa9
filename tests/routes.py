"""Addresses compiled once a process, however many applications a test run opens.

Werkzeug writes and compiles two functions for every rule of every application: of the 80 ms of opening one here, 60.
What they do depends on nothing of the application; ``self`` is bound to them afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing.rules import Rule

_compile = Rule._compile_builder
_builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
    kinds = tuple((name, type(converter)) for name, converter in rule._converters.items())
    key = (rule.rule, tuple(rule._trace), tuple((rule.defaults or {}).items()), kinds, append_unknown)
    if key not in _builders:
        _builders[key] = _compile(rule, append_unknown)
    return _builders[key]


def compile_once() -> None:
    """From here on, in this process."""
    Rule._compile_builder = _compiled_once  # type: ignore[method-assign]
