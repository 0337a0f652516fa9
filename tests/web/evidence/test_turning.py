"""A photo that lies on its side is turned on the desk: the original stays, all that is shown of it follows."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image, ImageChops, ImageStat

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.evidence.redaction import Box
from inspect_app.photos.orientation import turned
from inspect_app.services.audit import entries_of, verify
from inspect_app.services.evidence.redacting import finish, publish_photo, redacted_copy, redaction_of
from inspect_app.services.evidence.shared_copies import shared_copy
from inspect_app.store.chain import Head
from tests.web.builders import hidden, signed_in
from tests.web.evidence.test_desk import listed, post, visit
from tests.world import NOW, World


@pytest.fixture
def desk(world: World):
    visit(world, 0)
    return signed_in(world, "supervisor")


def shown(client) -> dict:
    return listed(client)["photos"][0]


def turn(client, photo: dict, quarters: object, revision: object = None):
    seen = photo["turn"]["revision"] if revision is None else revision
    asked = {"inspection": photo["inspection"], "sha256": photo["sha256"], "quarters": quarters, "revision": seen}
    return post(client, "turns", **asked)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def alike(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and max(ImageStat.Stat(ImageChops.difference(one, other)).mean) < 6


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_every_copy_follows_and_the_original_stays(world, desk, quarters):
    before = shown(desk)
    sha256, original = before["sha256"], desk.get(before["original"]).data
    plain = f"/review/redactions/{before['inspection']}/{sha256}/plain.jpg"
    was = {name: opened(desk.get(address).data) for name, address in (("small", before["thumbnail"]), ("plain", plain))}
    answer = turn(desk, before, quarters)
    assert answer.status_code == 200
    now = next(one for one in answer.json["photos"] if one["sha256"] == sha256)
    assert now["turn"] == {"quarters": quarters, "revision": 1}
    assert now == shown(desk)
    # Browsers keep pictures for good: a turned one has another address.
    assert now["thumbnail"] != before["thumbnail"]
    assert now["picture"] != before["picture"]
    assert alike(opened(desk.get(now["thumbnail"]).data), turned(was["small"], quarters))
    assert alike(opened(desk.get(plain).data), turned(was["plain"], quarters))
    width, height = turned(was["plain"], quarters).size
    review = opened(desk.get(now["picture"]).data)
    assert review.width == width
    assert alike(review.crop((0, 0, width, height)), turned(was["plain"], quarters))
    leader = signed_in(world, "leader")
    small = shared_copy(world.services, sha256, marks=(), small=True)
    assert leader.get(now["thumbnail"]).data == small
    assert opened(small).getpixel((5, 160)) != opened(small).getpixel((160, 5))
    assert desk.get(now["original"]).data == original


def test_an_address_of_an_earlier_turn_is_not_kept_by_a_browser(world, desk):
    before = shown(desk)
    assert "immutable" in desk.get(before["thumbnail"]).headers["Cache-Control"]
    turn(desk, before, 1)
    answer = desk.get(before["thumbnail"])
    assert answer.headers["Cache-Control"] == "private, no-cache"
    now = shown(desk)
    assert desk.get(now["thumbnail"]).data == answer.data
    assert "immutable" in desk.get(now["thumbnail"]).headers["Cache-Control"]
    assert turn(desk, now, 0).status_code == 200
    assert shown(desk)["thumbnail"] == before["thumbnail"]


def test_it_is_logged_who_turned_it_and_whoever_was_slower_is_told(world, desk):
    photo = shown(desk)
    assert turn(desk, photo, 1).status_code == 200
    answer = turn(desk, photo, 3)
    assert answer.status_code == 409
    assert "刚刚有其他人转过" in answer.json["error"]
    entries = [entry for entry in entries_of(world.services, photo["inspection"]) if entry["act"] == "photo.turned"]
    (entry,) = entries
    assert (entry["who"], entry["before"], entry["after"]) == ("supervisor", {"quarters": 0}, {"quarters": 1})
    assert entry["of"] == f"{photo['inspection']}/{photo['sha256']}"
    assert isinstance(verify(world.services), Head)


@pytest.mark.parametrize(
    ("quarters", "revision"), [(4, 0), (-1, 0), ("1", 0), (True, 0), (1.0, 0), (1, "0"), (1, True)]
)
def test_what_is_no_turn_changes_nothing(world, desk, quarters, revision):
    answer = turn(desk, shown(desk), quarters, revision)
    assert answer.status_code == 422
    assert shown(desk)["turn"] == {"quarters": 0, "revision": 0}


def test_a_photo_of_another_visit_or_of_none_is_not_found(world, desk):
    photo = shown(desk)
    for wrong in ({"sha256": "0" * 64}, {"inspection": "no"}):
        assert turn(desk, {**photo, **wrong}, 1).status_code == 404
    assert turn(signed_in(world, "leader"), photo, 1).status_code == 403


def test_boxes_that_were_drawn_before_go_with_the_picture_and_what_is_drawn_after_lies_where_it_is_seen(world, desk):
    photo, services = shown(desk), world.services
    owner, sha256 = photo["inspection"], photo["sha256"]
    redaction = redaction_of(services, owner, sha256, scope=EVERYTHING)
    drawn = finish(services, "supervisor", redaction, [Box(0, 0, 0.25, 0.5, "face")], NOW)
    upright = opened(redacted_copy(services, drawn.value))
    turn(desk, photo, 1)
    assert alike(opened(redacted_copy(services, drawn.value)), turned(upright, 1))
    # A quarter on, the first corner is the upper right one.
    page = f"/review/redactions/{owner}/{sha256}"
    sent = {"revision": 1, "quarters": 1, "boxes": [{"x": 0.5, "y": 0, "width": 0.5, "height": 0.25, "kind": "face"}]}
    token = {"X-CSRFToken": hidden(desk.get("/review/photos").text, "csrf_token")}
    answer = desk.post(page, json=sent, headers=token)
    assert answer.status_code == 200, answer.text
    assert answer.json["boxes"] == sent["boxes"]
    kept = redaction_of(services, owner, sha256, scope=EVERYTHING)
    assert kept.value.boxes == (Box(0, 0, 0.25, 0.5, "face"),)
    # Who drew before somebody turned it says so, and nothing is hidden in the wrong place.
    late = {"revision": 2, "quarters": 0, "boxes": [{"x": 0, "y": 0, "width": 0.25, "height": 0.5, "kind": "face"}]}
    assert desk.post(page, json=late, headers=token).json["boxes"] == late["boxes"]
    assert redaction_of(services, owner, sha256, scope=EVERYTHING).value.boxes == kept.value.boxes
    # The picture below the boxes is turned as they are told, whatever happened since the page was drawn up.
    assert opened(desk.get(f"{page}/plain.jpg?quarters=0").data).size == (400, 300)
    assert opened(desk.get(f"{page}/plain.jpg?quarters=1").data).size == (300, 400)


def test_the_public_copy_of_a_published_photo_follows(world, desk):
    photo, services = shown(desk), world.services
    redaction = redaction_of(services, photo["inspection"], photo["sha256"], scope=EVERYTHING)
    public = publish_photo(services, "supervisor", finish(services, "supervisor", redaction, [], NOW), True, NOW)
    before = opened(redacted_copy(services, public.value))
    turn(desk, photo, 3)
    assert alike(opened(redacted_copy(services, public.value)), turned(before, 3))


def test_a_sealed_bundle_has_turned_copies_of_an_untouched_original(world, desk):
    photo = shown(desk)
    original = desk.get(photo["original"]).data
    turn(desk, photo, 1)
    answer = (
        world.app()
        .test_client()
        .post(
            f"/inspections/{photo['inspection']}/findings/{photo['item']}/sealed.zip",
            data={"reason": "法院调取"},
            headers={"Authorization": f"Bearer {world.tokens['administrator']}"},
        )
    )
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        held = {name.partition("/")[0]: archive.read(name) for name in archive.namelist() if ".jpg" in name}
    assert held["originals"] == original
    tagged = Image.open(io.BytesIO(held["geotagged"])).getexif()
    assert tagged[0x0112] == 6
    assert tagged.get_ifd(0x8769)[0x9011] == "+08:00"
    assert opened(held["captioned"]).width == 300
