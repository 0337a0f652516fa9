"""An inspector's phone: a real Chromium with a folder of its own that can be killed, and short ways through pages."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    APIResponse,
    BrowserContext,
    Error,
    FilePayload,
    Page,
    Playwright,
    Route,
    expect,
    sync_playwright,
)

from inspect_app.domain.checklists.checklist import Checklist, checklist_from_document
from tests.browser.conftest import ARGUMENTS, PHONE, chromium
from tests.conftest import ServerProcess
from tests.faults import BadLine
from tests.measured import PAGE_PATIENCE_MS, PAGE_PATIENCE_S
from tests.methods import right
from tests.world import PASSWORD, World, photo, sha256

POSITION = {"latitude": 30.3106, "longitude": 112.2413, "accuracy": 9}
CONTEXT: dict[str, Any] = {
    "viewport": PHONE,
    "locale": "zh-CN",
    "timezone_id": "Asia/Shanghai",
    "geolocation": POSITION,
    "permissions": ["geolocation"],
    "has_touch": True,
    "is_mobile": True,
    "reduced_motion": "reduce",
}


@dataclass
class Phone:
    """Chromium on a profile folder: what it keeps outlives its processes."""

    playwright: Playwright
    profile: Path
    address: str
    init_scripts: Sequence[str] = ()
    arguments: Sequence[str] = ()
    _context: BrowserContext | None = field(default=None, repr=False)

    def open(self) -> Page:
        """Start the browser; its one empty page."""
        self._context = self.playwright.chromium.launch_persistent_context(
            self.profile, executable_path=chromium(), args=[*ARGUMENTS, *self.arguments], **CONTEXT
        )
        self._context.set_default_timeout(PAGE_PATIENCE_MS)
        for script in self.init_scripts:
            self._context.add_init_script(script)
        return self._context.pages[0]

    @property
    def context(self) -> BrowserContext:
        assert self._context, "the browser is not running"
        return self._context

    def memory(self) -> int:
        """What all its processes hold together in memory, in bytes; files that are only mapped are not counted.

        Blobs that are not on disk are in here, and in no page's heap.
        """
        return sum(map(_held, processes_on(self.profile)))

    def kill(self) -> None:
        """SIGKILL to the browser and all its processes at once: nothing is flushed, no handler runs."""
        pids = processes_on(self.profile)
        assert pids, "no process of this browser found"
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._forget()
        for _ in range(100):
            if not any(Path(f"/proc/{pid}/exe").exists() for pid in pids):
                return
            time.sleep(0.02)

    def close(self) -> None:
        """Close the window as a person does; cookies are written out."""
        self._forget()

    def _forget(self) -> None:
        if self._context:
            with suppress(Error):
                self._context.close()
        self._context = None


def processes_on(profile: Path) -> list[int]:
    """The processes that run on a profile folder, with their children, and theirs."""
    option = f"--user-data-dir={profile}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdecimal() and option in (entry / "cmdline").read_bytes():
                found += _family(int(entry.name))
    return sorted(set(found))


def _held(pid: int) -> int:
    """A process' own memory and its part of what it shares, in bytes; 0 where it has ended."""
    lines: list[str] = []
    with suppress(OSError):
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Pss_Anon:", "Pss_Shmem:")))


def _family(pid: int) -> list[int]:
    children: list[int] = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += map(int, (task / "children").read_text().split())
    return [pid, *(one for child in children for one in _family(child))]


# On the pages


def sign_in(page: Page, address: str, name: str = "inspector") -> None:
    page.goto(f"{address}/login")
    page.get_by_label("账号").fill(name)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"^(?!.*/login)"))


def let_in(page: Page, address: str, name: str = "inspector") -> None:
    """Sign in by the requests of the login page, with the browser's own cookies, and show no page for it.

    Where a page is to be opened next anyway: drawing two pages before it takes ten times as long.
    """
    request = page.context.request
    shown = request.get(f"{address}/login").text()
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    assert token, "the login page has no token"
    form = {"csrf_token": token[1], "name": name, "password": PASSWORD}
    answer = request.post(f"{address}/login", form=form, max_redirects=0)
    assert answer.status == 302, f"{name} is not let in: {answer.status}"


_READY_OFFLINE = """
async (least) => {
  const pages = await caches.open("inspect-pages");
  const forms = (await pages.keys()).filter(({ url }) => url.includes("/field/forms/"));
  const worker = await navigator.serviceWorker.getRegistration("/field/");
  const has = await Promise.all(["/field/", "/field/outbox", "/field/adhoc"].map((path) => pages.match(path)));
  return worker?.active?.state === "activated" && has.every(Boolean) && forms.length >= least;
}
"""


