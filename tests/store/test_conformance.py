"""What every store does, whatever it keeps its documents in. A new kind of store is one more line in ``KINDS``."""

from __future__ import annotations

import copy
import json
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from inspect_app.store import Given, Head, Layout, Put, Stale, Store, Stored, Write, remembered
from inspect_app.store.memory import MemoryStore
from inspect_app.store.postgres import open_database
from tests.store.databases import empty_database
from tests.store.folders import LAYOUTS, document, opened, transfer


def opened_database(folder: Path) -> Store:
    """The store of a database that goes by the name of a folder."""
    if folder not in _DATABASES:
        _DATABASES[folder] = empty_database()
    return open_database(_DATABASES[folder], LAYOUTS)


_DATABASES: dict[Path, str] = {}
KINDS: dict[str, Callable[[Path], Store]] = {
    "memory": lambda _: MemoryStore(LAYOUTS),
    "files": opened,
    "postgres": opened_database,
}
WEEKS = ["2026-W46", "2026-W47", "2026-W48"]
FIELDS = ("week", "area", "site", "state")


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = KINDS[request.param](tmp_path / "store")
    yield made
    made.close()


def ids(found: list[Stored]) -> list[str]:
    return [stored.id for stored in found]


def acts(store: Store) -> list[str]:
    return [entry["act"] for entry in store.log.entries()]


# One document


def test_the_state_of_a_week_is_another_after_each_change_to_it_and_to_it_alone(store):
    states = [store.state("inspections", "2026-W48")]

    def changed() -> bool:
        states.append(store.state("inspections", "2026-W48"))
        return states[-1] not in states[:-1]

    store.put_once("inspections", "a", document())
    assert changed()
    store.update("inspections", "a", document(1), expected_revision=1)
    assert changed()
    store.act([Write("inspections", "b", document(), 0), Write("users", "u", {"state": "active"}, 0)], [{"act": "x"}])
    assert changed()
    store.put_once("inspections", "a", document(2))
    store.put_once("inspections", "c", document(week="2026-W40"))
    store.find("inspections", week="2026-W48")
    assert not changed()
    for collection, week in (("users", "2026-W48"), ("inspections", "../users"), ("no_such", "2026-W48")):
        with pytest.raises(ValueError, match="collection"):
            store.state(collection, week)


def test_putting_twice_is_the_same_and_other_content_is_a_conflict(store):
    assert store.put_once("inspections", "a", document())[0] is Put.CREATED
    assert store.put_once("inspections", "a", document())[0] is Put.SAME
    put, kept = store.put_once("inspections", "a", document(1))
    assert (put, kept.document["n"], kept.revision) == (Put.CONFLICT, 0, 1)
    assert store.put_once("inspections", "a", document(1, site="s1"), same_by="site")[0] is Put.SAME


def test_the_same_id_in_another_week_is_a_conflict_and_is_found_where_it_is(store):
    store.put_once("inspections", "a", document())
    assert store.put_once("inspections", "a", document(week="2026-W40"))[0] is Put.CONFLICT
    assert store.get("inspections", "a").document["week"] == "2026-W48"
    assert store.find("inspections", week="2026-W40") == []


def test_the_same_id_in_another_collection_is_another_document(store):
    store.put_once("users", "a", {"n": 1})
    assert store.put_once("sites", "a", {"n": 2})[0] is Put.CREATED
    assert store.get("users", "a").document == {"n": 1}
    assert store.get("counters", "a") is None


def test_an_update_needs_the_revision_that_is_kept(store):
    store.put_once("users", "u", {"state": "active"})
    assert store.update("users", "u", {"state": "blocked"}, expected_revision=1).revision == 2
    for id, revision in (("u", 1), ("u", 3), ("nobody", 1)):
        with pytest.raises(Stale):
            store.update("users", id, {"state": "x"}, expected_revision=revision)
    with pytest.raises(Stale):
        store.update("inspections", "nobody", document(), expected_revision=1)
    assert store.get("users", "u").document == {"state": "blocked"}


def test_a_document_never_moves_to_another_week(store):
    store.put_once("inspections", "a", document())
    moved = document(week="2026-W47")
    with pytest.raises(ValueError, match="week"):
        store.update("inspections", "a", moved, expected_revision=1)
    with pytest.raises(ValueError, match="week"):
        store.act([Write("inspections", "a", moved, 1), Write("users", "u", {}, 0)], [{"act": "x"}])
    assert (store.weeks("inspections"), store.get("users", "u"), acts(store)) == (["2026-W48"], None, [])


