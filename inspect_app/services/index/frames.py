"""What each week's figures rest on: its frozen frame, or the register and rules of today where it has none yet.

A week is framed by the draw of its plan, else at its end (by a server that runs then, or once it does: ``freeze_over``;
at the latest when it is first looked at), or published before. What the office freezes anew stands beside what was
frozen before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import lru_cache, partial

from ...collections.index.publication import PUBLICATIONS
from ...collections.index.week_frame import FRAME_AREAS, WEEK_FRAMES
from ...collections.inspecting.inspection import INSPECTIONS
from ...collections.plan.week_plan import REGISTERS
from ...domain.index.frame import Frame, FrameContent, areas_file, listed_of, tree_of
from ...domain.index.weights import weights_from_json
from ...domain.plan.draw import Listed
from ...domain.problems import Problem
from ...store import Stale
from .. import Services
from ..audit import keep
from ..plan.framing import Framing, content_now, content_of_draw, framing
from ..plan.planning import drawn_from, find_plan, is_over, register_file
from ..repeating import keep_doing_once
from .frozen import FrozenDamaged

ITSELF = "程序"
"""Who freezes: nobody has to, and nobody may forget it."""
_EVERY_S, _FIRST_AFTER_S = 60, 20
"""Monday's first minute is as long as a register may be changed that the week before will rest on."""
_MOST_KEPT = 4_000_000
"""Characters of a register whose sites are kept at hand: some 100,000 of them."""
MAX_REASON = 500
Framed = tuple[FrameContent, Frame | None]
"""What figures rest on, with the frame that says so; None where nothing is frozen."""


def frames_of(services: Services, week: str) -> tuple[Frame, ...]:
    """The frames of a week, oldest first; the last one is in force. Empty where nothing is frozen yet."""
    kept = WEEK_FRAMES.get(services.store, week)
    return kept.value if kept else ()


def frames_revision(services: Services, week: str) -> int:
    """What an act on the frames of a week names; 0 where there is none."""
    kept = WEEK_FRAMES.get(services.store, week)
    return kept.revision if kept else 0


def in_force(services: Services, week: str) -> Framed:
    """What a week's figures rest on. Raises ``FrozenDamaged`` where what was frozen is gone."""
    frames = frames_of(services, week)
    return (_read(services, week, frames[-1]), frames[-1]) if frames else (content_now(services, week), None)


def freeze_due(services: Services, week: str, now: datetime, *, published: bool = False) -> None:
    """Frame a week that has visits, where it is time. Asked by whatever reads a week as well: none is read unframed.

    It is time when its plan was drawn, when it is over, and when it is about to be ``published``.
    """
    if frames_of(services, week) or services.store.damaged() or not INSPECTIONS.count(services.store, 1, week=week):
        return
    if due := _due(services, week, now, published):
        with suppress(Stale):  # somebody else asked at the same moment
            keep(services.store, ITSELF, now, [due.entry], [due.write])


def freeze_over(services: Services, now: datetime) -> int:
    """Frame all weeks with visits that are over and were framed by nothing yet; how many these are."""
    if services.store.damaged():
        return 0
    over = [week for week in INSPECTIONS.weeks(services.store) if is_over(services, week, now)]
    due = [week for week in over if not frames_of(services, week)]
    for week in due:
        freeze_due(services, week, now)
    return len(due)


def keep_framing(services: Services) -> None:
    """Frame weeks as they end, as long as the process lives; returns at once."""
    work = partial(freeze_over, services)
    keep_doing_once(services.turns, "framing", work, every_s=_EVERY_S, first_s=_FIRST_AFTER_S)


def _due(services: Services, week: str, now: datetime, published: bool) -> Framing | None:
    if drawn := _drawn_content(services, week):
        return framing(services, week, drawn, ITSELF, now, "drawn")
    if is_over(services, week, now):
        return framing(services, week, _with_published_rules(services, week), ITSELF, now, "over")
    return framing(services, week, content_now(services, week), ITSELF, now, "published") if published else None


