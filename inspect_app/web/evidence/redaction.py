"""Hiding faces and number plates before the public sees a photo, and what the public then sees."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, make_response, render_template, request, url_for

from ...collections import Kept
from ...domain.accounts.permissions import Permission
from ...domain.evidence.photo import is_sha256
from ...domain.evidence.redaction import KINDS, Box, Redaction
from ...domain.evidence.turns import QUARTERS, is_quarters, turned_boxes
from ...domain.problems import Problem
from ...services.cases.acts import find_case
from ...services.evidence.asked_searches import Stand, search_soon, stand
from ...services.evidence.redacting import (
    SUGGESTED,
    finish,
    hidden_boxes,
    plain_copy,
    public_photo,
    publish_photo,
    redaction_of,
)
from ...services.evidence.references import find_upload
from ...services.evidence.searching import found_in
from ...services.evidence.turning import quarters_of
from ...store import Stale
from .. import access
from ..context import now, scope, services, user
from ..errors import problem_answer
from ..numbers import is_number
from ..refusing import refuse

blueprint = Blueprint("redaction", __name__)

_HOUR_S = 3600
_UNSEARCHED = {
    Stand.WAITING.value: "正在查找人脸和车牌……",
    Stand.FAILED.value: "查找没有成功，这张照片没有查找过，请自己看一遍；刷新会再试一次。",
    Stand.WITHOUT_MODELS.value: "本机没有安装查找人脸和车牌的模型，没有查找过，请自己看一遍。",
    Stand.DAMAGED_MODELS.value: "查找人脸和车牌的模型文件损坏，没有查找过，请自己看一遍（管理员运行 bin/models）。",
    "settled": "照片按现在的样子没有查找过；框是核对时定下的。",
}
"""What the page says of a photo in which nothing was searched."""


@blueprint.get("/review/redactions/<id>/<sha256>")
@access.allowed(Permission.PHOTO_REDACT)
def edit(id: str, sha256: str) -> str:
    """The photo with its boxes, to be corrected; one that was never searched is from now on, in the background."""
    redaction = _redaction(id, sha256)
    if redaction.revision == SUGGESTED:
        search_soon(services(), sha256, redaction.value.week)
    told = _told(redaction, quarters_of(services().store, sha256))
    return render_template("evidence/redaction.html", redaction=redaction.value, kinds=KINDS, data=told, **_back(id))


@blueprint.get("/review/redactions/<id>/<sha256>/search.json")
@access.allowed(Permission.PHOTO_REDACT)
def searched(id: str, sha256: str) -> Response:
    """What the search has found by now, for the page that waits for it."""
    redaction = _redaction(id, sha256)
    if redaction.revision == SUGGESTED:
        search_soon(services(), sha256, redaction.value.week, again=False)
    answer = jsonify(_search(redaction, _asked_quarters() or 0))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@blueprint.get("/review/redactions/<id>/<sha256>/plain.jpg")
@access.allowed(Permission.PHOTO_REDACT)
def plain(id: str, sha256: str) -> Response:
    """The photo without caption and boxes, for supervisors only; turned by ``quarters``, as its boxes are told."""
    _redaction(id, sha256)
    content = plain_copy(services(), sha256, _asked_quarters())
    if content is None:
        refuse(404, "这张照片无法显示")
    return Response(content, mimetype="image/jpeg")


@blueprint.post("/review/redactions/<id>/<sha256>")
@access.allowed(Permission.PHOTO_REDACT)
def keep(id: str, sha256: str) -> Response:
    """Keep the boxes (``boxes``), or show or hide the redacted photo (``public``). JSON, with the revision seen.

    ``quarters`` says how the picture was turned on which the boxes were drawn, and are answered.
    """
    redaction = _redaction(id, sha256)
    raw = request.get_json(silent=True)
    if not isinstance(raw, dict) or raw.get("revision") != redaction.revision:
        return _stale()
    quarters = raw.get("quarters", 0)
    if not is_quarters(quarters):
        return problem_answer(422, [Problem("evidence.turn_out_of_range")])
    done: Kept[Redaction] | list[Problem]
    try:
        if isinstance(raw.get("public"), bool):
            done = publish_photo(services(), user().name, redaction, raw["public"], now())
        else:
            boxes = _boxes(raw.get("boxes"), quarters)
            done = [boxes] if isinstance(boxes, Problem) else finish(services(), user().name, redaction, boxes, now())
    except Stale:
        return _stale()
    if isinstance(done, list):
        return problem_answer(422, done)
    return jsonify(_told(done, quarters))


def _stale() -> Response:
    return problem_answer(409, [Problem("evidence.redaction_changed_meanwhile")])


@blueprint.get("/open/photos/<name>.jpg")
@access.public
def public(name: str) -> Response:
    """A photo as the public may see it: redacted, under a name of chance, of a published week."""
    content = public_photo(services(), name)
    if content is None:
        refuse(404, "没有这张照片，或已撤回")
    answer = make_response(content)
    answer.content_type = "image/jpeg"
    # Short, so that a photo that is taken back is gone soon.
    answer.headers["Cache-Control"] = f"public, max-age={_HOUR_S}"
    return answer


def _asked_quarters() -> int | None:
    """How the picture is turned that the page shows, as it says."""
    quarters = request.args.get("quarters", "")
    return int(quarters) % QUARTERS if is_number(quarters) else None


def _redaction(id: str, sha256: str) -> Kept[Redaction]:
    found = redaction_of(services(), id, sha256, scope=scope()) if is_sha256(sha256) else None
    if found is None:
        refuse(404, "没有这张照片")
    return found


def _boxes(raw: object, quarters: int) -> list[Box] | Problem:
    """Boxes that were drawn on the picture turned so, as they lie on the upright one of its file."""
    if not isinstance(raw, list):
        return Problem("evidence.boxes_no_list")
    boxes: list[Box] = []
    for number, one in enumerate(raw, start=1):
        fields = one if isinstance(one, dict) else {}
        sides = {name: fields.get(name) for name in ("x", "y", "width", "height")}
        numbers = {name: float(value) for name, value in sides.items() if isinstance(value, int | float)}
        if len(numbers) != len(sides):
            return Problem("evidence.box_malformed", details={"number": number})
        boxes.append(Box(**numbers, kind=str(fields.get("kind"))))
    return list(turned_boxes(boxes, QUARTERS - quarters))


def _told(kept: Kept[Redaction], quarters: int) -> dict[str, object]:
    """What the page's script knows of a redaction, on a picture that is turned so."""
    redaction = kept.value
    return {
        "revision": kept.revision,
        "finished": kept.revision != SUGGESTED,
        "public": url_for("redaction.public", name=redaction.public) if redaction.public else None,
        "quarters": quarters,
        "boxes": [asdict(box) for box in turned_boxes(hidden_boxes(services(), redaction), quarters)],
        "search": _search(kept, quarters),
    }


