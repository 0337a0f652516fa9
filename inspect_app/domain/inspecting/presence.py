"""Presence (到场): whether a visit counts by itself, or waits for the office, and why.

Whatever is sent is taken. A visit counts where it shows that somebody was there: a live photo at the site, or positions
of the phone at the site during the visit together with a ticket (``tickets``); and where it took as long as it must and
keeps within the caps. What is lacking is said as codes, the keys of ``REASONS``. What none of this can prove:
docs/develop/presence.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from ..evidence.photo import Evidence
from ..evidence.sent_lists import ListWrong, parse_list
from ..place.positions import Fix, Located, parse_fix
from ..place.proximity import Extended, metres_from
from ..problems import Problem, under
from .presence_rules import PresenceRules

_FIELDS = ("tickets", "fixes", "phone")
MAX_TICKETS, MAX_TICKET, MAX_FIXES, MAX_PHONE = 16, 100, 60, 64
VAGUE_M = 500.0
"""A fix that may be farther off than this says nothing about a site."""
SLACK = timedelta(minutes=2)
"""By so much a fix or photo may lie before or after the visit: a phone uses a fix for two minutes."""

PRESENCES: Mapping[str, str] = {
    "unasked": "计入",
    "shown": "计入",
    "accepted": "计入（已确认到场）",
    "waiting": "待确认到场",
    "left_out": "不计入",
}
"""States: not asked for (reports, and what was kept before there was this rule), shown, decided, or still to be."""
COUNTING = frozenset({"unasked", "shown", "accepted"})
SETTLED: Mapping[str, str] = {"accepted": "确认到场，计入", "left_out": "不计入"}
"""What a supervisor can decide of a visit."""
DECLINED = "partner_declined"
"""The reason of a visit whose partner was believed at once, as earlier versions did; they were not there."""
ALONE = "partner_absent"
"""The reason of a visit that the plan wants two for, and the office found that one of them was not there."""
REASONS: Mapping[str, str] = {
    "nothing_seen": "全部测评项都是不适用，不算一次测评",
    "site_type_changed": "点位的类型与所用清单不同（测评开始后改过，或选错了点位）",
    "site_retired": "点位已停用（测评开始后停用）",
    "site_moved": "点位已划到别的区域（测评开始后改过）",
    "checklist_replaced": "所用清单在测评开始一周以前已经改版或撤下",
    "partner_unknown": "同行人不是在用的测评员账号",
    "partner_apart": "同行人是计划里这个点位另一次测评的测评员，两次应当各自独立",
    DECLINED: "写为同行人的测评员说没有同去",
    ALONE: "计划由两人同去，办公室认定写为同行人的测评员没有同去",
    "no_presence": "没有在点位现场拍摄的照片，测评期间也没有手机定位",
    "used_photo": "现场照片在别的测评中已经用过，测评期间也没有手机定位",
    "no_ticket": "有定位，但手机当天没有到场凭据（需要事先联网打开过页面）",
    "foreign_ticket": "到场凭据不是这个账号当天的",
    "off_site": "测评期间的定位不在点位附近",
    "too_short": "在现场的时间比这份清单至少需要的短",
    "too_long": "测评时间超过一天",
    "one_burst": "全部作答集中在几秒之内，前后没有别的记录",
    "too_late": "测评结束很久以后才提交",
    "published": "这一周的指数已经发布",
    "site_day": "这个点位当天的测评次数已满",
    "site_week": "这个点位本周的测评次数已满",
    "inspector_day": "这名测评员当天的测评次数已满",
}
"""Why a visit does not count by itself, as it is told to the inspector and the office."""
LONGEST = timedelta(hours=24)
"""No visit takes longer: its form lay open, or its start is invented."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client sends about a visit besides its answers and photos; all of it said, not checked.

    ``fixes`` are where the phone was, in order as sent; ``phone`` is a random name that the browser gave itself once,
    whoever signs in with it; ``area`` the code of the area in which the site lay by the phone, where it is another than
    the register's. Empty where nothing was sent.
    """

    tickets: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()
    phone: str = ""
    area: str = ""


NO_CLAIM = Claim()


@dataclass(frozen=True, slots=True)
class Settling:
    """A supervisor's decision on a visit: a key of ``SETTLED``; ``at`` is UTC."""

    decision: str
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Denial:
    """A partner's word not to have gone along: whose, why, when (UTC), and what the office found of it, if it has."""

    by: str
    reason: str
    at: datetime
    settled: Settling | None = None


