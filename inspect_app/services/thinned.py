"""One change that a rule of retention makes to what is kept of people: an entry in the log, and documents."""

from __future__ import annotations

from dataclasses import dataclass

from ..store import Write

THINNED = "retention.thinned"
"""The act of a change, as the log has it."""


@dataclass(frozen=True, slots=True)
class RuledChange:
    """``rule`` is a key of the rules' titles, ``of`` what the log calls the thing.

    ``number`` is of how many things this is the change: where they are many and small, one entry tells of several.
    """

    rule: str
    of: str
    writes: tuple[Write, ...]
    number: int = 1
