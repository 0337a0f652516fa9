"""An inspector's day in three browsers, in ordinary and in private windows, ended with what the server really holds.

WebKitGTK's driver opens windows of a session that keeps nothing beyond its end: its private windows, in which no Blob
can be written. It tells no position, so premises are placed by hand there.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Playwright

from tests.browser.phone import _READ, _READY_OFFLINE, ANSWER_ALL, FORMS, arrived, photos_of, same_bytes
from tests.engines.windows import Said, Window, chromium_window, firefox_window, wait_for, webkit_window
from tests.faults import BadLine, on, status
from tests.methods import right
from tests.world import HERE, PASSWORD, STREET, World, photo, sha256

pytestmark = pytest.mark.engines

Opened = Callable[..., AbstractContextManager[Window]]


@dataclass(frozen=True)
class Mode:
    """A browser and how it is used. ``located``: it tells a position."""

    open: Opened
    located: bool = True


MODES = {
    "chromium": Mode(chromium_window),
    "chromium-private": Mode(partial(chromium_window, private=True)),
    "firefox": Mode(firefox_window),
    "firefox-private": Mode(partial(firefox_window, private=True)),
    "webkit-private": Mode(webkit_window, located=False),
}
WITHOUT_SCRIPTS = {name: mode for name, mode in MODES.items() if name in ("chromium", "firefox", "webkit-private")}


@pytest.fixture(params=MODES)
def mode(request: pytest.FixtureRequest) -> Mode:
    return MODES[request.param]


# Short ways through pages


def sign_in(window: Window, line: BadLine) -> None:
    window.go(f"{line.address}/login")
    window.type("#name", "inspector")
    window.type("#password", PASSWORD)
    window.tap(".login-panel button[type=submit]")
    wait_for("signed in", lambda: "/login" not in window.address())


def open_form(window: Window, address: str) -> None:
    window.go(address)
    scripted(window)


def scripted(window: Window) -> None:
    wait_for("the script has begun", lambda: window.run("() => document.documentElement.matches('.scripted')"))


def has_module_workers(window: Window) -> bool:
    """Service workers made of modules are in Firefox from 147 on; Debian without its security updates has 140."""
    found = re.search(r"Firefox/(\d+)", window.run("() => navigator.userAgent"))
    return found is None or int(found[1]) >= 147


def says(window: Window, css: str, words: str) -> bool:
    """Whether an element has the words, be it behind a fold."""
    return words in window.run("(css) => document.querySelector(css)?.textContent ?? ''", css)


def ready_offline(window: Window) -> None:
    """The page itself waits for its files for a minute; a busy machine needs as much."""
    asked = """async () => JSON.stringify([
      (await navigator.serviceWorker.getRegistration("/field/"))?.installing?.state,
      await caches.keys(), document.querySelector(".offline-notice").textContent])"""
    ready = lambda: window.run(_READY_OFFLINE, FORMS) or Said(window.run(asked))  # noqa: E731
    wait_for("the phone is ready", ready, 90)


def answer_right(window: Window, world: World, checklist: str) -> dict[str, Any]:
    """The form's own fields are filled in; the values that must arrive, by item."""
    samples = {item.id: right(item) for item in world.checklist(checklist).items}
    typed = {f"answers.{id}.{name}": text for id, one in samples.items() for name, text in one.typed.items()}
    window.run(ANSWER_ALL, typed)
    return {id: one.value for id, one in samples.items()}


def kept(window: Window) -> None:
    """The page says that all is on the phone."""
    wait_for("it is kept", lambda: window.text("#kept-state") == "已存入手机")


def take(window: Window, place: str, files: Sequence[Path]) -> None:
    """Photos out of the gallery, until the page says of each that it is kept."""
    shown = f"{place} .preview-kept"
    before = count(window, shown)
    window.choose(f"{place} input.gallery", files)
    wait_for("photos are kept", lambda: count(window, shown) == before + len(files))


