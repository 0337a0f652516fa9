"""The log of years is read entry by entry: what is asked of it about one thing holds no more than that thing's."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from weakref import WeakSet

from inspect_app.domain.blanking import BLANK
from inspect_app.services.audit import entries_of
from inspect_app.services.cases.blanking import blank
from tests.world import NOW, World

OTHERS = 500


class Line(dict):  # type: ignore[type-arg]
    """An entry of which it is known whether anybody still holds it."""

    __hash__ = object.__hash__


def line(seq: int, act: str, of: str, **after: object) -> Line:
    return Line(seq=seq, act=act, of=of, who="a", at="2026-03-02T00:00:00Z", before=None, after=after)


def test_no_more_of_the_log_is_held_than_what_is_asked_for():
    alive, most = WeakSet(), 0

    def entries() -> Iterator[Line]:
        nonlocal most
        for seq in range(1, OTHERS):
            one = line(seq, "finding.rejected", "other" if seq != 7 else "site/x/jam", reason="店主王大明说")
            alive.add(one)
            most = max(most, len(alive))
            yield one
        yield line(OTHERS, "text.blanked", "elsewhere", reason="误写", log=["7 after/reason"])

    services = SimpleNamespace(audit=SimpleNamespace(entries=entries))
    (found,) = entries_of(services, "site/x", "nothing")
    assert (found["seq"], found["after"]["reason"]) == (7, BLANK)
    assert most < 10


def test_blanking_reads_the_log_as_a_reader_and_not_into_memory(tmp_path: Path, monkeypatch):
    world = World.in_memory(tmp_path / "data")
    audit = world.services.audit
    for number in range(OTHERS):
        audit.append(dict(line(number, "site.changed", "site/other", reason="改名")))
    alive, most, read = WeakSet(), 0, audit.entries

    def entries() -> Iterator[Line]:
        nonlocal most
        for one in read():
            watched = Line(one)
            alive.add(watched)
            most = max(most, len(alive))
            yield watched

    monkeypatch.setattr(type(audit), "entries", lambda _: entries())
    assert [str(one) for one in blank(world.services, "a", "site:zebra-crossing-1", "王大明", "误写", NOW)] == [
        "texts.not_written"
    ]
    assert 0 < most < OTHERS / 2
