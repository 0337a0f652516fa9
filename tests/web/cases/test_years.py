"""The administrator's page of a year's holidays, and the same by a command."""

from __future__ import annotations

import html
import io
from datetime import UTC, date, datetime

from openpyxl import load_workbook

from inspect_app.collections.cases.case import CASES
from inspect_app.domain.cases.holidays import statutory_holidays
from tests.cases import filed
from tests.services.cases.test_recounting import WIDE, sent
from tests.web.builders import hidden, signed_in

NOTICE = (
    "国务院办公厅关于2027年部分节假日安排的通知\n一、元旦：1月1日至3日放假，共3天。\n二、春节：2月5日（除夕、周五）至11日放假调休，共7天。"
    "2月14日（周日）、2月20日（周六）上班。\n三、4月5日放假。四、5月1日至5日放假，共5天。五、6月9日放假。六、9月15日放假。七、10月1日至7日放假。"
)


def test_an_administrator_pastes_the_notice_sees_what_changes_and_puts_it_in(world):
    case = sent(world, "2027-02-02T09:00")
    administrator = signed_in(world, "administrator")
    page = administrator.get("/cases/years").text
    assert "暂按法定节假日：1月1日、2月5日" in page
    token = hidden(page, "csrf_token")

    def sends(path, text):
        return administrator.post(path, data={"csrf_token": token, "text": text})

    wrong = sends("/cases/years/preview", NOTICE.replace("2月5日", "2月6日"))
    assert wrong.status_code == 422
    assert "写共7天，读出6天" in wrong.text
    seen = sends("/cases/years/preview", NOTICE).text
    assert "2月5日至11日" in seen
    assert case.id in seen
    assert "2027-02-12 18:00" in seen
    assert CASES.get(world.services.store, case.id).value == case.value
    done = sends("/cases/years", NOTICE)
    assert done.location == "/cases/years?year=2027&recounted=1"
    assert CASES.get(world.services.store, case.id).value.deadline == datetime(2027, 2, 12, 10, tzinfo=UTC)
    after = administrator.get(done.location).text
    assert "重算了 1 件的期限" in after
    assert "本单位填入" in after
    assert "系统" in signed_in(world, "unit").get(f"/unit/cases/{case.id}").text


def test_a_command_takes_the_notice_or_a_table_and_shows_first(world, tmp_path):
    case = sent(world, "2027-02-02T09:00")
    run = world.app().test_cli_runner().invoke
    text, table, wrong = (tmp_path / name for name in ("2027.txt", "2027.toml", "wrong.txt"))
    text.write_text(NOTICE, "utf-8")
    days = {name: [str(day) for day in sorted(getattr(WIDE, name))] for name in ("off", "on")}
    table.write_text(f"year = 2027\noff = {days['off']}\non = {days['on']}\nsource = '通知'", "utf-8")
    wrong.write_bytes("2027年".encode("gb18030"))
    assert (
        f"{case.id}\t2027-02-09 18:00\t2027-02-12 18:00" in run(args=["cases", "year", str(text), "--preview"]).output
    )
    assert "不是 UTF-8" in run(args=["cases", "year", str(wrong)]).output
    assert CASES.get(world.services.store, case.id).value == case.value
    doubtful = run(args=["cases", "year", str(table)])
    assert (doubtful.exit_code, "法定的是13天" in doubtful.output) == (1, True)
    world.services.library.look_again()
    assert world.services.library.deadlines.years == ()
    done = run(args=["cases", "year", str(table), "--by", "administrator", "--force"])
    assert (done.exit_code, case.id in done.output) == (0, True)
    world.services.library.look_again()
    assert [one.source for one in world.services.library.deadlines.years] == ["通知"]
    assert run(args=["cases", "recount"]).output == ""


def test_a_list_says_which_deadlines_are_provisional(world):
    filed(world, seed=2)
    case = sent(world, "2027-02-02T09:00")
    listed = signed_in(world, "supervisor").get("/cases/?view=guessed").text
    assert f'href="/cases/{case.id}"' in listed
    assert "期限暂定" in signed_in(world, "unit").get("/unit/").text


def test_a_year_that_the_package_knows_otherwise_is_put_in_only_when_confirmed(world):
    administrator = signed_in(world, "administrator")
    token = hidden(administrator.get("/cases/years").text, "csrf_token")
    lawful = "".join(f"{day.month}月{day.day}日放假。" for day in sorted(statutory_holidays(2026)))
    sent_in = {"csrf_token": token, "text": f"2026年：{lawful}"}
    refused = administrator.post("/cases/years", data=sent_in)
    assert refused.status_code == 422
    assert "与软件包已知的不同：" in refused.text
    assert "2026-02-23" in refused.text
    assert 'name="sure"' in refused.text
    world.services.library.look_again()
    assert world.services.library.deadlines.years == ()
    assert administrator.post("/cases/years", data={**sent_in, "sure": "1"}).status_code == 303


def test_a_table_is_previewed_and_then_put_in_as_the_notice_is(world, tmp_path):
    """The template has the law's days; made longer and read back it is shown first, and refused whole by row."""
    case = sent(world, "2027-02-02T09:00")
    administrator = signed_in(world, "administrator")
    token = hidden(administrator.get("/cases/years").text, "csrf_token")
    book = load_workbook(io.BytesIO(administrator.get("/cases/years/2027.xlsx").data))
    sheet = book.active
    days = {sheet.cell(row, 1).value: row for row in range(2, sheet.max_row + 1)}
    assert set(days) == {day.isoformat() for day in statutory_holidays(2027)}
    sheet.cell(days["2027-02-08"], 2).value = date(2027, 2, 11)
    sheet.append([date(2027, 2, 14), None, "上班"])
    out = io.BytesIO()
    book.save(out)

    def reads(content, name):
        data = {"csrf_token": token, "file": (io.BytesIO(content), name)}
        return administrator.post("/cases/years/read", data=data)

    wrong = reads("开始,结束,安排\n2027-13-01,,放假\n".encode(), "a.csv")
    assert (wrong.status_code, "第2行" in wrong.text) == (422, True)
    assert reads(b"", "a.csv").status_code == 422
    seen = reads(out.getvalue(), "2027.xlsx")
    assert seen.status_code == 200
    assert "2月5日至11日" in seen.text
    assert "2月14日" in seen.text
    assert "2027-02-12 18:00" in seen.text
    assert CASES.get(world.services.store, case.id).value == case.value
    text = html.unescape(hidden(seen.text, "text"))
    done = administrator.post("/cases/years", data={"csrf_token": token, "text": text})
    assert done.location == "/cases/years?year=2027&recounted=1"
    assert administrator.get("/cases/years/1999.xlsx").status_code == 404
    (file := tmp_path / "2027.xlsx").write_bytes(out.getvalue())
    run = world.app().test_cli_runner().invoke
    assert "2月5日至11日" in run(args=["cases", "year", str(file), "--preview"]).output
