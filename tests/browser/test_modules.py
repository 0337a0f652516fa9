"""Modules of the phone that are pure rules, run in a real Chromium."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page

from tests.world import World

pytestmark = pytest.mark.browser
MS = st.floats(0, 1e9, allow_nan=False)


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    """Any page of the application, for its modules."""
    from tests.conftest import ServerProcess

    world = World.made_in(tmp_path_factory.mktemp("modules") / "data").founded()
    world.services.store.close()
    server = ServerProcess(world.data).start()
    context = browser.new_context(service_workers="block")
    page = context.new_page()
    page.goto(f"{server.address}/login")
    yield page
    context.close()
    server.stop()


def run(page: Page, module: str, expression: str, argument: object = None):
    """Evaluate an expression over ``m``, a module's exports, and ``a``, the argument."""
    script = f"""async (a) => {{
        const base = document.querySelector('link[rel=stylesheet]').href.replace(/css\\/.*/, 'js/');
        const m = await import(base + {module!r});
        return {expression};
    }}"""
    return page.evaluate(script, argument)


def test_what_does_not_come_in_time_is_waited_for_no_longer(page):
    script = """await Promise.all([
        m.within(60_000, Promise.resolve(1)),
        m.within(60_000, Promise.reject("broken")).catch((reason) => reason),
        m.within(1, new Promise(() => undefined), "late").catch((reason) => reason),
    ])"""
    assert run(page, "within.js", script) == [1, "broken", "late"]


def test_sha256_without_webcrypto_is_sha256(page):
    rng = random.Random(4)
    sizes = [0, 1, 3, 55, 56, 57, 63, 64, 65, 119, 120, 128, 1000, 100_003]
    contents = [rng.randbytes(size) for size in sizes]
    found = run(
        page,
        "sha256.js",
        "a.map(list => [...m.digest(new Uint8Array(list).buffer)].map(b => b.toString(16).padStart(2, '0')).join(''))",
        [list(content) for content in contents],
    )
    assert found == [hashlib.sha256(content).hexdigest() for content in contents]


@given(true=MS, asleep=st.floats(0, 1e7), error=st.floats(0, 5_000), skew=st.floats(-1, 1), rate=st.floats(-1e-4, 1e-4))
def test_an_anchored_instant_is_never_farther_from_the_truth_than_it_says(page, true, asleep, error, skew, rate):
    """The phone slept for a while, during which its monotonic clock may have stood still; its clocks run a bit fast."""
    anchor = {"serverMs": 1_800_000_000_000 + error * skew, "errorMs": error, "mono": 5_000, "wall": 1_700_000_000_000}
    mono, wall = 5_000 + true * (1 + rate), 1_700_000_000_000 + (true + asleep) * (1 + rate)
    found = run(page, "clock.js", "m.momentBy(...a)", [anchor, mono, wall])
    at = page.evaluate("at => Date.parse(at)", found["at"])
    assert abs(at - (1_800_000_000_000 + true + asleep)) <= found["error_ms"] + 2 + 1e-4 * asleep


@given(true=MS, jump=st.floats(-1e9, 1e9))
def test_a_clock_changed_by_hand_widens_the_bound(page, true, jump):
    anchor = {"serverMs": 1_800_000_000_000, "errorMs": 80, "mono": 0, "wall": 1_700_000_000_000}
    found = run(page, "clock.js", "m.momentBy(...a)", [anchor, true, 1_700_000_000_000 + true + jump])
    at = page.evaluate("at => Date.parse(at)", found["at"])
    assert abs(at - (1_800_000_000_000 + true)) <= found["error_ms"] + 2


def test_before_any_contact_there_is_no_bound(page):
    assert run(page, "clock.js", "m.moment().error_ms") is None
    run(page, "inspecting/sending/session.js", "m.askSession().catch(() => 0)")
    assert 0 <= run(page, "clock.js", "m.moment().error_ms") < 5_000


def test_waiting_times_grow_to_a_limit_and_vary(page):
    waits = run(
        page, "inspecting/sending/drain.js", "Array.from({length: 400}, (_, i) => m.waitMs(Math.floor(i / 20)))"
    )
    groups = [waits[start : start + 20] for start in range(0, 400, 20)]
    assert all(len(set(group)) > 1 for group in groups)
    assert max(groups[0]) < min(groups[2])
    assert max(waits) <= 300_000 * 1.25


def test_a_draft_of_an_earlier_version_is_adopted_once(page):
    page.evaluate(
        """() => localStorage.setItem('inspect.draft.li.s-1', JSON.stringify({
            id: 'd1', version: 'v', startedAt: '2026-11-20T01:00:00Z', photos: 2,
            fields: {'answers.a.value': 'pass'}, watches: {b: 3000}}))"""
    )
    found = run(page, "inspecting/storage/drafts.js", "m.loadDraft('li', 's-1')")
    assert (found["draft"]["id"], found["draft"]["fields"]) == ("d1", {"answers.a.value": "pass"})
    run(page, "inspecting/storage/drafts.js", "m.saveDraft(a)", found["draft"])
    assert page.evaluate("localStorage.length") == 0
    assert run(page, "inspecting/storage/drafts.js", "m.loadDraft('li', 's-1')")["draft"]["watches"] == {"b": 3000}
    run(page, "inspecting/storage/drafts.js", "m.dropDraft('d1')")
    assert run(page, "inspecting/storage/drafts.js", "m.loadDraft('li', 's-1')") is None


