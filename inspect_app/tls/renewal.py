"""TLS for a server that runs for years: the certificate is renewed in place, while connections go on."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from ..durable import replace_file
from ..network import lan_address
from .authority import Authority, open_authority
from .certificate import make_certificate, must_renew, names_in
from .names import Names, NotAName, names_of

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 600.0
"""How often the machine's names and the certificate's end are looked at, in seconds."""
_WARN_BEFORE = timedelta(days=60)


@dataclass(slots=True)
class _InUse:
    """Which certificate the context has: its serial number, 0 for none."""

    serial: int = 0


@dataclass(frozen=True, slots=True)
class Tls:
    """What a server needs: the context for its sockets, and the authority that phones are to trust.

    Of several processes with one folder any may renew the certificate; the others take it over when they look.
    """

    context: ssl.SSLContext
    authority: Authority
    _path: Path
    _names_now: Callable[[], Names]
    _in_use: _InUse = field(default_factory=_InUse)

    def left_out(self) -> Names:
        """Names of this machine that the authority may not vouch for, because they came up after it was made."""
        names = self._names_now()
        vouched = self.authority.may_vouch_for(names)
        return Names(
            tuple(host for host in names.hosts if host not in vouched.hosts),
            tuple(address for address in names.addresses if address not in vouched.addresses),
        )

    def ends(self) -> dict[str, datetime]:
        """Until when the server's certificate and the authority's are good (UTC); the server's is renewed in time."""
        current = _certificate(self._path)
        own = {"server": current.not_valid_after_utc} if current else {}
        return {**own, "authority": self.authority.certificate.not_valid_after_utc}

    def host_for(self, said: str) -> str:
        """The host to lead a visitor to who said another: that one where the certificate holds it.

        Else this machine's address, so that nobody is led to wherever a request says.
        """
        certificate = _certificate(self._path)
        held = names_in(certificate) if certificate else Names((), ())
        try:
            asked = names_of([said])
        except NotAName:
            asked = Names((), ())
        if {*asked.hosts, *asked.addresses} & {*held.hosts, *held.addresses}:
            return said
        return lan_address() or "127.0.0.1"

    def renew(self, now: datetime) -> bool:
        """Renew the certificate where that is due; whether it was. New connections get the new one at once."""
        names = self.authority.may_vouch_for(self._names_now())
        current = _certificate(self._path)
        if current is not None and not must_renew(current, self.authority, names, now):
            if self._in_use.serial not in (0, current.serial_number):
                self._use()
            return False
        self._make(names, now)
        return True

    def load(self, now: datetime) -> None:
        """Use the certificate that is kept, or a new one where that cannot be used."""
        try:
            if self.renew(now):
                return
        except OSError:
            if _certificate(self._path) is None:
                raise
            _log.exception("renewing the certificate failed")  # as on a full disk; the old one goes on serving
        try:
            self._use()
        except ssl.SSLError:  # its key is missing, or another one's
            self._make(self.authority.may_vouch_for(self._names_now()), now)

    def keep_renewing(self, every_s: float = LOOK_EVERY_S) -> None:
        """Look at it from now on, in a thread that ends with the process."""

        def look() -> None:
            warned = None
            while True:
                threading.Event().wait(every_s)
                now = datetime.now(UTC)
                try:
                    self.renew(now)
                except Exception:  # the old certificate goes on serving; the next look tries again
                    _log.exception("renewing the certificate failed")
                left = self.authority.certificate.not_valid_after_utc - now
                if left < _WARN_BEFORE and warned != now.date():
                    warned = now.date()
                    _log.warning(
                        "the certificate authority ends in %d days; a restart after that makes another", left.days
                    )

        threading.Thread(target=look, name="certificate", daemon=True).start()

    def _make(self, names: Names, now: datetime) -> None:
        replace_file(self._path, make_certificate(self.authority, names, now), private=True)
        self._use()
        _log.info("a new certificate for %s", ", ".join((*names.hosts, *map(str, names.addresses))))

    def _use(self) -> None:
        self.context.load_cert_chain(self._path)
        current = _certificate(self._path)
        self._in_use.serial = current.serial_number if current else 0


def open_tls(folder: Path, names_now: Callable[[], Names], now: datetime) -> Tls:
    """TLS from what is kept in a folder; authority and certificate are made where they are missing.

    Raises ``AuthorityDamaged``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    tls = Tls(context, open_authority(folder, names_now(), now), folder / "server.pem", names_now)
    tls.load(now)
    return tls


def _certificate(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
