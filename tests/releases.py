"""Two releases of the program at work on one database, each in a folder of its own, with phones that send to both."""

from __future__ import annotations

import base64
import http.client
import json
import math
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any, TypeVar

from tests.conftest import ServerProcess
from tests.copies import copy_of, with_compiled
from tests.measured import PATIENCE_S
from tests.store.databases import empty_database
from tests.stores import have_database
from tests.web.test_full_disk import Asking
from tests.world import PASSWORD, WEEK, sha256

COPIED = ("inspect_app", "static", "templates", "checklists", "run.py", "pyproject.toml")
AT_ONCE = 4
T = TypeVar("T")
PAGES = (
    *("/review/desk/?week={week}", "/index/{week}", "/quality/{week}"),
    *("/cases/unfiled?week={week}", "/plan/", "/map/"),
)
_FOUND = """
import base64, json, shutil, sys
from pathlib import Path
from inspect_app.collections import LAYOUTS
from inspect_app.store import Write
from inspect_app.store.postgres import open_database
from tests.test_durability import Phone
from tests.world import World
data, address, number = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
world = World.made_in(data)
database = open_database(address, LAYOUTS)
for layout in LAYOUTS:
    if kept := world.services.store.find(layout.name):
        database.act([Write(layout.name, one.id, one.document, 0) for one in kept])
database.close()
phones = [Phone(world, one) for one in range(number)]
world.services.store.close()
for folder in ("store", "audit"):
    shutil.rmtree(data / folder, ignore_errors=True)
sent = [
    {"id": one.id, "body": one.submission, "photos": [base64.b64encode(it).decode() for it in one.photos]}
    for one in phones
]
print(json.dumps({"tokens": world.tokens, "phones": sent}))
"""
"""Founds an installation with the program in whose folder it is run, and tells what phones will send."""


def newer_than(project: Path, to: Path) -> Path:
    """A copy of the project as a release to come may be: inspections of a higher version, which have a field more; one
    more collection; one more migration.
    """
    copy = with_compiled(copy_of(COPIED, to))
    package = copy / "inspect_app"
    _patch(
        package / "collections" / "inspecting" / "inspection.py",
        ("    version=9,\n", "    version=10,\n"),
        ("        _with_denial,\n", '        _with_denial,\n        lambda document: {**document, "weather": "?"},\n'),
        ('        "kind": inspection.kind,\n', '        "kind": inspection.kind,\n        "weather": "rain",\n'),
    )
    _patch(
        package / "store" / "postgres" / "schema.py",
        (
            ')\n"""What leads from one form',
            '    "ALTER TABLE _jobs ADD COLUMN later text NOT NULL DEFAULT \'\'",\n)\n"""What leads from one form',
        ),
    )
    _patch(
        package / "collections" / "__init__.py",
        (
            "ALL: tuple[Collection[Any], ...] = (\n",
            'WEATHERS: Collection[Any] = Collection("weathers", lambda id, document: dict(document), dict)\n'
            "ALL: tuple[Collection[Any], ...] = (\n    WEATHERS,\n",
        ),
    )
    return copy


