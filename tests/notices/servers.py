"""Real local servers that take messages: mail with and without TLS, and a robot's webhook."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Mailbox:
    """Keeps what a mail server was given; refuses addresses at ``full.example``."""

    def __init__(self) -> None:
        self.messages: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address.endswith("@full.example"):
            return "552 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.messages.append(envelope)
        return "250 OK"


@contextmanager
def mail_server(port: int, **options: Any) -> Iterator[Mailbox]:
    """A mail server on 127.0.0.1; ``options`` are aiosmtpd's."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def only(name: str, password: str) -> Any:
    """An authenticator that knows one account."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        # Not handled: the server itself is to say that it was refused, else a client waits for an answer in vain.
        return AuthResult(success=(data.login, data.password) == (name.encode(), password.encode()), handled=False)

    return check


class RobotServer:
    """Keeps what was posted; answers with what it is told to."""

    def __init__(self) -> None:
        self.posted: list[tuple[str, dict[str, Any]]] = []
        self.answer: Any = {"errcode": 0, "errmsg": "ok"}
        self.status = 200
        self.address = self.location = ""


@contextmanager
def robot_server() -> Iterator[RobotServer]:
    """A webhook on 127.0.0.1."""
    kept = RobotServer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.posted.append((self.path, json.loads(body)))
            answer = json.dumps(kept.answer).encode() if not isinstance(kept.answer, bytes) else kept.answer
            self.send_response(kept.status)
            self.send_header("Content-Length", str(len(answer)))
            if kept.location:
                self.send_header("Location", kept.location)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    kept.address = f"http://127.0.0.1:{server.server_port}/robot/send?key=k"
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
