"""What records keep of people goes in its time by the rule, and nothing that a case or a published week needs: over the
folder of a year ago, in files and in a database.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyotp
import pytest
from flask import Flask

from inspect_app.collections import ALL, Kept
from inspect_app.collections.accounts.device import DEVICES
from inspect_app.collections.accounts.factors import FACTORS
from inspect_app.collections.accounts.sign_in_code import SIGN_IN_CODES
from inspect_app.collections.accounts.unit import UNITS
from inspect_app.collections.accounts.user import USERS
from inspect_app.collections.cases.case import CASES
from inspect_app.collections.evidence.saved_filters import SAVED_FILTERS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.plan.week_plan import AVOIDANCES
from inspect_app.domain.accounts.factors import Factors
from inspect_app.domain.accounts.nameless import BLANK
from inspect_app.domain.accounts.permissions import Role
from inspect_app.domain.accounts.scope import Scope
from inspect_app.domain.accounts.unit import Reach
from inspect_app.domain.accounts.user import User
from inspect_app.domain.inspecting.inspection import Inspection
from inspect_app.domain.place.positions import fix_to_json
from inspect_app.services import Services, open_services
from inspect_app.services.accounts.accounts import add_user, find_user, set_active, set_password, signed_in
from inspect_app.services.accounts.factors import add_app, new_secret
from inspect_app.services.accounts.nameless import words_for
from inspect_app.services.accounts.units import all_units, change_unit
from inspect_app.services.audit import Entry, entries_of, keep, verify
from inspect_app.services.cases import thinning
from inspect_app.services.checking import check
from inspect_app.services.moving import move
from inspect_app.services.reconciling import Compared, compare
from inspect_app.settings import Settings, settings_from
from inspect_app.store import Head, Store
from tests.old_folders import application_over, copied, environment, given, settled
from tests.old_folders.answers import Reader
from tests.old_folders.reading import COMPUTED, KEPT
from tests.store.databases import empty_database
from tests.test_old_folder import differences

PASSWORD = "correct horse battery"
DAYS = 365
NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=800)
FIGURES = ("inspections", "published", "latest", "cases", "plans", "layers", "live", "case_figures", "quality", "draws")
"""What is told of the folder that tells of no inspector's way."""


