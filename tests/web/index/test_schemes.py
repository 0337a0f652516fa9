"""A city's scheme entered, filled in and published through pages alone, and read back by everybody."""

from __future__ import annotations

import io
import json

import pytest

from inspect_app.services.checking import check
from inspect_app.services.index.publishing import publish
from inspect_app.services.index.schemes import find_scheme
from tests.web.builders import hidden, signed_in
from tests.web.evidence.test_review import inspected
from tests.world import NOW, WEEK, World

PERIOD = "2026-10"
PART_FIELDS = ("id", "title", "of", "role", "source", "key", "base", "weight", "full", "combine", "each", "most")
WUHAN = {
    "title": "城市综合管理成绩",
    "id": "wuhan",
    "source": "武汉 2022 年第一季度",
    "level": "区县",
    "full": "100",
    "decimals": "2",
    "floor": "0",
    "ties": "dense",
    "groups": "中心城区：421002\n远城区：421003、421022",
    "bands": "优 90\n良 80\n差 0",
    "red_places": "1",
    "black_bound": "80",
}
PARTS = [
    {"title": "实地", "source": "parts", "weight": "60"},
    {"title": "第三方", "of": "实地", "source": "input", "weight": "90"},
    {"title": "城管委", "of": "实地", "source": "input", "weight": "10"},
    {"title": "问卷", "source": "input", "weight": "40"},
    {"title": "负面清单", "source": "input", "role": "deduction", "each": "3"},
]


def form_of(fields: dict[str, str], parts: list[dict[str, str]]) -> dict[str, object]:
    """What a browser sends: each part's fields in turn, blank ones as well."""
    rows = [*parts, {}]
    return {**fields, **{f"part_{name}": [row.get(name, "") for row in rows] for name in PART_FIELDS}}


def entered(world: World, client, **fields: str):
    form = form_of({**WUHAN, "edition": "0", **fields}, PARTS)
    return client.post("/schemes/new", data={**form, "csrf_token": token(client)})


def token(client, page: str = "/schemes/new") -> str:
    return hidden(client.get(page).text, "csrf_token")


def fill(client, rows: dict[str, tuple[str, ...]], revision: str = "0"):
    cells = {f"{area}.{place}": value for area, values in rows.items() for place, value in enumerate(values)}
    address = f"/schemes/wuhan/{PERIOD}/figures"
    page = client.get(address).text
    form = {name: hidden(page, name) for name in ("csrf_token", "edition")}
    return client.post(address, data={**cells, "revision": revision, **form})


def published(client, period=PERIOD, *, seen=None, reason=""):
    """What is shown is published, or what was seen before."""
    page = client.get(f"/schemes/wuhan/{period}/live").text
    form = {"csrf_token": hidden(page, "csrf_token"), "seen": seen or hidden(page, "seen"), "reason": reason}
    return client.post(f"/schemes/wuhan/{period}/publish", data=form)


def test_wuhan_s_scheme_goes_from_the_form_to_the_published_letter(world):
    """沙市区 0.6 × 89 + 0.4 × 95 = 91.4; 荆州区 0.6 × 84.5 + 0.4 × 80 − 2 × 3 = 76.7."""
    client, public = signed_in(world, "supervisor"), world.office.test_client()
    assert entered(world, client).status_code == 303
    columns = client.get(f"/schemes/wuhan/{PERIOD}/figures").text
    assert all(f"<th>{name}</th>" in columns for name in ("第三方", "城管委", "问卷", "负面清单"))
    assert fill(client, {"421002": ("90", "80", "95", ""), "421003": ("85", "80", "80", "2")}).status_code == 303
    preview = client.get(f"/schemes/wuhan/{PERIOD}/live").text
    assert "91.40" in preview
    assert public.get(f"/schemes/wuhan/{PERIOD}").status_code == 404
    done = published(client)
    assert done.status_code == 303
    page = public.get(f"/schemes/wuhan/{PERIOD}").text
    for said in ("2026年10月", "91.40", "76.70", "红榜", "黑榜", "优", "差", "第三方（90）", "第1版"):
        assert said in page, said
    table = public.get(f"/schemes/wuhan/{PERIOD}/1/table.csv").data.decode("utf-8-sig").splitlines()
    assert table[1].startswith("1,421002,沙市区,区县,中心城区,1,89.00,90.00,80.00,95.00,0.00,91.40,优,红榜")
    told = json.loads(public.get(f"/schemes/wuhan/{PERIOD}/1/table.json").data)
    assert [row["total"] for row in told["rows"]] == ["91.40", "76.70"]
    for name, start in (("letter.docx", b"PK"), ("letter.pdf", b"%PDF"), ("table.xlsx", b"PK")):
        assert public.get(f"/schemes/wuhan/{PERIOD}/1/{name}").data.startswith(start)
    assert "城市综合管理成绩" in public.get("/schemes").text
    assert check(world.services) == []


