"""What is new for an inspector since they last looked: told from what is kept, and kept nowhere itself.

Own sites are told alike whether the visit is the first or the blind second one, and nobody's reason to change a plan is
told: it may be about people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from .held_import import ACCEPTED, CORRECTED, HeldImport
from .inspection import Inspection

LONGEST = timedelta(days=14)
"""What is older is no news, even to whoever never looked."""
KINDS: Mapping[str, str] = {
    "planned": "这一周的计划有了，{number}个点位要去",
    "site_added": "这一周的计划加了「{name}」",
    "site_gone": "「{name}」不用去了",
    "site_changed": "「{name}」的登记改了，去之前请再看一遍",
    "rejected": "「{name}」的「{item}」被驳回：{reason}",
    "reopened": "「{name}」的「{item}」撤回了复核决定：{reason}",
    "accepted": "「{name}」的测评确认到场，计入：{reason}",
    "left_out": "「{name}」的测评不计入：{reason}",
    "partner_denies": "「{name}」写的同行人说没有同去，由办公室认定，您不用再做什么",
    "partner_along": "「{name}」办公室认定同行人同去了：{reason}",
    "partner_absent": "「{name}」办公室认定同行人没有同去：{reason}",
    "denial_along": "「{name}」您说没有同去，办公室认定您同去了：{reason}",
    "denial_absent": "「{name}」办公室认定您没有同去，这次测评不再算您的：{reason}",
    "held_accepted": "办公室收下了您的一份{item}（{name}）：{reason}",
    "held_refused": "办公室没有收下您的一份{item}（{name}）：{reason}",
    "checklist": "测评清单「{name}」改版了",
}
"""Kinds of news by code, with what is said."""


@dataclass(frozen=True, slots=True)
class News:
    """One thing: its kind, a key of ``KINDS``, when it was (UTC; None where only that it is so is known), and of what.

    ``inspection`` is the id of the own one that it is about, ``site`` the code of the site; empty where none.
    """

    kind: str
    at: datetime | None = None
    name: str = ""
    item: str = ""
    reason: str = ""
    number: int = 0
    inspection: str = ""
    site: str = ""

    @property
    def text(self) -> str:
        said = KINDS[self.kind].format(name=self.name, item=self.item, reason=self.reason, number=self.number)
        return said.removesuffix("：")


@dataclass(frozen=True, slots=True)
class Looked:
    """That an inspector has looked: when (UTC), and by code the revisions of the own sites of that week's plan."""

    at: datetime
    week: str
    sites: Mapping[str, int]


def of_plan(seen: Looked | None, week: str, own: Mapping[str, tuple[int, str]]) -> Iterator[News]:
    """What changed in the own part of a week's plan; ``own`` has revision and name of each site in it by code."""
    if seen is None or seen.week != week or not seen.sites:
        if own:
            yield News("planned", number=len(own))
        return
    for code, (revision, name) in own.items():
        if code not in seen.sites:
            yield News("site_added", name=name, site=code)
        elif seen.sites[code] != revision:
            yield News("site_changed", name=name, site=code)


def gone(seen: Looked | None, week: str, own: Iterable[str]) -> list[str]:
    """The codes of the sites that were in the own part of this week's plan and are not any more."""
    return sorted(set(seen.sites) - set(own)) if seen and seen.week == week else []


def of_inspection(id: str, inspection: Inspection, since: datetime, titles: Mapping[str, str]) -> Iterator[News]:
    """What the office decided about an own inspection: of each finding, and of its presence, the last decision.

    ``titles`` are the items' texts by id.
    """
    name, last = inspection.site.name, {step.item: step.review for step in inspection.history}
    for item, review in last.items():
        if review.at > since and review.decision in ("rejected", "reopened"):
            text = titles.get(item, item)
            yield News(review.decision, review.at, name, text, review.reason, inspection=id)
    for settling in inspection.presence.settled[-1:]:
        if settling.at > since:
            yield News(settling.decision, settling.at, name, reason=settling.reason, inspection=id)


def of_denial(id: str, inspection: Inspection, since: datetime, reader: str) -> Iterator[News]:
    """What a partner's denial comes to, told to the inspector and to the partner. Its words are the office's alone."""
    name, denial = inspection.site.name, inspection.presence.denial
    if denial is None or reader not in (inspection.inspector, denial.by):
        return
    mine, settled = reader == inspection.inspector, denial.settled
    if settled and settled.at > since:
        kind = f"{'partner' if mine else 'denial'}_{settled.decision}"
        yield News(kind, settled.at, name, reason=settled.reason, inspection=id if reader in inspection.readers else "")
    elif mine and not settled and denial.at > since:
        yield News("partner_denies", denial.at, name, inspection=id)


def of_held(held: HeldImport, since: datetime) -> Iterator[News]:
    """That the office decided about something of one's own that waited."""
    if held.decided_at and held.decided_at > since and held.decided_by != held.inspector:
        kind = "held_accepted" if held.decision == ACCEPTED else "held_refused"
        what, name = ("更正", held.site.removeprefix(CORRECTED)) if held.is_correction else ("提交", held.site)
        yield News(kind, held.decided_at, name, what, held.reason)
