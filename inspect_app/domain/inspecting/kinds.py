"""Kinds of submissions, a row each: how one is read, where it belongs, how it scores, and whether figures count it.

What a visit is for makes no kind of it. A second visit (复测) is blind: neither who makes it nor what is sent knows;
that a site is to be looked at again (复查) is asked for by a case. Both are visits, which plan and case tell apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..checklists.checklist import Checklist
from ..checklists.scoring import InspectionScore
from ..place.areas import AreaTree
from ..place.sites import Site
from ..problems import Problem
from . import adhoc, submission
from .inspection import AD_HOC, VISIT, Inspection
from .submission import Header, Submission

Sent = TypeVar("Sent", bound=Header)
FindSite = Callable[[str], Site | None]


@dataclass(frozen=True, slots=True)
class Kind(Generic[Sent]):
    """One kind: ``name`` is what the field ``kind`` says of a submission, and of what is kept; ``label`` is Chinese.

    ``parse_header(raw)`` reads what must be known before the rest can be read, ``locate(header, find_site, tree)``
    tells where it belongs, by the register and the areas of its week, ``parse(raw, header, checklist)`` reads all of
    it, ``score(submission, checklist, site)`` judges it. ``counted``: index, plan and quality of measurement are made
    of it. ``rated``: it has a score rate to be shown.
    """

    name: str
    label: str
    parse_header: Callable[[object], Sent | list[Problem]]
    locate: Callable[[Sent, FindSite, AreaTree], Site | Problem]
    parse: Callable[[Mapping[str, Any], Sent, Checklist], Submission | list[Problem]]
    score: Callable[[Submission, Checklist, Site], InspectionScore]
    counted: bool
    rated: bool


_ROWS: tuple[Kind[Any], ...] = (
    Kind(
        VISIT,
        "测评",
        submission.parse_header,
        submission.site_visited,
        submission.parse_submission,
        submission.score_visit,
        counted=True,
        rated=True,
    ),
    Kind(
        AD_HOC,
        adhoc.TITLE,
        adhoc.parse_report_header,
        adhoc.site_of_report,
        adhoc.parse_report,
        adhoc.report_score,
        counted=False,
        rated=False,
    ),
)
KINDS: dict[str, Kind[Any]] = {kind.name: kind for kind in _ROWS}
"""Every kind there is, by its name."""


def kind_of(raw: object) -> Kind[Any]:
    """The kind that a submission names: that of a visit where it names none, or one that there is not."""
    named = raw.get("kind") if isinstance(raw, Mapping) else None
    return KINDS.get(named if isinstance(named, str) else VISIT, KINDS[VISIT])


def is_visit(inspection: Inspection) -> bool:
    """Whether an inspection is of a kind of which figures are made, be it counted or not."""
    return KINDS[inspection.kind].counted


def is_counted(inspection: Inspection) -> bool:
    """Whether figures are made of an inspection: of such a kind, and its presence shown or accepted."""
    return is_visit(inspection) and inspection.presence.counts