def test_drafts_of_two_kinds_about_one_thing_are_not_taken_for_one_another(page):
    for kind in ("inspection", "handling"):
        draft = {"id": kind, "kind": kind, "place": "li/s-2", "inspector": "li", "site": "s-2", "fields": {}}
        run(page, "inspecting/storage/drafts.js", "m.saveDraft(a)", {**draft, "watches": {}, "updated_at": 1})
    kinds = ("handling", "inspection", "adhoc")
    found = [run(page, "inspecting/storage/drafts.js", "m.loadDraft('li', 's-2', a)", kind) for kind in kinds]
    assert [one and one["draft"]["id"] for one in found] == ["handling", "inspection", None]


def test_changes_of_one_write_take_effect_together_or_not_at_all(page):
    """The second change cannot be cloned into the database: the first one must not stand either."""
    script = """(async () => {
        const db = await m.storage();
        const values = [{name: 'one'}, {name: 'two', f: () => 0}];
        const failed = await db.write(values.map((value) => ({put: 'kept', value})))
            .then(() => '', (error) => error.constructor.name);
        return [failed, (await db.get('kept', 'one')) ?? null, db.durable];
    })()"""
    assert run(page, "inspecting/storage/database.js", script) == ["StorageFailed", None, True]


@given(st.lists(st.one_of(st.just("edit"), st.just("ask"), st.integers(0, 5)), max_size=30))
def test_an_answer_replaces_no_newer_edit_and_no_newer_answer(page, steps):
    """Against a history told in words: numbers are answers to one of the questions that are still open."""
    script = """(() => {
        const value = m.edited('first');
        const open = [];
        return a.map((step, at) => {
            let took = null;
            if (step === 'edit') value.edit(`edit ${at}`);
            else if (step === 'ask') open.push([at, value.ask()]);
            else if (open.length) {
                const [[asked, take]] = open.splice(step % open.length, 1);
                took = [asked, take(`answer ${at}`)];
            }
            return [took, value.now(), value.unsaved()];
        });
    })()"""
    newest, edits, unsaved, value = -1, [], False, "first"
    for at, (step, (took, now, told)) in enumerate(zip(steps, run(page, "edits.js", script, steps), strict=True)):
        if step == "edit":
            edits.append(at)
            value, unsaved = f"edit {at}", True
        elif took:
            asked, taken = took
            assert taken is (asked > newest and not any(edit > asked for edit in edits))
            if taken:
                newest, value, unsaved = asked, f"answer {at}", False
        assert (now, told) == (value, unsaved)


@pytest.mark.parametrize(
    ("base", "here", "there", "expected"),
    [
        ({}, {"a": "1"}, {"b": "2"}, {"a": "1", "b": "2"}),
        ({"a": "1"}, {"a": "2"}, {"a": "1"}, {"a": "2"}),
        ({"a": "1"}, {"a": "1"}, {"a": "2"}, {"a": "2"}),
        ({"a": "1"}, {"a": "2"}, {"a": "3"}, {"a": "2"}),
        ({"a": "1", "b": "1"}, {"b": "1"}, {"a": "1"}, {}),
        ({"a": "1"}, {}, {"a": "2"}, {}),
        ({"a": ""}, {"a": "", "b": "x"}, {"a": "y"}, {"a": "y", "b": "x"}),
    ],
)
def test_what_was_edited_at_two_places_is_kept_of_both_and_of_two_edits_the_one_here(page, base, here, there, expected):
    assert run(page, "edits.js", "m.merged(...a)", [base, here, there]) == expected


# One sender at a time, where there are no Web Locks.

LOCK = "inspecting/sending/lock.js"
LEFT = "dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))"
BACK = "dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))"


@pytest.fixture
def lockless(page):
    """The page in a browser without Web Locks."""
    page.evaluate("() => Object.defineProperty(navigator, 'locks', { value: undefined, configurable: true })")
    yield page
    page.evaluate("() => delete navigator.locks")


def second_while_first(page: Page, meanwhile: str) -> str | None:
    """What a second sender does while a first is at work, to whose page something happens."""
    expression = f"await m.alone(async () => {{ {meanwhile}; return m.alone(async () => 'sends'); }})"
    found: str | None = run(page, LOCK, expression)
    return found


def test_who_sends_without_locks_sends_alone(lockless):
    assert second_while_first(lockless, "") is None
    assert run(lockless, LOCK, "await m.alone(async () => 'sends')") == "sends"


def test_a_page_that_is_left_while_it_sends_holds_nobody_up(lockless):
    assert second_while_first(lockless, LEFT) == "sends"
    assert second_while_first(lockless, f"{LEFT}; {BACK}") is None


def test_a_sender_whose_turn_went_to_another_does_not_end_that_ones_turn(lockless):
    turns = f"""await (async () => {{
        let end, second;
        await m.alone(async () => {{
            {LEFT};
            // Until it is at work, or has been sent away.
            await new Promise((go) => {{
                second = m.alone(() => new Promise((resolve) => {{ end = resolve; go(); }}));
                second.then(go);
            }});
        }});
        const third = await m.alone(async () => 'sends');
        end?.('sent');
        return [await second, third];
    }})()"""
    assert run(lockless, LOCK, turns) == ["sent", None]


def test_a_page_with_nothing_to_send_waits_for_nobody_and_is_in_nobodys_way(lockless):
    drained = """await (async () => {
        const { drain } = await import(base + 'inspecting/sending/drain.js');
        return m.alone(drain);
    })()"""
    assert run(lockless, LOCK, drained) == "done"


def test_a_full_phone_without_locks_sends_all_the_same(lockless):
    full = """await (async () => {
        const { put } = IDBObjectStore.prototype;
        IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); };
        try { return await m.alone(async () => 'sends'); } finally { IDBObjectStore.prototype.put = put; }
    })()"""
    assert run(lockless, LOCK, full) == "sends"
