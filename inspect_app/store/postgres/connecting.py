"""Connections to PostgreSQL, and what goes wrong with them: told apart, in Chinese, with nothing done twice."""

from __future__ import annotations

import errno
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg_pool import ConnectionPool, PoolClosed, PoolTimeout

from .. import StoreAway, StoreBarred, StoreDamaged, StoreLeft, StoreUnfit
from .watching import Watch

Database = psycopg.Connection[tuple[Any, ...]]
_T = TypeVar("_T")
_MOST = 24
"""Connections of one process: one for its writer, the others for reading; they are opened as they are needed."""
_WAIT_S = 5.0
"""How long a request waits for a connection before it is told that the database is away."""
_AWAY_WAIT_S = 0.5
"""How long the next ones wait, until one is given a connection: what needs no database is served meanwhile."""
_IDLE_S = 120.0
_SESSION = b"""
SET statement_timeout = '60s';
SET lock_timeout = '20s';
SET idle_in_transaction_session_timeout = '20s';
SET client_encoding = 'UTF8'
"""
"""Whoever is stopped in the midst of writing lets go of the others after a while."""
_ALIVE: dict[str, Any] = {
    "autocommit": True,
    "application_name": "inspect",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
_CAUSES = {
    "password authentication failed": "用户名或密码不对",
    "no password supplied": "网址里缺少密码",
    "no pg_hba.conf entry": "数据库不允许从这台机器、用这个账号连接（pg_hba.conf）",
    "does not exist": "没有这个数据库或账号",
    "Connection refused": "数据库没有启动，或者主机、端口写错了",
    "No such file or directory": "数据库没有启动，或者主机、端口写错了",
    "could not translate host name": "找不到这台主机",
    "failed to resolve host": "找不到这台主机",
    "timeout expired": "主机没有回答",
    "too many clients": "数据库的连接数已满",
    "remaining connection slots": "数据库的连接数已满",
    "starting up": "数据库正在启动",
    "shutting down": "数据库正在停止",
}
"""What the driver says where there is no connection, and what it means."""
_AWAY = "数据库暂时不能用，没有保存"
_SWAMPED = "数据库正忙，没有保存"
_UNKNOWN = "数据库的回答丢了，不知道是否已保存"
_STANDBY = "数据库是只读的备库，不能保存；请让 INSPECT_DATABASE 指向主库"
_CAN_WRITE = b"""SELECT pg_is_in_recovery() OR current_setting('transaction_read_only')::bool,
to_regclass('_moved') IS NOT NULL FROM _head"""
_NO_RIGHT = "数据库的账号没有权限建表或使用这些表，请让它拥有这个数据库：ALTER DATABASE … OWNER TO …"
LEFT = "inspect: "
"""How begins what the database itself answers to who writes where nothing is kept any more (``leaving.py``)."""
SNAPSHOT = b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
"""Begins a transaction all of whose questions are answered as of one moment."""
_log = logging.getLogger(__name__)


def connected(url: str) -> Database:
    """One connection, for opening and for commands. Raises ``StoreAway`` and ``StoreUnfit``."""
    try:
        return psycopg.connect(url, **_ALIVE)
    except psycopg.OperationalError as error:
        raise StoreAway(f"连不上数据库：{_cause(error)}") from error
    except (psycopg.Error, UnicodeError) as error:  # the address itself, which has a password in it
        raise StoreUnfit(
            "INSPECT_DATABASE：应为数据库的网址，如 postgresql://账号:密码@主机/数据库，现在的读不懂"
        ) from error


def _cause(error: psycopg.Error) -> str:
    text = " ".join(str(error).split())
    found = next((meaning for sign, meaning in _CAUSES.items() if sign in text), "")
    return f"{found}（{text}）" if found else text


class Connections:
    """The connections of a store. Safe for threads.

    ``fields`` is which columns who writes by them fills in (``fence.py``), as the database is told.
    """

    def __init__(self, url: str, fields: str = "") -> None:
        self._url = url
        self._pool: ConnectionPool[Database] = ConnectionPool(
            url,
            kwargs=_ALIVE,
            min_size=0,
            max_size=_MOST,
            timeout=_WAIT_S,
            max_idle=_IDLE_S,
            reconnect_timeout=_WAIT_S,  # whoever asks next tries anew at once, and not after ever longer pauses
            num_workers=1,
            configure=partial(_configure, fields=fields),
            open=True,
        )
        self._is_away = False
        self._watch = Watch(self._answers, self._pool.drain)

    def read(self, ask: Callable[[Database], _T], *, snapshot: bool = False) -> _T:
        """What ``ask`` is told by a connection; by another one where that was dead, as after the server's restart.

        With ``snapshot`` all its questions are answered as of one moment. Raises ``StoreAway`` and ``StoreDamaged``.
        """
        with told():
            connection: Database | None = None
            try:
                with self.one() as connection:
                    return _asked(ask, connection, snapshot)
            except psycopg.OperationalError:
                if connection is None or not connection.closed:
                    raise
            self.drop_dead()
            with self.one() as connection:
                return _asked(ask, connection, snapshot)

    @contextmanager
    def snapshot(self) -> Iterator[Database]:
        """A connection all of whose questions are answered as of one moment, for what is read bit by bit.

        Raises ``StoreAway`` and ``StoreDamaged``.
        """
        with told(), self.one() as connection:
            connection.execute(SNAPSHOT)
            yield connection

    def probe(self) -> None:
        """Raises ``StoreAway`` where no question is answered, or nothing can be written, as in what was left."""
        row = self.read(lambda database: database.execute(_CAN_WRITE).fetchone())
        if row is None or row[0]:
            raise StoreAway(_STANDBY)
        if row[1]:
            left = self.read(lambda database: database.execute(b"SELECT message FROM _moved").fetchone())
            raise StoreLeft(left[0] if left else _STANDBY)

    @contextmanager
    def one(self) -> Iterator[Database]:
        """One connection to write by, ``told`` what goes wrong with it."""
        with ExitStack() as held:
            out = held.enter_context(self._watch.over())
            wait = min(_AWAY_WAIT_S, _WAIT_S) if self._is_away else _WAIT_S
            try:
                out.connection = connection = held.enter_context(self._pool.connection(timeout=wait))
            except PoolTimeout:
                self._is_away = True
                raise
            self._is_away = False
            yield connection

    def drop_dead(self) -> None:
        """Let go of connections that may have ended with one that did; to ask each would be to wait for each."""
        self._pool.drain()

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._url, **_ALIVE).close()
        except errors.ConnectionTimeout:
            return False
        except psycopg.OperationalError:  # it says no, which is an answer
            return True
        return True

    def another(self) -> Database:
        """A connection besides the pool's, to ask what became of a lost one."""
        return psycopg.connect(self._url, **_ALIVE)

    def close(self) -> None:
        self._pool.close()


