"""Spoken notes on the phone: recorded with a real MediaRecorder, kept through a kill, sent, and played at the desk."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.phone import answer_all, arrived, kept, let_in, open_form, states, wait_until
from tests.faults import BadLine
from tests.world import World, photo

pytestmark = pytest.mark.browser
MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
ITEM = "#item-markings"


def record(page: Page, seconds: float) -> None:
    page.locator(f"{ITEM} .note > summary").tap()
    page.locator(f"{ITEM} .record").tap()
    expect(page.locator(f"{ITEM} .recording-mark")).to_be_visible()
    page.wait_for_timeout(seconds * 1000)


def test_a_spoken_note_survives_a_reload_and_reaches_the_supervisor(world: World, line: BadLine, take_phone, browser):
    phone = take_phone(arguments=MICROPHONE)
    page = phone.open()
    let_in(page, line.address)
    open_form(page, line.address, "zebra-crossing-1")
    record(page, 1.2)
    page.locator(f"{ITEM} .recording button", has_text="停止").tap()
    expect(page.locator(f"{ITEM} .recording audio")).to_be_visible()
    wait_until(page, lambda: bool(kept(page, "media") and kept(page, "media")[0]["sha256"]), 5, "it is on the phone")
    page.reload()
    page.wait_for_selector("html.scripted")
    expect(page.locator(f"{ITEM} .recording audio")).to_be_visible()
    answer_all(page)
    line.network_off()
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_contain_text("录音 0/1")
    line.network_on()
    wait_until(page, lambda: len(arrived(world)) == 1, 30, "it has arrived")
    wait_until(page, lambda: states(page) == ["confirmed"], 10, "it is confirmed")
    assert kept(page, "media") == []
    services = world.app().extensions["inspect"]
    (stored,) = services.store.find("inspections")
    (note,) = stored.document["audio"]
    assert (note["item"], 0.5 < note["seconds"] < 5) == ("markings", True)
    assert services.recordings.size(note["sha256"]) > 500

    desk = browser.new_page()
    let_in(desk, line.address, "supervisor")
    desk.goto(f"{line.address}/inspections/{stored.id}")
    heard = """async () => { const player = document.querySelector("audio"); player.preload = "auto"; player.load();
               await new Promise((done, failed) => { player.oncanplay = done; player.onerror = failed; });
               player.muted = true; await player.play();
               await new Promise((done) => { player.onended = done; setTimeout(done, 4000); });
               return player.currentTime; }"""
    assert desk.evaluate(heard) > 0.5
    desk.close()


def test_what_was_said_before_the_phone_died_is_there(world: World, line: BadLine, take_phone):
    phone = take_phone(arguments=MICROPHONE)
    page = phone.open()
    let_in(page, line.address)
    phone.close()  # the browser writes its cookies out
    page = phone.open()
    open_form(page, line.address, "zebra-crossing-1")
    record(page, 4.5)
    phone.kill()
    page = phone.open()
    open_form(page, line.address, "zebra-crossing-1")
    player = page.locator(f"{ITEM} .recording audio")
    expect(player).to_be_visible()
    (media,) = kept(page, "media")
    assert media["blob"] > 1000
    assert media["evidence"]["seconds"] >= 2.5
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator(f"{ITEM} .recording button", has_text="删除").tap()
    expect(player).to_have_count(0)
    wait_until(page, lambda: kept(page, "media") == [], 5, "it is gone")


def test_submitting_ends_the_recording_and_a_report_takes_one_too(world: World, line: BadLine, take_phone):
    page = take_phone(arguments=MICROPHONE).open()
    let_in(page, line.address)
    page.goto(f"{line.address}/field/adhoc")
    page.wait_for_selector("html.scripted")
    # A photo that was taken before the first fix has no place, and the page asks for one.
    expect(page.locator("#fix-state")).to_contain_text("定位 ±")
    page.locator("input.camera").set_input_files([{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo(1)}])
    expect(page.locator(".preview:has(.preview-kept)")).to_have_count(1)
    page.locator("input[value=litter] + .choice-face").tap()
    page.locator(".record").tap()
    expect(page.locator(".recording-mark")).to_be_visible()
    expect(page.locator("#area")).not_to_have_value("")
    page.wait_for_timeout(800)
    page.locator("#submit").tap()
    expect(page.locator("#message")).to_contain_text("2/2 照片和录音已确认")
    (stored,) = world.app().extensions["inspect"].store.find("inspections")
    assert [one["item"] for one in stored.document["audio"]] == ["litter"]


def test_a_browser_that_cannot_record_offers_nothing(line: BadLine, open_phone: OpenPhone):
    page = open_phone(line.address, "delete globalThis.MediaRecorder", service_workers="block")
    open_form(page, line.address, "zebra-crossing-1")
    page.locator(f"{ITEM} .note > summary").tap()
    expect(page.locator(f"{ITEM} .record")).to_be_hidden()
