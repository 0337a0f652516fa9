"""Every collection is one that the log is a witness of, or one of which it is said why not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from inspect_app.collections import ALL
from inspect_app.collections.accounts.device_key import DEVICE_KEYS
from inspect_app.collections.accounts.factors import FACTORS
from inspect_app.collections.accounts.token import TOKENS
from inspect_app.collections.accounts.unit import UNITS
from inspect_app.collections.accounts.user import USERS
from inspect_app.collections.checklists.checklist import CHECKLISTS
from inspect_app.collections.evidence.removed import REMOVED
from inspect_app.collections.index.outside_figures import OUTSIDE_FIGURES
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.log_salt import LOG_SALTS, THE_SALT
from inspect_app.collections.plan.validation import VALIDATIONS
from inspect_app.collections.plan.week_plan import REGISTERS, WEEK_PLANS
from inspect_app.domain.accounts.device import Way
from inspect_app.domain.accounts.device_key import DeviceKey
from inspect_app.domain.accounts.factors import Passkey
from inspect_app.domain.accounts.permissions import Role
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.accounts.unit import Reach, Unit
from inspect_app.domain.cases.figures import Cards
from inspect_app.domain.evidence.redaction import Box
from inspect_app.domain.evidence.removed import Removed
from inspect_app.domain.index.periods import period_of
from inspect_app.domain.index.schemes.reading import parse_scheme
from inspect_app.domain.index.schemes.scheme import PublicationScheme
from inspect_app.domain.plan.validation import ValidationRules, WeekValidation
from inspect_app.domain.plan.week_plan import How
from inspect_app.exports.index.scheme_files import maker_for
from inspect_app.notices import Robot
from inspect_app.services import Services
from inspect_app.services.accounts.accounts import add_user, find_user, set_password
from inspect_app.services.accounts.device_keys import register_key
from inspect_app.services.accounts.devices import add_device
from inspect_app.services.accounts.factors import add_app, add_passkey, code_fits, new_secret, require_second_factor
from inspect_app.services.accounts.tokens import add_token, token_user
from inspect_app.services.accounts.units import add_unit
from inspect_app.services.audit import Entry, keep
from inspect_app.services.cases.acts import open_case
from inspect_app.services.cases.figures import set_cards
from inspect_app.services.evidence.captioning import choose
from inspect_app.services.evidence.redacting import finish, redaction_of
from inspect_app.services.evidence.references import Candidate, adopt, note_upload
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.evidence.turning import turn_photo
from inspect_app.services.index.publishing import publish
from inspect_app.services.index.schemes import find_scheme, keep_filled_in, keep_scheme, publish_table
from inspect_app.services.inspecting import holding
from inspect_app.services.place.areas_changing import import_areas_from, rename_area
from inspect_app.services.place.register import find_site
from inspect_app.services.place.sites_changing import add_site
from inspect_app.services.plan.assigning import avoid, set_rules
from inspect_app.services.plan.missing import say_missed
from inspect_app.services.plan.validating import set_validation_rules
from inspect_app.services.quality.calibrating import AskedFor, find_round, judge, open_round
from inspect_app.services.quality.plausible import set_published, take_complaints
from inspect_app.services.reconciling import Compared, Difference, compare, witness_unwitnessed
from inspect_app.services.start_settings import note_settings
from inspect_app.services.witness import NOT_WITNESSED, WITNESSED, as_told
from inspect_app.store import Store, Stored
from tests.commands.inspecting.test_import import public_half
from tests.plans import planned
from tests.store import behind
from tests.web.evidence.test_desk import visit
from tests.world import NOW, STREET, WEEK, World, new_id

LATER = NOW + timedelta(days=1)
SECRETS = ("secret-webhook-key", "robot.example/send", "own-password-77")
FLEETING = {(FACTORS.name, "last_step"), (TOKENS.name, "last_used")}
"""Fields that change without an act."""


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> World:
    """Something in every collection that the log is a witness of, kept as the program keeps it."""
    world = World.in_memory(tmp_path_factory.mktemp("office"))
    witness_unwitnessed(world.services, "命令行", NOW)  # what the world began with
    _evidence(world)
    _places_and_plans(world)
    _accounts(world)
    return world


def _evidence(world: World) -> None:
    services = world.services
    first, _ = visit(world, 0), visit(world, 1)
    right(decide(services, "supervisor", first, "jam", "confirmed", "", 1, LATER, scope=EVERYTHING))
    right(open_case(services, "supervisor", first, "jam", "堵", LATER, scope=EVERYTHING))
    photo = INSPECTIONS.get(services.store, first).value.photos[2]
    right(turn_photo(services, "supervisor", first, photo.sha256, 1, 0, LATER))
    assert choose(services, "administrator", ["time"], 0, LATER) == []
    redaction = redaction_of(services, first, photo.sha256, scope=EVERYTHING)
    right(finish(services, "supervisor", redaction, [Box(0.1, 0.1, 0.2, 0.2)], LATER))
    crossing, taken = world.checklist("zebra-crossing"), Candidate(first, photo.sha256, photo.item, failed=True)
    right(adopt(services, "supervisor", crossing, taken, "severe", "堵在路口", LATER, expected=0))
    assert isinstance(note_upload(services, "supervisor", crossing, "jam", photo.sha256, LATER), str)
    wanted = [AskedFor("zebra-crossing", item.id, site="zebra-crossing-1") for item in crossing.items[:3]]
    round = open_round(services, "supervisor", "四季度", wanted, LATER)
    grades = [next(iter(one.grades)) for one in find_round(services, round).value.questions]
    right(judge(services, find_user(services.store, "inspector"), round, grades, LATER))
    assert take_complaints(services, "supervisor", WEEK, f"{STREET},3", LATER) == 1
    set_published(services, "supervisor", True, 0, LATER)
    held = world.submission(started=NOW + timedelta(hours=3))
    inspector = find_user(services.store, "inspector")
    assert holding.hold(services, inspector, new_id(), held, "administrator", "没有签名", LATER).problems == ()
    kept = OUTSIDE_FIGURES.writing(WEEK, {STREET: {"questionnaire": 88.5}})
    keep(services.store, "supervisor", LATER, [Entry("figures.taken", WEEK)], [kept])
    right(publish(services, "supervisor", WEEK, "", LATER))
    _scheme(services)


def _scheme(services: Services) -> None:
    scheme = parse_scheme('id = "survey"\ntitle = "问卷"\n[[parts]]\nid = "s"\ntitle = "满意度"\n', "问卷.toml")
    assert isinstance(scheme, PublicationScheme)
    right(keep_scheme(services, "supervisor", scheme, "", 0, LATER))
    right(keep_filled_in(services, "supervisor", scheme, WEEK, {STREET: {"满意度": "90"}}, 0, LATER))
    table, week = find_scheme(services, "survey"), period_of(WEEK)
    assert table
    assert week
    files = maker_for(services.settings.timezone)
    assert publish_table(services, "supervisor", table, week, "", NOW + timedelta(days=9), files) == 1


def _places_and_plans(world: World) -> None:
    services, site = world.services, find_site(world.services.store, "zebra-crossing-1")
    areas = f"code,name,parent_code\n{STREET}950,新社区,{STREET}\n"
    right(import_areas_from(services, "administrator", areas, "a.csv", WEEK, LATER))
    right(rename_area(services, "administrator", STREET, "新名街道", "2026-W50", "批复", LATER))
    assert add_site(services, "administrator", replace(site, code="zebra-crossing-2", name="二号"), LATER)
    plan = planned(services, "2026-W49", NOW)
    right(say_missed(services, "supervisor", "2026-W49", plan.value.sites[0].code, "works", LATER, scope=EVERYTHING))
    right(set_rules(services, "supervisor", How(per_street=3), 0, LATER))
    right(avoid(services, "supervisor", "inspector", (STREET,), 0, LATER))
    text = services.library.text("public-toilet").replace('title = "', 'title = "本地')
    right(services.library.keep("public-toilet", text, "administrator", LATER, "本地叫法"))
    right(set_validation_rules(services, "supervisor", ValidationRules(0.5, ("inspector2",)), 0, LATER))
    chosen = VALIDATIONS.writing(WEEK, WeekValidation(WEEK))
    keep(services.store, "supervisor", LATER, [Entry("validation.chosen", WEEK)], [chosen])
    removed = REMOVED.writing("0" * 64, Removed("photos", WEEK, 9, "保存期限", LATER))
    keep(services.store, "supervisor", LATER, [Entry("retention.removed", new_id())], [removed])
    right(set_cards(services, "supervisor", Cards(yellow_rate=80.0, red_rate=60.0), 0, LATER))


def _accounts(world: World) -> None:
    store = world.services.store
    right(add_unit(store, "administrator", Unit("", "城管局"), Reach((), f"https://{SECRETS[1]}", SECRETS[0]), LATER))
    right(add_user(store, "zhang3", Role.INSPECTOR, SECRETS[2], LATER, by="administrator"))
    secret, user = new_secret(), find_user(store, "zhang3")
    right(add_app(store, user, secret, pyotp.TOTP(secret).at(LATER), LATER))
    right(add_passkey(store, user, Passkey("id", "key", 3, "钥匙", LATER), LATER))
    right(add_token(store, "zhang3", LATER, by="administrator"))
    require_second_factor(store, [Role.ADMINISTRATOR], LATER, "administrator")
    device = add_device(store, user, "浏览器", Way.PASSWORD, LATER)
    right(register_key(store, user, device.id, *public_half(new_key()).values(), LATER))
    note_settings(store, world.settings, LATER)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def right(done: Any) -> None:
    assert not isinstance(done, list) or done == [], done


def last(world: World, name: str) -> Stored:
    """The document of a collection that was kept last and has a witness."""
    told = {row[1] for entry in world.services.audit.entries() for row in entry.get("kept") or () if row[0] == name}
    store = world.services.store
    found = [one for one in store.find(name) if as_told(store, name, one).id in told]
    assert found, f"nothing in {name}"
    return found[-1]


@contextmanager
def behind_the_log_s_back(store: Store, name: str, stored: Stored, /, **fields: Any) -> Iterator[None]:
    """A document with other fields, or without any none at all, as somebody leaves it who writes the files."""
    if fields:
        behind.put(store, name, Stored(stored.id, stored.revision, {**stored.document, **fields}))
    else:
        behind.remove(store, name, stored.id)
    try:
        yield
    finally:
        behind.put(store, name, stored)


def other(value: Any) -> Any:
    """A value that is like another and is not the same."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return value[:-1] + ("0" if value[-1:] != "0" else "1")
    return {"x": 1} if not value else type(value)()