@dataclass(frozen=True, slots=True)
class Presence:
    """How a visit stands: a key of ``PRESENCES``, why it did not count by itself, what was sent, what was decided.

    ``day`` is the local date of its start, by which caps count; empty of a visit that was kept before there were any.
    ``denial`` is the partner's, which by itself changes nothing of how it stands; see ``denial.py``.
    """

    state: str = "unasked"
    reasons: tuple[str, ...] = ()
    claim: Claim = NO_CLAIM
    day: str = ""
    settled: tuple[Settling, ...] = ()
    denial: Denial | None = None

    @property
    def counts(self) -> bool:
        return self.state in COUNTING

    @property
    def can_be_settled(self) -> bool:
        """Whether there is anything to decide: what shows presence, or saw nothing, is as it is."""
        return self.state in ("waiting", *SETTLED) and "nothing_seen" not in self.reasons


UNASKED = Presence()


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit to be judged. ``states`` are those of its items; ``taps`` ms from the start to each first answer.

    ``ticketed``: one of the claim's tickets was made for the account and the day. ``ground`` is None where nobody knows
    the site's position. ``minimum_s`` is how many seconds its checklist takes at least. ``used`` are the SHA-256 of
    photos that another inspection has: they were not taken for this one, whatever time is said. ``changed``: see
    ``as_begun``.
    """

    started_at: datetime
    finished_at: datetime
    received_at: datetime
    states: Sequence[str]
    taps: Sequence[int]
    photos: Sequence[Evidence]
    claim: Claim
    ticketed: bool
    ground: Located | Extended | None
    minimum_s: float
    used: Set[str] = frozenset()
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Load:
    """How many visits count already: of the site on that day and in that week, of the inspector on that day."""

    site_day: int = 0
    site_week: int = 0
    inspector_day: int = 0
    published: bool = False


def presence_of(visit: Visited, rules: PresenceRules, load: Load, day: str) -> Presence:
    """How a visit stands when it is taken. One that saw nothing is no visit, and waits for nobody."""
    reasons = reasons_against(visit, rules, load)
    state = "left_out" if "nothing_seen" in reasons else "waiting" if reasons else "shown"
    return Presence(state, reasons, visit.claim, day)


def reasons_against(visit: Visited, rules: PresenceRules, load: Load) -> tuple[str, ...]:
    """Why a visit does not count by itself, in the order of ``REASONS``; none where it does."""
    found = {name for name, lacks in _CHECKS.items() if lacks(visit, rules, load)}
    found |= {lacking for lacking in (_lacking(visit, rules),) if lacking} | set(visit.changed)
    return tuple(name for name in REASONS if name in found)


def rests_on_photos(visit: Visited, rules: PresenceRules) -> bool:
    """Whether live photos alone show presence, so that it matters where else they were used."""
    return not _lacking(visit, rules) and bool(_lacking(replace(visit, photos=()), rules))


def settled(presence: Presence, settling: Settling) -> Presence:
    """The presence as a supervisor decided it."""
    return replace(presence, state=settling.decision, settled=(*presence.settled, settling))


def _lacking(visit: Visited, rules: PresenceRules) -> str:
    """Which evidence of presence is lacking; empty where a live photo or the fixes with their ticket show it."""
    fixes = [fix for fix in visit.claim.fixes if _is_evidence(fix) and _during(visit, fix.at)]
    said = [photo for photo in visit.photos if photo.source == "live" and _during(visit, photo.captured_at)]
    live = [photo for photo in said if photo.sha256 not in visit.used]
    shown = [photo.fix for photo in live if photo.fix and _is_evidence(photo.fix) and _during(visit, photo.fix.at)]
    if any(_near(fix, visit.ground, rules) for fix in shown) or (live and visit.ground is None):
        return ""
    if not fixes:
        return "off_site" if shown else "used_photo" if len(said) > len(live) else "no_presence"
    if not any(_near(fix, visit.ground, rules) for fix in fixes):
        return "off_site"
    if visit.ticketed:
        return ""
    return "foreign_ticket" if visit.claim.tickets else "no_ticket"


def _is_evidence(fix: Fix) -> bool:
    """Measured by the phone, and sure enough to say anything."""
    return fix.source == "browser" and fix.accuracy_m <= VAGUE_M


def _during(visit: Visited, at: datetime) -> bool:
    return visit.started_at - SLACK <= at <= visit.finished_at + SLACK


def _near(fix: Fix, ground: Located | Extended | None, rules: PresenceRules) -> bool:
    """At the site, as far as both positions can tell; anywhere is, where nobody knows the site's."""
    return ground is None or metres_from(ground, fix) <= rules.reach_m + fix.accuracy_m + ground.accuracy_m


