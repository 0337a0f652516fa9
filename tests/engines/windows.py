"""One window of a browser, whichever it is: what a person can do in it, and what its page can be asked."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Error, Page, Playwright

from tests.browser.conftest import ARGUMENTS, PHONE, chromium
from tests.browser.phone import CONTEXT, POSITION
from tests.engines.webdriver import ELEMENT, Failed, Http, Marionette, Transport
from tests.measured import PAGE_PATIENCE_MS, PAGE_PATIENCE_S
from tests.ports import free_port


class Said(str):
    """What a page says while it has not come to what is waited for."""

    def __bool__(self) -> bool:
        return False


class Window(Protocol):
    """Elements are named by CSS selectors; the first that fits is meant."""

    def go(self, address: str) -> None: ...
    def reload(self) -> None: ...
    def address(self) -> str: ...
    def tap(self, css: str) -> None:
        """A real click in the middle of an element that is brought into view."""

    def type(self, css: str, text: str) -> None: ...
    def choose(self, css: str, files: Sequence[Path]) -> None:
        """Files for a file input, as its dialog would hand them over."""

    def text(self, css: str) -> str:
        """What is shown of an element; empty where there is none."""

    def run(self, function: str, *arguments: Any) -> Any:
        """What a JavaScript function returns or promises, in the page."""


@dataclass(frozen=True)
class ByPlaywright:
    """A window of Chromium."""

    page: Page

    def go(self, address: str) -> None:
        self.page.goto(address)

    def reload(self) -> None:
        self.page.reload()

    def address(self) -> str:
        return self.page.url

    def tap(self, css: str) -> None:
        self.page.locator(css).first.click()

    def type(self, css: str, text: str) -> None:
        self.page.locator(css).first.fill(text)

    def choose(self, css: str, files: Sequence[Path]) -> None:
        self.page.locator(css).first.set_input_files(files)

    def text(self, css: str) -> str:
        return next(iter(self.page.locator(css).all_inner_texts()), "")

    def run(self, function: str, *arguments: Any) -> Any:
        return self.page.evaluate(f"(given) => ({function})(...given)", list(arguments))


@dataclass(frozen=True)
class ByWebDriver:
    """A window of Firefox or WebKitGTK. ``scripts``: whether the driver's own are run."""

    transport: Transport
    scripts: bool = True

    def go(self, address: str) -> None:
        self.transport.send("Navigate", {"url": address})

    def reload(self) -> None:
        self.transport.send("Refresh", {})

    def address(self) -> str:
        return str(self.transport.send("GetCurrentURL", {}))

    def tap(self, css: str) -> None:
        wait_for(f"{css} can be clicked", lambda: self._clicked(css))

    def _clicked(self, css: str) -> bool:
        """Raises ``Failed``, without a click, where the element has just moved away or something lies over it."""
        self._center(css)
        self.transport.send("ElementClick", {"id": self._find(css)})
        return True

    def type(self, css: str, text: str) -> None:
        self._center(css)
        self.transport.send("ElementClear", {"id": self._find(css)})
        if text:
            self.transport.send("ElementSendKeys", {"id": self._find(css), "text": text})

    def choose(self, css: str, files: Sequence[Path]) -> None:
        self.transport.send("ElementSendKeys", {"id": self._find(css), "text": "\n".join(map(str, files))})

    def text(self, css: str) -> str:
        try:
            return str(self.transport.send("GetElementText", {"id": self._find(css)}))
        except Failed as error:
            if error.code in ("no such element", "stale element reference"):
                return ""
            raise

    def run(self, function: str, *arguments: Any) -> Any:
        script = f"return ({function})(...arguments)"
        return self.transport.send("ExecuteScript", {"script": script, "args": list(arguments)})

    def _find(self, css: str) -> str:
        return str(self.transport.send("FindElement", {"using": "css selector", "value": css})[ELEMENT])

    def _center(self, css: str) -> None:
        """Clear of the bars at the edges; a driver itself brings an element only just into view."""
        if self.scripts:
            self.run(_CENTER, css)


# Items are laid out when they come near (content-visibility), which moves those below them by a frame later.
_CENTER = """async (css) => {
  const element = document.querySelector(css);
  const frame = () => new Promise(requestAnimationFrame);
  for (let top = NaN; element && top !== element.getBoundingClientRect().top; await frame()) {
    element.scrollIntoView({ block: "center", behavior: "instant" });
    await frame();
    top = element.getBoundingClientRect().top;
  }
}"""


def wait_for(what: str, happened: Callable[[], Any], patience_s: float = PAGE_PATIENCE_S) -> Any:
    """Ask until the answer is true, and return it. A page that is just leaving for the next one is asked again."""
    until = time.monotonic() + patience_s
    while True:
        try:
            if found := happened():
                return found
            said: object = found
        except (Failed, Error) as error:
            said = error
        assert time.monotonic() < until, f"after {patience_s:.0f} s not yet: {what}; last: {said}"
        time.sleep(0.05)


