"""A photo that was changed and sent again: found behind the receipt, told on desk and page, and laid over."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import timedelta

import matplotlib.cbook
import pytest
from PIL import Image, ImageChops, ImageOps, ImageStat

from benchmarks.changes import cut
from inspect_app.collections.evidence.comparison import PHOTO_COMPARISONS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING, Scope
from inspect_app.photos.orientation import turned
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.evidence.comparing import compare_photos, reuse_signals, shown_reuses
from inspect_app.services.evidence.turning import turn_photo
from inspect_app.services.evidence.unit_bundle import unit_bundle
from inspect_app.services.inspecting.moving import move
from inspect_app.services.inspecting.submitting import submit
from tests.web.builders import signed_in
from tests.web.evidence.test_desk import listed
from tests.world import NOW, World, evidence, failing, first_item, new_id, photo, received, sha256

CROSSING, TOILET = "zebra-crossing-1", "public-toilet-1"


def jpeg(picture: Image.Image, quality: int) -> bytes:
    output = io.BytesIO()
    picture.save(output, "JPEG", quality=quality)
    return output.getvalue()


def original() -> Image.Image:
    """A real photo: the portrait that comes with matplotlib."""
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        return Image.open(file).convert("RGB")


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content)).convert("RGB")


def sent(world: World, content: bytes, after: timedelta) -> str:
    """An inspection with this photo, through the service that the interface asks, and all work behind it done."""
    assert received(world.services, content).is_new
    submission, id = world.submission(photos=[evidence(content, "markings")]), new_id()
    submission["answers"]["markings"] = {"value": "fail"}
    inspector = find_user(world.services.store, "inspector")
    assert submit(world.services, inspector, id, submission, NOW + after).kept
    world.services.after.wait()
    return id


@pytest.fixture(scope="module")
def reused(photo_work: None, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str, str, str, str]:
    """World, the earlier inspection, the later one with the photo mirrored and cut, and the later photo's hash; last an
    honest inspection.
    """
    world = World.made_in(tmp_path_factory.mktemp("reuse") / "data")
    first = sent(world, jpeg(original(), 90), timedelta())
    changed = jpeg(cut(ImageOps.mirror(original()), 0.08, 0.08, 0.08, 0.08), 70)
    second = sent(world, changed, timedelta(minutes=1))
    honest = sent(world, photo(77, (640, 480)), timedelta(minutes=2))
    return world, first, second, sha256(changed), honest


def test_what_was_done_to_it_is_kept_with_the_later_one(reused):
    world, first, second, sha, honest = reused
    (found,) = PHOTO_COMPARISONS.get(world.services.store, second).value.found
    assert (found.sha256, found.of) == (sha, first)
    assert found.changes == ("mirrored", "cut")
    assert found.agreement >= 0.9
    for other in (first, honest):
        assert PHOTO_COMPARISONS.get(world.services.store, other).value.found == ()


def test_it_is_compared_once(reused):
    world, _, second, _, _ = reused
    before = PHOTO_COMPARISONS.get(world.services.store, second)
    compare_photos(world.services, second)
    assert PHOTO_COMPARISONS.get(world.services.store, second) == before
    assert compare_photos(world.services, new_id()) is None


def test_the_desk_the_page_and_the_overlay_show_it(reused):
    world, first, second, sha, honest = reused
    client = signed_in(world, "supervisor")
    assert f"/inspections/{second}/photos/{sha}/reuse" in client.get(f"/inspections/{second}").text
    assert "镜像、裁剪" in reuse_signals(world.services, second, EVERYTHING)[sha].text
    page = client.get(f"/inspections/{second}/photos/{sha}/reuse")
    assert page.status_code == 200
    assert "改动：镜像、裁剪" in page.text
    assert f"/inspections/{first}" in page.text
    of = shown_reuses(world.services, second, find_user(world.services.store, "supervisor"), sha)[0].reuse.earlier
    pictures = {}
    for which in ("new", "marked", "earlier"):
        answer = client.get(f"/inspections/{second}/photos/{sha}/reuse?picture={which}&of={of}")
        assert (answer.status_code, answer.content_type) == (200, "image/jpeg")
        pictures[which] = Image.open(io.BytesIO(answer.data)).convert("L").resize((32, 32))
    apart = [abs(a - b) for a, b in zip(*(pictures[one].tobytes() for one in ("new", "earlier")), strict=True)]
    assert sum(apart) / len(apart) < 12, "the earlier one lies where the new one is the same"
    assert client.get(f"/inspections/{second}/photos/{sha}/reuse?picture=new&of={'0' * 64}").status_code == 404
    assert client.get(f"/inspections/{honest}/photos/{sha}/reuse").status_code == 404


def test_the_desk_leads_to_the_overlay_whoever_decides_and_nobody_else(reused):
    world, _, second, sha, honest = reused
    shown = {one["inspection"]: one for one in listed(signed_in(world, "supervisor"))["photos"]}
    assert shown[second]["reuse"] == f"/inspections/{second}/photos/{sha}/reuse"
    assert shown[honest]["reuse"] is None
    for_leader = {one["inspection"]: one for one in listed(signed_in(world, "leader"))["photos"]}
    assert for_leader[second]["reuse"] is None
    assert "near_duplicate" not in {one["name"] for one in for_leader[second]["signals"]}, "it compares visits"


def test_the_overlay_is_turned_as_the_photo_was_on_the_desk(reused):
    world, _, second, sha, _ = reused
    client = signed_in(world, "supervisor")
    of = shown_reuses(world.services, second, find_user(world.services.store, "supervisor"), sha)[0].reuse.earlier
    address = f"/inspections/{second}/photos/{sha}/reuse?picture="
    upright = {which: client.get(f"{address}{which}&of={of}") for which in ("new", "marked", "earlier")}
    assert not isinstance(turn_photo(world.services, "supervisor", second, sha, 1, 0, NOW), list)
    for which, before in upright.items():
        answer = client.get(f"{address}{which}&of={of}", headers={"If-None-Match": before.headers["ETag"]})
        assert answer.status_code == 200, "a browser shows none that it kept before the turn"
        apart = ImageChops.difference(opened(answer.data), turned(opened(before.data), 1))
        assert max(ImageStat.Stat(apart).mean) < 6, which
    again = client.get(f"{address}new&of={of}", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 200, "another picture has another tag"
    assert client.get(f"{address}earlier&of={of}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert not isinstance(turn_photo(world.services, "supervisor", second, sha, 0, 1, NOW), list)


def test_who_sent_it_and_who_is_to_put_it_right_learn_nothing_of_the_comparison(reused):
    world, first, second, sha, _ = reused
    inspector, unit = signed_in(world), signed_in(world, "unit")
    own = inspector.get(f"/inspections/{second}")
    assert own.status_code == 200
    assert not any(word in own.text for word in ("相似照片", "叠放", "/reuse", first))
    for address in (f"/inspections/{second}/photos/{sha}/reuse", "/review/desk/photos.json"):
        assert {inspector.get(address).status_code, unit.get(address).status_code} == {403}
    supervisor = find_user(world.services.store, "supervisor")
    item = "markings"
    done = unit_bundle(world.services, supervisor.name, second, item, NOW, scope=EVERYTHING)
    assert not isinstance(done, list), done
    with done, zipfile.ZipFile(done) as bundle:
        for name in bundle.namelist():
            held = bundle.read(name)
            for hint in ("near_duplicate", "相似", sha, sha[:8], first, second):
                assert hint.encode() not in held, f"{hint} in {name}"


def test_who_may_not_see_the_earlier_one_is_told_nothing_of_it(reused):
    world, _, second, sha, _ = reused
    assert sha in reuse_signals(world.services, second, Scope(("999999",))), "both lie in one area"
    found = PHOTO_COMPARISONS.get(world.services.store, second).value
    elsewhere = replace(found, found=(replace(found.found[0], of=new_id()),))
    PHOTO_COMPARISONS.keep(world.services.store, new := new_id(), elsewhere)
    assert reuse_signals(world.services, new, Scope(("999999",))) == {}
    supervisor = find_user(world.services.store, "supervisor")
    assert shown_reuses(world.services, second, replace(supervisor, scope=("999999",)), sha) == []
    assert signed_in(world).get(f"/inspections/{second}/photos/{sha}/reuse").status_code == 403


def test_after_a_move_it_is_compared_once_more(photo_work: None, world: World):
    """At the other site there are other photos around it."""
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance").id
    raw = world.submission("public-toilet")
    content = jpeg(original(), 90)
    assert received(world.services, content).is_new
    answers = failing(raw["answers"], checklist, item)
    raw = {**raw, "site": CROSSING, "answers": answers, "photos": [evidence(content, item)]}
    inspector, id = find_user(world.services.store, "inspector"), new_id()
    assert submit(world.services, inspector, id, raw, NOW).kept
    world.services.after.wait()
    before = PHOTO_COMPARISONS.get(world.services.store, id)
    kept = INSPECTIONS.get(world.services.store, id)
    done = move(world.services, "supervisor", id, TOILET, "编码抄错了", kept.revision, NOW, scope=EVERYTHING)
    assert not isinstance(done, list), done
    world.services.after.wait()
    after = PHOTO_COMPARISONS.get(world.services.store, id)
    assert after.revision >= before.revision + 2, "once struck out, once kept anew"
    assert after.value == before.value
