"""What is PostgreSQL's own: its tables, an address that is wrong, a server that dies, an answer that is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from inspect_app.store import Head, Layout, Put, Stale, StoreAway, StoreUnfit, Write
from inspect_app.store.postgres import PostgresStore, connecting, migrate_database, open_database, schema, writing
from tests.measured import PATIENCE_S
from tests.store.databases import Server, empty_database, server
from tests.store.folders import ACT, LAYOUTS, document, is_done, output_of, python, ready_to_act, writing_twice

OPEN = """
import sys
from concurrent.futures import ThreadPoolExecutor
from inspect_app.store import Stale, StoreAway, Write
from inspect_app.store.postgres import open_database
from tests.store.folders import LAYOUTS, document, transfer
store = open_database(sys.argv[1], LAYOUTS)
"""


@pytest.fixture
def address() -> str:
    return empty_database()


@pytest.fixture
def opened(address: str) -> Iterator[Callable[..., PostgresStore]]:
    """Open stores on one database, each as another process would; all are closed at the end."""
    stores: list[PostgresStore] = []

    def open_one(at: str = address, layouts: tuple[Layout, ...] = LAYOUTS) -> PostgresStore:
        stores.append(open_database(at, layouts))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


def sql(address: str, text: str, values: tuple[object, ...] = ()) -> list[Any]:
    """Said to the database by hand."""
    with psycopg.connect(address, autocommit=True) as connection:
        cursor = connection.execute(text.encode(), values)
        return cursor.fetchall() if cursor.description else []


# Its tables


def test_declared_fields_are_columns_and_weeks_are_partitions(address, opened):
    store = opened()
    store.put_once("inspections", "a", document())
    store.put_once("inspections", "b", document(week="2026-W47", state="done"))
    store.put_once("users", "u", {"state": "x", "units": ["a", "b"]})
    assert sql(address, "SELECT id, week, by_state FROM inspections WHERE by_area && '{421002001}' ORDER BY week") == [
        ("b", "2026-W47", ["done"]),
        ("a", "2026-W48", ["open"]),
    ]
    assert sql(address, "SELECT document->>'n' FROM \"inspections/2026-W48\"") == [("0",)]
    assert sql(address, "SELECT by_units FROM users") == [(["a", "b"],)]
    indexed = sql(
        address, "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename = 'users'"
    )
    assert any("gin (by_state, by_units)" in text for (text,) in indexed)


def test_a_newer_database_is_refused_and_left_alone(address, opened):
    opened()
    sql(address, "INSERT INTO _schema (version) VALUES (99)")
    with pytest.raises(StoreUnfit, match=r"更新版本的程序.*第99步"):
        open_database(address, LAYOUTS)
    with pytest.raises(StoreUnfit, match="更新版本"):
        migrate_database(address, LAYOUTS)


def test_a_new_collection_or_field_waits_for_the_command_and_finds_what_was_kept_before(address, opened):
    store = opened()
    store.put_once("sites", "s", {"area": "a\0", "kinds": ["x", "y" * 9000]})
    store.put_once("inspections", "a", {**document(), "inspector": "zhang"})
    store.close()
    sites, visits = Layout("sites", ("area", "kinds")), Layout("inspections", ("area", "inspector"), weekly=True)
    newer = (*(one for one in LAYOUTS if one.name not in ("sites", "inspections")), sites, visits, Layout("more"))
    with pytest.raises(StoreUnfit, match="store migrate"):
        open_database(address, newer)
    assert migrate_database(address, newer) == ["集合 sites", "集合 inspections", "集合 more"]
    assert migrate_database(address, newer) == []
    store = opened(layouts=newer)
    store.put_once("inspections", "b", {**document(), "inspector": "li"})
    store.put_once("inspections", "c", {**document(week="2026-W40"), "inspector": "zhang"})
    assert [one.id for one in store.find("sites", area="a\0", kinds=["y" * 9000])] == ["s"]
    assert [one.id for one in store.find("inspections", inspector="zhang")] == ["c", "a"]
    assert store.find("more") == []


def test_a_database_that_holds_something_else_is_refused(address):
    sql(address, "CREATE TABLE users (name text)")
    with pytest.raises(StoreUnfit, match="已有别的表"):
        open_database(address, LAYOUTS)
    assert sql(address, "SELECT to_regclass('_schema')") == [(None,)]


def test_two_processes_may_found_one_database(address):
    started = [python(OPEN + "print(store.log.head().seq)", address) for _ in range(3)]
    assert [output_of(one) for one in started] == [["0"]] * 3


def test_too_old_a_server_is_named(address, monkeypatch):
    monkeypatch.setattr(schema, "_OLDEST_SERVER", 99)
    with pytest.raises(StoreUnfit, match=r"PostgreSQL 1\d.*太旧，要 99"):
        open_database(address, LAYOUTS)


# What is wrong with an address


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("postgresql://postgres:geheim@127.0.0.1:1/x", "没有启动"),
        ("postgresql://postgres:geheim@no-such-host.invalid/x", "找不到这台主机"),
        ("postgresql://postgres:geheim@/x?host=/no/such/folder", "没有启动"),
    ],
)
def test_a_server_that_is_not_there_is_told_without_the_password(wrong, said):
    with pytest.raises(StoreAway, match=said) as told:
        open_database(wrong, LAYOUTS)
    assert "geheim" not in str(told.value)


def test_an_address_that_is_none_is_told_without_it():
    for wrong in ("postgresql://a:geheim@[host/x", "postgresql://a:geheim%zz@h/x", "postgresql://h/x?geheim=1"):
        with pytest.raises(StoreUnfit, match="读不懂") as told:
            open_database(wrong, LAYOUTS)
        assert "geheim" not in str(told.value)


def test_a_wrong_password_and_a_missing_database_are_told(address):
    sql(address, "CREATE ROLE stranger LOGIN PASSWORD 'right'")
    rules = server().folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text("local all stranger scram-sha-256\n" + before)
    sql(address, "SELECT pg_reload_conf()")
    other = server().url("nowhere")
    with pytest.raises(StoreAway, match="没有这个数据库"):
        open_database(other, LAYOUTS)
    for password, said in (("wrong", "密码不对"), ("", "密码")):
        with pytest.raises(StoreAway, match=said) as told:
            open_database(server().url("postgres", user="stranger", password=password), LAYOUTS)
        assert "wrong" not in str(told.value)
    rules.write_text(before)
    sql(address, "SELECT pg_reload_conf()")


# Several processes

WRITER = OPEN + "own = int(sys.argv[2])\n" + writing_twice(60)


def test_two_processes_write_and_lose_or_double_none_while_pages_leave_none_out(address, opened):
    """A third goes through pages meanwhile: what it has passed is never joined by something earlier."""
    store = opened()
    writers = [python(WRITER, address, number) for number in range(2)]
    passed: list[str] = []
    while any(writer.poll() is None for writer in writers):
        page = store.page("inspections", limit=50, week="2026-W40", after=passed[-1] if passed else None)
        if page.stored:
            passed += [f"2026-W40/{one.id}" for one in page.stored]
    printed = [line.split() for writer in writers for line in output_of(writer)]
    own, same, other_week = (Counter(column) for column in zip(*printed, strict=True))
    assert own == {"created": 120}
    assert same == {"created": 60, "same": 60}
    assert other_week == {"created": 60, "conflict": 60}
    found = [one.id for one in store.find("inspections", week="2026-W40")]
    assert [id.partition("/")[2] for id in passed] == found[: len(passed)]
    assert len({one.id for one in store.find("inspections")}) == len(store.find("inspections")) == 240


def test_processes_that_move_amounts_crosswise_neither_lose_any_nor_block_each_other(address, opened):
    store = opened()
    places = [("users", "u"), ("sites", "s"), ("counters", "c")]
    store.act([Write(*place, {"n": 0}, 0) for place in places])
    code = OPEN + "\n".join(
        [
            "places, own = [('users', 'u'), ('sites', 's'), ('counters', 'c')], int(sys.argv[2])",
            "def move(n):",
            "    transfer(store, places[(n + own) % 3], places[(n + own + 1 + n % 2) % 3], n)",
            "with ThreadPoolExecutor(3) as pool:",
            "    list(pool.map(move, range(30)))",
        ]
    )
    for mover in [python(code, address, number) for number in range(3)]:
        output_of(mover)
    kept = [store.get(*place) for place in places]
    assert sum(one.document["n"] for one in kept if one) == 0
    assert sum(one.revision for one in kept if one) == 3 + 2 * 90
    assert store.log.verify() == store.log.head()
    assert store.log.head().seq == 90


def test_a_change_of_another_process_is_seen_at_once_and_the_rest_stays_one_object(opened):
    mine, other = opened(), opened()
    mine.put_once("users", "u", {"state": "a"})
    mine.put_once("users", "v", {"state": "a"})
    seen = other.find("users", state="a")
    assert other.find("users", state="a")[0] is seen[0]
    mine.update("users", "u", {"state": "b"}, expected_revision=1)
    assert [one.id for one in other.find("users", state="a")] == ["v"]
    assert other.find("users", state="a")[0] is seen[1]
    assert other.get("users", "u").document == {"state": "b"}
    assert seen[0].document == {"state": "a"}


# How a server is set


def test_a_setting_that_was_undone_in_between_is_told(opened):
    store = opened()
    assert store.risks() == []
    with store._connections.one() as connection:
        connection.execute(b"SET synchronous_commit = off")
    assert [(risk.said.partition("=")[0], risk.is_averted) for risk in store.risks()] == [("synchronous_commit", False)]


# A server that dies


@pytest.fixture
def own_server() -> Iterator[Server]:
    """A server that a test may kill."""
    made = Server().start()
    yield made
    made.remove()


LOAD = (
    OPEN
    + """
