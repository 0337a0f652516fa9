"""The evidence bundle: whole, verifiable without us, silent about the inspector."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile

import pytest

from inspect_app.services.audit import entries_of
from tests.web.builders import signed_in
from tests.web.evidence.test_desk import visit


@pytest.fixture
def unpacked(world, tmp_path):
    id = visit(world, 0)
    answer = signed_in(world, "supervisor").get(f"/inspections/{id}/findings/markings/evidence.zip")
    assert answer.status_code == 200
    folder = tmp_path / "bundle"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return id, folder


def verify(folder) -> subprocess.CompletedProcess[str]:
    """In isolated mode: nothing but Python itself is there."""
    command = [sys.executable, "-I", "-S", "verify.py", "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_a_bundle_verifies_itself_and_any_change_is_found(unpacked):
    _, folder = unpacked
    assert verify(folder).returncode == 0, verify(folder).stdout
    (original,) = (folder / "originals").iterdir()
    assert {path.parent.name for path in folder.rglob(f"{original.stem}*")} == {"originals", "geotagged", "captioned"}
    whole = original.read_bytes()
    for path, change in [
        (original, whole[:-1] + bytes([whole[-1] ^ 1])),
        (folder / "record.json", (folder / "record.json").read_bytes().replace(b"fail", b"pass")),
        (folder / "log.jsonl", b""),
    ]:
        before = path.read_bytes()
        path.write_bytes(change)
        assert verify(folder).returncode == 1
        assert path.name in verify(folder).stdout
        path.write_bytes(before)
    (folder / "extra.txt").write_text("x")
    assert verify(folder).returncode == 1
    (folder / "extra.txt").unlink()
    original.unlink()
    assert verify(folder).returncode == 1


def test_it_holds_what_the_finding_is_and_never_who_found_it(world, unpacked):
    id, folder = unpacked
    record = json.loads((folder / "record.json").read_text())
    assert record["item"]["clauses"] == ["(五)2(3)", "(五)2(6)"]
    assert record["item"]["units"]
    assert len(record["photos"]) == 1
    log = [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]
    assert [entry["act"] for entry in log] == ["inspection.submitted", "evidence.exported"]
    assert [entry["hash"] for entry in log] == [entry["hash"] for entry in entries_of(world.services, id)]
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "verify.py":
            assert b'inspector"' not in path.read_bytes().replace(b"inspector2", b""), path
            assert b"supervisor" not in path.read_bytes(), path


def test_there_is_no_bundle_of_what_did_not_fail(world, unpacked):
    id, _ = unpacked
    client = signed_in(world, "supervisor")
    assert client.get(f"/inspections/{id}/findings/volunteers/evidence.zip").status_code == 404
    assert signed_in(world, "inspector").get(f"/inspections/{id}/findings/jam/evidence.zip").status_code == 403
