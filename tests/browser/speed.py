"""How fast a form is on a slow phone: real Chromium with the network and the processor slowed down over CDP.

The figures of the network are Lighthouse's "slow 4G" (``mobileSlow4G`` in its constants): 150 ms round trip,
1.6 × 1024 kbit/s down, 750 kbit/s up; the processor is slowed down 4 times. CDP delays each request by the latency.
Lighthouse's own "applied" throttling delays each by 3.75 × 150 ms and gives 0.9 of the throughput, to make up for the
hand-shakes of connections, which CDP does not slow down: ``APPLIED`` below. Chrome's DevTools call that "Slow 4G".
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from inspect_app.settings import PROJECT
from tests.browser.conftest import PHONE
from tests.browser.test_whole_path import sign_in
from tests.conftest import ServerProcess
from tests.measured import PAGE_PATIENCE_MS
from tests.world import World, photo

CPU_SLOWDOWN = 4


@dataclass(frozen=True)
class Line:
    """A network: ``latency_ms`` for each request, kbit/s."""

    latency_ms: float
    down_kbps: float
    up_kbps: float


SLOW_4G = Line(150, 1.6 * 1024, 750)
APPLIED = Line(150 * 3.75, 1.6 * 1024 * 0.9, 750 * 0.9)


@dataclass
class ColdStart:
    """One cold start: times from the beginning of the navigation, sizes on the wire (headers included)."""

    ready_ms: float
    painted_ms: float
    requests: int
    bytes: dict[str, int] = field(default_factory=dict)

    @property
    def form_bytes(self) -> int:
        """Page, styles and modules: what a phone needs before the form is ready."""
        return sum(self.bytes.get(kind, 0) for kind in ("Document", "Stylesheet", "Script"))


READY = """
new MutationObserver((_, observer) => {
  if (!document.documentElement?.classList.contains("scripted")) return;
  window.readyAt = performance.now();
  observer.disconnect();
}).observe(document, { attributes: true, subtree: true, attributeFilter: ["class"], childList: true });
"""


@contextmanager
def phone(browser: Browser, server: ServerProcess, **options: Any) -> Iterator[BrowserContext]:
    """A signed-in inspector's phone that has no file of ours in its cache."""
    with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as before:
        sign_in(before.new_page(), server.address, "inspector")
        cookies = before.cookies()
    context = browser.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, locale="zh-CN", timezone_id="Asia/Shanghai", **options
    )
    context.set_default_timeout(PAGE_PATIENCE_MS)
    context.add_cookies(cookies)  # type: ignore[arg-type]
    try:
        yield context
    finally:
        context.close()


def slowed(page: Page, line: Line | None = None, cpu: int = CPU_SLOWDOWN) -> CDPSession:
    """Slow the page's processor down so many times, and its network where a line is given."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    if line:
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False,
                "latency": line.latency_ms,
                "downloadThroughput": line.down_kbps * 1000 / 8,
                "uploadThroughput": line.up_kbps * 1000 / 8,
            },
        )
    session.send("Emulation.setCPUThrottlingRate", {"rate": cpu})
    return session


def cold_start(context: BrowserContext, address: str, line: Line = SLOW_4G, cpu: int = CPU_SLOWDOWN) -> ColdStart:
    """Open a form or list with nothing cached, up to the moment at which it takes entries."""
    page = context.new_page()
    page.add_init_script(READY)
    kinds: dict[str, str] = {}
    sizes: dict[str, int] = {}
    session = slowed(page, line, cpu)
    session.on("Network.responseReceived", lambda event: kinds.__setitem__(event["requestId"], event["type"]))
    session.on(
        "Network.loadingFinished",
        lambda event: sizes.__setitem__(event["requestId"], int(event["encodedDataLength"])),
    )
    page.goto(address, wait_until="commit")
    page.wait_for_function("() => window.readyAt")
    ready, painted = page.evaluate(
        "() => [window.readyAt, performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0]"
    )
    # Modules that the form needed have arrived; what follows is not waited for.
    found: Counter[str] = Counter()
    for id, size in sizes.items():
        found[kinds.get(id, "Other")] += size
    page.close()
    return ColdStart(ready, painted, len(sizes), dict(found))


def kept_ahead(context: BrowserContext, address: str) -> dict[str, int]:
    """What the service worker keeps ahead, by kind of address, in bytes as the server sends them; headers left out."""
    page = context.new_page()
    page.goto(address)
    page.wait_for_function("() => navigator.serviceWorker.controller ?? navigator.serviceWorker.ready")
    read = """async () => (await Promise.all((await caches.keys()).map(async (name) =>
      (await (await caches.open(name)).keys()).map((request) => request.url)))).flat()"""
    page.wait_for_timeout(1000)
    urls: list[str] = page.evaluate(read)
    for _ in range(60):
        page.wait_for_timeout(500)
        before, urls = urls, page.evaluate(read)
        if urls and before == urls:
            break
    found: defaultdict[str, int] = defaultdict(int)
    for url in urls:
        answer = page.request.get(url, headers={"Accept-Encoding": "br, gzip"})
        kind = re.sub(r"^https?://[^/]+(/static/[0-9a-f]+/\w+|/\w+/\w*).*", r"\1", url).rpartition("/")[2] or "page"
        found[kind] += int(answer.headers.get("content-length", 0)) or len(answer.body())
    page.close()
    return dict(found)


# A tap, on a page that is as full as they get


@contextmanager
def long_checklist(folder: Path, items: int) -> Iterator[Path]:
    """Checklist files in which the public toilet's has so many items, of all methods, taken from other checklists."""
    target = folder / "checklists"
    target.mkdir()
    for file in (PROJECT / "checklists").iterdir():
        (target / file.name).write_bytes(file.read_bytes())
    blocks: list[str] = []
    for file in sorted((PROJECT / "checklists").glob("*.toml")):
        blocks += file.read_text("utf-8").split("[[items]]\n")[1:]
    numbered = [re.sub(r'^id = "', f'id = "n{number}-', block) for number, block in enumerate(blocks[:items])]
    assert len(numbered) == items
    head = 'id = "public-toilet"\ntitle = "公共厕所"\nveto_cap = 60\n\n'
    (target / "public-toilet.toml").write_text(head + "".join(f"[[items]]\n{block}" for block in numbered), "utf-8")
    yield target


