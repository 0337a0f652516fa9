"""Answers that are no acknowledgement, whatever their status says: the phone keeps everything and sends again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from playwright.sync_api import Page, expect

from inspect_app.services.inspecting.receipts import ReceiptSigner, receipt_signer
from inspect_app.services.signing import office_key
from tests.browser.inspecting.sending.conftest import INSPECTION, PHOTO, Came
from tests.browser.phone import (
    Queued,
    go_on_sending,
    kept,
    online,
    outbox,
    photos_of,
    queue_many,
    states,
    wait_until,
)
from tests.faults import BadLine, changed, html, on, redirect, status
from tests.world import World

pytestmark = pytest.mark.browser


def saying(signer: ReceiptSigner, **said: Any) -> Callable[[Any], Any]:
    """The server's answer with a receipt that says something else, rightly signed: the server itself lies."""

    def change(answer: Any) -> Any:
        if "receipt" not in answer:
            return answer
        content = json.loads(answer["receipt"]["text"]) | said
        return {
            **answer,
            **{key: value for key, value in said.items() if key in answer},
            "receipt": signer.sign(content),
        }

    return change


def with_receipt(change: Callable[[Mapping[str, str]], object]) -> Callable[[Any], Any]:
    return lambda answer: {**answer, "receipt": change(answer["receipt"])}


def other_last_letter(receipt: Mapping[str, str]) -> Mapping[str, str]:
    signature = receipt["signature"]
    # The last letter holds bits that base64 drops; the first does not.
    return {**receipt, "signature": ("B" if signature[0] == "A" else "A") + signature[1:]}


def test_a_photo_missing_from_the_receipt_stays_on_the_phone_and_is_sent_again(
    world: World, came: Came, line: BadLine, page: Page
):
    (made,) = queue_many(page, world, 1, 3)
    kept_by_server = [made.photos[0], made.photos[2]]
    lie = changed(saying(world.services.receipts, photos=kept_by_server))
    line.rules.append(on("PUT", INSPECTION, lie, times=1))
    go_on_sending(page, line.address)
    wait_until(page, lambda: line.tries("PUT", INSPECTION).total() == 1, 10, "the record has been sent")
    wait_until(page, lambda: states(page) == ["waiting"], 3, "the item waits")
    assert {one["sha256"] for one in kept(page, "media")} == set(made.photos)
    assert [part["sent"] for part in outbox(page)[0]["media"]] == [True, False, True]
    assert "1 张照片" in outbox(page)[0]["problem"]

    wait_until(page, lambda: states(page) == ["confirmed"], 15, "it is sent again and confirmed")
    assert line.tries("PUT", PHOTO) == {f"{PHOTO}{sha}": 2 if sha == made.photos[1] else 1 for sha in made.photos}
    assert kept(page, "media") == []
    assert came() == [made.id]


def test_the_phone_deletes_nothing_on_the_word_of_a_receipt_that_is_not_valid(world: World, line: BadLine, page: Page):
    """Signed by nobody, by somebody else, about something else, an old one, or none at all."""
    signer, stranger = world.services.receipts, made_signer()
    lies: list[Callable[[Any], Any]] = [
        with_receipt(other_last_letter),
        with_receipt(lambda receipt: {**receipt, "text": receipt["text"].replace('"audio"', '"Audio"')}),
        saying(replace(signer, office=stranger.office)),
        saying(stranger),
        saying(signer, id="00000000-0000-4000-8000-000000000000"),
        saying(signer, inspector="inspector2"),
        saying(signer, content="0" * 64),
        saying(signer, content=None),
        saying(signer, photos=None),
        saying(signer, photos=[]),
        with_receipt(lambda receipt: None),
        with_receipt(lambda receipt: "signed"),
        lambda answer: {},
        lambda answer: [],
        lambda answer: None,
        lambda answer: True,
    ]
    made = queue_many(page, world, len(lies), 1)
    line.rules += [on("PUT", f"{INSPECTION}{one.id}", changed(lie)) for one, lie in zip(made, lies, strict=True)]
    go_on_sending(page, line.address)
    wait_until(page, lambda: all(count >= 1 for count in asked(line, made)), 20, "every record has been sent")
    wait_until(page, lambda: states(page) == ["waiting"] * len(lies), 10, "all wait")
    assert {one["sha256"] for one in kept(page, "media")} == {one.photos[0] for one in made}
    expect(page.locator("#total-text")).to_have_text(f"照片 0/{len(lies)} 已确认")
    expect(page.locator(".confirmed")).to_have_count(0)

    line.rules.clear()
    online(page)
    wait_until(page, lambda: states(page) == ["confirmed"] * len(lies), 20, "an honest server confirms all")
    assert [photos_of(world, one.id) for one in made] == [one.photos for one in made]
    assert kept(page, "media") == []


