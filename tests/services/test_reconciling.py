"""What is kept is compared with the log: whatever is rewritten behind the program's back is found, and where."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspect_app.collections.cases.case import CASES
from inspect_app.collections.index.publication import PUBLICATIONS
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.collections.witness import digest
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.commitments import canonical
from inspect_app.services import open_services
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.audit import Entry, keep, logged
from inspect_app.services.cases.acts import open_case
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.index.publishing import publish
from inspect_app.services.inspecting.presence import settle
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.reconciling import Compared, Difference, compare, witness_unwitnessed
from inspect_app.services.upgrading import upgrade
from inspect_app.settings import settings_from
from inspect_app.store import Stored
from tests.old_folders import copied, environment
from tests.store import behind
from tests.web.evidence.test_desk import visit
from tests.world import NOW, WEEK, World, new_id

LATER = NOW + timedelta(days=1)


@pytest.fixture
def office(tmp_path):
    """Two visits, a decision, a case, a published week."""
    world = World.in_memory(tmp_path)
    ids = [visit(world, 0), visit(world, 1)]
    decided = decide(world.services, "supervisor", ids[0], "jam", "confirmed", "", 1, LATER, scope=EVERYTHING)
    assert not isinstance(decided, list)
    assert not isinstance(open_case(world.services, "supervisor", ids[0], "jam", "堵", LATER, scope=EVERYTHING), list)
    assert publish(world.services, "supervisor", WEEK, "", LATER) == 1
    return world, ids[0]


def rewritten(store, collection, id, **fields) -> None:
    """Fields of a document as somebody leaves them who writes the files: at the same revision, without an act."""
    kept = store.get(collection.name, id)
    behind.put(store, collection.name, Stored(id, kept.revision, {**kept.document, **fields}))


def test_what_is_as_it_was_kept_is_said_to_be(office, tmp_path):
    world, _ = office
    found = compare(world.services)
    assert isinstance(found, Compared)
    assert (found.files, found.weeks) == (6, 1)
    # What a world begins with (sites, areas, accounts, units, tokens) was kept before there was a log.
    began = compare(World.in_memory(tmp_path / "new").services)
    assert isinstance(began, Compared)
    assert began.documents > len(world.checklists) + len(world.tokens)
    # The last: the frame that the published week rests on.
    assert found.documents == 2 + 1 + 1 + 1 + 1 + 1 + began.documents
    assert found.unwitnessed == began.documents


def test_a_decision_on_presence_is_an_act_like_any_other(office):
    world, _ = office
    raw = world.submission("community")
    del raw["presence"]
    inspector = find_user(world.services.store, "inspector")
    kept = submit(world.services, inspector, new_id(), raw, LATER).kept
    done = settle(
        world.services, "supervisor", kept.id, "accepted", "同行可以证明", kept.revision, LATER, scope=EVERYTHING
    )
    assert not isinstance(done, list)
    assert isinstance(compare(world.services), Compared)
    rewritten(world.services.store, INSPECTIONS, kept.id, counting="shown")
    found = compare(world.services)
    assert isinstance(found, Difference)
    assert (found.of, found.id) == ("inspections", kept.id)


@pytest.mark.parametrize(
    ("collection", "field", "value"),
    [
        (INSPECTIONS, "rate", 100.0),
        (INSPECTIONS, "counting", "left_out"),
        (INSPECTIONS, "presence", {}),
        (INSPECTIONS, "inspector", "inspector2"),
        (INSPECTIONS, "answers", {}),
        (INSPECTIONS, "items", []),
        (INSPECTIONS, "started_at", "2026-11-23T02:31:00.000Z"),
        (INSPECTIONS, "reviews", {}),
        (INSPECTIONS, "history", []),
        (CASES, "state", "closed"),
        (CASES, "title", "别的"),
        (PUBLICATIONS, "revisions", []),
    ],
)
def test_a_field_that_was_rewritten_is_named(office, collection, field, value):
    world, inspection = office
    id = {INSPECTIONS: inspection, PUBLICATIONS: WEEK}.get(collection) or CASES.find(world.services.store)[0].id
    rewritten(world.services.store, collection, id, **{field: value})
    found = compare(world.services)
    assert isinstance(found, Difference), found
    assert (found.of, found.id) == (collection.name, id)
    expected = {"reviews": "decision/jam", "revisions": "revision 1"}
    assert found.field == expected.get(field, field)


def test_a_change_that_is_whole_but_no_act_is_found(office):
    world, id = office
    kept = INSPECTIONS.get(world.services.store, id)
    INSPECTIONS.update(world.services.store, kept, replace(kept.value, taps={"jam": 1}))
    found = compare(world.services)
    assert isinstance(found, Difference)
    assert (found.id, found.field) == (id, "taps")


def test_an_act_on_what_was_rewritten_does_not_make_it_right(office):
    world, id = office
    rewritten(world.services.store, INSPECTIONS, id, answers={})
    decided = decide(world.services, "supervisor", id, "markings", "confirmed", "", 2, LATER, scope=EVERYTHING)
    assert not isinstance(decided, list)
    found = compare(world.services)
    assert isinstance(found, Difference)
    assert found.id == id
    assert "被改写" in found.reason


def test_what_was_taken_away_and_what_was_put_in_is_found(office):
    world, id = office
    store = world.services.store
    kept = INSPECTIONS.get(store, id)
    invented = new_id()
    INSPECTIONS.put_once(store, invented, replace(kept.value, received_at=LATER))
    found = compare(world.services)
    assert isinstance(found, Difference)
    assert (found.id, "日志中没有" in found.reason) == (invented, True)
    behind.remove(store, INSPECTIONS.name, *(one.id for one in store.find(INSPECTIONS.name)))
    found = compare(world.services)
    assert isinstance(found, Difference)
    assert (found.of, "已被删去" in found.reason) == (INSPECTIONS.name, True)


@pytest.mark.parametrize("change", [lambda content: content + b"x", lambda content: b"", None])
def test_bytes_of_an_original_that_are_others_or_gone_are_found(office, change):
    world, id = office
    sha256 = INSPECTIONS.get(world.services.store, id).value.photos[0].sha256
    path = world.settings.photos / "originals" / sha256[:2] / sha256
    path.write_bytes(change(path.read_bytes())) if change else path.unlink()
    found = compare(world.services)
    assert isinstance(found, Difference)
    assert (found.of, found.id) == ("photos/originals", sha256)
    assert isinstance(compare(world.services, files=False), Compared)


def test_a_published_week_that_was_rewritten_is_found(office):
    world, _ = office
    for path in (world.data / "published" / "originals").rglob("*"):
        if path.is_file():
            whole = path.read_bytes()
            path.write_bytes(whole + b" ")
            found = compare(world.services)
            assert isinstance(found, Difference), path
            assert (found.of, found.id) == ("published", WEEK)
            path.write_bytes(whole)
    assert isinstance(compare(world.services), Compared)


def test_an_act_that_was_void_tells_nothing(office):
    world, id = office
    with (
        pytest.raises(ZeroDivisionError),
        logged(world.services, "supervisor", "finding.rejected", f"{id}/jam", LATER, after={"decision": "", "rate": 1}),
    ):
        raise ZeroDivisionError
    assert isinstance(compare(world.services), Compared)


def test_what_older_programs_kept_is_compared_by_what_the_log_says_and_wholly_once_it_is_noted(tmp_path):
    services = open_services(settings_from(environment(copied(tmp_path))))
    found = compare(services)
    assert isinstance(found, Compared)
    assert found.unwitnessed == found.documents > 100
    upgrade(services.store, tmp_path / "before", LATER)
    after = compare(services)
    assert isinstance(after, Compared)
    assert 0 < after.unwitnessed < found.unwitnessed
    assert witness_unwitnessed(services, "admin", LATER) == after.unwitnessed
    assert compare(services, files=False) == replace(after, unwitnessed=0, files=0)
    kept = INSPECTIONS.find(services.store, week="2026-W45")[0]
    INSPECTIONS.update(services.store, kept, replace(kept.value, taps={"x": 1}))
    difference = compare(services, files=False)
    assert isinstance(difference, Difference)
    assert (difference.id, difference.field) == (kept.id, "taps")
    assert witness_unwitnessed(services, "admin", LATER) == difference


def test_what_older_programs_kept_and_somebody_rewrote_is_found(tmp_path):
    services = open_services(settings_from(environment(copied(tmp_path))))
    kept = INSPECTIONS.find(services.store, week="2026-W45")[0]
    INSPECTIONS.update(services.store, kept, replace(kept.value, inspector="somebody"))
    found = compare(services, files=False)
    assert isinstance(found, Difference)
    assert (found.id, found.field) == (kept.id, "inspector")


def test_who_compares_while_others_act_is_not_misled(office, monkeypatch):
    world, id = office
    store, find, raced = world.services.store, type(world.services.store).find, []

    def racing(self, collection, **fields):
        if collection == INSPECTIONS.name and not raced:
            kept = INSPECTIONS.get(store, id)
            raced.append(id)
            entry = Entry("finding.confirmed", f"{id}/jam", after={"decision": "confirmed", "rate": kept.value.rate})
            keep(store, "supervisor", LATER, [entry], [INSPECTIONS.writing(id, kept.value, kept.revision)])
        return find(self, collection, **fields)

    monkeypatch.setattr(type(store), "find", racing)
    assert isinstance(compare(world.services), Compared)
    assert raced


@given(
    st.dictionaries(
        st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=12)
    )
)
def test_the_digest_of_a_document_is_that_of_its_canonical_json(document):
    assert digest(document) == hashlib.sha256(canonical(document)).hexdigest()
