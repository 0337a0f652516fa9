"""Renamed and merged areas (区划变更): from a week on, so that every earlier week keeps the tree as it was.

The areas as imported are the beginning; changes are appended and never rewritten. The tree of a week is the beginning
with all changes up to that week. A change begins after the last published week and not before an earlier change, so
none can alter what was published or what another change was based on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ..problems import Problem
from ..tables import is_name
from ..weeks import is_week, shifted, title
from .areas import Area, AreaTree, is_area_code

_MAX_REASON = 500
_WEEKS_AHEAD = 53


@dataclass(frozen=True, slots=True)
class AreaChange:
    """What is so from a week on: ``areas`` with their names and parents, ``merged`` areas by the one they went into.

    ``number`` counts from 1. A withdrawn change counts for nothing and stays readable.
    """

    number: int
    week: str
    areas: tuple[Area, ...]
    merged: Mapping[str, str]
    reason: str
    by: str
    at: str
    withdrawn: str = ""

    @property
    def kind(self) -> str:
        return "合并" if self.merged else "更名"


@dataclass(frozen=True, slots=True)
class When:
    """When changes may begin: after the week ``published`` last (empty: none), at most a year after ``this_week``."""

    published: str
    this_week: str


class AreaHistory:
    """The areas as they began, and every change since."""

    def __init__(self, beginning: Iterable[Area], changes: Iterable[AreaChange] = ()) -> None:
        self._beginning = {area.code: area for area in beginning}
        self.changes: tuple[AreaChange, ...] = tuple(sorted(changes, key=lambda change: change.number))

    def tree(self, week: str | None = None) -> AreaTree:
        """The areas in a week; with all changes, also those still to come, for None."""
        known, merged = dict(self._beginning), dict[str, str]()
        for change in self._standing(week):
            for area in change.areas:
                known[area.code] = area
                merged.pop(area.code, None)
            for code, into in change.merged.items():
                known.pop(code, None)
                merged[code] = into
        # An area that is only to come, or whose change was withdrawn, is a part of its parent until then.
        homes = {area.code: area.parent for change in self.changes for area in change.areas}
        return AreaTree(known.values(), {**homes, **merged}, self._to_come(week))

    def merged_in(self, code: str) -> AreaChange | None:
        """The change that took this area into another, where that still stands."""
        return next((one for one in self.changes if code in one.merged and not one.withdrawn), None)

    def last(self) -> AreaChange | None:
        """The last change that stands."""
        return next((change for change in reversed(self.changes) if not change.withdrawn), None)

    def _to_come(self, week: str | None) -> dict[str, set[str]]:
        """By areas that others go into after a week, those others."""
        parts: dict[str, set[str]] = {}
        for change in self._standing(None):
            for code, into in change.merged.items() if week is not None and change.week > week else ():
                parts.setdefault(into, set()).add(code)
        return parts

    def _standing(self, week: str | None) -> list[AreaChange]:
        return [one for one in self.changes if not one.withdrawn and (week is None or one.week <= week)]


def plan_renames(
    history: AreaHistory, areas: Sequence[Area], week: str, reason: str, when: When
) -> AreaChange | list[Problem]:
    """The change by which areas have another name or parent from a week on; its ``by`` and ``at`` are empty."""
    problems, tree = _when_problems(history, week, reason, when), history.tree()
    for area in areas:
        problems += _known_problems(history, tree, area.code)
        if not is_name(area.name):
            problems.append(Problem("areas.rename_malformed", details={"name": area.name}))
        if tree.get(area.code) == area:
            problems.append(Problem("areas.rename_same", details={"name": area.name, "code": area.code}))
    return problems or _change(history, week, tuple(areas), {}, reason)


def plan_merge(
    history: AreaHistory, codes: Sequence[str], into: str, name: str, week: str, reason: str, when: When
) -> AreaChange | list[Problem]:
    """The change by which areas become one: ``into`` is an area that stays, or the code of a new one with ``name``.

    ``into`` may be among ``codes``. A ``name`` for an area that stays renames it. Areas below a merged one go with it.
    """
    problems, tree = _when_problems(history, week, reason, when), history.tree()
    gone = tuple(code for code in dict.fromkeys(codes) if code != into)
    if not gone:
        problems.append(Problem("areas.merge_none"))
    for code in gone:
        problems += _known_problems(history, tree, code)
    problems += [
        Problem("areas.merge_other_level", details={"name": tree.name(code), "code": code, "into": into})
        for code in gone
        if len(code) != len(into)
    ]
    becomes = _merged_area(history, tree, gone, into, name)
    if isinstance(becomes, list):
        return problems + becomes
    areas = () if tree.get(into) == becomes else (becomes,)
    return problems or _change(history, week, areas, dict.fromkeys(gone, into), reason)


def plan_withdrawal(history: AreaHistory, number: int, when: When) -> AreaChange | list[Problem]:
    """The change that may be withdrawn: the last one, where no week that it counts for has been published."""
    last = history.last()
    if last is None or last.number != number:
        return [Problem("areas.withdraw_not_last")]
    if last.week <= when.published:
        return [Problem("areas.withdraw_published", details={"week_title": title(last.week)})]
    return last


def _merged_area(
    history: AreaHistory, tree: AreaTree, gone: Sequence[str], into: str, name: str
) -> Area | list[Problem]:
    """What the merged areas become."""
    stays = tree.get(into)
    if stays:
        becomes = replace(stays, name=name or stays.name)
        return becomes if is_name(becomes.name) else [Problem("areas.merged_name_malformed")]
    if history.merged_in(into):
        return _known_problems(history, tree, into)
    if not is_area_code(into):
        return [Problem("areas.merged_code_malformed", details={"into": into})]
    if not is_name(name):
        return [Problem("areas.merged_name_wanted", details={"into": into})]
    parents = {area.parent for code in gone if (area := tree.get(code))}
    if len(parents) != 1 or not into.startswith(parent := next(iter(parents))):
        return [Problem("areas.merged_code_elsewhere")]
    return Area(into, name, parent)


def _known_problems(history: AreaHistory, tree: AreaTree, code: str) -> list[Problem]:
    if code in tree:
        return []
    if change := history.merged_in(code):
        into = change.merged[code]
        return [
            Problem(
                "areas.merged_already",
                details={"code": code, "week_title": title(change.week), "into_name": tree.name(into), "into": into},
            )
        ]
    return [Problem("areas.unknown", details={"code": code})]


def _when_problems(history: AreaHistory, week: str, reason: str, when: When) -> list[Problem]:
    problems, last = [], history.last()
    if not is_week(week):
        problems.append(Problem("areas.start_invalid", details={"week": week}))
    elif week <= when.published:
        problems.append(Problem("areas.start_published", details={"week_title": title(when.published)}))
    elif last and week < last.week:
        problems.append(Problem("areas.start_before_last", details={"week_title": title(last.week)}))
    elif week > shifted(when.this_week, _WEEKS_AHEAD):
        problems.append(Problem("areas.start_too_far"))
    if not 0 < len(reason.strip()) <= _MAX_REASON:
        problems.append(Problem("areas.reason_wanted", details={"most_reason": _MAX_REASON}))
    return problems


def _change(
    history: AreaHistory, week: str, areas: tuple[Area, ...], merged: Mapping[str, str], reason: str
) -> AreaChange:
    number = history.changes[-1].number + 1 if history.changes else 1
    return AreaChange(number, week, areas, merged, reason.strip(), by="", at="")
