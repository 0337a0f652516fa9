"""What was entered last is what is kept and sent, whatever comes from storage, another tab or the server afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.phone import (
    HeldAnswers,
    add_photos,
    answer_all,
    intercept,
    kept,
    let_in,
    open_form,
    outbox,
    payloads,
    queue_many,
    wait_until,
)
from tests.browser.test_modules import run
from tests.conftest import ServerProcess
from tests.measured import PAGE_PATIENCE_MS
from tests.world import STREET, World, photo

pytestmark = pytest.mark.browser
SITE = "zebra-crossing-1"
TOUCHED: dict[str, Any] = {"has_touch": True, "is_mobile": True, "service_workers": "block"}


@pytest.fixture(scope="module")
def world(shared_world: World) -> World:
    """What is kept and merged here is on the phone."""
    return shared_world


@pytest.fixture(scope="module")
def server(shared_server: ServerProcess) -> ServerProcess:
    return shared_server


@pytest.fixture
def phone(open_browser: Callable[..., BrowserContext], server: ServerProcess) -> BrowserContext:
    """Signed in; without a service worker, which would answer in the place of what a test holds back."""
    context = open_browser(PHONE, **TOUCHED)
    let_in(context.new_page(), server.address)
    return context


@pytest.fixture(scope="module")
def one_page(browser: Browser, server: ServerProcess) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, locale="zh-CN", timezone_id="Asia/Shanghai", **TOUCHED)
    context.set_default_timeout(PAGE_PATIENCE_MS)
    page = context.new_page()
    let_in(page, server.address)
    page.goto(f"{server.address}/trust")
    yield page
    context.close()


@pytest.fixture
def page(one_page: Page, server: ServerProcess) -> Page:
    """A page that keeps nothing and sends nothing by itself, on a phone that has nothing kept."""
    one_page.unroute_all()
    one_page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    # Without the page that has the database open, which would keep it from being deleted.
    one_page.goto("about:blank")
    storage = {"origin": server.address, "storageTypes": "indexeddb,cache_storage"}
    one_page.context.new_cdp_session(one_page).send("Storage.clearDataForOrigin", storage)
    one_page.goto(f"{server.address}/trust")
    assert one_page.evaluate("indexedDB.databases()") == []
    return one_page


def saved(page: Page) -> None:
    expect(page.locator("#kept-state")).to_have_text("已存入手机")


def drafts(page: Page) -> dict[str, Any]:
    """The fields of the one draft that the phone keeps."""
    (draft,) = kept(page, "drafts")
    found: dict[str, Any] = draft["fields"]
    return found


@contextmanager
def before_its_script(page: Page, address: str, module: str) -> Iterator[None]:
    """A page that is seen already, and whose script is still on its way."""
    held: list[Route] = []
    page.route(f"**/{module}", lambda route: held.append(route))
    page.goto(address, wait_until="commit")
    page.locator("#submit").wait_for()
    yield
    for route in held:
        route.continue_()
    page.unroute(f"**/{module}")
    page.locator("html.scripted").wait_for()


# Entered before the draft was there


def test_what_is_entered_before_the_draft_is_there_stays_and_the_draft_fills_the_rest(
    phone: BrowserContext, server: ServerProcess
):
    page = phone.new_page()
    open_form(page, server.address, SITE)
    for item in ("markings", "jam"):
        page.locator(f"#item-{item} .choice-pass").tap()
    page.locator("#item-parking .step-value input").fill("3")
    page.locator("#item-guardrail .choice-na").tap()
    saved(page)

    page = phone.new_page()
    with before_its_script(page, f"{server.address}/field/sites/{SITE}", "inspecting/form.js"):
        page.locator("#item-markings .choice-fail").tap()
        page.locator("#item-guardrail .step-value input, #item-guardrail .choice-fail").first.click()
        page.locator("#item-markings .note summary").tap()
        page.locator("#item-markings textarea").fill("刚写的")
    expect(page.locator("#item-markings .choice-fail input")).to_be_checked()
    expect(page.locator("#item-jam .choice-pass input")).to_be_checked()
    expect(page.locator("#item-parking .step-value input")).to_have_value("3")
    expect(page.locator("#item-markings textarea")).to_have_value("刚写的")
    saved(page)
    found = drafts(page)
    assert (found["answers.markings.value"], found["answers.jam.value"]) == ("fail", "pass")
    assert found["answers.markings.note"] == "刚写的"


def test_a_number_entered_before_the_draft_is_there_is_not_hidden_by_its_not_applicable(
    phone: BrowserContext, server: ServerProcess
):
    page = phone.new_page()
    open_form(page, server.address, SITE)
    page.locator("#item-parking .choice-na").tap()
    saved(page)
    page = phone.new_page()
    with before_its_script(page, f"{server.address}/field/sites/{SITE}", "inspecting/form.js"):
        page.locator("#item-parking .step-value input").fill("2")
    expect(page.locator("#item-parking .choice-na input")).not_to_be_checked()
    saved(page)
    found = drafts(page)
    assert found["answers.parking.value"] == "2"
    assert "answers.parking.na" not in found


def test_what_is_entered_before_the_script_is_kept_where_there_is_no_draft(
    phone: BrowserContext, server: ServerProcess
):
    page = phone.new_page()
    with before_its_script(page, f"{server.address}/field/sites/{SITE}", "inspecting/form.js"):
        page.locator("#item-markings .choice-pass").tap()
    expect(page.locator("#answered-text")).to_contain_text("已答 1/")
    saved(page)
    assert drafts(page)["answers.markings.value"] == "pass"


def test_premises_entered_before_the_draft_is_there_come_after_those_of_the_draft(
    phone: BrowserContext, server: ServerProcess
):
    page, item = phone.new_page(), "#item-banned-premises"
    open_form(page, server.address, "school-perimeter-1")
    page.locator(f"{item} .premises-add").tap()
    page.locator(f"{item} .premises select").select_option("internet-cafe")
    page.locator(f"{item} .premises [name$='.name']").fill("一号网吧")
    saved(page)
    page = phone.new_page()
    with before_its_script(page, f"{server.address}/field/sites/school-perimeter-1", "inspecting/form.js"):
        page.locator(f"{item} .premises [name$='.name']").first.fill("二号店")
        page.locator(f"{item} .premises select").first.select_option("arcade")
    names = page.locator(f"{item} .premises [name$='.name']")
    expect(names).to_have_count(2)
    saved(page)
    found = {name: value for name, value in drafts(page).items() if ".premises." in name}
    (first,), (second,) = (
        {name.split(".")[3] for name, value in found.items() if value == text} for text in ("一号网吧", "二号店")
    )
    assert int(second) == int(first) + 1
    kinds = {name.split(".")[3]: value for name, value in found.items() if name.endswith(".category")}
    assert kinds == {first: "internet-cafe", second: "arcade"}


def test_an_ad_hoc_report_begun_before_its_draft_is_there_keeps_what_was_entered(
    phone: BrowserContext, server: ServerProcess
):
    page = phone.new_page()
    page.goto(f"{server.address}/field/adhoc")
    page.locator("html.scripted").wait_for()
    page.locator(".kinds .choice").nth(0).tap()
    page.locator("#note").fill("旧说明")
    page.locator("#place").fill("旧地点")
    saved(page)
    page = phone.new_page()
    with before_its_script(page, f"{server.address}/field/adhoc", "inspecting/adhoc.js"):
        page.locator(".kinds .choice").nth(1).tap()
        page.locator("#area").select_option(STREET)
        page.locator("#note").fill("新说明")
    expect(page.locator("#note")).to_have_value("新说明")
    expect(page.locator("#place")).to_have_value("旧地点")
    expect(page.locator(".kinds input").nth(1)).to_be_checked()
    expect(page.locator("#area")).to_have_value(STREET)
    saved(page)
    assert (drafts(page)["answers.note"], drafts(page)["answers.area"]) == ("新说明", STREET)


def test_a_form_that_is_come_back_to_is_not_filled_by_the_browser(phone: BrowserContext, server: ServerProcess):
    """After it was sent a browser would put the old answers into the new form."""
    page = phone.new_page()
    open_form(page, server.address, SITE)
    answer_all(page)
    saved(page)
    page.locator("#submit").tap()
    page.wait_for_url("**/inspections/**")
    open_form(page, server.address, SITE)
    page.go_back()
    page.go_back()
    page.locator("html.scripted").wait_for()
    if page.locator("#items").get_attribute("inert") is None:
        expect(page.locator("#answered-text")).to_contain_text("已答 0/")


# Two tabs


def test_two_tabs_with_one_draft_keep_the_answers_of_both(phone: BrowserContext, server: ServerProcess):
    first = phone.new_page()
    open_form(first, server.address, SITE)
    first.locator("#item-markings .choice-pass").tap()
    saved(first)
    second = phone.new_page()
    open_form(second, server.address, SITE)
    second.locator("#item-jam .choice-fail").tap()
    second.locator("#item-markings .choice-fail").tap()
    saved(second)
    first.locator("#item-parking .step-value input").fill("2")
    saved(first)
    found = drafts(first)
    assert found["answers.parking.value"] == "2"
    assert (found["answers.jam.value"], found["answers.markings.value"]) == ("fail", "fail")


def test_what_is_taken_back_in_one_tab_is_not_brought_back_by_it(phone: BrowserContext, server: ServerProcess):
    first = phone.new_page()
    open_form(first, server.address, SITE)
    first.locator("#item-parking .choice-na").tap()
    first.locator("#item-jam .choice-pass").tap()
    saved(first)
    second = phone.new_page()
    open_form(second, server.address, SITE)
    second.locator("#item-red-light .choice-pass, #item-red-light .none-found").first.tap()
    saved(second)
    first.locator("#item-parking .choice-na").tap()
    saved(first)
    assert "answers.parking.na" not in drafts(first)
    second.locator("#item-own-lane .none-found, #item-own-lane .choice-pass").first.tap()
    saved(second)
    found = drafts(second)
    assert "answers.parking.na" not in found
    assert found["answers.jam.value"] == "pass"


FRESH_TABS = """(async () => {
    const fresh = (id, fields) => ({id, kind: 'inspection', place: 'i/s', inspector: 'i', site: 's', version: '1',
                                    fields, watches: {}, started_at: '2026-11-23T00:00:00Z', updated_at: 1});
    const [one, two] = [fresh('d-7', {a: '1'}), fresh('d-8', {b: '2'})];
    const found = await Promise.all([m.shareDraft(one, true), m.shareDraft(two, true)]);
    const others = await Promise.all([{...two, version: '2'}, {...two, kind: 'correction'}, {...two, site: ''}].map(
        async (draft) => Boolean((await m.lookAtDraft(draft, true)).other)));
    const db = await (await import(base + 'inspecting/storage/database.js')).storage();
    return [found.map(({kept, other}) => [kept?.id ?? null, other?.id ?? null]), others,
            (await db.list('drafts')).map(({id}) => id), db.durable];
})()"""
FRESH_TABS_ARE_ONE = [[["d-7", None], [None, "d-7"]], [False, False, False], ["d-7"]]


@pytest.mark.parametrize("durable", [True, False])
def test_of_two_pages_that_write_at_once_one_founds_the_draft_and_the_other_finds_it(page: Page, durable: bool):
    if not durable:
        page.evaluate("Object.defineProperty(globalThis, 'indexedDB', {value: undefined})")
    *found, kept_for_good = run(page, "inspecting/storage/drafts.js", FRESH_TABS)
    assert (found, kept_for_good) == (FRESH_TABS_ARE_ONE, durable)


def test_what_is_handed_over_in_one_page_is_neither_written_nor_emptied_nor_handed_over_again_by_another(
    world: World, page: Page
):
    (made,) = queue_many(page, world, 1, 1)
    script = """(async () => {
        const {draft} = (await m.outboxItems())[0];
        const drafts = await import(base + 'inspecting/storage/drafts.js');
        const [{key}] = await drafts.mediaOf(draft.id);
        const shared = await drafts.shareDraft(draft, false);
        await drafts.removeMedia(draft, key);
        await drafts.dropDraft(draft.id);
        const again = await m.queue(draft, {site: 'changed'}, []).catch((error) => error.message);
        return [shared, again, (await drafts.mediaOf(draft.id)).length];
    })()"""
    said = "这一份已在另一个页面交出，见「待发」"
    assert run(page, "inspecting/storage/outbox.js", script) == [{"sent": True}, said, 1]
    assert kept(page, "drafts") == []
    assert [one["id"] for one in outbox(page)] == [made.id]


def test_two_fresh_tabs_of_one_site_are_one_draft_which_is_sent_once_with_what_was_entered_in_both(
    phone: BrowserContext, server: ServerProcess
):
    phone.add_init_script(
        """delete globalThis.BroadcastChannel;
        Object.defineProperty(navigator, 'locks', {value: undefined})"""
    )
    first, second = phone.new_page(), phone.new_page()
    for tab in (first, second):
        open_form(tab, server.address, SITE)
    first.locator("#item-markings .choice-pass").tap()
    expect(first.locator("#item-markings .choice-pass input")).to_be_checked()
    add_photos(first, "markings", [photo(1)])
    saved(first)
    second.locator("#item-jam .choice-fail").tap()
    add_photos(second, "jam", [photo(2)])
    expect(second.locator("#item-markings .choice-pass input")).to_be_checked()
    saved(second)
    found = drafts(second)
    assert (found["answers.markings.value"], found["answers.jam.value"]) == ("pass", "fail")
    (draft,) = kept(second, "drafts")
    assert [one["owner"] for one in kept(second, "media")] == [draft["id"]] * 2
    answer_all(second)
    saved(second)
    first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(first.locator("#photo-count, #answered-text")).to_contain_text("照片 2")
    second.locator("#submit").tap()
    second.wait_for_url("**/inspections/**")
    first.locator("#item-markings .choice-fail").tap()
    expect(first.locator("#message")).to_contain_text("已在另一个页面交出")
    expect(first.locator("#submit")).to_be_disabled()
    first.reload()
    first.locator("html.scripted").wait_for()
    expect(first.locator("#answered-text")).to_contain_text("已答 0/")
    assert kept(first, "drafts") == []


def test_premises_entered_in_two_tabs_are_rows_of_one_draft_in_both(phone: BrowserContext, server: ServerProcess):
    first, second, item = phone.new_page(), phone.new_page(), "#item-banned-premises"
    names = f"{item} .premises [name$='.name']"
    for tab in (first, second):
        open_form(tab, server.address, "school-perimeter-1")

    def add(tab: Page, name: str) -> None:
        tab.locator(f"{item} .premises-add").tap()
        row = tab.wait_for_selector(f"{item} .premises:has(select:focus)")
        assert row
        kind, text = row.query_selector("select"), row.query_selector("[name$='.name']")
        assert kind
        assert text
        kind.select_option("internet-cafe")
        text.fill(name)
        saved(tab)

    def same(*expected: str) -> None:
        """Both show these, once each of them was looked at; the draft has them."""
        for tab in (second, first, second):
            tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            expect(tab.locator(names)).to_have_count(len(expected))
            assert sorted(one.input_value() for one in tab.locator(names).all()) == sorted(expected)
        found = {name: value for name, value in drafts(first).items() if ".premises." in name and name[-5:] == ".name"}
        assert sorted(found.values()) == sorted(expected)

    for tab, name in ((first, "一号网吧"), (second, "二号店")):
        add(tab, name)
    same("一号网吧", "二号店")
    # Of one draft by now, and neither has seen the other's row.
    for tab, name in ((first, "三号网吧"), (second, "四号店")):
        add(tab, name)
    same("一号网吧", "二号店", "三号网吧", "四号店")
    first.locator(f"{item} .premises-remove").first.tap()
    saved(first)
    same("二号店", "三号网吧", "四号店")


def test_a_row_with_a_photo_that_another_tab_has_not_seen_stays_when_it_removes_the_row(
    phone: BrowserContext, server: ServerProcess
):
    """It is kept again, and comes back with its photo where it was removed."""
    first, second, item = phone.new_page(), phone.new_page(), "#item-banned-premises"
    rows, names = f"{item} .premises", f"{item} .premises [name$='.name']"
    open_form(first, server.address, "school-perimeter-1")
    first.locator(f"{item} .premises-add").tap()
    first.locator(f"{rows} select").select_option("internet-cafe")
    first.locator(names).fill("一号网吧")
    saved(first)
    open_form(second, server.address, "school-perimeter-1")
    expect(second.locator(names)).to_have_value("一号网吧")
    first.locator(f"{rows} input.gallery").set_input_files(payloads([photo(7)]))
    expect(first.locator(f"{rows} .preview-kept")).to_have_count(1)
    saved(first)
    before = kept(first, "drafts")[0]["updated_at"]
    second.locator(f"{item} .premises-remove").tap()
    wait_until(second, lambda: kept(second, "drafts")[0]["updated_at"] != before, 5, "the removal to be kept")
    first.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    wait_until(first, lambda: "一号网吧" in drafts(first).values(), 5, "the row to be kept again")
    expect(first.locator(names)).to_have_value("一号网吧")
    expect(first.locator(f"{rows} .preview")).to_have_count(1)
    second.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(second.locator(names)).to_have_value("一号网吧")
    expect(second.locator(f"{rows} .preview")).to_have_count(1)


DRAFT = """const draft = (more = {}) => ({id: 'd-20', kind: 'inspection', place: 'i/s-20', inspector: 'i', site: 's-20',
    version: '1', fields: {}, watches: {}, started_at: '2026-11-23T00:00:00Z', updated_at: 1, ...more});
