"""Turns at scheduled work, as rows of the database: who has one says now and then that they are alive.

An advisory lock would hang on a connection, which a machine without power keeps open for hours. The clock is the
database's.
"""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .. import StoreAway
from ..turns import SLACK, Ran
from .connecting import Connections, statement, told

_LEASE_S = 30.0
_log = logging.getLogger(__name__)
_TAKE = b"""INSERT INTO _turns (name, holder, host, until) VALUES (%s, %s, %s, now() + make_interval(secs => %s))
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, host = excluded.host, until = excluded.until
WHERE _turns.until <= now() AND (_turns.ended_at IS NULL OR _turns.ended_at > now()
OR _turns.ended_at <= now() - make_interval(secs => %s)) RETURNING name"""
_HOLD = "UPDATE _turns SET until = now() + make_interval(secs => %s) WHERE name = %s AND holder = %s"
_END = "UPDATE _turns SET until = '-infinity', ended_at = now(), error = %s WHERE name = %s AND holder = %s"


class PostgresTurns:
    """Turns of all servers of a database."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    @contextmanager
    def turn(self, name: str, every_s: float = 0.0) -> Iterator[bool]:
        """Whether the block is to be run. Raises ``StoreAway``."""
        holder = secrets.token_hex(8)
        with told(), self._connections.one() as database:
            mine = database.execute(_TAKE, (name, holder, socket.gethostname(), _LEASE_S, every_s * SLACK)).fetchone()
        if not mine:
            yield False
            return
        error, over = "", threading.Event()
        threading.Thread(target=self._hold, args=(name, holder, over), name=f"turn {name}", daemon=True).start()
        try:
            yield True
        except Exception as failure:
            error = f"{type(failure).__name__}: {failure}"[:500].replace("\0", "")
            raise
        finally:
            over.set()
            self._run(_END, error, name, holder)

    def ran(self) -> list[Ran]:
        query = b"SELECT name, ended_at, host, error, until > now() FROM _turns WHERE name <> 'history' ORDER BY name"
        rows = self._connections.read(lambda database: database.execute(query).fetchall())
        return [Ran(name, ended_at, host, error, bool(held)) for name, ended_at, host, error, held in rows]

    def _hold(self, name: str, holder: str, over: threading.Event) -> None:
        while not over.wait(_LEASE_S / 4):
            self._run(_HOLD, _LEASE_S, name, holder)

    def _run(self, change: str, *values: object) -> None:
        """What is not told to a database that is away ends by itself."""
        try:
            with told(), self._connections.one() as database:
                database.execute(statement(change), values)
        except StoreAway as error:
            _log.warning("%s", error)
