"""The plain-HTTP port beside HTTPS: it hands out the authority's certificate, and leads everything else to HTTPS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_SERVED = re.compile(r"/trust(/.*)?|/static/.*")
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?")


def lead_to_https(app: WSGIApplication, https_port: int, host_for: Callable[[str], str]) -> WSGIApplication:
    """A WSGI application that serves only ``/trust`` and its files, and sends all other requests to HTTPS.

    ``host_for`` is the host to lead to, by the one that the request names.
    308, so that a request keeps its method and body; 400 where no host is named that could be led to.
    """

    def plain(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "/")
        if _SERVED.fullmatch(path) and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            # No session travels unencrypted, whatever an old browser sends.
            environ.pop("HTTP_COOKIE", None)
            environ.pop("HTTP_AUTHORIZATION", None)
            return app(environ, start)
        host = _HOST.fullmatch(environ.get("HTTP_HOST", ""))
        if host is None:
            start("400 Bad Request", [("Content-Type", "text/plain; charset=utf-8")])
            return ["请求没有写明主机名".encode()]
        query = environ.get("QUERY_STRING", "")
        # WSGI hands the path's bytes over as Latin-1.
        target = quote(path.encode("latin-1"), safe="/:@!$&'()*+,;=~-._") + (f"?{query}" if query else "")
        port = "" if https_port == 443 else f":{https_port}"
        location = f"https://{host_for(host[1])}{port}{target}"
        start("308 Permanent Redirect", [("Location", location), ("Cache-Control", "no-store")])
        return []

    return plain
