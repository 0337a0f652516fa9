"""A new version of the application on a phone full of an older one's work: nothing breaks, nothing is lost."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspecting.conftest import OpenPhone
from tests.browser.phone import (
    add_photos,
    answer_all,
    arrived,
    fields,
    kept,
    let_in,
    name_of,
    open_form,
    photos_of,
    queue_many,
    ready_offline,
    states,
    static_base,
    wait_until,
)
from tests.conftest import PROJECT
from tests.faults import BadLine
from tests.sites import keep_only
from tests.world import World, new_id, photo, sha256

pytestmark = pytest.mark.browser


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """A copy of the project with other files for phones, so that it is another version."""
    copy = tmp_path / "older"
    copy.mkdir()
    for name in ("inspect_app", "static", "templates", "checklists"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(PROJECT / "run.py", copy)
    for name in ("css/base.css", "js/inspecting/form.js", "js/inspecting/worker.js"):
        with (copy / "static" / name).open("a") as file:
            file.write("\n/* an older version */\n")
    return copy


# Pages note when they have asked a new version to take over: the last thing that a visit of the list does.
NOTE_ASKING = """
const post = ServiceWorker.prototype.postMessage;
ServiceWorker.prototype.postMessage = function (...given) {
  window.asked ||= given[0]?.type === "take-over";
  return post.apply(this, given);
};
"""


# What comes within the milliseconds in which the older worker ends wakes it again, and the newer one waits for half a
# minute or more: beside others a machine is slow enough for that to be met now and then.
@pytest.mark.alone
def test_drafts_and_outbox_of_the_older_version_survive_the_update_and_a_form_that_is_open_goes_on(
    world: World, line: BadLine, take_phone, serve, older: Path
):
    newer_port, line.server_port = line.server_port, serve(world.data, project=older).port
    phone = take_phone(init_scripts=[NOTE_ASKING])
    page = phone.open()
    let_in(page, line.address)
    ready_offline(page, line.address)
    old_base = static_base(page)
    queued = queue_many(page, world, 3, 2)
    draft, open_one = phone.context.new_page(), page
    open_form(draft, line.address, "bus-1")
    answer_all(draft)
    add_photos(draft, world.checklist("bus").items[0].id, [photo(1)])
    answers = fields(draft)
    line.network_off()
    draft.close()
    open_form(open_one, line.address, "public-toilet-1")
    answer_all(open_one)
    add_photos(open_one, "open", [photo(2)])

    line.server_port = newer_port
    line.network_on()
    page = phone.context.new_page()
    page.goto(f"{line.address}/field/")
    wait_until(page, lambda: len(arrived(world)) == 3, 30, "the outbox of the older version is sent")
    assert sorted(arrived(world)) == sorted(one.id for one in queued)
    wait_until(page, lambda: worker_of(page)["waiting"], 20, "the new version is there and waits")

    # The form that is open: what it needs is still of one version, and what is done in it arrives. The list is left
    # when it has asked: a request that comes while the older worker ends wakes that one, and the new one waits again.
    wait_until(page, lambda: page.evaluate("Boolean(window.asked)"), 20, "the new version is asked to take over")
    page.wait_for_timeout(500)
    assert worker_of(page)["waiting"], "a new version must not take over while a form is open"
    add_photos(open_one, "signs", [photo(3)])
    assert static_base(open_one) == old_base
    open_one.locator("#submit").tap()
    wait_until(page, lambda: len(arrived(world)) == 4, 20, "the inspection of the older page arrives")
    assert photos_of(world, arrived(world)[-1]) == [sha256(photo(2)), sha256(photo(3))]
    # Until the page has read the answer, it has the photos still.
    only_the_draft = [name_of(sha256(photo(1)))]
    wait_until(page, lambda: [one["name"] for one in kept(page, "media")] == only_the_draft, 20, "it is confirmed")
    open_one.close()

    # In a page of its own: Chromium can keep one waiting that leaves for another page while the versions change.
    page.close()
    page = phone.context.new_page()
    page.goto(f"{line.address}/field/")
    wait_until(page, lambda: not worker_of(page)["waiting"], 20, "the new version takes over")
    line.network_off()
    page.goto(f"{line.address}/field/")
    assert static_base(page) != old_base
    open_form(page, line.address, "bus-1")
    assert static_base(page) != old_base
    assert answers.items() <= fields(page).items()
    assert [one["name"] for one in kept(page, "media")] == [name_of(sha256(photo(1)))]
    line.network_on()
    page.locator("#submit").tap()
    wait_until(page, lambda: len(arrived(world)) == 5, 20, "the draft of the older version arrives")
    assert photos_of(world, arrived(world)[-1]) == [sha256(photo(1))]
    wait_until(page, lambda: set(states(page)) == {"confirmed"}, 10, "all are confirmed")


KEPT_BY = """async (made) => {
  const cache = await caches.open("inspect-pages");
  const versions = {};
  for (const path of ["/field/", "/field/outbox", "/field/adhoc"]) {
    const page = await cache.match(path, { ignoreVary: true });
    const headers = { "X-App-Version": made, Date: page.headers.get("Date") };
    if (made) await cache.put(path, new Response("", { headers }));
    versions[path] = page.headers.get("X-App-Version");
  }
  return versions;
}"""


def test_pages_kept_by_an_older_version_are_asked_for_again(world: World, line: BadLine, open_phone: OpenPhone):
    """The files that they name are not there for ever."""
    keep_only(world.services.store, "public-toilet-1")
    page = open_phone(line.address)
    ready_offline(page, line.address, forms=1)
    current = page.evaluate(KEPT_BY, "older")
    assert page.evaluate(KEPT_BY) == dict.fromkeys(current, "older")
    page.goto(f"{line.address}/field/")
    wait_until(page, lambda: page.evaluate(KEPT_BY) == current, 20, "the pages of this version are kept")


def worker_of(page: Page) -> dict[str, Any]:
    """The states of the service worker's versions."""
    found: dict[str, Any] = page.evaluate(
        """async () => {
          const { active, waiting } = await navigator.serviceWorker.getRegistration("/field/");
          return { active: active?.state ?? null, waiting: waiting?.state ?? null };
        }"""
    )
    return found