def test_of_many_updates_on_one_revision_one_wins(store):
    store.put_once("users", "u", {"n": 0})
    barrier = threading.Barrier(8)

    def update(n: int) -> bool:
        barrier.wait()
        try:
            store.update("users", "u", {"n": n}, expected_revision=1)
        except Stale:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(update, range(1, 9))) == 1
    assert store.get("users", "u").revision == 2


def test_what_a_caller_does_with_a_document_after_handing_it_in_changes_nothing(store):
    given = {"state": "active", "roles": ["inspector"]}
    store.put_once("users", "u", given)
    given["roles"].append("spoilt")
    store.update("users", "u", given, expected_revision=1)
    given["state"] = "spoilt"
    given["roles"].append("spoilt")
    assert store.get("users", "u").document == {"state": "active", "roles": ["inspector", "spoilt"]}


def test_a_revision_is_one_object_and_its_value_is_read_once(store):
    read: list[int] = []

    def value(stored: Stored) -> tuple[int, str]:
        read.append(stored.revision)
        return stored.revision, stored.document["state"]

    _, created = store.put_once("users", "u", {"state": "active"})
    asked = [store.get("users", "u"), *store.find("users"), *store.find("users", state="active")]
    asked += [*store.page("users", limit=1).stored, store.put_once("users", "u", {"state": "active"})[1]]
    assert all(one is created for one in asked)
    assert remembered(created, value) == remembered(asked[1], value) == (1, "active")
    changed = store.update("users", "u", {"state": "blocked"}, expected_revision=1)
    assert remembered(store.get("users", "u"), value) == (2, "blocked")
    assert store.find("users")[0] is changed
    assert remembered(created, value) == (1, "active")
    assert read == [1, 2]


def test_what_json_cannot_hold_is_refused_and_changes_nothing(store):
    for bad in (object(), float("nan"), {1, 2}, b"bytes", "\ud800"):
        with pytest.raises((TypeError, ValueError)):
            store.put_once("users", "u", {"bad": bad})
        with pytest.raises((TypeError, ValueError)):
            store.act([Write("users", "v", {}, 0), Write("sites", "s", {"bad": bad}, 0)], [{"act": "x"}])
    assert (store.find("users"), store.find("sites"), acts(store)) == ([], [], [])


def test_lists_come_back_as_json_has_them(store):
    _, kept = store.put_once("users", "u", {"state": "active", "names": ("a", "b")})
    assert kept.document == store.get("users", "u").document == {"state": "active", "names": ["a", "b"]}


STRANGE = {
    "numbers": [0.1, 1e16, 1e300, -0.0, 5e-324, 2**70, -(2**63), 1.0, 100, 1e2],
    "texts": ["\0", "a\0b", "\x01", "\u2028", "𠀀", "\ufffe", "", "x" * 9000],
    "z": {"b": 1, "a": {}, "": None, "aa": [True, False, []]},
    "a": "the fields are in the order in which they were written",
}


def test_documents_come_back_to_the_letter(store):
    """Receipts, hashes and signatures are over the text of what is kept: numbers, and the order of fields, are too."""
    store.put_once("users", "u", STRANGE)
    store.act([Write("inspections", "a", {**document(), **STRANGE}, 0)], [{"act": "x", "of": "u", "after": STRANGE}])
    found = [store.get("users", "u"), *store.find("users"), *store.page("users", limit=1).stored]
    assert {json.dumps(one.document) for one in found} == {json.dumps(STRANGE)}
    assert json.dumps(store.get("inspections", "a").document) == json.dumps({**document(), **STRANGE})
    (entry,) = store.log.about("u")
    assert json.dumps(entry["after"], sort_keys=True) == json.dumps(STRANGE, sort_keys=True)
    assert store.log.verify() == store.log.head()


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "\x01", "\x010;", "'; DROP TABLE users; --", '"', "{a,b}", "\\", "𠀀" * 3000]
)
def test_any_text_can_be_looked_for(store, text):
    """Of each one by itself: what a store writes it down as is nobody else's text."""
    other = text + "\0" if text != "\0" else "\x010;"
    for n, one in enumerate((text, other)):
        store.put_once("users", f"{one[:99]}{n}", {"state": one, "units": ["x", one]})
        store.log.append({"act": str(n), "of": one})
    for n, one in enumerate((text, other)):
        assert ids(store.find("users", state=one, units=one)) == [f"{one[:99]}{n}"]
        assert store.get("users", f"{one[:99]}{n}").document["state"] == one
        assert ids(store.page("users", limit=1, state=one).stored) == [f"{one[:99]}{n}"]
        assert [entry["act"] for entry in store.log.about(one)] == [str(n)]
    assert ids(store.find("users", units="x")) == [f"{text[:99]}0", f"{other[:99]}1"]


