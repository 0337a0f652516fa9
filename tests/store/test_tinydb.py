"""TinyDB's own interface does on a journal what it does on TinyDB's own storage, one operation after the other."""

from __future__ import annotations

import copy
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tinydb import Query, TinyDB, operations, where
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from inspect_app.store.journal import JournalStorage
from inspect_app.store.table import JournalDB

KINDS: dict[str, Callable[[Path], TinyDB]] = {
    "JournalDB": JournalDB,
    "TinyDB with JournalStorage": lambda folder: TinyDB(folder, storage=JournalStorage),
}
every_kind = pytest.mark.parametrize("kind", KINDS)

n = Query().n
values = st.integers(0, 3)
bodies = st.builds(lambda n, tags: {"n": n, "tags": tags, "deep": {"n": n}}, values, st.lists(values, max_size=2))
identified = st.builds(Document, bodies, doc_id=st.integers(1, 6))
CONDITIONS = {
    "n is 1": n == 1,
    "n from 2": n >= 2,
    "n not 0": ~(n == 0),
    "tagged 1 or 2": Query().tags.any([1, 2]),
    "n deep is 3": Query().deep.n == 3,
    "no such field": where("no").exists(),
}
conditions = st.sampled_from(list(CONDITIONS))  # by name, because hypothesis cannot print a query
ids = st.integers(1, 6)


def add_tag(document: Any) -> None:
    document["tags"] = [*document.get("tags", []), 9]


Call = tuple[str, tuple[Any, ...], dict[str, Any]]


def call(name: str, *arguments: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]) -> st.SearchStrategy[Call]:
    return st.tuples(st.just(name), st.tuples(*arguments), st.fixed_dictionaries(named))


changes = st.one_of(st.builds(lambda n: {"n": n, "seen": True}, values), st.just(add_tag))
CALLS = st.one_of(
    call("insert", bodies | identified),
    call("insert_multiple", st.lists(bodies, max_size=3)),
    call("update", changes, conditions),
    call("update", changes),
    call("update", changes, doc_ids=st.lists(ids, max_size=2, unique=True)),
    call("update", st.just(operations.increment("n")), conditions),
    call("update_multiple", st.lists(st.tuples(changes, conditions), max_size=2)),
    call("upsert", bodies, conditions),
    call("upsert", identified),
    call("remove", conditions),
    call("remove", doc_ids=st.lists(ids, max_size=2, unique=True)),
    call("truncate"),
    call("drop_table", st.sampled_from(["_default", "other", "none"])),
    call("drop_tables"),
    call("search", conditions),
    call("get", conditions),
    call("get", doc_id=ids),
    call("get", doc_ids=st.lists(ids, max_size=3)),
    call("contains", conditions),
    call("contains", doc_id=ids),
    call("count", conditions),
    call("all"),
    call("__len__"),
    call("__iter__"),
)


def plain(value: Any) -> Any:
    """An answer without what may differ: ids are text in a ``JournalDB`` and numbers in TinyDB."""
    if isinstance(value, Document):
        return str(value.doc_id), dict(value)
    if isinstance(value, dict | bool) or value is None:
        return value
    if isinstance(value, str | int):
        return str(value)
    return [plain(part) for part in value]


def with_conditions(value: Any) -> Any:
    """Arguments with the queries that they name."""
    if isinstance(value, str):
        return CONDITIONS.get(value, value)
    return type(value)(map(with_conditions, value)) if isinstance(value, tuple | list) else value


def outcome(database: TinyDB, table: str, made: Call) -> Any:
    """What an operation gives back, or which error it raises."""
    name, arguments, named = copy.deepcopy(made)
    arguments = with_conditions(arguments)
    target = database if table == "_default" or name.startswith("drop") else database.table(table)
    try:
        return plain(getattr(target, name)(*arguments, **named))
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        return type(error).__name__


def content(database: TinyDB) -> dict[str, list[Any]]:
    """The documents by table; of tables without any a journal does not tell."""
    tables = {name: plain(database.table(name).all()) for name in database.tables()}
    return {name: documents for name, documents in tables.items() if documents}


