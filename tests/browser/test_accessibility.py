"""Every page, by every role that may open it: axe-core has no serious finding in any look, and large type fits."""

from __future__ import annotations

import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, BrowserContext, Page, expect

from inspect_app.domain.accounts.permissions import GRANTS, Role
from inspect_app.web.access import rule_of
from tests.browser.conftest import DESK, PHONE
from tests.browser.every_page import NO_PAGES, ROWS, STRANGER, Row, filled
from tests.browser.phone import let_in
from tests.conftest import ServerProcess
from tests.measured import PAGE_PATIENCE_MS
from tests.world import PASSWORD, WEEK, World, photo

pytestmark = pytest.mark.browser

# Before a page's own scripts: what is sent with each page once more takes long.
AXE = "".join(
    file.read_text("utf-8")
    for file in (files("axe_playwright_python").joinpath("axe.min.js"), Path(__file__).with_name("axe.js"))
)
COLOURS = ("color-contrast", "link-in-text-block")
PLAIN: dict[str, Any] = {"color_scheme": "light", "contrast": "no-preference", "forced_colors": "none"}
SCHEMES: dict[str, dict[str, Any]] = {
    "dark": {"color_scheme": "dark"},
    "high contrast": {"contrast": "more"},
    "dark, high contrast": {"color_scheme": "dark", "contrast": "more"},
    "forced colours": {"forced_colors": "active"},
}
# In every look by the first role of each row; the others, and leaders, see the same colours behind another header.
VISITS = [
    pytest.param(row, role, number > 0 or role == "leader", id=f"{row.path} by {role}")
    for row in ROWS
    for number, role in enumerate(row.roles)
]


@dataclass
class Visitors:
    """A server with something on every page, and a window for each role."""

    browser: Browser
    server: ServerProcess
    things: dict[str, str]
    windows: dict[str, BrowserContext] = field(default_factory=dict)

    def page(self, role: str) -> Page:
        if role not in self.windows:
            self.windows[role] = self._window()
            page = self.windows[role].new_page()
            if role != STRANGER:
                let_in(page, self.server.address, role)
        page = self.windows[role].pages[0]
        page.set_viewport_size(PHONE)
        page.emulate_media(**PLAIN)
        return page

    def another_phone(self, role: str, name: str = "another") -> Page:
        """Signed in, with nothing kept on it; the one before of this name is closed."""
        self.page(role)
        before = self.windows.pop(name, None)
        if before:
            before.close()
        self.windows[name] = self._window()
        self.windows[name].add_cookies(self.windows[role].cookies())  # type: ignore[arg-type]
        return self.windows[name].new_page()

    def form(self) -> Page:
        """A form in use that is only looked at, on a phone of its own, in the plain look."""
        if "form" not in self.windows:
            use_form(self, self.another_phone("inspector", "form"))
        page = self.windows["form"].pages[0]
        page.set_viewport_size(PHONE)
        page.emulate_media(**PLAIN)
        page.evaluate("() => { document.documentElement.style.fontSize = ''; }")
        return page

    def open(self, role: str, path: str, status: int = 200) -> Page:
        page = self.page(role)
        answer = page.goto(self.server.address + path.format(**self.things))
        assert answer
        assert answer.status == status, path
        if page.locator("#inspection").count():
            # Until then, or until it says that it knows no such site, the form still grows under who looks at it.
            page.locator("html.scripted, #message:not([hidden])").first.wait_for()
        return page

    def _window(self) -> BrowserContext:
        window = self.browser.new_context(
            viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai", has_touch=True, service_workers="block"
        )
        window.set_default_timeout(PAGE_PATIENCE_MS)
        window.add_init_script(AXE)
        return window


@pytest.fixture(scope="module")
def visitors(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitors]:
    folder = tmp_path_factory.mktemp("pages")
    world, things = filled(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INSPECT_CHECKLISTS", str(folder / "checklists"))
        server = ServerProcess(world.data).start()
    found = Visitors(browser, server, things)
    yield found
    for window in found.windows.values():
        window.close()
    server.stop()


# Kinds of text whose colours are right by axe-core's rules of these names; pages have most of theirs in common.
RIGHT: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)


