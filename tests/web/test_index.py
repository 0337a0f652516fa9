"""The index pages: what is shown to whom, published weeks, and the files."""

from __future__ import annotations

import csv
import io
import json

import pytest

from inspect_app.services.weekly import publish, published
from tests.web.builders import hidden, signed_in
from tests.web.test_review import inspected
from tests.world import NOW, WEEK


@pytest.fixture
def scored(world):
    """A road at 100 and a toilet at 60 (capped) in 中山街道: (100 + 60) / 2 = 80."""
    inspected(world, seed=None, kind="main-road")
    inspected(world, seed=1)
    return world


def test_a_week_is_hidden_from_the_public_until_it_is_published(scored):
    stranger, inspector = scored.app().test_client(), signed_in(scored, "inspector")
    for client in (stranger, inspector):
        for path in (f"/index/{WEEK}", f"/index/{WEEK}.json", f"/index/{WEEK}.csv"):
            answer = client.get(path)
            assert answer.status_code == 404
            assert "尚未发布" in answer.text
    assert "还没有已发布" in stranger.get("/index/").text
    assert "80.00" in signed_in(scored, "supervisor").get(f"/index/{WEEK}").text
    publish(scored.services, "supervisor", WEEK, "", NOW)
    page = stranger.get("/index/", follow_redirects=True).text
    assert "80.00" in page
    assert "中山街道" in page
    assert "样本不足" in page


def test_a_published_week_stays_as_it_was_and_a_correction_is_a_second_revision_with_a_reason(scored):
    client = signed_in(scored, "supervisor")
    page = client.get(f"/index/{WEEK}").text
    token = hidden(page, "csrf_token")
    assert client.post(f"/index/{WEEK}/publish", data={"csrf_token": token}).status_code == 303
    inspected(scored, seed=2)
    stranger = scored.app().test_client()
    assert stranger.get(f"/index/{WEEK}.json").json["rows"][0]["inspections"] == 2
    refused = client.post(f"/index/{WEEK}/publish", data={"csrf_token": token})
    assert refused.status_code == 422
    assert "更正须写明理由" in refused.text
    done = client.post(f"/index/{WEEK}/publish", data={"csrf_token": token, "reason": "补录一次测评"})
    assert done.status_code == 303
    assert "补录一次测评" in stranger.get(f"/index/{WEEK}").text
    assert stranger.get(f"/index/{WEEK}.json").json["revision"] == 2
    kept = scored.services.store.get("publications", WEEK).document["revisions"]
    assert [revision["rows"][0]["inspections"] for revision in kept] == [2, 3]
    assert published(scored.services, WEEK).revision == 2


def test_only_supervisors_publish_and_an_empty_week_cannot_be(scored):
    inspector = signed_in(scored, "inspector")
    token = hidden(inspector.get("/field/").text, "csrf_token")
    assert inspector.post(f"/index/{WEEK}/publish", data={"csrf_token": token}).status_code == 403
    supervisor = signed_in(scored, "supervisor")
    token = hidden(supervisor.get("/review/photos").text, "csrf_token")
    answer = supervisor.post("/index/2026-W30/publish", data={"csrf_token": token})
    assert answer.status_code == 422
    assert "不能发布" in answer.text
    assert supervisor.post("/index/week/publish", data={"csrf_token": token}).status_code == 404


def test_the_files_hold_the_same_figures_and_no_inspector_or_position(scored):
    client = signed_in(scored, "supervisor")
    text = client.get(f"/index/{WEEK}.csv").data.decode("utf-8")
    assert text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    street = next(row for row in rows if row["区域"] == "中山街道")
    assert (street["得分率"], street["测评次数"], street["说明"]) == ("80.00", "2", "样本不足")
    document = client.get(f"/index/{WEEK}.json").json
    same = next(row for row in document["rows"] if row["area"] == "421002001")
    assert (same["rate"], same["rate_text"]) == (80, "80.00")
    for content in (text, json.dumps(document)):
        assert "inspector" not in content
        assert "30.31" not in content


def test_the_command_prints_the_same_document(scored):
    app = scored.app()
    result = app.test_cli_runner().invoke(args=["index", WEEK, "--json"])
    assert result.exit_code == 0
    page = signed_in(scored, "supervisor").get(f"/index/{WEEK}.json").json
    assert json.loads(result.stdout) == page


@pytest.mark.parametrize("week", ["2026-W99", "latest", "2026-48", "..%2f"])
def test_what_is_no_week_is_not_found(scored, week):
    assert signed_in(scored, "supervisor").get(f"/index/{week}").status_code == 404