def _patch(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, (path, old, text.count(old))
        text = text.replace(old, new)
    path.write_text(text, "utf-8")


@dataclass
class Sent:
    """A visit of a phone: what it sends, what it was answered by which server, which acknowledged it, and when."""

    id: str
    body: bytes
    photos: list[bytes]
    token: str
    answers: list[tuple[str, int]] = field(default_factory=list)
    by: str = ""
    at: float = 0.0

    def send(self, name: str, port: int) -> None:
        """Everything in order to one server; ends early where it does not take it."""
        for content in self.photos:
            if self._put(name, port, f"/api/v1/photos/{sha256(content)}", content) not in (200, 201):
                return
        if self._put(name, port, f"/api/v1/inspections/{self.id}", self.body) in (200, 201):
            self.by, self.at = name, time.monotonic()

    def resent(self, name: str, port: int) -> int:
        """The status where the answer was lost on the way and all is sent again: acknowledged, or asked to wait."""
        path = f"/api/v1/inspections/{self.id}"
        send = partial(self._put, name, port, path, self.body)
        return _patiently(lambda: (send(), ""))[0] if name == "new" else send()

    def _put(self, name: str, port: int, path: str, body: bytes) -> int:
        status, _ = asked(port, path, self.token, "PUT", body)
        self.answers.append((name, status))
        return status


@dataclass
class Rolled:
    """What was told on the way, what was counted, and what was not as it must be."""

    told: list[str] = field(default_factory=list)
    counts: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


class Office:
    """A supervisor's browser, which signs in to a server as soon as that answers."""

    def __init__(self, server: ServerProcess) -> None:
        self._ask = Asking(server.port)
        self._is_in = False

    def __call__(self, path: str) -> tuple[int, bytes]:
        """Status and body of a page; 0 where there is no answer."""
        try:
            if not self._is_in:
                self._is_in = self._ask.send("/login", "/login", name="supervisor", password=PASSWORD)[0] == 302
            return self._ask("GET", path)
        except (OSError, http.client.HTTPException):
            return 0, b""

    def patiently(self, path: str) -> tuple[int, bytes]:
        """As asked again while the server has no time, on a machine with much else to do."""
        return _patiently(lambda: self(path))


def _patiently(ask: Callable[[], tuple[int, T]]) -> tuple[int, T]:
    until = time.monotonic() + PATIENCE_S
    while (answer := ask())[0] in (0, 503) and time.monotonic() < until:
        time.sleep(0.5)
    return answer


def asked(port: int, path: str, token: str, method: str = "GET", body: bytes = b"") -> tuple[int, str]:
    """Status and body of an answer; 0 where there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    try:
        connection.request(method, path, body, {"Authorization": f"Bearer {token}"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def rolled(old: Path, new: Path, data: Path, number: int) -> Rolled:
    """An installation founded by the old release, brought to the new one without an end of service."""
    done, address = Rolled(), empty_database()
    found = json.loads(_run(old, address, data, "-c", _FOUND, str(data), address, str(number)).splitlines()[-1])
    have_database(data, address)
    phones = [
        Sent(
            one["id"],
            json.dumps(one["body"]).encode(),
            [base64.b64decode(it) for it in one["photos"]],
            found["tokens"]["inspector"],
        )
        for one in found["phones"]
    ]
    tokens = found["tokens"]
    releases = {"old": old, "new": new}
    servers = {name: ServerProcess(data, project=project, afresh=True) for name, project in releases.items()}
    third = len(phones) // 3
    try:
        _started(servers["old"])
        _send(phones[:third], {"old": servers["old"].port})
        offices = {name: Office(server) for name, server in servers.items()}
        with _asking(done, offices):
            migrating = threading.Thread(target=_migrate, args=(done, new, address, data))
            migrating.start()
            _send(phones[third : third + third // 2], {"old": servers["old"].port}, most_s=20)
            migrating.join()
            _started(servers["new"])
            _send(phones[-1:], {"new": servers["new"].port})
            _send(phones, {name: server.port for name, server in servers.items()})
        _look(done, offices, phones, [(name, server.port) for name, server in servers.items()])
        servers["old"].stop()
        _again(done, servers["old"])
        _upgraded(done, new, address, data)
        _counted(done, servers["new"].port, offices["new"], phones, tokens["inspector"])
    finally:
        for server in servers.values():
            server.stop()
    for name, server in servers.items():
        log = _log(server)
        done.counts[f"tracebacks of {name}"] = log.count("Traceback")
        if "Traceback" in log:
            done.told.append(f"{name}: {log[log.index('Traceback') :][:3000]}")
    return done


def _log(server: ServerProcess) -> str:
    return (server.data.parent / f"server-{server.port}.log").read_text("utf-8", "replace")


def _started(server: ServerProcess) -> None:
    try:
        server.start()
    except AssertionError as error:
        raise AssertionError(_log(server)[-3000:]) from error


def _send(phones: list[Sent], ports: dict[str, int], most_s: float = PATIENCE_S) -> None:
    """Have phones send, each to one server after the other, until it is acknowledged or the time is over."""
    until = time.monotonic() + most_s

    def send(number: int, phone: Sent) -> None:
        names = sorted(ports)
        turn = number
        while not phone.by and time.monotonic() < until:
            name = names[turn % len(names)]
            phone.send(name, ports[name])
            turn += 1
            time.sleep(0 if phone.by else 0.2)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(send, range(len(phones)), phones))


@contextmanager
def _asking(done: Rolled, offices: dict[str, Office]) -> Iterator[None]:
    """Meanwhile pages are asked for, of the old server and of the new one once it is there."""
    over = threading.Event()
    statuses: Counter[str] = Counter()

    def ask() -> None:
        while not over.wait(0.1):
            for name, office in offices.items():
                for page in PAGES:
                    status, content = office(page.format(week=WEEK))
                    if status:
                        statuses[f"{name} {page.split('/')[1].partition('?')[0]} {status}"] += 1
                        _judge(done, name, page, status, content.decode())

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join()
        done.counts["pages"] = dict(sorted(statuses.items()))


def _judge(done: Rolled, name: str, what: str, status: int, text: str) -> None:
    """Whether an answer is one that people can do something with."""
    is_told = status == 503 and any(said in text for said in ("程序还是旧的", "更新版本", "升级", "稍后"))
    if status not in (200, 201, 302, 303, 403, 404) and not is_told:
        done.wrong.append(f"{name} {what}: {status} {text[:300]}")


def _look(done: Rolled, offices: dict[str, Office], phones: list[Sent], ports: list[tuple[str, int]]) -> None:
    """Each visit at each server, as read and as decided about by a supervisor."""
    statuses: Counter[str] = Counter()
    said: set[str] = set()
    for phone in phones:
        for name, office in offices.items():
            ask = office.patiently if name == "new" else office
            status, content = ask(f"/inspections/{phone.id}")
            statuses[f"{phone.by} at {name}: {status}"] += 1
            _judge(done, name, f"/inspections/{phone.id}", status, content.decode())
            if status == 503:
                said.add(f"{name} says: {re.sub('<[^>]+>', ' ', content.decode()).strip()[-200:]}")
    done.counts["visits"] = dict(sorted(statuses.items()))
    again = Counter(
        f"{phone.by} again at {name}: {phone.resent(name, port)}" for phone in phones for name, port in ports
    )
    done.counts["sent again"] = dict(sorted(again.items()))
    for name, page in product(offices, PAGES):
        status, content = offices[name](page.format(week=WEEK))
        _judge(done, name, page, status, content.decode())
        done.told.append(f"in the end {name} {page}: {status}")
    done.told += sorted(said)
    done.counts["sent"] = dict(Counter(f"{name} {status}" for phone in phones for name, status in phone.answers))
    first_at_new = min((phone.at for phone in phones if phone.by == "new"), default=math.inf)
    done.counts["taken by old after new"] = sum(phone.by == "old" and phone.at > first_at_new for phone in phones)
    if unsent := [phone.id for phone in phones if not phone.by]:
        done.wrong.append(f"never acknowledged: {len(unsent)}")
    for phone in phones:
        for name, status in phone.answers:
            if status not in (0, 200, 201, 503):
                done.wrong.append(f"{name} answered a phone {status}")


def _migrate(done: Rolled, new: Path, address: str, data: Path) -> None:
    done.told.append(_run(new, address, data, "-m", "flask", "--app", "inspect_app", "store", "migrate").strip())


def _again(done: Rolled, server: ServerProcess) -> None:
    """What the old release does where somebody starts it again: it goes on, or ends with a sentence."""
    try:
        server.start()
    except AssertionError:
        said = _log(server).strip()
        done.told.append(f"old started again: {said[-300:]}")
        if "Traceback" in said:
            done.wrong.append(f"old started again: {said[-1000:]}")
    else:
        done.told.append("old started again: it goes on")
    finally:
        server.stop()


def _upgraded(done: Rolled, new: Path, address: str, data: Path) -> None:
    flask = ("-m", "flask", "--app", "inspect_app")
    done.told.append(_run(new, address, data, *flask, "store", "upgrade").strip())
    done.told.append(_run(new, address, data, *flask, "check").strip()[-300:])
    done.told.append(_run(new, address, data, *flask, "audit", "verify").strip()[-300:])


def _counted(done: Rolled, port: int, office: Office, phones: list[Sent], token: str) -> None:
    """Each visit is there once, with its answers and its photos."""
    for phone in phones:
        status, text = _patiently(partial(asked, port, f"/api/v1/inspections/{phone.id}", token))
        if status != 200:
            done.wrong.append(f"{phone.id} by {phone.by}: {status} {text[:200]}")
        for content in phone.photos:
            if office.patiently(f"/inspections/{phone.id}/photos/{sha256(content)}/original")[1] != content:
                done.wrong.append(f"photo {sha256(content)} of {phone.id}")
    desk = office.patiently(f"/review/desk/photos.json?week={WEEK}&decision=all")[1]
    done.counts["photos on the desk"] = json.loads(desk)["total"]


def _run(project: Path, address: str, data: Path, *arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=project, env=_environment(address, data), capture_output=True, text=True
    )
    assert ran.returncode == 0, (arguments, ran.stdout[-3000:], ran.stderr[-3000:])
    return ran.stdout


def _environment(address: str, data: Path) -> dict[str, str]:
    return {**os.environ, "INSPECT_DATABASE": address, "INSPECT_DATA": str(data), "PYTHONPATH": ""}
