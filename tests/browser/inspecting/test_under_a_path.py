"""The phone's application behind a proxy under a path of its host: it opens, works and sends without the network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.phone import Phone, add_photos, answer_all, arrived, let_in, open_form, wait_until
from tests.faults import Answer, BadLine, Request
from tests.world import World, photo

pytestmark = pytest.mark.browser
PREFIX = "/inspect"
READY = """
async () => {
  const names = await caches.keys();
  const pages = names.find((name) => name.startsWith("inspect-pages"));
  const kept = pages ? (await (await caches.open(pages)).keys()).map(({ url }) => new URL(url).pathname) : [];
  const worker = await navigator.serviceWorker.getRegistration();
  return { names, kept, scope: worker?.active && new URL(worker.scope).pathname };
}
"""


class UnderPath(BadLine):
    """A proxy that has the server under a path, takes that off and tells it. Beside that path it has nothing."""

    @property
    def address(self) -> str:
        return super().address + PREFIX

    def _ask(self, request: Request, body: bytes, plain: bool) -> Answer | None:
        if not request.path.startswith(f"{PREFIX}/"):
            return Answer(404, b"another application's")
        told = (("X-Forwarded-For", "127.0.0.1"), ("X-Forwarded-Prefix", PREFIX))
        within = replace(request, path=request.path.removeprefix(PREFIX), headers=(*request.headers, *told))
        return super()._ask(within, body, plain)


def test_a_visit_is_made_without_a_network_and_sent_under_a_path(
    world: World, serve: Callable[..., Any], monkeypatch, playwright, tmp_path
):
    monkeypatch.setenv("INSPECT_TRUSTED_PROXY", "127.0.0.1")
    monkeypatch.setenv("INSPECT_ADDRESS", f"https://city.example{PREFIX}")
    with UnderPath(serve(world.data).port) as line:
        phone = Phone(playwright, tmp_path / "phone", line.address)
        page = phone.open()
        let_in(page, line.address)
        page.goto(f"{line.address}/field/")
        form = f"{PREFIX}/field/forms/public-toilet"
        wait_until(page, lambda: form in page.evaluate(READY)["kept"], 30, "forms are kept")
        ready = page.evaluate(READY)
        assert ready["scope"] == f"{PREFIX}/field/"
        assert all(PREFIX in name for name in ready["names"])
        assert all(path.startswith(f"{PREFIX}/") for path in ready["kept"])
        page.reload()  # from here on by the worker
        line.network_off()
        open_form(page, line.address, "public-toilet-1")
        answer_all(page)
        add_photos(page, world.checklist("public-toilet").items[-1].id, [photo(3)])
        page.locator("#submit").tap()
        expect(page.locator("#message")).to_contain_text("待发")
        line.network_on()
        page.goto(f"{line.address}/field/outbox")
        wait_until(page, lambda: len(arrived(world)) == 1, 30, "it is sent")
        phone.close()
    outside = [one.path for one in line.exchanges if not one.path.startswith(f"{PREFIX}/")]
    assert [path for path in outside if path != "/favicon.ico"] == []
