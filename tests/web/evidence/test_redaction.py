"""Redaction: found, corrected, irreversible, and nothing else ever public."""

from __future__ import annotations

import io
import re
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import matplotlib.cbook
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from inspect_app.collections import Kept
from inspect_app.collections.evidence.search import SEARCHES
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.evidence.redaction import Box
from inspect_app.domain.evidence.search import SEARCH, Search
from inspect_app.domain.evidence.turns import QUARTERS
from inspect_app.photos import models
from inspect_app.photos.caption import _font
from inspect_app.photos.orientation import turned
from inspect_app.photos.redaction import redacted
from inspect_app.photos.searching import search
from inspect_app.photos.uniform import uniform
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence import searching
from inspect_app.services.evidence.asked_searches import Stand, search_soon, stand
from inspect_app.services.evidence.redacting import finished_redaction, redacted_picture
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.evidence.searching import found_in, search_inspection
from inspect_app.services.evidence.turning import turn_photo
from inspect_app.services.inspecting.submitting import submit
from tests.measured import PATIENCE_S
from tests.web.builders import hidden, signed_in
from tests.world import NOW, STREET, WEEK, evidence, new_id, received, sha256

pytestmark = pytest.mark.usefixtures("photo_work")


def portrait() -> Image.Image:
    """A real face: the portrait of Grace Hopper that comes with matplotlib."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        return Image.open(file).convert("RGB")


def plate(ground: tuple[int, int, int], ink: str) -> Image.Image:
    """A plate by the looks of GA 36-2018: 440 × 140 mm, a rim, the province, a letter, a dot and five characters."""
    picture = Image.new("RGB", (440, 140), ground)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((6, 6, 433, 133), 10, outline=ink, width=4)
    draw.text((20, 22), "鄂D", font=_font(88), fill=ink)
    draw.ellipse((196, 62, 210, 76), fill=ink)
    draw.text((222, 22), "12345", font=_font(80), fill=ink)
    return picture.resize((220, 70), Image.Resampling.LANCZOS)


def street_with_plates() -> tuple[Image.Image, list[tuple[int, int, int, int]]]:
    """Two cars, as coarse as they can be, and where their plates are."""
    grain = np.random.default_rng(1).normal(120, 8, (1200, 1600, 3))
    picture = Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))
    draw, places = ImageDraw.Draw(picture), []
    for x, y, ground, ink, body in (
        (600, 700, (20, 60, 170), "white", (200, 200, 205)),
        (200, 300, (235, 180, 30), "black", (60, 70, 90)),
    ):
        draw.rounded_rectangle((x - 220, y - 150, x + 440, y + 130), 40, fill=body)
        draw.rectangle((x - 220, y + 40, x + 440, y + 60), fill=(40, 40, 40))
        picture.paste(plate(ground, ink), (x, y))
        places.append((x, y, 220, 70))
    return picture.filter(ImageFilter.GaussianBlur(1)), places


def covers(box: Box, picture: Image.Image, x: float, y: float) -> bool:
    w, h = picture.size
    return box.x * w <= x <= (box.x + box.width) * w and box.y * h <= y <= (box.y + box.height) * h


def test_a_face_and_chinese_plates_are_found():
    face = portrait()
    assert any(box.kind == "face" and covers(box, face, 256, 200) for box in search(face))
    street, places = street_with_plates()
    found = [box for box in search(street) if box.kind == "plate"]
    for x, y, w, h in places:
        assert any(covers(box, street, x + w / 2, y + h / 2) and covers(box, street, x + 3, y + 3) for box in found)
    assert len(found) == len(places)


@pytest.mark.parametrize(("ground", "ink"), [((235, 180, 30), "black"), ((20, 110, 60), "white")])
def test_plates_of_two_rows_are_found(ground, ink):
    """Those at the rear of lorries and buses, 440 × 220 mm, yellow; and of tractors, green (GA 36-2018)."""
    mark = Image.new("RGB", (440, 220), ground)
    draw = ImageDraw.Draw(mark)
    draw.rounded_rectangle((6, 6, 433, 213), 10, outline=ink, width=4)
    draw.text((130, 12), "鄂", font=_font(60), fill=ink)
    draw.text((260, 12), "D", font=_font(60), fill=ink)
    draw.text((24, 88), "12345", font=_font(112), fill=ink)
    grain = np.random.default_rng(1).normal(120, 8, (900, 1200, 3))
    street = Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))
    ImageDraw.Draw(street).rectangle((300, 100, 900, 700), fill=(90, 90, 95))
    street.paste(mark.resize((180, 90), Image.Resampling.LANCZOS), (500, 520))
    found = [box for box in search(street.filter(ImageFilter.GaussianBlur(1))) if box.kind == "plate"]
    assert len(found) == 1
    assert covers(found[0], street, 505, 525)
    assert covers(found[0], street, 675, 605)


def test_what_is_hidden_cannot_be_told_from_what_is_left():
    """Pictures that differ inside the box only, but for its coarse colours, give the same redacted picture."""
    box = Box(0.25, 0.25, 0.5, 0.5)
    rng = np.random.default_rng(3)
    first = np.full((200, 200, 3), 120, np.uint8)
    second = first.copy()
    noise = rng.integers(-40, 40, (50, 50, 3))
    first[50:100, 50:100] += noise.astype(np.uint8)
    second[50:100, 50:100] += noise[::-1, ::-1].astype(np.uint8)
    assert not np.array_equal(first, second)
    made = [np.asarray(redacted(Image.fromarray(pixels), [box])) for pixels in (first, second)]
    assert np.array_equal(made[0], made[1])
    assert np.array_equal(made[0][:49], first[:49]), "outside the boxes nothing changes"


@pytest.fixture
def finding(world):
    """An inspection whose one finding shows a face, confirmed."""
    output = io.BytesIO()
    portrait().save(output, "JPEG", quality=90, exif=_exif())
    content = output.getvalue()
    assert received(world.services, content).is_new
    submission, id = world.submission(photos=[evidence(content, "markings")]), new_id()
    submission["answers"]["markings"] = {"value": "fail"}
    kept = submit(world.services, find_user(world.services.store, "inspector"), id, submission, NOW).kept
    assert kept
    world.services.after.wait()
    decide(world.services, "supervisor", id, "markings", "confirmed", "", kept.revision, NOW, scope=EVERYTHING)
    return id, sha256(content)


@contextmanager
def unfinished() -> Iterator[None]:
    """No search comes to its end inside the block: a page is seen as it is before."""
    go_on, real = Event(), searching.search

    def held(picture: Image.Image) -> list[Box]:
        assert go_on.wait(PATIENCE_S)
        return real(picture)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "search", held)
        try:
            yield
        finally:
            go_on.set()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    return exif


def test_a_finding_is_searched_in_the_background_and_its_pages_search_nothing(world, finding, monkeypatch):
    id, sha = finding
    kept = found_in(world.services, sha)
    assert kept
    assert [box.kind for box in kept.boxes] == ["face"]
    monkeypatch.setattr(searching, "search", lambda picture: pytest.fail("searched again"))
    search_inspection(world.services, id)
    client = signed_in(world, "supervisor")
    page = client.get(f"/review/redactions/{id}/{sha}")
    assert "找到 1 张人脸，可能还有遗漏" in page.text
    assert client.get(f"/review/redactions/{id}/{sha}/plain.jpg").status_code == 200


def test_photos_of_items_that_are_in_order_are_searched_when_a_supervisor_opens_them(world):
    content = street_jpeg()
    assert received(world.services, content).is_new
    raw, id = world.submission(photos=[evidence(content, "markings")]), new_id()
    assert submit(world.services, find_user(world.services.store, "inspector"), id, raw, NOW).kept
    world.services.after.wait()
    sha = sha256(content)
    assert found_in(world.services, sha) is None, "nobody will publish it"
    client = signed_in(world, "supervisor")
    services = client.application.extensions["inspect"]
    with unfinished():
        assert "正在查找人脸和车牌" in client.get(f"/review/redactions/{id}/{sha}").text
    services.after.wait()
    told = client.get(f"/review/redactions/{id}/{sha}/search.json").json
    assert (told["state"], told["boxes"], told["text"]) == ("done", [], "未发现人脸或车牌，请自己看一遍。")
    assert "未发现人脸或车牌" in client.get(f"/review/redactions/{id}/{sha}").text
    for name in (None, "inspector", "leader"):
        stranger = world.app().test_client() if name is None else signed_in(world, name)
        assert stranger.get(f"/review/redactions/{id}/{sha}/search.json").status_code in (302, 403)


def test_without_models_the_page_says_that_nothing_was_searched(world, finding, monkeypatch, tmp_path):
    id, sha = finding
    monkeypatch.setattr(models, "MODELS", tmp_path)
    client = signed_in(world, "supervisor")
    assert "找到 1 张人脸" in client.get(f"/review/redactions/{id}/{sha}").text, "found while they were there"
    other = street_jpeg()
    assert received(world.services, other).is_new
    raw, id = world.submission(photos=[evidence(other, "markings")]), new_id()
    raw["answers"]["markings"] = {"value": "fail"}
    assert submit(world.services, find_user(world.services.store, "inspector"), id, raw, NOW).kept
    world.services.after.wait()
    assert "没有安装查找人脸和车牌的模型" in client.get(f"/review/redactions/{id}/{sha256(other)}").text


def test_damaged_models_are_said_to_be_so(world, finding, monkeypatch, tmp_path):
    id, sha = finding
    copied = shutil.copytree(models.MODELS, tmp_path / "models")
    (copied / "plates.caffemodel").write_bytes(b"cut off")
    monkeypatch.setattr(models, "MODELS", copied)
    SEARCHES.keep(world.services.store, sha, Search(sha, WEEK, SEARCH - 1, ()))
    page = signed_in(world, "supervisor").get(f"/review/redactions/{id}/{sha}").text
    assert "模型文件损坏，没有查找过" in page
    assert "未发现" not in page


def test_a_search_that_fails_is_not_taken_for_one_that_finds_nothing(world, finding, monkeypatch):
    id, sha = finding
    client = signed_in(world, "supervisor")
    services = client.application.extensions["inspect"]
    SEARCHES.keep(world.services.store, sha, Search(sha, WEEK, SEARCH - 1, ()))
    real = searching.search

    def fails(picture):
        raise MemoryError

    monkeypatch.setattr(searching, "search", fails)
    address = f"/review/redactions/{id}/{sha}"
    with unfinished():
        assert "正在查找" in client.get(address).text
    services.after.wait()
    told = client.get(f"{address}/search.json").json
    assert (told["state"], told["boxes"], "没有查找过" in told["text"]) == ("failed", [], True)
    monkeypatch.setattr(searching, "search", real)
    assert client.get(f"{address}/search.json").json["state"] == "failed", "asking does not try it again"
    client.get(address)
    services.after.wait()
    assert client.get(f"{address}/search.json").json["state"] == "done", "opening the page does"


def test_a_search_that_failed_at_one_server_is_told_at_another_and_one_that_waits_is_waited_for_once(
    world, finding, monkeypatch
):
    id, sha = finding
    client, other = signed_in(world, "supervisor"), world.app()
    here, there = client.application.extensions["inspect"], other.extensions["inspect"]
    SEARCHES.keep(world.services.store, sha, Search(sha, WEEK, SEARCH - 1, ()))
    real, searched = searching.search, []

    def fails(picture):
        searched.append(picture.size)
        raise MemoryError

    monkeypatch.setattr(searching, "search", fails)
    with unfinished():
        client.get(f"/review/redactions/{id}/{sha}")
        search_soon(there, sha, WEEK)
        assert stand(there, sha, WEEK) is Stand.WAITING
    here.after.wait()
    there.after.wait()
    assert len(searched) == 1
    assert stand(there, sha, WEEK) is Stand.FAILED
    search_soon(there, sha, WEEK, again=False)
    assert stand(here, sha, WEEK) is Stand.FAILED
    monkeypatch.setattr(searching, "search", real)
    search_soon(there, sha, WEEK)
    there.after.wait()
    assert client.get(f"/review/redactions/{id}/{sha}/search.json").json["state"] == "done"


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_a_photo_that_lay_on_its_side_is_searched_as_it_was_turned(world, quarters):
    """The phone lay: as its file says the portrait is turned back by so many quarters, in which no face is seen."""
    output = io.BytesIO()
    turned(portrait(), QUARTERS - quarters).save(output, "JPEG", quality=90)
    content = output.getvalue()
    assert received(world.services, content).is_new
    raw, id, sha = world.submission(photos=[evidence(content, "markings")]), new_id(), sha256(content)
    raw["answers"]["markings"] = {"value": "fail"}
    assert submit(world.services, find_user(world.services.store, "inspector"), id, raw, NOW).kept
    world.services.after.wait()
    client = signed_in(world, "supervisor")
    services = client.application.extensions["inspect"]
    address = f"/review/redactions/{id}/{sha}"
    assert client.get(f"{address}/search.json").json["state"] == "done"
    assert isinstance(turn_photo(services, "supervisor", id, sha, quarters, 0, NOW), Kept)
    with unfinished():
        assert "正在查找" in client.get(address).text, "another picture than the one that was searched"
    services.after.wait()
    told = client.get(f"{address}/search.json?quarters={quarters}").json
    shown = Image.open(io.BytesIO(client.get(f"{address}/plain.jpg?quarters={quarters}").data))
    assert shown.size == portrait().size
    assert [box["kind"] for box in told["boxes"]] == ["face"]
    assert covers(Box(**told["boxes"][0]), shown, 256, 200)

    token = hidden(client.get("/review/photos").text, "csrf_token")
    body = {"revision": 0, "quarters": quarters, "boxes": told["boxes"]}
    assert client.post(address, json=body, headers={"X-CSRFToken": token}).status_code == 200
    made = finished_redaction(services, id, sha)
    assert made
    public = np.asarray(redacted_picture(services, made)).astype(int)
    differs = np.abs(public - np.asarray(portrait()).astype(int)).mean(axis=2)
    assert differs[150:250, 200:310].mean() > 15
    assert differs[450:].mean() < 8, "the uniform, far below the face"


def test_where_a_photo_is_turned_after_it_was_redacted_the_page_waits_for_no_search(world, finding):
    id, sha = finding
    client = signed_in(world, "supervisor")
    services = client.application.extensions["inspect"]
    address, token = f"/review/redactions/{id}/{sha}", hidden(client.get("/review/photos").text, "csrf_token")
    boxes = [{"x": 0.2, "y": 0.1, "width": 0.6, "height": 0.5, "kind": "face"}]
    assert client.post(address, json={"revision": 0, "boxes": boxes}, headers={"X-CSRFToken": token}).status_code == 200
    assert isinstance(turn_photo(services, "supervisor", id, sha, 1, 0, NOW), Kept)
    page = client.get(address).text
    assert "按现在的样子没有查找过" in page
    assert "正在查找" not in page


def test_networks_are_forgotten_when_nobody_searches_and_two_at_once_find_what_one_finds(monkeypatch):
    face, street = portrait(), street_with_plates()[0]
    alone = [search(face), search(street)]
    with ThreadPoolExecutor(2) as threads:
        assert list(threads.map(search, [face, street] * 3)) == alone * 3
    monkeypatch.setattr(models, "IDLE_S", 0.05)
    assert search(face) == alone[0]
    until = time.monotonic() + 10
    while models.face_network.cache_info().currsize or models.plate_network.cache_info().currsize:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert search(face) == alone[0]


def street_jpeg() -> bytes:
    output = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 120, 125)).save(output, "JPEG")
    return output.getvalue()


def test_only_a_finished_redaction_of_a_published_week_is_public(world, finding):
    id, sha = finding
    client, stranger = signed_in(world, "supervisor"), world.app().test_client()
    page = client.get(f"/review/redactions/{id}/{sha}")
    token = hidden(client.get("/review/photos").text, "csrf_token")
    assert '"finished": false' in page.text
    assert '"kind": "face"' in page.text

    def send(**body):
        return client.post(f"/review/redactions/{id}/{sha}", json=body, headers={"X-CSRFToken": token})

    assert send(revision=0, public=True).status_code == 422, "not finished"
    boxes = [{"x": 0.2, "y": 0.1, "width": 0.6, "height": 0.5, "kind": "face"}]
    finished = send(revision=0, boxes=boxes).json
    assert (finished["finished"], finished["public"], finished["revision"]) == (True, None, 1)
    assert send(revision=0, boxes=[]).status_code == 409, "somebody else was quicker"
    address = send(revision=1, public=True).json["public"]
    assert re.fullmatch(r"/open/photos/[\w-]{22}\.jpg", address)
    assert stranger.get(address).status_code == 404, "the week is not published"

    assert (
        client.post(f"/index/{WEEK}/publish", data={"csrf_token": token, "reason": "", "anyway": "1"}).status_code
        == 303
    )
    answer = stranger.get(address)
    assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
    assert address in stranger.get(f"/index/{WEEK}").text
    assert address in stranger.get(f"/index/{WEEK}/areas/{STREET}").text
    for secret in (id, sha, "SecretPhone", "inspector"):
        assert secret not in stranger.get(f"/index/{WEEK}").text
        assert secret.encode() not in answer.data
    public = Image.open(io.BytesIO(answer.data))
    assert not public.getexif()
    assert set(public.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    shown, original = np.asarray(public).astype(int), np.asarray(uniform(portrait())).astype(int)
    assert shown.shape == original.shape
    w, h = portrait().size
    box = Image.new("RGB", (w, h))
    box.paste((255, 255, 255), (int(0.22 * w), int(0.12 * h), int(0.78 * w), int(0.58 * h)))
    rows, columns = np.nonzero(np.asarray(uniform(box))[..., 0] > 250)
    inside = (slice(rows.min(), rows.max()), slice(columns.min(), columns.max()))
    assert np.abs(np.diff(shown[inside], axis=0)).mean() < np.abs(np.diff(original[inside], axis=0)).mean() / 3
    assert np.abs(shown[-20:] - original[-20:]).mean() < 8, "outside the box it is the photo"

    assert stranger.get(f"/inspections/{id}/photos/{sha}/original").status_code == 302
    assert stranger.get(f"/review/redactions/{id}/{sha}/plain.jpg").status_code == 302
    assert send(revision=2, public=False).json["public"] is None
    assert stranger.get(address).status_code == 404
    assert address not in stranger.get(f"/index/{WEEK}").text
    again = send(revision=3, boxes=[]).json
    assert (again["public"], again["revision"]) == (None, 4)


@pytest.mark.parametrize(
    "boxes",
    [
        "all",
        [7],
        [{"x": 0.1, "y": 0.1, "width": 0.1}],
        [{"x": 0.5, "y": 0.1, "width": 0.6, "height": 0.1, "kind": "face"}],
        [{"x": -0.1, "y": 0.1, "width": 0.6, "height": 0.1, "kind": "face"}],
        [{"x": 0.1, "y": 0.1, "width": 0, "height": 0.1, "kind": "face"}],
        [{"x": 0.1, "y": 0.1, "width": 0.1, "height": 0.1, "kind": "cat"}],
        [{"x": 0.1, "y": 0.1, "width": 0.1, "height": 0.1, "kind": "face"}] * 101,
    ],
)
def test_impossible_boxes_are_refused(world, finding, boxes):
    id, sha = finding
    client = signed_in(world, "supervisor")
    token = hidden(client.get("/review/photos").text, "csrf_token")
    body = {"revision": 0, "boxes": boxes}
    answer = client.post(f"/review/redactions/{id}/{sha}", json=body, headers={"X-CSRFToken": token})
    assert answer.status_code == 422
    assert '"revision": 0' in client.get(f"/review/redactions/{id}/{sha}").text


def test_where_photos_leave_that_are_not_redacted_it_is_said(world, finding):
    """The unit's bundle holds the face of the finding as it was taken: a supervisor is told beside the link."""
    page = signed_in(world, "supervisor").get(f"/inspections/{finding[0]}").text
    assert "下载证据包（交责任单位，照片没有打码）" in page


@pytest.mark.parametrize("name", ["x", "hidden", "../secret", "a" * 22])
def test_strangers_guess_no_photo(world, finding, name):
    assert world.app().test_client().get(f"/open/photos/{name}.jpg").status_code == 404


def test_the_samples_are_there():
    assert Path(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)).is_file()
