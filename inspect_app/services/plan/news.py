"""What is new for an inspector (新消息), told from plan, decisions and checklists, and until when they have looked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from datetime import datetime

from ...collections.inspecting.held_import import HELD_IMPORTS
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.inspecting.news_seen import NEWS_SEEN
from ...collections.place.site import SITES
from ...domain.accounts.user import User
from ...domain.inspecting.news import LONGEST, Looked, News, gone, of_denial, of_held, of_inspection, of_plan
from ...domain.weeks import shifted, week_of
from .. import Services
from ..evidence.reviewing import inspections_of
from .planning import own_sites

_WEEKS = 3
"""So many weeks may a decision of ``LONGEST`` ago be about."""


def news_for(services: Services, user: User, now: datetime) -> list[News]:
    """What changed for an account since it last looked, the newest first; what only is so, before it."""
    kept, week = NEWS_SEEN.get(services.store, user.name), week_of(now, services.settings.timezone)
    seen = kept.value if kept else None
    since = max(seen.at, now - LONGEST) if seen else now - LONGEST
    own = _own(services, user, week)
    left = (SITES.get(services.store, code) for code in gone(seen, week, own))
    standing = [*of_plan(seen, week, own), *(News("site_gone", name=kept.value.name) for kept in left if kept)]
    dated = [
        *_decided(services, user, week, since),
        *(one for kept in HELD_IMPORTS.find(services.store, inspector=user.name) for one in of_held(kept.value, since)),
        *_checklists(services, since),
    ]
    return [*standing, *sorted(dated, key=lambda one: one.at or now, reverse=True)]


def mark_of(news: list[News]) -> str:
    """What tells one list of news from another."""
    return hashlib.sha256(repr([astuple(one) for one in news]).encode()).hexdigest()[:16]


def note_seen(services: Services, user: User, mark: str, now: datetime) -> bool:
    """Note that somebody has looked at these news, by their mark; nothing where there are others by now."""
    if mark_of(news_for(services, user, now)) != mark:
        return False
    week = week_of(now, services.settings.timezone)
    sites = {code: revision for code, (revision, _) in _own(services, user, week).items()}
    NEWS_SEEN.keep(services.store, user.name, Looked(now, week, sites))
    return True


def _own(services: Services, user: User, week: str) -> Mapping[str, tuple[int, str]]:
    """Revision and name of the own sites of a week's plan that are in use, by code."""
    sites = (SITES.get(services.store, code) for code in own_sites(services, user.name, week))
    return {kept.id: (kept.revision, kept.value.name) for kept in sites if kept and kept.value.state == "active"}


def _decided(services: Services, user: User, week: str, since: datetime) -> Iterator[News]:
    for earlier in (shifted(week, -n) for n in range(_WEEKS)):
        for kept in inspections_of(services, user.name, earlier):
            titles = {item.id: item.text for item in services.library.kept(kept.value.version).items}
            yield from of_inspection(kept.id, kept.value, since, titles)
        for of in ("inspector", "denier"):
            for kept in INSPECTIONS.find(services.store, week=earlier, **{of: user.name}):
                yield from of_denial(kept.id, kept.value, since, user.name)


def _checklists(services: Services, since: datetime) -> Iterator[News]:
    current = services.library.current
    for edition in services.library.newest_editions():
        if edition.at > since and edition.name in current:
            yield News("checklist", edition.at, current[edition.name].title)
