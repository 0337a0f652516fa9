"""Remarks: phrases of the item and of one's own by one tap, and speech to text.

No browser here has speech recognition that works without its maker's service: the page's tests put a stand-in in place
of the constructor, which fires the events of the Web Speech API in the order that Chromium does. What is done with what
was heard is the page's own code.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from tests.browser.phone import kept, let_in, open_form, wait_until
from tests.browser.test_modules import page as page
from tests.browser.test_modules import run
from tests.faults import BadLine
from tests.world import World

pytestmark = pytest.mark.browser
TEXT = "inspecting/remarks/text.js"
WORD = st.text(alphabet="路灯不亮井盖缺失a1", min_size=2, max_size=6)
ITEM = "#item-markings"
REMARK = f"{ITEM} .note textarea"
FIRST, SECOND = "斑马线磨损", "信号灯不亮"

DEAF = "delete globalThis.SpeechRecognition; delete globalThis.webkitSpeechRecognition"
STAND_IN = """
globalThis.SpeechRecognition = globalThis.webkitSpeechRecognition = class {
  start() { globalThis.heard = this; this.going = true; this.onstart?.(); }
  stop() { if (this.going) { this.going = false; queueMicrotask(() => this.onend?.()); } }
  say(transcript, isFinal) {
    this.onresult({ resultIndex: 0, results: [Object.assign([{ transcript, confidence: 0.9 }], { isFinal })] });
  }
  fail(error) { this.onerror({ error }); this.stop(); }
};
"""


@given(
    phrases=st.lists(WORD, min_size=1, max_size=5, unique=True), free=st.sampled_from(["", "东侧", "东侧第三根杆。"])
)
def test_phrases_put_in_and_taken_out_leave_the_text_as_it_was(page: Page, phrases: list[str], free: str):
    put = "a.phrases.reduce((text, one) => m.withPhrase(text, one, 460), a.free)"
    text = run(page, TEXT, put, {"phrases": phrases, "free": free})
    assert text.startswith(free)
    assert run(page, TEXT, "a.phrases.every((one) => m.holds(a.text, one))", {"phrases": phrases, "text": text})
    out = run(page, TEXT, "a.phrases.reduce(m.withoutPhrase, a.text)", {"phrases": phrases, "text": text})
    assert out == free.rstrip("。")
    assert not any(run(page, TEXT, "a.map((one) => m.holds('" + out + "', one))", phrases))


def test_a_remark_never_grows_over_its_bound_and_an_emoji_is_not_cut(page: Page):
    assert run(page, TEXT, "m.withPhrase('一二三', '四五', 5)") == "一二三"
    assert run(page, TEXT, "m.withPhrase('一二三', '四五', 6)") == "一二三；四五"
    assert run(page, TEXT, "m.withSaid('前后', 1, 1, ' 说的话 ', 4)") == {"text": "前说的后", "caret": 3}
    assert run(page, TEXT, "m.withSaid('前选后', 1, 2, '新', 10)") == {"text": "前新后", "caret": 2}
    assert run(page, TEXT, "m.withSaid('', 0, 0, '好😀', 2)") == {"text": "好", "caret": 1}


def test_own_phrases_are_bounded_of_each_item_and_known_ones_are_not_repeated(page: Page):
    grown = """Array.from({length: 300}, (_, n) => n).reduce(
        (own, n) => m.remembered(own, `list/item${n % 60}`, `第${n}句；已知的；一`, ["已知的"]), [])"""
    own = run(page, TEXT, grown)
    assert own[0] == ["list/item59", "第299句"]
    assert len(own) == 200
    assert not any(phrase in ("已知的", "一") for _, phrase in own)
    assert run(page, TEXT, "m.ownOf(m.forgotten(a, 'list/item59', '第299句'), 'list/item59')", own)[0] == "第239句"


REPORT = """(() => {
  const form = document.createElement("form");
  const remark = document.createElement("textarea");
  remark.maxLength = 460;
  form.append(remark);
  document.body.append(form);
  const items = [{ id: "litter", phrases: ["垃圾未清"] }, { id: "road", phrases: ["路面破损"] }];
  const checklist = { id: "adhoc", items };
  let kind = "litter";
  const open = m.beginTools(form, { owner: "tester", checklist, itemOf: () => kind });
  const chosen = (one) => { kind = one; form.dispatchEvent(new Event("input")); };
  const shown = () => [...form.querySelectorAll(".phrase")].map(({ textContent }) => textContent);
  open(remark);
  remark.value = "垃圾未清；桥下第二个桶";
  form.dispatchEvent(new Event("submit"));
  chosen("road");
  const road = shown();
  chosen("litter");
  const litter = shown();
  chosen("");
  const none = form.querySelector(".phrases").hidden;
  form.remove();
  return { road, litter, none, kept: localStorage.getItem("inspect.phrases.tester") };
})()"""


def test_a_report_offers_the_phrases_of_its_kind_and_remembers_own_ones_for_it_alone(page: Page):
    found = run(page, "inspecting/remarks/tools.js", REPORT)
    assert found["road"] == ["路面破损"]
    assert found["litter"] == ["垃圾未清", "桥下第二个桶"]
    assert found["none"], "as long as no kind is chosen there are none"
    assert found["kept"] == '[["adhoc/litter","桥下第二个桶"]]'


FORGOTTEN = """(async () => {
  for (const name of a) localStorage.setItem(name, "[]");
  await m.forgetLists();
  return a.filter((name) => localStorage.getItem(name) !== null);
})()"""


def test_what_was_written_and_who_went_along_is_forgotten_when_nobody_is_signed_in(page: Page):
    names = ["inspect.phrases.inspector", "inspect.phrases.inspector2", "inspect.partner", "inspect.map"]
    assert run(page, "inspecting/today.js", FORGOTTEN, names) == ["inspect.map"]


def test_every_error_of_the_browser_is_a_sentence(page: Page):
    errors = ["not-allowed", "no-speech", "network", "audio-capture", "constructor", "new-one"]
    said = run(page, "inspecting/remarks/speech.js", "a.map(m.reasonOf)", errors)
    assert all(len(text) > 8 for text in said)
    assert said[-1] == said[-2]
    assert run(page, "inspecting/remarks/speech.js", "m.reasonOf('aborted')") == ""


def test_a_tap_writes_a_phrase_and_what_was_used_is_offered_again(world: World, line: BadLine, take_phone):
    page = take_phone(init_scripts=[DEAF]).open()
    let_in(page, line.address)
    open_form(page, line.address, "zebra-crossing-1")
    page.locator(f"{ITEM} .note > summary").tap()
    expect(page.locator(f"{ITEM} .phrase")).to_have_count(4)
    expect(page.locator(".hearing")).to_have_count(0)
    page.locator(f"{ITEM} .phrase", has_text=FIRST).tap()
    page.locator(f"{ITEM} .phrase", has_text=SECOND).tap()
    expect(page.locator(REMARK)).to_have_value(f"{FIRST}；{SECOND}")
    page.locator(f"{ITEM} .phrase", has_text=FIRST).tap()
    page.locator(REMARK).fill(f"{SECOND}；北侧第二根杆")
    wait_until(page, lambda: "北侧" in str(kept(page, "drafts")), 5, "the draft is kept")
    page.locator("#submit").tap()  # not complete: nothing is sent, but the phrase was used
    page.reload()
    page.wait_for_selector("html.scripted")
    page.locator(f"{ITEM} .note > summary").tap()
    own = page.locator(f"{ITEM} li:has(.phrase-forget)")
    expect(own).to_have_text(["北侧第二根杆×"])
    expect(own.locator(".phrase")).to_have_attribute("aria-pressed", "true")
    own.locator(".phrase-forget").tap()
    expect(own).to_have_count(0)
    expect(page.locator(REMARK)).to_have_value(f"{SECOND}；北侧第二根杆")


def test_what_is_said_is_written_at_the_caret_once_the_inspector_agreed(world: World, line: BadLine, take_phone):
    page = take_phone(init_scripts=[STAND_IN]).open()
    let_in(page, line.address)
    open_form(page, line.address, "zebra-crossing-1")
    page.locator(f"{ITEM} .note > summary").tap()
    page.locator(REMARK).fill("东侧磨损")
    page.evaluate(f"document.querySelector('{REMARK}').setSelectionRange(2, 2)")
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
    button = page.locator(f"{ITEM} .hearing button")
    button.tap()
    assert "浏览器厂商" in asked[0]
    assert page.evaluate("globalThis.heard === undefined")
    page.once("dialog", lambda dialog: dialog.accept())
    button.tap()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.evaluate("heard.say('斑马', false)")
    expect(page.locator(f"{ITEM} .hearing [role=status]")).to_have_text("斑马")
    page.evaluate("heard.say('斑马线', true)")
    expect(page.locator(REMARK)).to_have_value("东侧斑马线磨损")
    page.evaluate("heard.fail('network')")
    expect(page.locator(f"{ITEM} .hearing [role=status]")).to_contain_text("连不上")
    expect(button).to_have_attribute("aria-pressed", "false")
