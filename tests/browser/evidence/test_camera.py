"""The camera of the page and photos made smaller on the phone: real modules, a real Chromium, its made-up camera."""

from __future__ import annotations

import base64
import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from inspect_app.photos.copies import Copies, copies_of
from inspect_app.services import open_services
from inspect_app.settings import PROJECT
from tests.browser import phone
from tests.browser.conftest import ARGUMENTS, PHONE, chromium
from tests.browser.evidence.test_exif import CAMERA, MAKE, ORIENTATION, TAKEN
from tests.conftest import ServerProcess
from tests.measured import PAGE_PATIENCE_MS
from tests.photos.reading import turned_by_tag_alone
from tests.photos.test_heic import heic
from tests.world import World, photo

pytestmark = pytest.mark.browser

FAKE_CAMERA = ["--use-fake-device-for-media-stream=device-count=2", "--use-fake-ui-for-media-stream"]
MODULES = """async () => {
    const base = document.querySelector('link[rel=stylesheet]').href.replace(/css\\/.*/, 'js/evidence/camera/');
    const { openLiveCamera } = await import(base + "live.js");
    const { reduce } = await import(base + "reduce.js");
    window.loaded = { live: openLiveCamera, reduce };
    window.blobFrom = (text) => new Blob([Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0))]);
    window.bytesOf = async (blob) => {
        let text = "";
        for (const byte of new Uint8Array(await blob.arrayBuffer())) text += String.fromCharCode(byte);
        return btoa(text);
    };
}"""


