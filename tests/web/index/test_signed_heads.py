"""The head of the log stands in everything of a published week that somebody may keep."""

from __future__ import annotations

import io
import json

import pytest
from docx import Document

from inspect_app.collections.index.timestamp import TIMESTAMPS, timestamp_id
from inspect_app.domain.index.timestamp import Timestamp
from inspect_app.domain.signed_heads import heads_in
from inspect_app.services.index.publishing import publish, published
from tests.web.builders import signed_in
from tests.web.evidence.test_desk import visit
from tests.world import NOW, WEEK

PLACES = (
    f"/index/{WEEK}",
    "/index/feed.atom",
    f"/index/{WEEK}.json",
    "/index/latest.json",
    f"/index/{WEEK}/1/index.json",
    f"/index/{WEEK}/1/datapackage.json",
    f"/index/{WEEK}/1/post.txt",
)


@pytest.fixture
def head(world) -> str:
    visit(world, 0)
    assert publish(world.services, "supervisor", WEEK, "", NOW) == 1
    return published(world.services, WEEK).head.log.head


def test_every_page_and_file_of_the_week_says_it_and_the_log_is_verified_against_each(world, head, tmp_path):
    client, run = world.app().test_client(), world.app().test_cli_runner().invoke
    texts = {place: client.get(place).text for place in PLACES}
    letter = Document(io.BytesIO(client.get(f"/index/{WEEK}/1/bulletin.docx").data))
    texts["bulletin"] = "\n".join(paragraph.text for paragraph in letter.paragraphs)
    for place, text in texts.items():
        assert [f"{seq}:{hash}" for seq, hash in heads_in(text)] == [head], place
    (tmp_path / "kept.json").write_text(texts[PLACES[4]], "utf-8")
    for against in (str(tmp_path / "kept.json"), texts["bulletin"], head):
        told = run(args=["audit", "verify", "--against", against])
        assert told.exit_code == 0, told.output
        assert "包含给出的 1 条末条" in told.output
    other = run(args=["audit", "verify", "--against", head[:-4] + "0000"])
    assert (other.exit_code, "缺少先前记下的" in other.output) == (1, True)
    assert run(args=["audit", "verify", "--against", "没有"]).exit_code == 2


def test_the_signature_is_in_the_files_for_programs(world, head):
    client = world.app().test_client()
    log = json.loads(client.get(f"/index/{WEEK}/1/datapackage.json").data)["log"]
    assert client.get(f"/index/{WEEK}/1/index.json").json["log"] == log
    assert (log["head"], log["key"]) == (head, world.services.office.fingerprint)
    assert world.services.office.has_signed(published(world.services, WEEK).head.log)


def test_a_preview_has_none(world):
    visit(world, 0)
    client = signed_in(world, "supervisor")
    assert "log" not in client.get(f"/index/{WEEK}/0/index.json").json
    assert client.get(f"/key/{WEEK}/0/head.json").status_code == 404


def test_the_office_s_page_lists_them_with_what_became_of_their_stamps(world, head):
    client = world.app().test_client()
    assert head in client.get("/key/").text
    assert "没有设置" in client.get("/key/").text
    assert json.loads(client.get(f"/key/{WEEK}/1/head.json").data)["head"] == head
    assert client.get(f"/key/{WEEK}/1/head.tsr").status_code == 404
    assert client.get(f"/key/{WEEK}/2/head.json").status_code == 404
    tried = Timestamp(b"", None, 2, NOW, "没有应答")
    TIMESTAMPS.put_once(world.services.store, timestamp_id(WEEK, 1), tried)
    assert "已试2次" in client.get("/key/").text
    assert "没有应答" not in client.get("/key/").text
