"""A draft of a site whose type the office has corrected since: it opens as it was begun, also without a network."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, expect

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.services import open_services
from inspect_app.services.place.register import find_site
from tests.browser.phone import CONTEXT, answer_all, fields, kept, let_in, open_form, ready_offline, wait_until
from tests.conftest import ServerProcess
from tests.sites import keep_site
from tests.world import World

pytestmark = pytest.mark.browser
SITE = "public-toilet-1"


def correct_the_type(world: World) -> None:
    services = open_services(world.settings)
    site = find_site(services.store, SITE)
    assert site
    assert keep_site(services.store, replace(site, site_type="main-road"))
    services.store.close()


def test_it_goes_on_as_it_was_begun_and_waits_for_the_office(world: World, browser: Browser):
    version = world.checklist("public-toilet").version
    world.services.store.close()
    server = ServerProcess(world.data).start()
    context = browser.new_context(**CONTEXT)
    try:
        page = context.new_page()
        let_in(page, server.address)
        open_form(page, server.address, SITE)
        answer_all(page)
        wait_until(page, lambda: len(kept(page, "drafts")) == 1, 5, "the draft is kept")
        answered = {name: value for name, value in fields(page).items() if name.startswith("answers.")}
        server.stop()
        correct_the_type(world)
        server.start()
        ready_offline(page, server.address)
        begun = f"/field/sites/{SITE}?version={version}"
        wait_until(page, lambda: page.evaluate("a => caches.match(a).then(Boolean)", begun), 20, "its page is kept")
        server.stop()
        page.goto(f"{server.address}/field/outbox")
        page.get_by_role("link", name="继续").tap()
        expect(page.locator("html.scripted")).to_be_attached()
        expect(page.locator(".notice", has_text="类型已经改了")).to_be_visible()
        again = fields(page)
        assert {name: again.get(name) for name in answered} == answered
        server.start()
        page.goto(f"{server.address}/field/sites/{SITE}")
        page.wait_for_url(f"**{begun}")
        expect(page.locator("html.scripted")).to_be_attached()
        page.locator("#submit").tap()
        page.wait_for_url("**/inspections/*")
        expect(page.locator("#presence")).to_contain_text("点位的类型与所用清单不同")
    finally:
        context.close()
        server.stop()
    (found,) = INSPECTIONS.find(open_services(world.settings).store)
    assert (found.value.version, found.value.presence.state) == (version, "waiting")
    assert "site_type_changed" in found.value.presence.reasons
