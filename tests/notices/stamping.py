"""A real time-stamping service on this machine: OpenSSL's, behind HTTP."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_CONFIG = """
[req]
distinguished_name = name
[name]
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
[stamper]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = service
[service]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/stamper.pem
{certs}
signer_key = {folder}/stamper.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def openssl(*arguments: str, given: bytes = b"") -> bytes:
    """What the program writes. Raises where it fails."""
    return subprocess.run(["openssl", *arguments], input=given, capture_output=True, check=True).stdout


def make_authority(folder: Path, *, sends_chain: bool = False) -> Path:
    """An authority and its stamper, made in a folder; the root's certificate.

    OpenSSL's service sends a chain with its stamps in whatever order, which is no DER.
    """
    folder.mkdir(parents=True)
    certs = f"certs = {folder}/root.pem" if sends_chain else ""
    (folder / "openssl.cnf").write_text(_CONFIG.format(folder=folder, certs=certs))
    (folder / "serial").write_text("01\n")
    config = ("-config", str(folder / "openssl.cnf"))
    for name, extensions, more in (
        ("root", "root", ()),
        ("stamper", "stamper", ("-CA", str(folder / "root.pem"), "-CAkey", str(folder / "root.key"))),
    ):
        paths = ("-keyout", str(folder / f"{name}.key"), "-out", str(folder / f"{name}.pem"))
        key = ("-newkey", "rsa:2048", "-noenc", "-subj", f"/CN=test {name}", "-days", "30", "-extensions", extensions)
        openssl("req", "-x509", *config, *key, *paths, *more)
    return folder / "root.pem"


@contextmanager
def stamping_server(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """The address of the service of an authority, and the answers that it is to give instead of stamps, as statuses."""
    failures: list[int] = []

    class Stamper(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            if failures:
                self.send_error(failures.pop(0))
                return
            (folder / "asked.tsq").write_bytes(asked)
            config = ("-config", str(folder / "openssl.cnf"))
            answer = openssl("ts", "-reply", *config, "-queryfile", str(folder / "asked.tsq"))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Stamper)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", failures
    finally:
        server.shutdown()
        server.server_close()