@every_kind
@settings(max_examples=80)
@given(st.lists(st.tuples(st.sampled_from(["_default", "_default", "other"]), CALLS), max_size=15))
def test_every_operation_answers_and_leaves_what_it_does_in_stock_tinydb(tmp_path_factory, kind, calls):
    folder = tmp_path_factory.mktemp("t")
    stock, ours = TinyDB(storage=MemoryStorage), KINDS[kind](folder)
    for table, made in calls:
        assert outcome(ours, table, made) == outcome(stock, table, made), made
        assert content(ours) == content(stock), made
    ours.close()
    again = KINDS[kind](folder)
    assert content(again) == content(stock)
    again.close()


@pytest.fixture(params=KINDS)
def database(request, tmp_path):
    opened = KINDS[request.param](tmp_path)
    yield opened
    opened.close()


def test_the_examples_of_tinydbs_documentation_work(database):
    assert [str(id) for id in database.insert_multiple([{"name": "John", "age": 22}, {"name": "Ann", "age": 37}])]
    user = Query()
    assert database.search(user.name == "John") == [{"name": "John", "age": 22}]
    assert database.search((user.name == "John") | (user.age > 30)) == database.all()
    database.update({"age": 23}, user.name == "John")
    database.update(operations.increment("age"), user.name == "John")
    assert database.get(user.name == "John") == {"name": "John", "age": 24}
    database.update(operations.delete("age"), user.name == "John")
    assert database.search(user.age.exists()) == [{"name": "Ann", "age": 37}]
    database.remove(user.age < 40)
    assert [document["name"] for document in database] == ["John"]
    database.upsert({"name": "Jane"}, user.name == "Jane")
    assert len(database) == database.count(user.name.exists()) == 2
    database.truncate()
    assert database.all() == []


def test_a_dropped_table_is_gone_and_the_others_stay(database):
    database.table("a").insert({"n": 1})
    database.table("b").insert({"n": 2})
    database.drop_table("a")
    assert database.tables() == {"b"}
    assert database.table("b").all() == [{"n": 2}]
    database.drop_tables()
    assert database.tables() == set()


def test_what_json_cannot_hold_is_refused_and_changes_nothing(database):
    database.insert({"n": 1})
    for bad in (object(), float("nan"), float("inf"), {1, 2}, b"bytes", "\ud800"):
        with pytest.raises((TypeError, ValueError)):
            database.insert({"n": 2, "bad": bad})
    assert database.all() == [{"n": 1}]


def test_a_change_that_fails_half_way_changes_nothing(database):
    database.insert_multiple([{"n": 1}, {"n": 2}])

    def spoil(document: Any) -> None:
        document["n"] += 1 if document["n"] == 1 else "x"

    with pytest.raises(TypeError):
        database.update(spoil)
    with pytest.raises(ValueError, match="Mapping"):
        database.insert_multiple([{"n": 3}, 4])
    assert database.all() == [{"n": 1}, {"n": 2}]


def test_what_a_caller_does_with_a_document_after_handing_it_in_changes_nothing(database):
    document = {"n": 1, "tags": [1]}
    database.insert(document)
    document["tags"].append(2)
    assert database.all() == [{"n": 1, "tags": [1]}]


def test_a_database_sees_at_each_query_what_another_wrote(tmp_path):
    ours, other = JournalDB(tmp_path), JournalDB(tmp_path)
    for number in range(1, 4):
        other.insert({"n": number})
        assert len(ours.search(n >= 1)) == ours.count(n >= 1) == len(ours) == number


def test_two_databases_on_one_folder_never_give_one_id_twice_nor_lose_a_change(tmp_path):
    ours, other = JournalDB(tmp_path), JournalDB(tmp_path)
    ours.insert({"total": 0})

    def work(number: int) -> str:
        database = (ours, other)[number % 2]
        database.update(operations.increment("total"), Query().total.exists())
        database.upsert({"key": number % 5}, Query().key == number % 5)
        database.table(f"t{number}").insert({"n": 1})
        database.drop_table(f"t{number}")
        return str(database.insert({"n": number}))

    with ThreadPoolExecutor(4) as pool:
        given_ids = list(pool.map(work, range(60)))
    assert len(set(given_ids)) == 60
    assert ours.get(Query().total.exists()) == {"total": 60}
    assert sorted(document["key"] for document in other.search(Query().key.exists())) == [0, 1, 2, 3, 4]
    assert other.count(n >= 0) == 60
    assert other.tables() == {"_default"}
