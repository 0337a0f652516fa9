"""What of the things of a week lies in somebody's areas; asked of the tree of areas of that week."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from functools import cache
from typing import TypeVar

from ...domain.accounts.scope import Scope
from ...domain.place.sites import Site
from ...store import Store
from .register import all_sites, area_history, area_tree

Thing = TypeVar("Thing")


def areas_in(
    store: Store, scope: Scope, week: str | None, wanted: Collection[str] | None = None
) -> Collection[str] | None:
    """The codes to look for among the things of a week: of those ``wanted``, what a scope covers; None for all.

    ``week`` is as for ``area_tree``.
    """
    return wanted if scope.everywhere else scope.within(area_tree(store, week), wanted)


def is_in(store: Store, scope: Scope, week: str | None, area: str) -> bool:
    """Whether something of a week that lies in an area is covered by a scope."""
    mine = areas_in(store, scope, week)
    return mine is None or area in mine


def those_in(
    store: Store, scope: Scope, things: Iterable[Thing], place: Callable[[Thing], tuple[str, str]]
) -> list[Thing]:
    """Of things of many weeks those that a scope covers; ``place`` gives a thing's week and area."""
    if scope.everywhere:
        return list(things)
    tree_of = cache(area_history(store).tree)
    covered = cache(lambda week, area: scope.covers(tree_of(week), area))
    return [one for one in things if covered(*place(one))]


def sites_in(store: Store, scope: Scope, week: str | None, *, active_only: bool = False) -> list[Site]:
    """The sites that a scope covers, by area and name."""
    mine, found = areas_in(store, scope, week), all_sites(store, active_only=active_only)
    return found if mine is None else [site for site in found if site.area in mine]
