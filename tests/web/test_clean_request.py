"""What browsers send is clean before a view sees it, however it was sent; passwords are as they were typed."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, request
from wtforms import Form, PasswordField

from inspect_app.domain.nesting import MOST_LAYERS
from inspect_app.domain.text import cleaned_tree
from inspect_app.services.place.register import find_site
from inspect_app.services.place.sites_changing import change_site
from inspect_app.web.clean_request import PASSWORDS, clean_requests
from inspect_app.web.strict_json import Unfit, read_strictly
from tests.web.builders import hidden, signed_in
from tests.world import NOW

PASTED, KEPT = "\u3000一\v二\r\n三\x00\u202e\ud83d\ude00e\u0301\xa0", "一\n二\n三😀é"
SENT = PASTED.replace("\ud83d\ude00", "😀")


def clean_app() -> Flask:
    app = Flask(__name__)
    clean_requests(app)
    return app


def test_fields_addresses_names_of_files_and_json_are_clean():
    app, line = clean_app(), KEPT.replace("\n", " ")
    file = (io.BytesIO(b"\x00\x0b"), "\u3000点\u202e位.csv")
    with app.test_request_context(
        "/", method="POST", query_string={"q": SENT}, data={"note": [SENT, "b"], "file": file}
    ):
        assert (request.form.getlist("note"), request.args["q"]) == ([KEPT, "b"], line)
        assert (request.files["file"].filename, request.files["file"].read()) == ("点位.csv", b"\x00\x0b")
    with app.test_request_context("/", method="POST", json={"a": [PASTED, {"b": 1}]}):
        assert request.get_json() == {"a": [KEPT, {"b": 1}]}


def test_each_of_several_files_of_one_field_has_a_clean_name():
    files = [(io.BytesIO(b"1"), "一\u202e.jpg"), (io.BytesIO(b"2"), "\u3000二\u202e.jpg")]
    with clean_app().test_request_context("/", method="POST", data={"photos": files}):
        assert [one.filename for one in request.files.getlist("photos")] == ["一.jpg", "二.jpg"]


def test_a_password_is_as_it_was_typed():
    with clean_app().test_request_context("/", method="POST", data={"password": " p\u200b ", "note": " p\u200b "}):
        assert (request.form["password"], request.form["note"]) == (" p\u200b ", "p")


def test_every_field_for_a_password_is_left(world):
    world.app()
    fields = {name for form in subclasses(Form) for name, one in vars(form).items() if is_password(one)}
    assert fields <= PASSWORDS
    assert {"password", "current"} <= fields


def subclasses(of: type) -> set[type]:
    return {of} | {deeper for one in of.__subclasses__() for deeper in subclasses(one)}


def is_password(field: Any) -> bool:
    return getattr(field, "field_class", None) is PasswordField


@pytest.mark.parametrize("words", ["(a区)", "（Ａ区）", "\u3000东门\xa0（a", "东\u200b门"])
def test_sites_are_found_however_words_are_written(world, words):
    site = replace(find_site(world.services.store, "zebra-crossing-1"), name="东门（Ａ区）")
    change_site(world.services, "administrator", site, 1, NOW)
    found = signed_in(world, "inspector").get("/field/", query_string={"q": words}).text
    row = next(line for line in found.splitlines() if 'data-code="zebra-crossing-1"' in line)
    assert " hidden" not in row
    assert "东门（Ａ区）" in signed_in(world, "administrator").get("/admin/sites", query_string={"q": words}).text


def test_a_text_that_runs_to_the_left_turns_nothing_on_a_page(world):
    site = replace(find_site(world.services.store, "zebra-crossing-1"), name="حي 5")
    change_site(world.services, "administrator", site, 1, NOW)
    assert "\u2068حي 5\u2069" in signed_in(world, "administrator").get("/admin/sites").text


@pytest.mark.parametrize("layers", [100, 600, 5_000])
def test_json_of_many_layers_is_refused_before_anybody_signs_in_and_after(world, layers: int):
    body = '{"shape": ' + "[" * layers + "]" * layers + ', "revision": 1}'
    for client, page, path in (
        (world.office.test_client(), "/login", "/login"),
        (signed_in(world, "administrator"), "/password", "/admin/sites/zebra-crossing-1/shape"),
    ):
        token = {"X-CSRFToken": hidden(client.get(page).text, "csrf_token")}
        answer = client.post(path, data=body, content_type="application/json", headers=token)
        assert (answer.status_code, "JSON" in answer.text) == (400, True)
    with pytest.raises(Unfit):
        read_strictly(body)


def test_json_as_deep_as_is_taken_is_read():
    body = "[" * MOST_LAYERS + "]" * MOST_LAYERS
    assert cleaned_tree(read_strictly(body)) == json.loads(body)
    with pytest.raises(Unfit):
        read_strictly(f"[{body}]")
