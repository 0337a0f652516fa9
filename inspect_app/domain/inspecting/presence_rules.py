"""What a visit needs to count by itself: distance, time and caps, as the office sets them (``presence.toml``).

They are no part of a checklist: its version says what was judged, not how long that takes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ..problems import Problem
from ..reading import TableReader, toml_reader
from ..starting_set import PRESENCE_FILE

_LIMITS: Mapping[str, tuple[float, float, str]] = {
    "reach_m": (0, 100_000, "presence.metres_out_of_range"),
    "minimum_seconds": (0, 86_400, "presence.seconds_out_of_range"),
    "burst_seconds": (0, 3_600, "presence.seconds_out_of_range"),
    "late_days": (1, 36_500, "presence.days_out_of_range"),
    "site_day": (0, 100_000, "presence.visits_out_of_range"),
    "site_week": (0, 100_000, "presence.visits_out_of_range"),
    "inspector_day": (0, 100_000, "presence.visits_out_of_range"),
}
_FIELDS = (*_LIMITS, "checklists")


@dataclass(frozen=True, slots=True)
class PresenceRules:
    """How far from the site (metres, beyond both errors), how long (seconds), how late (days), how often (visits).

    No cap where it is 0. ``minimum_of`` are the seconds of checklists that have their own, by id.
    """

    reach_m: float = 200.0
    minimum_s: float = 60.0
    burst_s: float = 10.0
    late_days: float = 7.0
    site_day: float = 4.0
    site_week: float = 8.0
    inspector_day: float = 60.0
    minimum_of: Mapping[str, float] = field(default_factory=dict)

    def minimum_for(self, checklist: str) -> float:
        """How many seconds a visit with this checklist takes at least."""
        return self.minimum_of.get(checklist, self.minimum_s)


def parse_presence(text: str, checklists: Collection[str], file: str = PRESENCE_FILE) -> PresenceRules | list[Problem]:
    """The rules from TOML text, or all that is wrong, each with its field; ``checklists`` are the ids there are."""
    problems: list[Problem] = []
    reader = toml_reader(text, file, _FIELDS, problems)
    if reader is None:
        return problems
    found = {name: _limit(reader, name) for name in _LIMITS}
    minimum_of = dict(
        _of_checklist(
            TableReader(raw, {"file": file, "list": "checklists", "list_entry": number}, problems), checklists
        )
        for number, raw in enumerate(reader.tables("checklists", at_most=500), start=1)
    )
    if problems:
        return problems
    named = {"minimum_seconds": "minimum_s", "burst_seconds": "burst_s"}
    told = {named.get(name, name): value for name, value in found.items() if value is not None}
    return PresenceRules(**told, minimum_of=minimum_of)


def _of_checklist(reader: TableReader, checklists: Collection[str]) -> tuple[str, float]:
    reader.only(("checklist", "minimum_seconds"))
    return reader.choice("checklist", checklists), _limit(reader, "minimum_seconds", required=True) or 0.0


def _limit(reader: TableReader, name: str, *, required: bool = False) -> float | None:
    low, high, code = _LIMITS[name]
    if required:
        return reader.number(name, lambda value: low <= value <= high, code, low=low, high=high)
    return reader.optional_number(name, lambda value: low <= value <= high, code, low=low, high=high)