@pytest.fixture(scope="module")
def with_camera(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium with two made-up cameras, which it gives to every page that asks."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=[*ARGUMENTS, *FAKE_CAMERA])
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def one_page(with_camera: Browser) -> Iterator[Page]:
    """The page of the tests of the modules, which keep nothing: a new document is a new start."""
    context = with_camera.new_context(viewport=PHONE, service_workers="block", locale="zh-CN")
    context.set_default_timeout(PAGE_PATIENCE_MS)
    yield context.new_page()
    context.close()


@pytest.fixture
def open_page(one_page: Page, live_address: str) -> Iterator[Callable[..., Page]]:
    """The page, new, with the modules loaded; ``before`` runs in it first, ``route`` may spoil what it fetches."""

    def open_one(before: str = "", route: Callable[[BrowserContext], None] | None = None) -> Page:
        if route:
            route(one_page.context)
        one_page.goto(f"{live_address}/login?first")
        one_page.goto(f"{live_address}/login")
        if before:
            one_page.evaluate(f"() => {{ {before} }}")
        one_page.evaluate(MODULES)
        return one_page

    yield open_one
    one_page.context.unroute_all()
    one_page.set_viewport_size(PHONE)
    one_page.emulate_media(color_scheme="null")


# Reduction


def reduced(page: Page, content: bytes, longest_px: int = 2560) -> tuple[bytes, dict[str, Any], str]:
    """The bytes that come out, what was read of the original, and the name of the file."""
    found = page.evaluate(
        """async ([text, longest]) => {
            const file = new File([blobFrom(text)], "IMG_1.HEIC", { lastModified: 1234567 });
            const { blob, original } = await loaded.reduce(file, longest);
            return [await bytesOf(blob), original, blob.name, blob.lastModified];
        }""",
        [base64.b64encode(content).decode(), longest_px],
    )
    assert found[3] == 1234567
    return base64.b64decode(found[0]), found[1], found[2]


@cache
def turned(size: tuple[int, int], orientation: int = 6, form: str = "JPEG") -> bytes:
    """A photo with a red corner, taken with the phone on its side."""
    image = Image.open(io.BytesIO(photo(1, size)))
    image.paste("red", (0, 0, size[0] // 8, size[1] // 8))
    exif = Image.Exif()
    exif[MAKE], exif[ORIENTATION] = "HUAWEI", orientation
    exif.get_ifd(CAMERA)[TAKEN] = "2026:11:23 10:29:58"
    output = io.BytesIO()
    image.save(output, form, quality=90, exif=exif)
    return output.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_stands_where_the_server_would_show_it(open_page, orientation):
    """The browser turns it as its container says, the server as its orientation is read, and both read the same."""
    content = turned((320, 240), orientation, "AVIF")
    made, original, name = reduced(open_page(), content, 160)
    shown = copies_of(content)
    assert isinstance(shown, Copies)
    assert (original.get("orientation", 1), original["width"], original["height"]) == (orientation, 320, 240)
    assert (shown.look.exif.orientation or 1) == orientation
    picture = Image.open(io.BytesIO(made)).convert("RGB")
    wanted = shown.review.resize(picture.size)
    assert (picture.width > picture.height) == (shown.review.width > shown.review.height) == (orientation < 5)
    assert np.abs(np.asarray(picture, int) - np.asarray(wanted, int)).mean() < 12
    assert name == "IMG_1.jpg"


def test_an_avif_whose_tags_alone_turn_it_is_turned_by_nobody(open_page):
    content, page = turned_by_tag_alone(), open_page()
    _, original, _ = reduced(page, content, 32)
    size = page.evaluate(
        "(text) => createImageBitmap(blobFrom(text)).then(({ width, height }) => [width, height])",
        base64.b64encode(content).decode(),
    )
    shown = copies_of(content)
    assert isinstance(shown, Copies)
    assert shown.review.size == tuple(size) == (64, 48)
    assert original["orientation"] == 1


def test_a_large_photo_is_made_smaller_upright_and_its_exif_is_read_first(open_page):
    content = turned((3200, 2400))
    made, original, name = reduced(open_page(), content)
    picture = Image.open(io.BytesIO(made))
    assert (picture.format, picture.size, name) == ("JPEG", (1920, 2560), "IMG_1.jpg")
    assert len(made) < len(content)
    red, green, _ = picture.getpixel((1900, 20))
    assert red > 180
    assert green < 90
    assert original == {
        "bytes": len(content),
        "width": 3200,
        "height": 2400,
        "orientation": 6,
        "taken_at": "2026-11-23T10:29:58",
        "make": "HUAWEI",
    }


def png(size: tuple[int, int]) -> bytes:
    output = io.BytesIO()
    Image.new("RGB", size, "teal").save(output, "PNG")
    return output.getvalue()


@pytest.mark.parametrize(
    ("make", "longest_px"),
    [
        (lambda: turned((1600, 1200)), 0),
        (lambda: turned((1600, 1200)), 1600),
        (lambda: heic(1), 320),
        (lambda: turned((1600, 1200))[:5_000], 640),
        (lambda: b"not a photo at all", 640),
        (lambda: b"", 640),
        (lambda: png((1400, 1000)), 1380),
        (lambda: b"\xff\xd8\xff\xc0\x00\x11\x08\xff\xff\xff\xff\x03" + bytes(200), 640),
    ],
    ids=["as it is", "small enough", "HEIC", "cut", "text", "empty", "larger as JPEG", "huge by its header"],
)
def test_what_cannot_or_need_not_be_made_smaller_keeps_its_bytes(open_page, make, longest_px):
    content = make()  # here rather than above: each process of a run reads the module
    made, original, name = reduced(open_page(), content, longest_px)
    assert made == content
    assert name == "IMG_1.HEIC"
    assert original["bytes"] == len(content)


WITHOUT = {
    "worker": "delete globalThis.Worker;",
    "canvas": "delete globalThis.OffscreenCanvas;",
    "decoder": "delete globalThis.createImageBitmap;",
}


@pytest.mark.parametrize("missing", WITHOUT)
def test_a_browser_that_cannot_reduce_sends_the_original_with_what_was_read(open_page, missing):
    content = turned((1600, 1200))
    made, original, _ = reduced(open_page(WITHOUT[missing]), content, 640)
    assert made == content
    assert (original["make"], original["width"]) == ("HUAWEI", 1600)


def spoilt(code: str | None) -> Callable[[BrowserContext], None]:
    """The worker's script is not there, or begins with other code."""

    def fulfil(route: Any) -> None:
        if code is None:
            route.abort()
        else:
            answer = route.fetch()
            route.fulfill(response=answer, body=code + answer.text())

    return lambda context: context.route("**/reduce-worker.js", fulfil)


@pytest.mark.parametrize(
    "code",
    [
        None,
        "this is no script ",
        "OffscreenCanvas.prototype.convertToBlob = async () => { throw new Error('no memory'); };",
        "OffscreenCanvas.prototype.convertToBlob = async () => new Blob([], { type: 'image/jpeg' });",
        "OffscreenCanvas.prototype.convertToBlob = async () => new Blob(['x'], { type: 'image/png' });",
        "OffscreenCanvasRenderingContext2D.prototype.getImageData = (x, y, w, h) => new ImageData(w, h);",
    ],
    ids=["missing", "broken", "no memory", "empty", "PNG", "noise for fingerprints"],
)
def test_a_worker_that_fails_never_costs_the_photo(open_page, code):
    content = turned((1600, 1200))
    page = open_page(route=spoilt(code))
    for _ in range(3):
        made, original, _ = reduced(page, content, 640)
        assert made == content
        assert original["make"] == "HUAWEI"


def test_several_photos_at_once_come_back_each_as_itself(open_page):
    sizes = page_sizes(open_page(), [(900 + 50 * number, 600) for number in range(6)])
    assert sizes == [[640, round(640 * 600 / (900 + 50 * number))] for number in range(6)]


def page_sizes(page: Page, sizes: list[tuple[int, int]]) -> list[list[int]]:
    texts = [base64.b64encode(turned(size, 1)).decode() for size in sizes]
    found: list[list[int]] = page.evaluate(
        """(texts) => Promise.all(texts.map(async (text) => {
            const { blob } = await loaded.reduce(blobFrom(text), 640);
            const { width, height } = await createImageBitmap(blob);
            return [width, height];
        }))""",
        texts,
    )
    return found


# The live camera

OPEN = """(fails) => {
    window.shots = [];
    window.left = false;
    window.system = 0;
    navigator.vibrate = (ms) => { window.vibrated = (window.vibrated ?? 0) + 1; };
    const onShot = async (blob, takenMs) => {
        if (shots.length === fails) { fails = -1; throw new Error("手机空间已满"); }
        shots.push({ blob, takenMs });
    };
    const useSystemCamera = () => window.system++;
    loaded.live({ title: "第 3 项 路面整洁", onShot, useSystemCamera }).then(() => { window.left = true; });
}"""


def opened(page: Page, fails: int = -1) -> Page:
    page.evaluate(OPEN, fails)
    return page


def shutter(page: Page) -> Any:
    return page.get_by_role("button", name="拍照")


def frame_of(page: Page) -> tuple[int, int]:
    width, height = page.locator("video").evaluate("(video) => [video.videoWidth, video.videoHeight]")
    return width, height


def taken(page: Page) -> list[tuple[Image.Image, float]]:
    found = page.evaluate("() => Promise.all(shots.map(async ({ blob, takenMs }) => [await bytesOf(blob), takenMs]))")
    return [(Image.open(io.BytesIO(base64.b64decode(text))), at) for text, at in found]


def test_several_photos_in_a_row_are_jpegs_of_the_camera_taken_now(open_page):
    page = opened(open_page())
    dialog = page.get_by_role("dialog", name="现场拍照：第 3 项 路面整洁")
    expect(dialog).to_be_visible()
    for count in (1, 2, 3):
        expect(shutter(page)).to_be_enabled()
        before = page.evaluate("Date.now()")
        shutter(page).click()
        expect(dialog).to_contain_text(f"{count} 张")
        assert before <= page.evaluate("shots.at(-1).takenMs") <= page.evaluate("Date.now()")
    width, height = page.evaluate(
        "[document.querySelector('video').videoWidth, document.querySelector('video').videoHeight]"
    )
    assert width * height > 1_000_000
    photos = taken(page)
    assert [(picture.format, picture.size) for picture, _ in photos] == [("JPEG", (width, height))] * 3
    assert all(len(picture.convert("L").getcolors(256)) > 10 for picture, _ in photos), "something is on it"
    assert page.evaluate("vibrated") == 3
    page.evaluate("window.track = document.querySelector('video').srcObject.getTracks()[0]")
    page.get_by_role("button", name="完成").click()
    page.wait_for_function("() => left")
    expect(dialog).to_have_count(0)
    assert page.evaluate("track.readyState") == "ended"


def test_the_button_back_closes_the_camera_and_stays_on_the_page(open_page):
    page = opened(open_page())
    here = page.url
    expect(shutter(page)).to_be_enabled()
    page.evaluate("history.back()")
    page.wait_for_function("() => left")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url == here
    opened(page)
    expect(shutter(page)).to_be_enabled()
    page.keyboard.press("Escape")
    page.wait_for_function("() => left")
    assert page.url == here
    page.wait_for_timeout(700)
    assert page.url == here
    page.go_back()
    assert page.url.endswith("?first"), "no entries of the camera are left behind"


def test_the_camera_is_switched_and_the_light_is_offered_where_there_is_one(open_page):
    lit = """
        MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });
        MediaStreamTrack.prototype.applyConstraints = async (asked) => { window.asked = asked.advanced[0]; };
    """
    page = opened(open_page(lit))
    expect(shutter(page)).to_be_enabled()
    device = "document.querySelector('video').srcObject.getTracks()[0].getSettings().deviceId"
    first = page.evaluate(device)
    torch = page.get_by_role("button", name="补光")
    torch.click()
    expect(torch).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("asked") == {"torch": True}
    page.get_by_role("button", name="换镜头").click()
    page.wait_for_function(f"(first) => {device} !== first", arg=first)
    expect(shutter(page)).to_be_enabled()
    expect(torch).to_have_attribute("aria-pressed", "false")
    plain = opened(open_page())
    expect(shutter(plain)).to_be_enabled()
    expect(plain.get_by_role("button", name="补光")).to_be_hidden()


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };",
            "没有相机权限",
        ),
        (
            "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotReadableError'); };",
            "其他应用占用",
        ),
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });", "浏览器不提供页面内的相机"),
    ],
    ids=["denied", "busy", "none"],
)
def test_without_a_camera_it_is_said_why_and_the_systems_is_one_tap_away(open_page, before, said):
    page = opened(open_page(before))
    expect(page.get_by_role("alert")).to_contain_text(said)
    expect(shutter(page)).to_be_disabled()
    page.get_by_role("button", name="用系统相机").click()
    page.wait_for_function("() => left")
    assert page.evaluate("system") == 1


