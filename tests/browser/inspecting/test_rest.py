"""「其余都合格」: only what can be told at a glance, after a look, and it can be taken back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.phone import let_in
from tests.world import World

pytestmark = pytest.mark.browser


def test_the_rest_is_fine_after_a_look_and_the_record_says_so(world: World, serve, open_browser):
    world.services.store.close()
    server = serve(world.data)
    page = open_browser(service_workers="block").new_page()
    let_in(page, server.address, "inspector")
    page.goto(f"{server.address}/field/sites/zebra-crossing-1")
    page.wait_for_selector("html.scripted")
    page.locator("#item-jam .choice-na").click()
    answered = page.locator("#answered-text")
    expect(answered).to_contain_text("1/9")

    page.locator("#rest").click()
    listed = page.locator("#rest-items li")
    expect(listed).to_have_count(7)
    assert "礼让" not in " ".join(listed.all_inner_texts()), "a share has to be observed"
    page.get_by_role("button", name="再看看").click()
    expect(answered).to_contain_text("1/9")
    page.locator("#rest").click()
    page.get_by_role("button", name="都合格", exact=True).click()
    expect(answered).to_contain_text("8/9")
    page.locator("#rest-undo").click()
    expect(answered).to_contain_text("1/9")
    expect(page.locator("#item-jam .choice-na input")).to_be_checked()

    # As in a browser without dialogs (Safari before 15.4).
    page.evaluate("for (const name of ['showModal', 'close', 'open']) delete HTMLDialogElement.prototype[name]")
    page.locator("#rest").click()
    page.get_by_role("button", name="再看看").click()
    expect(listed.first).to_be_hidden()
    expect(answered).to_contain_text("1/9")
    page.locator("#rest").click()
    page.get_by_role("button", name="都合格", exact=True).click()
    page.locator("#item-markings .choice-na").click()
    page.locator("#item-yielding .choice-na").click()
    page.reload()
    page.wait_for_selector("html.scripted")
    expect(answered).to_contain_text("9/9")
    page.locator("#submit").click()
    page.wait_for_url(re.compile("/inspections/"))
    (kept,) = world.app().extensions["inspect"].store.find("inspections")
    bulk = {item for item, answer in kept.document["answers"].items() if answer.get("bulk")}
    assert bulk == {"red-light", "own-lane", "parking", "guardrail", "barrier-free", "volunteers"}
    assert kept.document["answers"]["parking"]["value"] == 0
