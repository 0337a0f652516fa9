"""A real Chromium: Debian's, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Playwright, expect

from tests.bundles import bundled, one_by_one
from tests.conftest import ServerProcess
from tests.faults import BadLine
from tests.measured import PAGE_PATIENCE_MS
from tests.world import World

if TYPE_CHECKING:
    from tests.browser.phone import Phone

# Several tests share the processors: what is there at once on a quiet machine may take a while.
expect.set_options(timeout=PAGE_PATIENCE_MS)

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
# No sandbox because containers run as root; the others keep Chromium from looking for hosts outside.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    path = (
        shutil.which("chromium-headless-shell")
        or shutil.which("chromium")
        or shutil.which("chromium-browser")
        or shutil.which("google-chrome")
    )
    assert path, "no Chromium on this machine; bin/setup installs it"
    return path


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="package", autouse=True)
def _as_set_up() -> Iterator[None]:
    """Browsers are sent scripts as set-up makes them, one file a page, where a test does not say otherwise."""
    with bundled():
        yield


# Items of a form are laid out when they come near the screen: one that a jump brings there takes its height, and can
# be hit, two frames later.
_IN_SIGHT = """
async (element) => {
  const top = () => element.getBoundingClientRect().top;
  const before = top();
  element.scrollIntoViewIfNeeded();
  // A page that is not in front has no frames.
  const frame = () => new Promise((done) => (requestAnimationFrame(done), setTimeout(done, 100)));
  for (let frames = 0; frames < 4 && top() !== before; frames++) await frame();
}
"""


@pytest.fixture(scope="package", autouse=True)
def _fingers() -> Iterator[None]:
    """A finger taps what it has seen: Playwright's jumps to a place and taps there before the page has settled."""
    at_once = Locator.tap

    def seen(locator: Locator, **options: Any) -> None:
        locator.wait_for(timeout=options.get("timeout"))
        locator.evaluate(_IN_SIGHT)
        at_once(locator, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Locator, "tap", seen)
        yield


@pytest.fixture
def as_written() -> Iterator[None]:
    """Servers that are started afterwards send scripts one by one."""
    with one_by_one():
        yield


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A data folder with everything that a server makes at its first start."""
    return World.made_in(tmp_path / "data").founded()


@pytest.fixture
def server(world: World, serve: Callable[..., ServerProcess]) -> ServerProcess:
    """A server of the test's world."""
    return serve(world.data)


@pytest.fixture
def open_browser(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open a browser window with cookies of its own; closed when the test ends."""
    opened: list[BrowserContext] = []

    def open_one(viewport: dict[str, int] = PHONE, **options: Any) -> BrowserContext:
        context = browser.new_context(viewport=viewport, locale="zh-CN", timezone_id="Asia/Shanghai", **options)
        context.set_default_timeout(PAGE_PATIENCE_MS)
        opened.append(context)
        return context

    yield open_one
    for context in opened:
        context.close()


@pytest.fixture
def line(world: World, serve: Callable[..., Any], run_seed: int) -> Iterator[BadLine]:
    """A running server behind a line that can be made bad."""
    with BadLine(serve(world.data).port, seed=run_seed) as line:
        yield line


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One world for all tests of a module that say what they add rather than what there is."""
    return World.made_in(tmp_path_factory.mktemp("shared") / "data").founded()


@pytest.fixture(scope="module")
def shared_server(shared_world: World) -> Iterator[ServerProcess]:
    """Its server, for tests that leave nothing there that another of the module would see."""
    server = ServerProcess(shared_world.data).start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def shared_line(shared_world: World) -> Iterator[BadLine]:
    """Its server behind a line."""
    server = ServerProcess(shared_world.data).start()
    with BadLine(server.port) as line:
        yield line
    server.stop()


@pytest.fixture
def take_phone(playwright: Playwright, tmp_path: Path, line: BadLine) -> Iterator[Callable[..., Phone]]:
    """Phones whose storage outlives their browser; closed when the test ends."""
    from tests.browser.phone import Phone

    taken: list[Phone] = []

    def take(**options: Any) -> Phone:
        phone = Phone(playwright, tmp_path / f"phone-{len(taken)}", line.address, **options)
        taken.append(phone)
        return phone

    yield take
    for phone in taken:
        phone.close()
