"""The index pages: what is shown to whom, published weeks and their corrections, what is unfinished."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.place.areas import Area, AreaTree
from inspect_app.domain.weeks import shifted
from inspect_app.photos import open_photo_store
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.index.frozen import FrozenWeeks
from inspect_app.services.index.publishing import publish, published
from inspect_app.services.index.weekly import live_week
from tests.domain.index.weeks import index_rows, visits
from tests.web.builders import hidden, signed_in
from tests.web.evidence.test_review import inspected
from tests.world import NOW, WEEK, accepted

STREET = "421002001"


@pytest.fixture
def scored(world):
    """A road at 100 and a toilet at 60 (capped) in 中山街道: (100 + 60) / 2 = 80."""
    inspected(world, seed=None, kind="main-road")
    inspected(world, seed=1)
    return world


def publish_by_page(client, **fields):
    token = hidden(client.get(f"/index/{WEEK}/live").text, "csrf_token")
    return client.post(f"/index/{WEEK}/publish", data={"csrf_token": token, "anyway": "1", **fields})


def test_a_week_is_hidden_from_the_public_until_it_is_published(scored):
    stranger, inspector = scored.app().test_client(), signed_in(scored, "inspector")
    hidden_paths = (f"/index/{WEEK}", f"/index/{WEEK}/areas/{STREET}", f"/index/{WEEK}.json", f"/index/{WEEK}.csv")
    for client in (stranger, inspector):
        for path in (
            *hidden_paths,
            f"/index/{WEEK}/0/index.json",
            f"/index/{WEEK}/0",
            f"/index/{WEEK}/0/areas/{STREET}",
        ):
            answer = client.get(path)
            assert answer.status_code == 404, path
    assert "尚未发布" in stranger.get(f"/index/{WEEK}").text
    assert "还没有已发布" in stranger.get("/index/").text
    supervisor = signed_in(scored, "supervisor")
    assert supervisor.get(f"/index/{WEEK}").location == f"/index/{WEEK}/live"
    assert "80.00" in supervisor.get(f"/index/{WEEK}/live").text
    assert "80.00" in supervisor.get(f"/index/{WEEK}/0/areas/{STREET}").text
    publish(scored.services, "supervisor", WEEK, "", NOW)
    page = stranger.get("/index/", follow_redirects=True).text
    assert "80.00" in page
    assert "中山街道" in page
    assert "样本不足" in page


def test_an_area_s_page_shows_its_parts_and_where_it_lies(scored):
    publish(scored.services, "supervisor", WEEK, "", NOW)
    stranger = scored.app().test_client()
    page = stranger.get(f"/index/{WEEK}/areas/{STREET}").text
    above = f'href="/index/{WEEK}/areas/421002"'
    for words in ("中山街道", "主次干道", "公共厕所", "公共环境", "扣分最多的项目", above):
        assert words in page
    assert "inspector" not in page
    missing = stranger.get(f"/index/{WEEK}/areas/421002003")
    assert missing.status_code == 404
    assert "没有区域" in missing.text


def test_a_note_on_the_first_revision_is_no_correction(scored):
    publish(scored.services, "supervisor", WEEK, "【演示】", NOW)
    stranger = scored.app().test_client()
    first = stranger.get(f"/index/{WEEK}").text
    assert "说明：【演示】" in first
    assert "更正说明" not in first
    publish(scored.services, "supervisor", WEEK, "补录一次测评", NOW)
    assert "更正说明：补录一次测评" in stranger.get(f"/index/{WEEK}").text


def test_a_published_week_stays_as_it_was_and_a_correction_is_a_second_revision_with_a_reason(scored):
    client = signed_in(scored, "supervisor")
    assert publish_by_page(client).status_code == 303
    accepted(scored.services, inspected(scored, seed=2))
    stranger = scored.app().test_client()
    first = stranger.get(f"/index/{WEEK}/1").data
    assert stranger.get(f"/index/{WEEK}.json").json["rows"][0]["inspections"] == 2
    refused = publish_by_page(client)
    assert refused.status_code == 422
    assert "更正须写明理由" in refused.text
    assert publish_by_page(client, reason="补录一次测评").status_code == 303
    assert "补录一次测评" in stranger.get(f"/index/{WEEK}").text
    assert stranger.get(f"/index/{WEEK}.json").json["revision"] == 2
    assert published(scored.services, WEEK, 1).rows[0].inspections == 2
    assert published(scored.services, WEEK).rows[0].inspections == 3
    # The first revision is still there, and says that there is a newer one.
    again = stranger.get(f"/index/{WEEK}/1").data
    assert "看第2版" in again.decode()
    assert b"\xe7\x9c\x8b\xe7\xac\xac2\xe7\x89\x88" not in first
    assert stranger.get(f"/index/{WEEK}/3").status_code == 404


def test_what_is_unfinished_is_named_and_publishing_all_the_same_is_noted(scored):
    client = signed_in(scored, "supervisor")
    page = client.get(f"/index/{WEEK}/live").text
    assert "1次测评有问题尚未复核" in page
    refused = publish_by_page(client, anyway="")
    assert refused.status_code == 422
    assert "仍然发布" in refused.text
    assert published(scored.services, WEEK) is None
    assert publish_by_page(client).status_code == 303
    entry = [one for one in scored.services.audit.entries() if one["act"] == "week.published"][-1]
    assert "1次测评有问题尚未复核" in "".join(entry["after"]["still_open"])
    assert entry["after"]["digest"] == published(scored.services, WEEK).head.digest


def test_only_supervisors_publish_and_an_empty_week_cannot_be(scored):
    inspector = signed_in(scored, "inspector")
    token = hidden(inspector.get("/field/").text, "csrf_token")
    assert inspector.post(f"/index/{WEEK}/publish", data={"csrf_token": token}).status_code == 403
    supervisor = signed_in(scored, "supervisor")
    token = hidden(supervisor.get("/review/photos").text, "csrf_token")
    answer = supervisor.post("/index/2026-W30/publish", data={"csrf_token": token, "anyway": "1"})
    assert answer.status_code == 422
    assert "不能发布" in answer.text
    assert supervisor.post("/index/week/publish", data={"csrf_token": token}).status_code == 404


def test_a_week_is_compared_with_the_one_before_and_keeps_its_history(scored):
    """80 in both weeks of few sites: no change, a moving mean over two weeks, one past week on the area's page."""
    publish(scored.services, "supervisor", WEEK, "", NOW)
    after = shifted(WEEK, 1)
    inspected(scored, seed=None, kind="main-road", at=NOW + timedelta(weeks=1))
    inspected(scored, seed=3, at=NOW + timedelta(weeks=1))
    assert publish(scored.services, "supervisor", after, "", NOW + timedelta(weeks=1)) == 1
    week = published(scored.services, after)
    assert (week.row(STREET).change, week.row(STREET).moving, week.row(STREET).moving_weeks) == (0, 80, 2)
    assert [past.week for past in week.details[STREET].history] == [WEEK]
    page = scored.app().test_client().get("/index/weeks").text
    assert page.index(after) < page.index(f"/index/{WEEK}")


