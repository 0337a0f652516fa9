"""No network from the first tap to the last, and a browser that is killed in between: everything arrives."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phone import (
    add_photos,
    answer_all,
    arrived,
    counted,
    fields,
    kept,
    let_in,
    open_form,
    outbox,
    photos_of,
    ready_offline,
    same_bytes,
    states,
    wait_until,
)
from tests.browser.standing import started_offline
from tests.faults import BadLine
from tests.world import World, photo, sha256

pytestmark = pytest.mark.browser
SITES = ("public-toilet-1", "zebra-crossing-1", "school-perimeter-1")


def test_three_inspections_made_without_a_network_survive_kills_and_arrive_once_in_order_and_unchanged(
    world: World, line: BadLine, take_phone
):
    phone = take_phone()
    page = phone.open()
    let_in(page, line.address)
    ready_offline(page, line.address)
    phone.close()

    line.network_off()
    made: list[tuple[str, list[str]]] = []
    for number, site in enumerate(SITES):
        pictures = [photo(10 * number + seed, (320, 240)) for seed in range(3)]
        item = world.checklist(site.removesuffix("-1")).items[-1].id
        page = phone.open()
        page.goto(f"{line.address}/field/")
        expect(page.locator("h1")).to_have_text("选择点位")
        page.get_by_text(f"{site.removesuffix('-1')}点位").first.tap()
        page.wait_for_function("() => document.documentElement.classList.contains('scripted')")
        answer_all(page)
        add_photos(page, item, pictures[:2])
        answers = fields(page)
        phone.kill()

        page = phone.open()
        open_form(page, line.address, site)
        assert fields(page) == answers
        expect(page.locator(f"#item-{item} .preview")).to_have_count(2)
        add_photos(page, item, pictures[2:])
        page.locator("#submit").tap()
        wait_until(page, lambda: len(outbox(page)) == number + 1, 10, "it is in the outbox")  # noqa: B023
        made.append((outbox(page)[-1]["id"], [sha256(content) for content in pictures]))
        expect(page.locator("#message")).to_contain_text("待发")
        phone.kill()

    page = phone.open()
    page.goto(f"{line.address}/field/")
    assert states(page) == ["waiting"] * 3
    assert kept(page, "drafts") == []
    line.network_on()
    wait_until(page, lambda: len(arrived(world)) == 3, 30, "all three have arrived")
    wait_until(page, lambda: states(page) == ["confirmed"] * 3, 10, "all three are confirmed")

    assert arrived(world) == [id for id, _ in made] == counted(world)
    for id, hashes in made:
        assert photos_of(world, id) == hashes
        assert all(same_bytes(world, sha) for sha in hashes)
    assert set(line.tries("PUT", "/api/", answered=True).values()) == {1}
    assert kept(page, "media") == []
    page.goto(f"{line.address}/field/outbox")
    expect(page.locator("#total-text")).to_have_text("照片 9/9 已确认")


def test_every_page_of_the_inspector_opens_without_a_network_after_a_cold_start(
    world: World, line: BadLine, take_phone
):
    phone = take_phone()
    page = started_offline(phone, line)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    for path in ("/field/", "/field/outbox", "/field/adhoc"):
        page.goto(f"{line.address}{path}")
        assert styled(page), path
        expect(page.locator("h1")).not_to_have_text("没有网络")
    for checklist in world.checklists:
        open_form(page, line.address, f"{checklist}-1")
        expect(page.locator("h1")).to_have_text(f"{checklist}点位")
        assert styled(page), checklist
    # What was never visited says so plainly, and leads back.
    page.goto(f"{line.address}/field/mine")
    expect(page.locator("h1")).to_have_text("没有网络")
    page.get_by_text("点位列表").tap()
    expect(page.locator("h1")).to_have_text("选择点位")
    assert faults == []


def styled(page: Page) -> bool:
    """Whether every style sheet that the page names is there."""
    sheets: list[int] = page.evaluate("() => [...document.styleSheets].map((sheet) => sheet.cssRules.length)")
    return len(sheets) >= 2 and all(sheets)


def test_a_kill_at_any_moment_of_taking_photos_loses_no_photo_that_was_called_saved(
    world: World, line: BadLine, take_phone, tmp_path: Path
):
    phone = take_phone()
    page = phone.open()
    let_in(page, line.address)
    # A browser writes its cookies out now and then, and when it is closed.
    phone.close()
    page = phone.open()
    site, item = "public-toilet-1", "open"
    promised: list[str] = []
    for number in range(4):
        open_form(page, line.address, site)
        shown = page.locator(f"#item-{item} .preview")
        kept_now = [one["name"] for one in kept(page, "media")]
        assert set(promised) <= set(kept_now)
        assert shown.count() == len(kept_now)
        picture = tmp_path / f"IMG_{number}.jpg"
        picture.write_bytes(photo(number, (2000, 1500)))
        page.locator(f"#item-{item} > .photos input.camera").set_input_files(picture)
        # Killed at once, after some ten milliseconds, or when the page has said that it is saved.
        page.wait_for_timeout([0, 15, 40, 0][number])
        if number == 3:
            expect(page.locator(f"#item-{item} .preview").last.locator(".preview-kept")).to_be_visible()
        saved = page.locator(f"#item-{item} .preview:has(.preview-kept) img").evaluate_all(
            "(images) => images.map((image) => image.alt.replace('照片 ', ''))"
        )
        promised += saved
        phone.kill()
        page = phone.open()
    open_form(page, line.address, site)
    names = [one["name"] for one in kept(page, "media")]
    assert set(promised) <= set(names)
    assert "IMG_3.jpg" in names