def test_every_collection_is_witnessed_or_it_is_said_why_not():
    names = {collection.name for collection in ALL}
    assert names == WITNESSED.keys() | NOT_WITNESSED.keys()
    assert not WITNESSED.keys() & NOT_WITNESSED.keys()
    assert all(NOT_WITNESSED.values())


def test_what_acts_left_is_as_the_log_says(office):
    assert isinstance(compare(office.services), Compared)


@pytest.mark.parametrize("name", list(WITNESSED))
def test_each_field_that_is_rewritten_is_named_with_its_document(office, name):
    stored = last(office, name)
    shown = as_told(office.services.store, name, stored).id
    for field, value in stored.document.items():
        with behind_the_log_s_back(office.services.store, name, stored, **{field: other(value)}):
            found = compare(office.services, files=False)
        if (name, field) in FLEETING:
            assert isinstance(found, Compared), found
        else:
            assert isinstance(found, Difference), field
            assert (found.of, found.id) == (name, shown), field
    assert isinstance(compare(office.services, files=False), Compared)


@pytest.mark.parametrize("name", list(WITNESSED))
def test_a_document_that_is_taken_away_is_named(office, name):
    stored = last(office, name)
    with behind_the_log_s_back(office.services.store, name, stored):
        found = compare(office.services, files=False)
    assert isinstance(found, Difference)
    assert (found.of, found.id) == (name, as_told(office.services.store, name, stored).id)
    assert isinstance(compare(office.services, files=False), Compared)