def findings(page: Page, *only: str, every_text: bool = False) -> list[str]:
    """What axe-core finds that is serious or critical: rule, element, and why. With names, these rules on colours only.

    Those are judged on one text of each kind (``axe.js``), and only where that kind has not been found right before.
    """
    if page.evaluate("() => !globalThis.seriousFindings"):
        # A page of a window that was opened without it; a value, for the last one would be called if it is a function.
        page.evaluate(f"{AXE}; true")
    right = set() if every_text else RIGHT[only or COLOURS]
    unknown = [kind for kind in page.evaluate("(each) => kindsOfText(each)", every_text) if kind not in right]
    if only and not unknown:
        return []
    # No fetching of style sheets for the one rule on a turned screen.
    options: dict[str, Any] = {"preload": False, "elementRef": True}
    if only:
        options["runOnly"] = {"type": "rule", "values": list(only)}
    else:
        options["rules"] = {"target-size": {"enabled": True}}
    found: list[str]
    found, measured = page.evaluate("([options, kinds]) => seriousFindings(options, kinds)", [options, unknown])
    right.update(measured)
    return found


def findings_in_every_look(page: Page, *, once: bool = False) -> dict[str, list[str]]:
    """All rules on phone and desk, the rules on colours in each scheme; with ``once`` all rules on the phone only."""
    found = {"phone": findings(page)}
    if not once:
        for name, scheme in SCHEMES.items():
            page.emulate_media(**(PLAIN | scheme))
            found[name] = findings(page, *COLOURS)
        page.emulate_media(**PLAIN)
        page.set_viewport_size(DESK)
        found["desk"] = findings(page)
    return {look: problems for look, problems in found.items() if problems}


def test_every_page_of_the_app_is_listed_with_every_role_that_may_open_it(world: World):
    app = world.app()
    listed = defaultdict(set)
    for row in ROWS:
        listed[row.endpoint] |= set(row.roles)
    reading = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    pages = {endpoint for endpoint in reading - NO_PAGES if not endpoint.startswith("api.")}
    assert set(listed) == pages, "give each page a row in tests/browser/every_page.py"
    assert reading >= NO_PAGES
    for endpoint in pages:
        needed = rule_of(app, endpoint) or frozenset()
        may = {role.value for role in Role if GRANTS[role] & needed} or {STRANGER}
        # Administrators may almost all; their rows are those of the pages that are theirs alone, and a few more.
        assert (may - {Role.ADMINISTRATOR.value} or may) <= listed[endpoint], endpoint
    assert {role.value for role in Role} | {STRANGER} == {role for row in ROWS for role in row.roles}


# Faults that one text has and its fellows have not, and faults of one look.
FAULTS = """
main tr:nth-child(2) td:nth-child(2) { color: #aab; }
main tr:nth-child(3) { background: #556; }
main tr:nth-child(4) { opacity: .3; }
main tr:nth-child(5) td { position: relative; z-index: 0; }
main tr:nth-child(5) td::before { content: ""; position: absolute; inset: 0; background: #445; z-index: -1; }
main select { color: #99a; background: #aab; }
main p a { color: #bbc; }
@media (prefers-color-scheme: dark) { main h1 { background: #889; } }
@media (prefers-contrast: more) { main label { color: #9a9; } }
@media (min-width: 1000px) { main th { color: #c9c; } }
"""
MADE = """
(css) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [sheet];
}
"""


def test_whatever_is_wrong_with_any_text_is_found_on_one_of_its_kind(visitors: Visitors):
    """In every look, after all were right; axe-core judges every text by itself to compare."""
    page = visitors.open("supervisor", f"/review/inspections?week={WEEK}")
    for scheme in ({}, *SCHEMES.values()):
        page.emulate_media(**(PLAIN | scheme))
        findings(page, *COLOURS)
    page.evaluate(MADE, FAULTS)
    found = []
    for size, scheme in ((PHONE, {}), *((PHONE, scheme) for scheme in SCHEMES.values()), (DESK, {})):
        page.set_viewport_size(size)
        page.emulate_media(**(PLAIN | scheme))
        by_kinds, by_texts = told(findings(page, *COLOURS)), told(findings(page, *COLOURS, every_text=True))
        assert by_kinds == by_texts
        found.append(by_kinds)
    plain, dark, high, _, _, desk = found
    assert len(plain) > 4
    for look in (dark, high, desk):
        assert look - plain