# What phones hold that were used with version 0.2 (answers in localStorage) and with the first version of the database.
# Written down here as it was, and not to be changed when the application changes: phones in the field do not change.

VERSION_0_2 = """
([inspector, site, id, version]) => localStorage.setItem(`inspect.draft.${inspector}.${site}`, JSON.stringify({
  id, version, startedAt: "2026-11-23T02:30:00.000Z",
  fields: {
    "answers.open.value": "pass", "answers.signs.value": "fail", "answers.signs.no_photo_reason": "现场禁止拍照",
  },
  watches: {}, photos: 2,
}))
"""

DATABASE_1 = """
({ inspector, version, draft, sent, body, jpegs, hashes }) => new Promise((resolve, reject) => {
  const request = indexedDB.open("inspect", 1);
  request.onupgradeneeded = () => {
    const db = request.result;
    db.createObjectStore("drafts", { keyPath: "id" }).createIndex("place", "place");
    db.createObjectStore("media", { keyPath: "key" }).createIndex("owner", "owner");
    db.createObjectStore("outbox", { keyPath: "id" }).createIndex("state", "state");
    db.createObjectStore("kept", { keyPath: "name" });
  };
  request.onerror = () => reject(request.error);
  request.onsuccess = () => {
    const db = request.result;
    const transaction = db.transaction(["drafts", "media", "outbox", "kept"], "readwrite");
    const blob = (base64) => new Blob([Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))], { type: "image/jpeg" });
    const media = (key, owner, item, order) => ({
      key, owner, item, row: "", order, media: "photo", blob: blob(jpegs[order]), sha256: hashes[order],
      name: `${key}.jpg`, evidence: { captured_at: "2026-11-23T02:31:00.000Z", fix: null },
    });
    const inspection = (id, site) => ({
      id, kind: "inspection", inspector, site, place: `${inspector}/${site}`, title: site, version,
      checklist: "public-toilet", started_at: "2026-11-23T02:30:00.000Z", fields: { "answers.open.value": "pass" },
      watches: {}, updated_at: 1795400000000,
    });
    transaction.objectStore("drafts").put(inspection(draft, "public-toilet-1"));
    transaction.objectStore("media").put(media("one", draft, "open", 0));
    transaction.objectStore("media").put(media("two", sent, "open", 1));
    transaction.objectStore("outbox").put({
      id: sent, inspector, order: 1795400000000, queued_at: 1795400000000, title: "public-toilet-1", kind: "inspection",
      body, draft: inspection(sent, "public-toilet-1"), site: "public-toilet-1",
      media: [{ key: "two", sha256: hashes[1], media: "photo", bytes: 1, sent: false }], state: "sending", status: null,
      problem: "", problems: [], tries: 0, not_before: 0, page: "", receipt: null, confirmed_at: null,
    });
    transaction.objectStore("kept").put({ name: "clock", value: { offset_ms: 0 } });
    transaction.oncomplete = () => { db.close(); resolve(); };
  };
})
"""


