"""Areas for administrators: renamed and merged from a week on, outlines, and what they propose of a position."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest
from jsonschema import Draft202012Validator

from inspect_app.domain.weeks import shifted, week_of
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.audit import entries_of, verify
from inspect_app.services.index.publishing import publish, published
from inspect_app.services.index.weekly import live_index
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.place.area_outlines import area_finder, area_outlines, preview_outlines, take_outlines
from inspect_app.services.place.areas_changing import merge_areas, rename_area
from inspect_app.services.place.register import area_history, area_tree, find_site
from inspect_app.store import Stale
from inspect_app.store.chain import Broken
from inspect_app.wording import say
from tests.areas import import_areas
from tests.domain.place.areas_drawn import SOUTH, A, B, C, collection, feature, rectangle, street, streets
from tests.web.builders import hidden, signed_in
from tests.world import NOW, STREET, WEEK, World, evidence, headers, new_id, photo, sha256

LATER = shifted(WEEK, 1)
assert STREET == A


@pytest.fixture
def admin(world):
    return signed_in(world, "administrator")


@pytest.fixture
def this_week(world) -> str:
    return week_of(datetime.now(UTC), world.services.settings.timezone)


def post(client, path: str, **fields):
    token = hidden(client.get("/admin/areas").text, "csrf_token")
    return client.post(path, data={"csrf_token": token, **fields})


def outlines_of(world: World, content: bytes) -> None:
    """Take outlines over, as the command does."""
    preview = preview_outlines(world.services, content, "街道.geojson")
    assert isinstance(take_outlines(world.services, "命令行", preview, "街道.geojson", NOW), int)


def inspected(world: World, started: datetime = NOW, **fix: float) -> str:
    """An inspection of the public toilet in street A, with one photo."""
    checklist, content = world.checklist("public-toilet"), photo(1, (320, 240))
    world.services.photos.keep(sha256(content), content)
    raw = world.submission("public-toilet", started=started, photos=[evidence(content, checklist.items[0].id, **fix)])
    id, inspector = new_id(), find_user(world.services.store, "inspector")
    outcome = submit(world.services, inspector, id, raw, started + timedelta(hours=1))
    assert outcome.kept, outcome.problems
    world.services.after.wait()
    return id


def merge(world: World, codes, into: str, week: str, name: str = ""):
    return merge_areas(world.services, "administrator", codes, into, name, week, "鄂政函〔2026〕1号", NOW)


# Merging and renaming


def test_a_merge_counts_from_its_week_and_an_inspection_kept_is_never_rewritten(world):
    before = inspected(world)
    assert not isinstance(merge(world, [A], B, LATER), list)
    after = inspected(world, started=NOW + timedelta(weeks=1))
    kept = {id: world.services.store.get("inspections", id) for id in (before, after)}
    assert (kept[before].revision, kept[before].document["area"]) == (1, A)
    assert kept[after].document["area"] == kept[after].document["site_as_inspected"]["area"] == B
    assert find_site(world.services.store, "public-toilet-1").area == A, "the site is moved by the tree, not rewritten"

    def street_of(week: str) -> list[str]:
        return [row.name for row in live_index(world.services, week) if row.level == "街道乡镇"]

    assert (street_of(WEEK), street_of(LATER)) == (["中山街道"], ["崇文街道"])


def test_a_published_week_keeps_its_names_and_no_change_can_begin_in_it(world):
    inspected(world)
    publish(world.services, "supervisor", WEEK, "", NOW + timedelta(days=5))
    assert "已经发布" in str(say(merge(world, [A], B, WEEK)[0]))
    merge(world, [A], B, LATER)
    assert [row.name for row in published(world.services, WEEK).rows if row.level == "街道乡镇"] == ["中山街道"]


def test_a_phone_that_was_away_for_the_merge_is_still_understood(world):
    """A report names the merged street (its page was made before), and a street that was not there in its week."""
    merge(world, [A, B], "421002009", LATER, "新街道")
    inspector, checklist = find_user(world.services.store, "inspector"), world.services.library.ad_hoc
    areas = {}
    for area, at in [(A, NOW + timedelta(weeks=1)), ("421002009", NOW)]:
        content = photo(3, (320, 240))
        world.services.photos.keep(sha256(content), content)
        raw = {
            "kind": "adhoc",
            "checklist": "adhoc",
            "version": checklist.version,
            "area": area,
            "place": "路口",
            "started_at": at.isoformat(),
            "finished_at": at.isoformat(),
            "answers": {checklist.items[0].id: {"value": "fail"}},
            "photos": [evidence(content, checklist.items[0].id)],
        }
        outcome = submit(world.services, inspector, new_id(), raw, at)
        assert outcome.kept, outcome.problems
        areas[area] = outcome.kept.value.area
    assert areas == {A: "421002009", "421002009": "421002"}


def test_lists_of_a_week_show_the_names_of_that_week(world):
    id = inspected(world)
    rename_area(world.services, "administrator", A, "中山新街道", LATER, "更名", NOW)
    supervisor = signed_in(world, "supervisor")
    for path in (f"/review/inspections?week={WEEK}", f"/review/photos?week={WEEK}", f"/inspections/{id}"):
        page = supervisor.get(path).text
        assert "沙市区 中山街道" in page, path
        assert "中山新街道" not in page, path
    assert "中山新街道" in supervisor.get(f"/review/inspections?week={LATER}").text
    assert supervisor.get(f"/review/inspections?week={WEEK}&area={A}").status_code == 200


def test_filters_know_the_areas_of_their_week(world):
    inspected(world, started=NOW + timedelta(weeks=1))
    merge(world, [A], B, LATER)
    supervisor = signed_in(world, "supervisor")
    assert supervisor.get(f"/review/inspections?week={LATER}&area={A}").status_code == 400
    assert "public-toilet点位" in supervisor.get(f"/review/inspections?week={LATER}&area={B}").text


def test_every_change_is_in_the_audit_log_and_two_at_once_are_one(world, monkeypatch):
    merge(world, [A], B, WEEK)
    (entry,) = entries_of(world.services, "areas")
    assert (entry["act"], entry["after"]["merged"]) == ("areas.merged", {A: B})
    stale = area_history(world.services.store)
    rename_area(world.services, "administrator", B, "崇文新街道", WEEK, "更名", NOW)
    monkeypatch.setattr("inspect_app.services.place.areas_changing.area_history", lambda store: stale)
    with pytest.raises(Stale):
        merge(world, [C], B, WEEK)
    assert [one["act"] for one in entries_of(world.services, "areas")] == ["areas.merged", "areas.renamed"]
    assert not isinstance(verify(world.services), Broken)
    assert "解放街道" in [area.name for area in area_tree(world.services.store)]


def test_the_page_merges_renames_and_takes_back(world, admin, this_week):
    answer = post(admin, "/admin/areas/merge", codes=[A, C], into=B, name="", week=this_week, reason="合并试点")
    assert answer.status_code == 303
    page = admin.get(answer.location).text
    assert "中山街道、解放街道 并入 崇文街道" in page
    assert "已合并" in page
    assert "中山街道" not in admin.get("/admin/areas").text.split("荆州区")[0]
    earlier = admin.get(f"/admin/areas?week={shifted(this_week, -1)}").text
    assert "解放街道" in earlier
    post(admin, "/admin/areas/rename", code=B, name="崇文大街街道", week=this_week, reason="更名")
    assert "崇文街道 更名为 崇文大街街道" in admin.get("/admin/areas/changes").text
    assert post(admin, "/admin/areas/changes/1/withdraw").status_code == 422
    for number in (2, 1):
        assert post(admin, f"/admin/areas/changes/{number}/withdraw").status_code == 303
    assert "已撤回" in admin.get("/admin/areas/changes").text
    assert area_tree(world.services.store).name(A) == "中山街道"


def test_a_merge_that_cannot_be_says_why_and_keeps_what_was_chosen(world, admin, this_week):
    answer = post(admin, "/admin/areas/merge", codes=[A], into="421003", week=this_week, reason="文号一")
    assert answer.status_code == 422
    assert "不是同一级" in answer.text
    assert f'<option value="{A}" selected>' in answer.text
    assert 'value="文号一"' in answer.text
    assert post(admin, "/admin/areas/rename", code="x", name="y", week="z", reason="").status_code == 422
    assert post(admin, "/admin/areas/changes/7/withdraw").status_code == 422
    assert admin.get("/admin/areas?week=2026-W99").status_code == 404
    assert not area_history(world.services.store).changes


def test_an_import_that_renames_counts_from_the_chosen_week(world, admin, this_week):
    later = shifted(this_week, 1)
    text = f"code,name,parent_code\n{A},中山新街道,421002\n421002901,新街道,421002\n"
    answer = post(admin, "/admin/areas/import", file=(io.BytesIO(text.encode()), "a.csv"), week=later)
    assert "新增 1 个区域，更改 1 个" in answer.text
    told = [entry for entry in entries_of(world.services, "areas") if entry["act"] == "areas.imported"]
    assert [(entry["who"], entry["after"]["new"]) for entry in told] == [("administrator", ["421002901"])]
    store = world.services.store
    assert (area_tree(store, this_week).name(A), area_tree(store, later).name(A)) == ("中山街道", "中山新街道")
    merge_areas(world.services, "administrator", [C], B, "", later, "合并", datetime.now(UTC))
    text = f"code,name,parent_code\n{C},解放街道,421002\n421002902,又一街道,421002\n"
    refused = post(admin, "/admin/areas/import", file=(io.BytesIO(text.encode()), "a.csv"), week=later)
    assert refused.status_code == 422
    assert "已并入「崇文街道」" in refused.text
    assert "421002902" not in area_tree(store)


def test_areas_kept_before_there_were_changes_are_read_as_they_are(world):
    """A document with a name and a parent only, as every installation has them."""
    world.services.store.put_once("areas", "421002950", {"name": "老街道", "parent": "421002"})
    assert area_tree(world.services.store, "2020-W01").full_name("421002950") == "沙市区 老街道"
    assert import_areas(world.services.store, "code,name,parent_code\n421002950,老街道,421002\n", "a.csv") == 0


# Outlines


def test_outlines_are_previewed_then_taken_and_shown(world, admin):
    def upload(content: bytes, system: str = "wgs84"):
        return post(admin, "/admin/areas/outlines", file=(io.BytesIO(content), "s.geojson"), system=system, parent="")

    page = upload(streets(A, B))
    assert page.status_code == 200
    assert "导入 2 个轮廓" in page.text
    assert area_outlines(world.services.store) == {}, "nothing is taken before it was seen"
    fields = {name: hidden(page.text, name) for name in ("draft", "system", "parent", "digest")}
    assert post(admin, "/admin/areas/outlines/take", **fields).status_code == 303
    assert set(area_outlines(world.services.store)) == {A, B}
    assert entries_of(world.services, "areas")[-1]["act"] == "areas.outlined"
    assert "2 个有轮廓" in admin.get("/admin/areas").text
    assert post(admin, "/admin/areas/outlines/take", **fields).status_code == 422, "a file is taken once"
    assert "完全相同" in upload(streets(A, B)).text
    assert area_tree(world.services.store).name(A) == "中山街道"


def test_a_file_with_one_wrong_feature_is_taken_not_at_all(world, admin):
    wrong = collection(feature(street(A), code=A), feature(street(B), code="421002999"), feature(None, code=C))
    page = post(admin, "/admin/areas/outlines", file=(io.BytesIO(wrong), "s.geojson"), system="wgs84", parent="")
    assert page.status_code == 422
    assert "第2个要素" in page.text
    assert "第3个要素" in page.text
    assert 'name="draft"' not in page.text
    assert area_outlines(world.services.store) == {}


@pytest.mark.parametrize(
    ("content", "more"),
    [(b"", {}), (b"{}", {}), (streets(A), {"system": "mars"}), (streets(A), {"parent": "999"})],
    ids=["empty", "no collection", "system", "parent"],
)
def test_what_is_no_file_of_outlines_is_refused(admin, content, more):
    fields = {"system": "wgs84", "parent": "", **more}
    answer = post(admin, "/admin/areas/outlines", file=(io.BytesIO(content), "s.geojson"), **fields)
    assert answer.status_code == 422


@pytest.mark.parametrize("draft", ["", "../secret.key", "a" * 64])
def test_a_draft_that_is_not_there_is_refused(admin, draft):
    fields = {"draft": draft, "system": "wgs84", "parent": "", "digest": ""}
    assert post(admin, "/admin/areas/outlines/take", **fields).status_code == 422


def test_a_preview_that_others_have_overtaken_is_not_taken(world, admin):
    upload = {"file": (io.BytesIO(streets(A, B)), "s.geojson"), "system": "wgs84", "parent": ""}
    page = post(admin, "/admin/areas/outlines", **upload).text
    outlines_of(world, streets(A))
    fields = {name: hidden(page, name) for name in ("draft", "system", "parent", "digest")}
    assert post(admin, "/admin/areas/outlines/take", **fields).status_code == 409
    assert set(area_outlines(world.services.store)) == {A}


def test_outlines_that_leave_the_sites_outside_are_remarked_upon(world, admin):
    far = collection(feature(rectangle(112.5, 30.3, 112.52, 30.32), code=A))
    page = post(admin, "/admin/areas/outlines", file=(io.BytesIO(far), "s.geojson"), system="wgs84", parent="")
    assert page.status_code == 200
    assert "不在自己区域的轮廓内" in page.text


def test_a_merged_street_is_found_in_the_outlines_of_both_from_that_week_on(world):
    outlines_of(world, streets(A, B))
    merge(world, [A, B], "421002009", LATER, "新街道")
    store = world.services.store
    assert set(area_outlines(store, WEEK)) == {A, B}
    assert set(area_outlines(store, LATER)) == {"421002009"}
    outlines_of(world, collection(feature(rectangle(112.23, SOUTH, 112.27, 30.33), code="421002009")))
    assert "421002009" not in area_tree(store, WEEK), "its outline does not bring it into earlier weeks"
    assert area_tree(store).name("421002009") == "新街道"


def test_the_finder_is_made_once_until_areas_or_outlines_change(world):
    store = world.services.store
    outlines_of(world, streets(A))
    first = area_finder(store, WEEK)
    assert area_finder(store, WEEK) is first
    outlines_of(world, streets(A, B))
    second = area_finder(store, WEEK)
    assert (len(first), len(second)) == (1, 2)
    rename_area(world.services, "administrator", A, "中山新街道", LATER, "更名", NOW)
    assert area_finder(store, WEEK) is second
    assert area_finder(store, LATER).tree.name(A) == "中山新街道"


# What is proposed


def asked(world: World, role: str = "inspector", **arguments: object):
    client = world.app().test_client()
    return client.get("/api/v1/areas/at", query_string=arguments, headers=headers(world.tokens[role]))


def test_the_area_of_a_position_is_proposed_or_the_candidates_near_a_border(world):
    assert asked(world, lat=30.31, lon=112.24, accuracy_m=8).json == {"area": None, "name": None, "levels": []}
    outlines_of(world, streets(A, B))
    inside = asked(world, lat=30.31, lon=112.24, accuracy_m=8).json
    assert (inside["area"], inside["name"]) == (A, "沙市区 中山街道")
    near = asked(world, lat=30.31, lon=112.2499, accuracy_m=30).json
    assert near["area"] is None
    (level,) = near["levels"]
    assert (level["answer"], [one["code"] for one in level["candidates"]]) == ("uncertain", [A, B])
    assert level["candidates"][1]["distance_m"] == pytest.approx(9.6, abs=0.1)
    assert asked(world, lat=31, lon=113, accuracy_m=8).json["levels"][0]["answer"] == "outside"
    document = world.app().test_client().get("/api/v1/openapi.json").json
    schema = {"$ref": "#/components/schemas/AreaAt", "components": document["components"]}
    for answer in (inside, near):
        Draft202012Validator(schema).validate(answer)


@pytest.mark.parametrize(
    "arguments",
    [{}, {"lat": 91, "lon": 0, "accuracy_m": 1}, {"lat": "nan", "lon": 0, "accuracy_m": 1}, {"lat": 1, "lon": 1}],
)
def test_a_question_without_a_position_is_refused(world, arguments):
    assert asked(world, **arguments).status_code == 422


def test_strangers_are_not_answered(world):
    assert world.app().test_client().get("/api/v1/areas/at?lat=1&lon=1&accuracy_m=1").status_code == 401


def test_a_photo_from_another_street_is_said_where_it_is_looked_at_and_changes_nothing(world):
    outlines_of(world, streets(A, B))
    right, wrong = inspected(world), inspected(world, lon=112.26)
    before = {id: world.services.store.get("inspections", id) for id in (right, wrong)}
    supervisor, hint = signed_in(world, "supervisor"), "照片位置在崇文街道内，与点位所属中山街道不一致"
    assert hint in supervisor.get(f"/inspections/{wrong}").text
    assert "不在所属区域" not in supervisor.get(f"/inspections/{right}").text
    photos = supervisor.get(f"/review/desk/photos.json?week={WEEK}&decision=all").json["photos"]
    said = {one["inspection"]: [s["text"] for s in one["signals"] if s["name"] == "other_area"] for one in photos}
    assert said[right] == []
    assert said[wrong][0].startswith(hint)
    assert {id: world.services.store.get("inspections", id) for id in before} == before
