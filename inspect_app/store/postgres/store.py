"""The store on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .. import Fields, Given, Page, Put, Risk, Stale, Stored, Write
from ..layouts import Layouts, check_id, check_weekly, check_writes, compared, page_of
from .connecting import Connections
from .fence import assert_let_in
from .jobs import PostgresJobs
from .log import PostgresLog
from .losses import Losses
from .onlookers import PostgresOnlookers
from .planning import ActInTransaction
from .prints import PostgresPrints
from .reading import Reader
from .recent import RecentDocuments
from .risks import risks
from .shelf import PostgresShelf
from .texts import WHOLE
from .turns import PostgresTurns
from .writing import Writer


class PostgresStore:
    """Documents in the tables of a database whose tables are ready (``schema.py``).

    Safe for threads, and for processes on any number of machines.
    """

    def __init__(self, connections: Connections, layouts: Layouts) -> None:
        self._connections = connections
        self._layouts = layouts
        self._documents = RecentDocuments()
        self._reader = Reader(connections, layouts, self._documents)
        self._writer = Writer(connections, layouts)
        self._log = PostgresLog(connections, self._writer)
        self._losses = Losses(connections, layouts)
        self.jobs = PostgresJobs(connections)
        self.turns = PostgresTurns(connections)
        self.shelf = PostgresShelf(connections)
        self.prints = PostgresPrints(connections)
        self.onlookers = PostgresOnlookers(connections)

    @property
    def log(self) -> PostgresLog:
        return self._log

    def put_once(
        self, collection: str, id: str, document: Mapping[str, Any], *, same_by: str | None = None
    ) -> tuple[Put, Stored]:
        check_id(id)
        write = Write(collection, id, document, 0)
        check_writes(self._layouts, [write])
        asked = ActInTransaction([write], (), ())
        while True:
            # Who sends something again waits for nobody: what is kept stays kept.
            if earlier := self.get(collection, id):
                return compared(earlier, document, same_by), earlier
            try:
                return Put.CREATED, self._done(asked)[0]
            except Stale:
                continue

    def get(self, collection: str, id: str) -> Stored | None:
        return self._reader.get(collection, id)

    def update(self, collection: str, id: str, document: Mapping[str, Any], *, expected_revision: int) -> Stored:
        self._layouts.is_weekly(collection)
        if expected_revision < 1:
            raise Stale(f"{collection}/{id}")
        return self.act([Write(collection, id, document, expected_revision)])[0]

    def act(
        self, writes: Sequence[Write], entries: Sequence[Mapping[str, Any]] = (), *, given: Sequence[Given] = ()
    ) -> list[Stored]:
        check_writes(self._layouts, writes)
        for one in given:
            self._layouts.is_weekly(one.collection)
        return self._done(ActInTransaction(writes, entries, given))

    def find(self, collection: str, *, skip: int = 0, **fields: Fields) -> list[Stored]:
        wanted, weeks = self._layouts.wanted(collection, fields)
        return [
            stored
            for part, state in self._reader.states(collection).items()
            if weeks is None or part in weeks
            for stored in self._reader.found(collection, part, state, wanted, skip)
        ]

    def page(
        self, collection: str, *, limit: int, after: str | None = None, newest: bool = False, **fields: Fields
    ) -> Page:
        wanted, weeks = self._layouts.wanted(collection, fields)

        def some(part: str, count: int, behind: str | None) -> list[Stored]:
            return self._reader.paged(collection, part, wanted, count, after=behind, newest=newest)

        parts = [part for part in self._reader.states(collection) if weeks is None or part in weeks]
        return page_of(parts, some, limit, after, newest=newest)

    def briefs(self, collection: str, week: str) -> Iterator[tuple[str, bytes]]:
        check_weekly(self._layouts, collection, week)
        brief = self._layouts.brief(collection)
        return self._reader.briefs(collection, week, brief)

    def changed_briefs(
        self, collection: str, seen: Sequence[int], state: str
    ) -> tuple[str, Sequence[tuple[int, str, int, bytes]]]:
        if self._layouts.is_weekly(collection):
            raise ValueError(f"a collection of weeks: {collection}")
        now = str(self._reader.state(collection, WHOLE))
        if now == state:
            return now, ()
        return now, self._reader.changed_briefs(collection, seen, self._layouts.brief(collection))

    def weeks(self, collection: str) -> list[str]:
        return list(self._reader.states(collection)) if self._layouts.is_weekly(collection) else []

    def state(self, collection: str, week: str) -> str:
        check_weekly(self._layouts, collection, week)
        return str(self._reader.state(collection, week))

    def damaged(self) -> list[str]:
        return self._losses.damaged()

    def read_all(self) -> list[str]:
        return self._losses.all()

    def accept_losses(self) -> None:
        self._losses.accept()

    def probe(self) -> None:
        self._connections.probe()
        self._connections.read(assert_let_in)

    def risks(self) -> list[Risk]:
        return self._connections.read(risks)

    def forget_replaced(self, collection: str, week: str = "") -> None:
        """The database's own cleaning does it: only the owner of its server can say when."""

    def take_stock(self) -> None:
        """Every transaction does."""

    def close(self) -> None:
        self._connections.close()

    def _done(self, asked: ActInTransaction) -> list[Stored]:
        asked.jobs = self.jobs.with_the_act() if asked.writes else []
        self._writer.do(asked)
        kept = zip(asked.writes, asked.kept(), asked.texts, strict=True)
        return [self._documents.keep(write.collection, stored, len(text)) for write, stored, text in kept]
