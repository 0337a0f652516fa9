"""Answers that are lost, and answers that say no: one record, and the inspector sees how things stand."""

from __future__ import annotations

import http.client
import json
import re
import threading

import pytest
from playwright.sync_api import Page, expect

from tests.browser.inspecting.sending.conftest import INSPECTION, PHOTO, Came
from tests.browser.phone import (
    add_photos,
    answer_all,
    go_on_sending,
    kept,
    open_form,
    outbox,
    photos_of,
    queue_many,
    sign_in,
    states,
    static_base,
    wait_until,
)
from tests.faults import BadLine, Fault, half, lose, on, status
from tests.world import PASSWORD, World, photo, sha256

pytestmark = pytest.mark.browser


def test_an_answer_lost_after_the_server_committed_makes_one_record(
    world: World, came: Came, line: BadLine, page: Page
):
    """Lost whole or broken off, to a record or a photo.

    Browsers themselves send again, once, what broke on a connection used before: of three losses the page sees some.
    """
    made = queue_many(page, world, 4, 2)
    cases = [(f"{INSPECTION}{made[0].id}", lose()), (f"{INSPECTION}{made[1].id}", half())]
    cases += [(f"{PHOTO}{made[2].photos[0]}", lose()), (f"{PHOTO}{made[3].photos[1]}", half())]
    line.rules += [on("PUT", path, fault, times=3) for path, fault in cases]
    go_on_sending(page, line.address)
    wait_until(page, lambda: states(page) == ["confirmed"] * 4, 20, "all are confirmed")
    assert came() == [one.id for one in made]
    assert [photos_of(world, one.id) for one in made] == [one.photos for one in made]
    assert kept(page, "media") == []
    for path, _ in cases:
        told = [exchange.status for exchange in line.exchanges if exchange.path == path]
        assert told == [None, None, None, 200], "the server had it since the first time, and says the same again"


def test_a_server_in_trouble_is_named_and_tried_again_without_a_touch(
    world: World, came: Came, line: BadLine, page: Page
):
    made = queue_many(page, world, 4, 2)
    line.rules += [
        on("PUT", f"{INSPECTION}{made[0].id}", status(500), times=1),
        on("PUT", f"{INSPECTION}{made[1].id}", status(503), times=1),
        on("PUT", f"{PHOTO}{made[2].photos[1]}", status(500), times=1),
        on("PUT", f"{PHOTO}{made[3].photos[0]}", status(503), times=1),
    ]
    go_on_sending(page, line.address)
    for code in (500, 503):
        expect(page.locator(".is-waiting", has_text=re.compile(rf"服务器.*{code}.*自动重试"))).to_have_count(2)
    assert states(page) == ["waiting"] * 4
    assert len(kept(page, "media")) == 8
    wait_until(page, lambda: states(page) == ["confirmed"] * 4, 20, "all are sent again and confirmed")
    assert sorted(came()) == sorted(one.id for one in made)
    assert line.tries("PUT", f"{PHOTO}{made[0].photos[0]}").total() == 1, "what was acknowledged is not sent again"


def test_a_server_that_is_ill_for_good_is_asked_less_and_less_often(world: World, line: BadLine, page: Page):
    queue_many(page, world, 3, 1)
    line.rules.append(on("PUT", PHOTO, status(503)))
    go_on_sending(page, line.address)
    page.wait_for_timeout(9_000)
    tries = line.tries("PUT", PHOTO)
    assert max(tries.values()) <= 3
    assert states(page) == ["waiting"] * 3
    waits = [item["not_before"] - item["queued_at"] for item in outbox(page)]
    assert all(wait > 5_000 for wait in waits)


def test_an_expired_session_asks_for_login_and_then_goes_on_by_itself(
    world: World, came: Came, line: BadLine, page: Page
):
    first, second = queue_many(page, world, 2, 2)
    line.rules.append(on("PUT", PHOTO, status(503)))
    go_on_sending(page, line.address)
    wait_until(page, lambda: line.tries("PUT", PHOTO).total() >= 2, 10, "both have been put off")
    world.end_sessions()
    line.rules.clear()
    expect(page.locator("#sending-state")).to_contain_text("登录已过期")
    expect(page.locator("#sending-state a")).to_have_attribute("href", "/login?next=/field/outbox")
    assert states(page) == ["waiting", "waiting"]
    # In another window, as a link on the page does.
    other = page.context.new_page()
    sign_in(other, line.address)
    other.goto("about:blank")
    wait_until(page, lambda: states(page) == ["confirmed"] * 2, 20, "both are sent after signing in")
    assert came() == [first.id, second.id]


