"""Keys of browsers as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...domain.accounts.device_key import DeviceKey
from ...domain.weeks import instant_of, utc_text
from ..collection import Collection, Document


def _read(id: str, document: Mapping[str, Any]) -> DeviceKey:
    return DeviceKey(document["user"], document["device"], document["x"], document["y"], instant_of(document["at"]))


def _write(key: DeviceKey) -> Document:
    return {"user": key.user, "device": key.device, "x": key.x, "y": key.y, "at": utc_text(key.at)}


DEVICE_KEYS: Collection[DeviceKey] = Collection("device_keys", _read, _write)
"""Under account and the key's own name: ``<user>/<SHA-256 of x.y>``."""
