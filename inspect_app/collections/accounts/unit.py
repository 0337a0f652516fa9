"""Units as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.unit import Reach, Unit, UnitOnRecord
from ..collection import Collection, Document

IN_USE = {"state": "active"}
"""What units that get cases are found by."""


def _read(id: str, document: Mapping[str, Any]) -> UnitOnRecord:
    unit = Unit(id, document["name"], tuple(document["names"]), tuple(document["areas"]))
    reach = Reach(tuple(document["mail"]), document["webhook"], document["webhook_secret"])
    return UnitOnRecord(unit, reach, document["state"] == IN_USE["state"])


def _write(kept: UnitOnRecord) -> Document:
    unit, reach = kept.unit, kept.reach
    return {
        "name": unit.name,
        "names": list(unit.names),
        "areas": list(unit.areas),
        "mail": list(reach.mail),
        "webhook": reach.webhook,
        "webhook_secret": reach.webhook_secret,
        "state": IN_USE["state"] if kept.active else "retired",
    }


UNITS: Collection[UnitOnRecord] = Collection(
    "units", _read, _write, by=("state",), secret=("webhook", "webhook_secret")
)
"""Units, retired ones too; an id is of chance."""