def test_a_second_try_opens_the_camera_once_it_is_allowed(open_page):
    denied = """
        const real = MediaDevices.prototype.getUserMedia;
        let times = 0;
        MediaDevices.prototype.getUserMedia = function (asked) {
            return times++ ? real.call(this, asked) : Promise.reject(new DOMException("", "NotAllowedError"));
        };
    """
    page = opened(open_page(denied))
    page.get_by_role("button", name="重试").click()
    expect(shutter(page)).to_be_enabled()
    expect(page.get_by_role("alert")).to_be_hidden()


def test_a_photo_that_cannot_be_kept_is_told_and_not_counted(open_page):
    page = opened(open_page(), fails=1)
    for shown in ("已存 1 张", "这一张没有存入：手机空间已满", "已存 2 张"):
        expect(shutter(page)).to_be_enabled()
        shutter(page).click()
        expect(page.get_by_role("status")).to_have_text(shown)
    page.get_by_role("button", name="完成").click()
    page.wait_for_function("() => left")
    assert len(taken(page)) == 2


def test_nothing_is_lost_when_the_camera_is_closed_at_once(open_page):
    page = open_page()
    page.evaluate(
        """() => {
            window.kept = 0;
            const onShot = () => new Promise((resolve) => setTimeout(() => { kept++; resolve(); }, 400));
            loaded.live({ title: "x", onShot }).then(() => { window.left = kept; });
        }"""
    )
    expect(shutter(page)).to_be_enabled()
    page.evaluate(
        """async () => {
            const button = document.querySelector('.live-shutter');
            for (let taps = 0; taps < 2; taps++) {
                while (button.disabled) await new Promise((resolve) => setTimeout(resolve, 20));
                button.click();
            }
            document.querySelector('.live-done').click();
        }"""
    )
    page.wait_for_function("() => window.left !== undefined")
    assert page.evaluate("left") == 2