def told(found: list[str]) -> set[str]:
    """Rules and colours without the elements."""
    return {re.sub(r" \S*?: ", " ", re.sub(r"\) .*?: (?=Fix )", ") ", one)) for one in found}


TOO_WIDE = """
(width) => {
  const boxed = (element) => {
    for (let box = element.parentElement; box; box = box.parentElement) {
      if (getComputedStyle(box).overflowX !== "visible" && box !== document.body) return true;
    }
    return false;
  };
  const told = ({ tagName, className, textContent }) => `${tagName}.${className} ${textContent.trim().slice(0, 20)}`;
  const found = document.documentElement.scrollWidth > width ? ["the page"] : [];
  for (const element of document.querySelectorAll("body *:not(.unseen, .skip)")) {
    const { left, right, width: wide } = element.getBoundingClientRect();
    if (wide && (left < -1 || right > width + 1) && !boxed(element)) found.push(`over the edge: ${told(element)}`);
    // A box on a photo is as large as what it hides.
    const whole = "button:not(.redaction-box), .button, .choice-face, summary, .bar-inner";
    if (!element.matches(whole) || !element.clientWidth) continue;
    if (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1) {
      found.push(`clipped: ${told(element)}`);
    }
  }
  return found;
}
"""


def at_twice_the_size(page: Page) -> list[str]:
    """What does not fit on a phone whose system shows text twice as large: rem is then 32 px."""
    page.evaluate("() => { document.documentElement.style.fontSize = '32px'; }")
    found: list[str] = page.evaluate(TOO_WIDE, PHONE["width"])
    return found


@pytest.mark.parametrize(("row", "role", "once"), VISITS)
def test_a_page_has_no_serious_finding_in_any_look_and_fits_on_a_phone_at_twice_the_text_size(
    visitors: Visitors, row: Row, role: str, once: bool
):
    """It fits for the last role of each row. One test, for a page is opened once for both."""
    page = visitors.open(role, row.path)
    if role == row.roles[-1]:
        assert page.evaluate(TOO_WIDE, PHONE["width"]) == []
    assert findings_in_every_look(page, once=once) == {}
    if role == row.roles[-1]:
        page.set_viewport_size(PHONE)
        assert at_twice_the_size(page) == []


# What a page shows only after something was done on it.


def wrong_password(visitors: Visitors) -> Page:
    page = visitors.open(STRANGER, "/login")
    page.get_by_label("账号").fill("nobody")
    page.get_by_label("密码").fill("wrong-password")
    page.get_by_role("button", name="登录").click()
    page.locator(".problems").wait_for()
    return page


def form_in_use(visitors: Visitors) -> Page:
    return visitors.form()


def use_form(visitors: Visitors, page: Page) -> None:
    """Every item answered as badly as may be, with a photo, and submitted too early."""
    page.goto(f"{visitors.server.address}/field/sites/school-perimeter-1")
    page.locator("html.scripted").wait_for()
    for item in page.locator("fieldset.item").all():
        for choice in (".choice-fail", ".choice-grade", ".none-found", ".choice-na"):
            if item.locator(choice).count():
                item.locator(choice).last.click()
                break
    item = page.locator("fieldset.failed").first
    item.locator("input.gallery").set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo(1, (320, 240))}
    )
    item.locator(".preview img").wait_for()
    page.locator(".premises-add").first.click()
    page.locator("#submit").click()
    page.locator("#message:not([hidden])").wait_for()


def report_in_use(visitors: Visitors) -> Page:
    """A report with a photo, its kind's phrases, and one of them put into the remark."""
    page = visitors.open("inspector", "/field/adhoc")
    page.locator("html.scripted").wait_for()
    page.locator("input[name='answers.kind']").first.check(force=True)
    page.locator("input.gallery").first.set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo(2, (320, 240))}
    )
    page.locator(".preview-kept").first.wait_for()
    page.locator("textarea").first.focus()
    page.locator(".phrase").first.click()
    return page


def photo_being_marked(visitors: Visitors) -> Page:
    page = report_in_use(visitors)
    page.locator(".preview-mark").first.click()
    box = page.locator(".marking-stage img").bounding_box()
    assert box
    page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + 0.6 * box["height"], steps=4)
    page.mouse.up()
    page.locator(".marking .mark").wait_for()
    return page


