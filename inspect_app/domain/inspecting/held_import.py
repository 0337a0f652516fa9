"""A submission that is nobody's visit until the office has decided: out of a file that anybody may have written, or
from an inspector's phone and refused for what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..evidence.photo import is_sha256

FILE, PHONE = "file", "phone"
"""Where one came from."""
ACCEPTED = "accepted"
"""The decision that makes an inspection of one."""
CORRECTED = "更正："
"""What stands before the site's name where it is a correction."""
MAX_REASON = 300
"""Characters of the reason why one is taken over or left out."""


@dataclass(frozen=True, slots=True)
class HeldImport:
    """A submission as it came, and whose it claims to be; from a phone (``origin``) it is the one who is signed in.

    ``by`` brought it at ``at`` (UTC); ``why`` tells in Chinese for what it waits. ``decision`` is empty as long as it
    does, then ``accepted`` or ``refused``, by whom, when and for what reason. ``site`` is a name or, where there is no
    such site, what was sent for it; ``week`` is empty where nobody can tell. Nothing in a phone's ``raw`` is checked.
    ``phone_now`` is what the phone's own clock said at ``at`` (aware UTC), None where it did not tell.
    """

    raw: Mapping[str, Any]
    inspector: str
    site: str
    week: str
    by: str
    at: datetime
    why: str = ""
    decision: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    reason: str = ""
    origin: str = FILE
    phone_now: datetime | None = None

    @property
    def was_refused(self) -> bool:
        """Whether it came from a phone and was refused."""
        return self.origin == PHONE

    @property
    def is_correction(self) -> bool:
        """Whether it is a correction of an inspection, not one of its own."""
        return "inspection" in self.raw and "base" in self.raw

    @property
    def photos(self) -> tuple[str, ...]:
        """The SHA-256 of the photos that it names, each once, as far as they can be read."""
        listed = self.raw.get("photos")
        named = [one.get("sha256") for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
        return tuple(dict.fromkeys(sha256 for sha256 in named if isinstance(sha256, str) and is_sha256(sha256)))