def is_there(connection: Database, table: str) -> bool:
    """Whether a database has a table."""
    row = connection.execute(statement(f"SELECT to_regclass('{table}') IS NOT NULL")).fetchone()
    return bool(row and row[0])


def _asked(ask: Callable[[Database], _T], connection: Database, snapshot: bool) -> _T:
    if snapshot:
        connection.execute(SNAPSHOT)  # the pool ends it
    return ask(connection)


def _configure(connection: Database, fields: str) -> None:
    connection.execute(_SESSION)
    connection.execute(b"SELECT set_config('inspect.fields', %s, false)", (fields,))
    # An answer is given for what is on disk; a server that is set otherwise as a rule is told so for ours.
    row = connection.execute(b"SELECT current_setting('synchronous_commit')").fetchone()
    if row and row[0] in ("off", "local"):
        connection.execute(b"SET synchronous_commit = on")


@contextmanager
def told() -> Iterator[None]:
    """What goes wrong in the database, as the rest of the tool knows it."""
    try:
        yield
    except PoolClosed as error:
        raise ValueError("the store is closed") from error
    except PoolTimeout as error:
        raise StoreAway(_AWAY) from error
    except errors.DiskFull as error:
        raise OSError(errno.ENOSPC, "数据库所在的磁盘已满") from error
    except (errors.DataCorrupted, errors.IndexCorrupted) as error:
        raise StoreDamaged(f"数据库报告数据损坏：{' '.join(str(error).split())}，请从备份恢复") from error
    except (errors.InsufficientPrivilege, errors.InvalidSchemaName) as error:
        raise StoreBarred(f"{_NO_RIGHT}（{error.diag.message_primary}）") from error
    except errors.ReadOnlySqlTransaction as error:
        said = error.diag.message_primary or ""
        if said.startswith(LEFT):
            raise StoreLeft(said.removeprefix(LEFT)) from error
        raise StoreAway(_STANDBY) from error
    except (errors.LockNotAvailable, errors.QueryCanceled) as error:
        _log.warning("the database was too slow: %s", error)
        raise StoreAway(_SWAMPED) from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        _log.warning("the database is away: %s", error)
        raise StoreAway(_AWAY) from error


def lost_answer() -> StoreAway:
    """Nobody can tell whether something is kept."""
    return StoreAway(_UNKNOWN, is_unknown=True)


def statement(text: str) -> bytes:
    """A statement whose names were put in by ``texts.py``; all values come by parameters."""
    return text.encode()