def test_a_draft_of_version_0_2_is_taken_over(world: World, line: BadLine, open_phone: OpenPhone):
    page = open_phone(line.address, service_workers="block")
    page.goto(f"{line.address}/login")
    id = new_id()
    page.evaluate(VERSION_0_2, ["inspector", "public-toilet-1", id, world.checklist("public-toilet").version])
    open_form(page, line.address, "public-toilet-1")
    expect(page.locator("#draft-notice")).to_contain_text("已恢复")
    assert fields(page)["answers.signs.no_photo_reason"] == "现场禁止拍照"
    answer_all(page)
    page.locator("#submit").tap()
    page.wait_for_url(re.compile("/inspections/"))
    assert arrived(world) == [id], "it arrives under its own id"
    assert page.evaluate("() => Object.keys(localStorage).filter((name) => name.startsWith('inspect.draft'))") == []


@pytest.mark.parametrize("later", [False, True], ids=["first", "from-the-future"])
def test_a_database_of_another_version_keeps_its_draft_and_its_outbox(
    world: World, line: BadLine, open_phone: OpenPhone, later: bool
):
    """The first one, and one of a version to come: the server was set back, or an old page is still open."""
    page = open_phone(line.address, service_workers="block")
    page.goto(f"{line.address}/login")
    pictures = [photo(seed, (320, 240)) for seed in range(2)]
    draft, sent = new_id(), new_id()
    record = world.submission("public-toilet") | {
        "photos": [
            {"sha256": sha256(pictures[1]), "item": "open", "captured_at": "2026-11-23T02:31:00.000Z", "fix": None}
        ]
    }
    page.evaluate(
        DATABASE_1,
        {
            "inspector": "inspector",
            "version": record["version"],
            "draft": draft,
            "sent": sent,
            "body": json.dumps(record),
            "jpegs": [base64.b64encode(content).decode() for content in pictures],
            "hashes": [sha256(content) for content in pictures],
        },
    )
    if later:
        page.evaluate(
            """() => new Promise((resolve) => {
              const request = indexedDB.open("inspect", 9);
              request.onupgradeneeded = () => request.result.createObjectStore("cases", { keyPath: "id" });
              request.onsuccess = () => { request.result.close(); resolve(); };
            })"""
        )
    open_form(page, line.address, "public-toilet-1")
    expect(page.locator("#item-open .preview")).to_have_count(1)
    assert fields(page)["answers.open.value"] == "pass"
    wait_until(page, lambda: arrived(world) == [sent], 15, "the outbox is sent")
    assert photos_of(world, sent) == [sha256(pictures[1])]
    answer_all(page)
    page.locator("#submit").tap()
    page.wait_for_url(re.compile("/inspections/"))
    assert arrived(world) == [sent, draft], "the draft is sent"
    assert photos_of(world, draft) == [sha256(pictures[0])]
    assert states(page) == ["confirmed"] * 2
