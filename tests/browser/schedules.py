"""Random schedules of what can happen to an inspector's work, played on a real page against a model of its promises.

The model believes what the page says and nothing else: answers that were there when it said 已存入手机, a photo that
was marked so, a form that was 已交出. What is said to be kept must be there after every reload, and with the server in
the end, once. What was not said to be kept may be there or not; nothing may be there that nobody entered.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error

from inspect_app.services.place.register import find_site
from tests.browser.phone import (
    CONTEXT,
    arrived,
    fields,
    kept,
    let_in,
    name_of,
    online,
    outbox,
    payloads,
    photos_of,
    ready_offline,
    same_bytes,
    wait_until,
)
from tests.conftest import ServerProcess
from tests.faults import BadLine
from tests.measured import PAGE_PATIENCE_MS
from tests.sites import import_sites, keep_site
from tests.world import HERE, STREET, World, photo, sha256

CHECKLIST = "public-toilet"
VISITS = 6
"""At most so many in one schedule; each is at a site of its own."""
STEPS = {
    "tap": 9,
    "photograph": 4,
    "fail_writes": 3,
    "make_room": 1,
    "reload": 3,
    "shift_clock": 2,
    "edit_site": 2,
    "switch_line": 3,
    "end_session": 1,
    "submit": 2,
    "submit_and_leave": 1,
}
"""Each kind of step with its weight."""
_EDITS = {"name": "新的名称", "site_type": "market", "area": "421003", "state": "retired"}
_HELD_UP = ("interrupted by another navigation", "net::ERR_ABORTED")
"""How Chromium says that the page before went somewhere else, or stayed."""
_DAY_MS = 86_400_000

# The clock of pages is ahead by localStorage.ahead. Writes fail as localStorage.fail says: so many of the next ones,
# those of a store, or all. What is put into "kept" (session, clock) is not the inspector's.
TROUBLE = """
(() => {
  const told = (name) => { try { return localStorage[name] ?? ""; } catch { return ""; } };
  const Right = Date;
  const now = () => Right.now() + Number(told("ahead"));
  globalThis.Date = class extends Right {
    constructor(...given) { given.length ? super(...given) : super(now()); }
    static now() { return now(); }
  };
  const put = IDBObjectStore.prototype.put;
  const noRoom = () => new DOMException("no room", "QuotaExceededError");
  const fails = (store) => {
    const which = told("fail");
    if (store === "kept" || !which) return false;
    if (which === "all" || which === store) return true;
    if (!(Number(which) > 0)) return false;
    localStorage.fail = Number(which) - 1 || "";
    return true;
  };
  IDBObjectStore.prototype.put = function (...values) {
    if (!fails(this.name)) return put.apply(this, values);
    if (told("how") === "throw") throw noRoom();
    const { transaction } = this;
    Object.defineProperty(transaction, "error", { get: noRoom });
    const request = put.apply(this, values);
    request.addEventListener("success", () => transaction.abort());
    return request;
  };
})();
"""
# What is not well would ask for a photo.
_WELL = ".choice-pass, .none-found, .choice-grade:first-child, .choice-na"
_SET = "(values) => Object.assign(localStorage, values)"
_SHIFT = "(by) => { localStorage.ahead = Number(localStorage.ahead ?? 0) + by; }"
_NOTE = """([item, text]) => {
  const note = document.querySelector(`#item-${item} .note textarea`);
  note.value = text;
  note.dispatchEvent(new Event("input", { bubbles: true }));
}"""
_COMPLETE = """() => {
  const right = ".choice-pass, .choice-grade, .choice-na";
  for (const item of document.querySelectorAll(".item:not(.answered)")) item.querySelector(right).click();
  document.querySelector(".note textarea").dispatchEvent(new Event("input", { bubbles: true }));
}"""
# What the page says once nothing is being written; the answers, the photos shown, and those said to be kept.
_TOLD = """async () => {
  const texts = (css) => [...document.querySelectorAll(css)].map((one) => one.textContent);
  const nameOf = (preview) => preview.querySelector("img").alt.replace("照片 ", "");
  const names = (css) => [...document.querySelectorAll(css)].map(nameOf);
  const pause = () => new Promise((resolve) => setTimeout(resolve, 20));
  do await pause(); while (texts("#kept-state, .preview-facts").some((one) => one.includes("保存中")));
  const [state, notice] = [...texts("#kept-state"), ...texts("#kept-notice")];
  return { state, notice, shown: names(".preview"), kept: names(".preview:has(.preview-kept)") };
}"""
_IS_FORM = """async () => {
  for (let wait = 0; wait < 400 && document.querySelector("#inspection"); wait++) {
    if (document.documentElement.matches(".scripted")) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}"""
_BECAME = """() => {
  const button = document.querySelector("#submit");
  if (location.pathname.includes("/inspections/") || button?.textContent === "已交出") return "handed over";
  return button && !button.disabled && document.querySelector("#message.failed") ? "not" : "";
}"""


class Broken(AssertionError):
    """What was said to be kept is not, or is there twice, or something is there that nobody entered."""


@dataclass
class Visit:
    """What the page has promised of one form: answers by field, photos by SHA-256.

    ``since``: what was entered after that and not said to be kept. ``shown``: photos that may be there.
    """

    site: str
    id: str = ""
    version: str = ""
    said: Mapping[str, str] = field(default_factory=dict)
    since: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    photos: set[str] = field(default_factory=set)
    shown: set[str] = field(default_factory=set)

    def may_be(self, name: str) -> set[str]:
        return {self.said.get(name, ""), *self.since.get(name, ())}

    def is_now(self, answers: Mapping[str, str]) -> None:
        self.said, self.since = dict(answers), defaultdict(list)


@dataclass
class Player:
    """A phone, a line and an office, for one schedule after the other."""

    world: World
    line: BadLine
    context: BrowserContext
    handed: dict[str, Visit] = field(default_factory=dict)
    trace: list[str] = field(default_factory=list)
    rng: random.Random = field(default_factory=random.Random)
    items: list[str] = field(default_factory=list)
    _taken: int = 0
    _off: bool = False

    def __post_init__(self) -> None:
        self.context.add_init_script(TROUBLE)
        self.page = self.context.new_page()
        # Leaving with something unkept is what these schedules are about.
        self.page.on("dialog", lambda dialog: dialog.accept())
        let_in(self.page, self.line.address)

    def get_ready(self, schedules: int) -> None:
        """Sites for so many schedules, known to the phone."""
        codes = [f"s{number}-{visit}" for number in range(schedules) for visit in range(VISITS)]
        rows = [f"{code},点位{code},{CHECKLIST},{STREET},{HERE['lat']},{HERE['lon']},5" for code in codes]
        text = "\n".join(["code,name,type,area,lat,lon,accuracy_m", *rows])
        import_sites(self.world.services.store, text, self.world.checklists)
        ready_offline(self.page, self.line.address)

    def play(self, number: int, rng: random.Random, steps: int = 12) -> None:
        """The schedule of a number, to its end. Raises ``Broken``, or what a page raises that is stuck."""
        self.rng, self.trace, before = rng, [], len(self.handed)
        self._sites = [f"s{number}-{visit}" for visit in range(VISITS)]
        self._all_is_well()
        self.page.evaluate(_SET, {"ahead": 0})
        self._begin()
        for step in rng.choices([*STEPS], [*STEPS.values()], k=steps):
            if step.startswith("submit") and not self._sites:
                continue
            self.trace.append(step)
            getattr(self, step)()
        self.trace.append("end")
        self._finish()
        self._check([*self.handed][before:])

    # Steps

    def tap(self) -> None:
        """An answer by a tap, or a note."""
        item = self.rng.choice(self.items)
        if self.rng.random() < 0.3:
            self.page.evaluate(_NOTE, [item, f"备注{self.rng.getrandbits(40):x}"])
        else:
            choices = self.page.locator(f"#item-{item}").locator(_WELL)
            choices.nth(self.rng.randrange(choices.count())).click()
        self._look()

    def photograph(self) -> None:
        self._taken += 1
        content = photo(self._taken, (96, 72))
        self.visit.shown.add(sha256(content))
        inputs = self.page.locator(f"#item-{self.rng.choice(self.items)} > .photos input.gallery")
        inputs.set_input_files(payloads([content]))
        self._look()

    def fail_writes(self) -> None:
        """The next one to three, those of a store, or all, until there is room again."""
        which, how = self.rng.choice(["1", "2", "3", "media", "drafts", "all"]), self.rng.choice(["throw", "abort"])
        self._note(f"{which} {how}")
        self.page.evaluate(_SET, {"fail": which, "how": how})

    def make_room(self) -> None:
        self.page.evaluate(_SET, {"fail": ""})

    def shift_clock(self) -> None:
        days = self.rng.choice([-10, 10])
        self._note(f"{days} days")
        self.page.evaluate(_SHIFT, days * _DAY_MS)

    def edit_site(self) -> None:
        """The office gives the site another name, type or area, or takes it out of use."""
        store = self.world.services.store
        site = find_site(store, self.visit.site)
        assert site
        changes = {
            "name": f"新名{self.rng.getrandbits(20):x}",
            "site_type": "market",
            "area": "421003",
            "state": "retired",
        }
        name = self.rng.choice([*changes])
        self._note(name)
        keep_site(store, replace(site, **{name: changes[name]}))

    def switch_line(self) -> None:
        self._switch(not self._off)

    def end_session(self) -> None:
        self.world.end_sessions()

    def reload(self) -> None:
        """The page is loaded anew; where that brings no form, the inspector signs in and goes on from the outbox."""
        with suppress(Error):
            self.page.reload()
        if not self._is_form():
            self._open(f"?version={self.visit.version}")
        self._compare()

    def submit(self) -> None:
        """The form is finished and handed over; photos that only the page has are waited for, as it asks."""
        self._complete()
        answers = fields(self.page)
        self.page.locator("#submit").click()
        if self._became() == "handed over":
            self._hand_over(answers)
        else:
            self._note(f"({self.page.inner_text('#message')})")

    def submit_and_leave(self) -> None:
        """The page is left just after the tap on 提交: the draft is there, or it is in the outbox."""
        self._complete()
        answers = fields(self.page)
        self.page.locator("#submit").click()
        self.page.wait_for_timeout(self.rng.choice([1, 1, 10, 40]))
        self._open(f"?version={self.visit.version}")
        if self._is_handed_over():
            self._hand_over(answers)
        else:
            self._compare()

    # What the page shows and says

    def _note(self, text: str) -> None:
        self.trace[-1] += f" {text}"

    def _look(self) -> dict[str, Any]:
        """Wait until the page says what became of the change, and believe it."""
        told: dict[str, Any] = self.page.evaluate(_TOLD)
        if told["state"] == "已存入手机" or told["notice"].startswith("作答已存入手机"):
            self.visit.is_now(fields(self.page))
        else:
            for name, value in fields(self.page).items():
                self.visit.since[name].append(value)
        self.visit.photos |= self._hashes(told["kept"])
        return told

    def _hashes(self, names: list[str]) -> set[str]:
        known = {name_of(sha): sha for sha in self.visit.shown}
        if strange := [name for name in names if name not in known or names.count(name) > 1]:
            raise Broken(f"photos that nobody added here, or twice: {strange}")
        return {known[name] for name in names}

    def _compare(self) -> None:
        """A page that was loaded anew with what was promised; what it shows counts from here on."""
        now, visit = fields(self.page), self.visit
        for name in {*visit.said, *visit.since, *now}:
            if now.get(name, "") not in visit.may_be(name):
                raise Broken(f"{name} is {now.get(name, '')!r}, and may be {visit.may_be(name)}")
        photos = self._hashes(self.page.evaluate(_TOLD)["shown"])
        if visit.photos - photos:
            raise Broken(f"{len(visit.photos - photos)} of {len(visit.photos)} photos are lost")
        visit.is_now(now)
        visit.photos, visit.shown = photos, set(photos)
        self._name()

    def _name(self) -> None:
        self.visit.id = self.page.locator("#inspection [name=id]").input_value()
        self.visit.version = self.page.locator("#inspection [name=version]").input_value()
        # Where nothing was kept before the office gave the site another type, its checklist is another one.
        self.items = self.page.evaluate("() => [...document.querySelectorAll('.item')].map((one) => one.dataset.item)")

    def _became(self) -> str:
        """What the page says became of the form, as soon as it does."""
        said: list[str] = []

        def told() -> bool:
            # The page may be leaving for the result.
            with suppress(Error):
                said.append(self.page.evaluate(_BECAME))
            return bool(said and said[-1])

        wait_until(self.page, told, 20, "the page says what became of it")
        return said[-1]

    def _is_handed_over(self) -> bool:
        return self.visit.id in {one["id"] for one in outbox(self.page)} or self.visit.id in arrived(self.world)

    def _is_form(self) -> bool:
        for _ in range(3):
            # A page with another checklist than the draft's is just leaving for the right one.
            with suppress(Error):
                return bool(self.page.evaluate(_IS_FORM))
            self.page.wait_for_load_state()
        return False

    # The ways of the inspector

    def _begin(self) -> None:
        """The form of the next site."""
        self.visit = Visit(self._sites.pop())
        self._open("")
        self._name()

    def _open(self, query: str) -> None:
        address = f"{self.line.address}/field/sites/{self.visit.site}{query}"
        self._go(address)
        if not self._is_form():
            self._note("(online, signed in)")
            self._switch(False)
            self._sign_in()
            self._go(address)
            assert self._is_form(), f"{address} does not open: {self.page.inner_text('main')[:200]}"

    def _go(self, address: str) -> None:
        """The page before may be leaving for a result, or not let itself be left while it keeps what it has."""

        def answered() -> bool:
            try:
                self.page.goto(address)
            except Error as error:
                return not any(sign in error.message for sign in _HELD_UP)
            return True

        wait_until(self.page, answered, 20, f"{address} is gone to")

    def _switch(self, off: bool) -> None:
        if off and not self._off:
            self.line.network_off()
        elif self._off and not off:
            self.line.network_on()
            with suppress(Error):
                online(self.page)
        self._off = off

    def _sign_in(self) -> None:
        if self.context.request.get(f"{self.line.address}/api/v1/session").status == 401:
            let_in(self.page, self.line.address)

    def _complete(self) -> None:
        """A right answer for every item that has none. Photos that are only on the page get room, as it asks for."""
        self.page.evaluate(_COMPLETE)
        told = self._look()
        if told["shown"] != told["kept"]:
            self.make_room()
            self.page.evaluate(_COMPLETE)
            told = self._look()
            assert told["shown"] == told["kept"], f"there is room, and the page says {told}"

    def _hand_over(self, answers: Mapping[str, str]) -> None:
        if self.visit.id in self.handed:
            raise Broken(f"{self.visit.id} is handed over a second time")
        self.visit.is_now(answers)
        self.handed[self.visit.id] = self.visit
        if self._sites and not self.trace[-1].startswith("end"):
            self._begin()

    def _all_is_well(self) -> None:
        self._switch(False)
        self._sign_in()
        self._go(f"{self.line.address}/field/outbox")
        self.make_room()

    def _finish(self) -> None:
        """What is begun is handed over; there is room and a network, and all is sent."""
        self._all_is_well()
        self._open(f"?version={self.visit.version}")
        self._compare()
        if kept(self.page, "drafts"):
            self.submit()
        self._go(f"{self.line.address}/field/outbox")
        wait_until(self.page, self._all_confirmed, 30, "all is confirmed")

    def _all_confirmed(self) -> bool:
        online(self.page)
        return {one["state"] for one in outbox(self.page)} <= {"confirmed"}

    # What the server holds

    def _check(self, ids: list[str]) -> None:
        held = arrived(self.world)
        if sorted(held) != sorted(self.handed):
            raise Broken(f"{len(self.handed)} were handed over, {len(held)} are held: {set(held) ^ set(self.handed)}")
        for id in ids:
            self._check_answers(id, self.handed[id])
            self._check_photos(id, self.handed[id])
        if rest := kept(self.page, "drafts") + kept(self.page, "media"):
            raise Broken(f"left on the phone: {[one.get('id', one.get('name')) for one in rest]}")

    def _check_answers(self, id: str, visit: Visit) -> None:
        stored = self.world.services.store.get("inspections", id)
        assert stored
        for item, answer in stored.document["answers"].items():
            typed = visit.said.get(f"answers.{item}.value", "")
            value = "na" if visit.said.get(f"answers.{item}.na") else typed
            note = visit.said.get(f"answers.{item}.note", "")
            if (str(answer["value"]), answer.get("note", "")) != (value, note):
                raise Broken(f"{item} arrived as {answer}, and was {value!r}, {note!r}")

    def _check_photos(self, id: str, visit: Visit) -> None:
        photos = photos_of(self.world, id)
        if sorted(photos) != sorted(visit.photos):
            raise Broken(f"{len(photos)} photos arrived, and {len(visit.photos)} were handed over")
        if not all(same_bytes(self.world, sha) for sha in photos):
            raise Broken("an original is not what was sent")


@contextmanager
def player_in(folder: Path, browser: Browser, schedules: int) -> Iterator[Player]:
    """A world, a server and a phone that know sites for so many schedules."""
    world = World.made_in(folder / "data").founded()
    server = ServerProcess(world.data).start()
    context = browser.new_context(**CONTEXT)
    context.set_default_timeout(PAGE_PATIENCE_MS)
    try:
        with BadLine(server.port) as line:
            player = Player(world, line, context)
            player.get_ready(schedules)
            yield player
    finally:
        context.close()
        server.stop()
