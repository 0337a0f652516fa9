"""A printed label leads a phone's scanner to the form: what is in the code is read from the picture itself."""

from __future__ import annotations

import io
from collections.abc import Callable

import cv2
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.phone import let_in
from tests.world import World

pytestmark = pytest.mark.browser


def test_a_scanned_label_opens_the_sites_form_after_signing_in(
    world: World, serve, open_browser: Callable[..., BrowserContext]
):
    server = serve(world.data)
    desk = open_browser(DESK).new_page()
    let_in(desk, server.address, "administrator")
    desk.goto(f"{server.address}/admin/sites/labels?code=public-toilet-1")
    picture = Image.open(io.BytesIO(desk.locator(".label-code").screenshot(scale="css"))).convert("RGB")
    enlarged = picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.NEAREST)
    text, *_ = cv2.QRCodeDetector().detectAndDecode(np.asarray(enlarged))
    assert text.endswith("/field/sites/public-toilet-1")
    desk.emulate_media(media="print")
    expect(desk.locator(".screen-only")).to_be_hidden()
    expect(desk.locator(".label")).to_be_visible()
    box = desk.locator(".label").bounding_box()
    assert box
    assert (box["width"] / 96 * 25.4, box["height"] / 96 * 25.4) == pytest.approx((63.5, 38.1), abs=0.2)

    phone = open_browser(PHONE).new_page()
    path = text[text.index("/field/") :]
    phone.goto(f"{server.address}{path}")
    expect(phone.get_by_label("账号")).to_be_visible()
    phone.get_by_label("账号").fill("inspector")
    phone.get_by_label("密码").fill("right-password-1")
    phone.get_by_role("button", name="登录").click()
    expect(phone.locator("h1")).to_contain_text("public-toilet点位")
