"""What the program makes anew from what the folder keeps: each answer leaves something behind in the copy."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from werkzeug.test import TestResponse

from tests.old_folders.answers import Document, Reader, canonical, sha256


def same_again(reader: Reader) -> Document:
    """Everything that was sent once, sent again: the same answer, byte for byte, and nothing new."""
    found = {}
    for one in reader.given["sent"]:
        who = reader.inspections[one["id"]]
        if who == one["inspector"]:
            answer = sent(reader, f"/api/v1/inspections/{one['id']}", who, one["body"])
            assert answer.json, answer.text
            found[one["id"]] = [answer.status_code, answer.json["rate"], receipt(answer.json)]
    for one in reader.given["handlings"]:
        answer = sent(reader, f"/api/v1/handlings/{one['id']}", one["unit"], one["body"])
        assert answer.json, answer.text
        found[one["id"]] = [answer.status_code, answer.json["case"], answer.json["state"], receipt(answer.json)]
    other = reader.given["sent"][0]
    changed = {**other["body"], "photos": []}
    conflict = sent(reader, f"/api/v1/inspections/{other['id']}", other["inspector"], changed)
    return {**found, "other content": conflict.status_code}


def scored_again(reader: Reader) -> Document:
    """The same answers under new ids: scored by the rules of the version that each names, whether in force or not."""
    found = {}
    for one in reader.given["sent"]:
        id, who = uuid5(NAMESPACE_URL, f"again {one['id']}"), reader.inspections[one["id"]]
        answer = sent(reader, f"/api/v1/inspections/{id}", who, one["body"])
        assert answer.status_code == 201, answer.text
        assert answer.json
        kept = reader.json(f"/api/v1/inspections/{one['id']}", who)["items"]
        fields = ("week", "area", "state", "rate", "capped")
        items = "as kept" if answer.json["items"] == kept else answer.json["items"]
        found[one["id"]] = {**{name: answer.json[name] for name in fields}, "items": items}
    return found


def bundle(reader: Reader) -> Document:
    """The evidence bundle of one finding: what it says of it, and the originals in it."""
    path = reader.given["bundle"].replace("evidence.zip", "sealed.zip")
    answer = reader.ask(path, "admin", "POST", data={"reason": "法院调取"})
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        originals = {name: sha256(archive.read(name)) for name in archive.namelist() if name.startswith("originals/")}
        entries = [json.loads(line) for line in archive.read("log.jsonl").splitlines()]
        return {
            "record": json.loads(archive.read("record.json")),
            "originals": originals,
            "log": [one for one in entries if one["seq"] <= reader.given["entries"]],
        }


def receipt(answer: Document) -> str:
    """The SHA-256 of a signed receipt: text, signature and the key's name."""
    return sha256(canonical(answer["receipt"]))


def sent(reader: Reader, path: str, who: str, body: Document) -> TestResponse:
    """The same bytes each time: a receipt names their hash."""
    content = json.dumps(body, ensure_ascii=False).encode()
    return reader.ask(path, who, "PUT", data=content, content_type="application/json")


AGAIN: dict[str, Callable[[Reader], Any]] = {one.__name__: one for one in (same_again, scored_again, bundle)}
