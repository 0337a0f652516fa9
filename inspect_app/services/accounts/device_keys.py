"""Which browser wrote a file: each tells the public half of its key while somebody is signed in there."""

from __future__ import annotations

import base64
import binascii
from contextlib import suppress
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from ...collections.accounts.device_key import DEVICE_KEYS
from ...domain.accounts.device_key import DeviceKey, key_id
from ...domain.accounts.user import User
from ...domain.problems import Problem
from ...store import Stale, Store
from ..audit import Entry, keep
from .devices import find_device

_SIZE = 32
_SHOWN = 8
"""Digits by which the log names a device."""


def register_key(store: Store, user: User, device: str, x: object, y: object, now: datetime) -> list[Problem]:
    """Keep the key of the browser that somebody is signed in on; the same on another device names its device anew.

    Of two requests at the same moment with one key, either is right.
    """
    if not isinstance(x, str) or not isinstance(y, str) or _public(x, y) is None:
        return [Problem("accounts.device_key_malformed")]
    key = DeviceKey(user.name, device, x, y, now)
    kept = DEVICE_KEYS.get(store, key.id)
    if kept is None or kept.value.device != device:
        entry = Entry("device.key", f"{DEVICE_KEYS.name}/{key.id}", after={"device": device[:_SHOWN]})
        with suppress(Stale):
            keep(store, user.name, now, [entry], [DEVICE_KEYS.writing(key.id, key, kept.revision if kept else 0)])
    return []


def key_problem(store: Store, user: User, x: str, y: str, now: datetime) -> str:
    """Why a key says nothing about an account's files, in Chinese; empty where it does."""
    kept = DEVICE_KEYS.get(store, key_id(user.name, x, y))
    if kept is None:
        return "签名的手机没有在这个账号下登记过"
    device = find_device(store, kept.value.device, now)
    if device is None or device.end is not None:
        return "签名的手机已退出登录或已作废"
    return ""


def is_signed_by(x: str, y: str, content: bytes, signature: str) -> bool:
    """Whether a browser's key signed some bytes: ``r || s`` (IEEE P1363) in base64, as WebCrypto gives it."""
    key = _public(x, y)
    try:
        raw = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        return False
    if key is None or len(raw) != 2 * _SIZE:
        return False
    r, s = (int.from_bytes(raw[at : at + _SIZE], "big") for at in (0, _SIZE))
    try:
        key.verify(encode_dss_signature(r, s), content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _public(x: str, y: str) -> ec.EllipticCurvePublicKey | None:
    try:
        numbers = [base64.urlsafe_b64decode(one + "=" * (-len(one) % 4)) for one in (x, y)]
        if any(len(one) != _SIZE for one in numbers):
            return None
        point = [int.from_bytes(one, "big") for one in numbers]
        return ec.EllipticCurvePublicNumbers(point[0], point[1], ec.SECP256R1()).public_key()
    except ValueError:
        return None