def test_a_session_that_ends_between_photo_and_record_keeps_the_item(world: World, line: BadLine, page: Page):
    (made,) = queue_many(page, world, 1, 2)
    line.rules.append(on("PUT", INSPECTION, status(401), times=1))
    go_on_sending(page, line.address)
    expect(page.locator(".is-waiting")).to_contain_text("登录已过期")
    wait_until(page, lambda: states(page) == ["confirmed"], 15, "the session is good again")
    assert line.tries("PUT", PHOTO) == {f"{PHOTO}{sha}": 1 for sha in made.photos}


def test_a_refused_item_is_kept_with_the_reason_and_never_holds_up_the_others(
    world: World, came: Came, line: BadLine, page: Page
):
    *poisoned, good = queue_many(page, world, 6, 2)
    cases = [
        (409, f"{INSPECTION}{poisoned[0].id}"),
        (413, f"{INSPECTION}{poisoned[1].id}"),
        (422, f"{INSPECTION}{poisoned[2].id}"),
        (413, f"{PHOTO}{poisoned[3].photos[0]}"),
        (422, f"{PHOTO}{poisoned[4].photos[1]}"),
    ]
    line.rules += [
        on("PUT", path, status(code, {"error": f"原因{number}"})) for number, (code, path) in enumerate(cases)
    ]
    go_on_sending(page, line.address)
    wait_until(page, lambda: states(page) == ["refused"] * 5 + ["confirmed"], 15, "five are refused, one is sent")
    for number, (code, _) in enumerate(cases):
        expect(page.locator(".is-refused .problem", has_text=f"原因{number}")).to_be_visible()
        assert outbox(page)[number]["status"] == code
    assert came() == [good.id]
    assert {one["owner"] for one in kept(page, "media")} == {one.id for one in poisoned}
    page.wait_for_timeout(3_000)
    assert max(line.tries("PUT", "/api").values()) == 1, "what was refused is not sent again by itself"


def test_two_different_inspections_under_one_id_are_a_conflict_that_loses_neither(
    world: World, line: BadLine, page: Page
):
    """The server really holds another content under the id."""
    (made,) = queue_many(page, world, 1, 1)
    other = http.client.HTTPConnection("127.0.0.1", line.server_port)
    headers = {"Authorization": f"Bearer {world.tokens['inspector']}", "Content-Type": "application/json"}
    other.request("PUT", f"{INSPECTION}{made.id}", json.dumps(world.submission("zebra-crossing")), headers)
    assert other.getresponse().status == 201
    go_on_sending(page, line.address)
    wait_until(page, lambda: states(page) == ["refused"], 15, "the conflict is told")
    expect(page.locator(".is-refused .problem")).to_contain_text("内容不同")
    assert len(kept(page, "media")) == 1
    stored = world.services.store.get("inspections", made.id)
    assert stored
    assert stored.document["site"] == "zebra-crossing-1"


def test_an_item_taken_back_while_it_is_being_sent_keeps_its_photos(
    world: World, came: Came, line: BadLine, page: Page
):
    (made,) = queue_many(page, world, 1, 2)
    held = threading.Event()
    line.rules.append(on("PUT", INSPECTION, Fault(hold=held), times=1))
    go_on_sending(page, line.address)
    wait_until(page, lambda: line.tries("PUT", PHOTO, answered=True).total() == 2, 15, "the record is on its way")
    page.wait_for_timeout(300)
    page.evaluate(
        "async ([base, id]) => (await import(`${base}/js/inspecting/storage/outbox.js`)).mend(id)",
        [static_base(page), made.id],
    )
    held.set()
    wait_until(page, lambda: came() == [made.id], 10, "the server has committed")
    page.wait_for_timeout(500)
    assert [draft["id"] for draft in kept(page, "drafts")] == [made.id]
    assert {one["sha256"] for one in kept(page, "media")} == set(made.photos)
    assert outbox(page) == []