# What is refused


@pytest.mark.parametrize("collection", ["../etc", "", "A", "a/b", ".", "_acts", "unknown"])
def test_collections_that_the_store_was_not_opened_with_are_refused(store, collection):
    for ask in (
        lambda: store.put_once(collection, "x", {}),
        lambda: store.get(collection, "x"),
        lambda: store.update(collection, "x", {}, expected_revision=1),
        lambda: store.act([Write(collection, "x", {}, 0)]),
        lambda: store.find(collection),
        lambda: store.page(collection, limit=1),
        lambda: store.weeks(collection),
    ):
        with pytest.raises(ValueError, match="collection"):
            ask()


@pytest.mark.parametrize("name", ["../etc", "", "A", "a/b", ".", "_acts", "中文", "x" * 65])
def test_names_that_could_leave_the_folder_are_no_layouts(name):
    with pytest.raises(ValueError, match="collection"):
        Layout(name)


@pytest.mark.parametrize("kind", KINDS)
def test_two_layouts_of_one_name_are_refused(kind, tmp_path, monkeypatch):
    monkeypatch.setattr("tests.store.folders.LAYOUTS", (*LAYOUTS, Layout("users")))
    monkeypatch.setattr("tests.store.test_conformance.LAYOUTS", (*LAYOUTS, Layout("users")))
    with pytest.raises(ValueError, match="users"):
        KINDS[kind](tmp_path)


def test_fields_that_a_collection_is_not_found_by_are_refused(store):
    for fields in ({"state": "x"}, {"week": "2026-W48"}, {"n": "1"}):
        with pytest.raises(ValueError, match="sites is not found by"):
            store.find("sites", **fields)
        with pytest.raises(ValueError, match="sites is not found by"):
            store.page("sites", limit=1, **fields)
    assert store.find("inspections", week="2026-W48", state=None) == []


@pytest.mark.parametrize("week", ["../../x", "2026-48", "", "all", "ids", None, 5])
def test_weeks_that_are_none_are_refused(store, week):
    with pytest.raises(ValueError, match="week"):
        store.put_once("inspections", "x", {**document(), "week": week})
    with pytest.raises(ValueError, match="week"):
        store.act([Write("inspections", "x", {**document(), "week": week}, 0)])
    assert store.weeks("inspections") == []


@pytest.mark.parametrize("id", ["../x", "a/b", "中文", "\n", "x" * 200, "{}", "1"])
def test_any_short_text_can_be_an_id(store, id):
    store.put_once("users", id, {"n": 1})
    store.act([Write("inspections", id, document(), 0), Write("sites", id, {}, 0)])
    assert store.get("users", id).document == {"n": 1}
    assert store.get("inspections", id).document == document()
    assert ids(store.page("inspections", limit=1).stored) == [id]


def test_ids_that_are_empty_or_endless_are_refused(store):
    for id in ("", "x" * 201):
        with pytest.raises(ValueError, match="id"):
            store.put_once("users", id, {})
        with pytest.raises(ValueError, match="id"):
            store.act([Write("users", id, {}, 0)])


# Finding


def test_finding_goes_by_week_area_site_and_state(store):
    for n, (week, area, state) in enumerate(
        [("2026-W47", "a1", "open"), ("2026-W48", "a1", "open"), ("2026-W48", "a2", "done")]
    ):
        store.put_once("inspections", f"d{n}", document(n, week, area=area, state=state, site=f"s{n}"))

    def found(**wanted: Any) -> list[int]:
        return sorted(stored.document["n"] for stored in store.find("inspections", **wanted))

    assert found() == [0, 1, 2]
    assert found(week="2026-W48") == [1, 2]
    assert found(area="a1") == [0, 1]
    assert found(area=["a1", "a2"], week="2026-W48") == [1, 2]
    assert found(week=["2026-W47", "2026-W40"]) == [0]
    assert found(site="s2", state="done") == [2]
    assert found(state="lost") == found(week="2020-W01") == found(area=[]) == found(week=[]) == []
    assert store.weeks("inspections") == ["2026-W47", "2026-W48"]
    assert store.weeks("users") == []


