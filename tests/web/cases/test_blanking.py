"""Words that should never have been written are blanked wherever they stand, and it is told that they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.collections.cases.case import CASES
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.blanking import BLANK, LONGEST, SHORT, Blanker, can_be_blanked, is_but_blanked
from inspect_app.domain.checklists.method import MAX_TEXT
from inspect_app.services.audit import entries_of
from inspect_app.services.cases.blanking import blank, written_about
from inspect_app.services.cases.written_elsewhere import SITE
from inspect_app.services.inspecting import holding
from inspect_app.services.place.sites_changing import change_site, find_with_revision
from inspect_app.services.reconciling import Compared, compare
from inspect_app.store import Stale
from tests.cases import FILED_AT, dispatched
from tests.web.accounts.test_second_factor import later
from tests.web.builders import hidden, signed_in
from tests.world import NOW, PASSWORD, World, new_id

NAME = "王大明 13800138000"


@pytest.fixture
def about(world) -> tuple[str, str]:
    """An inspection with its case, in both of which somebody wrote a name; their ids."""
    case = dispatched(world)
    store, id = world.services.store, case.value.inspection
    kept = INSPECTIONS.get(store, id)
    noted = {item: {**answer, "note": f"店主{NAME}说"} for item, answer in kept.value.answers.items()}
    INSPECTIONS.update(store, kept, replace(kept.value, answers=noted))
    CASES.update(store, case, replace(case.value, description="请找王大明\u3000138\u200b00138000"))
    return id, case.id


def now_blank(world: World, id: str, words: str = NAME, reason: str = "误写了个人信息"):
    return blank(world.services, "administrator", id, words, reason, FILED_AT + timedelta(days=1))


def test_words_are_gone_from_the_inspection_and_its_case_and_the_log_says_by_whom_and_why(world, about):
    id, case_id = about
    places = now_blank(world, id)
    inspection, case = INSPECTIONS.get(world.services.store, id).value, CASES.get(world.services.store, case_id).value
    assert places == len(inspection.answers) + 1
    assert {inspection.note(item) for item in inspection.answers} == {f"店主{BLANK}说"}
    assert case.description == f"请找{BLANK}"
    assert [(one.by, one.reason, one.places) for one in case.blanked] == [("administrator", "误写了个人信息", 1)]
    entry = entries_of(world.services, id)[-1]
    assert (entry["act"], entry["who"], entry["after"]["reason"]) == ("text.blanked", "administrator", "误写了个人信息")
    assert not any("王大明" in str(one["after"]) for one in world.services.audit.entries())
    assert entries_of(world.services, case_id)[-1]["act"] == "text.blanked"


def test_what_was_blanked_is_as_the_log_says(world):
    case = dispatched(world)
    assert now_blank(world, case.value.inspection, case.value.description[:6]) == 1
    assert isinstance(compare(world.services), Compared)


@pytest.mark.parametrize(
    ("words", "reason", "code"),
    [
        ("王", "个人信息", "texts.words_wanted"),
        (" \u3000 ", "个人信息", "texts.words_wanted"),
        ("已隐去", "个人信息", "texts.words_wanted"),
        ("长" * 501, "个人信息", "texts.words_wanted"),
        (NAME, " ", "texts.reason_wanted"),
        (NAME, "长" * 201, "texts.reason_wanted"),
        (NAME, f"写了{NAME}", "texts.reason_repeats"),
        ("没有写过的", "个人信息", "texts.not_written"),
    ],
)
def test_what_cannot_be_blanked_changes_nothing(world, about, words, reason, code):
    before = written_about(world.services, about[0])
    assert [str(one) for one in now_blank(world, about[0], words, reason)] == [code]
    assert written_about(world.services, about[0]) == before


def test_what_was_changed_meanwhile_is_told_and_nothing_is_half_done(world, about, monkeypatch):
    id, case_id = about
    read = written_about(world.services, id)
    case = CASES.get(world.services.store, case_id)
    CASES.update(world.services.store, case, replace(case.value, title="另一个"))
    monkeypatch.setattr("inspect_app.services.cases.blanking.written_about", lambda *_: read)
    with pytest.raises(Stale):
        now_blank(world, id)
    assert INSPECTIONS.get(world.services.store, id).value.blanked == ()


def test_an_administrator_blanks_by_the_page_after_showing_who_it_is(world, about, monkeypatch):
    id, case_id = about
    client = signed_in(world, "administrator")
    page = client.get(f"/blanking/{id}").text
    assert NAME in page
    form = {"csrf_token": hidden(page, "csrf_token"), "words": NAME, "reason": "误写了个人信息"}
    later(monkeypatch, timedelta(minutes=11))
    assert client.post(f"/blanking/{id}", data=form).status_code == 403
    wrong = client.post(f"/blanking/{id}", data={**form, "reason": "", "proof": PASSWORD})
    assert (wrong.status_code, "理由" in wrong.text) == (422, True)
    assert client.post(f"/blanking/{id}", data=form).location == f"/blanking/{id}"
    done = client.get(f"/blanking/{id}").text
    assert NAME not in done
    assert "误写了个人信息" in done
    for path in (f"/inspections/{id}", f"/cases/{case_id}"):
        shown = client.get(path).text
        assert ("王大明" in shown, "有文字已隐去" in shown, BLANK in shown) == (False, True, True)
    supervisor = signed_in(world, "supervisor")
    assert supervisor.get(f"/blanking/{id}").status_code == 403
    assert "隐去文字</a>" not in supervisor.get(f"/inspections/{id}").text
    unknown = client.get("/blanking/unknown")
    assert unknown.status_code == 404
    assert "计划或点位" in unknown.text


def test_pages_lead_there_and_a_site_s_history_tells_without(world):
    code, told = "zebra-crossing-1", f"店主{NAME}说"
    site, revision = find_with_revision(world.services.store, code)
    change_site(world.services, "administrator", replace(site, name="新名"), revision, NOW, told)
    id, sent = new_id(), {"unreadable": told}
    assert holding.hold_refused(world.services, world.user(), id, sent, [], NOW)
    client = signed_in(world, "administrator")
    assert NAME in client.get(f"/admin/sites/{code}/edit").text
    for page, target in ((f"/admin/sites/{code}/edit", f"{SITE}{code}"), ("/admin/imports/", id)):
        shown = client.get(page).text
        assert f"/blanking/{target}" in shown.replace("%3A", ":")
        form = {"csrf_token": hidden(shown, "csrf_token"), "words": NAME, "reason": "误写了个人信息"}
        assert client.post(f"/blanking/{target}", data=form).status_code == 303
        again = client.get(page).text
        assert NAME not in again
        assert BLANK in again
        assert "误写了个人信息" in client.get(f"/blanking/{target}").text


def test_words_are_found_as_a_reader_sees_them():
    blanker = Blanker("王 大明")
    assert blanker("王\u3000大\u200b明、王大明、大明") == f"{BLANK}、{BLANK}、大明"
    assert blanker.places == 2
    assert can_be_blanked("王大")
    assert not can_be_blanked("〔")


def test_a_text_as_long_as_it_may_be_grows_by_nothing():
    full = "王大 " * (MAX_TEXT // 3) + "尾巴"
    assert (len(full), LONGEST) == (MAX_TEXT, MAX_TEXT)
    assert Blanker("王大")(full) == f"{SHORT} " * (MAX_TEXT // 3) + "尾巴"
    assert Blanker("王大")(full[:60]) == f"{BLANK} " * 20
    assert Blanker("无此")(full) == full


@pytest.mark.parametrize(("kept", "words"), [("Rene\u0301 说", "René"), ("René 说", "Rene\u0301")])
def test_words_are_found_however_their_accents_were_typed(kept, words):
    blanker = Blanker(words)
    assert (blanker(kept), blanker.places) == (f"{BLANK} 说", 1)


@pytest.mark.parametrize(
    ("text", "blanked", "same"),
    [
        ("店主王大说", f"店主{BLANK}说", True),
        ("店主说", f"店主{BLANK}说", False),
        ("店主王大", f"店主{SHORT}", True),
        ("店主", f"店主{SHORT}", False),
        ("王大、王大", f"{BLANK}、{BLANK}", True),
        ("王大、", f"{BLANK}、{BLANK}", False),
        ("路人王大说", f"店主{BLANK}说", False),
        ("说", "说", True),
        ("说了", "说", False),
        ("甲" * 500, f"{SHORT}甲" * 166 + "乙", False),
    ],
)
def test_a_text_is_known_again_by_what_was_left_of_it(text, blanked, same):
    assert is_but_blanked(text, blanked) is same