def test_what_was_published_stays_and_a_correction_is_a_revision_with_its_reason(world):
    client, public = signed_in(world, "supervisor"), world.office.test_client()
    entered(world, client)
    fill(client, {"421002": ("90", "80", "95", "")})
    published(client)
    before = public.get(f"/schemes/wuhan/{PERIOD}/1/table.json").data
    changed = [{**part, "weight": "80"} if part["title"] == "第三方" else part for part in PARTS]
    form = form_of(
        {**WUHAN, "edition": "1", "reason": "新文件"}, [{**part, "id": f"p{n}"} for n, part in enumerate(changed, 1)]
    )
    assert client.post("/schemes/wuhan/edit", data={**form, "csrf_token": token(client)}).status_code == 303
    assert published(client).status_code == 422
    assert published(client, reason="按新文件").status_code == 303
    assert public.get(f"/schemes/wuhan/{PERIOD}/1/table.json").data == before
    second = json.loads(public.get(f"/schemes/wuhan/{PERIOD}/2/table.json").data)
    assert (second["edition"], second["reason"]) == (2, "按新文件")
    history = client.get("/schemes/wuhan/edit").text
    assert "第2版" in history
    assert "新文件" in history
    assert "weight = 80" in client.get("/schemes/wuhan/2/scheme.toml").text
    assert "weight = 90" in client.get("/schemes/wuhan/1/scheme.toml").text


def test_what_was_previewed_is_what_is_published_or_nothing_is(world):
    """Two who have the preview open: figures are filled in anew, then the other publishes."""
    client, public = signed_in(world, "supervisor"), world.office.test_client()
    entered(world, client)
    fill(client, {"421002": ("90", "80", "95", ""), "421003": ("85", "80", "80", "2")})
    seen = hidden(client.get(f"/schemes/wuhan/{PERIOD}/live").text, "seen")
    fill(client, {"421002": ("70", "80", "95", ""), "421003": ("85", "80", "80", "2")}, revision="1")
    late = published(client, seen=seen)
    assert (late.status_code, "没有发布；下面是现在的样子" in late.text) == (409, True)
    assert public.get(f"/schemes/wuhan/{PERIOD}").status_code == 404
    seen = hidden(late.text, "seen")
    assert published(client, seen=seen).status_code == 303
    assert published(client, seen=seen, reason="再发").status_code == 409, "there is a revision by now"
    assert "第2版" not in public.get(f"/schemes/wuhan/{PERIOD}").text
    assert "各区域的成绩和名次都没有变" in client.get(f"/schemes/wuhan/{PERIOD}/live").text
    fill(client, {"421002": ("30", "80", "95", ""), "421003": ("85", "80", "80", "2")}, revision="2")
    page = client.get(f"/schemes/wuhan/{PERIOD}/live").text
    assert "沙市区：80.60 → 59.00，名次 1 → 2" in page
    assert "荆州区：76.70，名次 2 → 1" in page


def test_the_next_period_shows_who_moved(world):
    client = signed_in(world, "supervisor")
    entered(world, client)
    fill(client, {"421002": ("90", "80", "95", "")})
    published(client)
    address = "/schemes/wuhan/2026-11/figures"
    cells = {"421002.0": "80", "421002.1": "80", "421002.2": "95", "revision": "0", "edition": "1"}
    assert client.post(address, data={**cells, "csrf_token": token(client)}).status_code == 303
    preview = client.get("/schemes/wuhan/2026-11/live").text
    assert "较上期" in preview
    assert "-5.40" in preview
    early = published(client, "2026-12")
    assert (early.status_code, "还没有结束" in early.text) == (422, True)


