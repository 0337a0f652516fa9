"""The office's pages of cases."""

from __future__ import annotations

import html
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from docx import Document

from inspect_app.collections.cases.case import CASES
from inspect_app.domain.cases import working_time
from inspect_app.services.cases.acts import problem_words
from tests.cases import FILED_AT, acted_on, after_photo, confirmed, dispatched, filed, handled
from tests.web.builders import hidden, signed_in
from tests.world import BUREAU, DISTRICT, WEEK

YEAR = datetime.now(ZoneInfo("Asia/Shanghai")).year
"""Of the numbers of cases that are filed on the page."""


def post(client, page: str, path: str, **fields):
    return client.post(path, data={"csrf_token": hidden(page, "csrf_token"), **fields})


def act(client, case: str, name: str, **fields):
    page = client.get(f"/cases/{case}").text
    return post(client, page, f"/cases/{case}/{name}", revision=hidden(page, "revision"), **fields)


def case_now(world, id: str) -> dict:
    return CASES.get(world.services.store, id).value


def test_confirmed_findings_wait_to_be_filed_each_with_a_unit_and_a_deadline(world):
    id, item = confirmed(world)
    supervisor = signed_in(world, "supervisor")
    page = supervisor.get(f"/cases/unfiled?week={WEEK}").text
    assert f'value="{world.unit(DISTRICT)}" selected' in page
    assert "按属地" in page
    deadline = re.search(r'type="datetime-local" name="deadline[^"]*" value="([^"]+)"', page)[1]
    key = f"{id}/{item}"
    answer = post(
        supervisor,
        page,
        f"/cases/unfiled?week={WEEK}",
        finding=key,
        **{f"unit.{key}": world.unit(DISTRICT), f"deadline.{key}": deadline, f"description.{key}": "门锁坏了"},
    )
    assert answer.location == f"/cases/{YEAR}-00001"
    kept = case_now(world, f"{YEAR}-00001")
    assert (kept.state, kept.unit, kept.description) == ("dispatched", world.unit(DISTRICT), "门锁坏了")
    assert key not in supervisor.get(f"/cases/unfiled?week={WEEK}").text


def test_a_case_that_cannot_be_read_costs_no_other_page(world):
    world.services.store.put_once("cases", f"{YEAR}-00099", {"week": WEEK, "state": "closed"})
    assert signed_in(world, "supervisor").get(f"/plan/{WEEK}").status_code == 200


def test_many_are_filed_at_once_and_one_that_is_refused_holds_up_none(world):
    supervisor = signed_in(world, "supervisor")
    keys = ["/".join(confirmed(world, seed=seed)) for seed in (1, 2, 3)]
    page = supervisor.get(f"/cases/unfiled?week={WEEK}").text
    fields = {f"unit.{key}": world.unit(BUREAU) for key in keys}
    fields |= {f"deadline.{key}": "2099-01-04T18:00" for key in keys[:2]} | {f"deadline.{keys[2]}": "不是时间"}
    answer = post(supervisor, page, f"/cases/unfiled?week={WEEK}", finding=keys, **fields)
    assert answer.status_code == 422
    assert f"{YEAR}-00003 期限" in answer.text
    states = [stored.document["state"] for stored in world.services.store.find("cases")]
    assert states == ["dispatched", "dispatched", "filed"]
    assert post(supervisor, page, f"/cases/unfiled?week={WEEK}").status_code == 422


def test_a_deadline_that_rests_on_holidays_nobody_knows_is_shown_as_a_guess(world, monkeypatch):
    monkeypatch.setattr(working_time, "_LAST_YEAR", 2004)
    said = "放假调休安排尚未公布，期限按法定节假日和周一至周五暂定，公布后自动重算"
    waiting, case = confirmed(world, seed=1), filed(world, seed=2)
    supervisor, unit = signed_in(world, "supervisor"), signed_in(world, "unit")
    assert said in supervisor.get(f"/cases/unfiled?week={WEEK}").text, waiting
    page = supervisor.get(f"/cases/{case.id}").text
    assert page.count(said) == 1, "of the deadline that is proposed"
    act(supervisor, case.id, "dispatch", unit=world.unit(BUREAU), deadline="2099-01-04T18:00")
    assert f'<p class="notice">{YEAR}至2099年{said}' in supervisor.get(f"/cases/{case.id}").text
    assert said in unit.get(f"/unit/cases/{case.id}").text
    listed = supervisor.get("/cases/?view=guessed").text
    assert f'href="/cases/{case.id}"' in listed
    assert "暂定</span>" in listed
    letter = supervisor.get(f"/cases/{case.id}/letter.docx").data
    assert said in "".join(one.text for one in Document(io.BytesIO(letter)).paragraphs)