def test_a_list_is_found_by_each_text_in_it(store):
    for id, units in (("a", ["u1", "u2"]), ("b", ["u2"]), ("c", []), ("d", None), ("e", "u2"), ("f", [1, ["u2"]])):
        store.put_once("users", id, {"units": units})
    assert ids(store.find("users", units="u2")) == ["a", "b", "e"]
    assert ids(store.find("users", units=["u1", "u2"])) == ["a", "b", "e"]
    assert ids(store.find("users", units="u1")) == ["a"]
    store.update("users", "a", {"units": ["u3"]}, expected_revision=1)
    assert ids(store.find("users", units="u2")) == ["b", "e"]
    assert ids(store.find("users", units="u3")) == ["a"]


def test_documents_are_found_in_the_order_first_kept_week_by_week(store):
    for id, week in (("c", WEEKS[2]), ("a", WEEKS[0]), ("b", WEEKS[2]), ("d", WEEKS[0])):
        store.put_once("inspections", id, document(0, week))
    store.update("inspections", "a", document(1, WEEKS[0], state="done"), expected_revision=1)
    store.update("inspections", "a", document(2, WEEKS[0]), expected_revision=2)
    for _ in range(2):
        assert ids(store.find("inspections")) == ids(store.find("inspections", state="open")) == ["a", "d", "c", "b"]


def test_with_skip_only_what_came_since_is_looked_at(store):
    for n in range(6):
        store.put_once("inspections", f"d{n}", document(n, state="open" if n % 2 else "done"))
    assert ids(store.find("inspections", week="2026-W48", skip=3)) == ["d3", "d4", "d5"]
    assert ids(store.find("inspections", week="2026-W48", state="open", skip=2)) == ["d3", "d5"]
    assert store.find("inspections", week="2026-W48", skip=6) == store.find("inspections", week=WEEKS[0], skip=9) == []


# Pages


def paged(store: Store, limit: int, **wanted: Any) -> list[str]:
    found, after = [], None
    while True:
        page = store.page("inspections", limit=limit, after=after, **wanted)
        found += ids(page.stored)
        assert len(page.stored) == limit or page.next is None
        if page.next is None:
            return found
        after = page.next


@pytest.mark.parametrize("limit", range(1, 8))
def test_pages_hold_what_is_found_in_either_order(store, limit):
    for n in range(7):
        store.put_once("inspections", f"d{n}", document(n, WEEKS[n % 3], state="open" if n % 2 else "done"))
    for wanted in ({}, {"state": "open"}, {"week": WEEKS[:2]}, {"week": WEEKS[1], "state": ["open", "done"]}):
        expected = ids(store.find("inspections", **wanted))
        assert paged(store, limit, **wanted) == expected
        assert paged(store, limit, newest=True, **wanted) == expected[::-1]
    assert store.page("inspections", limit=limit, state="lost").next is None


@pytest.mark.parametrize("newest", [False, True])
def test_documents_kept_or_changed_meanwhile_neither_hide_nor_repeat_others(store, newest):
    for n in range(6):
        store.put_once("users", f"d{n}", {"state": "open"})
    first = store.page("users", limit=2, state="open", newest=newest)
    store.put_once("users", "new", {"state": "open"})
    for stored in first.stored:  # among them the last of the page, which the cursor names
        store.update("users", stored.id, {"state": "done"}, expected_revision=1)
    second = store.page("users", limit=9, state="open", after=first.next, newest=newest)
    expected = ["d3", "d2", "d1", "d0"] if newest else ["d2", "d3", "d4", "d5", "new"]
    assert (ids(second.stored), second.next) == (expected, None)


def test_pages_that_were_never_given_are_refused(store):
    store.put_once("users", "a", {})
    for after in ("", "a", "b", "all/b", "/a", "2026-W48/a"):
        with pytest.raises(ValueError, match="page"):
            store.page("users", limit=1, after=after)
    for limit in (0, -1):
        with pytest.raises(ValueError, match="page"):
            store.page("users", limit=limit)