def label_being_scanned(visitors: Visitors) -> Page:
    page = visitors.open("inspector", "/field/")
    page.locator("html.scripted").wait_for()
    page.locator("#scan").click()
    expect(page.locator(".live-message")).not_to_have_text("正在打开相机…")
    return page


def form_sent_without_script(visitors: Visitors) -> Page:
    page = visitors.open("inspector", "/field/sites/zebra-crossing-1")
    page.evaluate("() => HTMLFormElement.prototype.submit.call(document.querySelector('#inspection'))")
    page.locator(".problems").wait_for()
    return page


def proved(visitors: Visitors, role: str, path: str) -> Page:
    """A page of somebody who has just given the password once more."""
    page = visitors.open(role, f"/account/prove?next={path}")
    page.locator("#proof").fill(PASSWORD)
    page.get_by_role("button", name="确认并继续").click()
    page.wait_for_url(f"**{path}")
    return page


def app_for_codes(visitors: Visitors) -> Page:
    return proved(visitors, "leader", "/account/app")


def act_to_prove(visitors: Visitors) -> Page:
    page = visitors.open("leader", "/account/prove")
    page.locator("#proof").fill("wrong-password")
    page.get_by_role("button", name="确认并继续").click()
    page.locator(".problems").wait_for()
    return page


def password_reset(visitors: Visitors) -> Page:
    page = proved(visitors, "administrator", "/admin/users")
    page.get_by_role("row", name="inspector2").get_by_role("button", name="重设密码").click()
    page.locator(".secret").wait_for()
    return page


def code_for_a_phone(visitors: Visitors) -> Page:
    page = proved(visitors, "administrator", "/admin/users")
    page.get_by_role("row", name="inspector2").get_by_role("button", name="登录码").click()
    page.locator("figure svg").wait_for()
    return page


def refused_import(visitors: Visitors) -> Page:
    return _sites_uploaded(visitors, "编码,名称\n坏 码,甲\nmain-road-1,改名\n", ".problems")


def shifted_import(visitors: Visitors) -> Page:
    """Three known sites moved alike, and a new one that may be a kept one."""
    moved = "".join(f"{id}-1,,,,30.31,112.25\n" for id in ("main-road", "public-toilet", "zebra-crossing"))
    new = "new,back-alley 点位,back-alley,421002001,30.3105,112.2412\n"
    return _sites_uploaded(visitors, f"编码,名称,类型,区域,纬度,经度\n{moved}{new}", ".notice")


