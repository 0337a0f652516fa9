"""The phone's module of every scoring method reads and judges answers as the server does."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from inspect_app.domain.checklists.answers import Answer
from inspect_app.domain.checklists.checklist import Item, checklist_to_document
from inspect_app.domain.checklists.scoring import score_item
from inspect_app.domain.place.positions import Place
from tests.browser.test_modules import page as page
from tests.browser.test_modules import run
from tests.methods import FIX, every_example, parsed, right, wrong

pytestmark = pytest.mark.browser
CHECKLIST = every_example()
DOCUMENTS = {item["id"]: item for item in checklist_to_document(CHECKLIST)["items"]}
SITE = {"lat": FIX["lat"], "lon": FIX["lon"], "accuracy_m": 5.0}
JUDGED = """(async ([item, fields, site]) => {
    const { loadMethods } = await import(base + 'checklists/methods.js');
    await loadMethods([item]);
    const value = m.valueOf(item, fields);
    return {
        value: value === undefined ? null : m.answersOf([item], fields, () => undefined)[item.id].value,
        failed: value !== undefined && m.failed(item, value, site),
        wanting: m.wanting([item], fields, site, () => 1).get(item.id) ?? '',
    };
})(a)"""


def judged(page: Page, item: Item, typed: dict[str, str]) -> dict[str, Any]:
    fields = {f"answers.{item.id}.{name}": value for name, value in typed.items()}
    found: dict[str, Any] = run(page, "checklists/answers.js", JUDGED, [DOCUMENTS[item.id], fields, SITE])
    return found


@pytest.mark.parametrize("item", [pytest.param(item, id=item.id) for item in CHECKLIST.items])
def test_samples_are_read_and_judged_as_on_the_server(page: Page, item: Item):
    for sample in (right(item), wrong(item)):
        scored = score_item(item, Answer(parsed(item, sample)), Place(**SITE))
        assert judged(page, item, dict(sample.typed)) == {"value": sample.value, "failed": scored.failed, "wanting": ""}


@pytest.mark.parametrize("item", [pytest.param(item, id=item.id) for item in CHECKLIST.items])
def test_what_is_not_answered_is_wanting_and_what_does_not_apply_is_not(page: Page, item: Item):
    assert judged(page, item, {})["wanting"] == "这一项还没有作答"
    for typed in ({"na": "y"}, {"value": "na"}):
        found = judged(page, item, typed)
        if found["value"] == "na":
            assert (found["failed"], found["wanting"]) == (False, "")
            break
    else:
        pytest.fail("nothing that is typed says that it does not apply")