@pytest.mark.parametrize("collection", [REGISTERS, CHECKLISTS])
def test_what_is_named_by_its_content_has_that_content(office, collection):
    store = office.services.store
    stored = store.find(collection.name)[0]
    field, value = next((field, value) for field, value in stored.document.items() if field in ("csv", "title"))
    with behind_the_log_s_back(store, collection.name, stored, **{field: value + "x"}):
        found = compare(office.services, files=False)
    assert isinstance(found, Difference)
    assert (found.of, found.id) == (collection.name, stored.id)


def test_a_register_that_a_plan_was_drawn_from_and_that_is_gone_is_named(office):
    store = office.services.store
    stored = store.get(REGISTERS.name, WEEK_PLANS.get(store, "2026-W49").value.register)
    with behind_the_log_s_back(store, REGISTERS.name, stored):
        found = compare(office.services, files=False)
    assert isinstance(found, Difference)
    assert (found.of, found.id) == (REGISTERS.name, stored.id)


def test_a_version_of_a_checklist_that_an_inspection_was_scored_by_and_that_is_gone_is_named(office):
    store = office.services.store
    used = {kept.value.version for week in INSPECTIONS.weeks(store) for kept in INSPECTIONS.find(store, week=week)}
    for stored in [one for one in store.find(CHECKLISTS.name) if one.id in used]:
        with behind_the_log_s_back(store, CHECKLISTS.name, stored):
            found = compare(office.services, files=False)
        assert isinstance(found, Difference)
        assert (found.of, found.id) == (CHECKLISTS.name, stored.id)
    assert used