# The browsers


@contextmanager
def chromium_window(
    playwright: Playwright, folder: Path, *, private: bool = False, scripts: bool = True
) -> Iterator[Window]:
    """A profile on the disk, or the off-the-record one that Chromium's private windows have."""
    options: dict[str, Any] = {**CONTEXT, "java_script_enabled": scripts}
    if private:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        context = browser.new_context(**options)
    else:
        context = playwright.chromium.launch_persistent_context(
            folder / "profile", executable_path=chromium(), args=ARGUMENTS, **options
        )
    context.set_default_timeout(PAGE_PATIENCE_MS)
    page = context.pages[0] if context.pages else context.new_page()
    yield ByPlaywright(page)
    context.close()
    if private:
        browser.close()


_PLACE = '{{"location": {{"lat": {latitude}, "lng": {longitude}}}, "accuracy": {accuracy}}}'.format(**POSITION)
# A profile of a person who has allowed the position. What Firefox asks about lasting storage stays unanswered.
_FIREFOX: Mapping[str, object] = {
    "geo.prompt.testing": True,
    "geo.prompt.testing.allow": True,
    "geo.provider.use_geoclue": False,
    "geo.provider.network.url": f"data:application/json,{_PLACE}",
    "intl.accept_languages": "zh-CN",
    "ui.prefersReducedMotion": 1,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.startup.max_resumed_crashes": -1,
}


@contextmanager
def firefox_window(_: Playwright, folder: Path, *, private: bool = False, scripts: bool = True) -> Iterator[Window]:
    port = free_port()
    profile = folder / "profile"
    profile.mkdir(exist_ok=True)
    more = {"marionette.port": port, "browser.privatebrowsing.autostart": private, "javascript.enabled": scripts}
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in {**_FIREFOX, **more}.items()]
    (profile / "user.js").write_text("".join(lines), "utf-8")
    width, height = (str(PHONE[side]) for side in ("width", "height"))
    environment = {**os.environ, "MOZ_HEADLESS_WIDTH": width, "MOZ_HEADLESS_HEIGHT": height, "HOME": str(folder)}
    command = ["firefox-esr", "--headless", "--no-remote", "--marionette", "--profile", str(profile)]
    with (
        _log(folder) as log,
        _ended(subprocess.Popen(command, env=environment, **log)),
        _closed(Marionette(port)) as transport,
    ):
        yield ByWebDriver(transport, scripts)


@contextmanager
def webkit_window(_: Playwright, folder: Path, *, scripts: bool = True) -> Iterator[Window]:
    """WebKitGTK's browser under its driver: its session keeps nothing beyond its end, as in a private window."""
    with _log(folder) as log, _screen(log) as display:
        port = free_port()
        environment = {**os.environ, "DISPLAY": display, "HOME": str(folder), "GDK_BACKEND": "x11"}
        arguments = ["--automation", *([] if scripts else ["--enable-javascript-markup=false"])]
        capabilities = {"webkitgtk:browserOptions": {"binary": _mini_browser(), "args": arguments}}
        command = ["WebKitWebDriver", f"--port={port}"]
        with _ended(subprocess.Popen(command, env=environment, **log)), _closed(Http(port, capabilities)) as transport:
            # Its driver's own scripts are run whatever the pages may.
            yield ByWebDriver(transport)


@contextmanager
def _closed(transport: Any) -> Iterator[Any]:
    try:
        yield transport
    finally:
        transport.close()


@contextmanager
def _log(folder: Path) -> Iterator[dict[str, Any]]:
    """Options for a program that writes what it has to say into a file, and leads a group with all its children."""
    with (folder / "browser.log").open("ab") as log:
        yield {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log, "start_new_session": True}


@contextmanager
def _ended(program: subprocess.Popen[bytes]) -> Iterator[None]:
    """It is ended with all its children."""
    try:
        yield
    finally:
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()


@contextmanager
def _screen(log: dict[str, Any]) -> Iterator[str]:
    """A screen that nobody looks at; its number is the first that is free."""
    said, told = os.pipe()
    command = ["Xvfb", "-displayfd", str(told), "-screen", "0", "1024x768x24", "-nolisten", "tcp"]
    with _ended(subprocess.Popen(command, pass_fds=[told], **log)), os.fdopen(said) as numbers:
        os.close(told)
        yield f":{numbers.readline().strip()}"


def _mini_browser() -> str:
    """Where Debian has it: beside the library, not among the programs."""
    found = sorted(Path("/usr/lib").glob("*/webkit2gtk-4.*/MiniBrowser"))
    assert found, "no WebKitGTK on this machine; bin/setup --engines installs it"
    return str(found[-1])
