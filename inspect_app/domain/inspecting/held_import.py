"""A submission that counts for nothing until the office has decided: out of a file that anybody may have written, or
refused for what is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..blanking import Blanking
from ..evidence.photo import is_sha256
from ..weeks import instant_from
from .submission import fingerprint

FILE, PHONE, UNIT = "file", "phone", "unit"
"""Where one came from: an export, an inspector who is signed in, a unit that reports a case as put right."""
UNREADABLE = "unreadable"
"""Under which name a submission lies that is no JSON, as the text that came."""
ACCEPTED, LEFT_OUT = "accepted", "refused"
"""The decisions: it has become an inspection or a case's report, or it has not."""
CORRECTED = "更正："
"""What stands before the site's name where it is a correction."""
MAX_REASON = 300
"""Characters of the reason why one is taken over or left out."""


@dataclass(frozen=True, slots=True)
class HeldImport:
    """A submission as it came, and whose it claims to be; but of a file (``origin``) it is the one who is signed in.

    ``by`` brought it at ``at`` (UTC); ``why`` tells in Chinese for what it waits. ``decision`` is empty as long as it
    does, then ``accepted`` or ``refused``, by whom, when and for what reason. ``site`` is a name or, where there is no
    such site, what was sent for it; ``week`` is empty where nobody can tell. Nothing in the ``raw`` of one that
    ``was_refused`` is checked. ``phone_now`` is what the phone's own clock said at ``at`` (aware UTC), None where it
    did not tell. ``sent_as`` is the fingerprint of what came and ``form`` its key of the form, empty where these are
    ``raw``'s: where words were blanked, in the site's code for one.
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
    was_refused: bool = False
    sent_as: str = ""
    blanked: tuple[Blanking, ...] = ()
    form: str = ""

    @property
    def fingerprint(self) -> str:
        """That of what came, by which the same is known when it is sent again."""
        return self.sent_as or fingerprint(self.raw)

    @property
    def is_report(self) -> bool:
        """Whether it is a unit's report on a case, and not an inspection."""
        return self.origin == UNIT

    @property
    def begun(self) -> str:
        """See ``begun_as``."""
        return self.form or begun_as(self.inspector, self.raw)

    @property
    def opened(self) -> datetime | None:
        """When its form was opened, by the phone's own clock; None where it does not tell. In contrast to ``begun`` it
        is the same where site or kind were mended."""
        clock = self.raw.get("clock")
        told = (clock.get("started_at") if isinstance(clock, Mapping) else None, self.raw.get("started_at"))
        instants = (instant_from(one) for one in told if isinstance(one, str))
        return next((at for at in instants if at), None)

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


def begun_as(inspector: str, raw: object) -> str:
    """A key of the form that a submission was filled in on: the same whatever is changed in it, and under any id.

    It is made of who filled it in, of what kind and site it is, and when it was opened by the phone's own clock. Empty
    where the submission does not tell.
    """
    if not isinstance(raw, Mapping):
        return ""
    clock = raw.get("clock")
    told = clock.get("started_at") if isinstance(clock, Mapping) else None
    parts = [inspector, raw.get("kind"), raw.get("site"), told or raw.get("started_at")]
    if not isinstance(parts[-1], str) or any(not isinstance(part, str | None) for part in parts):
        return ""
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()