def differing(services: Services, week: str) -> tuple[str, ...]:
    """What a week would rest on otherwise if it were frozen anew now, in sentences; empty where nothing is other."""
    then, now = in_force(services, week)[0], content_now(services, week)
    return (*_sites_said(then, now), *_rules_said(then, now))


def refreeze(
    services: Services, who: str, week: str, reason: str, expected_revision: int, now: datetime
) -> list[Problem]:
    """Have a week rest on the register, areas, weights and rules of today, with a reason that the log keeps.

    What it rested on before stays readable. Nothing that is published changes by it: a correction has to be published.
    Raises ``Stale`` where the week was framed otherwise since.
    """
    kept = WEEK_FRAMES.get(services.store, week)
    if kept is None:
        return [Problem("index.not_framed", details={"week": week})]
    if not 0 < len(reason.strip()) <= MAX_REASON:
        return [Problem("index.frame_reason_wanted", details={"most_reason": MAX_REASON})]
    if kept.revision != expected_revision:
        raise Stale(f"{WEEK_FRAMES.name}/{week}")
    anew = framing(services, week, content_now(services, week), who, now, "anew", reason.strip())
    if anew.frame.rests_on_the_same(kept.value[-1]):
        return [Problem("index.frame_same")]
    keep(services.store, who, now, [anew.entry], [anew.write])
    return []


def _drawn_content(services: Services, week: str) -> FrameContent | None:
    """That of the draw, where the plan of a week was drawn from a register that was kept."""
    kept = find_plan(services, week)
    if kept is None or kept.value.how is None or register_file(services, kept.value) is None:
        return None
    found = content_of_draw(services, week, drawn_from(services, kept.value), kept.value.how)
    return _with_published_rules(services, week, found)


def _with_published_rules(services: Services, week: str, found: FrameContent | None = None) -> FrameContent:
    """That of today, or what was found, with the weights and the least number of sites that the week was published by
    where a version of the program did so that framed nothing.
    """
    found = found or content_now(services, week)
    kept = PUBLICATIONS.get(services.store, week)
    last = kept.value.revision() if kept else None
    if last is None or not last.digest:
        return found
    with suppress(FrozenDamaged):
        head = services.frozen.week(last.digest).head
        return replace(found, weights=weights_from_json(head.weights), minimum=head.minimum)
    return found


def _read(services: Services, week: str, frame: Frame) -> FrameContent:
    register = REGISTERS.get(services.store, frame.register)
    areas = FRAME_AREAS.get(services.store, frame.areas)
    if register is None or areas is None:
        raise FrozenDamaged(f"{week} 的指数依据的登记或区域缺失，请从备份恢复")
    return frame.content(_tree(areas.value), _listed(register.value))


def _listed(file: str) -> tuple[Listed, ...]:
    """The sites of a register, which are kept at hand where they are not as many as a nation has."""
    return _lately_listed(file) if len(file) <= _MOST_KEPT else listed_of(file)


_lately_listed = lru_cache(maxsize=8)(listed_of)
_tree = lru_cache(maxsize=8)(tree_of)


def _sites_said(then: FrameContent, now: FrameContent) -> Iterator[str]:
    """How the registers differ, by the codes of sites."""
    before, after = ({site.code: site for site in one.listed} for one in (then, now))
    moved = sum(before[code] != after[code] for code in before.keys() & after.keys())
    for count, said in (
        (len(after.keys() - before.keys()), "登记增加了{}个点位"),
        (len(before.keys() - after.keys()), "登记减少了{}个点位"),
        (moved, "{}个点位改了区域或类型"),
    ):
        if count:
            yield said.format(count)


def _rules_said(then: FrameContent, now: FrameContent) -> Iterator[str]:
    for name, said in (
        ("weights", "权重改了"),
        ("minimum", "样本不足的界限改了"),
        ("least_response", "应答率的界限改了"),
        ("checklists", "测评清单改了"),
    ):
        if getattr(then, name) != getattr(now, name):
            yield said
    if areas_file(then.tree) != areas_file(now.tree):
        yield "区域改了"
