"""The scoring methods: each module of this folder holds one, ``METHOD``, and is found here by being there."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules

from ..item import Item
from ..method import AnyMethod


def _found() -> dict[str, AnyMethod]:
    methods: list[AnyMethod] = [import_module(f"{__name__}.{module.name}").METHOD for module in iter_modules(__path__)]
    return {method.name: method for method in sorted(methods, key=lambda method: (method.order, method.name))}


METHODS: Mapping[str, AnyMethod] = _found()
"""Every method by its name, in the order of lists."""


def method_of(item: Item) -> AnyMethod:
    """The method by which an item is judged."""
    return METHODS[item.method]