FORMS = 21
"""How many forms a phone has fetched ahead, at least, in the world of most tests."""


def ready_offline(page: Page, address: str, forms: int = FORMS) -> None:
    """Open the list, and wait until the phone has everything that the pages need without a network.

    ``forms``: of how many types there are sites, or fewer; in the world of most tests there are more than 20.
    """
    page.goto(f"{address}/field/")
    ready = lambda: bool(page.evaluate(_READY_OFFLINE, forms))  # noqa: E731
    wait_until(page, ready, 30, "the phone is ready for work without a network")


def open_form(page: Page, address: str, site: str) -> None:
    page.goto(f"{address}/field/sites/{site}")
    page.wait_for_function("() => document.documentElement.classList.contains('scripted')")


ANSWER_ALL = """
(fields) => {
  const enter = (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  for (const [name, value] of Object.entries(fields)) {
    const inputs = [...document.getElementsByName(name)];
    const choice = inputs.find(({ type, value: own }) => type === "checkbox" || (type === "radio" && own === value));
    if (choice) choice.click();
    else enter(inputs[0], value);
  }
}
"""


def answer_all(page: Page) -> None:
    """A right answer for every item, by the form's own fields and events."""
    document = page.evaluate("JSON.parse(document.querySelector('#page-data').textContent).checklist")
    items = checklist_from_document(document).items
    page.evaluate(
        ANSWER_ALL, {f"answers.{item.id}.{name}": text for item in items for name, text in right(item).typed.items()}
    )


def add_photos(page: Page, item: str, contents: Iterable[bytes]) -> None:
    """Choose files out of the gallery for one item, and wait until the page says that each is on the phone."""
    files = payloads(contents)
    kept = f"#item-{item} > .photos .preview:has(.preview-kept)"
    before = page.locator(kept).count()
    page.locator(f"#item-{item} > .photos input.gallery").set_input_files(files)
    expect(page.locator(kept)).to_have_count(before + len(files))


def payloads(contents: Iterable[bytes]) -> list[FilePayload]:
    return [{"name": name_of(sha256(content)), "mimeType": "image/jpeg", "buffer": content} for content in contents]


def name_of(sha: str) -> str:
    """The name of a photo's file in these tests."""
    return f"IMG_{sha[:8]}.jpg"


def fields(page: Page) -> dict[str, str]:
    """The answers as the form shows them."""
    read: dict[str, str] = page.evaluate(
        """() => Object.fromEntries([...new FormData(document.querySelector("#inspection"))]
             .filter(([name, value]) => name.startsWith("answers.") && typeof value === "string"))"""
    )
    return read


# In the phone's storage

# Blobs become their sizes: what a test compares is rarely the bytes.
_READ = """
(store) => new Promise((resolve, reject) => {
  const opening = indexedDB.open("inspect");
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const db = opening.result;
    if (!db.objectStoreNames.contains(store)) { db.close(); return resolve([]); }
    const request = db.transaction(store).objectStore(store).getAll();
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      db.close();
      resolve(request.result.map((value) => (value.blob ? { ...value, blob: value.blob.size } : value)));
    };
  };
})
"""


def kept(page: Page, store: str) -> list[dict[str, Any]]:
    """What one store of the phone's IndexedDB holds, in key order; blobs as their sizes."""
    for _ in range(10):
        # A page that is just leaving for the next one is asked again.
        with suppress(Error):
            found: list[dict[str, Any]] = page.evaluate(_READ, store)
            return found
        page.wait_for_load_state()
    raise AssertionError(f"{page.url} cannot be asked")


def outbox(page: Page) -> list[dict[str, Any]]:
    """The outbox in the order in which it was filled."""
    return sorted(kept(page, "outbox"), key=lambda item: float(item["order"]))


def states(page: Page) -> list[str]:
    return [item["state"] for item in outbox(page)]


