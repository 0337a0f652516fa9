"""The office's signature under what leaves: heads of the log, evidence bundles.

It is the key of the receipts, ECDSA over P-256 with SHA-256. What it signs begins with a format of its own, so that no
signature of one kind is any of another. Signatures are DER, as ``openssl dgst -verify`` takes them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ..collections.noted_key import FormerKey, NotedKey
from ..domain.signed_heads import SignedHead, statement
from .keys import RECEIPTS, KeyLost, Keys, signing_key

_FORM = serialization.PublicFormat.SubjectPublicKeyInfo


@dataclass(frozen=True, slots=True)
class FormerOfficeKey:
    """The public half of a key that another took the place of, and when (UTC); ``fingerprint`` as of an office key."""

    pem: bytes
    fingerprint: str
    until: datetime


@dataclass(frozen=True, slots=True)
class OfficeKey:
    """The key; ``pem`` is its public half, ``fingerprint`` the SHA-256 (hex) of that as DER.

    Where the key is lost, ``key`` says so of itself in Chinese, and nothing is signed; the public half is that of what
    was noted, empty where nothing was. ``former`` are those before it, the oldest first.
    """

    key: ec.EllipticCurvePrivateKey | str
    pem: bytes
    fingerprint: str
    former: tuple[FormerOfficeKey, ...] = ()

    def sign(self, content: bytes) -> bytes:
        """The signature of some bytes; of the same bytes the same. Raises ``KeyLost``."""
        return at_hand(self.key).sign(content, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))

    def refuse_lost(self) -> None:
        """Raises ``KeyLost`` where nothing can be signed: before anything is made or logged that is to be signed."""
        at_hand(self.key)

    def is_signed(self, content: bytes, signature: bytes) -> bool:
        """Whether this key, or one before it, signed the bytes."""
        publics = [self.pem, *(one.pem for one in self.former)]
        return any(_is_by(pem, content, signature) for pem in publics if pem)

    def signed_head(self, head: str, at: str) -> SignedHead:
        """The head of the log with the signature under it."""
        signature = self.sign(statement(head, at))
        return SignedHead(head, at, self.fingerprint, base64.b64encode(signature).decode())

    def has_signed(self, head: SignedHead) -> bool:
        """Whether this key, or one before it, signed a head."""
        try:
            signature = base64.b64decode(head.signature, validate=True)
        except binascii.Error:
            return False
        return self.is_signed(statement(head.head, head.at), signature)


def at_hand(key: ec.EllipticCurvePrivateKey | str) -> ec.EllipticCurvePrivateKey:
    """A key that can sign. Raises ``KeyLost`` where there is but what is said of it."""
    if isinstance(key, str):
        raise KeyLost(key)
    return key


def office_key(key: ec.EllipticCurvePrivateKey) -> OfficeKey:
    """A private key with its public half as others read it."""
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, _FORM)
    return OfficeKey(key, pem, _fingerprint(pem))


def open_office_key(keys: Keys) -> OfficeKey:
    """The office's key of an installation, with those before it; one that is lost signs nothing and still verifies."""
    found: ec.EllipticCurvePrivateKey | str
    try:
        found = signing_key(keys.opened(RECEIPTS))
    except KeyLost as lost:
        found = str(lost)
    noted = keys.noted(RECEIPTS) or NotedKey("")
    pem = noted.public.encode() if isinstance(found, str) else office_key(found).pem
    return OfficeKey(found, pem, _fingerprint(pem), tuple(map(_former, noted.former)))


def _former(key: FormerKey) -> FormerOfficeKey:
    pem = key.public.encode()
    return FormerOfficeKey(pem, _fingerprint(pem), key.until)


def public_pem(content: bytes) -> bytes:
    """The public key of an office in a file, as PEM. Raises ``ValueError`` where there is none."""
    try:
        found = serialization.load_pem_public_key(content)
    except UnsupportedAlgorithm as error:
        raise ValueError from error
    if not isinstance(found, ec.EllipticCurvePublicKey) or not isinstance(found.curve, ec.SECP256R1):
        raise ValueError
    return found.public_bytes(serialization.Encoding.PEM, _FORM)


def public_half(pem: bytes) -> ec.EllipticCurvePublicKey:
    """The public key in a PEM text."""
    found = serialization.load_pem_public_key(pem)
    assert isinstance(found, ec.EllipticCurvePublicKey)
    return found


def _is_by(pem: bytes, content: bytes, signature: bytes) -> bool:
    try:
        public_half(pem).verify(signature, content, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _fingerprint(pem: bytes) -> str:
    return hashlib.sha256(public_half(pem).public_bytes(serialization.Encoding.DER, _FORM)).hexdigest() if pem else ""
