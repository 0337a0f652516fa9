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
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from ...collections import Kept
from ...domain.evidence.photo import Evidence
from ...domain.evidence.recordings import Recording
from ...domain.inspecting.inspection import Inspection
from ...domain.weeks import utc_text
from ...durable import keep_once
from ...store import StoreDamaged

_SIZE = 32


@dataclass(frozen=True, slots=True)
class ReceiptSigner:
    """Signs with the installation's own key; ``jwk`` is the public half as WebCrypto imports it."""

    key: ec.EllipticCurvePrivateKey
    id: str
    jwk: Mapping[str, str]

    def sign(self, content: Mapping[str, Any]) -> dict[str, str]:
        """``{"text", "signature", "key"}``: the JSON text that is signed, the signature in base64url, the key's id."""
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        r, s = decode_dss_signature(self.key.sign(text.encode(), ec.ECDSA(hashes.SHA256(), deterministic_signing=True)))
        signature = r.to_bytes(_SIZE, "big") + s.to_bytes(_SIZE, "big")
        return {"text": text, "signature": _base64url(signature), "key": self.id}


def open_signer(data: Path) -> ReceiptSigner:
    """The signer of an installation; its key is made once, readable by its owner only, and kept in the data folder."""
    path = data / "receipt.key"
    key = _kept(path) or _made(path)
    numbers = key.public_key().public_numbers()
    x, y = (_base64url(number.to_bytes(_SIZE, "big")) for number in (numbers.x, numbers.y))
    id = hashlib.sha256(f"{x}.{y}".encode()).hexdigest()[:16]
    return ReceiptSigner(key, id, {"kty": "EC", "crv": "P-256", "x": x, "y": y})


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


def _kept(path: Path) -> ec.EllipticCurvePrivateKey | None:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise StoreDamaged(f"{path}：签名密钥已损坏，请从备份恢复")
    return key


def _made(path: Path) -> ec.EllipticCurvePrivateKey:
    key = ec.generate_private_key(ec.SECP256R1())
    content = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    keep_once(path, content)
    kept = _kept(path)
    assert kept is not None
    return kept


def _base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
