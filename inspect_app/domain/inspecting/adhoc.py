"""Ad-hoc reports (随手拍): a problem met on the way, at no planned site. They have no score and no part in the index.

A report is kept as an inspection is, so that it is reviewed, sent on and proven like any finding. The kinds of problems
are the items of the checklist ``adhoc``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ..checklists.answers import Answer, parse_answer
from ..checklists.checklist import Checklist
from ..checklists.scoring import InspectionScore, ItemScore
from ..evidence.recordings import parse_recordings
from ..place.areas import AreaTree
from ..place.sites import Site
from ..problems import Problem, under
from .inspection import AD_HOC
from .submission import Header, Submission, fingerprint, parse_photos, read_header

OTHER = "other"
TITLE = "随手拍"
MAX_PLACE = 100
_TIMES = ("started_at", "finished_at", "clock")
_FIELDS = ("kind", "checklist", "version", "area", "place", *_TIMES, "answers", "photos", "audio")


@dataclass(frozen=True, slots=True)
class ReportHeader(Header):
    """A report's area by code, and where it is in the inspector's words; its ``site`` is empty."""

    area: str
    place: str


def parse_report_header(raw: object) -> ReportHeader | list[Problem]:
    """What must be known of a report before its answer can be read. Refused is what ``read_header`` refuses."""
    read = read_header(raw, _FIELDS, ("checklist", "version", "area"))
    place = raw.get("place", "") if isinstance(raw, Mapping) else ""
    problems = read if isinstance(read, list) else []
    if not isinstance(place, str) or len(place) > MAX_PLACE:
        problems.append(Problem("adhoc.place_too_long", ("place",), details={"most_place": MAX_PLACE}))
    if problems or isinstance(read, list):
        return problems
    return ReportHeader(site="", place=place.strip(), **read)


def parse_report(raw: Mapping[str, Any], header: ReportHeader, checklist: Checklist) -> Submission | list[Problem]:
    """One kind of problem, its photos, and where it is: by a photo's position, or in words."""
    problems: list[Problem] = []
    answer = _parse_answer(checklist, raw.get("answers"))
    if isinstance(answer, list):
        problems += answer
    photos = parse_photos(raw.get("photos", []), checklist)
    recordings = parse_recordings(raw.get("audio", []), [item.id for item in checklist.items])
    if isinstance(photos, list) or isinstance(recordings, list):
        return [*problems, *(one for found in (photos, recordings) if isinstance(found, list) for one in found)]
    if not header.place and not any(photo.fix for photo in photos):
        problems.append(Problem("adhoc.place_wanted", ("place",)))
    if isinstance(answer, list):
        return problems
    if any(photo.item not in answer for photo in photos):
        problems.append(Problem("adhoc.photos_elsewhere", ("photos",)))
    if any(recording.item not in answer for recording in recordings):
        problems.append(Problem("adhoc.recordings_elsewhere", ("audio",)))
    return problems or Submission(header, answer, photos, raw, fingerprint(raw), recordings)


def report_score(submission: Submission, checklist: Checklist, site: Site) -> InspectionScore:
    """A finding without points: it cannot raise or lower any figure."""
    found = (ItemScore(id, "found", None, checklist.item(id).weight, True, "发现") for id in submission.answers)
    return InspectionScore(None, False, tuple(found))


def site_of_report(header: ReportHeader, find_site: Callable[[str], Site | None], tree: AreaTree) -> Site | Problem:
    """Where the report is, as far as records speak of sites: a name and an area, no code and no registered position.

    A phone may still name an area that was merged, or one whose time is only to come.
    """
    if not tree.path(header.area):
        return Problem("adhoc.area_unknown", ("area",), details={"area": header.area})
    return Site("", f"{TITLE}：{header.place}" if header.place else TITLE, AD_HOC, header.area, None)


def _parse_answer(checklist: Checklist, raw: object) -> dict[str, Answer] | list[Problem]:
    if not isinstance(raw, Mapping) or len(raw) != 1:
        return [Problem("adhoc.kind_wanted", ("answers",))]
    (id, entry), known = next(iter(raw.items())), {item.id: item for item in checklist.items}
    if id not in known:
        return [Problem("adhoc.kind_unknown", ("answers", str(id)), details={"id": id})]
    answer = parse_answer(known[id], entry)
    if isinstance(answer, list):
        return under(answer, "answers", id)
    if answer.value is not False:
        return [Problem("adhoc.kind_not_failed", ("answers", id, "value"))]
    if id == OTHER and not answer.note:
        return [Problem("adhoc.note_wanted", ("answers", id, "note"))]
    return {id: answer}
