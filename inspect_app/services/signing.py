"""The office's signature under what leaves: heads of the log, evidence bundles.

It is the key of the receipts, ECDSA over P-256 with SHA-256. What it signs begins with a format of its own, so that no
signature of one kind is any of another. Signatures are DER, as ``openssl dgst -verify`` takes them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..domain.signed_heads import SignedHead, statement


@dataclass(frozen=True, slots=True)
class OfficeKey:
    """The key; ``pem`` is its public half, ``fingerprint`` the SHA-256 (hex) of that as DER."""

    key: ec.EllipticCurvePrivateKey
    pem: bytes
    fingerprint: str

    def sign(self, content: bytes) -> bytes:
        """The signature of some bytes; of the same bytes the same."""
        return self.key.sign(content, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))

    def is_signed(self, content: bytes, signature: bytes) -> bool:
        """Whether this key signed the bytes."""
        try:
            self.key.public_key().verify(signature, content, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return False
        return True

    def signed_head(self, head: str, at: str) -> SignedHead:
        """The head of the log with the signature under it."""
        signature = self.sign(statement(head, at))
        return SignedHead(head, at, self.fingerprint, base64.b64encode(signature).decode())

    def has_signed(self, head: SignedHead) -> bool:
        """Whether this key signed a head."""
        try:
            signature = base64.b64decode(head.signature, validate=True)
        except binascii.Error:
            return False
        return self.is_signed(statement(head.head, head.at), signature)


def office_key(key: ec.EllipticCurvePrivateKey) -> OfficeKey:
    """A private key with its public half as others read it."""
    public = key.public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    der = public.public_bytes(serialization.Encoding.DER, form)
    return OfficeKey(key, public.public_bytes(serialization.Encoding.PEM, form), hashlib.sha256(der).hexdigest())
