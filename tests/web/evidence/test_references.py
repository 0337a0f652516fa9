"""The pages of reference photos: the office chooses, inspectors look, with and without script, units never."""

from __future__ import annotations

import io
import json
import re

from flask.testing import FlaskClient

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.services.evidence.redacting import finish, redaction_of
from tests.web.builders import hidden, signed_in
from tests.world import NOW, World, photo

PAGE = "/checklists/zebra-crossing/references"


def uploaded(world: World, client: FlaskClient, item: str) -> tuple[str, str]:
    """A photo that was uploaded and redacted: its owner and hash."""
    page = client.get(PAGE).text
    form = {"csrf_token": hidden(page, "csrf_token"), "item": item, "file": (io.BytesIO(photo(5)), "a.jpg")}
    answer = client.post(f"{PAGE}/uploads", data=form)
    assert answer.status_code == 303, answer.text
    owner, sha = answer.location.rsplit("/", 2)[-2:]
    assert client.get(answer.location).status_code == 200
    redaction = redaction_of(world.services, owner, sha, scope=EVERYTHING)
    assert redaction
    finish(world.services, "supervisor", redaction, [], NOW)
    return owner, sha


def test_a_photo_that_was_uploaded_is_shown_to_inspectors_and_to_nobody_else(world):
    office, item = signed_in(world, "supervisor"), world.checklist("zebra-crossing").items[0]
    owner, sha = uploaded(world, office, item.id)
    page = office.get(PAGE).text
    assert "作为参照" in page
    form = {
        "csrf_token": hidden(page, "csrf_token"),
        "act": "adopt",
        "number": "0",
        "item": item.id,
        "owner": owner,
        "sha256": sha,
        "grade": "slight",
        "caption": "<b>礼让</b>",
    }
    assert office.post(PAGE, data={**form, "caption": ""}).status_code == 422
    assert office.post(PAGE, data=form).status_code == 303
    assert office.post(PAGE, data=form).status_code == 409, "by a page that has not seen the first"
    assert office.post(PAGE, data={**form, "act": "explode"}).status_code == 400

    phone = signed_in(world)
    shown = phone.get("/field/sites/zebra-crossing-1").text
    assert "data-references" in shown
    assert "/field/references/zebra-crossing?version=" in shown
    (told,) = json.loads(re.search(r'id="page-data">(.*?)</script>', shown, re.DOTALL)[1])["references"][item.id]
    assert told["grade"] == "轻微"
    assert set(told) == {"grade", "caption", "picture"}
    assert "&lt;b&gt;礼让" in phone.get("/field/references/zebra-crossing").text
    paper = phone.get("/checklists/zebra-crossing/paper").text
    assert paper.count("<figure>") == 1
    assert f'src="{told["picture"]}"' in paper
    assert "<strong>轻微</strong> &lt;b&gt;礼让" in paper
    assert "参照照片" not in phone.get("/checklists/market/paper").text
    picture = phone.get(told["picture"])
    assert picture.mimetype == "image/jpeg"
    assert told["picture"] in phone.get("/field/today.json").json["references"]
    assert phone.get(PAGE).status_code == 403
    assert signed_in(world, "unit").get(told["picture"]).status_code == 403


def test_a_file_that_is_no_photo_is_refused_and_nothing_is_kept(world):
    office = signed_in(world, "supervisor")
    form = {"csrf_token": hidden(office.get(PAGE).text, "csrf_token"), "item": "x"}
    for content in (b"", b"%PDF-1.7"):
        answer = office.post(f"{PAGE}/uploads", data={**form, "file": (io.BytesIO(content), "a.jpg")})
        assert answer.status_code == 422
    good = office.post(f"{PAGE}/uploads", data={**form, "file": (io.BytesIO(photo(6)), "a.jpg")})
    assert good.status_code == 422
    assert "没有测评项" in good.text