# Acts


def test_an_act_keeps_documents_of_several_collections_and_its_entries(store):
    store.put_once("inspections", "old", document())
    store.put_once("users", "u", {"state": "active"})
    store.log.append({"act": "before", "of": "x"})
    kept = store.act(
        [
            Write("inspections", "old", document(1), 1),
            Write("inspections", "new", document(2, WEEKS[0]), 0),
            Write("users", "u", {"state": "blocked"}, 1),
            Write("sites", "s", {"n": 3}, 0),
        ],
        [{"act": "first", "of": "old"}, {"act": "second", "of": "s"}],
    )
    assert [(one.id, one.revision) for one in kept] == [("old", 2), ("new", 1), ("u", 2), ("s", 1)]
    assert [one.document for one in kept] == [document(1), document(2, WEEKS[0]), {"state": "blocked"}, {"n": 3}]
    assert all(
        store.get(*key) is one
        for key, one in zip(
            [("inspections", "old"), ("inspections", "new"), ("users", "u"), ("sites", "s")], kept, strict=True
        )
    )
    assert store.weeks("inspections") == [WEEKS[0], WEEKS[2]]
    assert ids(store.find("users", state="blocked")) == ["u"]
    assert acts(store) == ["before", "first", "second"]
    assert store.log.verify() == store.log.head()
    assert [entry["act"] for entry in store.log.about("s")] == ["second"]


@pytest.mark.parametrize(
    "wrong",
    [
        Write("users", "u", {}, 0),
        Write("users", "u", {}, 2),
        Write("users", "nobody", {}, 1),
        Write("inspections", "old", document(), 0),
        Write("inspections", "old", document(), 2),
        Write("inspections", "nobody", document(), 1),
    ],
)
def test_one_at_another_revision_keeps_nothing(store, wrong):
    store.put_once("inspections", "old", document())
    store.put_once("users", "u", {"state": "active"})
    right = [Write("sites", "s", {}, 0), Write("inspections", "new", document(), 0)]
    for writes in ([*right, wrong], [wrong, *right], [wrong]):
        with pytest.raises(Stale):
            store.act(writes, [{"act": "x"}])
    assert (ids(store.find("inspections")), store.find("sites"), acts(store)) == (["old"], [], [])
    assert store.get("users", "u").document == {"state": "active"}
    assert store.put_once("inspections", "new", document(week=WEEKS[0]))[0] is Put.CREATED


@pytest.mark.parametrize(
    "wrong",
    [
        Given("users", "u", 0),
        Given("users", "u", 2),
        Given("users", "nobody", 1),
        Given("inspections", "old", 0),
        Given("inspections", "old", 2),
        Given("inspections", "nobody", 1),
    ],
)
def test_an_act_rests_on_what_is_given(store, wrong):
    store.put_once("inspections", "old", document())
    store.put_once("users", "u", {"state": "active"})
    right = [
        Given("users", "u", 1),
        Given("users", "v", 0),
        Given("inspections", "old", 1),
        Given("inspections", "x", 0),
    ]
    for given in ([*right, wrong], [wrong]):
        for writes, entries in (([Write("sites", "s", {}, 0)], [{"act": "x"}]), ([Write("sites", "s", {}, 0)], [])):
            with pytest.raises(Stale):
                store.act(writes, entries, given=given)
    with pytest.raises(ValueError, match="collection"):
        store.act([], given=[Given("unknown", "x", 0)])
    assert (store.find("sites"), acts(store)) == ([], [])
    store.act([Write("sites", "s", {}, 0), Write("users", "u", {}, 1)], [{"act": "done"}], given=right)
    assert (ids(store.find("sites")), acts(store)) == (["s"], ["done"])
    assert store.get("users", "v") is store.get("inspections", "x") is None
    assert [one.revision for one in store.find("inspections")] == [1]


def test_an_act_may_be_nothing_but_documents_or_entries(store):
    assert store.act([]) == store.act([], []) == []
    assert store.act([], [{"act": "said"}]) == []
    assert ids(store.act([Write("users", "u", {}, 0)])) == ["u"]
    assert ids(store.act([Write("inspections", "a", document(), 0)])) == ["a"]
    assert ids(store.act([Write("inspections", "a", document(1), 1)], [{"act": "done"}])) == ["a"]
    assert acts(store) == ["said", "done"]


