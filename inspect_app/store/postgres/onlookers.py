"""Who looks at what right now, as rows of the database, which a crash of it may take. The clock is the database's."""

from __future__ import annotations

from ..onlookers import PRESENT_FOR_S, Seen, by_what
from .connecting import Connections, told
from .texts import column_text, text_in_column

_LOOK = b"""INSERT INTO _onlookers VALUES (%s, %s, %s, now() + make_interval(secs => %s)) ON CONFLICT (who)
DO UPDATE SET title = excluded.title, at = excluded.at, until = excluded.until"""
_LEAVE = b"DELETE FROM _onlookers WHERE who = %s"
_FORGET = b"""DELETE FROM _onlookers
WHERE who IN (SELECT who FROM _onlookers WHERE until <= now() FOR UPDATE SKIP LOCKED)"""
_OTHERS = b"SELECT at, title FROM _onlookers WHERE who <> %s AND until > now() ORDER BY who"


class PostgresOnlookers:
    """Those at all servers of a database."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def look(self, user: str, title: str, at: str) -> Seen:
        """As any; raises ``StoreAway``."""
        who = column_text(user)
        with told(), self._connections.one() as database, database.pipeline():
            if at:
                database.execute(_LOOK, (who, column_text(title), column_text(at), PRESENT_FOR_S))
            else:
                database.execute(_LEAVE, (who,))
            # Behind one's own row, and past those that others hold: two can never wait for each other.
            database.execute(_FORGET)
            rows = database.execute(_OTHERS, (who,)).fetchall()
        return by_what((text_in_column(at), text_in_column(title)) for at, title in rows)
