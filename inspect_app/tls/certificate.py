"""The server's certificate: which names it holds, and when it has to be renewed."""

from __future__ import annotations

from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .authority import BACKDATED, Authority, key_usage, pem
from .names import Names

LIFETIME = timedelta(days=390)
"""Systems of Apple take no server certificate of more than 398 days."""
RENEW_BEFORE = timedelta(days=30)


def make_certificate(authority: Authority, names: Names, now: datetime, lifetime: timedelta = LIFETIME) -> bytes:
    """Key, certificate and the authority's certificate as PEM; ends no later than the authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    alternatives: list[x509.GeneralName] = [x509.DNSName(host) for host in names.hosts]
    alternatives += [x509.IPAddress(address) for address in names.addresses]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Inspect")]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(min(now - BACKDATED + lifetime, authority.certificate.not_valid_after_utc))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
        .sign(authority.key, hashes.SHA256())
    )
    return pem(key, certificate, authority.certificate)


def names_in(certificate: x509.Certificate) -> Names:
    """The names that a certificate holds."""
    found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    values = found.get_values_for_type(x509.IPAddress)
    addresses = [value for value in values if isinstance(value, IPv4Address | IPv6Address)]
    return Names(
        tuple(sorted(found.get_values_for_type(x509.DNSName))),
        tuple(sorted(addresses, key=lambda one: (one.version, int(one)))),
    )


def must_renew(certificate: x509.Certificate, authority: Authority, names: Names, now: datetime) -> bool:
    """Whether a certificate is another authority's, lacks a name of the machine, or has less than 30 days to go."""
    held = names_in(certificate)
    return (
        certificate.issuer != authority.certificate.subject
        or not _is_signed_by(certificate, authority)
        or not set(names.hosts) <= set(held.hosts)
        or not set(names.addresses) <= set(held.addresses)
        or _ends_soon(certificate, authority, now)
        or certificate.not_valid_before_utc > now
    )


def _ends_soon(certificate: x509.Certificate, authority: Authority, now: datetime) -> bool:
    """One that ends with its authority cannot be had any longer."""
    left = certificate.not_valid_after_utc - now
    with_authority = certificate.not_valid_after_utc >= authority.certificate.not_valid_after_utc
    return left < RENEW_BEFORE and not with_authority


def _is_signed_by(certificate: x509.Certificate, authority: Authority) -> bool:
    try:
        certificate.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError):
        return False
    except Exception:  # cryptography's InvalidSignature has no common base with the two above
        return False
    return True
