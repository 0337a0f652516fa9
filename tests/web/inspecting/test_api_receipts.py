"""Receipts: what they say, that they are signed, and that the key stays the same."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
import threading

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from inspect_app.collections import LAYOUTS
from inspect_app.services.keys import Keys
from inspect_app.services.signing import open_office_key
from inspect_app.store.memory import MemoryStore
from tests.web.inspecting.test_audio import WEBM
from tests.world import evidence, headers, new_id, photo, sha256


@pytest.fixture
def client(world):
    return world.app().test_client()


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


def verify(receipt: dict[str, str], jwk: dict[str, str]) -> dict[str, object]:
    """As a browser does it: ``r || s`` over the text's UTF-8 bytes. Raises ``InvalidSignature``."""
    raw = base64.urlsafe_b64decode(receipt["signature"] + "==")
    assert len(raw) == 64
    signature = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), ec.SECP256R1()).public_key()
    key.verify(signature, receipt["text"].encode(), ec.ECDSA(hashes.SHA256()))
    return json.loads(receipt["text"])


def put(client, world, id: str, body: bytes):
    return client.put(f"/api/v1/inspections/{id}", data=body, headers=headers(world.tokens["inspector"]))


def test_a_receipt_is_signed_and_lists_every_photo_and_the_very_request(world, client):
    content, id = photo(1), new_id()
    auth = headers(world.tokens["inspector"])
    item = world.checklist("zebra-crossing").items[0].id
    sent = evidence(content, item)
    assert client.put(f"/api/v1/photos/{sent['sha256']}", data=content, headers=auth).status_code == 201
    body = json.dumps(world.submission(photos=[sent])).encode()
    session = client.get("/api/v1/session", headers=auth).json
    receipt = put(client, world, id, body).json["receipt"]
    said = verify(receipt, session["receipt_key"]["jwk"])
    assert receipt["key"] == session["receipt_key"]["id"]
    assert (said["id"], said["inspector"], said["photos"]) == (id, "inspector", [sent["sha256"]])
    assert said["content"] == hashlib.sha256(body).hexdigest()

    spaced = body.replace(b", ", b",  ")
    again = verify(put(client, world, id, spaced).json["receipt"], session["receipt_key"]["jwk"])
    assert again["content"] == hashlib.sha256(spaced).hexdigest(), "the same inspection, another request"
    looked = client.get(f"/api/v1/inspections/{id}", headers=auth).json["receipt"]
    assert verify(looked, session["receipt_key"]["jwk"])["content"] is None

    with pytest.raises(InvalidSignature):
        verify({**receipt, "text": receipt["text"].replace(sent["sha256"], "0" * 64)}, session["receipt_key"]["jwk"])


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    found, keys = [], Keys(tmp_path, MemoryStore(LAYOUTS))
    threads = [threading.Thread(target=lambda: found.append(open_office_key(keys).fingerprint)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert set(found) == {open_office_key(keys).fingerprint}
    assert stat.S_IMODE((tmp_path / "receipt.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["receipt.key"]


def test_a_session_says_who_it_is_and_the_time(world, client):
    assert client.get("/api/v1/session").status_code == 401
    answer = client.get("/api/v1/session", headers=headers(world.tokens["supervisor"]))
    assert (answer.json["user"], answer.json["role"]) == ("supervisor", "supervisor")
    assert "." in answer.headers["X-Server-Time"], "in milliseconds"


def _lose(path, content: bytes, how: str) -> None:
    path.unlink() if how == "removed" else path.write_bytes(DAMAGES[how](content))


DAMAGES = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) * 6 // 10],
    "flipped": lambda content: content[:500] + bytes([content[500] ^ 1]) + content[501:],
}


@pytest.mark.parametrize("how", ["removed", *DAMAGES])
def test_no_receipt_is_signed_for_a_photo_or_recording_that_is_not_whole(world, client, how):
    """Neither the first time nor for the same again, until what was lost has come again."""
    auth, item = headers(world.tokens["inspector"]), world.checklist("zebra-crossing").items[0].id
    picture, voice = photo(1), WEBM
    sent = evidence(picture, item)
    spoken = {"sha256": sha256(voice), "item": item, "captured_at": sent["captured_at"], "seconds": 4.2}
    body = json.dumps({**world.submission(photos=[sent]), "audio": [spoken]}).encode()
    ways = {f"photos/{sha256(picture)}": picture, f"audio/{sha256(voice)}": voice}
    files = [
        world.data / kind / "originals" / name[:2] / name for kind, _, name in (way.partition("/") for way in ways)
    ]
    first, second = new_id(), new_id()

    def send_files() -> None:
        for way, content in ways.items():
            assert client.put(f"/api/v1/{way}", data=content, headers=auth).status_code in (200, 201)

    send_files()
    assert put(client, world, first, body).status_code == 201
    for file, content in zip(files, ways.values(), strict=True):
        _lose(file, content, how)
        for id in (first, second):
            answer = put(client, world, id, body)
            assert (answer.status_code, answer.json["missing"]) == (422, [file.name])
            assert "receipt" not in answer.json
        looked = client.get(f"/api/v1/inspections/{first}", headers=auth)
        assert looked.status_code == 503
        assert file.name in looked.json["error"]
        send_files()
        assert put(client, world, first, body).status_code == 200
    assert put(client, world, second, body).status_code == 201


def test_a_photo_is_hashed_once_as_long_as_its_file_stays_the_same(world, client, monkeypatch):
    auth, item, content = headers(world.tokens["inspector"]), world.checklist("zebra-crossing").items[0].id, photo(1)
    client.put(f"/api/v1/photos/{sha256(content)}", data=content, headers=auth)
    read, here = type(world.services.photos).read, threading.get_ident()

    def read_elsewhere(photos, sha256):
        """What is checked after the answer needs the picture itself."""
        return pytest.fail("read again") if threading.get_ident() == here else read(photos, sha256)

    monkeypatch.setattr(type(world.services.photos), "read", read_elsewhere)
    body = json.dumps(world.submission(photos=[evidence(content, item)])).encode()
    assert put(client, world, new_id(), body).status_code == 201