def test_an_act_on_an_account_that_was_rewritten_does_not_make_it_right(tmp_path):
    """Somebody puts a hash of their own in; then the owner sets another password."""
    world = World.in_memory(tmp_path)
    store = world.services.store
    assert set_password(store, "inspector", "one-password-11", LATER) == []
    kept = store.get(USERS.name, "inspector")
    assert kept
    behind.put(store, USERS.name, Stored("inspector", kept.revision, {**kept.document, "password": "scrypt:x"}))
    assert set_password(store, "inspector", "two-password-22", LATER) == []
    found = compare(world.services, files=False)
    assert isinstance(found, Difference)
    assert (found.of, found.id, "被改写" in found.reason) == (USERS.name, "inspector", True)


@pytest.mark.parametrize("collection", [USERS, TOKENS, DEVICE_KEYS])
def test_what_was_put_in_and_is_no_act_is_named(office, collection):
    store, stored = office.services.store, last(office, collection.name)
    invented = Stored("f" * 64, 1, {**stored.document})
    behind.put(store, collection.name, invented)
    found = compare(office.services, files=False)
    behind.remove(store, collection.name, invented.id)
    assert isinstance(found, Difference)
    assert (found.of, "日志中没有" in found.reason) == (collection.name, True)
    assert invented.id.startswith(found.id)


def test_an_account_that_an_earlier_program_made_has_the_role_that_the_log_says(tmp_path):
    world = World.in_memory(tmp_path)
    store = world.services.store
    told = {"at": "2026-11-20T00:00:00Z", "who": "administrator", "of": "users/inspector", "before": None}
    store.log.append({**told, "act": "account.added", "after": {"role": "inspector"}})
    assert isinstance(compare(world.services, files=False), Compared)
    kept = USERS.get(store, "inspector")
    USERS.update(store, kept, replace(kept.value, user=replace(kept.value.user, role=Role.ADMINISTRATOR)))
    found = compare(world.services, files=False)
    assert isinstance(found, Difference)
    assert (found.of, found.id, found.field) == (USERS.name, "inspector", "role")


def test_use_is_no_act_and_nothing_that_the_log_minds(office):
    """A code of the app that was used, a token that was, a passkey that counts."""
    store = office.services.store
    kept = FACTORS.get(store, "zhang3")
    at = LATER + timedelta(minutes=5)
    assert code_fits(store, "zhang3", pyotp.TOTP(kept.value.totp).at(at), at)
    kept = FACTORS.get(store, "zhang3")
    counted = replace(kept.value.passkeys[0], sign_count=9)
    FACTORS.update(store, kept, replace(kept.value, passkeys=(counted,)))
    token = add_token(store, "zhang3", LATER)
    assert isinstance(token, str)
    assert token_user(store, token, LATER + timedelta(days=1))
    assert isinstance(compare(office.services, files=False), Compared)


def test_no_secret_is_in_the_log(office):
    store = office.services.store
    log = "\n".join(json.dumps(entry, ensure_ascii=False) for entry in office.services.audit.entries())
    user, factors = USERS.get(store, "zhang3").value, FACTORS.get(store, "zhang3").value
    tokens, salt = [kept.id for kept in TOKENS.find(store)], LOG_SALTS.get(store, THE_SALT).value
    for secret in (*SECRETS, user.password, factors.totp, *factors.recovery, *tokens, salt):
        assert secret not in log


