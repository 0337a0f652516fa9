"""``run.py --https`` as clients meet it: a real process, verified certificates, a real browser."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from inspect_app.network import lan_address
from inspect_app.serving import Door, serve
from inspect_app.tls import channel
from inspect_app.tls.authority import open_authority
from inspect_app.tls.certificate import make_certificate, names_in
from inspect_app.tls.names import names_of
from inspect_app.tls.renewal import open_tls
from tests import forks
from tests.browser.conftest import ARGUMENTS, chromium
from tests.conftest import PROJECT
from tests.measured import allowed_s, clock_s
from tests.ports import free_port
from tests.world import PASSWORD, World, evidence, new_id, photo, sha256


class Https:
    """One ``run.py --https`` and what a client needs that trusts its authority alone."""

    def __init__(self, world: World) -> None:
        self.world, self.tokens = world, world.tokens
        self.data, self.port, self.plain_port = world.data, free_port(), free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("INSPECT_")}
        command = [sys.executable, "run.py", "--https", "--data", str(world.data), "--https-name", "inspect.office"]
        self.process = subprocess.Popen(
            [*command, "--port", str(self.plain_port), "--https-port", str(self.port)],
            cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        assert self.process.stdout
        self.printed = ""
        for line in self.process.stdout:
            self.printed += line
            if line.startswith("READY"):
                break
        self.context = ssl.create_default_context(cafile=None)
        self.context.load_verify_locations(cadata=self.plain("/trust/ca.crt")[2])

    def plain(self, path: str, host: str = "") -> tuple[int, dict[str, str], bytes]:
        """A request to the plain port."""
        return self._ask(http.client.HTTPConnection("127.0.0.1", self.plain_port, timeout=10), "GET", path, host=host)

    def ask(self, method: str, path: str, body: bytes = b"", *, at: str = "127.0.0.1", **headers: str):
        """A request over verified TLS."""
        connection = http.client.HTTPSConnection(at, self.port, context=self.context, timeout=20)
        return self._ask(connection, method, path, body, **headers)

    def _ask(self, connection, method, path, body=b"", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items() if value}
        connection.request(method, path, body or None, named)
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        connection.close()
        return found

    def handshake(self, at: str = "127.0.0.1") -> x509.Certificate:
        return leaf_of(self.port, self.context, at)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)


def leaf_of(port: int, trusting: ssl.SSLContext, name: str) -> x509.Certificate:
    """The certificate that a verified handshake shows."""
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        trusting.wrap_socket(plain, server_hostname=name) as secured,
    ):
        return x509.load_der_x509_certificate(secured.getpeercert(binary_form=True) or b"")


@pytest.fixture(scope="module")
def https(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Https]:
    world = World.made_in(tmp_path_factory.mktemp("https") / "data")
    world.services.store.close()
    server = Https(world)
    yield server
    server.process.kill()


def test_it_says_where_it_is_and_the_fingerprint_to_compare(https):
    assert https.printed.count("READY https://127.0.0.1:") == 1
    fingerprint = hashlib.sha256(https.plain("/trust/ca.crt")[2]).hexdigest().upper()
    assert ":".join(re.findall("..", fingerprint)) in https.printed
    assert f":{https.plain_port}/trust" in https.printed


def test_clients_that_trust_the_authority_reach_it_by_every_name(https):
    for name in ("localhost", "127.0.0.1", *filter(None, [lan_address()])):
        assert https.ask("GET", "/login", at=name)[0] == 200
    assert "inspect.office" in names_in(https.handshake("inspect.office")).hosts


def test_clients_that_do_not_are_warned(https):
    with pytest.raises(ssl.SSLCertVerificationError):
        http.client.HTTPSConnection("127.0.0.1", https.port, timeout=10).request("GET", "/login")
    with pytest.raises(ssl.SSLCertVerificationError):
        https.handshake("elsewhere.local")


def test_signing_in_sets_a_cookie_that_travels_encrypted_only(https):
    _, headers, page = https.ask("GET", "/login")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.decode())
    cookie = headers["set-cookie"].split(";")[0]
    form = f"name=inspector&password={PASSWORD}&csrf_token={token[1]}".encode()
    address = f"https://127.0.0.1:{https.port}"
    kind = {"Content_Type": "application/x-www-form-urlencoded", "Cookie": cookie, "Referer": f"{address}/login"}
    status, headers, _ = https.ask("POST", "/login", form, **kind)
    assert status == 302, headers
    assert "Secure" in headers["set-cookie"]
    assert https.ask("GET", "/field/", Cookie=headers["set-cookie"].split(";")[0])[0] == 200


def test_an_inspection_with_large_photos_arrives_unchanged(https):
    token = {"Authorization": f"Bearer {https.tokens['inspector']}"}
    content = photo(3, (2400, 1800), quality=95)
    padded = content[:2] + b"\xff\xfe\xff\xff" + os.urandom(65533) + content[2:]
    sha = sha256(padded)
    assert https.ask("PUT", f"/api/v1/photos/{sha}", padded, **token)[0] == 201
    kept = next((https.data / "photos").rglob(sha))
    assert kept.read_bytes() == padded
    raw = https.world.submission(photos=[evidence(padded, "markings")])
    body = json.dumps(raw).encode()
    assert https.ask("PUT", f"/api/v1/inspections/{new_id()}", body, Content_Type="application/json", **token)[0] == 201


def test_peers_that_stall_in_the_handshake_hold_nobody_up(https):
    quiet = clock_s(lambda: https.ask("GET", "/login"))
    # More than the limit of connections that waitress begins with.
    silent = [socket.create_connection(("127.0.0.1", https.port), 10) for _ in range(150)]
    hello = bytes.fromhex("1603010200010001fc0303")
    for one in silent[75:]:
        one.sendall(hello)
    time.sleep(1.5)
    told: list[int] = []
    for _ in range(5):
        assert clock_s(lambda: told.append(https.ask("GET", "/login")[0])) < allowed_s(2, quiet)
    assert told == [200] * 5
    for one in silent:
        one.close()


@pytest.mark.parametrize(
    "said", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 64, b"\x16\x03\x01\xff\xff" + b"x" * 400]
)
def test_peers_that_speak_no_tls_are_dropped_and_the_server_goes_on(https, said):
    with socket.create_connection(("127.0.0.1", https.port), 10) as peer:
        peer.sendall(said)
        peer.settimeout(10)
        with suppress(ConnectionError):
            while peer.recv(4096):
                pass
    assert https.ask("GET", "/login")[0] == 200
    assert https.process.poll() is None


def test_many_requests_on_one_connection_and_many_connections_at_once(https):
    connection = http.client.HTTPSConnection("127.0.0.1", https.port, context=https.context, timeout=20)
    for _ in range(20):
        connection.request("GET", "/login")
        assert b"</html>" in connection.getresponse().read()
    connection.close()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: https.ask("GET", "/trust"), range(48)))
    assert {status for status, _, _ in answers} == {200}


def test_the_plain_port_gives_the_certificate_and_leads_everything_else_to_https(https):
    status, headers, page = https.plain("/trust")
    assert status == 200
    assert "set-cookie" not in headers
    fingerprint = ":".join(re.findall("..", hashlib.sha256(https.plain("/trust/ca.crt")[2]).hexdigest().upper()))
    assert fingerprint in page.decode()
    status, headers, body = https.plain("/field/sites/a%20b?x=1&y=%E4%B8%AD")
    assert (status, body) == (308, b"")
    assert headers["location"] == f"https://127.0.0.1:{https.port}/field/sites/a%20b?x=1&y=%E4%B8%AD"
    assert https.plain("/login")[0] == 308
    assert https.plain("/trusted")[0] == 308
    elsewhere = https.plain("/login", host="evil.example")[1]["location"]
    assert elsewhere == f"https://{lan_address() or '127.0.0.1'}:{https.port}/login", "led to this machine alone"
    assert b"evil.example" not in https.plain("/trust", host="evil.example")[2]
    assert https.plain("/", host="evil.example/path")[0] == 400


def test_a_browser_that_trusts_it_has_what_phones_need(https, playwright):
    leaf = https.handshake()
    key = leaf.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    pin = base64.b64encode(hashlib.sha256(key).digest()).decode()
    browser = playwright.chromium.launch(
        executable_path=chromium(), args=[*ARGUMENTS, f"--ignore-certificate-errors-spki-list={pin}"]
    )
    # By the machine's own address: browsers trust 127.0.0.1 whatever it speaks.
    host = lan_address() or "127.0.0.1"
    page = browser.new_page()
    page.goto(f"https://{host}:{https.port}/login")
    page.get_by_label("账号").fill("inspector")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile("/field/"))
    has = """async () => [isSecureContext, Boolean(navigator.mediaDevices?.getUserMedia), Boolean(crypto.subtle),
             (await navigator.serviceWorker.ready).active !== null]"""
    assert page.evaluate(has) == [True] * 4
    browser.close()


def test_the_same_authority_serves_after_a_restart(https):
    before = https.plain("/trust/ca.crt")[2]
    assert open_authority(https.data / "tls", names_of(["localhost"]), datetime.now(UTC)).der == before


def served(app, port, threads, ready, context):
    serve(app, [Door("127.0.0.1", port, app, context)], threads, ready)


def test_a_certificate_that_runs_out_is_renewed_while_connections_go_on(tmp_path):
    names, now = names_of(["localhost", "127.0.0.1"]), datetime.now(UTC)
    tls = open_tls(tmp_path, lambda: names, now)
    (tmp_path / "server.pem").write_bytes(make_certificate(tls.authority, names, now, timedelta(days=10)))
    tls.context.load_cert_chain(tmp_path / "server.pem")
    world = World.made_in(tmp_path / "data")
    port, ready = free_port(), threading.Event()
    serving = threading.Thread(target=served, args=(world.app(), port, 4, ready.set, tls.context), daemon=True)
    serving.start()
    assert ready.wait(20)
    trusting = ssl.create_default_context()
    trusting.load_verify_locations(cadata=tls.authority.der)

    def ends() -> datetime:
        return leaf_of(port, trusting, "localhost").not_valid_after_utc

    kept = http.client.HTTPSConnection("localhost", port, context=trusting, timeout=10)
    kept.request("GET", "/trust")
    assert kept.getresponse().read()
    assert ends() - now < timedelta(days=11)
    assert tls.renew(now) is True
    assert ends() - now > timedelta(days=300)
    kept.request("GET", "/trust")
    assert kept.getresponse().status == 200
    kept.close()
    assert tls.renew(now) is False


def test_stopping_it_is_clean(https):
    assert https.stop() == 0
    assert "Traceback" not in (https.process.stderr.read() if https.process.stderr else "")


def test_peers_that_never_end_their_handshake_are_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(channel, "HANDSHAKE_S", 0.5)
    world, now = World.made_in(tmp_path / "data"), datetime.now(UTC)
    tls = open_tls(tmp_path, lambda: names_of(["localhost", "127.0.0.1"]), now)
    port, ready = free_port(), threading.Event()
    threading.Thread(target=served, args=(world.app(), port, 2, ready.set, tls.context), daemon=True).start()
    assert ready.wait(20)
    with socket.create_connection(("127.0.0.1", port), 10) as silent:
        silent.settimeout(6)
        assert silent.recv(10) == b""


def test_a_damaged_authority_is_said_and_left_as_it_is(tmp_path):
    folder = tmp_path / "data" / "tls"
    folder.mkdir(parents=True)
    (folder / "authority.pem").write_text("half")
    run = forks.run(["run.py", "--https", "--data", str(tmp_path / "data"), "--port", str(free_port())])
    assert run.returncode == 1
    assert "已损坏" in run.stderr
    assert "Traceback" not in run.stderr
    assert (folder / "authority.pem").read_text() == "half"


def test_a_wrong_name_is_said_in_a_sentence(tmp_path):
    run = forks.run(["run.py", "--https", "--https-name", "a b", "--data", str(tmp_path / "data")])
    assert run.returncode == 1
    assert "不是主机名" in run.stderr
    assert Path(tmp_path / "data").exists()
