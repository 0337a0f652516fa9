"""Marks on a photo: the original never changes, every copy that goes out has them, what they hide is gone from it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image

from inspect_app.collections import Kept
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.cases.case import Case
from inspect_app.domain.evidence.marks import blurred, mark_from_json
from inspect_app.photos.copies import copies_of
from inspect_app.photos.marks import drawn
from inspect_app.photos.uniform import SIDE_PX, SMALL_PX, uniform
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.cases.acts import open_case
from inspect_app.services.evidence.redacting import (
    MAX_BOXES,
    finish,
    finished_redaction,
    hidden_boxes,
    redacted_copy,
    redaction_of,
)
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.inspecting.holding import accept
from inspect_app.services.inspecting.importing import FORMAT, import_archive
from inspect_app.services.inspecting.submitting import submit
from tests.cases import DEADLINE, FILED_AT, acted_on, after_photo
from tests.web.builders import hidden, signed_in
from tests.world import BUREAU, NOW, World, evidence, new_id, photo, received, sha256

CONTENT = photo(5, (1200, 900), quality=92)
BLUR = {"kind": "blur", "points": [[700, 200], [300, 600]]}
ARROW = {"kind": "arrow", "points": [[100, 900], [400, 700]]}


def marked_visit(world: World, *marks: dict) -> str:
    """A visit with one failed item, whose photo carries these marks."""
    received(world.services, CONTENT)
    submission = world.submission(photos=[{**evidence(CONTENT, "markings"), "marks": list(marks)}])
    submission["answers"]["markings"] = {"value": "fail"}
    id = new_id()
    submit(world.services, find_user(world.services.store, "inspector"), id, submission, NOW)
    assert INSPECTIONS.get(world.services.store, id)
    return id


def marked_case(world: World, *marks: dict) -> Kept[Case]:
    """A case that is with a unit, of that visit's finding."""
    id = marked_visit(world, *marks)
    revision = INSPECTIONS.get(world.services.store, id).revision
    decide(world.services, "supervisor", id, "markings", "confirmed", "", revision, FILED_AT, scope=EVERYTHING)
    case = open_case(world.services, "supervisor", id, "markings", "标线磨损", FILED_AT, scope=EVERYTHING)
    return acted_on(world, case, "supervisor", "dispatch", unit=world.unit(BUREAU), deadline=DEADLINE)


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), int)


def expected(*marks: dict, side_px: int = SIDE_PX) -> np.ndarray:
    review = copies_of(CONTENT).review
    return np.asarray(uniform(drawn(review, map(mark_from_json, marks)), side_px), int)


def far(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.abs(one - other).mean())


def test_the_units_picture_lacks_what_was_hidden_and_the_original_has_every_byte(world):
    id = marked_visit(world, BLUR, ARROW)
    client = signed_in(world, "supervisor")
    bundle = zipfile.ZipFile(io.BytesIO(client.get(f"/inspections/{id}/findings/markings/evidence.zip").data))
    picture = pixels(bundle.read("pictures/01.jpg"))[200:1150]  # above the caption
    assert far(picture, expected(BLUR, ARROW)[200:1150]) < 3
    inside = (slice(500, 800), slice(600, 1000))
    assert far(pixels(bundle.read("pictures/01.jpg"))[inside], expected()[inside]) > 8
    assert world.services.photos.whole(sha256(CONTENT)) == CONTENT
    original = client.get(f"/inspections/{id}/photos/{sha256(CONTENT)}/original")
    assert original.data == CONTENT


def test_whoever_is_not_told_who_inspected_gets_the_marks_drawn_and_the_office_gets_them_as_data(world):
    id = marked_visit(world, BLUR)
    page = signed_in(world, "supervisor").get(f"/inspections/{id}").text
    assert "data-marks=" in page
    assert "js/evidence/marks/page.js" in page
    desk = signed_in(world, "supervisor").get("/review/desk/photos.json").json
    assert [one["marks"] for one in desk["photos"]] == [[BLUR]]
    log = signed_in(world, "supervisor").get("/review/photos").text
    assert "data-marks=" in log


def test_the_unit_and_its_letter_get_pictures_that_lack_what_was_hidden(world):
    case = marked_case(world, BLUR)
    unit, office = signed_in(world, "unit"), signed_in(world, "supervisor")
    page = unit.get(f"/unit/cases/{case.id}").text
    letter = zipfile.ZipFile(io.BytesIO(office.get(f"/cases/{case.id}/letter.docx").data))
    sent = {
        "the unit's picture": (unit.get(f"/unit/cases/{case.id}/photos/1").data, SIDE_PX),
        "its thumbnail": (unit.get(f"/unit/cases/{case.id}/photos/1?small").data, SMALL_PX),
        "the letter's": (next(letter.read(name) for name in letter.namelist() if "media/" in name), SIDE_PX),
    }
    for what, (content, side_px) in sent.items():
        found = pixels(content)
        # Of the square, the middle of what the mark covers.
        inside = tuple(
            slice(round(part[0] * side_px), round(part[1] * side_px)) for part in ((0.32, 0.5), (0.38, 0.62))
        )
        assert far(found, expected(BLUR, side_px=side_px)) < 3, what
        assert far(found[inside], expected(side_px=side_px)[inside]) > 8, what
    assert f"/unit/cases/{case.id}/photos/1" in page
    assert "data-marks" not in page, "what was hidden is not told of beside the picture either"