@pytest.mark.parametrize(
    ("collection", "field"),
    [(USERS, "password"), (FACTORS, "totp"), (FACTORS, "recovery"), (UNITS, "webhook"), (UNITS, "webhook_secret")],
)
def test_a_secret_is_told_with_a_salt_that_is_not_in_the_log(office, collection, field):
    store = office.services.store
    (salt,) = store.find(LOG_SALTS.name)
    stored = last(office, collection.name)
    one = as_told(store, collection.name, stored).document
    with behind_the_log_s_back(store, LOG_SALTS.name, salt, salt="another"):
        two = as_told(store, collection.name, stored).document
    assert re.fullmatch("[0-9a-f]{64}", one[field])
    assert one[field] != two[field]
    assert [name for name in one if one[name] != two[name]] == list(collection.secret)


def test_a_token_is_told_of_by_its_number(office):
    stored = last(office, TOKENS.name)
    shown = as_told(office.services.store, TOKENS.name, stored)
    assert shown.id == stored.id[:12]
    assert re.fullmatch("[0-9a-f]{64}", shown.document["id"])
    assert stored.id not in str(shown)


@pytest.mark.parametrize("left", [None, {"salt": "0" * 64}])
def test_a_salt_that_is_gone_or_another_is_found(office, left):
    store = office.services.store
    (stored,) = store.find(LOG_SALTS.name)
    with behind_the_log_s_back(store, LOG_SALTS.name, stored, **left or {}):
        found = compare(office.services, files=False)
    assert isinstance(found, Difference)
    assert isinstance(compare(office.services, files=False), Compared)


def test_what_is_noted_later_is_compared_from_then_on(tmp_path):
    world = World.in_memory(tmp_path)
    store = world.services.store
    found = compare(world.services, files=False)
    assert isinstance(found, Compared)
    assert found.unwitnessed == found.documents > 20
    assert witness_unwitnessed(world.services, "命令行", LATER) == found.documents
    kept = USERS.get(store, "inspector")
    USERS.update(store, kept, replace(kept.value, user=replace(kept.value.user, title="别人")))
    difference = compare(world.services, files=False)
    assert isinstance(difference, Difference)
    assert (difference.id, difference.field) == ("inspector", "title")


def test_a_key_that_is_told_again_is_one_entry_and_on_another_device_another(tmp_path):
    world = World.in_memory(tmp_path)
    store, half = world.services.store, public_half(new_key())
    user = find_user(store, "inspector")
    for device in ("a" * 32, "a" * 32, "b" * 32):
        assert register_key(store, user, device, *half.values(), LATER) == []
    assert [entry["after"] for entry in world.services.audit.entries()] == [{"device": "a" * 8}, {"device": "b" * 8}]
    (key,) = DEVICE_KEYS.find(store)
    assert key.value == DeviceKey("inspector", "b" * 32, *half.values(), LATER)


# What the server was started with


def test_a_start_tells_what_differs_from_the_last_one_and_no_secret(tmp_path):
    world = World.in_memory(tmp_path)
    store, settings = world.services.store, world.settings
    assert note_settings(store, settings, NOW)["minimum_inspections"] == "3"
    assert note_settings(store, settings, NOW) == {}
    robot = Robot("https://robot.example/send?key=1", "geheim")
    assert note_settings(store, replace(settings, minimum_inspections=5, office_robot=robot), LATER).keys() == {
        "minimum_inspections", "office_robot.address", "office_robot.secret",
    }  # fmt: skip
    changed = replace(settings, minimum_inspections=5, office_robot=replace(robot, secret="anders"))
    assert note_settings(store, changed, LATER).keys() == {"office_robot.secret"}
    assert note_settings(store, settings, LATER)["office_robot.address"] == ""
    entries = list(world.services.audit.entries())
    assert {(one["who"], one["act"], one["of"]) for one in entries} == {("启动", "settings.changed", "settings/start")}
    assert entries[1]["before"]["minimum_inspections"] == "3"
    assert not any(secret in json.dumps(entries, ensure_ascii=False) for secret in ("geheim", "anders", "key=1"))
    assert isinstance(compare(world.services, files=False), Compared)
