"""Tickets (到场凭据): what the server hands a signed-in phone beforehand, to tie its fixes to account and day.

A ticket says that whoever has it was signed in as this account, on this device, on its day or in the week before. It
is checked by computing it again, so none is kept. It cannot say where a phone is: docs/develop/presence.md.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import date, timedelta

DAYS_AHEAD = 7
"""For so many days after today a phone is given tickets: a week without a network."""
_FORM = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})\.([0-9a-f]{16})\.([0-9a-f]{32})")


def tickets_for(key: bytes, account: str, device: str, today: date) -> list[str]:
    """The tickets of an account on a device (any text that names it): for today and the ``DAYS_AHEAD`` days after."""
    mark = hashlib.sha256(device.encode()).hexdigest()[:16]
    return [_ticket(key, account, mark, today + timedelta(days=ahead)) for ahead in range(DAYS_AHEAD + 1)]


def holds(key: bytes, account: str, tickets: Iterable[str], days: Iterable[date]) -> bool:
    """Whether one of these was made for the account and for one of these days, local to the city."""
    wanted = set(days)
    return any(_is_of(key, account, ticket, wanted) for ticket in tickets)


def _is_of(key: bytes, account: str, ticket: str, days: set[date]) -> bool:
    found = _FORM.fullmatch(ticket)
    try:
        day = date.fromisoformat(found[1]) if found else None
    except ValueError:
        return False
    if found is None or day not in days or day is None:
        return False
    return hmac.compare_digest(_ticket(key, account, found[2], day), ticket)


def _ticket(key: bytes, account: str, mark: str, day: date) -> str:
    said = f"{account}\n{mark}\n{day.isoformat()}"
    return f"{day.isoformat()}.{mark}.{hmac.new(key, said.encode(), hashlib.sha256).hexdigest()[:32]}"
