"""Signed receipts: what the server says it holds of an inspection, so that a phone may delete its own copy.

ECDSA over P-256 with SHA-256, because every browser's WebCrypto verifies it. The signature is the 64 bytes ``r || s``
that WebCrypto takes (IEEE P1363), not DER.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ...collections import Kept
from ...domain.evidence.photo import Evidence
from ...domain.evidence.recordings import Recording
from ...domain.inspecting.inspection import Inspection
from ...domain.weeks import utc_text
from ..signing import OfficeKey, public_half

_SIZE = 32


@dataclass(frozen=True, slots=True)
class ReceiptSigner:
    """Signs with the office's key; ``jwk`` is the public half as WebCrypto imports it, nothing where it is not known.

    ``first`` is the id of the first key of the installation, which no other takes the place of.
    """

    office: OfficeKey
    id: str
    jwk: Mapping[str, str]
    first: str

    def sign(self, content: Mapping[str, Any]) -> dict[str, str]:
        """``{"text", "signature", "key"}``: the JSON text that is signed, the signature in base64url, the key's id.

        Raises ``KeyLost``.
        """
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        r, s = decode_dss_signature(self.office.sign(text.encode()))
        signature = r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")
        return {"text": text, "signature": _base64url(signature), "key": self.id}


def receipt_signer(office: OfficeKey) -> ReceiptSigner:
    """Who signs receipts with the office's key."""
    jwk = _jwk(office.pem)
    first = _jwk(office.former[0].pem) if office.former else jwk
    return ReceiptSigner(office, _id(jwk), jwk, _id(first))


def receipt_content(kept: Kept[Inspection], body: bytes | None = None) -> dict[str, object]:
    """What a receipt says: which inspection, whose, since when, and the SHA-256 of everything it holds.

    ``content`` is the SHA-256 of the request's body that this answers, so that an old answer is none to a new request.
    """
    inspection = kept.value
    return {
        "id": kept.id,
        "inspector": inspection.inspector,
        "fingerprint": inspection.fingerprint,
        "received_at": utc_text(inspection.received_at),
        "photos": _hashes(inspection.photos),
        "audio": _hashes(inspection.recordings),
        "content": hashlib.sha256(body).hexdigest() if body is not None else None,
    }


def _hashes(media: Sequence[Evidence | Recording]) -> list[str]:
    return list(dict.fromkeys(one.sha256 for one in media))


def _jwk(pem: bytes) -> dict[str, str]:
    if not pem:
        return {}
    numbers = public_half(pem).public_numbers()
    x, y = (_base64url(number.to_bytes(_SIZE, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _id(jwk: Mapping[str, str]) -> str:
    return hashlib.sha256(f"{jwk['x']}.{jwk['y']}".encode()).hexdigest()[:16] if jwk else ""


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
