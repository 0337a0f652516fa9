"""HTTPS without a proxy: an own authority, a certificate for this machine, TLS for waitress."""

from __future__ import annotations

from .authority import Authority, open_authority
from .names import Names, names_of_this_machine
from .renewal import Tls, open_tls

__all__ = ["Authority", "Names", "Tls", "names_of_this_machine", "open_authority", "open_tls"]
