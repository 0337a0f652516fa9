"""Evidence bundles: whole, verifiable by themselves; the unit's says nothing of the inspector; the sealed one."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.services.audit import entries_of
from inspect_app.services.evidence.bundle import VERIFIER
from inspect_app.services.signing import office_key
from tests.web.accounts.test_second_factor import later
from tests.web.builders import hidden, signed_in
from tests.web.evidence.test_desk import visit
from tests.world import PASSWORD, headers, photo, sha256


def sealed(world, id, item="markings", reason="法院调取"):
    return (
        world.app()
        .test_client()
        .post(
            f"/inspections/{id}/findings/{item}/sealed.zip",
            data={"reason": reason},
            headers=headers(world.tokens["administrator"]),
        )
    )


def unzipped(answer, folder):
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    return folder


@pytest.fixture
def unpacked(world, tmp_path):
    id = visit(world, 0)
    keep_key(world, tmp_path)
    return id, unzipped(sealed(world, id), tmp_path / "bundle")


def keep_key(world, folder):
    (folder / "office.pem").write_bytes(signed_in(world, "supervisor").get("/key/office.pem").data)


def verify(folder, *more: str) -> subprocess.CompletedProcess[str]:
    """In isolated mode: nothing but Python itself is there, the script and the key as the office publishes them."""
    command = [sys.executable, "-I", "-S", str(VERIFIER), ".", "--key", str(folder.parent / "office.pem"), *more]
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
    assert [entry["act"] for entry in log] == ["inspection.submitted", "evidence.sealed"]
    assert [entry["hash"] for entry in log] == [entry["hash"] for entry in entries_of(world.services, id)]
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "verify.py":
            assert b'inspector"' not in path.read_bytes().replace(b"inspector2", b""), path
            assert b"administrator" not in path.read_bytes(), path


def test_there_is_no_bundle_of_what_did_not_fail(world, unpacked):
    id, _ = unpacked
    client = signed_in(world, "supervisor")
    assert client.get(f"/inspections/{id}/findings/volunteers/evidence.zip").status_code == 404
    assert signed_in(world, "inspector").get(f"/inspections/{id}/findings/jam/evidence.zip").status_code == 403
    assert sealed(world, id, "volunteers").status_code == 404


def forged(folder) -> None:
    """The bundle with another photo, place and date, and everything that can be worked out anew made to fit."""
    record = json.loads((folder / "record.json").read_text())
    (original,) = (folder / "originals").iterdir()
    other = photo(99, (400, 300))
    original.unlink()
    (folder / "originals" / f"{sha256(other)}.jpg").write_bytes(other)
    record["photos"][0] |= {"sha256": sha256(other), "captured_at": "2026-11-01T00:00:00.000Z"}
    record["site"]["name"] = "别处"
    (folder / "record.json").write_text(json.dumps(record))
    listed(folder)


def listed(folder) -> None:
    """The manifest made anew of what lies in the folder."""
    manifest = json.loads((folder / "manifest.json").read_text())
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("manifest."))
    manifest["sha256"] = {path.relative_to(folder).as_posix(): sha256(path.read_bytes()) for path in files}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_forged_bundle_is_refused(unpacked):
    _, folder = unpacked
    forged(folder)
    assert verify(folder).returncode == 1
    assert "清单的签名与公钥不符" in verify(folder).stdout
    (folder / "manifest.sig").unlink()
    assert "清单没有签名" in verify(folder).stdout


def test_a_bundle_that_a_forger_signed_with_a_key_of_their_own_is_refused(world, unpacked):
    _, folder = unpacked
    forger = office_key(ec.generate_private_key(ec.SECP256R1()))
    (folder / "office.pem").write_bytes(forger.pem)
    forged(folder)
    (folder / "manifest.sig").write_bytes(forger.sign((folder / "manifest.json").read_bytes()))
    assert verify(folder).returncode == 1
    script = [sys.executable, "-I", "-S", str(VERIFIER), str(folder)]
    by_fingerprint = [*script, "--fingerprint", world.services.office.fingerprint]
    assert subprocess.run(by_fingerprint, capture_output=True, check=False).returncode == 1
    unknown = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (unknown.returncode, "不能证明出自谁" in unknown.stdout) == (2, True)


def test_openssl_checks_the_signature_without_our_script(unpacked):
    _, folder = unpacked
    command = ["openssl", "dgst", "-sha256", "-verify", "../office.pem", "-signature", "manifest.sig", "manifest.json"]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0
    (folder / "manifest.json").write_text("{}")
    assert subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 1


def test_the_fingerprint_on_the_office_s_page_is_enough(world, unpacked):
    _, folder = unpacked
    page = signed_in(world, "unit").get("/key/").text
    assert world.services.office.fingerprint in page
    assert signed_in(world, "unit").get("/key/verify.py").data == VERIFIER.read_bytes()
    spelled = ":".join(world.services.office.fingerprint.upper()[at : at + 2] for at in range(0, 64, 2))
    assert verify(folder, "--fingerprint", spelled).returncode == 0
    assert verify(folder, "--fingerprint", "0" * 64).returncode == 1


def test_an_extract_of_the_log_that_was_changed_is_found_though_the_manifest_fits(world, unpacked):
    _, folder = unpacked
    office = world.services.office
    log = (folder / "log.jsonl").read_text()
    for before, after in (("markings", "jam"), ('"opened": {"', '"opened": {"x')):
        (folder / "log.jsonl").write_text(log.replace(before, after))
        listed(folder)
        (folder / "manifest.sig").write_bytes(office.sign((folder / "manifest.json").read_bytes()))
        assert verify(folder).returncode == 1
        assert "与自身的哈希不符" in verify(folder).stdout


def test_a_sealed_bundle_says_what_it_gives_away_and_needs_a_reason_and_an_administrator(world, unpacked):
    id, folder = unpacked
    assert "不得交给责任单位" in (folder / "readme.txt").read_text("utf-8")
    (entry,) = [one for one in entries_of(world.services, id) if one["act"] == "evidence.sealed"]
    assert (entry["who"], entry["after"]) == ("administrator", {"reason": "法院调取"})
    for reason in ("", "  ", "长" * 501):
        refused = sealed(world, id, reason=reason)
        assert (refused.status_code, "事由" in refused.text) == (422, True)
    address = f"/inspections/{id}/findings/markings/sealed.zip"
    client, token = world.app().test_client(), headers(world.tokens["supervisor"])
    assert client.post(address, data={"reason": "x"}, headers=token).status_code == 403
    assert len([one for one in entries_of(world.services, id) if one["act"] == "evidence.sealed"]) == 1


def test_whoever_wants_a_sealed_bundle_shows_once_more_who_it_is(world, monkeypatch):
    id, admin = visit(world, 0), signed_in(world, "administrator")
    address, fields = f"/inspections/{id}/findings/markings/sealed.zip", {"reason": "法院调取"}
    fields["csrf_token"] = hidden(admin.get(f"/inspections/{id}").text, "csrf_token")
    later(monkeypatch, timedelta(minutes=11))
    asked = admin.post(address, data=fields)
    assert (asked.status_code, "确认是您本人" in asked.text, hidden(asked.text, "reason")) == (403, True, "法院调取")
    assert "evidence.sealed" not in {one["act"] for one in entries_of(world.services, id)}
    assert admin.post(address, data={**fields, "proof": PASSWORD}).mimetype == "application/zip"
    assert [one["act"] for one in entries_of(world.services, id)].count("evidence.sealed") == 1


def test_a_units_bundle_tells_what_was_found_and_on_which_day(world, tmp_path):
    id = visit(world, 0)
    keep_key(world, tmp_path)
    folder = unzipped(
        signed_in(world, "supervisor").get(f"/inspections/{id}/findings/markings/evidence.zip"), tmp_path / "unit"
    )
    assert verify(folder).returncode == 0, verify(folder).stdout
    record = json.loads((folder / "record.json").read_text())
    assert record["item"]["clauses"] == ["(五)2(3)", "(五)2(6)"]
    assert (record["day"], record["site"]["code"]) == ("2026-11-23", "zebra-crossing-1")
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        "manifest.json", "manifest.sig", "office.pem", "pictures/01.jpg", "readme.txt", "record.json", "verify.py"
    }  # fmt: skip
    kept = INSPECTIONS.get(world.services.store, id)
    hashes = [photo.sha256 for photo in kept.value.photos]
    hidden = [id, kept.value.fingerprint, *hashes, "inspector", "supervisor"]
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "verify.py":
            assert [one for one in hidden if one.encode() in path.read_bytes()] == [], path
    (folder / "pictures" / "01.jpg").write_bytes(b"another")
    assert verify(folder).returncode == 1
    listed(folder)
    assert (verify(folder).returncode, "清单的签名与公钥不符" in verify(folder).stdout) == (1, True)


@pytest.mark.parametrize("how", ["removed", "emptied", "cut", "flipped"])
def test_nothing_of_a_damaged_original_is_handed_out_and_nothing_is_logged_as_exported(world, how):
    """Nor are copies that were made of it before; the sentence names the file."""
    id = visit(world, 0)
    photo_of = next(p.sha256 for p in INSPECTIONS.get(world.services.store, id).value.photos_of("markings"))
    file = world.data / "photos" / "originals" / photo_of[:2] / photo_of
    whole = file.read_bytes()
    damaged = {"emptied": b"", "cut": whole[: len(whole) * 6 // 10], "flipped": whole[:900] + b"~" + whole[901:]}
    file.unlink() if how == "removed" else file.write_bytes(damaged[how])
    client, office = signed_in(world, "supervisor"), signed_in(world, "administrator")
    before = world.services.audit.head()
    answers = [
        sealed(world, id),
        client.get(f"/inspections/{id}/findings/markings/evidence.zip"),
        office.get(f"/inspections/{id}/photos/{photo_of}/original"),
    ]
    for answer in answers:
        assert answer.status_code == 503
        assert f"photos/originals/{photo_of[:2]}/{photo_of}" in answer.text
        assert str(world.data) not in answer.text
    assert world.services.audit.head() == before
    assert client.get(f"/inspections/{id}/findings/jam/evidence.zip").status_code == 200
    file.write_bytes(whole)
    assert client.get(f"/inspections/{id}/findings/markings/evidence.zip").status_code == 200
