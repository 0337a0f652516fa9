"""What others wait for while 100 phones send photos at 20 KB/s, and while 1,000 phones hold an idle connection.

A real ``run.py`` on a fresh data folder. A page that an inspector opens and submissions without photos are timed five
times: with nobody else, with 100 slow uploads of 300 KB that begin again as they end, with nobody again, with 1,000
connections that have asked for one page each and keep the line, and with both. Other users are to wait at most twice as
long (95th percentile). Slow phones and idle ones come from addresses of their own (127.0.0.2 and on), so that what one
address may have does not settle it.

    python benchmarks/slow.py [--quick] [--processes N]

The last line of the output is one JSON object; ``ratios`` are to the slower of the two times with nobody else.
"""

from __future__ import annotations

import argparse
import http.client
import json
import resource
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks.submit import Client, Page, base_photos, p95, served, submit, unlike  # noqa: E402
from tests.world import World, sha256  # noqa: E402

UPLOADS, IDLE, BYTES_PER_S = 100, 1000, 20_000
_Told = dict[str, Callable[[], float]]
_Crowd = AbstractContextManager[_Told]
PIECE_S = 0.5
"""A slow phone sends so many seconds' worth at a time."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="ten seconds of each")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    seconds = 10.0 if given.quick else 60.0
    options = ["--processes", str(given.processes)] if given.processes > 1 else []
    scene = base_photos(1)[0]
    found: dict[str, dict[str, float]] = {}
    with served(*options, INSPECT_PHOTO_WORK="") as (world, port, _):
        others = _Others(world, port)
        others.timed(2.0)
        for name, crowds in _parts(world, port, scene).items():
            with ExitStack() as stack:
                told = [stack.enter_context(crowd()) for crowd in crowds]
                found[name] = others.timed(seconds) | {key: value() for one in told for key, value in one.items()}
            print(f"{name}: {json.dumps(found[name])}", flush=True)
    alone = {key: max(found[name][key] for name in ("alone", "alone again")) for key in ("page_p95_ms", "form_p95_ms")}
    ratios = {
        name: {key: round(row[key] / alone[key], 2) for key in alone}
        for name, row in found.items()
        if not name.startswith("alone")
    }
    print(f"ratios: {json.dumps(ratios)}")
    print(json.dumps({"benchmark": "slow", "processes": given.processes, "parts": found, "ratios": ratios}))


def _parts(world: World, port: int, scene: bytes) -> dict[str, list[Callable[[], _Crowd]]]:
    def slow() -> _Crowd:
        return _slow_uploads(world, port, scene)

    def idle() -> _Crowd:
        return _idle_phones(port)

    return {"alone": [], "slow uploads": [slow], "alone again": [], "idle phones": [idle], "both": [slow, idle]}


class _Others:
    """An inspector who opens a page, and one who sends forms, five times a second each."""

    def __init__(self, world: World, port: int) -> None:
        self._page, self._world, self._port = Page(port), world, port
        self._client = Client(port, world.tokens["inspector"])

    def timed(self, seconds: float) -> dict[str, float]:
        pages, forms, until = list[float](), list[float](), time.monotonic() + seconds
        while time.monotonic() < until:
            started = time.perf_counter()
            self._page.open()
            pages.append((time.perf_counter() - started) * 1000)
            forms.append(self._form())
            time.sleep(0.1)
        return {"page_p95_ms": p95(pages), "form_p95_ms": p95(forms), "asked": len(pages)}

    def _form(self) -> float:
        """A line that was let go while this waited for a crowd is opened again, and that counts."""
        started = time.perf_counter()
        try:
            return submit(self._client, self._world, [])
        except (OSError, http.client.HTTPException):
            self._client = Client(self._port, self._world.tokens["inspector"])
            submit(self._client, self._world, [])
            return (time.perf_counter() - started) * 1000


@contextmanager
def _slow_uploads(world: World, port: int, scene: bytes) -> Iterator[_Told]:
    """Photos that come in pieces, from threads that mostly sleep; how many were taken in, and refused or cut off."""
    over, taken, lost = threading.Event(), list[int](), list[object]()
    head = f"Authorization: Bearer {world.tokens['inspector']}\r\n"

    def phone(number: int) -> None:
        while not over.is_set():
            try:
                status = _send_slowly(_line(port, number), head, unlike(scene), over)
            except OSError as error:
                lost.append(str(error))
                continue
            if status == 201:
                taken.append(status)
            elif status:
                lost.append(status)

    threads = [threading.Thread(target=phone, args=(number,)) for number in range(UPLOADS)]
    for one in threads:
        one.start()
    try:
        yield {"uploads_taken": lambda: len(taken), "uploads_lost": lambda: len(lost)}
    finally:
        over.set()
        for one in threads:
            one.join()


def _send_slowly(line: socket.socket, head: str, content: bytes, over: threading.Event) -> int:
    """The status of the answer; 0 where it was broken off, because the part is over."""
    with line:
        address = f"PUT /api/v1/photos/{sha256(content)} HTTP/1.1\r\nHost: x\r\n{head}"
        line.sendall(f"{address}Content-Length: {len(content)}\r\n\r\n".encode())
        piece = int(BYTES_PER_S * PIECE_S)
        for at in range(0, len(content), piece):
            line.sendall(content[at : at + piece])
            if over.wait(PIECE_S):
                return 0
        answer = http.client.HTTPResponse(line)
        answer.begin()
        answer.read()
        return answer.status


@contextmanager
def _idle_phones(port: int) -> Iterator[_Told]:
    """Connections that asked once and are kept; who is let go after its idle time comes back, as phones do."""
    lines = [_asked_once(port, number) for number in range(IDLE)]
    over = threading.Event()

    def come_back() -> None:
        while not over.wait(1.0):
            for number, line in enumerate(lines):
                if _is_closed(line):
                    line.close()
                    lines[number] = _asked_once(port, number)

    thread = threading.Thread(target=come_back)
    thread.start()
    try:
        yield {"idle_open": lambda: sum(not _is_closed(line) for line in lines)}
    finally:
        over.set()
        thread.join()
        for line in lines:
            line.close()


def _asked_once(port: int, number: int) -> socket.socket:
    line = _line(port, UPLOADS + number)
    line.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    line.recv(4096)
    return line


def _is_closed(line: socket.socket) -> bool:
    try:
        line.setblocking(False)
        return line.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def _line(port: int, number: int) -> socket.socket:
    """A connection from an address that 20 phones share."""
    return socket.create_connection(("127.0.0.1", port), 60, (f"127.0.0.{2 + number // 20}", 0))


if __name__ == "__main__":
    main()