STILLS = """
    window.asked = 0;
    const canvas = new OffscreenCanvas(%d, %d);
    canvas.getContext("2d").fillRect(0, 0, 10, 10);
    // Ahead: how long a still takes is what a test says, not what this machine needs to make one.
    const made = canvas.convertToBlob({ type: "%s" });
    globalThis.ImageCapture = class {
        async takePhoto() {
            window.asked++;
            const blob = await made;
            await new Promise((resolve) => setTimeout(resolve, %d));
            return blob;
        }
    };
"""


@pytest.mark.parametrize(
    ("still", "sizes", "asked"),
    [
        ((4000, 3000, "image/jpeg", 0), [(4000, 3000)] * 2, 2),
        ((4000, 3000, "image/jpeg", 1_700), [(4000, 3000), None], 1),
        ((4000, 3000, "image/jpeg", 60_000), [None, None], 1),
        ((4000, 3000, "image/png", 0), [None, None], 1),
        ((640, 480, "image/jpeg", 0), [None, None], 1),
    ],
    ids=["good", "slow", "hangs", "PNG", "smaller than the frame"],
)
def test_the_sensors_full_size_is_used_where_it_is_quick_and_larger(open_page, still, sizes, asked):
    page = opened(open_page(STILLS % still))
    for count in (1, 2):
        expect(shutter(page)).to_be_enabled()
        shutter(page).click()
        expect(page.get_by_role("status")).to_have_text(f"已存 {count} 张")
    assert [picture.size for picture, _ in taken(page)] == [size or frame_of(page) for size in sizes]
    assert page.evaluate("asked") == asked