def test_a_deadline_in_a_year_that_is_known_is_shown_as_it_is(world, monkeypatch):
    monkeypatch.setattr(working_time.Office, "knows", lambda office, year: True)
    case = dispatched(world)
    supervisor = signed_in(world, "supervisor")
    for page in (f"/cases/{case.id}", "/cases/?view=guessed", f"/cases/unfiled?week={WEEK}"):
        assert "尚未公布" not in supervisor.get(page).text, page
    assert f'href="/cases/{case.id}"' not in supervisor.get("/cases/?view=guessed").text


def test_the_list_shows_the_most_pressing_first_and_counts_each_kind(world):
    past = datetime.now(UTC) - timedelta(days=1)
    late = dispatched(world, seed=1, deadline=max(past, FILED_AT + timedelta(hours=2)))
    filed(world, seed=2)
    handled(world, seed=3)
    supervisor = signed_in(world, "supervisor")
    counts = dict(
        re.findall(r'class="chip"[^>]*>(\w+)(?: <span class="number">(\d+)</span>)?', supervisor.get("/cases/").text)
    )
    assert counts["待派遣"] == "1"
    assert counts["待核查"] == "1"
    assert counts["处置中"] == "1"
    for view, expected in {"with_unit": [late.id], "filed": ["2026-00002"], "handled": ["2026-00003"]}.items():
        page = supervisor.get(f"/cases/?view={view}").text
        assert re.findall(r'href="/cases/(2026-[0-9]+)"', page) == expected, view
    assert "没有符合" not in supervisor.get("/cases/?view=filed&q=门锁").text
    assert "2026-00002" not in supervisor.get("/cases/?view=filed&q=路灯").text
    assert supervisor.get("/cases/?view=nothing").status_code == 400
    assert supervisor.get("/cases/?area=999").status_code == 400


def test_a_case_is_dispatched_handled_sent_back_extended_and_closed_on_its_page(world):
    case = filed(world)
    supervisor, unit = signed_in(world, "supervisor"), signed_in(world, "unit")
    answer = act(
        supervisor,
        case.id,
        "dispatch",
        unit=world.unit(BUREAU),
        deadline="2099-01-04T18:00",
        joint=world.unit(DISTRICT),
    )
    assert answer.location == f"/cases/{case.id}"
    assert case_now(world, case.id).deadline == datetime(2099, 1, 4, 10, tzinfo=UTC)
    assert case_now(world, case.id).joint == (world.unit(DISTRICT),)

    def unit_act(name, **fields):
        page = unit.get(f"/unit/cases/{case.id}").text
        return post(unit, page, f"/unit/cases/{case.id}/{name}", revision=hidden(page, "revision"), **fields)

    assert unit_act("accept").status_code == 303
    assert unit_act("extend", reason="等配件", deadline="2099-01-08T18:00").status_code == 303
    assert "申请延期到 2099-01-08 18:00" in supervisor.get(f"/cases/{case.id}").text
    assert act(supervisor, case.id, "grant", deadline="2099-01-07T18:00").status_code == 303
    current = CASES.get(world.services.store, case.id)
    done = acted_on(
        world, current, "unit", "handle", at=datetime.now(UTC), after=(after_photo(unit=world.unit(BUREAU)),)
    )
    assert act(supervisor, done.id, "send_back", reason="还是坏的", deadline="2099-01-09T18:00").status_code == 303
    assert case_now(world, case.id).state == "accepted"
    again = acted_on(
        world,
        CASES.get(world.services.store, case.id),
        "unit",
        "handle",
        at=datetime.now(UTC),
        after=(after_photo("b" * 64),),
    )
    assert act(supervisor, again.id, "close", reason="已修好").status_code == 303
    page = supervisor.get(f"/cases/{case.id}").text
    assert "已结案" in page
    for word in ("派遣", "接收", "申请延期", "准予延期", "报告处置完毕", "返工", "结案", "已修好"):
        assert word in page
    assert act(supervisor, case.id, "reopen", reason="又坏了", deadline="2099-02-01T18:00").status_code == 303


