"""Briefs of cases as bytes: one line of JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from sys import intern
from typing import Any

from ...domain.cases.brief import CaseBrief
from ...domain.cases.case import Recheck
from ...domain.cases.life_cycle import State
from ...domain.weeks import instant_of, utc_text

VERSION = 1
"""Of what a brief says. Whoever changes that counts on: all are made anew."""


def case_brief_bytes(brief: CaseBrief) -> bytes:
    """A brief without its id."""
    instants = (brief.filed_at, brief.deadline, brief.dispatched_at, brief.reported_at)
    recheck = brief.recheck
    values = [
        *(brief.week, brief.area, brief.site, brief.inspection, brief.item, brief.clauses, brief.state, brief.unit),
        *(utc_text(at) if at else None for at in (*instants, brief.asked_until, brief.closed_at)),
        [recheck.by, utc_text(recheck.at), recheck.inspector] if recheck else None,
        *(brief.late, brief.sent_back, brief.recurrent, brief.extended, brief.exposed, brief.checklist),
    ]
    return json.dumps(values, separators=(",", ":")).encode()


def case_brief_reader() -> Callable[[str, bytes], CaseBrief]:
    """Reads briefs, each list of clauses that many have in common once."""
    alike: dict[tuple[str, ...], tuple[str, ...]] = {}

    def read(id: str, raw: bytes) -> CaseBrief:
        week, area, site, inspection, item, clauses, state, unit, *others = json.loads(raw)
        (filed, deadline, sent, reported, asked, closed, recheck, *rest), listed = others, tuple(clauses)
        values: list[Any] = [
            *(id, intern(week), intern(area), site, inspection, intern(item), alike.setdefault(listed, listed)),
            *(State(state), intern(unit), instant_of(filed), _maybe(deadline), _maybe(sent), _maybe(reported), *rest),
            *(_maybe(asked), _maybe(closed), _recheck(recheck)),
        ]
        return CaseBrief(*values)

    return read


def _maybe(text: str | None) -> datetime | None:
    return instant_of(text) if text else None


def _recheck(told: list[str] | None) -> Recheck | None:
    return Recheck(told[0], instant_of(told[1]), told[2]) if told else None