def _sites_uploaded(visitors: Visitors, text: str, shown: str) -> Page:
    page = visitors.open("administrator", "/admin/sites/import")
    page.locator("input[type=file]").set_input_files({"name": "x.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.locator("select").select_option("wgs84")
    page.get_by_role("button", name="查看改动").click()
    page.locator(shown).wait_for()
    return page


def changes_of_a_checklist(visitors: Visitors) -> Page:
    page = visitors.open("administrator", "/checklists/upload")
    workbook = page.request.get(f"{visitors.server.address}/checklists/public-toilet.xlsx").body()
    book = load_workbook(io.BytesIO(workbook))
    cell = next(cell for row in book["测评项"].iter_rows() for cell in row if "水冲式" in str(cell.value))
    cell.value = "全部为水冲式"
    changed = io.BytesIO()
    book.save(changed)
    sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    page.locator("input[type=file]").set_input_files(
        {"name": "x.xlsx", "mimeType": sheet, "buffer": changed.getvalue()}
    )
    page.get_by_role("button", name="查看改动").click()
    page.locator("input[name=draft]").wait_for(state="attached")
    return page


def no_such_page(visitors: Visitors) -> Page:
    return visitors.open(STRANGER, "/nowhere", 404)


def no_such_photo(visitors: Visitors) -> Page:
    return visitors.open("supervisor", "/review/photos?week=2026-W30")


STATES: list[Callable[[Visitors], Page]] = [
    wrong_password,
    form_in_use,
    report_in_use,
    photo_being_marked,
    label_being_scanned,
    form_sent_without_script,
    app_for_codes,
    act_to_prove,
    password_reset,
    code_for_a_phone,
    refused_import,
    shifted_import,
    changes_of_a_checklist,
    no_such_page,
    no_such_photo,
]


@pytest.mark.parametrize("state", STATES)
def test_a_page_in_use_has_no_serious_finding_in_any_look(visitors: Visitors, state: Callable[[Visitors], Page]):
    assert findings_in_every_look(state(visitors)) == {}


# Large type, sunlight, no colours


def test_twice_the_text_size_leaves_the_form_in_use_whole_with_its_bar_on_the_screen(visitors: Visitors):
    page = form_in_use(visitors)
    assert at_twice_the_size(page) == []
    button, bar = page.locator("#submit").bounding_box(), page.locator(".bar").bounding_box()
    assert button
    assert bar
    assert button["y"] + button["height"] <= PHONE["height"]
    assert button["x"] + button["width"] <= PHONE["width"]
    assert bar["height"] < PHONE["height"] / 2


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_answers_have_a_contrast_of_seven_to_one_where_high_contrast_is_asked_for(visitors: Visitors, colours: str):
    page = form_in_use(visitors)
    page.emulate_media(**(PLAIN | {"contrast": "more", "color_scheme": colours}))
    assert findings(page, "color-contrast-enhanced") == []


@pytest.mark.parametrize("scheme", [PLAIN, *({**PLAIN, **scheme} for scheme in SCHEMES.values())], ids=str)
def test_the_chosen_answer_is_told_by_more_than_its_colour(visitors: Visitors, scheme: dict[str, Any]):
    """A tick stands before it, and it is filled: its background is lighter or darker than the others' by 3 : 1."""
    page = form_in_use(visitors)
    page.emulate_media(**scheme)
    told = page.locator("fieldset.item:has(:checked + .choice-face)").first.evaluate(
        """(item) => {
          const faces = [...item.querySelectorAll(".choice-face")];
          const look = (face) => ({ back: getComputedStyle(face).backgroundColor,
                                    mark: getComputedStyle(face.querySelector("span"), "::before").content });
          const chosen = faces.find((face) => face.previousElementSibling.checked);
          return [look(chosen), look(faces.find((face) => face !== chosen))];
        }"""
    )
    chosen, other = told
    assert "✓" in chosen["mark"]
    assert "✓" not in other["mark"]
    assert contrast(chosen["back"], other["back"]) >= 3


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours of CSS (``rgb(…)``, taken as opaque) as WCAG 2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_nothing_moves_where_the_system_asks_for_less_motion(visitors: Visitors):
    page = visitors.another_phone("inspector")
    use_form(visitors, page)
    moving = """() => document.getAnimations().length
      + Number(getComputedStyle(document.documentElement).scrollBehavior === "smooth")"""
    page.emulate_media(reduced_motion="reduce")
    page.locator(".choice:not(:has(:checked))").first.click()
    assert page.evaluate(moving) == 0
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(moving) >= 1


def test_each_answer_is_felt_in_the_hand(visitors: Visitors):
    page = visitors.another_phone("inspector")
    page.add_init_script("window.felt = 0; Navigator.prototype.vibrate = () => { window.felt += 1; return true; };")
    page.goto(f"{visitors.server.address}/field/sites/zebra-crossing-1")
    page.locator("html.scripted").wait_for()
    for number, answer in enumerate((".choice-pass", ".choice-fail", ".none-found", ".step-more", ".count-yes")):
        page.locator(answer).first.tap()
        assert page.evaluate("() => window.felt") == number + 1, answer


# One hand


@pytest.mark.parametrize(
    ("role", "path", "reached"),
    [
        ("inspector", "/field/", ".top-nav a[aria-current]"),
        ("inspector", "/field/sites/zebra-crossing-1", "#submit"),
        ("administrator", "/admin/sites", ".top-nav a[aria-current]"),
    ],
)
def test_the_main_ways_are_in_reach_of_the_thumb(visitors: Visitors, role: str, path: str, reached: str):
    """In the lower third of the screen at once, and the header above takes one row, two on a form."""
    page = visitors.open(role, path)
    box, header = page.locator(reached).bounding_box(), page.locator(".top-inner").bounding_box()
    assert box
    assert header
    assert box["y"] > PHONE["height"] * 2 / 3
    assert box["y"] + box["height"] <= PHONE["height"]
    assert box["height"] >= 44
    assert header["height"] <= (110 if "sites/" in path else 60)
