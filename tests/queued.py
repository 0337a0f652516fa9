"""Jobs of a world as they are after some time, wherever they are kept."""

from __future__ import annotations

import sqlite3

import psycopg

from tests.world import World


def age(world: World, seconds: float, *, due: bool) -> None:
    """Have all that waits be asked for so much earlier, and due now, or not before a test is over."""
    if world.settings.database:
        with psycopg.connect(world.settings.database) as database:
            change = "UPDATE _jobs SET since = since - make_interval(secs => %s), not_before = %s"
            database.execute(change.encode(), (seconds, "-infinity" if due else "infinity"))
        return
    (path,) = (world.data / "waiting").glob("waiting-*.sqlite")
    with sqlite3.connect(path) as listed:
        listed.execute("UPDATE waiting SET since = since - ?, not_before = ?", (seconds, 0 if due else 9e12))