def count(window: Window, css: str) -> int:
    return int(window.run("(css) => document.querySelectorAll(css).length", css))


def fields(window: Window) -> dict[str, str]:
    found: dict[str, str] = window.run(
        """() => Object.fromEntries([...new FormData(document.querySelector("#items").form ??
             document.querySelector("#items").closest("form"))]
             .filter(([name, value]) => name.startsWith("answers.") && typeof value === "string"))"""
    )
    return found


def stored(window: Window, store: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = wait_for(f"{store} is read", lambda: [window.run(_READ, store)])[0]
    return found


def answers_of(world: World, id: str) -> dict[str, Any]:
    kept = world.services.store.get("inspections", id)
    assert kept
    return {item: brief(answer["value"]) for item, answer in kept.document["answers"].items()}


def brief(value: Any) -> Any:
    """Of premises: what they are, their photo, and whose word their place is."""
    if not isinstance(value, list):
        return value
    return [(one["category"], one["photo"], one["fix"]["source"]) for one in value]


@dataclass
class Day:
    """What a day's visits must have left with the server."""

    world: World
    window: Window
    line: BadLine
    folder: Path
    pictures: int = 0

    def picture(self) -> tuple[Path, str]:
        """A photo that no other is like, and its SHA-256."""
        self.pictures += 1
        content = photo(self.pictures)
        path = self.folder / f"IMG_{self.pictures}.jpg"
        path.write_bytes(content)
        return path, sha256(content)

    def at(self, path: str) -> str:
        return f"{self.line.address}{path}"

    def submit(self) -> None:
        self.window.tap("#submit")

    def see_result(self) -> str:
        """The id of the inspection whose result is shown."""
        told = lambda: "/inspections/" in self.window.address() or Said(self.window.text("#message"))  # noqa: E731
        wait_for("the result is shown", told)
        return urlsplit(self.window.address()).path.rsplit("/", 1)[1]

    def holds(self, id: str, answers: dict[str, Any], hashes: Sequence[str]) -> None:
        wait_for("it has arrived", lambda: id in arrived(self.world))
        assert answers_of(self.world, id) == answers
        assert sorted(photos_of(self.world, id)) == sorted(hashes)
        assert all(same_bytes(self.world, sha) for sha in hashes)

    # Visits

    def counts_and_occurrences(self) -> None:
        """Zebra crossing: counters, numbers and judgements by taps, a photo, a reload, and the result."""
        window = self.window
        open_form(window, self.at("/field/sites/zebra-crossing-1"))
        expected = answer_right(window, self.world, "zebra-crossing")
        path, sha = self.picture()
        take(window, "#item-markings > .photos", [path])
        window.tap("#item-markings .choice-fail")
        window.tap("#item-own-lane .step-more")
        window.tap("#item-own-lane .step-more")
        window.tap("#item-yielding .tally-class[data-class=bus] .count-yes")
        other, second = self.picture()
        take(window, "#item-own-lane > .photos", [other])
        window.tap("#item-guardrail .choice-na")
        kept(window)
        before = fields(window)
        window.reload()
        scripted(window)
        assert fields(window) == before
        wait_for("photos are back", lambda: count(window, ".preview-kept") == 2)
        self.submit()
        id = self.see_result()
        bus = expected["yielding"]
        expected |= {"markings": "fail", "own-lane": 2, "guardrail": "na"}
        expected["yielding"] = answers_of(self.world, id)["yielding"]
        assert expected["yielding"] != bus, "the tap on the counter counts"
        self.holds(id, expected, [sha, second])

    def grades_and_measures(self) -> None:
        """Main road: a grade by a tap, a number by the keyboard."""
        window = self.window
        open_form(window, self.at("/field/sites/main-road-1"))
        expected = answer_right(window, self.world, "main-road")
        window.tap("#item-cleanliness .choice:nth-of-type(2)")
        window.type("#item-posters .measure-value input", "12")
        path, sha = self.picture()
        take(window, "#item-cleanliness > .photos", [path])
        kept(window)
        self.submit()
        id = self.see_result()
        self.holds(id, {**expected, "cleanliness": "B", "posters": 12}, [sha])

    def premises(self, located: bool) -> tuple[str, dict[str, Any], list[str]]:
        """School: premises with category, photo and place; handed over. Its id, answers and photos."""
        window, row = self.window, "#item-banned-premises .premises"
        expected = answer_right(window, self.world, "school-perimeter")
        window.tap("#item-banned-premises .premises-add")
        wait_for("there is a row", lambda: count(window, row))
        named = window.run("(css) => document.querySelector(css).dataset.row", row)
        window.run(ANSWER_ALL, {f"{named}.category": "internet-cafe"})
        if not located:
            place = {f"{named}.{name}": str(HERE[name]) for name in ("lat", "lon", "accuracy_m")}
            window.run(ANSWER_ALL, place)
        wait_for("it has a place", lambda: "米" in window.text(f"{row} .premises-distance"))
        path, sha = self.picture()
        take(window, row, [path])
        kept(window)
        id = self.hand_over()
        expected["banned-premises"] = [("internet-cafe", sha, "browser" if located else "manual")]
        return id, expected, [sha]

    def hand_over(self) -> str:
        """Submit what cannot be sent; its id, once it is in the outbox."""
        id = str(self.window.run("() => document.querySelector('[name=id]').value"))
        self.submit()
        wait_for("it waits", lambda: id in [one["id"] for one in stored(self.window, "outbox")])
        return id

    def report(self) -> tuple[str, list[str]]:
        """随手拍: a kind, a photo, an area, a place; handed over. Its id and photos."""
        window = self.window
        path, sha = self.picture()
        take(window, "#adhoc-photos", [path])
        window.run(ANSWER_ALL, {"answers.kind": "parking", "answers.area": STREET, "answers.place": "江津路东口"})
        window.type("#note", "三辆车停在盲道上")
        kept(window)
        return self.hand_over(), [sha]

    def export(self) -> set[str]:
        """The ZIP of all that is on the phone, as it would be saved: SHA-256 of the photos in it, each looked at."""
        window = self.window
        window.run(_KEEP_FILE)
        window.tap("#export")
        told = lambda: (said := window.text("#export-state")).startswith("已导出") or Said(said)  # noqa: E731
        wait_for("it is exported", told)
        content = base64.b64decode(window.run(_FILE))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            photos = [name for name in archive.namelist() if name.startswith("photos/")]
            records = [name for name in archive.namelist() if name.endswith("record.json")]
            assert all(json.loads(archive.read(name)) for name in records)
            found = {sha256(archive.read(name)) for name in photos}
        assert found == {Path(name).stem for name in photos}
        return found


_SETTLED = """() => document.querySelector("#space").textContent &&
  (document.documentElement.matches(".offline-safe") || document.querySelector(".offline-notice").textContent)"""

# What the browser would save as a file is caught where the page hands it over.
_KEEP_FILE = """() => {
  navigator.canShare = undefined;
  const made = URL.createObjectURL;
  URL.createObjectURL = (blob) => {
    if (blob instanceof File) window.exported = blob;
    return made.call(URL, blob);
  };
}"""
_FILE = """() => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.split(",")[1]);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(window.exported);
})"""


def test_a_day_of_visits_arrives_whole(world: World, line: BadLine, playwright: Playwright, tmp_path: Path, mode: Mode):
    with mode.open(playwright, tmp_path) as window:
        day = Day(world, window, line, tmp_path)
        sign_in(window, line)
        opens_offline = has_module_workers(window)
        if opens_offline:
            # On the page that signing in leads to: WebKit does not get over leaving one that is setting up its worker.
            ready_offline(window)
        else:
            wait_for("it is told", lambda: says(window, ".offline-notice", "不支持离线打开页面"))
        day.counts_and_occurrences()
        day.grades_and_measures()
        waiting = offline(day, mode) if opens_offline else unsent(day, mode)
        window.tap("#send-now")
        for id, answers, hashes in waiting:
            day.holds(id, answers, hashes)
        states = {"confirmed"}
        wait_for("all is confirmed", lambda: {one["state"] for one in stored(window, "outbox")} == states)
        assert stored(window, "media") == stored(window, "drafts") == []
        assert len(arrived(world)) == 4
        assert len(set(arrived(world))) == 4


Waiting = list[tuple[str, dict[str, Any], list[str]]]


def offline(day: Day, mode: Mode) -> Waiting:
    """Without a network: the list and a form by taps, the page of reports, the outbox and its file; then it is back."""
    day.line.network_off()
    day.window.go(day.at("/field/"))
    day.window.tap("a[href$='/field/sites/school-perimeter-1']")
    scripted(day.window)
    school = day.premises(mode.located)
    wait_for("it is told", lambda: "待发" in (said := day.window.text("#message")) or Said(said))
    open_form(day.window, day.at("/field/adhoc"))
    waiting = exported(day, school)
    day.line.network_on()
    return waiting


def unsent(day: Day, mode: Mode) -> Waiting:
    """Where no page opens without a network: the server takes nothing for a while."""
    day.line.rules.append(on("PUT", "/api/v1/", status(503)))
    open_form(day.window, day.at("/field/sites/school-perimeter-1"))
    school = day.premises(mode.located)
    open_form(day.window, day.at("/field/adhoc"))
    waiting = exported(day, school)
    day.line.rules.clear()
    return waiting


def exported(day: Day, school: tuple[str, dict[str, Any], list[str]]) -> Waiting:
    """The report that is open is made and waits beside the visit; the file of the outbox has the photos of both."""
    id, hashes = day.report()
    day.window.go(day.at("/field/outbox"))
    wait_for("both are listed", lambda: count(day.window, "#items > li") >= 2)
    # A driver's click goes where the button was when it looked for it.
    wait_for("the page says all it has to say above the button", lambda: day.window.run(_SETTLED))
    assert day.export() == {*school[2], *hashes}
    return [school, (id, {"parking": "fail"}, hashes)]


@pytest.mark.parametrize("name", WITHOUT_SCRIPTS)
def test_without_javascript_what_is_wanting_is_named_and_the_photo_is_kept(
    world: World, line: BadLine, playwright: Playwright, tmp_path: Path, name: str
):
    """Main road: every answer by its own field, first without one of them, then whole."""
    with WITHOUT_SCRIPTS[name].open(playwright, tmp_path, scripts=False) as window:
        day = Day(world, window, line, tmp_path)
        sign_in(window, line)
        window.go(day.at("/field/"))
        window.tap("a[href$='/field/sites/main-road-1']")
        path, sha = day.picture()
        expected: dict[str, Any] = {}
        for item in world.checklist("main-road").items:
            expected[item.id] = fill_in_plain(window, item.id, item.method)
        window.choose("#item-greenery input[name$='.photos']", [path])
        window.type("#item-touting input.number", "")
        window.tap("#submit")
        wait_for("the item is named", lambda: "没有提交成功" in window.text(".problems"))
        window.tap(".problems a[href='#item-touting']")
        wait_for("it says what is wanting", lambda: window.text("#item-touting .item-problems"))
        assert not arrived(world)
        window.type("#item-touting input.number", "0")
        window.tap("#submit")
        day.holds(day.see_result(), expected, [sha])


def fill_in_plain(window: Window, id: str, method: str) -> object:
    """An answer by the fields that need no script; the value that must arrive. What grows there is not well kept."""
    number: dict[str, object] = {"measure": 12, "occurrences": 0}
    if method in number:
        window.type(f"#item-{id} input.number", str(number[method]))
        return number[method]
    value = "A" if method == "grade" else "fail" if id == "greenery" else "pass"
    window.tap(f"#item-{id} .choice:has(input[value={value}])")
    return value
