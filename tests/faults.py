"""A bad line between browser and server: a proxy that slows, cuts, loses, answers for the server, changes answers.

It runs in a thread of its own and is steered from the test, at any moment::

    with BadLine(server.port, seed=7) as line:
        line.rules.append(on("PUT", r"/api/v1/inspections/", lose(), times=2))
        page.goto(line.address)

One request is one exchange: read whole from the client (as fast as the line allows), given to the server over a
connection of its own, answered. Connections to the client are kept alive, as a browser expects.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any

from tests.ports import free_port

_HEAD_LIMIT = 256 * 1024
_PIECE = 8 * 1024
# What a proxy must not pass on: both ends have a connection of their own.
_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length", "proxy-connection"}


@dataclass(frozen=True)
class Request:
    """One request as it came. ``number`` counts requests of this method and path from 1."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    head_bytes: int
    body_bytes: int
    number: int

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True)
class Answer:
    """One answer, the server's or in its place."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one exchange.

    The request is cut after ``cut_at`` bytes; or ``answer`` is given and the server never asked; or the server is
    asked and its answer changed, lost, or cut in half. ``hold``: the request waits for the event, 60 s at most.
    """

    cut_at: int | None = None
    answer: Answer | None = None
    change: Callable[[Answer], Answer] | None = None
    lost: bool = False
    half: bool = False
    hold: threading.Event | None = None


Rule = Callable[[Request], Fault | None]


@dataclass(frozen=True)
class Exchange:
    """What became of a request: the bytes of it that passed, and the status the client was told (None: no answer)."""

    request: Request
    sent_bytes: int
    status: int | None
    at: float

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path


# Faults, and when they happen


def on(method: str, path: str, fault: Fault, *, times: int | None = None, after: int = 0) -> Rule:
    """The fault for requests whose path matches from its beginning; the first ``after`` pass, then ``times`` fail."""
    form, seen = re.compile(path), Counter[str]()

    def rule(request: Request) -> Fault | None:
        if request.method != method or not form.match(request.path):
            return None
        seen["all"] += 1
        return fault if after < seen["all"] and (times is None or seen["all"] <= after + times) else None

    return rule


def lose() -> Fault:
    """The server does what is asked; its answer never arrives."""
    return Fault(lost=True)


def half() -> Fault:
    """The answer breaks off in the middle of its body."""
    return Fault(half=True)


def status(code: int, body: object = None, **headers: str) -> Fault:
    """An answer of the server's kind (JSON), which the server did not give."""
    told = {"error": f"试验用的{code}", "problems": []} if body is None else body
    given = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Fault(answer=Answer(code, json.dumps(told).encode(), (("Content-Type", "application/json"), *given)))


def html(code: int = 200, text: str = "<!doctype html><title>WiFi</title>请登录 CMCC-WEB") -> Fault:
    """A captive portal's page."""
    return Fault(answer=Answer(code, text.encode(), (("Content-Type", "text/html; charset=utf-8"),)))


def redirect(address: str, code: int = 302) -> Fault:
    return Fault(answer=Answer(code, b"", (("Location", address),)))


def changed(change: Callable[[Any], Any]) -> Fault:
    """The server's JSON answer, changed on the way."""

    def change_body(answer: Answer) -> Answer:
        return replace(answer, body=json.dumps(change(answer.json)).encode())

    return Fault(change=change_body)


class _Pipe:
    """One direction of the line, shared by all connections: so many bits a second, one piece after the other."""

    def __init__(self) -> None:
        self.bits_per_s: float | None = None
        self._free_at = 0.0

    async def carry(self, count: int) -> None:
        if self.bits_per_s is None:
            return
        now = time.monotonic()
        self._free_at = max(self._free_at, now) + count * 8 / self.bits_per_s
        if self._free_at > now:
            await asyncio.sleep(self._free_at - now)