import os, time
def work(thread):
    n = 0
    while True:
        id, done = f"{sys.argv[2]}-{thread}-{n}", False
        while not done:
            try:
                store.act(
                    [Write("inspections", id, document(n, f"2026-W{40 + n % 3}"), 0), Write("sites", id, {"n": n}, 0)],
                    [{"act": "kept", "of": id}],
                )
                done = True
            except Stale:  # an answer that was lost
                done = True
            except StoreAway:
                time.sleep(0.05)
        os.write(1, f"{id}\\n".encode())
        n += 1
with ThreadPoolExecutor(4) as pool:
    list(pool.map(work, range(4)))
"""
)


def test_killed_under_load_and_started_again_the_database_has_all_that_was_promised_once(own_server):
    """Twice, with two processes that write: each promised act is there whole and once, and no half one is."""
    address = empty_database(own_server)
    open_database(address, LAYOUTS).close()
    writers = [python(LOAD, address, number) for number in range(2)]
    promised: list[str] = []
    readers = [threading.Thread(target=_gather, args=(writer, promised)) for writer in writers]
    for reader in readers:
        reader.start()
    for _ in range(2):
        _until_more(40, promised)
        own_server.stop(signal.SIGKILL)
        own_server.start()
    _until_more(40, promised)
    for writer in writers:
        writer.kill()
        writer.wait()
    for reader in readers:
        reader.join()
    store = open_database(address, LAYOUTS)
    visits, sites = (Counter(one.id for one in store.find(name)) for name in ("inspections", "sites"))
    logged = Counter(entry["of"] for entry in store.log.entries())
    assert visits == sites == logged
    assert set(visits.values()) == {1}
    assert set(promised) <= visits.keys()
    assert store.log.verify() == store.log.head()
    assert store.read_all() == []
    store.close()


def _gather(process: subprocess.Popen[str], lines: list[str]) -> None:
    assert process.stdout
    lines.extend(line.strip() for line in process.stdout)


def _until_more(count: int, promised: list[str]) -> None:
    """Return once so many more were promised."""
    wanted, since = len(promised) + count, time.monotonic()
    while len(promised) < wanted:
        assert time.monotonic() - since < PATIENCE_S, f"only {len(promised)} were kept"
        time.sleep(0.02)


def test_away_is_said_and_over_once_it_is_back(own_server, monkeypatch):
    monkeypatch.setattr(connecting, "_WAIT_S", 0.5)
    store = open_database(empty_database(own_server), LAYOUTS)
    ready_to_act(store)
    own_server.stop()
    for ask in (
        lambda: store.get("users", "u"),
        lambda: store.find("users"),
        lambda: store.state("inspections", "2026-W48"),
        lambda: store.act(*ACT),
        lambda: store.put_once("sites", "t", {}),
        lambda: store.log.head(),
        store.probe,
    ):
        with pytest.raises(StoreAway, match="数据库暂时不能用") as told:
            ask()
        assert not told.value.is_unknown
    own_server.start()
    assert not is_done(store)
    store.probe()
    store.act(*ACT)
    assert is_done(store)
    store.close()


@pytest.mark.parametrize("is_kept", [True, False])
def test_a_lost_answer_is_looked_after(own_server, opened, monkeypatch, is_kept):
    """The connection ends as the transaction is committed, or just before: what is told is what became of it."""
    store = opened(empty_database(own_server))
    ready_to_act(store)
    real = psycopg.Connection.execute

    def cut(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        if query != b"COMMIT":
            return real(self, query, *args, **more)
        if is_kept:
            real(self, query)
        os.close(os.dup(self.fileno()))
        self.pgconn.finish()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "execute", cut)
        if is_kept:
            assert [one.revision for one in store.act(*ACT)] == [2, 2, 1, 1]
        else:
            with pytest.raises(StoreAway) as told:
                store.act(*ACT)
            assert not told.value.is_unknown
    assert is_done(store) is is_kept


@pytest.mark.parametrize("others", [0, 20])
def test_a_number_that_a_killed_database_gives_once_more_is_not_taken_for_ours(own_server, monkeypatch, others):
    """Killed before the commit, it may not remember that it gave the number: others commit under it afterwards."""
    address = empty_database(own_server)
    store = open_database(address, LAYOUTS)
    ready_to_act(store)
    real = psycopg.Connection.execute

    def die(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        if query != b"COMMIT":
            return real(self, query, *args, **more)
        own_server.stop(signal.SIGKILL)
        own_server.start()
        with psycopg.connect(address, autocommit=True) as other:
            for _ in range(others):
                real(other, "SELECT pg_current_xact_id()")
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "execute", die)
        with pytest.raises(StoreAway):
            store.act(*ACT)
    assert not is_done(store)
    store.act(*ACT)
    assert is_done(store)
    store.close()


def test_an_answer_that_nobody_can_look_after_is_said_to_be_unknown(own_server, monkeypatch):
    monkeypatch.setattr(writing, "_ASKING_S", 0.5)
    address = empty_database(own_server)
    store = open_database(address, LAYOUTS)
    ready_to_act(store)
    real = psycopg.Connection.execute

    def die(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        answer = real(self, query, *args, **more)
        if query == b"COMMIT":
            own_server.stop(signal.SIGKILL)
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "execute", die)
        with pytest.raises(StoreAway, match="不知道是否已保存") as told:
            store.act(*ACT)
    assert told.value.is_unknown
    own_server.start()
    assert is_done(store)
    with pytest.raises(Stale):
        store.act(*ACT)
    store.close()


def test_who_is_stopped_while_it_writes_lets_go_of_the_others(address, opened, monkeypatch):
    monkeypatch.setattr(connecting, "_SESSION", connecting._SESSION.replace(b"'20s'", b"'300ms'"))
    store = opened()
    with psycopg.connect(address) as stopped:
        stopped.execute("SET idle_in_transaction_session_timeout = '600ms'")
        stopped.execute("SELECT FROM _head FOR UPDATE")
        with pytest.raises(StoreAway, match="数据库正忙"):
            store.put_once("users", "u", {})
        time.sleep(0.5)
        assert store.put_once("users", "u", {})[0] is Put.CREATED
        stopped.close()


def test_a_full_disk_is_told_as_one_and_costs_nobody_else_his_act(opened, monkeypatch):
    store = opened()

    def full(*_: Any, **__: Any) -> None:
        raise psycopg.errors.DiskFull("could not extend file")

    with monkeypatch.context() as patch:
        patch.setattr(writing._Turn, "write", full)
        with pytest.raises(OSError, match="已满") as told:
            store.put_once("users", "u", {})
    assert told.value.errno == 28
    assert store.put_once("users", "u", {})[0] is Put.CREATED


def test_what_the_database_refuses_of_one_act_fails_that_one_alone(opened, monkeypatch):
    """Four are in one transaction; one of them has a revision that no column holds."""
    store = opened()
    gate, real = threading.Event(), writing.Writer._transact

    def slow(self: Any, batch: Any) -> None:
        gate.wait()
        real(self, batch)

    monkeypatch.setattr(writing.Writer, "_transact", slow)
    layout = writing._Turn._insert

    def refused(self: Any, cursor: Any, of: Layout, part: str, plan: Any, keys: Any) -> None:
        if any(id == "bad" for _, id in keys):
            raise psycopg.errors.NumericValueOutOfRange("integer out of range")
        layout(self, cursor, of, part, plan, keys)

    monkeypatch.setattr(writing._Turn, "_insert", refused)
    with ThreadPoolExecutor(5) as pool:
        first = pool.submit(store.put_once, "users", "first", {})
        others = [pool.submit(store.act, [Write("users", id, {}, 0)], [{"act": id}]) for id in ("a", "bad", "b")]
        time.sleep(0.1)
        gate.set()
        assert first.result()[0] is Put.CREATED
        assert [type(one.exception()) for one in others] == [
            type(None),
            psycopg.errors.NumericValueOutOfRange,
            type(None),
        ]
    assert {one.id for one in store.find("users")} == {"first", "a", "b"}
    assert sorted(entry["act"] for entry in store.log.entries()) == ["a", "b"]
    assert store.log.verify() == store.log.head()


# What is lost


def test_documents_and_entries_that_are_gone_are_missed(address, opened):
    store = opened()
    ready_to_act(store)
    store.act(*ACT)
    assert store.damaged() == store.read_all() == []
    sql(address, 'DELETE FROM "inspections/2026-W47"')
    sql(address, "DELETE FROM users")
    sql(address, "DELETE FROM _log WHERE seq = 3")
    assert store.damaged() == ["数据库里的操作日志末尾不是最后记下的第3条，请从备份恢复；没有备份时见 flask check"]
    said = "\n".join(store.read_all())
    assert "inspections/2026-W47 缺少文档：记有1份，实有0份" in said
    assert "users/all 缺少文档：记有1份，实有0份" in said
    assert not isinstance(store.log.verify(), Head)
    store.accept_losses()
    assert store.damaged() == store.read_all() == []
    assert store.log.verify() == store.log.head() == Head(2, store.log.head().hash)


def test_a_table_that_is_gone_is_told_and_the_others_are_read(address, opened):
    store = opened()
    ready_to_act(store)
    sql(address, 'DROP TABLE "inspections/2026-W48"')
    assert "inspections/2026-W48 读不出来" in "\n".join(store.read_all())
    assert store.get("users", "u").document == {"state": "active"}


def test_an_entry_changed_by_hand_breaks_the_chain(address, opened):
    store = opened()
    store.log.append_all([{"act": "a", "of": "x"}, {"act": "b", "of": "x"}])
    sql(address, "UPDATE _log SET line = replace(line, '\"b\"', '\"c\"') WHERE seq = 2")
    broken = store.log.verify()
    assert not isinstance(broken, Head)
    assert broken.line == 2
