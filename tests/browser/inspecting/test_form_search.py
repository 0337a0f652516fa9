"""Finding items of a long form on the phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE
from tests.browser.phone import let_in

pytestmark = pytest.mark.browser


def test_items_are_found_by_word_or_clause_and_none_stays_hidden_when_something_is_missing(world, serve, open_browser):
    world.services.store.close()
    server = serve(world.data)
    page = open_browser(PHONE, has_touch=True, is_mobile=True, service_workers="block").new_page()
    let_in(page, server.address, "inspector")
    page.goto(f"{server.address}/field/sites/community-1")
    search, shown = page.locator("#item-search"), page.locator("fieldset.item:visible")
    count = len(world.checklist("community").items)
    expect(shown).to_have_count(count)
    search.fill("楼道")
    expect(shown).to_have_count(2)
    search.fill("（六）1（4）")
    expect(shown).to_have_count(1)
    expect(shown.first).to_contain_text("减灾")
    page.locator("#item-disaster .choice-pass").tap()
    search.fill("没有这样的词")
    expect(shown).to_have_count(0)
    expect(page.locator("#item-search-result")).to_contain_text(f"0/{count}")
    page.locator("#submit").tap()
    expect(shown).to_have_count(count)
    expect(page.locator("#message")).to_be_visible()
    expect(page.locator("#answered-text")).to_contain_text(f"1/{count}")
