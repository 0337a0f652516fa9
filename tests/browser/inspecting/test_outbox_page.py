"""The outbox page: what it says of each inspection, what can be done there, and the export that the command takes."""

from __future__ import annotations

import json
import re
import zipfile

import pytest
from playwright.sync_api import Page, expect

from tests.browser.phone import let_in
from tests.browser.test_whole_path import sign_in
from tests.world import World, new_id, photo, sha256

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("as_written")]
QUEUE = """async ([draft, record, photos]) => {
    const base = document.querySelector('link[rel=stylesheet]').href.replace(/css\\/.*/, 'js/');
    const drafts = await import(base + 'inspecting/storage/drafts.js');
    const outbox = await import(base + 'inspecting/storage/outbox.js');
    const media = photos.map(({sha256, item, evidence, bytes}, order) => ({
        key: crypto.randomUUID(), owner: draft.id, item, row: '', order, media: 'photo', sha256, name: 'a.jpg',
        evidence,
        blob: new Blob([Uint8Array.from(bytes)], {type: 'image/jpeg'}),
    }));
    await drafts.saveDraft(draft, media);
    if (record) await outbox.queue(draft, record, media);
}"""


def queue(
    page: Page, world: World, *, title: str = "测试点位", site: str = "zebra-crossing-1", send: bool = True,
    marks: list[dict] | None = None, **change
):  # fmt: skip
    """Put an inspection with one photo into the phone's outbox, or leave it a draft."""
    content, id = photo(len(title) + sum(map(ord, site)), (320, 240)), new_id()
    submission = {**world.submission(), **change}
    at = submission["started_at"]
    shown = {"sha256": sha256(content), "item": "markings", "captured_at": at, "fix": None}
    draft = {
        "id": id,
        "kind": "inspection",
        "place": f"inspector/{site}",
        "inspector": "inspector",
        "site": site,
        "title": title,
        "version": submission["version"],
        "started_at": at,
        "fields": {},
        "watches": {},
        "updated_at": 1_790_000_000_000,
    }
    evidence = {"captured_at": at, "fix": None, **({"marks": marks} if marks else {})}
    photos = [{"sha256": shown["sha256"], "item": "markings", "evidence": evidence, "bytes": list(content)}]
    page.evaluate(QUEUE, [draft, {**submission, "photos": [shown]} if send else None, photos])
    return id, content


@pytest.fixture
def phone(world, serve, open_browser):
    world.services.store.close()
    server = serve(world.data)
    # The worker would send past the routes that keep this page off the network.
    page = open_browser(service_workers="block").new_page()
    sign_in(page, server.address, "inspector")
    return page, server


def test_each_state_is_told_and_what_is_refused_can_be_mended_or_deleted(world, phone):
    page, server = phone
    page.goto(f"{server.address}/field/outbox")
    expect(page.locator("#sending-state")).to_have_text("没有等待发送的内容")
    page.route("**/api/v1/**", lambda route: route.abort())
    good, _ = queue(page, world, title="好的一份")
    queue(page, world, title="坏的一份", answers={})
    queue(page, world, title="还没填完", send=False)
    expect(page.locator("#items li")).to_have_count(2)
    expect(page.locator("#sending-state")).to_have_text("等待网络，有信号时自动发送")
    expect(page.locator("#total-text")).to_have_text("照片 0/2 已确认")

    page.unroute("**/api/v1/**")
    page.locator("#send-now").click()
    confirmed = page.locator("#items li", has_text="好的一份")
    expect(confirmed).to_contain_text("✓ 1/1 照片已确认")
    refused = page.locator("#items li", has_text="坏的一份")
    expect(refused).to_contain_text("没有被接收")
    expect(refused).to_contain_text("办公室已收到这一份")
    expect(page.locator("#sending-state")).to_have_text("有测评没有被接收，请处理")
    expect(page.locator("#total-text")).to_have_text("照片 1/2 已确认")
    assert confirmed.get_by_role("link", name="查看结果").get_attribute("href") == f"/inspections/{good}"

    refused.get_by_role("button", name="删除").click()
    page.get_by_role("button", name="不删除").click()
    expect(refused).to_be_visible()
    refused.get_by_role("button", name="改正").click()
    page.wait_for_url(re.compile("/field/sites/zebra-crossing-1"))
    expect(page.locator("#item-markings .preview")).to_have_count(1)
    page.goto(f"{server.address}/field/outbox")
    drafts = page.locator("#drafts li")
    expect(drafts).to_have_count(2)
    drafts.filter(has_text="还没填完").get_by_role("button", name="删除").click()
    page.locator("#sure").get_by_role("button", name="删除", exact=True).click()
    expect(drafts).to_have_count(1)


