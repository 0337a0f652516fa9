"""Serving the application to browsers."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask
from waitress.server import create_server


class PortTaken(Exception):
    """The address cannot be listened on; the message says so in Chinese."""


def serve(app: Flask, host: str, port: int, threads: int, ready: Callable[[], None]) -> None:
    """Serve until the process is told to stop; ``ready`` is called once requests are accepted.

    Waitress: pure Python, the same on Windows, one process that leaves nothing behind when it is killed. A received
    body stays in memory up to 1 MiB and is read in large pieces, because nearly every body is a photo.
    """
    settings = app.extensions["inspect"].settings
    try:
        server = create_server(
            app,
            host=host,
            port=port,
            threads=threads,
            ident="",
            recv_bytes=256 * 1024,
            inbuf_overflow=1024 * 1024,
            max_request_body_size=settings.max_request_bytes,
            channel_timeout=120,
            **_proxy(settings.trusted_proxy),
        )
    except OSError as error:
        raise PortTaken(f"无法在 {host}:{port} 上监听({error.strerror})；端口可能已被占用，请换一个 --port") from error
    ready()
    server.run()


def _proxy(trusted: str) -> dict[str, object]:
    """What a reverse proxy in front may tell of the browser: its address and that it came by HTTPS."""
    if not trusted:
        return {}
    return {
        "trusted_proxy": trusted,
        "trusted_proxy_count": 1,
        "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"},
        "clear_untrusted_proxy_headers": True,
    }