def test_bad_input_is_told_in_chinese_with_an_honest_status_and_changes_nothing(world):
    case = filed(world)
    supervisor = signed_in(world, "supervisor")
    page = supervisor.get(f"/cases/{case.id}").text
    before = case_now(world, case.id)
    revision = hidden(page, "revision")
    refused = [
        ("dispatch", {"revision": revision, "unit": world.unit(BUREAU)}, 422, "期限"),
        ("dispatch", {"revision": revision, "deadline": "2099-01-04T18:00"}, 422, "责任单位"),
        ("dispatch", {"unit": world.unit(BUREAU)}, 422, "版本号"),
        (
            "dispatch",
            {"revision": "99", "unit": world.unit(BUREAU), "deadline": "2099-01-04T18:00"},
            409,
            "刚被别人办理过",
        ),
        ("close", {"revision": revision}, 422, "不能结案"),
        ("accept", {"revision": revision}, 404, "没有操作"),
        ("paint", {"revision": revision}, 404, "没有操作"),
        ("recheck", {"revision": revision}, 422, "只有待核查"),
    ]
    for name, fields, status, told in refused:
        answer = post(supervisor, page, f"/cases/{case.id}/{name}", **fields)
        assert (answer.status_code, told in html.unescape(answer.text)) == (status, True), (name, fields)
    assert supervisor.get("/cases/2026-99999").status_code == 404
    assert case_now(world, case.id) == before


def listed(client) -> str:
    """An inspector's list, without the map's legend, which names every state."""
    return re.sub(r'<p class="own-map-legend">.*?</p>', "", client.get("/field/").text)


def test_an_inspector_is_sent_again_and_what_they_see_is_shown_to_the_office_only(world):
    from tests.web.evidence.test_review import inspected

    case = handled(world, at=datetime.now(UTC) - timedelta(days=3))
    supervisor, inspector, unit = (signed_in(world, name) for name in ("supervisor", "inspector", "unit"))
    assert "复查" not in listed(inspector)
    assert act(supervisor, case.id, "recheck", inspector="inspector").status_code == 303
    assert "复查" in listed(inspector)
    assert "复查" not in listed(signed_in(world, "inspector2"))
    assert "复查" not in unit.get(f"/unit/cases/{case.id}").text
    inspected(world, seed=None, at=datetime.now(UTC) + timedelta(minutes=1))
    page = supervisor.get(f"/cases/{case.id}").text
    assert re.search(r"复查</a>\s*<span class=\"badge badge-good\">合格", page)
    assert "复查" not in listed(inspector)


def test_pictures_are_those_of_the_case_only(world):
    case = handled(world)
    supervisor = signed_in(world, "supervisor")
    sha256 = case.value.photos[0]
    picture = supervisor.get(f"/cases/{case.id}/before/{sha256}")
    assert picture.data.startswith(b"\xff\xd8")
    assert b"Exif" not in picture.data
    assert supervisor.get(f"/cases/{case.id}/before/{'f' * 64}").status_code == 404
    assert supervisor.get(f"/cases/{case.id}/after/{sha256}").status_code == 404


def test_a_problem_is_called_as_the_checklist_words_it_and_what_it_does_not_word_is_still_a_sentence(world):
    toilet = world.services.library.current["public-toilet"]
    (flush,) = [item for item in toilet.items if item.id == "flush"]
    assert problem_words(toilet, flush) == "非水冲式或冲水不正常"
    assert problem_words(toilet, replace(flush, problem="")) == "不符合「为水冲式，冲水正常」的要求"
    adhoc = world.services.library.ad_hoc
    assert adhoc
    assert [problem_words(adhoc, item) for item in adhoc.items] == [item.text for item in adhoc.items]


def test_every_item_that_the_program_brings_says_what_its_problem_is_called(world):
    checklists = world.services.library.current.values()
    items = [(one.id, item) for one in checklists for item in one.items]
    assert [(id, item.id) for id, item in items if not item.problem or item.problem == item.text] == []
    # What should be is no problem, nor is its plain denial.
    assert [item.problem for _, item in items if item.problem.startswith("未做到")] == []
