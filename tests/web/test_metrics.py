"""Metrics: for who has the token, by route and never by who or where, and nothing that betrays who is out right now."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from inspect_app import create_app
from inspect_app.services.backing_up import back_up
from inspect_app.services.cases.unsent_notices import note_unsent
from inspect_app.settings import SettingsError, settings_from
from inspect_app.web.counting import Answered, Counts
from tests.conftest import PROJECT
from tests.web.builders import hidden
from tests.web.test_full_disk import Asking
from tests.world import PASSWORD, headers, new_id, photo, sha256

TOKEN = "0123456789abcdef0123456789abcdef"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Samples:
    """Every sample by its name and labels, as Prometheus' own parser reads them."""
    families = text_string_to_metric_families(text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for each in families for one in each.samples}


def sample(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((name, tuple(sorted(labels.items()))))


def asked(app: Flask) -> Samples:
    answer = app.test_client().get("/metrics", headers=headers(TOKEN))
    assert answer.status_code == 200
    return read(answer.text)


@pytest.fixture
def app(world) -> Flask:
    return create_app(replace(world.settings, metrics_token=TOKEN))


def hour_ends(app: Flask) -> None:
    counts = app.extensions["counts"]
    now = counts._clock()
    counts._clock = lambda: now + 3600


def test_a_running_server_gives_them_to_who_has_the_token_and_to_nobody_else(world, serve, monkeypatch):
    monkeypatch.setenv("INSPECT_METRICS_TOKEN", TOKEN)
    world.services.store.close()
    ask = Asking(serve(world.data).port)
    assert ask("GET", "/metrics")[0] == 401
    assert ask("GET", "/metrics", Authorization=f"Bearer {TOKEN[:-1]}")[0] == 401
    assert ask("GET", "/metrics", Authorization=f"Bearer {world.tokens['administrator']}")[0] == 401
    assert ask("GET", "/index/")[0] in (200, 302)
    status, text = ask("GET", "/metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    found = read(text.decode())
    assert sample(found, "inspect_ready") == 1
    assert sample(found, "inspect_requests_total", route="metrics.show", method="GET", status="4xx") == 3
    assert sample(found, "inspect_request_seconds_count", route="metrics.show") == 3
    assert sample(found, "inspect_disk_free_bytes", folder="data") is not None
    (info,) = [dict(labels) for (name, labels) in found if name == "inspect_info"]
    assert info["store"] in ("folder", "postgresql")
    assert info["version"]


def test_without_a_token_there_are_none_and_a_short_one_is_refused(world):
    assert world.office.test_client().get("/metrics", headers=headers(TOKEN)).status_code == 404
    for wrong in ("x" * 23, "x" * 201, f"{TOKEN} {TOKEN}", "令牌" * 20):
        with pytest.raises(SettingsError, match=r"^INSPECT_METRICS_TOKEN：") as told:
            settings_from({"INSPECT_METRICS_TOKEN": wrong})
        assert wrong not in str(told.value)


def test_what_comes_from_the_field_shows_when_the_hour_is_over_and_names_nobody_and_no_place(world, app):
    phone, tokens = app.test_client(), headers(world.tokens["inspector"])
    content, id = photo(3), new_id()
    before = asked(app)
    assert phone.put(f"/api/v1/photos/{sha256(content)}", data=content, headers=tokens).status_code == 201
    sent = world.submission()
    for expected in (201, 200):
        assert phone.put(f"/api/v1/inspections/{id}", json=sent, headers=tokens).status_code == expected
    wrong = phone.put(f"/api/v1/inspections/{new_id()}", json={**sent, "site": "nowhere"}, headers=tokens)
    assert wrong.status_code == 422
    app.extensions["inspect"].after.wait()
    seen = asked(app)
    own = ("route", "metrics.show")
    assert {key: value for key, value in seen.items() if own not in key[1]} == {
        key: value for key, value in before.items() if own not in key[1]
    }, "whoever looks now sees nothing of it"
    hour_ends(app)
    found = asked(app)
    results = {result: sample(found, "inspect_submissions_total", result=result) for result in _RESULTS}
    assert results == {"accepted": 1, "repeated": 1, "refused": 1, "failed": None}
    assert sample(found, "inspect_requests_total", route="api.put_photo", method="PUT", status="2xx") == 1
    told = app.test_client().get("/metrics", headers=headers(TOKEN)).text
    secret = [id, sha256(content), "inspector", "administrator", sent["site"], "nowhere", str(world.data), "127.0.0.1"]
    assert [one for one in secret if one in re.sub(r"inspecting|inspections", "", told)] == []


_RESULTS = ("accepted", "repeated", "refused", "failed")


def test_an_error_of_the_server_is_told_at_once(app, monkeypatch, world):
    monkeypatch.setattr("inspect_app.web.inspecting.api.submit", lambda *_, **__: 1 / 0)
    answer = app.test_client().put(
        f"/api/v1/inspections/{new_id()}", json=world.submission(), headers=headers(world.tokens["inspector"])
    )
    assert answer.status_code == 500
    found = asked(app)
    assert sample(found, "inspect_requests_total", route="api.put_inspection", method="PUT", status="5xx") == 1
    assert sample(found, "inspect_submissions_total", result="failed") == 1


def test_hostile_requests_make_no_new_series(app):
    client = app.test_client()
    for number in range(30):
        client.open(f"/nothing/{number}", method=f"M{number}")
    client.get("/metrics")
    routes = {
        labels for (name, labels) in asked(app) if name == "inspect_requests_total" and ("route", "none") in labels
    }
    assert len(routes) == 1


def test_what_waits_is_told_once_it_waits_long_and_so_are_disks_backups_and_mails(world, app, monkeypatch, tmp_path):
    services = app.extensions["inspect"]
    services.after.waiting.add("searches", new_id(), 7)
    assert sample(asked(app), "inspect_queue_length", queue="searches") == 0
    note_unsent(world.services, ["no route", "no route"], datetime.now(UTC) - timedelta(hours=2))
    note_unsent(world.services, ["no route"], datetime.now(UTC))
    later = datetime.now(UTC) + timedelta(minutes=11)
    monkeypatch.setattr("inspect_app.web.metrics.now", lambda: later)
    found = asked(app)
    assert sample(found, "inspect_queue_length", queue="searches") == 7
    assert sample(found, "inspect_queue_oldest_seconds", queue="searches") == pytest.approx(660, abs=60)
    assert sample(found, "inspect_queue_length", queue="notices") == 1
    assert sample(found, "inspect_queue_oldest_seconds", queue="notices") == pytest.approx(7860, abs=60)
    assert sample(found, "inspect_disk_free_bytes", folder="data") == 80 * 1024**3
    note_unsent(world.services, [], datetime.now(UTC))
    assert sample(asked(app), "inspect_queue_length", queue="notices") == 0
    assert sample(asked(app), "inspect_backup_ok") is None
    copies = create_app(replace(world.settings, metrics_token=TOKEN, backups=tmp_path / "copies"))
    with pytest.raises(Exception, match="INSPECT_BACKUPS_PUBLIC_KEY"):
        back_up(copies.extensions["inspect"], datetime.now(UTC))
    assert sample(asked(copies), "inspect_backup_ok") == 0


def test_counts_of_several_processes_are_added(tmp_path):
    """Where ``PROMETHEUS_MULTIPROC_DIR`` names a folder: two processes count, a third one tells."""
    one = "Answered('auth.login', 'GET', 200, 0.02, True)"
    count = f"from inspect_app.web.counting import Answered, Counts; c = Counts(); c.count({one}); c.count({one})"
    tell = (
        "from inspect_app.web.counting import Counts; from prometheus_client import generate_latest; "
        "print(generate_latest(Counts().registry()).decode())"
    )
    told = ""
    for program in (count, count, tell):
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
        told = subprocess.run(
            [sys.executable, "-c", program], cwd=PROJECT, env=environment, check=True, capture_output=True, text=True
        ).stdout
    found = read(told)
    assert sample(found, "inspect_requests_total", route="auth.login", method="GET", status="2xx") == 4
    assert sample(found, "inspect_request_seconds_bucket", route="auth.login", le="0.05") == 4


def test_only_what_the_office_alone_asks_for_is_told_at_once(world, app):
    office = signed_in_to(app)
    for path in ("/login", "/review/photos", "/cases/", "/admin/status", "/trust", "/index/"):
        office.get(path)
    told = {dict(labels)["route"] for (name, labels) in asked(app) if name == "inspect_requests_total"}
    assert told <= {"review.photo_log", "cases.show", "index.latest", "none", "metrics.show"}
    assert told >= {"review.photo_log", "cases.show"}
    hour_ends(app)
    told = {dict(labels)["route"] for (name, labels) in asked(app) if name == "inspect_requests_total"}
    assert told >= {"auth.login", "status.show", "trust.show"}


def signed_in_to(app: Flask) -> FlaskClient:
    client = app.test_client()
    form = {
        "name": "administrator",
        "password": PASSWORD,
        "csrf_token": hidden(client.get("/login").text, "csrf_token"),
    }
    assert client.post("/login", data=form).status_code == 302
    return client


def test_who_floods_the_server_fills_no_memory_with_it(monkeypatch):
    monkeypatch.setattr("inspect_app.web.counting._MOST_TIMES", 3)
    now = [0.0]
    counts = Counts(lambda: now[0])
    for _ in range(100):
        counts.count(Answered("api.openapi", "GET", 200, 0.1, False))
    assert len(counts._held.times) == 3
    now[0] = 3600.0
    told = counts.registry()
    labels = {"route": "api.openapi", "method": "GET", "status": "2xx"}
    assert told.get_sample_value("inspect_requests_total", labels) == 100
    assert told.get_sample_value("inspect_request_seconds_count", {"route": "api.openapi"}) == 3


def test_an_hour_of_the_field_is_counted_once_whatever_comes_between():
    now = [0.0]
    counts = Counts(lambda: now[0])
    for _ in range(5):
        counts.count(Answered("api.put_photo", "PUT", 201, 0.1, False))
    assert counts.registry().get_sample_value("inspect_request_seconds_count", {"route": "api.put_photo"}) is None
    now[0] = 3600.0
    counts.count(Answered("api.put_photo", "PUT", 201, 0.1, False))
    for _ in range(2):
        told = counts.registry().get_sample_value("inspect_request_seconds_count", {"route": "api.put_photo"})
        assert told == 5
