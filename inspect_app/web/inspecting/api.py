"""The contract for the phone and for other clients; described by ``/api/v1/openapi.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request, session, url_for
from flask_wtf.csrf import generate_csrf

from ...collections import Kept
from ...domain.accounts.permissions import Permission
from ...domain.checklists.checklist import checklist_to_document
from ...domain.checklists.scoring import format_rate
from ...domain.evidence.photo import is_sha256
from ...domain.inspecting.clock import CORRECTIONS
from ...domain.inspecting.held_import import UNIT
from ...domain.inspecting.inspection import Inspection
from ...domain.inspecting.presence import REASONS
from ...domain.place.area_proposal import AreaProposal
from ...domain.place.positions import Place
from ...domain.problems import Problem
from ...domain.weeks import instant_from, utc_text
from ...services.cases.unit_reports import handling_receipt, take_handling
from ...services.evidence.receiving import PHOTO, RECORDING, Medium, quota_problem, receive, size_problem
from ...services.evidence.reviewing import inspection_for
from ...services.inspecting.correcting import as_held, correct
from ...services.inspecting.presence import tickets
from ...services.inspecting.receipts import receipt_content
from ...services.inspecting.submitting import Outcome, Taken, incomplete, not_held, submit
from ...services.place.area_outlines import area_finder
from ...services.place.scoped import sites_in
from ...wording import say
from .. import access, bodies
from ..context import may, now, scope, services, this_week, user
from ..errors import problem_answer
from ..refusing import refuse
from ..static_files import version
from ..strict_json import Unfit, read_strictly
from .openapi import description
from .refused import held_too, refused_answer, unreadable_answer

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")

_CANDIDATES = 5
_LONGEST_INSTANT = 40
_TOMORROW_S = 3600
"""When to try again, in seconds, where the day's part is used up."""
_STATUS = {Taken.CREATED: 201, Taken.SAME: 200, Taken.CONFLICT: 409, Taken.REFUSED: 422}


@blueprint.get("/openapi.json")
@access.public
def openapi() -> Response:
    return Response(description(request.script_root), mimetype="application/json")


@blueprint.get("/session")
@access.allowed(Permission.DEVICE_OWN)
def get_session() -> Response:
    """Who is signed in, what a client needs to write, and how to check receipts."""
    settings, signer = services().settings, services().receipts
    return jsonify(
        {
            "user": user().name,
            "title": user().title,
            "role": user().role.value,
            "now": utc_text(now()),
            "csrf": generate_csrf(),
            "receipt_key": {"id": signer.id, "jwk": dict(signer.jwk)},
            "presence": {"tickets": _tickets()},
            "photo": {"max_bytes": settings.max_photo_bytes, "longest_px": settings.photo_longest_px},
            "app": version(),
        }
    )


def _tickets() -> list[str]:
    """What an inspector's phone needs to show presence, also without a network later; nothing for others."""
    device = str(session.get("device", ""))
    return tickets(services(), user(), device, now()) if may(Permission.INSPECTION_SEND) else []


@blueprint.put("/photos/<sha256>")
@access.allowed(Permission.PHOTO_SEND)
@bodies.takes_files
def put_photo(sha256: str) -> Response:
    """Keep one photo: 201 new, 200 already there, 413 too large, 422 wrong hash or no photo.

    With ``X-Only-Copy: 1`` a JPEG that ends early is kept as well: the sender has no better one.
    """
    return _received(PHOTO, sha256, only_copy=request.headers.get("X-Only-Copy") == "1")


@blueprint.put("/audio/<sha256>")
@access.allowed(Permission.INSPECTION_SEND)
@bodies.takes_files
def put_audio(sha256: str) -> Response:
    """Keep one recording: 201 new, 200 already there, 413 too large, 422 wrong hash or no recording."""
    return _received(RECORDING, sha256)


def _received(medium: Medium, sha256: str, *, only_copy: bool = False) -> Response:
    """Keep the request's body as a file of this kind."""
    _refuse_too_large(medium, request.content_length or 0)
    if not is_sha256(sha256):
        return problem_answer(422, [Problem("evidence.file_hash_malformed", details={"medium": medium.title})])
    content = bodies.whole_body()
    # A request need not say beforehand how long it is.
    _refuse_too_large(medium, len(content))
    if not medium.store(services()).has(sha256) and (
        problem := quota_problem(services(), user().name, len(content), now())
    ):
        refuse(429, say(problem).what, again_after_s=_TOMORROW_S)
    taken = receive(services(), medium, content, sha256=sha256, only_copy=only_copy)
    if isinstance(taken, Problem):
        return problem_answer(422, [taken])
    return make_response(jsonify(sha256=sha256, bytes=len(content)), 201 if taken.is_new else 200)


