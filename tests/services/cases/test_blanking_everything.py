"""Of every collection it is said how a name that somebody wrote into it is blanked, or why it can have none."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from inspect_app.collections import ALL, Collection
from inspect_app.collections.accounts.unit import UNITS, UnitOnRecord
from inspect_app.collections.checklists.edition import EDITIONS, edition_id
from inspect_app.collections.checklists.references import REFERENCE_SETS, references_id
from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.collections.index.scheme import SCHEME_PUBLICATIONS, SCHEMES, of_period
from inspect_app.collections.index.week_frame import WEEK_FRAMES
from inspect_app.collections.place.area import AREA_CHANGES, change_id
from inspect_app.collections.quality.calibration import CALIBRATION_ROUNDS
from inspect_app.domain.accounts.unit import Reach, Unit
from inspect_app.domain.checklists.editions import Edition
from inspect_app.domain.checklists.references import Reference, ReferenceSet
from inspect_app.domain.index.frame import Frame
from inspect_app.domain.index.publication import Publication, Revision
from inspect_app.domain.index.schemes.kept import SchemeEdition, SchemeRevision
from inspect_app.domain.index.weights import Weights
from inspect_app.domain.place.area_history import AreaChange
from inspect_app.domain.quality.calibration import Question, Round
from inspect_app.services.audit import Entry, entries_of, keep
from inspect_app.services.cases.blanking import blank, written_about
from tests.world import NOW, WEEK, World

NAME = "王大明"
TOLD = f"{NAME}来电"
SHA = "a" * 64
AT = datetime(2026, 11, 23, tzinfo=UTC)

WRITTEN: dict[Collection[Any], tuple[str, Any, str, str, dict[str, object]]] = {
    EDITIONS: (
        edition_id("toilet", 1), Edition("toilet", 1, "x", "li", AT, TOLD, ""), "edition:toilet", "library/toilet",
        {"reason": TOLD},
    ),
    REFERENCE_SETS: (
        references_id("toilet", 1),
        ReferenceSet("toilet", 1, "v", (Reference("open", "A", TOLD, SHA, "id", SHA),), "li", AT),
        "references:toilet", "references/toilet", {"references": [{"caption": TOLD}]},
    ),
    WEEK_FRAMES: (
        WEEK, (Frame(AT, "li", "anew", SHA, SHA, Weights(), 5, 0.8, {}, reason=TOLD),), f"frame:{WEEK}",
        f"{WEEK}/frame", {"reason": TOLD},
    ),
    PUBLICATIONS: (
        WEEK, Publication((Revision(WEEK, 1, AT, "li", TOLD, SHA),)), f"published:{WEEK}", WEEK, {"reason": TOLD},
    ),
    SCHEMES: ("luohu", (SchemeEdition("x", "li", AT, TOLD),), "scheme:luohu", "scheme/luohu", {"why": TOLD}),
    SCHEME_PUBLICATIONS: (
        of_period("luohu", WEEK), (SchemeRevision(AT, "li", TOLD, 1, SHA),), "scheme:luohu", f"scheme/luohu@{WEEK}",
        {"reason": TOLD},
    ),
    AREA_CHANGES: (
        change_id(1), AreaChange(1, WEEK, (), {}, TOLD, "li", "2026-11-23T00:00:00Z"), "areas:1",
        f"areas/{change_id(1)}", {"reason": TOLD},
    ),
    CALIBRATION_ROUNDS: (
        "round", Round(TOLD, (Question("toilet", "open", "有无", {"A": "好"}),), "li", AT), "round:round",
        "calibration/round", {"title": TOLD},
    ),
    UNITS: (
        "u1", UnitOnRecord(Unit("u1", "城管局", ("城管",), ()), Reach(), True), "unit:u1", "units/u1",
        {"name": TOLD, "names": [TOLD]},
    ),
}  # fmt: skip
"""By collection the id of a document, the document, under which name it is blanked, and what the log tells of what."""
ELSEWHERE = {
    "inspections": "test_blanking_names", "cases": "test_blanking_names", "held_imports": "test_blanking_elsewhere",
    "plans": "test_blanking_elsewhere", "sites": "test_blanking_elsewhere: the register's name is changed there",
}  # fmt: skip
NOTHING = {
    "rules and states that programs go by": (
        "forms", "log_salts", "noted_keys", "start_settings", "settings", "sign_in_tries", "sent_bytes",
        "account_rules", "tokens", "device_keys", "sign_in_codes", "news_seen", "plan_settings", "avoidances",
        "validation_rules", "case_settings", "plausibility_rules", "filed_findings", "case_numbers", "reminders",
        "missed_sites", "validations", "calibration_judgings", "reference_uploads", "redactions", "evidence",
        "timestamps", "caption_rules", "photo_turns", "photo_comparisons", "searches", "removed_originals",
        "deliveries",
    ),
    "figures": ("outside_figures", "complaints", "scheme_figures"),
    "registers: names are changed there, and what is frozen of them names no person": (
        "areas", "plan_registers", "frame_areas",
    ),
    "the office's rules, to whose text versions and hashes hold; another edition replaces them": (
        "checklists", "library", "checklist_drafts",
    ),
    "an account's own, who changes or deletes it": ("users", "devices", "second_factors", "saved_filters"),
}  # fmt: skip


def test_of_every_collection_it_is_said_how_a_name_in_it_is_blanked_or_why_there_is_none():
    said = [*(one.name for one in WRITTEN), *ELSEWHERE, *(name for names in NOTHING.values() for name in names)]
    assert sorted(said) == sorted(one.name for one in ALL)


@pytest.mark.parametrize("collection", WRITTEN, ids=lambda one: one.name)
def test_a_name_that_somebody_wrote_is_blanked_in_the_document_and_in_the_log(tmp_path, collection):
    world = World.in_memory(tmp_path / "data")
    id, value, named, told_of, told = WRITTEN[collection]
    writes = [collection.writing(id, value)]
    if collection is SCHEME_PUBLICATIONS:
        scheme, editions, *_ = WRITTEN[SCHEMES]
        writes.append(SCHEMES.writing(scheme, editions))
    keep(world.services.store, "li", NOW, [Entry("library.changed", told_of, after=told)], writes)
    assert TOLD in (about := written_about(world.services, named)).texts or about.registered
    assert isinstance(blank(world.services, "administrator", named, NAME, "误写了个人信息", NOW), int)
    document = json.dumps(dict(world.services.store.get(collection.name, id).document), ensure_ascii=False)
    log = json.dumps(entries_of(world.services, told_of), ensure_ascii=False)
    assert NAME not in document + log
    assert [one.by for one in written_about(world.services, named).blanked][:1] == ["administrator"]
