"""The pages of calibration: the office opens and closes, inspectors judge alone and read of themselves only."""

from __future__ import annotations

from inspect_app.domain.checklists.references import grades_of
from tests.services.evidence.test_references import redacted_visit
from tests.services.quality.test_calibrating import taken_by
from tests.web.builders import hidden, signed_in
from tests.world import World


def begun(world: World, by: str = "wang") -> tuple[str, str]:
    """A round that was opened through the page, of one photo and two sites: its path for the office, and for others."""
    office, one = signed_in(world, "supervisor"), redacted_visit(world)
    taken_by(world, one.owner, by)
    page = office.get("/quality/calibration/new").text
    photo = f"zebra-crossing|{one.owner}|{one.sha256}|{one.item}"
    items = [item.id for item in world.checklist("zebra-crossing").items[:2]]
    form = {"csrf_token": hidden(page, "csrf_token"), "title": "四季度校准", "photo": photo, f"key.{photo}": "severe"}
    form |= {f"site.{n}": "zebra-crossing-1" for n in range(2)}
    form |= {f"item.{n}": f"zebra-crossing|{item}" for n, item in enumerate(items)}
    assert office.post("/quality/calibration/new", data=form | {"title": ""}).status_code == 422
    answer = office.post("/quality/calibration/new", data=form)
    assert answer.status_code == 303, answer.text
    return answer.location, answer.location.replace("/quality/", "/field/")


def grades(world: World, first: str) -> dict[str, str]:
    checklist = world.checklist("zebra-crossing")
    rest = [next(iter(grades_of(checklist, item.id))) for item in checklist.items[:2]]
    return {f"grade.{n}": grade for n, grade in enumerate([first, *rest], start=1)}


def test_inspectors_judge_alone_and_read_only_of_themselves(world):
    office_path, path = begun(world)
    for name, first in (("inspector", "severe"), ("inspector2", "good")):
        client = signed_in(world, name)
        assert "四季度校准：请判断 3 题" in client.get("/field/").text
        page = client.get(path).text
        assert "标准答案" not in page
        token = {"csrf_token": hidden(page, "csrf_token")}
        assert client.post(path, data=token | {"grade.1": first}).status_code == 422
        assert client.post(path, data=token | grades(world, first)).status_code == 303
        assert "已经收到" in client.get(path).text
        assert client.get(f"{path}/1.jpg").mimetype == "image/jpeg"
        assert client.get(office_path).status_code == 403
    office = signed_in(world, "supervisor")
    page = office.get(office_path).text
    assert "严（+）宽（−）" not in page, "nothing before the end"
    office.post(f"{office_path}/close", data={"csrf_token": hidden(page, "csrf_token")})
    page = office.get(office_path).text
    assert "看法不一" in page
    assert "inspector2" in page
    own = signed_in(world).get(path).text
    assert "标准答案" in own
    assert "inspector2" not in own
    assert "只有您本人和办公室看得到" in own
    assert signed_in(world, "unit").get(path).status_code == 403
    assert signed_in(world, "leader").get(office_path).status_code == 403


def test_the_desk_and_the_week_are_reminded_until_a_round_was_opened(world):
    office = signed_in(world, "supervisor")
    pages = ("/review/desk/", "/quality/2026-W48")
    assert all("该做一轮了" in office.get(page, follow_redirects=True).text for page in pages)
    assert "该做一轮了" not in signed_in(world, "leader").get("/quality/2026-W48").text


def test_who_took_a_photo_is_not_asked_about_it_and_nobody_else_reads_so(world):
    _, path = begun(world, by="inspector")
    client = signed_in(world, "inspector")
    pages = {"inspector": client.get(path).text, "inspector2": signed_in(world, "inspector2").get(path).text}
    assert {name: "不用您判断" in page for name, page in pages.items()} == {"inspector": True, "inspector2": False}
    assert {name: 'name="grade.1"' in page for name, page in pages.items()} == {"inspector": False, "inspector2": True}
    token = {"csrf_token": hidden(pages["inspector"], "csrf_token")}
    assert "请判断 2 题" in client.get("/field/").text
    rest = {name: grade for name, grade in grades(world, "").items() if name != "grade.1"}
    assert client.post(path, data=token | rest).status_code == 303
    assert "不用您判断" in client.get(path).text