def test_a_rejected_finding_leaves_its_item_out_of_every_part(scored):
    """The toilet's only failed item rejected: all that counts there is met."""
    stored = next(one for one in scored.services.store.find("inspections", week=WEEK, state="open"))
    item = next(one["item_id"] for one in stored.document["items"] if one["failed"])
    before = live_week(scored.services, WEEK).details[STREET]
    assert next(part for part in before.items if part.key == f"public-toilet/{item}").rate == 0
    decide(scored.services, "supervisor", stored.id, item, "rejected", "看错", stored.revision, NOW, scope=EVERYTHING)
    after = live_week(scored.services, WEEK)
    assert all(part.key != f"public-toilet/{item}" for part in after.details[STREET].items)
    assert after.row(STREET).rate == 100


def test_the_command_prints_the_same_document(scored):
    app = scored.app()
    result = app.test_cli_runner().invoke(args=["index", WEEK, "--json"])
    assert result.exit_code == 0
    publish(scored.services, "supervisor", WEEK, "", NOW)
    printed, shown = json.loads(result.stdout), app.test_client().get(f"/index/{WEEK}.json").json
    assert (printed["revision"], shown["revision"]) == (None, 1)
    assert printed["rows"] == shown["rows"]


@pytest.mark.parametrize("week", ["2026-W99", "latest", "2026-48", "..%2f"])
def test_what_is_no_week_is_not_found(scored, week):
    assert signed_in(scored, "supervisor").get(f"/index/{week}").status_code == 404