def test_the_export_of_everything_is_what_the_command_takes(world, phone, tmp_path):
    page, server = phone
    # While it is signed in, the phone tells the key that it signs its exports with.
    with page.expect_response("**/field/device-key") as told:
        page.goto(f"{server.address}/field/outbox")
    assert told.value.status == 200
    page.route("**/api/v1/**", lambda route: route.abort())
    made = [queue(page, world, title=f"第{number}份", site=f"s{number}") for number in range(3)]
    marks = [{"kind": "blur", "points": [[100, 100], [400, 300]]}]
    draft, shown = queue(page, world, title="草稿", site="draft", send=False, marks=marks)
    with page.expect_download() as download:
        page.locator("#export").click()
    path = tmp_path / "phone.zip"
    download.value.save_as(path)
    assert re.fullmatch(r"inspect-inspector-\d{12}\.zip", download.value.suggested_filename)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("manifest.json"))["inspector"] == "inspector"
        for id, content in made:
            record = json.loads(archive.read(f"inspections/{id}/record.json"))
            assert archive.read(f"photos/{record['photos'][0]['sha256']}.jpg") == content
        (about,) = json.loads(archive.read(f"drafts/{draft}/draft.json"))["media"]
        assert (about["item"], about["evidence"]["marks"]) == ("markings", marks)
        assert archive.read(about["file"]) == shown
    server.stop()
    done = world.app().test_cli_runner().invoke(args=["inspections", "import", str(path)])
    assert (done.exit_code, done.output.count("已导入")) == (0, 3), done.output


def test_another_inspectors_items_are_counted_and_neither_shown_nor_sent(world, phone):
    page, server = phone
    page.goto(f"{server.address}/field/outbox")
    page.route("**/api/v1/**", lambda route: route.abort())
    queue(page, world, title="他人的秘密")
    page.context.clear_cookies()
    page.unroute("**/api/v1/**")
    let_in(page, server.address, "inspector2")
    page.goto(f"{server.address}/field/outbox")
    expect(page.locator("#foreign")).to_have_text("另一账号「inspector」有 1 份，登录该账号后发送。")
    page.wait_for_timeout(1500)
    assert "他人的秘密" not in page.locator("main").inner_text()
    assert page.evaluate("navigator.locks.query().then((found) => found.held.length)") == 0
    expect(page.locator("#foreign")).to_be_visible()


def test_room_on_the_phone_is_told_before_it_runs_out(phone):
    page, server = phone
    page.goto(f"{server.address}/field/outbox")
    script = """async (found) => {
        const base = document.querySelector('link[rel=stylesheet]').href.replace(/css\\/.*/, 'js/');
        return (await import(base + 'inspecting/storage/space.js')).describe(found);
    }"""
    mb = 1024 * 1024
    plenty = page.evaluate(script, {"persisted": True, "left": 900 * mb, "total": 4000 * mb})
    assert (plenty["warning"], "约 600 张照片" in plenty["left"]) == ("", True)
    few = page.evaluate(script, {"persisted": False, "left": 150 * mb, "total": 1000 * mb})
    assert "约还能存 100 张照片" in few["warning"]
    assert page.evaluate(script, {"persisted": None, "left": 300 * mb, "total": 4000 * mb})["warning"]
    assert page.evaluate(script, {"persisted": None, "left": None, "total": None})["warning"] == ""
    expect(page.locator("#space")).to_contain_text("张照片")