@pytest.fixture(params=["folder", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of the installation of a year ago, in files or moved into a database."""
    made = settings_from({**environment(copied(tmp_path / "old")), "INSPECT_PERSONAL_DAYS": str(DAYS)})
    if request.param == "folder":
        return made
    there = replace(made, data=tmp_path / "there", photos=tmp_path / "there/photos", database=empty_database())
    move(made, there, NOW, lambda said: None)
    return there


@pytest.fixture
def services(settings: Settings) -> Services:
    return open_services(settings)


def test_the_track_goes_and_every_figure_receipt_and_proof_stays_bit_for_bit(settings: Settings):
    app = application(settings)
    reader, services = Reader(app, given()), app.extensions["inspect"]
    sections = {name: {**KEPT, **COMPUTED}[name] for name in FIGURES}
    before = {name: read(reader) for name, read in sections.items()}
    held, cases = positions(services), CASES.find(services.store)
    planned = thinning.plan(services, LATER)
    assert (positions(services), thinning.run(services, LATER)) == (held, planned)
    assert planned.done["visits"] == 12
    other = list(differences(before, {name: read(reader) for name, read in sections.items()}))
    assert [said for said in other if "停用人员" not in said] == []
    assert CASES.find(services.store) == cases
    told = [one["after"] for one in entries_of(services, next(iter(thinned(services))))]
    assert {"rule": f"记录里的个人信息保存{DAYS}天", "what": "visits", "number": 1} in told
    assert isinstance(verify(services), Head)
    assert isinstance(compare(services), Compared)
    assert check(services) == []
    assert not thinning.run(services, LATER).done
    settled(app)


def test_nothing_is_thinned_that_somebody_still_needs(services: Services):
    whole = {kept.id: kept.value for kept in every_visit(services)}
    thinning.run(services, LATER)
    found = {id for id, visit in whole.items() if INSPECTIONS.get(services.store, id).value != visit}
    assert found == thinned(services)
    assert {whole[id].week for id in found} <= {"2026-W44", "2026-W45", "2026-W46"}
    for id in found:
        kept = INSPECTIONS.get(services.store, id).value
        confirmed = {finding.item.item_id for finding in kept.findings if finding.confirmed}
        for old, new in zip(whole[id].photos, kept.photos, strict=True):
            assert (old == new) is (old.item in confirmed), (id, old.item)
        assert (kept.taps, kept.presence.claim.fixes) == ({}, ())


def test_who_is_gone_is_told_of_by_a_pseudonym_and_the_name_is_still_cut_out_of_texts(services: Services):
    store = services.store
    a_person(services)
    unit, reach = all_units(store)[0], Reach(("wang@example.cn",))
    right(change_unit(store, "admin", unit.unit, reach, False, unit.revision, NOW))
    early = thinning.plan(services, NOW + timedelta(days=DAYS - 1)).done
    assert (early["accounts"], early["units"]) == (1, 1)  # were so before the log told of it
    done = thinning.run(services, LATER).done
    assert (done["accounts"], done["avoidances"], done["filters"], done["units"]) == (2, 1, 1, 2)
    account = USERS.get(store, "zhang3").value
    assert (account.user.title[:4], account.user.sealed) == ("停用人员", "张三丰")
    assert FACTORS.get(store, "zhang3").value == Factors()
    assert AVOIDANCES.get(store, "zhang3").value == ()
    assert SAVED_FILTERS.get(store, "zhang3").value == {}
    assert UNITS.get(store, unit.unit.id).value.reach == Reach()
    assert {one.value.name for one in DEVICES.find(store)} == {""}
    assert {one.value.user for one in SIGN_IN_CODES.find(store)} == {""}
    files = [
        path for path in (services.settings.data / "store").rglob("*") if path.is_file() and "_acts" not in path.parts
    ]
    held = b"".join(path.read_bytes() for path in files)
    assert not [said for said in ("wang@example.cn", "李测评的华为") if said.encode() in held]
    assert words_for(services, Scope(inspectors=False))("请张三丰再去一次") == f"请{BLANK}再去一次"
    told = retold(services)
    assert all(said not in json.dumps(told, ensure_ascii=False) for said in ("张三丰", "wang@", "421002", "Chrome"))
    assert isinstance(verify(services), Head)
    assert isinstance(compare(services), Compared)
    again = USERS.get(store, "zhang3")
    assert (thinning.run(services, LATER).done, USERS.get(store, "zhang3")) == (Counter(), again)


def test_whoever_comes_back_has_their_name_again_and_needs_a_new_password(services: Services):
    a_person(services)
    thinning.run(services, LATER)
    right(set_active(services.store, "zhang3", True, LATER))
    user = find_user(services.store, "zhang3")
    assert (user.title, user.sealed) == ("张三丰", "")
    assert signed_in(services.store, "zhang3", PASSWORD) is None


def test_when_a_unit_opens_again_its_people_have_their_names_with_their_new_passwords(services: Services):
    store, kept = services.store, all_units(services.store)[0]
    assert isinstance(add_user(store, "li4", Role.UNIT, PASSWORD, NOW, title="李四海", unit=kept.unit.id), User)
    right(change_unit(store, "admin", kept.unit, kept.reach, False, kept.revision, NOW))
    thinning.run(services, LATER)
    assert USERS.get(store, "li4").value.user.sealed == "李四海"
    retired = UNITS.get(store, kept.unit.id)
    right(change_unit(store, "admin", kept.unit, retired.value.reach, True, retired.revision, LATER))
    right(set_password(store, "li4", PASSWORD, LATER))
    user = signed_in(store, "li4", PASSWORD)
    assert (user.title, user.sealed) == ("李四海", "")


def test_of_whom_a_young_visit_tells_the_name_stays(services: Services):
    set_active(services.store, "inspector-wang", False, NOW)
    SAVED_FILTERS.keep(services.store, "inspector-wang", {"我家": "area=421002"})
    assert any(kept.value.inspector == "inspector-wang" for kept in every_visit(services))
    thinning.run(services, LATER)
    assert USERS.get(services.store, "inspector-wang").value.user.title != ""
    assert USERS.get(services.store, "inspector-wang").value.user.sealed == ""
    assert SAVED_FILTERS.get(services.store, "inspector-wang").value == {"我家": "area=421002"}


def test_a_killed_run_goes_on_where_it_was(services: Services, monkeypatch: pytest.MonkeyPatch):
    planned, keep, acts = thinning.plan(services, LATER), thinning.keep, count()

    def killed(*of: Any, **named: Any) -> Any:
        if next(acts) == 2:
            raise KeyboardInterrupt
        return keep(*of, **named)

    monkeypatch.setattr(thinning, "_AT_ONCE", 3)
    monkeypatch.setattr(thinning, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        thinning.run(services, LATER)
    monkeypatch.undo()
    assert 0 < len(thinned(services)) < planned.done["visits"]
    told = Counter(entry["after"]["what"] for entry in retold(services))
    assert thinning.run(services, LATER).done == planned.done - told
    assert len(thinned(services)) == planned.done["visits"]
    assert isinstance(compare(services), Compared)


def test_of_a_person_the_rest_goes_after_a_run_that_was_killed_behind_the_name(
    services: Services, monkeypatch: pytest.MonkeyPatch
):
    a_person(services)

    def killed(store: Store, who: str, now: datetime, entries: Sequence[Entry], *more: Any) -> Any:
        if any(one.of == "avoidances/zhang3" for one in entries):
            raise KeyboardInterrupt
        return keep(store, who, now, entries, *more)

    monkeypatch.setattr(thinning, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        thinning.run(services, LATER)
    monkeypatch.undo()
    assert USERS.get(services.store, "zhang3").value.user.sealed == "张三丰"
    done = thinning.run(services, LATER).done
    assert (done["avoidances"], done["filters"]) == (1, 1)


def test_what_somebody_worked_with_meanwhile_stays_and_the_others_are_thinned(
    services: Services, monkeypatch: pytest.MonkeyPatch
):
    keep, acts = thinning.keep, count()
    first = next(change for change in thinning._due(services, LATER, Counter()))

    def late(*of: Any, **named: Any) -> Any:
        if next(acts) == 0:
            kept = INSPECTIONS.get(services.store, first.of)
            INSPECTIONS.update(services.store, kept, replace(kept.value, taps={"seen": 1}))
        return keep(*of, **named)

    monkeypatch.setattr(thinning, "keep", late)
    assert thinning.run(services, LATER).done["visits"] == 11
    assert INSPECTIONS.get(services.store, first.of).value.taps == {"seen": 1}


def test_the_commands_tell_and_do(settings: Settings):
    app = application(settings)
    runner = app.test_cli_runner()
    for command in ("plan", "run"):
        done = runner.invoke(args=["retention", command])
        assert (done.exit_code, f"保存期限 {DAYS} 天" in done.output) == (0, True), done.output
    told = runner.invoke(args=["doctor"]).output
    assert "Traceback" not in told
    settled(app)


def test_without_the_setting_nothing_is_due(tmp_path: Path):
    services = open_services(settings_from(environment(copied(tmp_path))))
    assert thinning.run(services, LATER) == thinning.Thinning()
    told = application_over(tmp_path).test_cli_runner().invoke(args=["retention", "plan"]).output
    assert "INSPECT_PERSONAL_DAYS" in told


def application(settings: Settings) -> Flask:
    more = {"INSPECT_DATA": str(settings.data), "INSPECT_DATABASE": settings.database, "INSPECT_PHOTO_WORK": ""}
    return application_over(settings.checklists.parent, **more, INSPECT_PERSONAL_DAYS=str(DAYS))


def a_person(services: Services) -> None:
    """An inspector who was blocked, with a second factor, areas to keep away from and filters of their own."""
    store = services.store
    user = add_user(store, "zhang3", Role.INSPECTOR, PASSWORD, NOW, title="张三丰")
    assert isinstance(user, User)
    secret = new_secret()
    right(add_app(store, user, secret, pyotp.TOTP(secret).at(NOW), NOW))
    keep(store, "admin", NOW, [Entry("plan.avoided", "avoidances/zhang3")], [AVOIDANCES.writing("zhang3", ("421002",))])
    SAVED_FILTERS.put_once(store, "zhang3", {"我家": "area=421002"})
    right(set_active(store, "zhang3", False, NOW))


def right(done: object) -> None:
    assert not isinstance(done, list) or done == [], done


def every_visit(services: Services) -> list[Kept[Inspection]]:
    weeks = INSPECTIONS.weeks(services.store)
    return [kept for week in weeks for kept in INSPECTIONS.find(services.store, week=week)]


def positions(services: Services) -> list[object]:
    return [photo.fix and fix_to_json(photo.fix) for kept in every_visit(services) for photo in kept.value.photos]


def retold(services: Services) -> list[Mapping[str, Any]]:
    return [entry for entry in services.audit.entries() if entry["act"] == "retention.thinned"]


def thinned(services: Services) -> set[str]:
    """The inspections of which the log says that they were thinned."""
    return {entry["of"] for entry in retold(services) if entry["after"]["what"] == "visits"}


RULED = {
    "inspections", "evidence", "held_imports", "users", "second_factors", "avoidances", "saved_filters", "units",
    "devices", "sign_in_codes",
}  # fmt: skip
"""Collections that rules change."""
STAY = {
    "settings, rules and registers, which tell of no person but who set them": (
        "forms", "log_salts", "noted_keys", "start_settings", "settings", "account_rules", "areas", "area_changes",
        "sites", "editions", "checklists", "library", "checklist_drafts", "references", "reference_uploads",
        "caption_rules", "plan_registers", "plan_settings", "validation_rules", "case_settings", "case_numbers",
        "plausibility_rules",
    ),
    "published, or what published figures rest on": (
        "publications", "timestamps", "outside_figures", "week_frames", "frame_areas", "complaints", "schemes",
        "scheme_figures", "scheme_publications",
    ),
    "a case and its evidence: who did each step, where it was put right": ("cases", "filed_findings", "redactions"),
    "draws and judgements that must be repeated, by the names of accounts alone": (
        "plans", "validations", "missed_sites", "calibration_rounds", "calibration_judgings",
    ),
    "proofs, by hashes and the names of accounts alone": ("tokens", "device_keys", "removed_originals"),
    "computed from photos, which tell of no person": ("photo_comparisons", "searches", "photo_turns"),
    "hashes with a key, gone in hours": ("sign_in_tries",),
    "when somebody was told or looked": ("reminders", "news_seen"),
    "messages on their way, by the unit and a hash of the address": ("deliveries",),
    "how many bytes came today, by the name of an account alone": ("sent_bytes",),
}  # fmt: skip
"""Why the others stay as they are (docs/operate/retention.md)."""


def test_of_every_collection_it_is_said_what_becomes_of_people_in_it():
    said = [*RULED, *(name for names in STAY.values() for name in names)]
    assert sorted(said) == sorted(collection.name for collection in ALL)