AXE = files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")


@pytest.mark.parametrize("allowed", [True, False], ids=["open", "denied"])
def test_the_camera_is_accessible_in_any_look_and_with_large_type(open_page, allowed):
    denied = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError'); };"
    lit = "MediaStreamTrack.prototype.getCapabilities = () => ({ torch: true });"
    page = opened(open_page(lit if allowed else denied))
    if allowed:
        shutter(page).click()
        expect(page.locator(".live-count")).to_have_text("1 张")
    else:
        expect(page.get_by_role("alert")).to_be_visible()
    page.evaluate(AXE)
    for look in ("light", "dark"):
        page.emulate_media(color_scheme=look)
        found = page.evaluate("() => axe.run('.live')")
        assert [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]] == []
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    for width, height in ((360, 740), (740, 360)):
        page.set_viewport_size({"width": width, "height": height})
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('.live *')].filter((one) => {
                const { left, right, width } = one.getBoundingClientRect();
                return width && (left < -1 || right > innerWidth + 1);
            }).map((one) => one.className)"""
        )
        assert beyond == []


# On the form


@pytest.fixture(scope="module")
def live_world(tmp_path_factory) -> World:
    """Public toilets ask for photos taken on the spot; zebra crossings do not."""
    folder = tmp_path_factory.mktemp("live")
    checklists = folder / "checklists"
    shutil.copytree(PROJECT / "checklists", checklists)
    file = checklists / "public-toilet.toml"
    file.write_text(file.read_text("utf-8").replace("[[items]]", "live = true\n[[items]]", 1), "utf-8")
    world = World.made_in(folder / "data").founded()
    world.services.store.close()
    world.settings = replace(world.settings, checklists=checklists)
    return world


@pytest.fixture(scope="module")
def live_address(live_world: World) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSPECT_CHECKLISTS", str(live_world.settings.checklists))
        server = ServerProcess(live_world.data).start()
    yield server.address
    server.stop()


@pytest.fixture
def open_form(with_camera: Browser, live_address: str) -> Iterator[Callable[..., Page]]:
    opened: list[BrowserContext] = []

    def open_one(site: str, before: str = "", route: Callable[[BrowserContext], None] | None = None) -> Page:
        context = with_camera.new_context(
            viewport=PHONE,
            locale="zh-CN",
            has_touch=True,
            is_mobile=True,
            # What a service worker fetches cannot be spoilt.
            service_workers="block",
        )
        if route:
            route(context)
        context.set_default_timeout(PAGE_PATIENCE_MS)
        opened.append(context)
        if before:
            context.add_init_script(before)
        page = context.new_page()
        phone.let_in(page, live_address)
        phone.open_form(page, live_address, site)
        return page

    yield open_one
    for context in opened:
        context.close()


def photos_kept(world: World, id: str) -> list[tuple[dict[str, Any], bytes]]:
    """What the server keeps of an inspection's photos."""
    services = open_services(world.settings)
    try:
        stored = services.store.get("inspections", id)
        assert stored
        return [(said, services.photos.read(said["sha256"]) or b"") for said in stored.document["photos"]]
    finally:
        services.store.close()


def submitted(page: Page) -> str:
    """Submit the form; the id of the inspection on whose page one ends."""
    page.locator("#submit").tap()
    page.wait_for_url(re.compile(r"/inspections/"))
    return page.url.rsplit("/", 1)[1]


