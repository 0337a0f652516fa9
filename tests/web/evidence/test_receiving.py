"""Every way in has the same limits: a photo too large, too many files, or no photo at all is refused wherever sent."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from inspect_app.domain.evidence.recordings import MAX_BYTES
from tests.cases import acted_on, dispatched
from tests.commands.inspecting.test_import import export, manifest, written
from tests.web.builders import hidden, signed_in
from tests.web.inspecting.test_field import filled, send
from tests.world import STREET, World, evidence, headers, new_id, photo, sha256

LIMIT = 200_000
LARGE = photo(1, (1600, 1200), quality=90)
FINE = photo(2, (320, 240))
Answer = tuple[bool, str]
"""Whether it was refused, and what was said."""


@pytest.fixture
def strict(world: World) -> World:
    """An office that takes photos of 200 kB."""
    world.settings = replace(world.settings, max_photo_bytes=LIMIT)
    return world


def by_api(world: World, content: bytes, tmp_path: Path) -> Answer:
    auth = headers(world.tokens["inspector"])
    answer = world.app().test_client().put(f"/api/v1/photos/{sha256(content)}", data=content, headers=auth)
    return answer.status_code == 413, answer.json["error"] if answer.status_code >= 400 else ""


def by_units_api(world: World, content: bytes, tmp_path: Path) -> Answer:
    auth = headers(world.tokens["unit"])
    answer = world.app().test_client().put(f"/api/v1/photos/{sha256(content)}", data=content, headers=auth)
    return answer.status_code == 413, answer.json["error"] if answer.status_code >= 400 else ""


def in_pieces(world: World, content: bytes, tmp_path: Path) -> Answer:
    """A request that does not say beforehand how long it is."""
    environment = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = (
        world.app()
        .test_client()
        .put(
            f"/api/v1/photos/{sha256(content)}",
            input_stream=io.BytesIO(content),
            headers=headers(world.tokens["inspector"]),
            environ_overrides=environment,
        )
    )
    return answer.status_code == 413, answer.json["error"] if answer.status_code >= 400 else ""


def by_form(world: World, content: bytes, tmp_path: Path) -> Answer:
    client, checklist = signed_in(world), world.checklist("zebra-crossing")
    item = checklist.items[0].id
    file = {f"answers.{item}.photos": (io.BytesIO(content), "a.jpg")}
    answer = send(client, checklist, {**filled(client, checklist), **file})
    return answer.status_code == 422, answer.text


def by_premises_of_the_form(world: World, content: bytes, tmp_path: Path) -> Answer:
    client, checklist = signed_in(world), world.checklist("school-perimeter")
    row = "answers.banned-premises.premises.0"
    file = {f"{row}.photo": (io.BytesIO(content), "a.jpg"), f"{row}.category": "internet-cafe"}
    answer = send(client, checklist, {**filled(client, checklist), **file})
    return f"超过上限{LIMIT // 1024}KB" in answer.text, answer.text


def by_ad_hoc_form(world: World, content: bytes, tmp_path: Path) -> Answer:
    client = signed_in(world)
    page = client.get("/field/adhoc").text
    fields = {name: hidden(page, name) for name in ("csrf_token", "id", "started_at")}
    fields |= {"answers.kind": "posters", "answers.area": STREET, "answers.place": "路口"}
    file = {"answers.photos": (io.BytesIO(content), "a.jpg")}
    answer = client.post("/field/adhoc", data={**fields, **file}, content_type="multipart/form-data")
    return answer.status_code == 422, answer.text


def by_units_form(world: World, content: bytes, tmp_path: Path) -> Answer:
    case = acted_on(world, dispatched(world), "unit", "accept")
    client = signed_in(world, "unit")
    page = client.get(f"/unit/cases/{case.id}").text
    fields = {"csrf_token": hidden(page, "csrf_token"), "id": hidden(page[page.index('id="report"') :], "id")}
    file = {"photos": (io.BytesIO(content), "a.jpg")}
    answer = client.post(f"/unit/cases/{case.id}/handle", data={**fields, **file})
    return answer.status_code == 422, answer.text


def by_export(world: World, content: bytes, tmp_path: Path) -> Answer:
    item = world.checklist("zebra-crossing").items[0].id
    files = {"manifest.json": manifest(), f"photos/{sha256(content)}.jpg": content}
    submission = world.submission(photos=[evidence(content, item)])
    files[f"inspections/{new_id()}/record.json"] = json.dumps(submission).encode()
    path = written(tmp_path / "phone.zip", files)
    done = world.app().test_cli_runner().invoke(args=["inspections", "import", str(path)])
    return done.exit_code == 1, done.output


ROUTES: list[Callable[[World, bytes, Path], Answer]] = [
    by_api, by_units_api, in_pieces, by_form, by_premises_of_the_form, by_ad_hoc_form, by_units_form, by_export,
]  # fmt: skip


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.__name__)
def test_a_photo_above_the_limit_is_refused_by_every_route_and_not_kept(strict, tmp_path, route):
    assert len(LARGE) > 2 * LIMIT
    refused, said = route(strict, LARGE, tmp_path)
    assert refused, said
    assert "超过上限195KB" in said
    assert not strict.services.photos.has(sha256(LARGE))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.__name__)
def test_a_photo_within_the_limit_is_kept_by_every_route(strict, tmp_path, route):
    _, said = route(strict, FINE, tmp_path)
    assert "超过上限" not in said
    assert strict.services.photos.has(sha256(FINE))


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.__name__)
def test_what_is_no_photo_is_refused_by_every_route(strict, tmp_path, route):
    content = b"no photo at all"
    _, said = route(strict, content, tmp_path)
    assert "不是可以识别的照片文件" in said
    assert not strict.services.photos.has(sha256(content))


# Recordings


def recording(size: int) -> bytes:
    return b"OggS" + bytes(size)


def test_a_recording_above_the_limit_is_refused_by_both_routes(world, tmp_path):
    content = recording(MAX_BYTES)
    client: FlaskClient = world.app().test_client()
    auth = headers(world.tokens["inspector"])
    answer = client.put(f"/api/v1/audio/{sha256(content)}", data=content, headers=auth)
    assert (answer.status_code, "超过上限8MB" in answer.json["error"]) == (413, True)
    files, (id,) = export(world, 1)
    record = json.loads(files[f"inspections/{id}/record.json"])
    spoken = {"sha256": sha256(content), "item": "markings", "captured_at": record["started_at"], "seconds": 9}
    files[f"inspections/{id}/record.json"] = json.dumps({**record, "audio": [spoken]}).encode()
    files[f"audio/{sha256(content)}.ogg"] = content
    path = written(tmp_path / "phone.zip", files)
    done = world.app().test_cli_runner().invoke(args=["inspections", "import", str(path)])
    assert (done.exit_code, "超过上限8MB" in done.output) == (1, True)
    assert not world.services.recordings.has(sha256(content))


# How many


def test_a_units_form_with_more_photos_than_a_report_may_have_keeps_none(world):
    case = acted_on(world, dispatched(world), "unit", "accept")
    client = signed_in(world, "unit")
    page = client.get(f"/unit/cases/{case.id}").text
    fields = {"csrf_token": hidden(page, "csrf_token"), "id": hidden(page[page.index('id="report"') :], "id")}
    contents = [photo(seed, (64, 48)) for seed in range(10)]
    files = [(io.BytesIO(content), f"{number}.jpg") for number, content in enumerate(contents)]
    answer = client.post(f"/unit/cases/{case.id}/handle", data={**fields, "photos": files})
    assert (answer.status_code, "一次最多9张" in answer.text) == (422, True)
    assert not any(world.services.photos.has(sha256(content)) for content in contents)


@pytest.mark.parametrize("path", ["/field/adhoc", "/field/sites/zebra-crossing-1"])
def test_a_form_with_more_photos_than_an_inspection_may_have_keeps_none(world, path):
    client, checklist = signed_in(world), world.checklist("zebra-crossing")
    page = client.get(path).text
    fields = {name: hidden(page, name) for name in ("csrf_token", "id", "started_at")}
    field = "answers.photos" if path.endswith("adhoc") else f"answers.{checklist.items[0].id}.photos"
    files = [(io.BytesIO(FINE), f"{number}.jpg") for number in range(201)]
    answer = client.post(path, data={**fields, field: files}, content_type="multipart/form-data")
    assert (answer.status_code, "一次最多200张，实为201张" in answer.text) == (422, True)
    assert not world.services.photos.has(sha256(FINE))


def test_an_export_with_more_photos_of_an_inspection_than_it_may_have_keeps_none_of_them(world, tmp_path):
    item, id = world.checklist("zebra-crossing").items[0].id, new_id()
    files = {"manifest.json": manifest()}
    record = world.submission(photos=[evidence(FINE, item) for _ in range(201)])
    files[f"photos/{sha256(FINE)}.jpg"] = FINE
    files[f"inspections/{id}/record.json"] = json.dumps(record).encode()
    path = written(tmp_path / "phone.zip", files)
    done = world.app().test_cli_runner().invoke(args=["inspections", "import", str(path)])
    assert (done.exit_code, "最多200张" in done.output) == (1, True)
    assert not world.services.photos.has(sha256(FINE))
