"""Photos and recordings whose time is over go by the rule, and nothing else does: over a real folder, on real pages."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from inspect_app.collections.cases.case import CASES
from inspect_app.collections.evidence.redaction import REDACTIONS, redaction_id
from inspect_app.collections.evidence.removed import REMOVED
from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.cases.case import OPEN_STATES
from inspect_app.domain.cases.retention import Stays
from inspect_app.domain.evidence.redaction import Redaction
from inspect_app.photos.damage import OriginalRemoved
from inspect_app.photos.removed import SENTENCE
from inspect_app.services import Services, open_services
from inspect_app.services.audit import verify
from inspect_app.services.cases import retaining
from inspect_app.services.checking import check
from inspect_app.services.repairing import repair_installation
from inspect_app.settings import SettingsError, settings_from
from inspect_app.store import Head
from tests.old_folders import application_over, copied, environment, given
from tests.world import headers

DAYS = 365
LATER = datetime.now(UTC) + timedelta(days=800)
PICTURE = {"Accept": "image/avif,image/webp,image/svg+xml,image/*,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path)


@pytest.fixture
def services(folder: Path) -> Services:
    return opened(folder)


def opened(folder: Path) -> Services:
    return open_services(settings_from({**environment(folder), "INSPECT_RETENTION_DAYS": str(DAYS)}))


def originals(folder: Path) -> dict[str, bytes]:
    found = [
        *(folder / "data" / "photos" / "originals").glob("*/*"),
        *(folder / "data" / "audio").glob("originals/*/*"),
    ]
    return {path.name: path.read_bytes() for path in found}


def pictures(folder: Path, sha256: str) -> list[str]:
    return [path.name for path in (folder / "data" / "photos").rglob(f"{sha256}*")]


def due(plan: retaining.Expiry) -> set[str]:
    return {sha256 for one in plan.due for sha256 in one.files}


def test_what_is_due_goes_with_a_word_in_the_log_and_is_no_damage(folder, services):
    before = originals(folder)
    planned = retaining.plan(services, LATER)
    gone = due(planned)
    assert {kind for _, kind in planned.counts()} == {"photos", "audio"}
    assert originals(folder) == before
    done = retaining.run(services, LATER)
    assert done.counts() == planned.counts()
    assert originals(folder) == {name: content for name, content in before.items() if name not in gone}
    assert [name for sha256 in gone for name in pictures(folder, sha256)] == []
    told = [entry for entry in services.audit.entries() if entry["act"] == "retention.removed"]
    assert sum(entry["after"].get("photos", 0) + entry["after"].get("audio", 0) for entry in told) == len(gone)
    assert {entry["after"]["rule"] for entry in told} == {f"照片和录音保存{DAYS}天"}
    assert {kept.id for kept in REMOVED.find(services.store)} == gone
    assert isinstance(verify(services), Head)
    assert check(services) == check(opened(folder)) == []
    again = retaining.run(opened(folder), LATER)
    assert (again.due, again.left) == ((), ())


def test_nothing_goes_that_somebody_still_needs(services):
    gone = due(retaining.plan(services, LATER))
    weeks = INSPECTIONS.weeks(services.store)
    for kept in (one for week in weeks for one in INSPECTIONS.find(services.store, week=week)):
        names = {one.sha256 for one in (*kept.value.photos, *kept.value.recordings)}
        cases = [case for case in CASES.find(services.store) if case.value.inspection == kept.id]
        needed = not PUBLICATIONS.get(services.store, kept.value.week)
        needed |= any(finding.decision is None for finding in kept.value.findings)
        needed |= any(case.value.state in OPEN_STATES for case in cases)
        assert not (needed and names & gone), kept.id
    assert {Stays.UNPUBLISHED, Stays.UNREVIEWED, Stays.CASE} <= retaining.plan(services, LATER).stay.keys()


def test_a_public_photo_and_one_that_another_document_names_stay(services):
    (one, two, *_) = [(due.inspection, sha256) for due in retaining.plan(services, LATER).due for sha256 in due.files]
    shown = Redaction(one[0].id, one[1], one[0].value.week, (), public="0" * 32, by="supervisor", at=LATER)
    REDACTIONS.keep(services.store, redaction_id(*(one[0].id, one[1])), shown)
    services.store.put_once("saved_filters", "somebody", {"text": f"/photos/{two[1]}.jpg"})
    found = retaining.plan(services, LATER)
    assert not {one[1], two[1]} & due(found)
    assert (found.stay[Stays.PUBLIC], found.stay[Stays.NAMED]) == (1, 1)


def test_a_week_that_is_younger_than_the_rule_stays(services):
    assert retaining.plan(services, datetime(2026, 11, 30, tzinfo=UTC) + timedelta(days=DAYS - 60)).due == ()


def test_without_the_setting_nothing_is_due(folder):
    services = open_services(settings_from(environment(folder)))
    assert retaining.run(services, LATER) == retaining.Expiry()


@pytest.mark.parametrize("text", ["30", "179", "-1", "ein", "1e3"])
def test_too_short_a_time_is_refused(folder, text):
    with pytest.raises(SettingsError, match="不少于 180"):
        settings_from({**environment(folder), "INSPECT_RETENTION_DAYS": text})


def test_what_a_killed_run_left_and_a_restored_backup_brought_goes_at_the_next_run(folder, services, monkeypatch):
    gone = due(retaining.plan(services, LATER))

    def killed(*of: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(retaining, "_remove", killed)
    with pytest.raises(KeyboardInterrupt):
        retaining.run(services, LATER)
    monkeypatch.undo()
    assert check(services) == []
    assert len(retaining.plan(services, LATER).left) >= 1
    retaining.run(services, LATER)
    assert not gone & originals(folder).keys()
    told = [entry for entry in services.audit.entries() if entry["act"] == "retention.removed"]
    assert sum(entry["after"].get("photos", 0) + entry["after"].get("audio", 0) for entry in told) == len(gone)


def test_a_repair_from_an_earlier_copy_brings_nothing_back(folder, services, tmp_path):
    shutil.copytree(folder / "data", tmp_path / "earlier")
    gone = due(retaining.plan(services, LATER))
    retaining.run(services, LATER)
    kept = originals(folder)
    services.store.close()
    lost = next(name for name in kept if (folder / "data" / "photos" / "originals" / name[:2] / name).exists())
    (folder / "data" / "photos" / "originals" / lost[:2] / lost).unlink()
    done = repair_installation(services.settings, LATER, source=tmp_path / "earlier")
    assert (done.originals, originals(folder)) == (1, kept)
    assert not gone & originals(folder).keys()


def test_what_was_removed_and_is_sent_again_for_another_visit_is_evidence_of_that(folder, services):
    visit = next(one.inspection for one in retaining.plan(services, LATER).due if one.inspection.value.photos)
    was = {path: content for path, content in originals(folder).items() if path == visit.value.photos[0].sha256}
    ((sha256, content),) = was.items()
    retaining.run(services, LATER)
    assert sha256 not in originals(folder)
    assert services.photos.keep(sha256, content)
    again = replace(visit.value, week="2028-W50")
    INSPECTIONS.put_once(services.store, "11111111-2222-4333-8444-555555555555", again, same_by="week")
    done = retaining.run(opened(folder), LATER + timedelta(days=3))
    assert (sha256 in originals(folder), done.left) == (True, ())
    assert check(services) == []
    (folder / "data" / "photos" / "originals" / sha256[:2] / sha256).write_bytes(content[:-1])
    assert any(sha256 in said for said in check(services))


def test_what_somebody_worked_with_meanwhile_stays(folder, services, monkeypatch):
    (first, *rest) = retaining.plan(services, LATER).due
    planned = retaining.plan(services, LATER)
    monkeypatch.setattr(retaining, "plan", lambda *of: planned)
    INSPECTIONS.update(services.store, first.inspection, replace(first.inspection.value, taps={"seen": 1}))
    assert [one.inspection.id for one in retaining.run(services, LATER).due] == [one.inspection.id for one in rest]
    assert first.files.keys() <= originals(folder).keys()


def test_pages_say_that_it_was_removed_and_figures_stay_bit_for_bit(folder, services):
    one = next(one for one in retaining.plan(services, LATER).due if one.inspection.value.photos)
    sha256 = next(name for name, (kind, _) in one.files.items() if kind == "photos")
    week = one.inspection.value.week
    figures = [f"/index/{week}/1/{name}" for name in ("index.json", "areas.csv", "index.xlsx")]
    app = application_over(folder, INSPECT_RETENTION_DAYS=str(DAYS))
    office = app.test_client()
    office.environ_base["HTTP_AUTHORIZATION"] = headers(given()["tokens"]["supervisor"])["Authorization"]
    before = [office.get(address) for address in figures]
    assert {answer.status_code for answer in before} == {200}
    retaining.run(app.extensions["inspect"], LATER)
    assert [(answer.status_code, answer.data) for answer in before] == [
        (answer.status_code, answer.data) for answer in map(office.get, figures)
    ]
    for picture in ("original", "review", "thumbnail"):
        address = f"/inspections/{one.inspection.id}/photos/{sha256}/{picture}"
        answer = office.get(address)
        assert (answer.status_code, SENTENCE in answer.text) == (410, True), picture
        drawn = office.get(address, headers=PICTURE)
        assert (drawn.status_code, drawn.mimetype) == (410, "image/svg+xml")
        assert SENTENCE in drawn.text
        assert "no-store" in drawn.headers["Cache-Control"]
    assert office.get(f"/inspections/{one.inspection.id}").status_code == 200
    with pytest.raises(OriginalRemoved):
        app.extensions["inspect"].photos.whole(sha256)


def test_the_commands_tell_and_do(folder, services):
    off = application_over(folder).test_cli_runner().invoke(args=["retention", "plan"])
    assert "没有设置保存期限" in off.output
    runner = application_over(folder, INSPECT_RETENTION_DAYS=str(DAYS)).test_cli_runner()
    held = originals(folder)
    for command in ("plan", "run"):
        done = runner.invoke(args=["retention", command])
        assert (done.exit_code, f"保存期限 {DAYS} 天" in done.output) == (0, True), done.output
    assert originals(folder) == held  # nothing is a year old yet