def test_captive_portals_and_redirects_are_no_acknowledgement(world: World, came: Came, line: BadLine, page: Page):
    made = queue_many(page, world, 3, 1)
    portals = [
        html(200),
        redirect("http://portal.invalid/login"),
        redirect("/login"),
        redirect(f"{INSPECTION}x", 307),
        status(200, {"result": "success"}),
        status(201, {}),
        html(511),
        html(404),
        html(403),
    ]
    go_on_sending_later = True
    for number, portal in enumerate(portals):
        # Sometimes the portal answers everything, sometimes writing only.
        method, path = ("GET", "/api/") if number % 2 else ("PUT", "/api/")
        line.rules[:] = [on("PUT", "/api/", portal), on(method, path, portal)]
        if go_on_sending_later:
            go_on_sending(page, line.address)
            go_on_sending_later = False
        else:
            online(page)
        page.wait_for_timeout(700)
        assert set(states(page)) <= {"waiting", "sending"}, f"portal {number}: {outbox(page)}"
        assert len(kept(page, "media")) == 3, f"portal {number}"
        assert not any(part["sent"] for item in outbox(page) for part in item["media"]), f"portal {number}"
    assert came() == []
    line.rules.clear()
    online(page)
    wait_until(page, lambda: states(page) == ["confirmed"] * 3, 20, "all is sent once the portal is gone")
    # An item that was on its way when the portal went may come after the next.
    assert sorted(came()) == sorted(one.id for one in made)


def test_a_page_of_something_before_the_server_is_told_as_such(world: World, line: BadLine, page: Page):
    queue_many(page, world, 1, 1)
    line.rules.append(on("PUT", "/api/", html(403)))
    go_on_sending(page, line.address)
    expect(page.locator(".is-waiting")).to_contain_text("有设备拦在服务器前面（HTTP 403")
    assert states(page) == ["waiting"]


def test_a_photo_that_is_acknowledged_as_another_is_sent_again(world: World, came: Came, line: BadLine, page: Page):
    (made,) = queue_many(page, world, 1, 2)
    line.rules.append(on("PUT", PHOTO, changed(lambda told: {**told, "sha256": "0" * 64}), times=1))
    go_on_sending(page, line.address)
    wait_until(page, lambda: states(page) == ["confirmed"], 20, "it is confirmed")
    assert line.tries("PUT", f"{PHOTO}{made.photos[0]}").total() == 2
    assert came() == [made.id]


def asked(line: BadLine, made: list[Queued]) -> list[int]:
    tries = line.tries("PUT", INSPECTION)
    return [tries[f"{INSPECTION}{one.id}"] for one in made]


def made_signer() -> ReceiptSigner:
    return receipt_signer(office_key(ec.generate_private_key(ec.SECP256R1())))


def test_what_the_server_has_whole_is_confirmed_though_a_photo_sent_again_is_refused(
    world: World, came: Came, line: BadLine, page: Page
):
    (made,) = queue_many(page, world, 1, 2)
    line.rules.append(on("PUT", INSPECTION, changed(saying(world.services.receipts, photos=made.photos[:1])), times=1))
    go_on_sending(page, line.address)
    wait_until(page, lambda: states(page) == ["waiting"] and line.tries("PUT", INSPECTION).total() == 1, 10, "it waits")
    line.rules.append(on("PUT", f"{PHOTO}{made.photos[1]}", status(422)))
    wait_until(page, lambda: line.tries("PUT", INSPECTION).total() == 2, 15, "the record is sent once more")
    wait_until(page, lambda: states(page) == ["confirmed"], 5, "it is confirmed")
    assert kept(page, "media") == []
    assert came() == [made.id]
