"""``store migrate`` from every earlier number, twice, by two at once, killed; and what keeps a database from use."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from flask import Flask

from inspect_app.collections import LAYOUTS
from inspect_app.commands import add_commands
from inspect_app.store.layouts import Layouts
from inspect_app.store.postgres import open_database, schema
from tests import forks
from tests.measured import PATIENCE_S
from tests.store.databases import empty_database, server
from tests.store.folders import output_of, python
from tests.store.test_postgres import sql
from tests.world import World

REAL = len(schema.MIGRATIONS)
STEPS = (
    *schema.MIGRATIONS,
    "CREATE TABLE _second (n integer); INSERT INTO _second SELECT seq FROM _head",
    "SELECT pg_advisory_xact_lock(4711); ALTER TABLE _second ADD COLUMN m integer; UPDATE _second SET m = n + 1",
)
"""The real ones, and two of a program to come; in the last a process can be held."""
COMING = [f"第{number}步" for number in range(REAL + 1, len(STEPS) + 1)]
MIGRATE = """
import sys
from inspect_app.services.opening import migrated
from inspect_app.store.postgres import schema
from tests.commands.test_store_migrate import STEPS
schema.MIGRATIONS = STEPS
print("began", flush=True)
for one in migrated(sys.argv[1]):
    print(one)
"""


@pytest.fixture
def address() -> str:
    return empty_database()


@pytest.fixture
def migrate(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Result]:
    """The command, in this process."""
    app = Flask("commands")
    add_commands(app)

    def run(database: str) -> Result:
        monkeypatch.setenv("INSPECT_DATABASE", database)
        return app.test_cli_runner().invoke(args=["store", "migrate"])

    return run


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program to come."""
    monkeypatch.setattr(schema, "MIGRATIONS", STEPS)