const drafts = await import(base + 'inspecting/storage/drafts.js');
const db = await (await import(base + 'inspecting/storage/database.js')).storage();
const written = (changes) => db.write(changes);  // by another page
const part = (media, more = {}) => ({key: 'm-20', owner: 'd-20', item: 'a', row: '', order: 0, media, name: '',
    sha256: 'x', blob: new Blob(['x']),
    evidence: {captured_at: '2026-11-23T00:00:00Z', seconds: 1, fix: null}, ...more});
const none = () => undefined;"""


def with_draft(body: str) -> str:
    return f"(async () => {{ {DRAFT} {body} }})()"


def test_what_another_page_has_dropped_is_not_written_again_and_takes_no_photos(page: Page):
    script = """
        await drafts.shareDraft(draft(), true);
        await written([{remove: 'drafts', key: 'd-20'}]);
        const found = [await drafts.shareDraft(draft(), false), await drafts.lookAtDraft(draft(), false)];
        const refuse = async () => { throw new Error((await drafts.shareDraft(draft(), false)).gone ? 'gone' : ''); };
        const keeping = m.beginKeeping(draft, none, refuse);
        const photo = part('photo', {key: 'm-19'});
        const {message} = await keeping.save(photo);
        return [found, message, keeping.lacks(photo), (await drafts.mediaOf('d-20')).length];"""
    found = run(page, "inspecting/capture/keeping.js", with_draft(script))
    assert found == [[{"gone": True}, {"gone": True}], "gone", True, 0]
    assert kept(page, "drafts") == []


def test_a_photo_added_after_another_page_has_handed_over_is_told_as_not_kept(world: World, page: Page):
    queue_many(page, world, 1, 0)
    script = """
        const item = (await (await import(base + 'inspecting/storage/outbox.js')).outboxItems())[0];
        await written([{put: 'drafts', value: item.draft}]);
        await drafts.loadDraft(item.inspector, item.site);
        await written([{remove: 'drafts', key: item.id}]);
        const refuse = async () => { if ((await drafts.shareDraft(item.draft, false)).sent) throw new Error('sent'); };
        const keeping = m.beginKeeping(() => item.draft, none, refuse);
        const photo = part('photo', {owner: item.id});
        const {message} = await keeping.save(photo);
        return [message, keeping.lacks(photo), (await drafts.mediaOf(item.id)).length];"""
    assert run(page, "inspecting/capture/keeping.js", with_draft(script)) == ["sent", True, 0]


def test_removing_a_photo_does_not_hide_what_another_page_has_entered(page: Page):
    script = """
        await m.shareDraft(draft(), true);
        await written([{put: 'drafts', value: draft({fields: {a: '1'}, partner: 'wang', updated_at: 2})}]);
        await m.removeMedia(draft({updated_at: 3}), 'm-20');
        const {kept, changed} = await m.shareDraft(draft({updated_at: 4}), false);
        m.tookIn(draft({updated_at: 4}));
        return [changed, kept.fields, (await m.lookAtDraft(draft(), false)).changed];"""
    assert run(page, "inspecting/storage/drafts.js", with_draft(script)) == [True, {"a": "1"}, False]


@pytest.mark.parametrize(("here", "there", "stays"), [("", "wang", "wang"), ("li", "", "li"), ("li", "wang", "li")])
def test_a_partner_chosen_in_one_tab_is_not_reverted_by_the_other(page: Page, here: str, there: str, stays: str):
    script = """
        await m.shareDraft(draft({partner: ''}), true);
        await written([{put: 'drafts', value: draft({partner: a[1], updated_at: 2})}]);
        return (await m.shareDraft(draft({partner: a[0], updated_at: 3}), false)).kept.partner;"""
    assert run(page, "inspecting/storage/drafts.js", with_draft(script), [here, there]) == stays


@pytest.mark.parametrize(("shown", "left"), [(True, {}), (False, {"row": "1"})])
def test_what_came_from_another_tab_and_is_removed_at_once_stays_removed(page: Page, shown: bool, left: dict[str, str]):
    """Unless it was never shown: then nobody removed it."""
    script = """
        let fields = {};
        let at = 2;
        const now = () => draft({fields, updated_at: at += 1});
        const merge = async (_, kept) => { if (a) fields = {...kept.fields}; };
        const tabs = m.beginTabs({draftNow: now, handed: {over: false}, join: none, merge});
        await drafts.shareDraft(draft(), true);
        await written([{put: 'drafts', value: draft({fields: {row: '1'}, updated_at: 2})}]);
        await tabs.save(now());
        fields = {};
        await tabs.save(now());
        return (await db.list('drafts'))[0].fields;"""
    assert run(page, "inspecting/capture/tabs.js", with_draft(script), shown) == left


def test_a_page_that_has_not_joined_yet_writes_no_second_draft_and_joins_once_it_can(page: Page):
    script = """
        await written([{put: 'drafts', value: draft()}]);
        let id = 'd-21';
        const joins = [];
        const join = async (other) => {
            if (await new Promise((resolve) => joins.push(resolve))) throw new Error('broken');
            id = other.id;
        };
        const tabs = m.beginTabs({draftNow: () => draft({id}), handed: {over: false}, join, merge: async () => none});
        tabs.found();
        const turn = () => new Promise((resolve) => setTimeout(resolve));
        const begun = async (number) => { while (joins.length < number) await turn(); };
        const failing = tabs.save(draft({id})).catch((error) => error.message);
        await begun(1);
        joins[0](true);
        const told = await failing;
        const saves = [tabs.save(draft({id}))];
        await begun(2);
        saves.push(tabs.save(draft({id})), tabs.save(draft({id})));
        await db.list('drafts');
        joins[1](false);
        await Promise.all(saves);
        return [told, joins.length, (await db.list('drafts')).map((one) => one.id)];"""
    assert run(page, "inspecting/capture/tabs.js", with_draft(script)) == ["broken", 2, ["d-20"]]


def test_marks_made_in_one_tab_are_taken_in_by_the_other_unless_it_has_its_own_to_keep(page: Page):
    script = """
        const place = document.createElement('div');
        place.innerHTML = '<ul class="previews"></ul>';
        let own = false;
        const keeping = {save: none, forget: none, lacks: () => false, waits: () => own};
        const photos = m.beginPhotos({draftNow: draft, keeping, maxBytes: 9, placeOf: () => place, changed: none});
        photos.resume([part('photo')]);
        const blur = part('photo', {sha256: 'y', blob: new Blob(['yy'])});
        blur.evidence.marks = [{kind: 'blur', box: [0, 0, 1, 1]}];
        own = true;
        photos.takeIn([blur]);
        const before = photos.all()[0].media.sha256;
        own = false;
        photos.takeIn([blur]);
        const [{media}] = photos.all();
        const {sha256, blob: {size}, evidence: {marks}} = media;
        return [before, sha256, size, marks.length, place.querySelectorAll('li').length];"""
    assert run(page, "inspecting/capture/photos.js", with_draft(script)) == ["x", "y", 2, 1, 1]


def test_a_photo_waits_until_its_change_is_written(page: Page):
    script = """
        let writes = none;
        const keeping = m.beginKeeping(draft, none, () => new Promise((resolve) => (writes = resolve)));
        const photo = part('photo');
        const saving = keeping.save(photo);
        const during = keeping.waits(photo);
        writes();
        await saving;
        return [during, keeping.waits(photo)];"""
    assert run(page, "inspecting/capture/keeping.js", with_draft(script)) == [True, False]


def test_a_recording_removed_in_one_tab_goes_from_the_other_and_one_not_kept_yet_stays(page: Page):
    script = """
        const place = document.createElement('div');
        place.innerHTML = '<ul class="recordings"></ul>';
        const keeping = {save: () => new Promise(none), forget: none, lacks: ({key}) => key === 'm-lacking'};
        const audio = m.beginAudio({draftNow: draft, keeping, placeOf: () => place, changed: none, fails: none});
        const keys = {'m-whole': 'x', 'm-new': '', 'm-lacking': 'x', 'm-stays': 'x'};
        audio.resume(Object.entries(keys).map(([key, sha256]) => part('audio', {key, sha256})));
        audio.keepOnly(new Set(['m-stays']));
        return audio.all().map(({key}) => key);"""
    found = run(page, "inspecting/capture/audio.js", with_draft(script))
    assert found == ["m-new", "m-lacking", "m-stays"]


def test_recordings_whose_module_does_not_come_are_not_left_out_of_what_is_handed_over(page: Page):
    page.route("**/capture/audio.js*", lambda route: route.abort())
    script = """
        const said = [];
        const fails = (text) => said.push(text);
        const keeping = {save: none, forget: none, lacks: () => false};
        const form = document.createElement('form');
        const spoken = m.beginSpeaking(form, {draftNow: draft, keeping, placeOf: () => null, changed: none, fails});
        await spoken.resume([part('audio'), part('photo', {key: 'm-21'})]);
        const why = await spoken.settled().catch((error) => error.message);
        return [spoken.all().map(({key}) => key), said, why];"""
    why = "录音没有载全，请联网后刷新本页再试"
    assert run(page, "inspecting/capture/speaking.js", with_draft(script)) == [["m-20"], [f"{why}。"], why]


@pytest.mark.parametrize(("last", "queued"), [("merged", [[{"a": "2"}, ["m-2"]]]), ("sent", [])])
def test_what_is_handed_over_is_what_the_last_save_has_brought(page: Page, last: str, queued: list[Any]):
    script = """
        let saves = 0;
        let parts = [{media: part('photo', {key: 'm-1'})}];
        let fields = {a: '1'};
        const handed = {over: false, acknowledged: []};
        const last = {merged: () => { fields = {a: '2'}; parts = [{media: part('photo', {key: 'm-2'})}]; },
                      sent: () => (handed.over = true)}[a];
        const keeping = {save: async () => { saves += 1; if (saves === 2) last(); }};
        const photos = {settled: async () => null, all: () => parts};
        const spoken = {settled: none, all: () => []};
        const recordOf = (_, all) => all.map(({key}) => key);
        const options = {handed, draftNow: () => draft({fields}), keeping, photos, spoken, recordOf,
                         complete: () => true, unreadable: none, confirmed: none, refused: none,
                         next: {href: '', text: ''}};
        await m.handOver(options).catch(none);
        return (await db.list('outbox')).map((item) => [item.draft.fields, JSON.parse(item.body)]);"""
    assert run(page, "inspecting/capture/handing.js", with_draft(script), last) == queued


@pytest.mark.parametrize(("ends", "text"), [(True, "路灯不亮"), (False, "")])
def test_the_last_words_are_waited_for_before_a_form_is_handed_over(page: Page, ends: bool, text: str):
    script = """
        globalThis.SpeechRecognition = class {
            start() {}
            stop() {
                if (a) setTimeout(() => {
                    const words = Object.assign([{transcript: '路灯不亮'}], {isFinal: true});
                    this.onresult({resultIndex: 0, results: [words]});
                    this.onend();
                }, 50);
            }
        };
        localStorage.setItem('inspect.speech.i', 'agreed');
        const [remark, button, said] = ['textarea', 'button', 'span'].map((name) => document.createElement(name));
        const write = (field, text) => (field.value = text);
        remark.maxLength = 99;
        m.hear({remark, owner: 'i', button, said, write});
        const {stopHearing} = await import(base + 'inspecting/remarks/hearing.js');
        await stopHearing();
        await stopHearing();
        return remark.value;"""
    assert run(page, "inspecting/remarks/speech.js", with_draft(script), ends) == text


# The outbox


REFUSE = {"status": 422, "json": {"error": "旧的那份有问题", "problems": []}}


def test_an_answer_to_what_was_sent_before_does_not_refuse_what_was_finished_since(
    world: World, page: Page, server: ServerProcess
):
    """Under one id: refused, sent again in one tab, taken back and changed in another, finished anew."""
    (made,) = queue_many(page, world, 1, 0)
    held: list[Route] = []
    intercept(page, "**/api/v1/inspections/**", lambda route: held.append(route))
    run(page, "inspecting/sending/drain.js", "void m.drain()")
    wait_until(page, lambda: len(held) == 1, 10, "the first body is on its way")
    again = """(async () => {
        const draft = await m.mend(a);
        await m.queue(draft, {site: 'changed'}, []);
        return draft.id;
    })()"""
    assert run(page, "inspecting/storage/outbox.js", again, made.id) == made.id
    held[0].fulfill(**REFUSE)
    page.wait_for_timeout(300)
    (item,) = outbox(page)
    assert (item["state"], item["problem"], item["body"]) == ("waiting", "", '{"site":"changed"}')
    page.unroute("**/api/v1/inspections/**")


def test_what_is_sent_is_not_taken_back_and_what_was_taken_back_is_not_deleted_by_a_page_that_shows_it_as_refused(
    world: World, page: Page
):
    made = queue_many(page, world, 2, 1)
    state = """(async () => {
        const db = await (await import(base + 'inspecting/storage/database.js')).storage();
        const gone = {confirmed: {body: '', draft: null}};
        const set = (id, state) => db.update('outbox', id, (item) => ({...item, state, ...gone[state]}));
        await set(a[0], 'refused');
        await m.mend(a[0]);
        await m.discard(a[0]);
        await set(a[1], 'confirmed');
        await m.discard(a[1]);
        return await m.mend(a[1]);
    })()"""
    assert run(page, "inspecting/storage/outbox.js", state, [one.id for one in made]) is None
    assert [one["id"] for one in kept(page, "drafts")] == [made[0].id]
    assert {one["owner"] for one in kept(page, "media")} == {one.id for one in made}
    assert [(one["id"], one["state"]) for one in outbox(page)] == [(made[1].id, "confirmed")]


def test_what_another_tab_has_entered_since_stays_where_an_item_is_taken_back(world: World, page: Page):
    (made,) = queue_many(page, world, 1, 0)
    late = """(async () => {
        const drafts = await import(base + 'inspecting/storage/drafts.js');
        const {draft} = (await m.outboxItems())[0];
        await drafts.saveDraft({...draft, fields: {'answers.jam.value': 'fail'}});
        await m.mend(a);
    })()"""
    run(page, "inspecting/storage/outbox.js", late, made.id)
    assert drafts(page) == {"answers.jam.value": "fail"}


# Keeping


def test_a_photo_removed_while_it_could_not_be_kept_is_not_tried_again(page: Page):
    script = """(async () => {
        const draft = () => ({id: 'd-1', place: 'p', inspector: 'i', site: 's', fields: {}, watches: {}});
        const told = [];
        const keeping = m.beginKeeping(draft, ({state}) => told.push(state));
        const [removed, stays] = ['m-1', 'm-2'].map((key) => ({key, owner: 'd-1', blob: () => 0}));
        const failing = keeping.save(removed, stays);
        await new Promise((resolve) => setTimeout(resolve));
        keeping.forget(removed);
        const first = (await failing).state;
        const lacking = [removed, stays].map(keeping.lacks);
        keeping.forget(stays);
        return [first, lacking, (await keeping.save()).state, keeping.unkept()];
    })()"""
    assert run(page, "inspecting/capture/keeping.js", script) == ["failed", [False, True], "kept", 0]


def test_a_recording_removed_before_it_was_hashed_is_not_kept_again(page: Page):
    script = """(async () => {
        const place = document.createElement('div');
        place.innerHTML = '<ul class="recordings"></ul>';
        const saved = [];
        const keeping = {save: async ({key}) => saved.push(key), forget: () => undefined};
        const draft = {id: 'd-3', place: 'p', fields: {}, watches: {}};
        const none = () => undefined;
        const audio = m.beginAudio({draftNow: () => draft, keeping, placeOf: () => place, changed: none, fails: none});
        window.confirm = () => true;
        const evidence = {captured_at: '2026-11-23T00:00:00Z', seconds: 1};
        const blob = new Blob(['x']);
        const one = (key) => ({key, owner: 'd-3', item: 'a', media: 'audio', blob, sha256: '', evidence});
        audio.resume([one('gone'), one('stays')]);
        place.querySelector('button').click();
        await audio.settled();
        await new Promise((resolve) => setTimeout(resolve, 200));
        return saved;
    })()"""
    assert run(page, "inspecting/capture/audio.js", script) == ["stays"]


def test_a_draft_that_is_cleared_is_not_written_again(page: Page):
    script = """(async () => {
        const draft = () => ({id: 'd-2', place: 'p', inspector: 'i', site: 's', fields: {}, watches: {}});
        const keeping = m.beginKeeping(draft, () => undefined);
        keeping.save();
        keeping.save();
        await keeping.end();
        const {dropDraft, loadDraft} = await import(base + 'inspecting/storage/drafts.js');
        await dropDraft('d-2');
        await keeping.save();
        await new Promise((resolve) => setTimeout(resolve, 200));
        return (await (await import(base + 'inspecting/storage/database.js')).storage()).list('drafts');
    })()"""
    assert run(page, "inspecting/capture/keeping.js", script) == []


def test_a_list_that_comes_after_somebody_has_signed_out_is_not_kept(page: Page):
    answers = HeldAnswers(page, "**/field/today.json", "GET")
    page.evaluate(
        """async () => {
            const base = document.querySelector('link[rel=stylesheet]').href.replace(/css\\/.*/, 'js/');
            window.today = await import(base + 'inspecting/today.js');
            window.fetched = today.fetchToday();
        }"""
    )
    answers.wait_for(1)
    page.evaluate("today.forgetLists()")
    answers.end()
    assert page.evaluate("fetched") is None
    assert page.evaluate("today.keptToday()") is None
    assert page.evaluate("async () => Boolean((await today.fetchToday()).inspector)")


# 「其余都合格」


def test_taking_back_the_rest_leaves_what_was_answered_by_hand_since(phone: BrowserContext, server: ServerProcess):
    page = phone.new_page()
    open_form(page, server.address, SITE)
    page.locator("#rest").tap()
    page.get_by_role("button", name="都合格", exact=True).tap()
    page.locator("#item-markings .choice-fail").tap()
    page.locator("#item-parking .step-more").tap()
    page.locator("#rest-undo").tap()
    expect(page.locator("#item-markings .choice-fail input")).to_be_checked()
    expect(page.locator("#item-parking .step-value input")).to_have_value("1")
    expect(page.locator("#item-jam .choice-pass input")).not_to_be_checked()


def test_a_photo_removed_while_the_answers_are_written_does_not_come_back(page: Page):
    script = """(async () => {
        const draft = () => ({id: 'd-4', place: 'p', inspector: 'i', site: 's', fields: {}, watches: {}});
        const keeping = m.beginKeeping(draft, () => undefined);
        const media = ['m-1', 'm-2'].map((key) => ({key, owner: 'd-4', order: 0, blob: new Blob([key])}));
        const saving = keeping.save(...media);
        keeping.forget(media[0]);
        await saving;
        const drafts = await import(base + 'inspecting/storage/drafts.js');
        return (await drafts.mediaOf('d-4')).map(({key}) => key);
    })()"""
    assert run(page, "inspecting/capture/keeping.js", script) == ["m-2"]


@pytest.mark.parametrize(("each", "kept"), [(2, [0, 1, 10, 11]), (30, [*range(0, 30, 2), *range(30, 60, 2)])])
def test_the_fixes_of_two_tabs_are_both_kept_in_order_and_never_too_many(page: Page, each: int, kept: list[int]):
    script = """(async () => {
        const fix = (n) => ({lat: 30, lon: 112, accuracy_m: n, source: 'browser',
                             at: new Date(Date.UTC(2026, 10, 23) + n * 1000).toISOString()});
        const draft = (fixes) => ({id: 'd-5', kind: 'inspection', place: 'i/s', inspector: 'i', site: 's', fields: {},
                                   watches: {}, fixes, updated_at: 1});
        const numbers = (from) => Array.from({length: a}, (_, n) => fix(from + n));
        await m.saveDraft(draft([]));
        const db = await (await import(base + 'inspecting/storage/database.js')).storage();
        await db.write([{put: 'drafts', value: draft(numbers(0))}]);  // the other tab
        await m.saveDraft(draft(numbers(a === 2 ? 10 : a)));
        return (await m.loadDraft('i', 's')).draft.fixes.map((one) => one.accuracy_m);
    })()"""
    assert run(page, "inspecting/storage/drafts.js", script, each) == kept


def test_fixes_that_come_after_the_first_save_of_a_draft_are_kept_by_the_next(page: Page):
    script = """(async () => {
        const fixes = (await import(base + 'inspecting/capture/fixes.js')).beginFixes();
        for (let n = 1; n <= 3; n += 1) {
          const at = new Date(Date.UTC(2026, 10, 23) + n * 60_000).toISOString();
          fixes.note({fix: {lat: 30, lon: 112, accuracy_m: n, source: 'browser', at}, takenMs: n * 60_000});
          await m.saveDraft({id: 'd-6', kind: 'inspection', place: 'i/s', inspector: 'i', site: 's', fields: {},
                             watches: {}, fixes: fixes.all(), updated_at: n});
        }
        return (await m.loadDraft('i', 's')).draft.fixes.map((one) => one.accuracy_m);
    })()"""
    assert run(page, "inspecting/storage/drafts.js", script) == [1, 2, 3]
