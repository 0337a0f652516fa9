"""Time-stamps of an outside service (RFC 3161): that some bytes were there at a time, said by somebody else.

Asked by HTTP as the RFC says (3.4). An answer counts only where it verifies against the roots that the operator set.
"""

from __future__ import annotations

import http.client
import urllib.request
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from .errors import NotSent

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_PATIENCE_S = 20
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class TimestampService:
    """The address of a service, and the PEM certificates of the authorities whose stamps count.

    With the certificate of the stamper itself among them, stamps are asked for without certificates: some services send
    theirs in an order that is no DER, which the library refuses.
    """

    address: str
    roots: bytes


class NotStamped(Exception):
    """What is no stamp of these bytes by a service that counts; why, in Chinese."""


def stamp(service: TimestampService, content: bytes) -> bytes:
    """A stamp of some bytes: the answer as DER, verified. Raises ``NotSent`` and ``NotStamped``."""
    from rfc3161_client import TimestampRequestBuilder  # few installations ever need it

    asked = TimestampRequestBuilder().data(content).cert_request(cert_request=not _stampers(service.roots)).build()
    headers = {"Content-Type": "application/timestamp-query"}
    request = urllib.request.Request(service.address, asked.as_bytes(), headers, method="POST")
    try:
        with _OPENER.open(request, timeout=_PATIENCE_S) as answer:
            token: bytes = answer.read(_MOST_BYTES)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NotSent(f"时间戳服务没有应答：{error}") from error
    _verified(service.roots, token, content, asked.nonce)
    return token


def stamped_at(roots: bytes, token: bytes, content: bytes) -> datetime:
    """When some bytes were there, as a stamp says (UTC). Raises ``NotStamped``."""
    return _verified(roots, token, content, None)


def _verified(roots: bytes, token: bytes, content: bytes, nonce: int | None) -> datetime:
    from cryptography.x509 import load_pem_x509_certificates
    from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

    try:
        answer = decode_timestamp_response(token)
        stampers = _stampers(roots)
        verifier = VerifierBuilder(nonce=nonce, tsa_certificate=stampers[0] if stampers else None)
        for one in load_pem_x509_certificates(roots):
            if one in stampers:
                continue
            is_root = one.subject == one.issuer
            verifier = verifier.add_root_certificate(one) if is_root else verifier.add_intermediate_certificate(one)
        verifier.build().verify_message(answer, content)
    except (VerificationError, ValueError) as error:
        raise NotStamped(f"时间戳无效：{error}") from error
    return answer.tst_info.gen_time


def _stampers(pem: bytes) -> list[Certificate]:
    """The certificates that stamp, among those of authorities."""
    from cryptography.x509 import load_pem_x509_certificates

    return [one for one in load_pem_x509_certificates(pem) if _stamps(one)]


def _stamps(certificate: Certificate) -> bool:
    from cryptography.x509 import ExtendedKeyUsage, ExtensionNotFound
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        usage = certificate.extensions.get_extension_for_class(ExtendedKeyUsage)
    except ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage.value


class _OneAddress(urllib.request.HTTPRedirectHandler):
    """The operator named one address: no other is asked."""

    def redirect_request(self, *_: object) -> None:
        return None


_OPENER = urllib.request.build_opener(_OneAddress)