def test_items_of_another_inspector_wait_for_them_and_nobody_is_asked_all_the_time(
    world: World, came: Came, line: BadLine, page: Page
):
    (made,) = queue_many(page, world, 1, 1, inspector="inspector2")
    before = line.tries("GET", "/api/v1/session").total()
    go_on_sending(page, line.address)
    page.wait_for_timeout(6_000)
    assert line.tries("GET", "/api/v1/session").total() - before <= 4
    assert states(page) == ["waiting"]
    assert came() == []
    world.end_sessions()
    sign_in(page, line.address, "inspector2")
    go_on_sending(page, line.address)
    wait_until(page, lambda: came() == [made.id], 15, "it is sent in its own inspector's name")
    stored = world.services.store.get("inspections", made.id)
    assert stored
    assert stored.document["inspector"] == "inspector2"


# What the form says: the inspector is still there


@pytest.fixture
def form(page: Page, line: BadLine) -> Page:
    """A form with everything answered and one photo."""
    open_form(page, line.address, "public-toilet-1")
    answer_all(page)
    add_photos(page, "open", [photo(1, (320, 240))])
    return page


@pytest.mark.parametrize("code", [500, 503])
def test_the_form_names_the_servers_trouble_and_shows_the_result_when_it_is_over(
    world: World, came: Came, line: BadLine, form: Page, code: int
):
    line.rules.append(on("PUT", INSPECTION, status(code), times=1))
    form.locator("#submit").tap()
    expect(form.locator("#message")).to_contain_text(re.compile(rf"服务器.*{code}.*待发.*自动重试"))
    form.wait_for_url(re.compile("/inspections/"))
    assert len(came()) == 1


def test_the_form_asks_for_login_and_the_outbox_goes_on_after_it(world: World, came: Came, line: BadLine, form: Page):
    world.end_sessions()
    form.locator("#submit").tap()
    expect(form.locator("#message")).to_contain_text("登录")
    assert states(form) == ["waiting"]
    form.locator("#message a").tap()
    form.get_by_label("账号").fill("inspector")
    form.get_by_label("密码").fill(PASSWORD)
    form.get_by_role("button", name="登录").click()
    wait_until(form, lambda: len(came()) == 1, 20, "it is sent after signing in")


def test_the_form_leads_from_a_conflict_to_the_outbox(world: World, line: BadLine, form: Page):
    line.rules.append(on("PUT", INSPECTION, status(409, {"error": "已有另一份内容不同的测评"})))
    form.locator("#submit").tap()
    expect(form.locator("#message")).to_contain_text("已有另一份内容不同的测评")
    expect(form.locator("#message a")).to_have_attribute("href", "/field/outbox")
    assert states(form) == ["refused"]
    assert len(kept(form, "media")) == 1


@pytest.mark.parametrize("code", [413, 422])
def test_the_form_shows_which_photo_was_refused_and_takes_another(
    world: World, came: Came, line: BadLine, form: Page, code: int
):
    line.rules.append(on("PUT", PHOTO, status(code, {"error": "照片：这张不行"}), times=1))
    form.locator("#submit").tap()
    expect(form.locator("#item-open .preview-problem")).to_contain_text("这张不行")
    expect(form.locator("#message")).to_contain_text("照片没有被接收")
    assert states(form) == []
    form.locator("#item-open .preview-remove").tap()
    add_photos(form, "open", [photo(2, (320, 240))])
    form.locator("#submit").tap()
    form.wait_for_url(re.compile("/inspections/"))
    assert photos_of(world, came()[0]) == [sha256(photo(2, (320, 240)))]


def test_the_form_marks_the_item_that_the_server_refuses(world: World, came: Came, line: BadLine, form: Page):
    item = world.checklist("public-toilet").items[3]
    problem = {
        "where": f"测评项「{item.text}」",
        "what": "这样不行",
        "code": "invalid",
        "path": ["answers", item.id, "value"],
    }
    told = {"error": "有1处问题", "problems": [problem]}
    line.rules.append(on("PUT", INSPECTION, status(422, told), times=1))
    form.locator("#submit").tap()
    expect(form.locator(".item.wanting .item-problems")).to_have_text("这样不行")
    expect(form.locator("#message")).to_contain_text("标红")
    form.locator("#item-signs .note textarea").evaluate("(field) => (field.closest('details').open = true)")
    form.locator("#item-signs .note textarea").fill("改好了")
    form.locator("#submit").tap()
    form.wait_for_url(re.compile("/inspections/"))
    assert len(came()) == 1