_QUEUE = """
async ({ base, name, count, photos, size, item, record, inspector, title, from }) => {
  const { queue } = await import(`${base}/js/inspecting/storage/outbox.js`);
  const { saveDraft } = await import(`${base}/js/inspecting/storage/drafts.js`);
  const hash = await import(`${base}/js/hash.js`);
  const picture = Uint8Array.from(atob(name), (letter) => letter.charCodeAt(0));
  // Comments behind the first marker make each photo another file, and as large as it shall be.
  const comment = (length) => {
    const content = new Uint8Array(length);
    crypto.getRandomValues(content.subarray(0, 24));
    return [new Uint8Array([0xff, 0xfe, (length + 2) >> 8, (length + 2) & 255]), content];
  };
  const unlike = () => {
    const comments = [];
    for (let rest = size - picture.length; rest > 4 || !comments.length; rest -= 60_000) {
      comments.push(...comment(Math.max(24, Math.min(60_000, rest) - 4)));
    }
    return new Blob([picture.subarray(0, 2), ...comments, picture.subarray(2)], { type: "image/jpeg" });
  };
  const made = [];
  for (let number = from; number < from + count; number++) {
    const id = hash.newId();
    const media = [];
    for (let order = 0; order < photos; order++) {
      const blob = unlike();
      const sha256 = await hash.sha256(blob);
      const evidence = { captured_at: record.started_at, fix: null };
      media.push({ key: hash.newId(), owner: id, item, row: "", order, media: "photo", blob, sha256,
                   name: `IMG_${order}.jpg`, evidence });
    }
    const draft = { id, kind: "inspection", inspector, site: record.site, place: `${inspector}/${record.site}`,
                    title: `${title} ${number + 1}`, version: record.version, started_at: record.started_at,
                    fields: {}, watches: {}, updated_at: Date.now() };
    await saveDraft(draft, media);
    const sent = { ...record, photos: media.map(({ sha256, evidence }) => ({ sha256, item, ...evidence })) };
    await queue(draft, sent, media);
    const bytes = media.reduce((sum, { blob }) => sum + blob.size, 0);
    made.push({ id, photos: media.map(({ sha256 }) => sha256), bytes, body: new Blob([JSON.stringify(sent)]).size });
  }
  return made;
}
"""


@dataclass(frozen=True)
class Queued:
    """One inspection in the outbox: what must arrive. Sizes in bytes."""

    id: str
    photos: list[str]
    bytes: int
    body: int


def queue_many(
    page: Page,
    world: World,
    count: int,
    photos: int,
    *,
    size: int = 0,
    picture: bytes | None = None,
    inspector: str = "inspector",
) -> list[Queued]:
    """Put inspections into the outbox by the application's own modules, on a page that does not send.

    Each photo is a JPEG of its own, of about ``size`` bytes where that is more than the picture has.
    """
    checklist = world.checklist("public-toilet")
    page.goto(f"{origin(page)}/login")
    made = []
    for start in range(0, count, 20):
        made += page.evaluate(
            _QUEUE,
            {
                "base": static_base(page),
                "name": base64.b64encode(picture or photo(1, (160, 120))).decode(),
                "count": min(20, count - start),
                "from": start,
                "photos": photos,
                "size": size,
                "item": checklist.items[0].id,
                "record": world.submission("public-toilet"),
                "inspector": inspector,
                "title": "public-toilet点位",
            },
        )
    return [Queued(one["id"], one["photos"], one["bytes"], one["body"]) for one in made]


def origin(page: Page) -> str:
    found = re.match(r"https?://[^/]+", page.url)
    assert found, f"the page is on no server: {page.url}"
    return found[0]


def static_base(page: Page) -> str:
    """``/static/<digest>`` as the page on screen names it."""
    found = re.search(r"/static/[0-9a-f]{6,}", page.content())
    assert found, "the page names no static file"
    return found[0]


def intercept(page: Page, url: str | re.Pattern[str], handle: Callable[[Route], object]) -> None:
    """As ``page.route``, and in effect when it returns, also of a page that is on screen.

    Chromium says that requests are intercepted before those of such a page pass that way: one sent within milliseconds
    went by. What is opened later is intercepted from its first request.
    """
    asked: list[Route] = []

    def answer(route: Route) -> None:
        asked.append(route)
        route.fulfill(status=204)

    probe = "/api/v1/intercepted"
    page.route(f"**{probe}", answer)
    page.route(url, handle)
    if page.url == "about:blank":
        return

    def is_intercepted() -> bool:
        page.evaluate("path => fetch(path).catch(() => undefined)", probe)
        return bool(asked)

    wait_until(page, is_intercepted, 20, "requests are intercepted")