def _refuse_too_large(medium: Medium, size: int) -> None:
    if problem := size_problem(services(), medium, size):
        said = say(problem)
        refuse(413, f"{said.where}{said.what}")


@blueprint.put("/inspections/<id>")
@access.allowed(Permission.INSPECTION_SEND)
@bodies.takes_files
def put_inspection(id: str) -> Response:
    """Keep one inspection whole: 201 new, 200 the same again, 409 other content, 422 with what is wrong.

    What is refused lies with the office (``held``), but where files are still to come. ``X-Incomplete: 1`` says that
    some will not, as they were refused or lost: it is then refused whatever is here.
    """
    raw = _json_body()
    if isinstance(raw, Problem):
        return unreadable_answer(id, raw)
    if _is_incomplete():
        outcome = incomplete(services(), user(), id, raw, now())
    else:
        outcome = submit(services(), user(), id, raw, now(), phone_now=_phone_now())
    if outcome.kept is not None:
        return make_response(jsonify(receipt(outcome.kept, request.get_data())), _STATUS[outcome.taken])
    return _refused(id, raw, outcome)


@blueprint.put("/corrections/<id>")
@access.allowed(Permission.INSPECTION_SEND)
@bodies.takes_files
def put_correction(id: str) -> Response:
    """Correct an own inspection: 201 new, 200 the same again, 409 too late or outdated, 422 with what is wrong.

    What is refused lies with the office, as above.
    """
    raw = _json_body()
    if isinstance(raw, Problem):
        return unreadable_answer(id, raw)
    outcome = correct(services(), user(), id, raw, now())
    if _is_incomplete() and outcome.taken is Taken.REFUSED and outcome.missing:
        outcome = Outcome(Taken.REFUSED, problems=(Problem("submission.files_refused", ("photos",)),))
    if outcome.kept is None:
        return _refused(id, raw, outcome)
    held = replace(as_held(services(), outcome.kept), id=id)
    signed = services().receipts.sign(receipt_content(held, request.get_data()))
    answer = {**receipt(outcome.kept), "receipt": signed}
    return make_response(jsonify(answer), _STATUS[outcome.taken])


def _is_incomplete() -> bool:
    return request.headers.get("X-Incomplete") == "1"


def _phone_now() -> datetime | None:
    """What the sender's own clock says at this moment; None where it does not tell, or no such instant is."""
    said = request.headers.get("X-Phone-Time", "")
    return instant_from(said) if len(said) < _LONGEST_INSTANT else None


@blueprint.put("/handlings/<id>")
@access.allowed(Permission.CASE_HANDLE)
@bodies.takes_files
def put_handling(id: str) -> Response:
    """A unit's report that a case is put right, with its photos: 201 new, 200 the same again, 409, 422 as above.

    What is refused lies with the office as an inspection does.
    """
    raw = _json_body()
    if isinstance(raw, Problem):
        return unreadable_answer(id, raw, UNIT)
    done = take_handling(services(), user(), id, raw, now())
    if done.case is None:
        will_come = done.missing and not _is_incomplete()
        held = None if will_come else held_too(id, raw, done.problems, origin=UNIT)
        return refused_answer(_STATUS[done.taken], done.problems, held, done.missing)
    content = handling_receipt(done.case, id, user(), request.get_data())
    answer = {
        "id": id,
        "case": done.case.id,
        "state": done.case.value.state,
        "photos": content["photos"],
        "page": url_for("unit.case", id=done.case.id),
        "receipt": services().receipts.sign(content),
    }
    return make_response(jsonify(answer), _STATUS[done.taken])


@blueprint.get("/inspections/<id>")
@access.allowed(Permission.INSPECTION_SEND, Permission.INSPECTOR_SEE)
def get_inspection(id: str) -> Response:
    """What is kept of an inspection; inspectors see their own. Its receipt names who inspected.

    503 where an original is not held whole: there is no receipt then.
    """
    found = inspection_for(services(), user(), id)
    if found is None:
        refuse(404, "没有这次测评")
    if missing := not_held(services(), found[0].value):
        return problem_answer(503, [Problem("submission.originals_lost", details={"files": tuple(missing)})])
    return jsonify(receipt(found[0]))


@blueprint.get("/checklists")
@access.allowed(Permission.CHECKLIST_READ)
def get_checklists() -> Response:
    """The checklists in force, each with its version."""
    return jsonify([checklist_to_document(checklist) for checklist in services().library.current.values()])