@dataclass
class BadLine:
    """The proxy: a port of its own in front of a server on this machine.

    ``latency_s`` is that of a round trip; opening a connection costs one, each request one. ``cut_share`` of all
    requests are cut at a random byte, as ``seed`` decides.
    """

    server_port: int
    seed: int = 0
    latency_s: float = 0.0
    cut_share: float = 0.0
    rules: list[Rule] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._up, self._down = _Pipe(), _Pipe()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="bad-line", daemon=True)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = free_port()

    # From the test

    def __enter__(self) -> BadLine:
        self._thread.start()
        self.network_on()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.network_off()
        self._do(self._stop_tasks())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def slow(self, *, up_kbit_s: float | None = None, down_kbit_s: float | None = None, latency_s: float = 0) -> None:
        self._up.bits_per_s = up_kbit_s * 1000 if up_kbit_s else None
        self._down.bits_per_s = down_kbit_s * 1000 if down_kbit_s else None
        self.latency_s = latency_s

    def network_off(self) -> None:
        """Nothing listens, and all that was under way breaks off. The browser itself notices no change of state."""
        self._do(self._close())

    def network_on(self) -> None:
        """The same address answers (again)."""
        self._do(self._open())

    @property
    def sent_bytes(self) -> int:
        """Bytes of requests, heads and bodies, that the line carried up so far, of requests cut as well."""
        return sum(exchange.sent_bytes for exchange in list(self.exchanges))

    def tries(self, method: str, path: str, *, answered: bool = False) -> Counter[str]:
        """How often each path that begins to match was asked (``answered``: and the client got an answer)."""
        return Counter(
            exchange.path
            for exchange in list(self.exchanges)
            if exchange.method == method
            and re.match(path, exchange.path)
            and (exchange.status is not None or not answered)
        )

    # In the loop's thread

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def _do(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _open(self) -> None:
        if self._server:
            return
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # A small window, so that what is not yet carried waits with the client, as on a real line.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _PIECE)
        listening.bind(("127.0.0.1", self.port))
        self._server = await asyncio.start_server(self._talk, sock=listening, limit=_HEAD_LIMIT)

    async def _close(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        for writer in list(self._writers):
            _reset(writer)

    async def _stop_tasks(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await asyncio.sleep(self.latency_s)
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            self._writers.discard(writer)
            _reset(writer)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection can be used again."""
        head = await reader.readuntil(b"\r\n\r\n")
        request = self._request(head)
        fault = self._fault(request)
        content, cut = await self._read(head, request, fault, reader)
        if cut:
            self._note(request, len(content), None)
            await self._give_up_half_way(content)
            return False
        if fault.hold:
            await asyncio.to_thread(fault.hold.wait, 60)
        await asyncio.sleep(self.latency_s / 2)
        answer = fault.answer or await asyncio.to_thread(self._ask, request, content[len(head) :], bool(fault.change))
        if answer is None or fault.lost:
            self._note(request, len(content), None)
            return False
        if fault.change:
            answer = fault.change(answer)
        await asyncio.sleep(self.latency_s / 2)
        self._note(request, len(content), None if fault.half else answer.status)
        await self._answer(writer, request, answer, fault)
        return not fault.half and request.header("connection").lower() != "close"

    def _request(self, head: bytes) -> Request:
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, path, _ = first.split(" ", 2)
        headers = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
        lengths = [int(value) for name, value in headers if name.lower() == "content-length"]
        self._counts[method, path] += 1
        return Request(method, path, headers, len(head), lengths[0] if lengths else 0, self._counts[method, path])

    def _fault(self, request: Request) -> Fault:
        for rule in list(self.rules):
            if fault := rule(request):
                return fault
        if self._rng.random() < self.cut_share:
            return Fault(cut_at=self._rng.randrange(request.head_bytes + request.body_bytes))
        return Fault()

    async def _read(
        self, head: bytes, request: Request, fault: Fault, reader: asyncio.StreamReader
    ) -> tuple[bytes, bool]:
        """The bytes of the request that pass; whether it was cut."""
        whole = request.head_bytes + request.body_bytes
        until = whole if fault.cut_at is None else min(fault.cut_at, whole)
        content = bytearray(head[:until])
        await self._up.carry(len(content))
        while len(content) < until:
            piece = await reader.read(min(_PIECE, until - len(content)))
            if not piece:
                # The client went away in the middle: what came did go over the line.
                return bytes(content), True
            content += piece
            await self._up.carry(len(piece))
        return bytes(content), fault.cut_at is not None

    def _note(self, request: Request, sent: int, status: int | None) -> None:
        self.exchanges.append(Exchange(request, sent, status, time.monotonic()))

    def _ask(self, request: Request, body: bytes, plain: bool) -> Answer | None:
        """The server's answer, ``plain``: not compressed; None where it gave none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server_port, timeout=120)
        try:
            connection.putrequest(request.method, request.path, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers:
                if name.lower() not in _HOP and not (plain and name.lower() == "accept-encoding"):
                    connection.putheader(name, value)
            if body or request.method in {"POST", "PUT"}:
                connection.putheader("Content-Length", str(len(body)))
            connection.putheader("Connection", "close")
            connection.endheaders(body)
            told = connection.getresponse()
            kept = tuple((name, value) for name, value in told.getheaders() if name.lower() not in _HOP)
            return Answer(told.status, told.read(), kept)
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    async def _give_up_half_way(self, content: bytes) -> None:
        """The server sees the part that passed, then a closed connection."""
        with suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", self.server_port)
            writer.write(content)
            await writer.drain()
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, request: Request, answer: Answer, fault: Fault) -> None:
        lines = [f"HTTP/1.1 {answer.status} {http.client.responses.get(answer.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in answer.headers]
        if answer.status not in (204, 304):
            lines.append(f"Content-Length: {len(answer.body)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        body = b"" if request.method == "HEAD" else answer.body
        for piece in _pieces(head + (body[: len(body) // 2] if fault.half else body)):
            await self._down.carry(len(piece))
            writer.write(piece)
            await writer.drain()
        if fault.half:
            # A reset would throw away what the client has not read yet.
            writer.write_eof()
            await asyncio.sleep(0.05)


def _pieces(content: bytes) -> list[bytes]:
    return [content[start : start + _PIECE] for start in range(0, len(content), _PIECE)]


def _reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection off: nothing more in either direction."""
    transport = writer.transport
    if isinstance(transport, asyncio.Transport) and not transport.is_closing():
        transport.abort()
