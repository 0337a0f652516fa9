"""Which WSGI server takes photos best: 300 KB PUTs into an application that reads the body and does nothing else.

One server process each (with what it forks), 8 connections kept open, client on the same machine. What the numbers
led to is said in docs/develop/dependencies.md. Servers that are not installed are left out: pip install cheroot granian

    python benchmarks/servers.py [--quick]

The last line of the output is one JSON object.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.util
import json
import logging
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

CONNECTIONS = 8
BODY = random.Random(1).randbytes(300_000)
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the whole body and say how long it was."""
    length = sum(map(len, iter(lambda: environ["wsgi.input"].read(65536), b"")))
    start_response("201 Created", [("Content-Type", "text/plain"), ("Content-Length", str(len(str(length))))])
    return [str(length).encode()]


def serve_waitress(port: int) -> None:
    import waitress

    waitress.serve(
        application, host="127.0.0.1", port=port, threads=8, ident=None, recv_bytes=262_144, inbuf_overflow=1_048_576
    )


def serve_waitress_as_it_comes(port: int) -> None:
    import waitress

    waitress.serve(application, host="127.0.0.1", port=port, threads=8)


def serve_cheroot(port: int) -> None:
    from cheroot.wsgi import Server

    Server(("127.0.0.1", port), application, numthreads=8).start()


def serve_granian(port: int) -> None:
    from granian import Granian

    Granian(
        f"{Path(__file__).stem}:application",
        address="127.0.0.1",
        port=port,
        interface="wsgi",
        workers=1,
        blocking_threads=8,
        log_enabled=False,
    ).serve()


SERVERS: dict[str, Callable[[int], None]] = {
    "waitress": serve_waitress,
    "waitress-defaults": serve_waitress_as_it_comes,
    "cheroot": serve_cheroot,
    "granian": serve_granian,
}


def measure(name: str, seconds: float) -> dict[str, float]:
    """Requests per second, CPU milliseconds per request and resident memory of one server."""
    port = free_port()
    server = subprocess.Popen([sys.executable, __file__, "--serve", name, str(port)], cwd=Path(__file__).parent)
    try:
        wait_for(port)
        put_for(port, min(1.0, seconds))
        cpu, started = cpu_seconds(server.pid), time.perf_counter()
        count = put_for(port, seconds)
        elapsed = time.perf_counter() - started
        return {
            "per_second": round(count / elapsed, 1),
            "cpu_ms": round((cpu_seconds(server.pid) - cpu) * 1000 / count, 2),
            "memory_mb": round(sum(map(memory_mb, family(server.pid))), 1),
        }
    finally:
        server.terminate()
        server.wait()


def put_for(port: int, seconds: float) -> int:
    """PUT over all connections for so long; how many were answered."""
    until = time.perf_counter() + seconds

    def client(_: int) -> int:
        connection, count = http.client.HTTPConnection("127.0.0.1", port, timeout=30), 0
        while time.perf_counter() < until:
            connection.request("PUT", "/", BODY)
            answer = connection.getresponse()
            if (answer.status, answer.read()) != (201, str(len(BODY)).encode()):
                raise SystemExit(f"a server answered {answer.status}")
            count += 1
        connection.close()
        return count

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(client, range(CONNECTIONS)))


def family(pid: int) -> Iterator[int]:
    """A process and all below it."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from family(int(child))


def cpu_seconds(pid: int) -> float:
    ticks = 0
    for member in family(pid):
        fields = Path(f"/proc/{member}/stat").read_text().rpartition(") ")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / CLOCK_TICKS


def memory_mb(pid: int) -> float:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":" in line)
    return int(lines["VmRSS"].split()[0]) / 1024


def wait_for(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("a server did not start within ten seconds")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="under 45 seconds")
    parser.add_argument("--serve", nargs=2, metavar=("NAME", "PORT"), help="used by the script itself")
    options = parser.parse_args()
    if options.serve:
        logging.disable()
        SERVERS[options.serve[0]](int(options.serve[1]))
        return
    installed = [name for name in SERVERS if importlib.util.find_spec(name.split("-")[0])]
    print(f"{os.cpu_count()} cores, {CONNECTIONS} connections, bodies of {len(BODY) // 1000} KB")
    print(f"{'server':<20}{'PUT/s':>9}{'CPU ms':>9}{'MB':>8}")
    results = {}
    for name in installed:
        results[name] = row = measure(name, 3 if options.quick else 10)
        print(f"{name:<20}{row['per_second']:>9}{row['cpu_ms']:>9}{row['memory_mb']:>8}")
    missing = sorted({name for name in SERVERS if name not in installed})
    print(json.dumps({"benchmark": "servers", "results": results, "not_installed": missing}))


if __name__ == "__main__":
    main()