def test_acts_that_can_never_be_are_refused(store):
    with pytest.raises(ValueError, match="once"):
        store.act([Write("users", "u", {}, 0), Write("users", "u", {}, 1)])
    with pytest.raises(ValueError, match="revision"):
        store.act([Write("users", "u", {}, -1)])
    assert store.find("users") == []


def test_what_is_done_with_an_acts_documents_and_entries_afterwards_changes_nothing(store):
    given, entry = {"names": ["a"]}, {"act": "x", "after": {"names": ["a"]}}
    store.act([Write("users", "u", given, 0), Write("sites", "s", given, 0)], [entry])
    given["names"].append("spoilt")
    entry["after"]["names"].append("spoilt")
    assert store.get("users", "u").document == store.get("sites", "s").document == {"names": ["a"]}
    assert next(iter(store.log.entries()))["after"] == {"names": ["a"]}
    assert store.log.verify() == store.log.head()


def test_an_id_of_a_week_can_be_taken_by_either_of_putting_and_acting(store):
    store.put_once("inspections", "a", document())
    with pytest.raises(Stale):
        store.act([Write("inspections", "a", document(week=WEEKS[0]), 0)], [{"act": "x"}])
    store.act([Write("inspections", "b", document(week=WEEKS[0]), 0)], [{"act": "x"}])
    assert store.put_once("inspections", "b", document())[0] is Put.CONFLICT
    assert store.put_once("inspections", "b", document(week=WEEKS[0]))[0] is Put.SAME
    assert store.update("inspections", "b", document(7, WEEKS[0]), expected_revision=1).revision == 2


def test_acts_of_many_threads_and_plain_updates_beside_them_lose_nothing(store):
    """Four threads move amounts between four documents of three collections; two others change one of them alone."""
    places = [("users", "u"), ("sites", "s"), ("inspections", "a"), ("inspections", "b")]
    store.act(
        [
            Write(*places[0], {"n": 0, "seen": 0}, 0),
            Write(*places[1], {"n": 0}, 0),
            Write(*places[2], document(0, WEEKS[0]), 0),
            Write(*places[3], document(0, WEEKS[1]), 0),
        ]
    )

    def move(number: int) -> None:
        for turn in range(10):
            transfer(store, places[(number + turn) % 4], places[(number + turn + 1 + turn % 3) % 4], number + 1)

    def count(_: int) -> None:
        for _ in range(10):
            while True:
                kept = store.get(*places[0])
                assert kept is not None
                try:
                    store.update(
                        *places[0],
                        {**kept.document, "seen": kept.document["seen"] + 1},
                        expected_revision=kept.revision,
                    )
                    break
                except Stale:
                    continue

    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(move, number) for number in range(4)] + [pool.submit(count, n) for n in range(2)]
        for one in done:
            one.result()
    kept = [store.get(*place) for place in places]
    assert sum(one.document["n"] for one in kept if one) == 0
    assert kept[0] is not None
    assert kept[0].document["seen"] == 20
    assert acts(store) == ["transfer"] * 40
    assert store.log.verify() == store.log.head()
    assert sum(one.revision for one in kept if one) == 4 + 2 * 40 + 20


def test_who_has_seen_a_part_of_an_act_sees_the_rest(store):
    """A writer counts two documents up together; readers never find the second behind the first that they saw."""
    store.act([Write("users", "u", {"n": 0}, 0), Write("inspections", "a", document(0), 0)])
    stop = threading.Event()

    def read(_: int) -> int:
        seen = 0
        while not stop.is_set():
            first, second = store.get("users", "u"), store.find("inspections", week="2026-W48")[0]
            assert first is not None
            logged = store.log.head().seq
            assert first.document["n"] <= second.document["n"] <= logged
            again = store.find("users")[0]
            assert again.document["n"] >= second.document["n"]
            seen += 1
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read, number) for number in range(3)]
        for n in range(1, 40):
            writes = [Write("users", "u", {"n": n}, n), Write("inspections", "a", document(n), n)]
            store.act(writes[:: 1 if n % 2 else -1], [{"act": "count"}])
        stop.set()
        assert all(reader.result() for reader in readers)