def test_rates_of_cases_are_asked_for_by_their_labels(world):
    client = signed_in(world, "supervisor")
    parts = [*PARTS, {"title": "整改", "source": "cases", "key": "整改率", "weight": "10"}]
    form = form_of({**WUHAN, "edition": "0"}, parts)
    assert client.post("/schemes/new", data={**form, "csrf_token": token(client)}).status_code == 303
    fill(client, {"421002": ("90", "80", "95", "")})
    assert "缺项：整改" in client.get(f"/schemes/wuhan/{PERIOD}/live").text


def test_a_period_s_page_is_made_of_published_weeks_for_everybody(world):
    inspected(world, seed=1)
    public = world.office.test_client()
    assert "还没有发布过的周" in public.get("/schemes/periods/2026-11").text
    assert publish(world.services, "supervisor", WEEK, "", NOW) == 1
    page = public.get("/schemes/periods/2026-11?area=421002001").text
    for said in ("2026年11月", "1周计入", "行业（责任单位）", "市住建委", "公共厕所", "60.00"):
        assert said in page, said
    assert public.get("/schemes/periods/2026-13").status_code == 404
    assert "schemes/periods/2026-Q4" in public.get("/schemes").text


def test_a_scheme_read_from_a_file_is_shown_in_the_form_and_only_then_kept(world):
    client = signed_in(world, "administrator")
    text = (
        'id = "shenzhen"\ntitle = "公厕环境指数"\n'
        '[[parts]]\nid = "hard"\ntitle = "硬件"\nweight = 28\n[[parts]]\nid = "kept"\ntitle = "管理"\nweight = 72\n'
    )
    data = {"file": (io.BytesIO(text.encode()), "深圳.toml"), "csrf_token": token(client)}
    page = client.post("/schemes/take", data=data)
    assert page.status_code == 200
    assert 'value="硬件"' in page.text
    assert find_scheme(world.services, "shenzhen") is None


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"full": "一百"}, "满分"),
        ({"decimals": "9"}, "小数位数"),
        ({"id": "武汉"}, "代号"),
        ({"id": "new"}, "已有他用"),
        ({"title": ""}, "名称"),
        ({"groups": "甲：1\n乙：1"}, "已在「甲」里"),
        ({"bands": "优"}, "起点"),
        ({"red_places": "0"}, "1到1000"),
        ({"tie_parts": "没有的"}, "没有代号"),
        ({"reason": "长" * 501}, "最多500个字"),
    ],
)
def test_a_form_that_cannot_be_is_shown_again_with_what_is_wrong(world, fields, what):
    client = signed_in(world, "supervisor")
    answer = entered(world, client, **fields)
    assert answer.status_code == 422
    assert what in answer.text
    assert 'value="第三方"' in answer.text
    assert find_scheme(world.services, "wuhan") is None


def test_two_who_change_the_same_do_not_overwrite_one_another(world):
    client = signed_in(world, "supervisor")
    assert entered(world, client).status_code == 303
    assert (again := entered(world, client)).status_code == 422
    assert "已有他用" in again.text
    form = {**form_of({**WUHAN, "edition": "7"}, PARTS), "csrf_token": token(client)}
    assert client.post("/schemes/wuhan/edit", data=form).status_code == 409
    fill(client, {"421002": ("90", "80", "95", "")})
    assert fill(client, {"421002": ("91", "80", "95", "")}).status_code == 409
    assert fill(client, {"421002": ("很好", "80", "95", "")}, "1").status_code == 422


def test_more_rows_are_offered_without_keeping_anything(world):
    client = signed_in(world, "supervisor")
    page = entered(world, client, more="1")
    assert page.status_code == 200
    assert page.text.count('name="part_title"') == len(PARTS) + 6
    assert find_scheme(world.services, "wuhan") is None


def test_who_may_not_publish_may_not_define(world):
    inspector = signed_in(world, "inspector")
    assert inspector.get("/schemes/new").status_code == 403
    assert world.office.test_client().get("/schemes").status_code == 200


def test_a_new_scheme_counts_no_areas_that_were_hardly_seen_and_one_from_before_goes_on_as_it_did(world):
    client = signed_in(world, "supervisor")
    chosen = '<option value="unranked" selected>'
    assert chosen in client.get("/schemes/new").text
    assert entered(world, client, few="unranked").status_code == 303
    assert chosen in client.get("/schemes/wuhan/edit").text
    assert entered(world, client, id="before").status_code == 303
    assert chosen not in client.get("/schemes/before/edit").text
