"""Briefs of inspections as bytes: lines of what differs, of what many have alike, of what was seen; and the scores."""

from __future__ import annotations

import json
import sys
from array import array
from collections.abc import Callable

from ...domain.inspecting.brief import ScoredItems, VisitBrief

VERSION = 2
"""Of what a brief says. Whoever changes that, or the rule by which scores count, counts on: all are made anew."""


def brief_bytes(brief: VisitBrief) -> bytes:
    """A brief without its id."""
    own = [
        brief.kind,
        brief.is_visit,
        brief.counts,
        brief.area,
        brief.site,
        brief.name,
        brief.inspector,
        sorted(brief.visitors),
        brief.rate,
        brief.capped,
    ]
    alike = [brief.checklist, brief.version, brief.items.ids, brief.items.weights]
    return b"\n".join((_line(own), _line(alike), brief.seen, _turned(brief.scores)))


def brief_reader() -> Callable[[str, bytes], VisitBrief]:
    """Reads briefs, each text and list that many have in common once."""
    alike: dict[bytes, tuple[str, str, ScoredItems]] = {}
    together: dict[tuple[str, ...], frozenset[str]] = {}
    intern, scan = sys.intern, json.JSONDecoder().scan_once  # type: ignore[attr-defined]

    def read(id: str, raw: bytes) -> VisitBrief:
        own, common, seen, scores = raw.split(b"\n", 3)
        kind, is_visit, counts, area, site, name, inspector, visitors, rate, capped = scan(own.decode(), 0)[0]
        found = alike.get(common)
        if found is None:
            checklist, version, ids, weights = json.loads(common)
            found = alike[common] = checklist, version, ScoredItems(tuple(ids), tuple(weights))
        who = tuple(visitors)
        people = together.get(who)
        if people is None:
            people = together[who] = frozenset(who)
        checklist, version, items = found
        return VisitBrief(
            id,
            intern(kind),
            is_visit,
            counts,
            intern(area),
            site,
            name,
            checklist,
            version,
            intern(inspector),
            people,
            rate,
            capped,
            items,
            _turned(scores),
            seen,
        )

    return read


def _line(values: object) -> bytes:
    return json.dumps(values, separators=(",", ":")).encode()


def _turned(scores: bytes) -> bytes:
    """As they are kept, little end first, from how this machine has them, and back."""
    if sys.byteorder == "little":
        return scores
    swapped = array("d", scores)
    swapped.byteswap()
    return swapped.tobytes()