# The log


def test_a_log_is_a_chain_that_threads_add_to(store):
    assert (store.log.head(), store.log.verify()) == (Head(0, "0" * 64), Head(0, "0" * 64))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: store.log.append({"act": "said", "of": f"测评-{n % 3}", "n": n}), range(40)))
    added = store.log.append_all([{"act": "x", "of": "y"}, {"act": "z", "of": "y"}])
    assert [entry["seq"] for entry in added] == [41, 42]
    assert store.log.append_all([]) == []
    assert [entry["seq"] for entry in store.log.entries()] == list(range(1, 43))
    assert sorted(entry["n"] for entry in store.log.about("测评-1")) == list(range(1, 40, 3))
    assert store.log.verify(Head(added[0]["seq"], added[0]["hash"])) == store.log.head()
    assert store.log.head() == Head(42, added[1]["hash"])


# Against a model

Key = tuple[str, str]
keys = st.tuples(st.sampled_from(["inspections", "users", "sites"]), st.sampled_from("abcd"))
bodies = st.fixed_dictionaries(
    {"week": st.sampled_from(WEEKS), "n": st.integers(0, 2)},
    optional={"state": st.sampled_from(["open", "done"]), "units": st.lists(st.sampled_from("xyz"), max_size=2)},
)
changes = st.tuples(keys, bodies, st.integers(-1, 1))


class AgainstAModel(RuleBasedStateMachine):
    """Whatever is put, updated and done together, a store holds what two dictionaries and a list would."""

    kind = "memory"

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="store-"))
        self.store = KINDS[self.kind](self.folder)
        self.kept: dict[Key, tuple[int, dict[str, Any]]] = {}
        self.order: list[Key] = []
        self.logged: list[int] = []
        self.handed_out: list[tuple[Stored, dict[str, Any]]] = []

    def keep(self, key: Key, body: dict[str, Any], revision: int) -> None:
        if revision == 1:
            self.order.append(key)
        self.kept[key] = (revision, body)

    @rule(key=keys, body=bodies)
    def put(self, key: Key, body: dict[str, Any]) -> None:
        put, kept = self.store.put_once(*key, body)
        if key not in self.kept:
            assert put is Put.CREATED
            self.keep(key, body, 1)
        else:
            assert put is (Put.SAME if self.kept[key][1] == body else Put.CONFLICT)
        assert (kept.revision, kept.document) == self.kept[key]

    @rule(change=changes)
    def update(self, change: tuple[Key, dict[str, Any], int]) -> None:
        key, body, behind = change
        revision, old = self.kept.get(key, (0, body))
        if behind or not revision:
            with pytest.raises(Stale):
                self.store.update(*key, {**body, "week": old["week"]}, expected_revision=revision - behind)
        elif key[0] == "inspections" and body["week"] != old["week"]:
            with pytest.raises(ValueError, match="week"):
                self.store.update(*key, body, expected_revision=revision)
        else:
            assert self.store.update(*key, body, expected_revision=revision).revision == revision + 1
            self.keep(key, body, revision + 1)

    @rule(
        wanted=st.lists(changes, max_size=4, unique_by=lambda change: change[0]),
        right=st.booleans(),
        entries=st.integers(0, 2),
        given=st.lists(st.tuples(keys, st.sampled_from([0, 0, 0, 1])), max_size=2),
    )
    def act(
        self,
        wanted: list[tuple[Key, dict[str, Any], int]],
        right: bool,
        entries: int,
        given: list[tuple[Key, int]],
    ) -> None:
        writes = []
        for key, body, behind in wanted:
            revision, old = self.kept.get(key, (0, body))
            week = old["week"] if key[0] == "inspections" else body["week"]
            writes.append(Write(*key, {**body, "week": week}, max(0, revision - (0 if right else behind))))
        said = [{"n": len(self.logged) + n} for n in range(entries)]
        seen = [Given(*key, self.kept.get(key, (0,))[0] + behind) for key, behind in given]
        stale = any(one.revision != self.kept.get((one.collection, one.id), (0,))[0] for one in seen)
        stale |= any(
            write.expected_revision != self.kept.get((write.collection, write.id), (0,))[0] for write in writes
        )
        if stale:
            with pytest.raises(Stale):
                self.store.act(writes, said, given=seen)
            return
        kept = self.store.act(writes, said, given=seen)
        for write, stored in zip(writes, kept, strict=True):
            assert (stored.revision, stored.document) == (write.expected_revision + 1, write.document)
            self.keep((write.collection, write.id), dict(write.document), write.expected_revision + 1)
        self.logged += [entry["n"] for entry in said]

    @rule(
        week=st.none() | st.frozensets(st.sampled_from(WEEKS)),
        state=st.none() | st.sampled_from(["open", "done"]),
        limit=st.integers(1, 3),
    )
    def find(self, week: frozenset[str] | None, state: str | None, limit: int) -> None:
        expected = [
            id
            for one in WEEKS
            for collection, id in self.order
            for body in [self.kept[collection, id][1]]
            if collection == "inspections" and body["week"] == one
            if (week is None or one in week) and (state is None or body.get("state") == state)
        ]
        assert ids(self.store.find("inspections", week=week, state=state)) == expected
        assert paged(self.store, limit, week=week, state=state) == expected
        assert paged(self.store, limit, week=week, state=state, newest=True) == expected[::-1]

    @rule(unit=st.frozensets(st.sampled_from("xyz"), max_size=2))
    def find_in_lists(self, unit: frozenset[str]) -> None:
        expected = [
            id
            for collection, id in self.order
            if collection == "users" and unit & set(self.kept[collection, id][1].get("units", []))
        ]
        assert ids(self.store.find("users", units=unit)) == expected

    @rule()
    def hand_out(self) -> None:
        """Documents are shared: nothing that the store does later may change one that somebody holds."""
        self.handed_out += [(one, copy.deepcopy(one.document)) for one in self.store.find("inspections")]

    @rule()
    def reopen(self) -> None:
        if self.kind != "memory":
            self.store.close()
            self.store = KINDS[self.kind](self.folder)

    @invariant()
    def holds_the_same(self) -> None:
        for collection in ("inspections", "users", "sites"):
            found = {(collection, one.id): (one.revision, one.document) for one in self.store.find(collection)}
            assert found == {key: kept for key, kept in self.kept.items() if key[0] == collection}
        assert [entry["n"] for entry in self.store.log.entries()] == self.logged
        assert self.store.log.verify() == self.store.log.head()
        weeks = {body["week"] for (collection, _), (_, body) in self.kept.items() if collection == "inspections"}
        assert self.store.weeks("inspections") == sorted(weeks)
        assert all(stored.document == before for stored, before in self.handed_out)

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)


