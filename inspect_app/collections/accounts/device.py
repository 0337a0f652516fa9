"""Devices as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.device import DeviceOnRecord, End, Way
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document

_GOOD = "active"


def _read(id: str, document: Mapping[str, Any]) -> DeviceOnRecord:
    ended = document["state"] != _GOOD
    return DeviceOnRecord(
        user=document["user"],
        name=document["name"],
        browser=document["browser"],
        way=Way(document["way"]),
        epoch=document["epoch"],
        created_at=instant_of(document["created_at"]),
        last_seen=instant_of(document["last_seen"]),
        end=End(document["state"]) if ended else None,
        ended_at=instant_of(document["ended_at"]) if ended else None,
    )


def _write(device: DeviceOnRecord) -> Document:
    return {
        "user": device.user,
        "name": device.name,
        "browser": device.browser,
        "way": device.way.value,
        "epoch": device.epoch,
        "created_at": utc_text(device.created_at),
        "last_seen": utc_text(device.last_seen),
        "state": device.end.value if device.end else _GOOD,
        **({"ended_at": utc_text(device.ended_at)} if device.ended_at else {}),
    }


DEVICES: Collection[DeviceOnRecord] = Collection("devices", _read, _write, by=("user",))
"""Devices, ended ones too; an id is what a session's cookie names."""