def _search(redaction: Kept[Redaction], quarters: int) -> dict[str, object]:
    """How far the search is (``Stand``; ``settled`` where nobody waits for it), and what it found, turned so."""
    found = found_in(services(), redaction.value.sha256)
    if found is None:
        now_at = stand(services(), redaction.value.sha256, redaction.value.week)
        # What was found a moment ago is told when the page asks next.
        now_at = Stand.WAITING if now_at is Stand.DONE else now_at
        state = now_at.value if redaction.revision == SUGGESTED else "settled"
        return {"state": state, "boxes": [], "text": _UNSEARCHED[state]}
    numbers = {kind: sum(box.kind == kind for box in found.boxes) for kind in ("face", "plate")}
    named = ((numbers["face"], "张人脸"), (numbers["plate"], "块车牌"))
    parts = [f"{number} {what}" for number, what in named if number]
    text = f"找到 {'、'.join(parts)}，可能还有遗漏，请自己再看一遍。" if parts else "未发现人脸或车牌，请自己看一遍。"
    return {"state": "done", "boxes": [asdict(box) for box in turned_boxes(found.boxes, quarters)], "text": text}


def _back(owner: str) -> dict[str, object]:
    """Where one comes from; photos of a case are shown to the public with it, and references not to the public."""
    if upload := find_upload(services(), owner):
        back = url_for("references.edit", id=upload.checklist, _anchor="uploads")
        return {"back": back, "back_text": "返回参照照片", "publishable": False}
    of_case = find_case(services(), owner, scope=scope()) is not None
    place = ("exposure.edit", "返回公开曝光") if of_case else ("inspections.show", "返回测评")
    return {"back": url_for(place[0], id=owner), "back_text": place[1], "publishable": not of_case}