class FilesAgainstAModel(AgainstAModel):
    kind = "files"


class DatabaseAgainstAModel(AgainstAModel):
    kind = "postgres"


TestMemoryAgainstAModel = AgainstAModel.TestCase
TestMemoryAgainstAModel.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestFilesAgainstAModel = FilesAgainstAModel.TestCase
TestFilesAgainstAModel.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestDatabaseAgainstAModel = DatabaseAgainstAModel.TestCase
TestDatabaseAgainstAModel.settings = settings(max_examples=15, stateful_step_count=20, deadline=None)


def test_whether_it_works_can_be_tried_and_nothing_is_changed_by_it(store):
    store.put_once("inspections", "a", document())
    before = store.state("inspections", "2026-W48"), acts(store), store.read_all()
    for _ in range(3):
        store.probe()
    assert (store.state("inspections", "2026-W48"), acts(store), store.read_all()) == before


def test_what_documents_were_is_forgotten_and_what_they_are_is_not(store):
    store.put_once("sites", "s", {"area": "before"})
    store.update("sites", "s", {"area": "after"}, expected_revision=1)
    store.put_once("inspections", "a", document(1))
    store.act([Write("inspections", "a", document(2), 1)], [{"act": "kept", "of": "a"}])
    store.forget_replaced("sites")
    store.forget_replaced("inspections", "2026-W48")
    assert (store.get("sites", "s").document, store.get("sites", "s").revision) == ({"area": "after"}, 2)
    assert ids(store.find("sites")) == ["s"]
    assert [(one.id, one.revision, one.document) for one in store.find("inspections", week="2026-W48")] == [
        ("a", 2, document(2))
    ]
    assert acts(store) == ["kept"]
    store.update("sites", "s", {"area": "later"}, expected_revision=2)
    assert store.get("sites", "s").document == {"area": "later"}