def different(picture: bytes, number: int) -> bytes:
    """The same picture as another file."""
    comment = f"{number:08}".encode()
    return picture[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + picture[2:]


def fill_with_photos(page: Page, count: int, size: tuple[int, int] = (4000, 3000)) -> None:
    """Add photos of a phone's size, spread over the items."""
    picture = photo(7, size)
    items = page.locator("fieldset.item > .photos input.gallery")
    each = 3
    for place, number in enumerate(range(0, count, each)):
        files = [
            {"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": different(picture, n)}
            for n in range(number, min(number + each, count))
        ]
        items.nth(place).set_input_files(files)  # type: ignore[arg-type]
    page.wait_for_function(
        "(count) => document.querySelectorAll('.previews .preview-kept').length === count", arg=count, timeout=90_000
    )


OBSERVE = """
window.taps = [];
new PerformanceObserver((list) => {
  for (const { interactionId, duration } of list.getEntries())
    if (interactionId) window.taps.push([interactionId, duration]);
}).observe({ type: "event", durationThreshold: 16 });
"""


def tap_latencies(page: Page, session: CDPSession, taps: int = 40) -> list[float]:
    """Milliseconds from the touch to the next frame on the screen, by the browser's own Event Timing, for each tap.

    Answers of all methods are tapped, spread over the form. Touches go in over CDP: Playwright's own tap runs a script
    in the page, which would be measured too. What takes less than the API's 16 ms counts as 16.
    """
    page.evaluate(OBSERVE)
    buttons = page.locator(".choice-pass, .choice-fail, .choice-na, .none-found, .step-more, .count-yes, .choice-grade")
    step = max(1, buttons.count() // taps)
    tapped = 0
    for place in range(0, step * taps, step):
        at = buttons.nth(place).evaluate(
            """(button) => {
              button.scrollIntoView({ block: "center", behavior: "instant" });
              const { left, top, width, height } = button.getBoundingClientRect();
              return width ? { x: left + width / 2, y: top + height / 2 } : null;
            }"""
        )
        if not at:
            continue
        page.wait_for_timeout(150)
        session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
        session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        page.wait_for_timeout(100)
        tapped += 1
    page.wait_for_timeout(500)
    longest: dict[int, float] = {}
    for id, duration in page.evaluate("() => window.taps"):
        longest[id] = max(duration, longest.get(id, 0))
    assert tapped / 2 <= len(longest) <= tapped, f"{tapped} taps, {len(longest)} interactions"
    return sorted([*longest.values(), *[16.0] * (tapped - len(longest))])


def served(world: World, checklists: Path | None = None) -> ServerProcess:
    """A server on the world's data, with checklists of its own where given."""
    import os

    world.services.store.close()
    server = ServerProcess(world.data)
    if checklists:
        os.environ["INSPECT_CHECKLISTS"] = str(checklists)
    try:
        return server.start()
    finally:
        os.environ.pop("INSPECT_CHECKLISTS", None)
