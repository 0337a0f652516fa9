"""The installation's own certificate authority. Phones that trust it trust this server.

Its certificate is limited to private addresses and this machine's own names (RFC 5280, 4.2.1.10), so that a stolen key
cannot stand for a bank's site on an inspector's phone.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ..durable import make_folder, replace_file
from .names import Address, Names

LIFETIME = timedelta(days=3650)
BACKDATED = timedelta(days=1)
"""Phones whose clock is behind must not take a new certificate for one of the future."""
_PRIVATE = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip


class AuthorityDamaged(Exception):
    """What is kept of the authority cannot be read; the message says what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Key and certificate of the authority."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate as phones show it: pairs of hexadecimal digits."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def may_vouch_for(self, names: Names) -> Names:
        """Those of the names that its certificate is good for."""
        limits = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
        hosts = [limit.value for limit in limits or () if isinstance(limit, x509.DNSName)]
        values = [limit.value for limit in limits or () if isinstance(limit, x509.IPAddress)]
        networks = [value for value in values if isinstance(value, ipaddress.IPv4Network | ipaddress.IPv6Network)]
        return Names(
            tuple(name for name in names.hosts if any(name == host or name.endswith(f".{host}") for host in hosts)),
            tuple(address for address in names.addresses if any(_is_in(address, network) for network in networks)),
        )


def open_authority(folder: Path, names: Names, now: datetime) -> Authority:
    """The authority kept in a folder; made for these names where there is none, and anew once it has run out.

    Raises ``AuthorityDamaged``.
    """
    path = folder / "authority.pem"
    kept = _read(path)
    if kept and kept.certificate.not_valid_after_utc > now:
        return kept
    made = make_authority(names, now)
    make_folder(folder)
    replace_file(path, pem(made.key, made.certificate), private=True)
    return made


def has_run_out(folder: Path, now: datetime) -> bool:
    """Whether an authority is kept in a folder that is good for nothing any more. Raises ``AuthorityDamaged``."""
    kept = _read(folder / "authority.pem")
    return kept is not None and kept.certificate.not_valid_after_utc <= now


def make_authority(names: Names, now: datetime) -> Authority:
    """A new authority, good for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    title = f"Inspect CA {socket.gethostname()}"[:64]
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])
    addresses = [one for one in names.addresses if not any(_is_in(one, net) for net in _networks())]
    limits: list[x509.GeneralName] = [x509.DNSName(host) for host in sorted({*names.hosts, "local"})]
    limits += [x509.IPAddress(network) for network in _networks()]
    limits += [x509.IPAddress(ipaddress.ip_network(address)) for address in addresses]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - BACKDATED)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(limits, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate)


def pem(key: ec.EllipticCurvePrivateKey, *certificates: x509.Certificate) -> bytes:
    """A key and certificates as one PEM text."""
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    """What a key is for: signatures, and those of certificates too."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _networks() -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    return [ipaddress.ip_network(text) for text in _PRIVATE]


def _is_in(address: Address, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    return address.version == network.version and address in network


def _read(path: Path) -> Authority | None:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        key = serialization.load_pem_private_key(content, None)
        certificate = x509.load_pem_x509_certificate(content)
    except ValueError as error:
        # Never made anew unasked: every phone would have to trust another one.
        raise AuthorityDamaged(
            f"{path} 已损坏。请从备份恢复；没有备份时：flask --app inspect_app keys renew tls/authority.pem，"
            "再启动，各手机重新安装证书"
        ) from error
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Authority(key, certificate)
