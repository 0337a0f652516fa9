"""A week's publications: every revision of it that was ever shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .figures import AreaWeek


@dataclass(frozen=True, slots=True)
class Revision:
    """One publication of a week: when (UTC), by whom, why (empty for the first) and the SHA-256 of what was frozen.

    ``still_open`` is what was seen as unfinished and published all the same, ``audit_head`` the number and hash of the
    log's last entry then, None where none was noted. Weeks that were published by method 1 have no digest: their rows,
    without details, ranks and changes, are kept with the publication itself. ``files`` is the SHA-256 of the list of
    its frozen files, ``files_at`` when they were frozen: with the publication, or later where the version of the
    program that published it froze none; empty and None until then. ``visits`` names likewise of
    which visits the figures were made, each as it was then (``as_read``); empty of what earlier versions published.
    """

    week: str
    number: int
    published_at: datetime
    by: str
    reason: str
    digest: str
    still_open: tuple[str, ...] = ()
    audit_head: tuple[int, str] | None = None
    rows: tuple[AreaWeek, ...] = ()
    files: str = ""
    files_at: datetime | None = None
    visits: str = ""


@dataclass(frozen=True, slots=True)
class Publication:
    """A published week: its revisions, oldest first; there is at least one."""

    revisions: tuple[Revision, ...]

    def revision(self, number: int | None = None) -> Revision | None:
        """The latest revision, or the one with this number; None where there is none."""
        chosen = [one for one in self.revisions if number in (None, one.number)]
        return chosen[-1] if chosen else None