def _one_burst(visit: Visited, rules: PresenceRules, load: Load) -> bool:
    """All that was noted lies within a few seconds of a longer visit. Told only where taps were sent."""
    moments = list(_moments(visit))
    if not visit.taps or _seconds(visit) <= rules.burst_s:
        return False
    return (max(moments) - min(moments)).total_seconds() < rules.burst_s


def _moments(visit: Visited) -> Iterator[datetime]:
    yield from (visit.started_at + timedelta(milliseconds=tap) for tap in visit.taps)
    yield from (photo.captured_at for photo in visit.photos if _during(visit, photo.captured_at))
    yield from (fix.at for fix in visit.claim.fixes if _during(visit, fix.at))


def _full(count: int, cap: float) -> bool:
    """Whether a cap is reached; 0 is none."""
    return 0 < cap <= count


def _seconds(visit: Visited) -> float:
    return (visit.finished_at - visit.started_at).total_seconds()


_CHECKS: Mapping[str, Callable[[Visited, PresenceRules, Load], bool]] = {
    "nothing_seen": lambda visit, rules, load: all(state == "na" for state in visit.states),
    "too_short": lambda visit, rules, load: _seconds(visit) < visit.minimum_s,
    "too_long": lambda visit, rules, load: visit.finished_at - visit.started_at > LONGEST,
    "one_burst": _one_burst,
    "too_late": lambda visit, rules, load: visit.received_at - visit.finished_at > timedelta(days=rules.late_days),
    "published": lambda visit, rules, load: load.published,
    "site_day": lambda visit, rules, load: _full(load.site_day, rules.site_day),
    "site_week": lambda visit, rules, load: _full(load.site_week, rules.site_week),
    "inspector_day": lambda visit, rules, load: _full(load.inspector_day, rules.inspector_day),
}


def parse_claim(raw: object) -> Claim | list[Problem]:
    """``{"tickets": […], "fixes": […], "phone": "…"}``, each of which may be absent; None where nothing was sent."""
    if raw is None:
        return NO_CLAIM
    if not isinstance(raw, Mapping):
        return [Problem("presence.not_an_object", ("presence",))]
    problems = [
        Problem("presence.field_unknown", ("presence", str(name)), details={"field": str(name), "accepted": _FIELDS})
        for name in raw
        if name not in _FIELDS
    ]
    tickets, phone = raw.get("tickets", []), raw.get("phone", "")
    if not (isinstance(tickets, list) and len(tickets) <= MAX_TICKETS and all(_is_text(one) for one in tickets)):
        path = ("presence", "tickets")
        problems.append(
            Problem("presence.tickets_malformed", path, details={"most": MAX_TICKETS, "longest": MAX_TICKET})
        )
    if not isinstance(phone, str) or len(phone) > MAX_PHONE:
        problems.append(Problem("presence.phone_malformed", ("presence", "phone"), details={"longest": MAX_PHONE}))
    fixes = parse_list(raw.get("fixes", []), "fixes", _FIXES_WRONG, _parse_fix)
    if isinstance(fixes, list):
        return [*problems, *under(fixes, "presence")]
    return problems or Claim(tuple(tickets), fixes, phone)


_FIXES = Problem("presence.fixes_malformed", ("fixes",), details={"most": MAX_FIXES})
_FIXES_WRONG = ListWrong(_FIXES, MAX_FIXES, _FIXES)


def _parse_fix(raw: object, number: int) -> Fix | list[Problem]:
    return parse_fix(raw, {"fix": number})


def _is_text(raw: object) -> bool:
    return isinstance(raw, str) and len(raw) <= MAX_TICKET