class HeldAnswers:
    """The server hears what is asked at an address; what it answers waits until ``let_go``, in the order of asking."""

    def __init__(self, page: Page, url: str | re.Pattern[str], method: str = "POST") -> None:
        self._page, self._method, self._ended = page, method, False
        self._held: list[tuple[Route, APIResponse]] = []
        intercept(page, url, self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == self._method and not self._ended:
            self._held.append((route, route.fetch()))
        else:
            route.continue_()

    def wait_for(self, count: int) -> None:
        """Until so many answers are held."""
        wait_until(self._page, lambda: len(self._held) >= count, 20, f"{count} answers are held")

    def let_go(self, number: int = 0) -> None:
        """One answer, by its place among those held, reaches the page."""
        route, answer = self._held.pop(number)
        route.fulfill(response=answer)

    def end(self) -> None:
        """All held answers reach the page, and later ones are not held."""
        self._ended = True
        while self._held:
            self.let_go()


# Waiting, and what the server holds


def wait_until(page: Page, condition: Callable[[], bool], timeout_s: float, what: str) -> None:
    """Wait without touching the page; tests run beside one another, so nobody is hurried."""
    patience_s = max(timeout_s, PAGE_PATIENCE_S)
    until = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > until:
            raise AssertionError(f"after {patience_s:.0f} s not yet: {what}; outbox: {brief(page)}")
        page.wait_for_timeout(100)


def arrived(world: World) -> list[str]:
    """The ids of the inspections that the server keeps, in the order in which they came."""
    return [stored.id for stored in world.services.store.find("inspections")]


def counted(world: World) -> list[str]:
    """The ids of those that show by themselves that somebody was there, in the same order."""
    return [stored.id for stored in world.services.store.find("inspections", counting="shown")]


def photos_of(world: World, id: str) -> list[str]:
    stored = world.services.store.get("inspections", id)
    assert stored, f"the server has no inspection {id}"
    return [one["sha256"] for one in stored.document["photos"]]


def same_bytes(world: World, sha: str) -> bool:
    """Whether the stored original has the hash that it is stored under."""
    content = world.services.photos.read(sha)
    return content is not None and sha256(content) == sha


def checklist_of(page: Page) -> dict[str, Any]:
    """The checklist of the form on screen."""
    data: dict[str, Any] = json.loads(page.locator("#page-data").text_content() or "{}")
    checklist: dict[str, Any] = data["checklist"]
    return checklist


def items_of(checklist: Checklist) -> list[str]:
    return [item.id for item in checklist.items]


def go_on_sending(page: Page, address: str) -> None:
    """Open the outbox page: from here on nobody touches anything."""
    page.goto(f"{address}/field/outbox")
    page.wait_for_selector("#sending-state")


def online(page: Page) -> None:
    """The event that a browser fires when its network is back: waiting times are forgotten."""
    page.evaluate("() => dispatchEvent(new Event('online'))")


def wake_worker(page: Page) -> None:
    """Have the browser fire the service worker's Background Sync now, as it does when the network comes back."""
    session = page.context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    wait_until(page, lambda: bool(found), 10, "a service worker is registered")
    session.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": origin(page),
            "registrationId": found[-1]["registrationId"],
            "tag": "outbox",
            "lastChance": False,
        },
    )


def brief(page: Page) -> list[tuple[Any, ...]]:
    """What the outbox says, for the message of a test that fails."""
    with suppress(Error):
        return [(item["state"], item["status"], item["problem"]) for item in outbox(page)][:10]
    return []


@contextmanager
def signed_in_phone(seed: int = 0) -> Iterator[tuple[World, BadLine, Phone]]:
    """A world, a server behind a line, and a phone that is signed in: for benchmarks, which have no fixtures."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        world = World.made_in(Path(folder) / "data").founded()
        server = ServerProcess(world.data).start()
        try:
            with BadLine(server.port, seed=seed) as line:
                phone = Phone(playwright, Path(folder) / "phone", line.address)
                sign_in(phone.open(), line.address)
                yield world, line, phone
                phone.close()
        finally:
            server.stop()


class Heap:
    """The JavaScript memory of a page, in bytes: objects and the array buffers that belong to them.

    ``peak``: the most that a sample has found since it was made, garbage included. Pages of one site share a heap one
    after the other, and what the page before has left lies there until the collector comes: it is collected first.
    """

    def __init__(self, page: Page) -> None:
        self._session = page.context.new_cdp_session(page)
        self.peak = 0
        self._collect()

    def sample(self) -> int:
        told = self._session.send("Runtime.getHeapUsage")
        now = int(told["usedSize"]) + int(told.get("backingStorageSize", 0))
        self.peak = max(self.peak, now)
        return now

    def retained(self) -> int:
        """What is left where all garbage is collected."""
        self._collect()
        return self.sample()

    def _collect(self) -> None:
        self._session.send("HeapProfiler.collectGarbage")
