"""A message that is on its way to one address, or was last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


@dataclass(frozen=True, slots=True)
class Delivery:
    """What tells the message from others at its receiver (``Message-ID``), the keys of the reminders in it, and when it
    was first tried (UTC). Without keys it is known that it was taken.
    """

    message: str
    keys: tuple[str, ...]
    begun_at: datetime


def _read(id: str, document: Mapping[str, Any]) -> Delivery:
    return Delivery(document["message"], tuple(document["keys"]), instant_of(document["begun_at"]))


def _write(delivery: Delivery) -> Document:
    return {"message": delivery.message, "keys": list(delivery.keys), "begun_at": utc_text(delivery.begun_at)}


DELIVERIES: Collection[Delivery] = Collection("deliveries", _read, _write)
"""An id is whom it goes to, which way, and about what: ``<unit>/mail/<hash of the address>/cases``."""
