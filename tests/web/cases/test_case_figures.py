"""The page of figures, its workbook, the cards, and the letter of a case."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from datetime import timedelta

import pytest
from docx import Document
from openpyxl import load_workbook

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.cases.figures import RATES, Cards
from inspect_app.services.cases.figures import case_figures, kept_cards, set_cards
from tests.cases import DEADLINE, FILED_AT, acted_on, after_photo, dispatched, filed
from tests.web.builders import hidden, signed_in
from tests.world import BUREAU, DISTRICT, WEEK


def closed(world, *, seed: int, unit: str = BUREAU, late: bool = False, back: bool = False):
    """A case handled 7 working hours after its dispatch, or a day after its deadline; then closed."""
    who = "unit" if unit == BUREAU else "unit2"
    case = acted_on(world, dispatched(world, seed=seed, unit=unit), who, "accept")
    at = DEADLINE + timedelta(days=1) if late else FILED_AT + timedelta(days=1, hours=1)
    case = acted_on(world, case, who, "handle", at=at, after=(after_photo(),))
    if back:
        case = acted_on(
            world, case, "supervisor", "send_back", at=at, reason="坏的", deadline=DEADLINE + timedelta(days=9)
        )
        case = acted_on(world, case, who, "handle", at=at, after=(after_photo(),))
    return acted_on(world, case, "supervisor", "close", at=at + timedelta(days=20))


def test_figures_count_what_happened_and_verification_is_not_the_units_time(world):
    """Three closed (one late), one overdue, one filed: due 4, in time 2. Dispatch 23 November 15:30, report the next
    day 15:30: 2.5 h + 3.5 h + 1 h = 7 working hours; the late one is not in the middle."""
    closed(world, seed=1)
    closed(world, seed=2, back=True)
    closed(world, seed=3, late=True)
    dispatched(world, seed=4)
    filed(world, seed=5)
    cancelled = filed(world, seed=6)
    acted_on(world, cancelled, "supervisor", "cancel", reason="重复")
    figures = case_figures(world.services, WEEK, WEEK, DEADLINE + timedelta(days=2), scope=EVERYTHING)
    whole = figures.whole
    assert (whole.filed, whole.closed, whole.due, whole.in_time, whole.overdue) == (5, 3, 4, 2, 1)
    assert (whole.sent_back, whole.recurrent) == (1, 4)
    assert (whole.dispatched, whole.extended, whole.reported_filed) == (4, 0, 5)
    assert whole.reported >= 6, "with the one whose case was cancelled"
    month = case_figures(world.services, "2026-11", "2026-11", DEADLINE + timedelta(days=2), scope=EVERYTHING)
    assert (month.whole, [line.key for line in month.months]) == (whole, ["2026-11"])
    assert whole.median_hours == pytest.approx(7.0)
    assert [line.unit for line in figures.units] == [world.unit(BUREAU)]
    assert {line.name for line in figures.areas} == {"沙市区", "沙市区 中山街道"}
    assert [line.key for line in figures.weeks] == [WEEK]
    assert case_figures(world.services, "2026-W40", "2026-W47", DEADLINE, scope=EVERYTHING).whole.filed == 0


def test_what_was_late_once_stays_late_verified_or_not_and_with_another_deadline(world):
    case = acted_on(world, dispatched(world, seed=1), "unit", "accept")
    late = DEADLINE + timedelta(hours=1)
    acted_on(world, case, "unit", "handle", at=late, after=(after_photo(),))
    closed(world, seed=2, late=True, back=True)
    whole = case_figures(world.services, WEEK, WEEK, DEADLINE + timedelta(days=40), scope=EVERYTHING).whole
    assert (whole.closed, whole.due, whole.in_time) == (1, 2, 0)


def test_the_page_ranks_units_and_shows_the_cards_that_the_administrator_set(world):
    for seed in range(1, 7):
        closed(world, seed=seed, unit=DISTRICT, late=seed > 2)
    administrator = signed_in(world, "administrator")
    address = f"/cases/figures?first={WEEK}&last={WEEK}"
    page = administrator.get(address).text
    assert "红牌</span>" not in page
    fields = {"csrf_token": hidden(page, "csrf_token"), "revision": "0", "yellow_rate": "90", "red_rate": "60"}
    assert administrator.post("/cases/figures/cards", data=fields).status_code == 303
    page = signed_in(world, "supervisor").get(address).text
    assert re.search(rf'{DISTRICT} <span class="card-red">红牌', page)
    assert "33.3" in page
    assert 'name="yellow_rate"' not in page
    wrong = administrator.post("/cases/figures/cards", data={**fields, "red_rate": "95"})
    assert (wrong.status_code, "红牌线不能高于黄牌线" in wrong.text) == (422, True)
    assert administrator.post("/cases/figures/cards", data={**fields, "red_rate": "很低"}).status_code == 422
    assert set_cards(world.services, "administrator", Cards(yellow_overdue=3, red_overdue=2), 1, FILED_AT)


def test_of_two_who_set_the_cards_the_later_is_told_what_the_first_set(world):
    first, second = signed_in(world, "administrator"), signed_in(world, "administrator")
    pages = [client.get("/cases/figures").text for client in (first, second)]
    form = [{name: hidden(page, name) for name in ("csrf_token", "revision")} for page in pages]
    assert first.post("/cases/figures/cards", data={**form[0], "yellow_rate": "88"}).status_code == 303
    late = second.post("/cases/figures/cards", data={**form[1], "yellow_rate": "70"})
    assert late.status_code == 409
    assert "红黄牌刚被别人设定过，没有保存；下面是现在的样子" in late.text
    assert 'value="88.0"' in late.text, "as it is kept"
    assert kept_cards(world.services).value == Cards(yellow_rate=88)
    again = {"csrf_token": hidden(late.text, "csrf_token"), "revision": hidden(late.text, "revision")}
    assert second.post("/cases/figures/cards", data={**again, "yellow_rate": "70"}).status_code == 303
    acts = [entry for entry in world.services.audit.entries() if entry["act"] == "cards.changed"]
    assert [entry["after"]["yellow_rate"] for entry in acts] == [88, 70]
    nameless = second.post("/cases/figures/cards", data={"csrf_token": again["csrf_token"], "yellow_rate": "60"})
    assert (nameless.status_code, "缺少版本号" in nameless.text) == (422, True)


@pytest.mark.parametrize(
    "query",
    ["first=x", "last=2026-W99", "last=2026-13", f"first=2026-W49&last={WEEK}", f"first=2020-W01&last={WEEK}"],
)
def test_a_wrong_span_is_told(world, query):
    assert signed_in(world, "supervisor").get(f"/cases/figures?{query}").status_code == 400


def test_the_letter_to_the_units_has_the_figures_and_their_definitions(world):
    closed(world, seed=1)
    dispatched(world, seed=2)
    supervisor = signed_in(world, "supervisor")
    answer = supervisor.get("/cases/figures.docx?first=2026-11&last=2026-11")
    document = Document(io.BytesIO(answer.data))
    words = "\n".join(one.text for one in document.paragraphs)
    assert "2026年11月立案的整改件" in words
    for rate in RATES.values():
        assert f"{rate.label}：{rate.definition}。" in words
    units = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert units[1][:2] == [BUREAU, "2"]
    page = supervisor.get("/cases/figures?first=2026-11&last=2026-11").text
    assert all(rate.definition in page for rate in RATES.values())


def test_the_workbook_has_real_numbers_and_the_cases(world):
    closed(world, seed=1)
    dispatched(world, seed=2)
    answer = signed_in(world, "supervisor").get(f"/cases/figures.xlsx?first={WEEK}&last={WEEK}")
    book = load_workbook(io.BytesIO(answer.data))
    assert book.sheetnames == ["责任单位", "区域", "条款", "周", "月", "整改件", "指标说明"]
    said = {row[0].value: row[1].value for row in book["指标说明"].iter_rows(min_row=2)}
    assert said["返工率"] == RATES["sent_back"].definition
    first = [cell.value for cell in book["责任单位"][2]]
    assert (first[1], first[2], first[3], first[6]) == (BUREAU, 2, 1, 100)
    cases = [[cell.value for cell in row] for row in book["整改件"].iter_rows(min_row=2)]
    assert [row[0] for row in cases] == ["2026-00001", "2026-00002"]
    assert cases[0][1] == "已结案"
    assert cases[0][8] == "2026-11-23 14:30"


def letter_of(world, case: str) -> bytes:
    answer = signed_in(world, "supervisor").get(f"/cases/{case}/letter.docx")
    assert answer.status_code == 200
    return answer.data


def test_the_letter_is_an_official_document_with_photos(world):
    case = dispatched(world)
    document = Document(io.BytesIO(letter_of(world, case.id)))
    section = document.sections[0]
    sizes = [round(size.mm) for size in (section.page_width, section.top_margin, section.left_margin)]
    assert sizes == [210, 37, 28]
    words = [paragraph.text for paragraph in document.paragraphs]
    assert words[:3] == ["整改督办单", "督办〔2026〕1号", f"{BUREAU}："]
    body = "\n".join(words)
    assert "2026年11月23日，在沙市区中山街道public-toilet点位" in body
    assert "厕位门锁损坏，请修复" in body
    assert "请于2026年11月30日14时30分前整改到位" in body
    assert "荆州市精神文明建设指导委员会办公室" in body
    assert len(document.inline_shapes) == 1


def test_nothing_in_the_letter_tells_of_the_inspector(world):
    case = dispatched(world)
    secrets = ["inspector", "supervisor", case.value.inspection, case.value.photos[0], "30.3105"]
    with zipfile.ZipFile(io.BytesIO(letter_of(world, case.id))) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert not (name.startswith("word/media") and b"Exif" in content), name
            for secret in secrets:
                assert secret.encode() not in content, (name, secret)


def test_a_case_with_nobody_has_no_letter(world):
    case = filed(world)
    assert signed_in(world, "supervisor").get(f"/cases/{case.id}/letter.docx").status_code == 404


def test_libreoffice_opens_the_letter(world, tmp_path):
    (tmp_path / "letter.docx").write_bytes(letter_of(world, dispatched(world).id))
    command = ["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", str(tmp_path), str(tmp_path / "letter.docx")], check=True, timeout=120)
    text = subprocess.run(["pdftotext", str(tmp_path / "letter.pdf"), "-"], capture_output=True, text=True, check=True)
    assert "整改督办单" in text.stdout
