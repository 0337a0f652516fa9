"""A phone that somebody found: what it shows after its device was revoked, and after the day of the plan."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.phone import answer_all, kept, open_form, ready_offline, sign_in, wait_until
from tests.browser.test_modules import run
from tests.faults import BadLine
from tests.sites import keep_only
from tests.world import World

pytestmark = pytest.mark.browser
SITE, OTHER_SITE = "public-toilet-1", "zebra-crossing-1"
CACHED = """
async () => {
  if (!(await caches.has("inspect-pages"))) return [];
  return (await (await caches.open("inspect-pages")).keys()).map(({ url }) => new URL(url).pathname);
}
"""
OF_YESTERDAY = """
async (path) => {
  const cache = await caches.open("inspect-pages");
  const page = await cache.match(path);
  const headers = new Headers(page.headers);
  headers.set("Date", new Date(Date.now() - 86_400_000).toUTCString());
  await cache.put(path, new Response(await page.text(), { headers }));
}
"""


@pytest.fixture(scope="module")
def shared_world(shared_world: World) -> World:
    """Two sites: what is forgotten is as many pages more as there are forms."""
    keep_only(shared_world.services.store, SITE, OTHER_SITE)
    return shared_world


@pytest.fixture
def world(shared_world: World) -> World:
    return shared_world


@pytest.fixture
def line(shared_line: BadLine) -> Iterator[BadLine]:
    """The network is there again for the next test."""
    yield shared_line
    shared_line.network_on()


@pytest.fixture
def page(line: BadLine, open_phone: OpenPhone) -> Page:
    """A phone with everything for work without a network, and one draft."""
    page = open_phone(line.address)
    ready_offline(page, line.address, forms=2)
    open_form(page, line.address, SITE)
    answer_all(page)
    wait_until(page, lambda: len(kept(page, "drafts")) == 1, 10, "the draft is kept")
    return page


def names_kept(page: Page) -> set[str]:
    return {one["name"] for one in kept(page, "kept")}


def test_once_revoked_and_online_again_it_keeps_its_unsent_work_and_no_list(world: World, line: BadLine, page: Page):
    assert "today" in names_kept(page)
    page.evaluate("for (const name of ['partner', 'phrases.inspector']) localStorage.setItem(`inspect.${name}`, '[]')")
    world.end_sessions()
    page.goto(f"{line.address}/field/")
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    expect(page.locator("main .notice")).to_contain_text("还有没有填完的 1 份")
    wait_until(page, lambda: page.evaluate(CACHED) == [], 30, "the pages are gone")
    assert "today" not in names_kept(page)
    assert page.evaluate("Object.keys(localStorage).filter((name) => /partner|phrases/.test(name))") == []
    line.network_off()
    for path in ("/field/", f"/field/sites/{SITE}"):
        page.goto(f"{line.address}{path}")
        expect(page.locator("h1")).to_have_text("没有网络")
    assert len(kept(page, "drafts")) == 1
    line.network_on()
    sign_in(page, line.address)
    open_form(page, line.address, SITE)
    expect(page.locator(".choice-pass input:checked").first).to_be_checked()


def test_an_open_form_forgets_the_lists_when_its_request_is_refused(world: World, page: Page):
    # Not by clearing its cookies: an answer that is still under way brings the session back.
    world.end_sessions()
    page.reload()
    wait_until(page, lambda: page.evaluate(CACHED) == [], 30, "the pages are gone")
    wait_until(page, lambda: "today" not in names_kept(page), 30, "the list is gone")
    assert len(kept(page, "drafts")) == 1


def test_the_plan_is_not_shown_without_a_network_after_its_day_and_the_rest_is(line: BadLine, page: Page):
    page.goto(f"{line.address}/field/outbox")
    line.network_off()
    page.goto(f"{line.address}/field/")
    expect(page.locator("h1")).to_have_text("选择点位")
    page.evaluate(OF_YESTERDAY, "/field/")
    page.goto(f"{line.address}/field/")
    expect(page.locator("h1")).to_have_text("没有网络")
    assert "/field/" not in page.evaluate(CACHED)
    page.goto(f"{line.address}/field/outbox")
    expect(page.locator("h1")).not_to_have_text("没有网络")
    open_form(page, line.address, SITE)
    expect(page.locator(".choice-pass input:checked").first).to_be_checked()


def test_last_visits_of_the_inspectors_own_sites_are_kept_ahead(line: BadLine, page: Page):
    own = """addEventListener("DOMContentLoaded", () =>
      document.querySelectorAll("li[data-code=zebra-crossing-1]").forEach(({ dataset }) => (dataset.own = "")))"""
    page.add_init_script(own)
    page.goto(f"{line.address}/field/")
    address = "/field/last/zebra-crossing-1"
    wait_until(page, lambda: address in page.evaluate(CACHED), 30, "it is kept")
    assert f"/field/last/{SITE}" not in page.evaluate(CACHED)
    line.network_off()
    open_form(page, line.address, "zebra-crossing-1")
    page.locator("#last-visit summary").click()
    expect(page.locator("#last-visit-shown")).to_contain_text("没有可以看的上次检查")


def test_a_page_of_another_day_deletes_last_visits_and_the_plan_without_a_network(line: BadLine, page: Page):
    address = f"/field/last/{SITE}"
    page.locator("#last-visit summary").click()
    wait_until(page, lambda: address in page.evaluate(CACHED), 10, "it is kept")
    line.network_off()
    page.goto(f"{line.address}/field/outbox")
    for path in ("/field/", f"{address}?part=1"):
        page.evaluate(OF_YESTERDAY, path)
    page.goto(f"{line.address}/field/outbox")
    wait_until(page, lambda: not {address, "/field/"} & set(page.evaluate(CACHED)), 10, "they are gone")


FORGETTING = """(async () => {
  const { forgetOtherDays, PAGES, LAST_VISITS } = m;
  const cache = await caches.open(PAGES);
  const at = (days) => new Date(Date.now() + days * 86_400_000).toUTCString();
  const put = (path, days) => cache.put(path, new Response('', {headers: {Date: at(days)}}));
  await put(LAST_VISITS + 'newest-day', 1);
  await put(LAST_VISITS + 'a', 0);
  await forgetOtherDays();
  return Boolean(await cache.match(LAST_VISITS + 'a'));
})()"""


# The day begins eight hours earlier after so many requests to the cache.
ANOTHER_ZONE = """(async () => {
  const { forgetOtherDays, PAGES, PLAN_PAGE } = m;
  let asked = 0;
  for (const name of ["match", "keys"]) {
    const own = Cache.prototype[name];
    Cache.prototype[name] = function (...given) { return own.apply(this, given).finally(() => { asked += 1; }); };
  }
  Date.prototype.setHours = function () {
    const ahead = asked > a ? 8 * 3_600_000 : 0;
    return Math.floor((this.getTime() + ahead) / 86_400_000) * 86_400_000 - ahead;
  };
  await (await caches.open(PAGES)).put(PLAN_PAGE, new Response("", { headers: { Date: new Date().toUTCString() } }));
  await forgetOtherDays();
  return (await (await caches.open(PAGES)).keys()).some(({ url }) => url.endsWith(PLAN_PAGE));
})()"""


@pytest.fixture
def bare_page(line: BadLine, open_browser) -> Page:
    page: Page = open_browser(service_workers="block").new_page()
    page.goto(f"{line.address}/login")
    return page


def test_a_clock_that_goes_back_to_a_last_visit_s_day_does_not_show_it(bare_page: Page):
    assert run(bare_page, "inspecting/caching.js", FORGETTING) is False


def test_a_zone_that_changes_at_any_moment_leaves_the_plan_of_today(bare_page: Page):
    """A browser may learn of its zone when its worker has begun."""
    for moment in range(5):
        bare_page.reload()
        assert run(bare_page, "inspecting/caching.js", ANOTHER_ZONE, moment), moment


def test_a_last_visit_that_was_looked_at_is_kept_for_its_day(line: BadLine, page: Page):
    address, shown = f"/field/last/{SITE}", page.locator("#last-visit-shown")

    def look() -> None:
        open_form(page, line.address, SITE)
        page.locator("#last-visit summary").click()

    look()
    expect(shown).to_contain_text("没有可以看的上次检查")
    line.network_off()
    look()
    expect(shown).to_contain_text("没有可以看的上次检查")
    page.evaluate(OF_YESTERDAY, f"{address}?part=1")
    look()
    expect(shown).to_contain_text("手机上也没有存下")
    assert address not in page.evaluate(CACHED)
    line.network_on()
    look()
    expect(shown).to_contain_text("没有可以看的上次检查")
    page.evaluate(OF_YESTERDAY, f"{address}?part=1")
    page.goto(f"{line.address}/field/")
    wait_until(page, lambda: address not in page.evaluate(CACHED), 30, "what was looked at yesterday is gone")
