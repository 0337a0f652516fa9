"""Photos of last visits are kept ahead within bounds, shown without a network, and gone with their day."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.test_modules import run
from tests.conftest import ServerProcess
from tests.world import photo

pytestmark = pytest.mark.browser
KEEPING = """(async () => {
  const { LAST_VISITS, PAGES, lastVisitOf, forgetOtherDays } = await import(base + 'inspecting/caching.js');
  const cache = await caches.open(PAGES);
  const image = (code) => (_, number) => `<img src="${LAST_VISITS}${code}/photos/${number}">`;
  const dated = (days) => ({headers: {Date: new Date(Date.now() + days * 86_400_000).toUTCString()}});
  const at = async (code, count) => {
    const images = Array.from({length: count}, image(code)).join('');
    await cache.put(lastVisitOf(code), new Response(images + '<img src="/elsewhere/photos/1">', dated(0)));
  };
  const paths = async () => (await cache.keys()).map(({url}) => new URL(url).pathname);
  const photos = async () => (await paths()).filter((one) => one.includes('/photos/'));
  await at('a', 40);
  await at('b', 40);
  await cache.put(`${LAST_VISITS}done/photos/1`, new Response('x', dated(0)));
  const both = ['a', 'b', 'none'].map(lastVisitOf);
  await m.keepLastPhotos(both);
  const kept = await photos();
  await m.keepLastPhotos(both);
  const again = await photos();
  await cache.put(kept[0], new Response('x', dated(-1)));
  await forgetOtherDays();
  return [kept, again, (await photos()).includes(kept[0])];
})()"""
SHOWING = """(async () => {
  const { LAST_VISITS, PAGES, lastVisitOf } = await import(base + 'inspecting/caching.js');
  const cache = await caches.open(PAGES);
  const today = {headers: {Date: new Date().toUTCString(), 'Content-Type': 'image/jpeg'}};
  const src = `${LAST_VISITS}a/photos/1`;
  await cache.put(lastVisitOf('a'), new Response(`<img src="${src}">`, today));
  await cache.put(src, new Response(new Uint8Array(a), today));
  document.body.innerHTML = '<div id="last-visit-shown"></div>';
  await m.showLast('a');
})()"""


@pytest.fixture
def page(open_browser: Callable[..., BrowserContext], server: ServerProcess) -> Page:
    page = open_browser(PHONE, service_workers="block").new_page()
    page.goto(f"{server.address}/trust")
    return page


@pytest.mark.parametrize(("size", "kept"), [(1_000, 60), (100_000, 30)])
def test_they_are_kept_ahead_within_their_number_and_bytes_and_for_their_day(page: Page, size: int, kept: int):
    asked = []

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        headers = {"Date": format_datetime(datetime.now(UTC), usegmt=True)}
        route.fulfill(body=b"x" * size, headers=headers, content_type="image/jpeg")

    page.route("**/field/last/*/photos/*", answer)
    found, again, stays = run(page, "inspecting/last-photos.js", KEEPING)
    first = [f"/field/last/{'a' if number < 40 else 'b'}/photos/{number % 40}" for number in range(kept)]
    assert sorted(found) == sorted(again) == sorted(first)
    assert len(asked) == len(set(asked)) == kept, "what is kept is not asked for again, and nothing that has no room"
    assert not stays


def test_without_a_network_the_fold_shows_them(page: Page):
    page.route("**/field/last/**", lambda route: route.abort())
    run(page, "inspecting/form/last.js", SHOWING, list(photo(7)))
    image = page.locator("#last-visit-shown img")
    expect(image).to_have_attribute("src", re.compile("^blob:"))
    assert image.evaluate("(image) => image.decode().then(() => image.naturalWidth)") > 0
