"""Two releases of the program on one database: what a newer one looks for, an older one never leaves out unnoticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from inspect_app.store import Briefly, Layout, StoreAway, StoreLeft, StoreUnfit, Write
from inspect_app.store.postgres import PostgresStore, connecting, migrate_database, open_database
from tests.store.databases import empty_database
from tests.store.folders import LAYOUTS, document
from tests.store.test_postgres import opened, sql

__all__ = ["opened"]
MORE = (*LAYOUTS, Layout("more", ("state",)))
"""A release with one collection more."""
_CHANGED = {
    "sites": Layout("sites", ("area",)),
    "inspections": Layout("inspections", ("area", "site", "state", "n"), weekly=True),
}
NEWER = tuple(_CHANGED.get(one.name, one) for one in LAYOUTS)
"""A release whose collections are found by other fields, one of which is new to each."""
Opened = Callable[..., PostgresStore]


def brief_by(version: int) -> tuple[Layout, ...]:
    """A release that keeps beside each visit what that version says of it."""
    brief = Briefly(version, lambda id, document: f"{version}: {id} {document['n']}".encode())
    changed = {"inspections": Layout("inspections", ("area", "site", "state"), weekly=True, brief=brief)}
    return tuple(changed.get(one.name, one) for one in LAYOUTS)


@pytest.fixture
def address() -> str:
    return empty_database()


def visit(n: int) -> dict[str, Any]:
    return {**document(), "n": f"number {n}"}


def test_releases_that_look_for_the_same_work_side_by_side(address: str, opened: Opened):
    older, newer = opened(), opened()
    older.put_once("inspections", "a", document())
    newer.update("inspections", "a", document(1), expected_revision=1)
    assert older.find("inspections", state="open")[0].document["n"] == 1


def test_a_new_collection_waits_for_the_command_and_the_older_release_goes_on(address: str, opened: Opened):
    older = opened()
    with pytest.raises(StoreUnfit, match="store migrate"):
        open_database(address, MORE)
    older.put_once("users", "before", {})
    migrate_database(address, MORE)
    newer = opened(layouts=MORE)
    older.act([Write("users", "after", {"state": "x"}, 0)], [{"act": "kept", "of": "after"}])
    newer.act([Write("more", "m", {"state": "y"}, 0), Write("users", "newer", {"state": "x"}, 0)])
    assert [one.id for one in newer.find("users", state="x")] == ["after", "newer"]
    assert [one.id for one in older.find("users", state="x")] == ["after", "newer"]
    opened().put_once("users", "again", {})


def test_what_is_kept_beside_documents_may_say_something_else_while_the_older_release_goes_on(
    address: str, opened: Opened
):
    older = opened(layouts=brief_by(2))
    older.put_once("inspections", "before", document(1))
    migrate_database(address, brief_by(3))
    newer = opened(layouts=brief_by(3))
    older.put_once("inspections", "late", document(2))
    newer.put_once("inspections", "new", document(3))
    newer.update("inspections", "before", document(4), expected_revision=1)
    said = [("before", 4), ("late", 2), ("new", 3)]
    for version, store in ((2, older), (3, newer), (2, opened(layouts=brief_by(2)))):
        told = store.briefs("inspections", document()["week"])
        assert list(told or ()) == [(id, f"{version}: {id} {n}".encode()) for id, n in said]
    migrate_database(address, brief_by(4))
    assert sql(
        address,
        "SELECT column_name FROM information_schema.columns WHERE table_schema = current_schema() "
        "AND table_name = 'inspections' AND column_name LIKE 'brief%%' ORDER BY 1",
    ) == [("brief_3",), ("brief_4",)]


def test_with_a_new_field_the_older_release_reads_on_and_keeps_nothing_more(address: str, opened: Opened):
    older = opened()
    older.put_once("sites", "s", {"area": "a"})
    older.put_once("inspections", "one", visit(1))
    migrate_database(address, NEWER)
    newer = opened(layouts=NEWER)
    for write in (
        lambda: older.put_once("sites", "t", {"area": "a"}),
        lambda: older.update("inspections", "one", visit(2), expected_revision=1),
        lambda: older.log.append({"act": "late"}),
    ):
        with pytest.raises(StoreLeft, match="程序还是旧的"):
            write()
    with pytest.raises(StoreLeft, match="程序还是旧的"):
        older.probe()
    newer.probe()
    newer.put_once("sites", "u", {"area": "a"})
    newer.update("inspections", "one", visit(3), expected_revision=1)
    assert [one.id for one in newer.find("sites", area="a")] == ["s", "u"]
    assert [one.id for one in newer.find("inspections", n="number 3")] == ["one"]
    assert newer.log.head().seq == 0
    kept = older.get("sites", "u")
    assert kept
    assert kept.document == {"area": "a"}
    assert [one.id for one in older.find("inspections", state="open", site="s1")] == ["one"]


def test_a_release_from_before_there_was_this_rule_keeps_nothing_either(
    address: str, opened: Opened, monkeypatch: pytest.MonkeyPatch
):
    """It says nothing of what it fills in, and knows the answer for that of a server that is only read."""
    monkeypatch.setattr(connecting, "_configure", lambda connection, fields: connection.execute(connecting._SESSION))
    older = opened()
    older.put_once("sites", "s", {"area": "a"})
    migrate_database(address, NEWER)
    with pytest.raises(StoreAway):
        older.put_once("sites", "t", {"area": "a"})
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        sql(address, "UPDATE _head SET changed = changed + 1")


def test_who_goes_back_says_so_by_the_command_and_the_newer_one_fills_in_what_was_left_out(
    address: str, opened: Opened
):
    opened().put_once("sites", "s", {"area": "a"})
    migrate_database(address, NEWER)
    with pytest.raises(StoreUnfit, match="更新版本的程序改过"):
        open_database(address, LAYOUTS)
    assert migrate_database(address, LAYOUTS) == ["从此由这个版本的程序写"]
    older = opened()
    older.put_once("sites", "t", {"area": "a"})
    older.put_once("inspections", "one", visit(1))
    with pytest.raises(StoreUnfit, match="store migrate"):
        open_database(address, NEWER)
    assert migrate_database(address, NEWER) == ["集合 inspections", "集合 sites"]
    newer = opened(layouts=NEWER)
    assert [one.id for one in newer.find("sites", area="a")] == ["s", "t"]
    assert [one.id for one in newer.find("inspections", n="number 1")] == ["one"]
    with pytest.raises(StoreLeft):
        older.put_once("sites", "late", {})
