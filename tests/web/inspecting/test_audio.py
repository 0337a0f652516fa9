"""Spoken notes: kept byte for byte, acknowledged in the receipt, played to those who review, never handed on."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from flask.testing import FlaskClient

from inspect_app.domain.evidence.recordings import MAX_BYTES, mimetype_of
from inspect_app.services.inspecting.importing import import_archive
from tests.web.builders import signed_in
from tests.world import NOW, World, evidence, failing, first_item, headers, new_id, photo, sha256

WEBM = b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm" + bytes(range(256)) * 20
MP4 = b"\x00\x00\x00\x1cftypiso5" + bytes(2000)
OGG = b"OggS" + bytes(2000)
ITEM = "markings"


def put(client: FlaskClient, world: World, content: bytes, sha: str = "", name: str = "inspector"):
    return client.put(f"/api/v1/audio/{sha or sha256(content)}", data=content, headers=headers(world.tokens[name]))


def spoken(content: bytes = WEBM, **more: Any) -> dict[str, Any]:
    return {"sha256": sha256(content), "item": ITEM, "captured_at": NOW.isoformat(), "seconds": 4.2, **more}


def send(client: FlaskClient, world: World, audio: object, id: str | None = None):
    raw = {**world.submission(), "audio": audio}
    return client.put(f"/api/v1/inspections/{id or new_id()}", json=raw, headers=headers(world.tokens["inspector"]))


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.app().test_client()


@pytest.mark.parametrize(("content", "type"), [(WEBM, "audio/webm"), (MP4, "audio/mp4"), (OGG, "audio/ogg")])
def test_what_browsers_record_is_kept_once_byte_for_byte(client, world, content, type):
    assert put(client, world, content).status_code == 201
    assert put(client, world, content).status_code == 200
    assert mimetype_of(content) == type
    assert next((world.data / "audio").rglob(sha256(content))).read_bytes() == content


@pytest.mark.parametrize(
    ("content", "sha", "status", "said"),
    [
        (photo(1), "", 422, "不是可以识别的录音"),
        (b"", "", 422, "不是可以识别的录音"),
        (b"RIFF\x00\x00\x00\x00WAVE", "", 422, "不是可以识别的录音"),
        (b"<html>", "", 422, "不是可以识别的录音"),
        (WEBM, sha256(MP4), 422, "SHA-256不符"),
        (WEBM, "x", 422, "64位小写十六进制"),
        (OGG + bytes(MAX_BYTES), "", 413, "超过上限8MB"),
    ],
)
def test_what_is_no_recording_is_refused_and_not_kept(client, world, content, sha, status, said):
    answer = put(client, world, content, sha)
    assert answer.status_code == status
    assert said in answer.json["error"]
    assert not [path for path in (world.data / "audio").rglob("*") if path.is_file()]


def test_supervisors_send_no_recordings(client, world):
    assert put(client, world, WEBM, name="supervisor").status_code == 403


def test_an_inspection_waits_for_its_recordings_and_the_receipt_lists_them(client, world):
    id = new_id()
    refused = send(client, world, [spoken()], id)
    assert (refused.status_code, refused.json["missing"]) == (422, [sha256(WEBM)])
    put(client, world, WEBM)
    taken = send(client, world, [spoken()], id)
    assert taken.status_code == 201
    assert json.loads(taken.json["receipt"]["text"])["audio"] == [sha256(WEBM)]
    assert send(client, world, [spoken()], id).status_code == 200
    assert send(client, world, [], id).status_code == 409


@pytest.mark.parametrize(
    "audio",
    [
        {}, ["x"], [spoken(item="nothing")], [spoken(seconds=-1)], [spoken(seconds=301)], [spoken(seconds="4")],
        [spoken(seconds=True)], [spoken(sha256="A" * 64)], [spoken(captured_at="2026-11-23T08:00:00")],
        [spoken(more=1)], [spoken()] * 51,
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_recording_is_said_and_nothing_is_kept(client, world, audio):
    put(client, world, WEBM)
    assert send(client, world, audio).status_code == 422
    assert world.app().extensions["inspect"].store.find("inspections") == []


def test_it_is_played_to_the_inspector_and_to_supervisors_in_parts(client, world):
    put(client, world, WEBM)
    id = new_id()
    send(client, world, [spoken()], id)
    address = f"/inspections/{id}/audio/{sha256(WEBM)}"
    for name in ("inspector", "supervisor"):
        page = signed_in(world, name)
        assert address in page.get(f"/inspections/{id}").text
        whole = page.get(address)
        assert (whole.status_code, whole.mimetype, whole.data) == (200, "audio/webm", WEBM)
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        part = page.get(address, headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.data) == (206, WEBM[10:20])
        assert part.headers["Content-Range"] == f"bytes 10-19/{len(WEBM)}"
    assert signed_in(world, "inspector2").get(address).status_code == 404
    assert client.get(address).status_code in (302, 401)
    assert signed_in(world, "supervisor").get(f"/inspections/{id}/audio/{sha256(MP4)}").status_code == 404


def test_a_voice_is_not_in_the_bundle_for_the_unit(client, world):
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance").id
    put(client, world, WEBM)
    content = photo(2)
    token = headers(world.tokens["inspector"])
    client.put(f"/api/v1/photos/{sha256(content)}", data=content, headers=token)
    raw = world.submission("public-toilet", photos=[evidence(content, item)])
    raw["answers"] = failing(raw["answers"], checklist, item)
    id = new_id()
    sent = client.put(f"/api/v1/inspections/{id}", json={**raw, "audio": [spoken(item=item)]}, headers=token)
    assert sent.status_code == 201
    bundle = signed_in(world, "supervisor").get(f"/inspections/{id}/findings/{item}/evidence.zip").data
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        assert all(WEBM[40:200] not in archive.read(name) for name in archive.namelist())


def test_a_phones_export_brings_its_recordings(world):
    services = world.app().extensions["inspect"]
    id = new_id()
    raw = {**world.submission(), "audio": [spoken()]}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        manifest = {"format": "inspect-phone-export", "version": 1, "inspector": "inspector"}
        archive.writestr("manifest.json", json.dumps(manifest))
        archive.writestr(f"inspections/{id}/record.json", json.dumps(raw))
        archive.writestr(f"audio/{sha256(WEBM)}.webm", WEBM)
    (imported,) = import_archive(services, file, "admin", NOW)
    assert (imported.id, imported.taken, imported.problems) == (id, "held", ())
    assert services.recordings.read(sha256(WEBM)) == WEBM
