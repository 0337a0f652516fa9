"""Redaction: found, corrected, irreversible, and nothing else ever public."""

from __future__ import annotations

import io
import re
from pathlib import Path

import matplotlib.cbook
import numpy as np
import pytest
from PIL import Image, ImageDraw

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.evidence.redaction import Box
from inspect_app.photos import redaction
from inspect_app.photos.caption import _font
from inspect_app.photos.redaction import redacted, suggested
from inspect_app.photos.uniform import uniform
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.inspecting.submitting import submit
from tests.web.builders import hidden, signed_in
from tests.world import NOW, STREET, WEEK, evidence, new_id, received, sha256


def portrait() -> Image.Image:
    """A real face: the portrait of Grace Hopper that comes with matplotlib."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        return Image.open(file).convert("RGB")


def street_with_plates() -> tuple[Image.Image, list[tuple[int, int, int, int]]]:
    picture = Image.new("RGB", (1600, 1200), (120, 120, 125))
    draw = ImageDraw.Draw(picture)
    places = []
    for x, y, ground, ink in ((600, 700, (20, 60, 170), "white"), (200, 300, (235, 180, 30), "black")):
        places.append((x, y, 220, 70))
        draw.rectangle((x, y, x + 220, y + 70), fill=ground)
        draw.text((x + 15, y + 12), "鄂D·12345", font=_font(42), fill=ink)
    return picture, places


def covers(box: Box, picture: Image.Image, x: float, y: float) -> bool:
    w, h = picture.size
    return box.x * w <= x <= (box.x + box.width) * w and box.y * h <= y <= (box.y + box.height) * h


def test_a_face_and_chinese_plates_are_suggested():
    face = portrait()
    assert any(box.kind == "face" and covers(box, face, 256, 200) for box in suggested(face))
    street, places = street_with_plates()
    found = [box for box in suggested(street) if box.kind == "plate"]
    for x, y, w, h in places:
        assert any(covers(box, street, x + w / 2, y + h / 2) and covers(box, street, x + 3, y + 3) for box in found)


def test_a_picture_is_searched_once_and_another_by_itself(monkeypatch):
    searched, box = [], Box(0.1, 0.1, 0.2, 0.1, "plate")
    monkeypatch.setattr(redaction, "_remembered", redaction._Remembered())
    monkeypatch.setattr(redaction, "_searched", lambda picture: searched.append(picture.size) or [box])
    tall, wide = Image.new("RGB", (20, 30)), Image.new("RGB", (30, 20))
    suggested(tall).clear()
    assert [suggested(one) for one in (tall, tall.copy(), wide)] == [[box]] * 3
    assert searched == [(20, 30), (30, 20)]


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


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010F] = "SecretPhone"
    return exif


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


@pytest.mark.parametrize("name", ["x", "hidden", "../secret", "a" * 22])
def test_strangers_guess_no_photo(world, finding, name):
    assert world.app().test_client().get(f"/open/photos/{name}.jpg").status_code == 404


def test_the_samples_are_there():
    assert Path(matplotlib.cbook.get_sample_data("grace_hopper.jpg", asfileobj=False)).is_file()