@blueprint.get("/sites")
@access.allowed(Permission.SITE_READ)
def get_sites() -> Response:
    """The active sites with their WGS-84 positions."""
    return jsonify(
        [
            {
                "code": site.code,
                "name": site.name,
                "type": site.site_type,
                "area": site.area,
                "lat": site.place.lat if site.place else None,
                "lon": site.place.lon if site.place else None,
            }
            for site in sites_in(services().store, scope(), this_week(), active_only=True)
        ]
    )


@blueprint.get("/areas/at")
@access.allowed(Permission.SITE_READ)
def get_area_at() -> Response:
    """The areas in which a WGS-84 position lies, by their outlines: a proposal, with the candidates near a border."""
    place = _place(request.args)
    if isinstance(place, Problem):
        return problem_answer(422, [place])
    finder = area_finder(services().store, this_week())
    proposals = finder.proposals(place)
    area = next((proposal.area for proposal in proposals if proposal.area), None)
    return jsonify(
        {
            "area": area,
            "name": finder.tree.full_name(area) if area else None,
            "levels": [_proposal(proposal) for proposal in proposals],
        }
    )


def _place(arguments: Mapping[str, str]) -> Place | Problem:
    bounds = {"lat": (-90.0, 90.0), "lon": (-180.0, 180.0), "accuracy_m": (0.0, 100_000.0)}
    found = {}
    for name, (low, high) in bounds.items():
        try:
            found[name] = float(arguments.get(name, ""))
        except ValueError:
            return Problem("submission.place_out_of_range", details={"name": name, "low": low, "high": high})
        if not low <= found[name] <= high:
            return Problem("submission.place_out_of_range", details={"name": name, "low": low, "high": high})
    return Place(**found)


def _proposal(proposal: AreaProposal) -> dict[str, Any]:
    return {
        "level": proposal.level,
        "answer": proposal.within.value,
        "candidates": [
            {"code": one.code, "name": one.name, "distance_m": round(one.distance_m, 1)}
            for one in proposal.candidates[:_CANDIDATES]
        ],
    }


def receipt(kept: Kept[Inspection], body: bytes | None = None) -> dict[str, Any]:
    """What a client is told of a kept inspection: its score, each item's part in it, and a signed receipt."""
    inspection = kept.value
    return {
        "id": kept.id,
        "week": inspection.week,
        "area": inspection.area,
        "site": inspection.site.code,
        "state": inspection.state,
        "rate": inspection.rate,
        "rate_text": format_rate(inspection.rate),
        "capped": inspection.capped,
        "presence": _presence(inspection),
        "clock": _clock(inspection),
        "items": [item.to_json() for item in inspection.items],
        "corrections": len(inspection.corrections),
        "photos": list(dict.fromkeys(photo.sha256 for photo in inspection.photos)),
        "fingerprint": inspection.fingerprint,
        "received_at": utc_text(inspection.received_at),
        "page": url_for("inspections.show", id=kept.id),
        "receipt": services().receipts.sign(receipt_content(kept, body)),
    }


def _presence(inspection: Inspection) -> dict[str, Any]:
    """Whether the visit counts; where it does not, why, as codes and in words."""
    presence = inspection.presence
    reasons = [{"code": code, "text": REASONS[code]} for code in presence.reasons]
    return {"state": presence.state, "counts": presence.counts, "reasons": reasons}


def _clock(inspection: Inspection) -> dict[str, Any]:
    """The times as they are kept, and what was corrected of those that came, as codes and in words."""
    made = inspection.clock.corrections if inspection.clock else ()
    return {
        "started_at": utc_text(inspection.started_at),
        "finished_at": utc_text(inspection.finished_at),
        "corrections": [{"code": code, "text": CORRECTIONS[code]} for code in made],
    }


def _json_body() -> dict[str, Any] | Problem:
    """The request's JSON, read strictly. 400 where it is no object."""
    try:
        raw = read_strictly(request.get_data())
    except Unfit as error:
        return error.problem
    if not isinstance(raw, dict):
        refuse(400, access.NO_OBJECT)
    return raw


def _refused(id: str, raw: dict[str, Any], outcome: Outcome) -> Response:
    """What is wrong; the office has it, but where files are still to come."""
    will_come = outcome.missing and not _is_incomplete()
    held = None if will_come else held_too(id, raw, outcome.problems, phone_now=_phone_now())
    return refused_answer(_STATUS[outcome.taken], outcome.problems, held, outcome.missing)
