"""A phone signs in by the QR code on the administrator's screen, and is out once it is revoked."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import pytest
import segno
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.browser.conftest import ARGUMENTS, DESK, PHONE, chromium
from tests.browser.test_accessibility import at_twice_the_size, findings_in_every_look
from tests.browser.test_whole_path import sign_in
from tests.conftest import ServerProcess
from tests.measured import PAGE_PATIENCE_MS

pytestmark = pytest.mark.browser
HOST = "inspect.city.example"


@pytest.fixture(scope="module")
def one_city(playwright: Playwright) -> Iterator[Browser]:
    arguments = [*ARGUMENTS, f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
    browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def city(one_city: Browser) -> Iterator[Browser]:
    """A browser for which the city's host name leads to this machine; its windows are closed when the test ends."""
    yield one_city
    for context in one_city.contexts:
        context.close()


@pytest.fixture(scope="module")
def root(shared_server: ServerProcess) -> str:
    """The address of a server whose codes and devices are told apart by account and name."""
    return f"http://{HOST}:{shared_server.port}"


def window(city: Browser, viewport: dict[str, int], **options) -> BrowserContext:
    context = city.new_context(
        viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai", service_workers="block", **options
    )
    context.set_default_timeout(PAGE_PATIENCE_MS)
    return context


def press_for(page: Page, account: str) -> None:
    page.get_by_role("cell", name=account, exact=True).first.locator("..").get_by_role(
        "button", name="手机登录码"
    ).click()


def modules(page: Page) -> list[list[int]]:
    """The QR code as the screen shows it: 1 for each dark module, 0 for each light one, without its margin."""
    picture = Image.open(io.BytesIO(page.locator(".qr").screenshot())).convert("L")
    across = int(page.locator(".qr").evaluate("(svg) => svg.viewBox.baseVal.width"))
    size, border = picture.width / across, 4

    def at(row: int, column: int) -> int:
        return int(picture.getpixel((int((column + 0.5) * size), int((row + 0.5) * size))) < 128)

    inside = range(border, across - border)
    margin = [at(row, column) for row in range(across) for column in range(across) if {row, column} - set(inside)]
    assert not any(margin)
    return [[at(row, column) for column in inside] for row in inside]


def test_a_phone_signs_in_by_the_code_on_the_screen_and_is_out_once_revoked(root: str, city: Browser):
    faults: list[str] = []
    desk = window(city, DESK).new_page()
    desk.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    sign_in(desk, root, "administrator")
    desk.goto(f"{root}/admin/users")
    press_for(desk, "inspector")
    address = desk.locator(".code-address").inner_text()
    assert re.fullmatch(rf"{re.escape(root)}/enter/[a-z2-9]{{26}}", address)
    assert modules(desk) == [list(row) for row in segno.make_qr(address, error="m").matrix]
    expect(desk.get_by_role("timer")).to_have_text(re.compile(r"^4:5\d$"))

    phone = window(city, PHONE, has_touch=True, is_mobile=True).new_page()
    phone.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    phone.goto(address)
    expect(phone.locator(".enter-who")).to_contain_text("账号 inspector")
    expect(desk.get_by_text("正在等待手机登录")).to_be_visible()
    phone.get_by_role("button", name="登录", exact=True).tap()
    phone.wait_for_url(f"{root}/field/")
    phone.get_by_text("zebra-crossing点位").wait_for()

    expect(desk.get_by_text("手机已登录")).to_be_visible()
    desk.get_by_label("名称").fill("小张的红米")
    desk.get_by_role("button", name="保存").click()
    row = desk.get_by_role("row", name="小张的红米")
    expect(row).to_contain_text("已登录")
    expect(desk).to_have_url(re.compile(r"/admin/devices\?user=inspector#device-"))
    assert faults == []

    late = window(city, PHONE).new_page()
    answer = late.goto(address)
    assert answer
    assert answer.status == 410
    expect(late.locator("h1")).to_have_text("这个登录码已经用过")

    row.get_by_role("button", name="作废").click()
    desk.locator(".devices-over").evaluate("(details) => { details.open = true; }")
    expect(desk.get_by_role("row", name="小张的红米")).to_contain_text("已作废")
    phone.goto(f"{root}/field/mine")
    expect(phone).to_have_url(re.compile(r"/login\?next="))
    assert phone.evaluate("() => fetch('/api/v1/session').then(({ status }) => status)") == 401


def test_without_javascript_code_and_phone_work_the_same(root: str, city: Browser):
    desk = window(city, DESK, java_script_enabled=False).new_page()
    sign_in(desk, root, "administrator")
    desk.goto(f"{root}/admin/users")
    press_for(desk, "inspector")
    address = desk.locator(".code-address").inner_text()
    expect(desk.locator(".code-countdown")).to_be_hidden()
    phone = window(city, PHONE, java_script_enabled=False).new_page()
    phone.goto(address)
    phone.get_by_role("button", name="登录", exact=True).click()
    expect(phone).to_have_url(f"{root}/field/")
    desk.get_by_role("link", name="刷新").click()
    expect(desk.get_by_text("手机已登录")).to_be_visible()


def test_the_page_of_a_code_follows_what_becomes_of_it(root: str, city: Browser):
    """Taken back in another window, its page says so by itself; the phone that opened it before is told, too."""
    context = window(city, DESK)
    desk = context.new_page()
    sign_in(desk, root, "administrator")
    desk.goto(f"{root}/admin/users")
    press_for(desk, "inspector2")
    address = desk.locator(".code-address").inner_text()
    phone = window(city, PHONE).new_page()
    phone.goto(address)
    other = context.new_page()
    other.goto(f"{root}/admin/devices")
    other.get_by_role("button", name="作废 inspector2 的登录码").click()
    expect(other.get_by_text("登录码已作废")).to_be_visible()
    desk.bring_to_front()
    expect(desk.get_by_text("登录码已作废")).to_be_visible()
    phone.get_by_role("button", name="登录", exact=True).click()
    expect(phone.locator("h1")).to_have_text("这个登录码已被作废")


WECHAT = (
    "Mozilla/5.0 (Linux; Android 13; V2227A Build/TP1A.220624.014; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/126.0.6478.188 Mobile Safari/537.36 XWEB/1260117 MicroMessenger/8.0.48.2580(0x28003036)"
)


def test_code_and_device_pages_in_use_have_no_serious_finding_and_fit_at_twice_the_size(root: str, city: Browser):
    desk = window(city, PHONE).new_page()
    sign_in(desk, root, "administrator")
    desk.goto(f"{root}/admin/users")
    press_for(desk, "inspector")
    address = desk.locator(".code-address").inner_text()
    assert findings_in_every_look(desk) == {}
    desk.set_viewport_size(PHONE)
    assert at_twice_the_size(desk) == []

    phone = window(city, PHONE, user_agent=WECHAT).new_page()
    phone.goto(address)
    expect(phone.get_by_text("您正在微信里打开本页")).to_be_visible()
    assert findings_in_every_look(phone) == {}
    phone.set_viewport_size(PHONE)
    assert at_twice_the_size(phone) == []
    phone.reload()
    phone.get_by_role("button", name="仍在微信里登录").click()
    phone.wait_for_url(f"{root}/field/")
    phone.goto(f"{root}/devices")
    phone.get_by_label("给「安卓手机 · 微信」改名").click()
    assert findings_in_every_look(phone) == {}
    phone.set_viewport_size(PHONE)
    assert at_twice_the_size(phone) == []

    desk.get_by_text("手机已登录").wait_for()
    assert findings_in_every_look(desk) == {}