def founded_by(number: int, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database as the program with so many steps made it, with something in it; 0: nothing."""
    if number:
        with monkeypatch.context() as patch:
            patch.setattr(schema, "MIGRATIONS", STEPS[:number])
            store = open_database(address, LAYOUTS)
            store.put_once("users", "u", {"v": 1})
            store.log.append({"act": "kept", "of": "u"})
            store.close()


@pytest.mark.parametrize("number", range(len(STEPS) + 1))
@pytest.mark.usefixtures("newer")
def test_from_every_earlier_number_it_comes_to_the_last_once_and_keeps_all(
    number: int, address: str, migrate: Callable[[str], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    founded_by(number, address, monkeypatch)
    done = migrate(address)
    assert done.exit_code == 0, done.output
    told = [line for line in done.output.splitlines() if "步" in line]
    assert told == [f"已完成 第{one}步" for one in range(number + 1, len(STEPS) + 1)]
    assert migrate(address).output == "数据库的表已是现在的样子，无需改写\n"
    assert sql(address, "SELECT version FROM _schema ORDER BY version") == [(one + 1,) for one in range(len(STEPS))]
    store = open_database(address, LAYOUTS)
    assert (store.get("users", "u") is not None) == (number > 0)
    assert store.log.verify() == store.log.head()
    assert store.read_all() == []
    store.close()


@pytest.mark.usefixtures("newer")
def test_an_earlier_one_is_not_opened_until_the_command_was_run(
    address: str, migrate: Callable[[str], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    founded_by(1, address, monkeypatch)
    with pytest.raises(Exception, match="请先备份，再运行一次：flask --app inspect_app store migrate"):
        open_database(address, LAYOUTS)
    assert migrate(address).exit_code == 0
    open_database(address, LAYOUTS).close()


def holding(address: str) -> psycopg.Connection[tuple[object, ...]]:
    """Who comes to the last step waits for this connection."""
    held = psycopg.connect(address, autocommit=True)
    held.execute("SELECT pg_advisory_lock(4711)")
    return held


def waiting(held: psycopg.Connection[tuple[object, ...]], count: int) -> None:
    """Return once so many processes wait for a lock."""
    query = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    since = time.monotonic()
    while held.execute(query).fetchone() != (count,):
        assert time.monotonic() - since < PATIENCE_S
        time.sleep(0.01)


def test_two_at_once_do_each_step_once(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    founded_by(REAL, address, monkeypatch)
    held = holding(address)
    both = [python(MIGRATE, address) for _ in range(2)]
    waiting(held, 2)
    held.close()
    said = sorted(output_of(one) for one in both)
    assert said == [["began"], ["began", *COMING]]
    assert sql(address, "SELECT n, m FROM _second") == [(1, 2)]


def test_killed_in_the_midst_nothing_was_done_and_the_next_does_all(
    address: str, migrate: Callable[[str], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    founded_by(REAL, address, monkeypatch)
    store, held = open_database(address, LAYOUTS), holding(address)
    process = python(MIGRATE, address)
    waiting(held, 1)
    assert store.get("users", "u"), "the program of before goes on meanwhile"
    assert store.put_once("users", "v", {"v": 1})[0].value == "created"
    process.send_signal(signal.SIGKILL)
    process.wait()
    held.close()
    monkeypatch.setattr(schema, "MIGRATIONS", STEPS)
    done = migrate(address)
    assert [line for line in done.output.splitlines() if "步" in line] == [f"已完成 {one}" for one in COMING]
    assert sql(address, "SELECT n, m FROM _second") == [(1, 2)]


# What is refused


def test_a_newer_database_is_refused_with_exit_code_1(
    address: str, migrate: Callable[[str], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    founded_by(len(STEPS), address, monkeypatch)
    refused = migrate(address)
    assert refused.exit_code == 1
    assert f"由更新版本的程序建立（第{len(STEPS)}步，本程序到第{REAL}步）" in refused.output
    assert sql(address, "SELECT n, m FROM _second") == [(0, 1)]


@pytest.fixture
def stranger(address: str) -> Iterator[str]:
    """An account with a password that owns nothing."""
    rules = server().folder / "data" / "pg_hba.conf"
    before = rules.read_text()
    sql(address, "DROP ROLE IF EXISTS outsider; CREATE ROLE outsider LOGIN PASSWORD 'right'")
    rules.write_text("local all outsider scram-sha-256\n" + before)
    sql(address, "SELECT pg_reload_conf()")
    yield "outsider"
    rules.write_text(before)
    sql(address, "SELECT pg_reload_conf(); DROP ROLE outsider")


def by(account: str, password: str, address: str) -> str:
    """An address, by another account."""
    return address.replace("postgres@", f"{account}:{password}@")


def test_each_wrong_setting_is_said_in_a_sentence_with_exit_code_1_and_without_the_password(
    address: str, stranger: str, migrate: Callable[[str], Result]
) -> None:
    for database, said in (
        ("postgresql:/h/x", "应为 PostgreSQL 数据库的网址"),
        ("postgresql://u:geheim@[h/x", "读不懂"),
        ("postgresql://u:geheim@127.0.0.1:1/x", "没有启动"),
        ("postgresql://u:geheim@no-such-host.invalid/x", "找不到这台主机"),
        (address.replace("/postgres?", "/nowhere?"), "没有这个数据库"),
        (by(stranger, "geheim", address), "用户名或密码不对"),
        (by(stranger, "right", address), "没有权限"),
        (by(stranger, "right", address.partition("&options")[0]), "没有权限"),
    ):
        refused = migrate(database)
        assert refused.exit_code == 1, database
        assert said in refused.output, (database, refused.output)
        assert "geheim" not in refused.output
        assert "Traceback" not in refused.output
        assert isinstance(refused.exception, SystemExit)


def test_too_old_a_server_is_refused_with_exit_code_1(
    address: str, migrate: Callable[[str], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "_OLDEST_SERVER", 99)
    refused = migrate(address)
    assert (refused.exit_code, "太旧，要 99" in refused.output) == (1, True)
    assert sql(address, "SELECT to_regclass('_schema')") == [(None,)]


# The folder that says where its documents are


@pytest.mark.folder("begins in a folder")
def test_a_folder_and_a_database_that_do_not_belong_together_found_nothing(world: World, tmp_path: Path) -> None:
    world.services.store.close()
    database, beside = empty_database(), tmp_path / "beside"
    beside.mkdir()
    (beside / "database.txt").write_text("文档在数据库里")
    for data, more, said in (
        (world.data, {"INSPECT_DATABASE": database}, "已有文档"),
        (beside, {}, "要设置 INSPECT_DATABASE"),
    ):
        refused = forks.flask("users", "list", check=False, INSPECT_DATA=str(data), **more)
        assert (refused.returncode, said in refused.stderr) == (1, True), refused.stderr
    assert sql(database, "SELECT to_regclass('_schema')") == [(None,)]
    assert list(beside.iterdir()) == [beside / "database.txt"]
    refused = forks.flask("store", "migrate", check=False, INSPECT_DATA=str(beside))
    assert (refused.returncode, "请设置 INSPECT_DATABASE" in refused.stderr) == (1, True)
    nothing = forks.flask("store", "migrate", check=False, INSPECT_DATA=str(world.data))
    assert (nothing.returncode, "无需改写" in nothing.stdout) == (0, True)


def test_the_columns_that_the_collections_ask_for_are_all_there_after_the_first_start(address: str) -> None:
    open_database(address, LAYOUTS).close()
    with psycopg.connect(address) as connection:
        assert list(schema._lacking(connection, Layouts(LAYOUTS))) == []
