"""What every collection does: values in and out, documents of earlier versions brought forward."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from inspect_app.collections import ALL
from inspect_app.collections.collection import Collection, TooNew
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.store import Put, Stale
from inspect_app.store.tiny import open_store
from tests.world import headers, new_id


@dataclass(frozen=True)
class Note:
    text: str
    by: str


def _older(document):
    return {"by": "", **document}


NOTES: Collection[Note] = Collection(
    "notes", lambda id, one: Note(one["text"], one["by"]), lambda note: {"text": note.text, "by": note.by},
    version=2, upgrades=(_older,),
)  # fmt: skip


@pytest.fixture
def store(tmp_path):
    store = open_store(tmp_path / "store", [NOTES.layout])
    yield store
    store.close()


def test_a_value_comes_back_as_it_was_kept(store):
    put, kept = NOTES.put_once(store, "1", Note("a", "li"))
    assert (put, kept.value, kept.revision) == (Put.CREATED, Note("a", "li"), 1)
    assert NOTES.get(store, "1") == kept
    changed = NOTES.update(store, kept, Note("b", "li"))
    assert (changed.value, changed.revision) == (Note("b", "li"), 2)
    assert [one.value for one in NOTES.find(store)] == [Note("b", "li")]
    with pytest.raises(Stale):
        NOTES.update(store, kept, Note("c", "li"))


def test_a_document_of_an_earlier_version_is_read_as_one_of_today(store):
    store.put_once("notes", "1", {"text": "a"})
    kept = NOTES.get(store, "1")
    assert kept
    assert kept.value == Note("a", "")
    assert [one.id for one in NOTES.outdated(store)] == ["1"]
    NOTES.update(store, kept, kept.value)
    assert store.get("notes", "1").document == {"text": "a", "by": "", "v": 2}
    assert list(NOTES.outdated(store)) == []


def test_a_document_of_a_later_version_is_refused_and_said_so(store):
    store.put_once("notes", "1", {"text": "a", "by": "", "v": 3})
    with pytest.raises(TooNew, match="升级"):
        NOTES.get(store, "1")


def test_names_of_collections_are_told_apart():
    names = [collection.name for collection in ALL]
    assert len(names) == len(set(names))


def test_an_inspection_is_written_as_it_was_read(world):
    id = new_id()
    answer = (
        world.app()
        .test_client()
        .put(f"/api/v1/inspections/{id}", json=world.submission(), headers=headers(world.tokens["inspector"]))
    )
    assert answer.status_code == 201
    stored = world.services.store.get("inspections", id)
    assert INSPECTIONS.written(INSPECTIONS.kept(stored).value) == {
        "kind": "visit", "taps": {}, "v": 2, **stored.document
    }  # fmt: skip
