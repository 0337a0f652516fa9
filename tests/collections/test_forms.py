"""Each type as it is written down: what is read is what was written, and documents of earlier commits are read."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest

from inspect_app.collections import LAYOUTS
from inspect_app.collections.accounts.device import DEVICES
from inspect_app.collections.accounts.factors import FACTORS
from inspect_app.collections.accounts.rules import ACCOUNT_RULES
from inspect_app.collections.accounts.sign_in_code import SIGN_IN_CODES
from inspect_app.collections.accounts.throttle import SIGN_IN_TRIES
from inspect_app.collections.accounts.token import TOKENS
from inspect_app.collections.accounts.unit import UNITS
from inspect_app.collections.accounts.user import USERS
from inspect_app.collections.demonstration import DEMONSTRATION
from inspect_app.collections.evidence.checks import PHOTO_CHECKS
from inspect_app.collections.evidence.comparison import PHOTO_COMPARISONS
from inspect_app.collections.evidence.redaction import REDACTIONS, by_public_name, redaction_id
from inspect_app.collections.evidence.saved_filters import SAVED_FILTERS
from inspect_app.collections.evidence.search import SEARCHES
from inspect_app.collections.evidence.sent_bytes import SENT_BYTES
from inspect_app.collections.index.outside_figures import OUTSIDE_FIGURES
from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.collections.index.week_frame import FRAME_AREAS, WEEK_FRAMES
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.inspecting.news_seen import NEWS_SEEN
from inspect_app.collections.plan.missed_site import MISSED_SITES, MissedSite
from inspect_app.collections.plan.week_plan import AVOIDANCES, PLAN_SETTINGS, REGISTERS, WEEK_PLANS
from inspect_app.domain.accounts.device import DeviceOnRecord, End, Way
from inspect_app.domain.accounts.factors import AccountRules, Factors, Passkey
from inspect_app.domain.accounts.permissions import Role
from inspect_app.domain.accounts.sign_in_code import CodeOnRecord, CodeState
from inspect_app.domain.accounts.throttle import Tries
from inspect_app.domain.accounts.token import Token, TokenScope
from inspect_app.domain.accounts.unit import Reach, Unit, UnitOnRecord
from inspect_app.domain.accounts.user import Account, User
from inspect_app.domain.demonstration import Demonstration
from inspect_app.domain.evidence.checks import CheckedPhoto, Checks
from inspect_app.domain.evidence.exif import Exif
from inspect_app.domain.evidence.photo import Evidence
from inspect_app.domain.evidence.recordings import Recording
from inspect_app.domain.evidence.redaction import Box, Redaction
from inspect_app.domain.evidence.reuse import Comparison, Reuse
from inspect_app.domain.evidence.search import Search
from inspect_app.domain.evidence.signals import Signal
from inspect_app.domain.index.frame import Frame
from inspect_app.domain.index.publication import Publication, Revision
from inspect_app.domain.index.weights import CompositePart, Weights
from inspect_app.domain.inspecting.inspection import Review, ReviewStep
from inspect_app.domain.inspecting.news import Looked
from inspect_app.domain.place.positions import Fix
from inspect_app.domain.plan.beacon import Beacon
from inspect_app.domain.plan.sharing import Departure
from inspect_app.domain.plan.week_plan import OPEN_SEED, SEALED, How, PlanChange, PlannedSite, WeekPlan
from inspect_app.store.tiny import open_store
from tests.inspections import inspection, scored
from tests.world import NOW, WEEK

SHA = "a" * 64
REVIEW = Review("rejected", "不是这里", "supervisor", NOW)
PLANNED = PlannedSite("toilet-1", "421002001", "public-toilet", 1, 3, ("li", "wang"), ("zhao",), chance="1/3")
PLAN = WeekPlan(WEEK, "收盘", "d" * 64, 3, 1, NOW, "supervisor")
CAMERA = Exif(
    "JPEG", 4000, 3000, 6, datetime(2026, 11, 23, 10, 30, tzinfo=timezone(timedelta(hours=8))), 30.0, 112.0, 5.0, 30.0,
    NOW, "WGS-84", "Huawei", "P60", "x",
)  # fmt: skip

WEIGHTS = Weights(
    "areas", {"road": 2.0}, {"公共环境": 1.0}, {"421002": 3.0}, (CompositePart("civility", "公共文明", 0.7),)
)
KEPT = [
    (
        INSPECTIONS,
        inspection(
            photos=(Evidence(SHA, "open", NOW, Fix(30.0, 112.0, 5.0, "browser", NOW), source="live"),),
            recordings=(Recording(SHA, "open", NOW, 12.5),),
            taps={"open": 1500},
            items=(scored("open", 0.5), scored("sign", None, state="na")),
            answers={"open": {"value": "B", "note": "门锁坏了"}},
            reviews={"open": REVIEW},
            history=(ReviewStep(REVIEW, "open", 50.0, None),),
            rate=50.0,
            partner="li4",
        ),
    ),
    (
        PHOTO_CHECKS,
        Checks(
            WEEK,
            1,
            (
                CheckedPhoto(SHA, "open", True, CAMERA, (Signal("late_submission", "晚了", {"late_s": 9.0}),)),
                CheckedPhoto("b" * 64, "open", True, Exif("PNG", 9, 9, taken_at=datetime(2026, 11, 23, 10, 30)), ()),
                CheckedPhoto("c" * 64, "open", False, None, ()),
            ),
        ),
    ),
    (
        PHOTO_COMPARISONS,
        Comparison(
            WEEK,
            1,
            (SHA,),
            (Reuse(SHA, "b" * 64, "id", (1.0, 0.0, 0.1, *(0.0, 1.0, 0.0, 0.0, 0.0, 1.0)), ((1, 0),), 0.9, ("cut",)),),
        ),
    ),
    (REDACTIONS, Redaction("id", SHA, WEEK, (Box(0.1, 0.2, 0.3, 0.4, "face"),), None, "supervisor", NOW)),
    (REDACTIONS, Redaction("id", SHA, WEEK, (), "name-of-chance", "supervisor", NOW)),
    (SEARCHES, Search(SHA, WEEK, 1, (Box(0.1, 0.2, 0.3, 0.4, "plate"),))),
    (SEARCHES, Search("b" * 64, WEEK, 1, (), 3)),
    (SAVED_FILTERS, {"未复核": "decision=open"}),
    (NEWS_SEEN, Looked(NOW, WEEK, {"toilet-1": 3})),
    (WEEK_PLANS, PLAN),
    (
        WEEK_PLANS,
        WeekPlan(
            WEEK, "收盘", "", 3, 1, NOW, "supervisor", NOW, "other", How("3921.47", 0.2, 4, True), (PLANNED,),
            (PlanChange(NOW, "supervisor", "toilet-1", "已拆除", PLANNED, PLANNED),),
        ),
    ),
    (
        WEEK_PLANS,
        WeekPlan(
            WEEK, "", SHA, 3, 1, NOW, "supervisor", NOW, "other", How("", 0.2, 4, True, 3, 2), (PLANNED,), (),
            SEALED, "c" * 64, Beacon("sse-composite", NOW.date()), Beacon("sse-composite", NOW.date(), "3987.15"),
            "sealed", "5e" * 32, NOW, ("收盘",), (Departure("street", "421002001", "li", 2, ""),),
        ),
    ),
    (REGISTERS, "code,area,type\n"),
    (AVOIDANCES, ("421002", "421003")),
    (PLAN_SETTINGS, How("", 0.25, 4, True, 3, 2)),
    (
        PUBLICATIONS,
        Publication((Revision(WEEK, 1, NOW, "supervisor", "", SHA, ("还没有结束",), (12, SHA)),)),
    ),
    (OUTSIDE_FIGURES, {"421002": {"sanitation": 87.5}}),
    (
        WEEK_FRAMES,
        (
            Frame(NOW, "程序", "over", SHA, SHA, Weights(), 5, 0.8, {"road": "road-1"}),
            Frame(NOW, "supervisor", "anew", SHA, SHA, WEIGHTS, 5, 0.8, {}, reason="漏登"),
        ),
    ),
    (FRAME_AREAS, '{"areas": [], "stands_for": {}}'),
    (MISSED_SITES, MissedSite(WEEK, "toilet-1", "works", "inspector", NOW)),
    (USERS, Account(User("id", "李四", Role.SUPERVISOR, True, "e", scope=("421002", "421003")), "scrypt:…", NOW)),
    (USERS, Account(User("id", "城管局", Role.UNIT, False, "e", unit="u1"), "scrypt:…", NOW)),
    (TOKENS, Token("li", True, NOW)),
    (TOKENS, Token("li", False, NOW)),
    (TOKENS, Token("li", True, NOW, TokenScope.READ, "e", NOW + timedelta(days=90), NOW)),
    (USERS, Account(User("id", "李四", Role.INSPECTOR, True, "e", must_change=True), "scrypt:…", NOW)),
    (SENT_BYTES, {NOW.date(): 33_554_432}),
    (SIGN_IN_TRIES, {"a" * 24: Tries(7, NOW)}),
    (FACTORS, Factors()),
    (FACTORS, Factors("ABCD", 59, (SHA,), (Passkey("id", "key", 3, "安卓手机 · Chrome", NOW),))),
    (ACCOUNT_RULES, AccountRules(frozenset({Role.ADMINISTRATOR, Role.UNIT}))),
    (DEVICES, DeviceOnRecord("li", "", "iPhone Safari", Way.CODE, "e", NOW, NOW)),
    (DEVICES, DeviceOnRecord("li", "办公室", "Windows Edge", Way.PASSWORD, "e", NOW, NOW, End.REVOKED, NOW)),
    (SIGN_IN_CODES, CodeOnRecord("li", "e", "admin", NOW, NOW + timedelta(minutes=5))),
    (SIGN_IN_CODES, CodeOnRecord("li", "e", "", NOW, NOW, CodeState.REVOKED, NOW)),
    (SIGN_IN_CODES, CodeOnRecord("li", "e", "admin", NOW, NOW, CodeState.USED, NOW, "d" * 32, SHA)),
    (UNITS, UnitOnRecord(Unit("id", "城管局", ("城管",), ("421002",)), Reach(("a@x.cn",), "https://x.cn", "s"), False)),
    (DEMONSTRATION, Demonstration(NOW)),
    (DEMONSTRATION, Demonstration(NOW, complete=True)),
]  # fmt: skip


@pytest.mark.parametrize(("collection", "value"), KEPT, ids=[collection.name for collection, _ in KEPT])
def test_what_is_read_is_what_was_written(collection, value):
    document = json.loads(json.dumps(collection.written(value), allow_nan=False))
    id = WEEK if collection in (WEEK_PLANS, PUBLICATIONS) else "id"
    assert collection.read(id, collection.upgraded(document)) == value
    assert set(collection.by) <= set(document), "it can be found by these"


def test_a_redaction_is_found_by_its_public_name_and_a_hidden_one_by_none(tmp_path):
    store = open_store(tmp_path / "store", LAYOUTS)
    for sha256, public in ((SHA, "chance"), ("b" * 64, None)):
        redaction = Redaction("id", sha256, WEEK, (), public, "supervisor", NOW)
        REDACTIONS.put_once(store, redaction_id("id", sha256), redaction)
    assert [one.value.sha256 for one in REDACTIONS.find(store, **by_public_name("chance"))] == [SHA]
    assert REDACTIONS.find(store, **by_public_name("hidden")) == []
    store.close()


# Documents as earlier commits wrote them


def test_an_account_from_before_there_were_scopes_is_of_the_whole_city_and_is_written_as_it_was():
    old = {
        "title": "李四", "role": "supervisor", "password": "scrypt:…", "state": "active", "epoch": "e",
        "created_at": "2026-11-23T02:30:00.000Z",
    }  # fmt: skip
    account = read(USERS, "li4", old)
    assert account.user.scope == ()
    assert USERS.written(account) == old


def read(collection, id, document):
    return collection.read(id, collection.upgraded(document))


def test_photos_searched_before_they_could_be_turned_were_searched_as_they_lay():
    old = {"sha256": SHA, "week": WEEK, "number": 1, "boxes": []}
    assert read(SEARCHES, SHA, old) == Search(SHA, WEEK, 1, (), quarters=0)


def test_a_seed_announced_before_registers_were_kept_is_read():
    old = {"state": "announced", "seed": "收盘", "announced_at": "2026-11-23T02:30:00.000Z", "announced_by": "li"}
    assert read(WEEK_PLANS, WEEK, old) == WeekPlan(WEEK, "收盘", "", 0, 0, NOW, "li")


def test_a_plan_drawn_when_how_many_stood_among_its_settings_is_read():
    site = {
        "code": "t", "area": "421002001", "site_type": "public-toilet", "taken": 1, "of": 2, "inspectors": ["li"],
        "second": [], "problem": "", "dropped": "",
    }  # fmt: skip
    old = {
        "state": "drawn",
        "seed": "收盘 3921.47",
        "announced_at": "2026-11-23T02:30:00.000Z",
        "announced_by": "li",
        "drawn_at": "2026-11-23T02:31:00.000Z",
        "drawn_by": "li",
        "settings": {"count": 30, "least_per_area": 2, "second_share": 0.1, "gap_weeks": 8, "in_pairs": False},
        "sites": [site],
        "changes": [
            {"at": "2026-11-23T02:32:00.000Z", "by": "li", "code": "t", "reason": "病", "before": site, "after": site}
        ],
    }
    plan = read(WEEK_PLANS, WEEK, old)
    assert (plan.count, plan.least_per_area, plan.how) == (30, 2, How("", 0.1, 8, False, 1, 0))
    assert plan.whole_seed == "收盘 3921.47"
    assert plan.sites == (PlannedSite("t", "421002001", "public-toilet", 1, 2, ("li",)),)
    assert plan.changes[0].after == plan.sites[0]


def test_the_value_of_a_seed_stood_beside_the_settings():
    old = {
        "state": "drawn", "seed": "收盘", "register": SHA, "count": 3, "least_per_area": 0, "value": "3921.47",
        "announced_at": "2026-11-23T02:30:00.000Z", "announced_by": "li", "drawn_at": "2026-11-23T02:31:00.000Z",
        "drawn_by": "li", "sites": [], "changes": [],
        "settings": {"value": " 3921.47", "second_share": 0.1, "gap_weeks": 8, "in_pairs": False},
    }  # fmt: skip
    plan = read(WEEK_PLANS, WEEK, old)
    assert (plan.whole_seed, plan.register, plan.count) == ("收盘 3921.47", SHA, 3)


def test_a_plan_drawn_by_an_open_seed_goes_by_the_rules_of_its_day():
    site = {
        "code": "t", "area": "421002001", "site_type": "public-toilet", "taken": 1, "of": 2, "inspectors": ["li"],
        "second": ["wang"], "problem": "", "dropped": "", "chance": "1/2",
    }  # fmt: skip
    old = {
        "v": 2, "state": "drawn", "seed": "收盘", "register": SHA, "count": 3, "least_per_area": 0,
        "announced_at": "2026-11-23T02:30:00.000Z", "announced_by": "li", "drawn_at": "2026-11-23T02:31:00.000Z",
        "drawn_by": "li", "sites": [site], "changes": [],
        "settings": {"value": "3921.47", "second_share": 0.1, "gap_weeks": 8, "in_pairs": False},
    }  # fmt: skip
    plan = read(WEEK_PLANS, WEEK, old)
    assert (plan.rule, plan.whole_seed, plan.commitment, plan.beacon) == (OPEN_SEED, "收盘 3921.47", "", None)
    assert plan.how == How("3921.47", 0.1, 8, False, 1, 0)
    assert plan.sites[0].twice
    written = WEEK_PLANS.written(plan)
    assert written["v"] == 3
    assert read(WEEK_PLANS, WEEK, written) == plan


def test_a_week_published_by_method_1_has_its_rows_with_the_publication():
    rows = [
        {
            "area": area, "name": name, "level": "区县", "rate": 90.0, "low": None, "high": None, "sites": 3,
            "inspections": 3, "enough": True,
        }
        for area, name in (("421002", "沙市区"), ("421002001", "中山街道"))
    ]  # fmt: skip
    at = "2026-11-23T02:30:00.000Z"
    old = {"revisions": [{"published_at": at, "by": "li", "reason": "", "rows": rows}]}
    (revision,) = read(PUBLICATIONS, WEEK, old).revisions
    assert (revision.number, revision.published_at, revision.digest, revision.audit_head) == (1, NOW, "", None)
    assert [(row.area, row.parent, row.planned, row.listed) for row in revision.rows] == [
        ("421002", "", None, 0),
        ("421002001", "421002", None, 0),
    ]


def test_a_publication_without_the_head_of_the_log_is_read():
    old = {"revisions": [{"published_at": "2026-11-23T02:30:00Z", "by": "li", "reason": "", "digest": SHA}]}
    publication = read(PUBLICATIONS, WEEK, old)
    assert publication.revision() == publication.revision(1)
    assert publication.revision(2) is None
    assert publication.revisions[0].published_at == datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
