"""What stands below photos is the office's choice: logged, for the whole city, and in every copy from then on."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from inspect_app.domain.evidence.captions import FIELDS
from inspect_app.services.audit import entries_of, verify
from inspect_app.store.chain import Head
from tests.web.builders import hidden, signed_in
from tests.web.evidence.test_desk import listed, visit
from tests.world import World

PAGE = "/review/captions"


def choose(client, fields, revision: int | str = 0):
    token = hidden(client.get(PAGE).text, "csrf_token")
    return client.post(PAGE, data={"field": fields, "revision": revision, "csrf_token": token})


def heights(client, address: str) -> tuple[int, int]:
    """Of what was photographed, and of its copy with the caption."""
    copy = Image.open(io.BytesIO(client.get(address).data))
    return copy.width * 3 // 4, copy.height


def test_the_office_chooses_what_stands_below_photos_and_the_log_says_who(world: World):
    visit(world, 0)
    client, desk = signed_in(world, "administrator"), signed_in(world, "supervisor")
    before = listed(desk)["photos"][0]["picture"]
    answer = choose(client, ["time"])
    assert answer.status_code == 303
    assert "已保存" in client.get(answer.location).text
    assert "已保存" not in client.get(PAGE).text
    after = listed(desk)["photos"][0]["picture"]
    # Browsers keep pictures for good: another caption has another address.
    assert after != before
    picture, whole = heights(desk, after)
    assert 0 < whole - picture < 40
    assert choose(client, [], 1).status_code == 303
    picture, whole = heights(desk, listed(desk)["photos"][0]["picture"])
    assert whole == picture
    entries = [entry for entry in entries_of(world.services, "caption") if entry["act"] == "caption.chosen"]
    assert [(entry["who"], entry["after"]["fields"]) for entry in entries] == [
        ("administrator", ["time"]),
        ("administrator", []),
    ]
    assert isinstance(verify(world.services), Head)


def test_who_was_slower_is_told_so_and_changes_nothing(world: World):
    client = signed_in(world, "administrator")
    assert choose(client, ["time"]).status_code == 303
    answer = choose(client, ["hash"], 0)
    assert answer.status_code == 409
    assert "刚刚有其他人改过" in answer.text
    assert choose(client, ["hash"], "x").status_code == 409
    assert len(entries_of(world.services, "caption")) == 1


def test_what_is_sent_twice_is_no_conflict_with_oneself(world: World):
    client = signed_in(world, "administrator")
    assert choose(client, ["time"]).status_code == choose(client, ["time"]).status_code == 303
    assert len(entries_of(world.services, "caption")) == 1


@pytest.mark.parametrize("fields", [["inspector"], ["time", "<b>"]])
def test_nothing_stands_in_a_caption_but_what_is_listed(world: World, fields):
    client = signed_in(world, "administrator")
    answer = choose(client, fields)
    assert answer.status_code == 422
    assert "没有这些内容" in answer.text
    assert entries_of(world.services, "caption") == []


def test_the_page_shows_what_it_looks_like(world: World):
    client = signed_in(world, "administrator")
    page = client.get(PAGE).text
    assert all(title in page for title in FIELDS.values())
    for width in (320, 640):
        assert Image.open(io.BytesIO(client.get(f"{PAGE}/sample.jpg?width={width}").data)).width == width
    assert client.get(f"{PAGE}/sample.jpg?width=100000").status_code == 404


def test_a_copy_of_the_old_look_is_made_anew(world: World):
    visit(world, 0)
    reviews, desk = world.data / "photos" / "reviews", signed_in(world, "supervisor")
    assert not list(reviews.rglob("*.jpg")), "made when it is first looked at"
    assert all(desk.get(photo["picture"]).status_code == 200 for photo in listed(desk)["photos"])
    (path, *_) = sorted(reviews.rglob("*.jpg"))
    old = path.with_name(path.name.partition("-look")[0] + ".jpg")
    old.write_bytes(path.read_bytes())
    path.unlink()
    assert all(desk.get(photo["picture"]).status_code == 200 for photo in listed(desk)["photos"])
    assert path.exists()