def test_an_item_that_asks_for_live_photos_offers_the_camera_of_the_page_only(open_form, live_world):
    page = open_form("public-toilet-1")
    item = page.locator("fieldset.item").first
    expect(item).to_contain_text("须现场拍摄")
    expect(item.get_by_role("button", name="现场拍")).to_be_visible()
    expect(item.locator("input.gallery")).to_have_count(0)
    expect(item.locator(".photo-system")).to_be_hidden()
    expect(item.locator(".photo-no-live")).to_be_hidden()
    item.get_by_role("button", name="现场拍").tap()
    for count in (1, 2):
        expect(shutter(page)).to_be_enabled()
        shutter(page).tap()
        expect(page.locator(".live-count")).to_have_text(f"{count} 张")
    page.get_by_role("button", name="完成").tap()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(item.locator(".previews > li")).to_have_count(2)
    phone.answer_all(page)
    id = submitted(page)
    kept = photos_kept(live_world, id)
    assert [said["source"] for said, _ in kept] == ["live", "live"]
    assert all(said["clock_error_ms"] < 60_000 for said, _ in kept)
    assert {Image.open(io.BytesIO(content)).format for _, content in kept} == {"JPEG"}
    expect(page.locator("body")).to_contain_text("现场拍摄")
    expect(page.locator("body")).not_to_contain_text("非现场拍摄")


def test_a_browser_without_cameras_for_pages_offers_the_systems_with_a_note(open_form):
    page = open_form("public-toilet-1", "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });")
    item = page.locator("fieldset.item").first
    expect(item.locator(".photo-no-live")).to_contain_text("系统相机")
    expect(item.locator(".photo-system")).to_be_visible()
    assert item.locator("input.camera").get_attribute("capture") == "environment"
    expect(item.locator(".photo-live")).to_be_hidden()
    expect(item.locator("input.gallery")).to_have_count(0)


def test_a_photo_of_the_gallery_is_sent_smaller_with_what_its_camera_wrote(open_form, live_world, tmp_path):
    page = open_form("zebra-crossing-1")
    item = page.locator("fieldset.item[data-method=compliance]").first
    for name in ("现场拍", "拍照", "相册"):
        expect(item.get_by_text(name, exact=True)).to_be_visible()
    content = turned((3200, 2400))
    file = tmp_path / "IMG_1.jpg"
    file.write_bytes(content)
    for _ in range(2):
        item.locator("input.gallery").set_input_files(file)
        expect(item.locator(".preview-facts")).to_contain_text("已存入手机")
    expect(item.locator(".previews > li")).to_have_count(1)
    phone.answer_all(page)
    ((said, sent),) = photos_kept(live_world, submitted(page))
    assert Image.open(io.BytesIO(sent)).size == (1920, 2560)
    assert said["source"] == "gallery"
    assert said["original"]["make"] == "HUAWEI"
    assert said["original"]["bytes"] == len(content)


def test_a_photo_removed_while_it_is_made_smaller_stays_removed(open_form):
    page = open_form("zebra-crossing-1")
    item = page.locator("fieldset.item[data-method=compliance]").first
    item.locator("input.gallery").set_input_files(
        [{"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": turned((4000, 3000))}]
    )
    item.locator(".preview-remove").tap()
    expect(item.locator(".previews > li")).to_have_count(0)
    page.wait_for_timeout(4_000)
    assert phone.kept(page, "media") == []


def test_a_page_that_ends_before_the_photo_is_smaller_goes_on_with_the_original(open_form, live_world):
    """The worker never answers, as in a page that the system ends; the photo was kept before it was asked."""
    page = open_form("zebra-crossing-1", route=lambda context: context.route("**/reduce-worker.js", lambda route: None))
    item = page.locator("fieldset.item[data-method=compliance]").first
    content = turned((3200, 2400))
    item.locator("input.gallery").set_input_files([{"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content}])
    expect(item.locator(".preview-facts")).to_contain_text("已存入手机")
    (media,) = phone.kept(page, "media")
    assert (media["blob"], media["sha256"]) == (len(content), "")
    page.context.unroute("**/reduce-worker.js")
    page.reload()
    expect(item.locator(".previews > li")).to_have_count(1)
    phone.answer_all(page)
    ((said, sent),) = photos_kept(live_world, submitted(page))
    assert Image.open(io.BytesIO(sent)).size == (1920, 2560)
    assert said["original"]["bytes"] == len(content)
