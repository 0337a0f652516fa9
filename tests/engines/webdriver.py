"""WebDriver (W3C) as far as these tests need it, spoken in the two ways in which Debian's browsers hear it.

WebKitGTK brings a driver that listens to HTTP. Debian has no such driver for Firefox; its Marionette takes the same
commands with the same parameters over a socket, and is what such a driver itself speaks to.
"""

from __future__ import annotations

import json
import socket
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The name under which WebDriver hands out an element (W3C WebDriver, section 12)."""
_START_S = 60.0
_ANSWER_S = 60.0


class Failed(Exception):
    """The browser did not do what it was told; ``code`` is WebDriver's, such as ``no such element``."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Transport(Protocol):
    """How commands reach a browser."""

    def send(self, command: str, parameters: dict[str, Any]) -> Any:
        """The value that the browser answers with. Raises ``Failed``."""

    def close(self) -> None: ...


@dataclass
class Marionette:
    """Firefox' own socket: each message is its length, a colon, and JSON ``[type, number, command, parameters]``."""

    port: int
    _number: int = 0
    _heard: bytes = b""
    _socket: socket.socket = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._socket = _connected(self.port)
        assert self._read()["marionetteProtocol"] == 3
        self.send("NewSession", {"capabilities": {"alwaysMatch": {"pageLoadStrategy": "normal"}}})

    def send(self, command: str, parameters: dict[str, Any]) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, f"WebDriver:{command}", parameters]).encode()
        self._socket.sendall(b"%d:%s" % (len(message), message))
        kind, number, error, value = self._read()
        assert (kind, number) == (1, self._number)
        if error:
            raise Failed(error["error"], error["message"])
        return value["value"] if isinstance(value, dict) and set(value) == {"value"} else value

    def close(self) -> None:
        self._socket.close()

    def _read(self) -> Any:
        while b":" not in self._heard:
            self._hear()
        length, _, self._heard = self._heard.partition(b":")
        while len(self._heard) < int(length):
            self._hear()
        message, self._heard = self._heard[: int(length)], self._heard[int(length) :]
        return json.loads(message)

    def _hear(self) -> None:
        more = self._socket.recv(65536)
        if not more:
            raise Failed("disconnected", "the browser has ended")
        self._heard += more


# Each command's method and address below the session's; an element's stands for {id}.
_ROUTES = {
    "Navigate": ("POST", "url"),
    "GetCurrentURL": ("GET", "url"),
    "Refresh": ("POST", "refresh"),
    "FindElement": ("POST", "element"),
    "ElementClick": ("POST", "element/{id}/click"),
    "ElementClear": ("POST", "element/{id}/clear"),
    "ElementSendKeys": ("POST", "element/{id}/value"),
    "GetElementText": ("GET", "element/{id}/text"),
    "ExecuteScript": ("POST", "execute/sync"),
    "SetTimeouts": ("POST", "timeouts"),
    "DeleteSession": ("DELETE", ""),
}


@dataclass
class Http:
    """A driver that listens to HTTP on a port of this machine."""

    port: int
    capabilities: dict[str, Any]
    _session: str = ""

    def __post_init__(self) -> None:
        _connected(self.port).close()
        made = self._ask("POST", "/session", {"capabilities": {"alwaysMatch": self.capabilities}})
        self._session = f"/session/{made['sessionId']}"

    def send(self, command: str, parameters: dict[str, Any]) -> Any:
        method, path = _ROUTES[command]
        address = f"{self._session}/{path.format(**parameters)}".rstrip("/")
        return self._ask(method, address, {key: value for key, value in parameters.items() if key != "id"})

    def close(self) -> None:
        with suppress(Failed, OSError):
            self.send("DeleteSession", {})

    def _ask(self, method: str, path: str, parameters: dict[str, Any]) -> Any:
        body = json.dumps(parameters).encode() if method == "POST" else None
        address = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(address, body, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                request, timeout=_ANSWER_S
            ) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]
            raise Failed(said["error"], said["message"]) from None


def _connected(port: int) -> socket.socket:
    """A connection to a program that is just starting."""
    until = time.monotonic() + _START_S
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=_ANSWER_S)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)