def test_a_week_published_by_the_first_method_is_still_shown(scored):
    """Publications of before kept their rows with themselves, and knew neither ranks nor changes."""
    row = {
        "area": STREET, "name": "中山街道", "level": "街道乡镇", "inspections": 5, "sites": 4,
        "rate": 88.5, "low": 80.25, "high": 96.75, "enough": True, "tier": 1,
    }  # fmt: skip
    revision = {"published_at": "2026-10-01T00:00:00.000Z", "by": "supervisor", "reason": "", "rows": [row]}
    scored.services.store.put_once("publications", "2026-W40", {"revisions": [revision]})
    client = scored.app().test_client()
    for path in ("/index/2026-W40", f"/index/2026-W40/areas/{STREET}", "/index/weeks", "/index/2026-W40.csv"):
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert "88.50" in answer.text


def test_damaged_figures_are_not_shown(scored):
    publish(scored.services, "supervisor", WEEK, "", NOW)
    digest = published(scored.services, WEEK).head.digest
    file = scored.data / "published" / "originals" / digest[:2] / digest
    file.chmod(0o644)
    file.write_bytes(file.read_bytes().replace(b"80.0", b"99.0"))
    services = replace(scored.services, frozen=FrozenWeeks(open_photo_store(scored.data / "published")))
    with pytest.raises(Exception, match="缺失或损坏"):
        published(services, WEEK)


def test_the_example_of_the_method_page_is_what_the_index_computes(world):
    """甲 and 乙 as on the page, each type with so many registered sites that those seen are no part of them."""
    page = world.app().test_client().get("/index/method").text
    first, second = "421002001", "421002002"
    tree = AreaTree([Area("421002", "区", ""), *(Area(code, code, "421002") for code in (first, second))])
    seen = visits(first, "road", 90, 80, 70) + visits(first, "toilet", 62, 58) + visits(second, "road", 95, 85)
    listed = {(street, kind): 1_000_000 for street in (first, second) for kind in ("road", "toilet")}
    found = index_rows(seen, tree, listed=listed)
    row = found[first]
    perfect = visits(first, "road", *[100] * 5) + visits(second, "road", 60, 80, 100)
    computed = (
        f"<strong>{row.rate:.2f}</strong>",
        f"<strong>{found[second].rate:.2f}</strong>",
        f"<strong>{row.high - row.rate:.2f}</strong>",
        f"{row.low:.2f}—{row.high:.2f}",
        f"<strong>{index_rows(perfect, tree)[first].low:.2f}</strong>",
    )
    assert computed == (
        "<strong>70.00</strong>",
        "<strong>80.00</strong>",
        "<strong>10.27</strong>",
        "59.73—80.27",
        "<strong>86.48</strong>",
    )
    for text in computed:
        assert text in page
    district = visits("421002001", "road", 90) + visits("421002002", "road", 50, 50)
    above = AreaTree([Area("421002", "区", ""), *(Area(f"42100200{n}", f"{n}", "421002") for n in (1, 2))])
    listed = {("421002001", "road"): 30, ("421002002", "road"): 10}
    assert f"{index_rows(district, above, listed=listed)['421002'].rate:.2f}" == "80.00"