@pytest.mark.parametrize("after", [False, True])
def test_a_case_shows_the_office_its_marks_and_others_the_picture_with_them(world, after):
    case = marked_case(world, BLUR, ARROW)
    if after:
        case = acted_on(world, case, "unit", "accept")
        acted_on(world, case, "unit", "handle", after=(after_photo(unit=world.unit(BUREAU)),))
    page = signed_in(world, "supervisor").get(f"/cases/{case.id}").text
    assert [json.loads(marks) for marks in re.findall(r"data-marks='([^']+)'", page)] == [[BLUR, ARROW]]
    assert ("整改后第1张" in page) == after
    assert "js/evidence/marks/page.js" in page
    assert 'id="marks-switch"' in page
    leader = signed_in(world, "leader")
    assert "data-marks" not in leader.get(f"/cases/{case.id}").text
    assert far(pixels(leader.get(f"/cases/{case.id}/before/{sha256(CONTENT)}").data), expected(BLUR, ARROW)) < 3


def test_a_case_without_marks_says_nothing_of_them(world):
    page = signed_in(world, "supervisor").get(f"/cases/{marked_case(world).id}").text
    assert "marks" not in page


def test_marks_of_an_export_are_taken_in_with_its_visit(world):
    received(world.services, CONTENT)
    record = world.submission(photos=[{**evidence(CONTENT, "markings"), "marks": [BLUR]}])
    id, output = new_id(), io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        archive.writestr("manifest.json", json.dumps({"format": FORMAT, "version": 1, "inspector": "inspector"}))
        archive.writestr(f"inspections/{id}/record.json", json.dumps(record))
        archive.writestr(f"photos/{sha256(CONTENT)}.jpg", CONTENT)
    import_archive(world.services, output, "supervisor", NOW)
    assert accept(world.services, "supervisor", id, "手机没有网络", NOW).kept
    assert INSPECTIONS.get(world.services.store, id).value.photos[0].marks == (mark_from_json(BLUR),)


def test_what_is_published_hides_it_whatever_boxes_the_desk_has(world):
    id = marked_visit(world, BLUR)
    services = world.services
    found = redaction_of(services, id, sha256(CONTENT), scope=EVERYTHING)
    box = blurred([mark_from_json(BLUR)])[0]
    assert hidden_boxes(services, found.value) == (box,)
    for boxes in ([], [box]):
        done = finish(services, "supervisor", found, boxes, NOW)
        assert done.value.boxes == (), "it is kept once, as the mark"
        assert hidden_boxes(services, done.value) == (box,)
        found = done
    assert far(pixels(redacted_copy(services, finished_redaction(services, id, sha256(CONTENT)))), expected(BLUR)) < 3


def test_however_much_is_blurred_the_desk_can_finish_its_own_boxes(world):
    """A file that shows several items has the marks of all of them: more of them than the desk may add."""
    received(world.services, CONTENT)
    items = [item.id for item in world.checklist("zebra-crossing").items][:6]
    blurs = [{"kind": "blur", "points": [[at, 0], [at + 1, 10]]} for at in range(20 * len(items))]
    photos = [
        {**evidence(CONTENT, item), "marks": blurs[number * 20 : number * 20 + 20]} for number, item in enumerate(items)
    ]
    id = new_id()
    submission = world.submission(photos=photos)
    assert submit(world.services, find_user(world.services.store, "inspector"), id, submission, NOW).kept
    client = signed_in(world, "supervisor")
    address = f"/review/redactions/{id}/{sha256(CONTENT)}"
    assert client.get(address).text.count('"kind"') >= len(blurs) > MAX_BOXES
    token = {"X-CSRFToken": hidden(client.get("/review/photos").text, "csrf_token")}
    boxes = [{"x": 0.2, "y": at / 1000, "width": 0.1, "height": 0.1, "kind": "face"} for at in range(MAX_BOXES + 1)]
    shown = [asdict(box) for box in blurred(map(mark_from_json, blurs))]
    refused = client.post(address, json={"revision": 0, "boxes": boxes}, headers=token)
    assert refused.status_code == 422
    done = client.post(address, json={"revision": 0, "boxes": [*shown, *boxes[1:]]}, headers=token)
    assert done.status_code == 200
    assert len(done.json["boxes"]) == MAX_BOXES + len(blurs)


@pytest.mark.parametrize("marks", [[{**BLUR, "points": [[0, 0], [1001, 5]]}], [BLUR] * 21, "blur"])
def test_the_interface_refuses_what_is_no_mark_in_a_sentence(world, marks):
    client = world.app().test_client()
    auth = {"Authorization": f"Bearer {world.tokens['inspector']}"}
    client.put(f"/api/v1/photos/{sha256(CONTENT)}", data=CONTENT, headers=auth)
    submission = world.submission(photos=[{**evidence(CONTENT, "markings"), "marks": marks}])
    answer = client.put(f"/api/v1/inspections/{new_id()}", json=submission, headers=auth)
    assert answer.status_code == 422
    assert "标记" in answer.text or "\\u6807\\u8bb0" in answer.text


def test_an_inspection_of_before_opens_and_an_older_program_does_not_read_a_marked_one(world):
    id = marked_visit(world, BLUR)
    stored = world.services.store.get("inspections", id)
    assert stored.document["v"] >= 6
    before = {**stored.document, "v": 5, "photos": [{**stored.document["photos"][0]}]}
    del before["photos"][0]["marks"]
    assert INSPECTIONS.read(id, INSPECTIONS.upgraded(before)).photos[0].marks == ()
