"""That no program writes which leaves a column empty that another one looks in.

A field that a collection is newly found by is a column. A program of before that goes on writing leaves it empty, or as
it was, and nobody would notice. So ``store migrate`` notes which columns must be filled in; who writes says which it
fills in, and the database refuses the transactions of who leaves one out. What such a program reads is right.
"""

from __future__ import annotations

import json

from .. import Layout, StoreLeft
from ..layouts import Layouts
from .connecting import LEFT, Database, is_there, statement

_TABLE = "_filled"
_SAID = "数据库已升级，这台服务器的程序还是旧的，没有保存；请稍后再试，手机会自动重发"
_LEAVES_OUT = f"""own = '{{}}' OR EXISTS (
        SELECT FROM {_TABLE}, jsonb_each(fields) AS wanted
        WHERE own ? wanted.key AND NOT own -> wanted.key @> wanted.value
    )"""
_OWN = "coalesce(nullif(current_setting('inspect.fields', true), ''), '{}')::jsonb"
"""What a connection said that its program fills in."""
_MAKE = f"""
CREATE TABLE {_TABLE} (fields jsonb NOT NULL);
CREATE FUNCTION _refuse_unfilled() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    own jsonb := {_OWN};
BEGIN
    IF {_LEAVES_OUT} THEN
        RAISE EXCEPTION '{LEFT}{_SAID}'
            USING ERRCODE = 'read_only_sql_transaction';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER _filled BEFORE UPDATE ON _head FOR EACH ROW EXECUTE FUNCTION _refuse_unfilled()
"""
Filled = dict[str, list[str]]
"""The fields by collection whose columns are filled in."""


def fields_of(layout: Layout) -> list[str]:
    """The fields that have a column: a week is a table of its own."""
    return [field for field in layout.by if not (layout.weekly and field == "week")]


def filled_by(layouts: Layouts) -> str:
    """What this program fills in, as the database is told of each of its connections."""
    return json.dumps(_filled(layouts))


def assert_let_in(connection: Database) -> None:
    """Raises ``StoreLeft`` where nothing that this connection's program writes would be taken, as the trigger does."""
    if not is_there(connection, _TABLE):
        return
    row = connection.execute(statement(f"SELECT {_LEAVES_OUT} FROM (SELECT {_OWN} AS own) AS said")).fetchone()
    if row and row[0]:
        raise StoreLeft(_SAID)


def noted(connection: Database) -> Filled | None:
    """What must be filled in; None where nobody ever noted it, and all columns are."""
    if not is_there(connection, _TABLE):
        return None
    row = connection.execute(statement(f"SELECT fields::text FROM {_TABLE}")).fetchone()
    found: Filled = json.loads(row[0]) if row else {}
    return found


def is_refused(wanted: Filled | None, layouts: Layouts) -> bool:
    """Whether this program leaves out something that must be filled in."""
    own = _filled(layouts)
    return any(not set(fields) <= set(own[name]) for name, fields in (wanted or {}).items() if name in own)


def unfilled(wanted: Filled | None, layout: Layout) -> set[str]:
    """The fields of a collection that others may have left out."""
    if wanted is None:
        return set()
    return set(fields_of(layout)) - set(wanted.get(layout.name, ()))


def note(connection: Database, layouts: Layouts) -> None:
    """Have what this program fills in be what must be; of collections that it does not know, what was noted."""
    before = noted(connection)
    if before is None:
        connection.execute(statement(_MAKE))
    connection.execute(statement(f"DELETE FROM {_TABLE}"))
    wanted = json.dumps({**(before or {}), **_filled(layouts)})
    connection.execute(statement(f"INSERT INTO {_TABLE} VALUES (%s)"), (wanted,))


def _filled(layouts: Layouts) -> Filled:
    return {layout.name: sorted(fields_of(layout)) for layout in layouts}
