"""A new kind of capture is a page, its record and a row: the rest is put together for it (docs/develop/adding.md)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from string import Template

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.phone import arrived, kept, let_in, payloads, photos_of, static_base, wait_until
from tests.conftest import ServerProcess
from tests.world import World, photo, sha256

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("as_written")]

ROW = "const KINDS = {\n  lamp: { records: INSPECTIONS, page: (post) => `/field/lamps/${post}` },"

# What a template would make with the pieces of inspecting/pieces.html.
LAMP = Template("""<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>路灯</title>
<div id="draft-notice" hidden></div><div id="fix-notice" hidden></div><div id="kept-notice" hidden></div>
<form id="lamp" novalidate data-fresh>
  <input type="hidden" name="id"><input type="hidden" name="started_at">
  <div id="items"><fieldset class="item" data-item="$item">
    <div class="item-problems" hidden></div>
    <div class="photos"><ul class="previews"></ul><p class="photo-buttons"><input type="file" class="camera"></p></div>
    <input name="note">
  </fieldset></div>
  <p id="message" hidden></p><span id="photo-count"></span><span id="kept-state"></span>
  <button type="button" id="fix-state"><span class="bar-fix-text"></span><span class="bar-fix-age"></span></button>
  <button id="submit">提交</button>
</form>
<script type="module">
  import { beginCapture } from "$base/js/inspecting/capture.js";
  import { showMessage, showPhotoCount, showWanting } from "$base/js/inspecting/capture/bar.js";
  import { mediaSent } from "$base/js/inspecting/capture/sent.js";

  const form = document.querySelector("#lamp"), item = form.querySelector(".item");
  const count = () => capture.photos.all().length;
  const capture = beginCapture({
    kind: "lamp",
    owner: "inspector",
    subject: () => "post-7",
    title: ({ note }) => `路灯 ${note}`,
    form,
    limits: { maxPhotoBytes: 1e7, photoLongestPx: 0 },
    words: { restored: (draft, photos) => `照片 ${photos} 张`, clear: "重来", clearing: "清空？", again: "再拍" },
    photosAt: () => item,
    show: () => showPhotoCount(count()),
    complete() {
      showWanting(item, count() ? "" : "请拍照");
      return count() > 0;
    },
    recordOf: ({ started_at, fields }, media) => {
      const record = $record;
      record.answers["$item"].note = fields.note;
      return { ...record, started_at, finished_at: new Date().toISOString(), ...mediaSent(media) };
    },
    confirmed: (_sent, text) => showMessage(text),
    next: { href: "/field/", text: "回点位列表" },
  });
  capture.start();
</script></html>""")


@pytest.fixture
def page(world: World, server: ServerProcess, open_browser: Callable[..., BrowserContext]) -> Page:
    """A phone whose server has the page, and whose modules have the row."""
    page = open_browser(PHONE, has_touch=True, is_mobile=True, service_workers="block").new_page()
    let_in(page, server.address)
    page.goto(f"{server.address}/field/outbox")
    record = json.dumps(world.submission())
    lamp = LAMP.safe_substitute(
        base=static_base(page), item=world.checklist("zebra-crossing").items[0].id, record=record
    )
    page.route("**/field/lamps/post-7", lambda route: route.fulfill(content_type="text/html", body=lamp))
    page.route("**/inspecting/kinds.js", with_row)
    return page


def with_row(route: Route) -> None:
    code = route.fetch()
    route.fulfill(response=code, body=code.text().replace("const KINDS = {", ROW))


def open_lamp(page: Page, server: ServerProcess) -> None:
    page.goto(f"{server.address}/field/lamps/post-7")
    page.locator("html.scripted").wait_for()


def test_a_new_kind_is_kept_taken_up_again_from_the_outbox_and_sent(world: World, server: ServerProcess, page: Page):
    open_lamp(page, server)
    page.locator("#submit").tap()
    expect(page.locator(".item-problems")).to_have_text("请拍照")
    page.locator("[name=note]").fill("不亮")
    page.locator("input.camera").set_input_files(payloads([photo(1)]))
    expect(page.locator("#photo-count")).to_have_text("照片 1 张")
    expect(page.locator(".preview-kept")).to_have_count(1)
    expect(page.locator("#kept-state")).to_have_text("已存入手机")

    page.goto(f"{server.address}/field/outbox")
    expect(page.locator("#drafts h3")).to_have_text("路灯 不亮")
    page.get_by_role("link", name="继续").tap()
    expect(page.locator("#draft-notice")).to_contain_text("照片 1 张")
    expect(page.locator("[name=note]")).to_have_value("不亮")
    id = page.locator("[name=id]").input_value()
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_have_text("已提交。1/1 照片已确认。")
    assert arrived(world) == [id]
    assert photos_of(world, id) == [sha256(photo(1))]
    assert kept(page, "drafts") == kept(page, "media") == []


def test_what_the_server_finds_wrong_with_a_new_kind_is_told_and_the_draft_is_back(server: ServerProcess, page: Page):
    open_lamp(page, server)
    page.locator("[name=note]").fill("长" * 2000)
    page.locator("input.camera").set_input_files(payloads([photo(1)]))
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_have_text(re.compile("^没有提交成功：.+"))
    expect(page.locator("#submit")).to_be_enabled()
    page.locator("[name=note]").fill("短")
    wait_until(page, lambda: [one["title"] for one in kept(page, "drafts")] == ["路灯 短"], 5, "the draft is kept")


def test_a_page_that_is_not_all_there_says_so_and_keeps_what_was_entered(server: ServerProcess, page: Page):
    page.route("**/capture/handing.js*", lambda route: route.abort())
    open_lamp(page, server)
    page.locator("input.camera").set_input_files(payloads([photo(1)]))
    expect(page.locator(".preview-kept")).to_have_count(1)
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_have_text("没有提交：本页没有载全，请联网后刷新本页再试")
    page.unroute("**/capture/handing.js*")
    page.reload()
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_contain_text("已提交")
