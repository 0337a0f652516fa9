"""A phone whose clock is days off: what it sends is of the day on which it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.phone import CONTEXT, answer_all, let_in, open_form, outbox, wait_until
from tests.faults import BadLine

pytestmark = pytest.mark.browser
SITE = "public-toilet-1"
DAY_MS = 86_400_000
ANOTHER_CLOCK = """(() => {
  const Right = Date;
  globalThis.ahead = %d;
  globalThis.Date = class extends Right {
    constructor(...given) { given.length ? super(...given) : super(Right.now() + globalThis.ahead); }
    static now() { return Right.now() + globalThis.ahead; }
  };
  globalThis.rightNow = () => Right.now();
})()"""


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(**CONTEXT, service_workers="block")
    yield context
    context.close()


@pytest.mark.parametrize(("ahead", "changed"), [(-8 * DAY_MS, 0), (2 * DAY_MS, 0), (0, 10 * DAY_MS)])
def test_start_and_end_are_told_by_the_server_s_clock(
    context: BrowserContext, shared_line: BadLine, ahead: int, changed: int
):
    """Wrong from the beginning, or changed by hand while the form is filled in."""
    context.add_init_script(ANOTHER_CLOCK % ahead)
    context.route("**/api/v1/inspections/**", lambda route: None)
    page = context.new_page()
    let_in(page, shared_line.address)
    # A form that was never in contact is told the time when it is sent; this is about the others.
    with page.expect_response("**/api/v1/session"):
        open_form(page, shared_line.address, SITE)
    answer_all(page)
    page.evaluate("by => (globalThis.ahead += by)", changed)
    page.locator("#submit").tap()
    wait_until(page, lambda: len(outbox(page)) == 1, 5, "it is in the outbox")
    found = page.evaluate(
        """(item) => {
          const said = JSON.parse(item.body);
          const s = (at) => Math.round((globalThis.rightNow() - Date.parse(at)) / 1000);
          return { started: s(said.started_at), finished: s(said.finished_at), own: s(said.clock.started_at), ...said };
        }""",
        outbox(page)[0],
    )
    assert 0 <= found["finished"] <= found["started"] < 60
    assert abs(found["own"] * 1000 + ahead) < 60_000
    assert found["clock"]["error_ms"] < (changed or 10_000) + 10_000
    assert all(0 <= ms < 60_000 for ms in found["taps"].values())
    assert len(found["taps"]) == len(found["answers"])
