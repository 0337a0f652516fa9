"""Bodies that no page sends: JSON where a form is expected, and JSON that is no object."""

from __future__ import annotations

import re

import pytest

from tests.conftest import PROJECT
from tests.web.builders import hidden, signed_in

NO_OBJECTS = ["[]", '"text"', "5", "null", '[{"name": 1}]', "{", ""]
UNFIT = [
    '{"a":' * 100_000,
    "[" * 100_000,
    '{"name": "\\ud800"}',
    '{"revision": NaN}',
    '{"revision": 1e999, "at": 1e999}',
    '{"a": 1, "a": 2}',
    '{"a": ' + "1" * 400 + "}",
]
WRONG_OBJECTS = ['{"name": 5}', '{"name": {"a": 1}, "password": []}', '{"week": null, "count": [1, [2]]}']


def address(rule) -> str:
    known = {"week": "2026-W48", "code": "zebra-crossing-1", "name": "inspector", "act": "block"}
    return re.sub(r"<(?:[^<>]+:)?(\w+)>", lambda found: known.get(found[1], "1"), rule.rule)


def changing(app):
    """Every route that takes a change, but those of the interface, which are asked one by one elsewhere."""
    rules = [rule for rule in app.url_map.iter_rules() if {"POST", "PUT"} & rule.methods]
    return [rule for rule in rules if not rule.endpoint.startswith("api.") and rule.endpoint != "auth.logout"]


@pytest.mark.parametrize("role", ["administrator", "supervisor", "inspector", "unit"])
def test_json_that_is_no_object_is_a_bad_request_and_a_wrong_one_never_an_error_of_ours(world, role):
    client = signed_in(world, role)
    token = hidden(client.get("/devices").text, "csrf_token")
    rules = changing(client.application)
    assert len(rules) > 40
    for rule in rules:
        for body in NO_OBJECTS + WRONG_OBJECTS:
            sent = {"data": body, "content_type": "application/json", "headers": {"X-CSRFToken": token}}
            answer = client.open(address(rule), method=(rule.methods & {"POST", "PUT"}).pop(), **sent)
            assert answer.status_code < 500, (rule.rule, body)
            if body in NO_OBJECTS:
                assert answer.status_code in (400, 403, 404), (rule.rule, body)
                assert not answer.json["error"].isascii()


@pytest.mark.parametrize(
    "body", UNFIT, ids=["deep", "deep list", "half a pair", "NaN", "endless", "key twice", "beyond a float"]
)
def test_json_that_no_answer_could_repeat_is_a_bad_request_on_pages(world, body):
    client = signed_in(world, "supervisor")
    token = hidden(client.get("/devices").text, "csrf_token")
    sent = {"data": body, "content_type": "application/json", "headers": {"X-CSRFToken": token}}
    assert client.post("/review/desk/presence", **sent).status_code == 400


def test_no_form_is_filled_from_json():
    """Flask-WTF's own base class does so, with whatever types the JSON has."""
    sources = (PROJECT / "inspect_app").rglob("*.py")
    found = {path.name for path in sources if re.search(r"import FlaskForm", path.read_text("utf-8"))}
    assert found == {"forms.py"}
    assert "FlaskForm" not in (PROJECT / "inspect_app/web/inspecting/forms.py").read_text("utf-8")
