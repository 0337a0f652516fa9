"""TLS for a server that runs for years: the certificate is renewed in place, while connections go on."""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from ..durable import replace_file
from .authority import Authority, open_authority
from .certificate import make_certificate, must_renew
from .names import Names

_log = logging.getLogger(__name__)
LOOK_EVERY_S = 600.0
"""How often the machine's names and the certificate's end are looked at, in seconds."""
_WARN_BEFORE = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Tls:
    """What a server needs: the context for its sockets, and the authority that phones are to trust."""

    context: ssl.SSLContext
    authority: Authority
    names: Names
    _path: Path
    _names_now: Callable[[], Names]

    def renew(self, now: datetime) -> bool:
        """Renew the certificate where that is due; whether it was. New connections get the new one at once."""
        names = self.authority.may_vouch_for(self._names_now())
        current = _certificate(self._path)
        if current is not None and not must_renew(current, self.authority, names, now):
            return False
        replace_file(self._path, make_certificate(self.authority, names, now), private=True)
        self.context.load_cert_chain(self._path)
        _log.info("renewed the server's certificate for %s", ", ".join((*names.hosts, *map(str, names.addresses))))
        return True

    def keep_renewing(self, every_s: float = LOOK_EVERY_S) -> None:
        """Look at it from now on, in a thread that ends with the process."""

        def look() -> None:
            while True:
                threading.Event().wait(every_s)
                try:
                    now = datetime.now(UTC)
                    self.renew(now)
                    if self.authority.certificate.not_valid_after_utc - now < _WARN_BEFORE:
                        _log.warning("the certificate authority runs out soon; phones must trust a new one after it")
                except Exception:  # the old certificate goes on serving; the next look tries again
                    _log.exception("renewing the certificate failed")

        threading.Thread(target=look, name="certificate", daemon=True).start()


def open_tls(folder: Path, names_now: Callable[[], Names], now: datetime) -> Tls:
    """TLS from what is kept in a folder; authority and certificate are made where they are missing."""
    names = names_now()
    authority = open_authority(folder, names, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    path = folder / "server.pem"
    tls = Tls(context, authority, authority.may_vouch_for(names), path, names_now)
    if not tls.renew(now):
        context.load_cert_chain(path)
    return tls


def _certificate(path: Path) -> x509.Certificate | None:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
