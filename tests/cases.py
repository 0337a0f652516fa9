"""Builders of cases: a confirmed finding, a case of it, and acts, by the ways that the pages use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from inspect_app.collections import Kept
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.accounts.user import User
from inspect_app.domain.cases.case import AfterPhoto, Case
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.cases.acts import AskedAct, act_on, open_case
from inspect_app.services.evidence.reviewing import decide
from tests.web.evidence.test_review import inspected
from tests.world import BUREAU, NOW, World

FILED_AT = NOW + timedelta(hours=4)
"""When builders confirm and file; each act of ``acted_on`` is an hour later than the one before, unless told."""
DEADLINE = FILED_AT + timedelta(days=7)


def user(world: World, name: str) -> User:
    found = find_user(world.services.store, name)
    assert found
    return found


def confirmed(world: World, *, seed: int = 1, at: datetime = NOW, kind: str = "public-toilet") -> tuple[str, str]:
    """An inspection with a confirmed finding that has a photo; its id and the item's."""
    id = inspected(world, seed=seed, at=at, kind=kind)
    kept = INSPECTIONS.get(world.services.store, id)
    assert kept
    item = kept.value.findings[0].item.item_id
    decided = decide(world.services, "supervisor", id, item, "confirmed", "", kept.revision, FILED_AT, scope=EVERYTHING)
    assert not isinstance(decided, list), decided
    return id, item


def filed(world: World, *, seed: int = 1, at: datetime = NOW, kind: str = "public-toilet") -> Kept[Case]:
    """A case that is filed and with nobody yet."""
    id, item = confirmed(world, seed=seed, at=at, kind=kind)
    case = open_case(world.services, "supervisor", id, item, "厕位门锁损坏，请修复", FILED_AT, scope=EVERYTHING)
    assert isinstance(case, Kept), case
    return case


def dispatched(world: World, *, unit: str = BUREAU, deadline: datetime = DEADLINE, **of: Any) -> Kept[Case]:
    """A case that is with a unit."""
    return acted_on(world, filed(world, **of), "supervisor", "dispatch", unit=world.unit(unit), deadline=deadline)


def acted_on(world: World, case: Kept[Case], who: str, act: str, at: datetime | None = None, **said: Any) -> Kept[Case]:
    """The case after one more act."""
    when = at or FILED_AT + timedelta(hours=1 + len(case.value.steps))
    done = act_on(world.services, user(world, who), case.id, AskedAct(act, **said), case.revision, when)
    assert isinstance(done, Kept), done
    return done


def after_photo(name: str = "a" * 64, unit: str = "") -> AfterPhoto:
    """An after-photo as a case keeps it."""
    return AfterPhoto(name, FILED_AT, FILED_AT, unit)


def handled(world: World, **of: Any) -> Kept[Case]:
    """A case that waits for verification."""
    case = acted_on(world, dispatched(world, **of), "unit", "accept")
    return acted_on(world, case, "unit", "handle", after=(after_photo(unit=world.unit(BUREAU)),))
