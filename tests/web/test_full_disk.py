"""A server whose disk is full: all that is there can be read, what is sent is answered 507, nothing is half kept."""

from __future__ import annotations

import http.client
import json
import re
import sys
from urllib.parse import urlencode

import pytest

from tests.web.builders import hidden
from tests.world import PASSWORD, evidence, first_item, headers, new_id, photo, received, sha256

if sys.platform == "linux":
    import resource

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are Linux's")


class Asking:
    """A browser of few words: one server, one cookie jar."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._cookies: dict[str, str] = {}

    def __call__(self, method: str, path: str, body: bytes | str | None = None, **more: str) -> tuple[int, bytes]:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        line.request(method, path, body, {"Cookie": cookies, **more})
        answer = line.getresponse()
        for name, value in re.findall(r"(?:^|, )(\w+)=([^;]*);", ", ".join(answer.headers.get_all("Set-Cookie", []))):
            self._cookies[name] = value
        return answer.status, answer.read()

    def send(self, path: str, page: str, **form: str) -> tuple[int, bytes]:
        """A form of a page."""
        token = hidden(self("GET", page)[1].decode(), "csrf_token")
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self("POST", path, urlencode({"csrf_token": token, **form}), **kind)


def limited(pid: int, most: int) -> None:
    """Have the kernel refuse all writing beyond so many bytes of a file, as it does on a full disk."""
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))


@pytest.mark.folder("the disk of the documents is that of the server; a database has its own")
def test_on_a_full_disk_reading_goes_on_and_writing_is_answered_507_until_there_is_room(world, serve):
    large = photo(1, (1600, 1200), quality=95) + bytes(3 * 1024 * 1024)
    received(world.services, photo(2))
    received(world.services, large)
    before = world.submission(
        photos=[
            evidence(one, first_item(world.checklist("zebra-crossing"), "compliance").id) for one in (photo(2), large)
        ]
    )
    world.services.store.close()
    server = serve(world.data)
    office, stranger, phone = Asking(server.port), Asking(server.port), headers(world.tokens["inspector"])
    json_too = {**phone, "Content-Type": "application/json"}
    assert office.send("/login", "/login", name="supervisor", password=PASSWORD)[0] == 302
    kept = new_id()
    status, told = stranger("PUT", f"/api/v1/inspections/{kept}", json.dumps(before), **json_too)
    assert status == 201, told
    limited(server.pid, 0)

    for path in ("/login", "/index/"):
        assert stranger("GET", path)[0] in (200, 302), path
    photos = f"/inspections/{kept}/photos"
    pages = ["/review/photos", "/review/desk/", "/cases/", f"/inspections/{kept}"]
    pictures = [f"{photos}/{sha256(photo(2))}/thumbnail", f"{photos}/{sha256(photo(2))}/review"]
    assert [path for path in (*pages, *pictures) if office("GET", path)[0] != 200] == []
    assert office("GET", f"{photos}/{sha256(large)}/original") == (200, large)
    assert office("GET", "/account")[0] == 200

    small, new = photo(7), new_id()
    refused = [
        stranger("PUT", f"/api/v1/photos/{sha256(small)}", small, **phone),
        stranger("PUT", f"/api/v1/photos/{sha256(large + b'1')}", large + b"1", **phone),
        stranger("PUT", f"/api/v1/inspections/{new}", json.dumps(world.submission()), **json_too),
    ]
    for status, body in refused:
        assert status == 507, body
        assert "磁盘已满" in json.loads(body)["error"]
    for asking, path, page, form in (
        (stranger, "/login", "/login", {"name": "inspector", "password": PASSWORD}),
        (
            office,
            "/account/password",
            "/account/password",
            {"current": PASSWORD, "new": "几个 不相干 的词", "again": "几个 不相干 的词"},
        ),
    ):
        status, body = asking.send(path, page, **form)
        assert status == 507, body.decode()
        assert "磁盘已满" in body.decode()
    assert office.send("/logout", "/devices")[0] == 507
    assert office("GET", "/review/photos")[0] == 302, "who goes is gone from this browser all the same"

    limited(server.pid, resource.RLIM_INFINITY)
    assert stranger("PUT", f"/api/v1/photos/{sha256(small)}", small, **phone)[0] == 201
    assert stranger("PUT", f"/api/v1/inspections/{new}", json.dumps(world.submission()), **json_too)[0] == 201
    assert stranger.send("/login", "/login", name="inspector", password=PASSWORD)[0] == 302
