"""The weekly civility index: published weeks for everybody, the week as it stands for supervisors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response as BaseResponse
from wtforms import BooleanField, StringField
from wtforms.validators import Length

from ...domain.accounts.permissions import Permission
from ...domain.accounts.scope import EVERYTHING
from ...domain.index.civility_index import METHOD
from ...domain.index.composites import composite_ranking
from ...domain.index.figures import AreaWeek, PastWeek, PublishedWeek
from ...domain.index.publication import Revision
from ...domain.index.unseen import unseen_text
from ...domain.problems import Problem
from ...domain.weeks import is_week
from ...exports.index.files import week_files
from ...services.evidence.redacting import public_photos
from ...services.index.publishing import preview, publish, published, readable, revisions
from ...services.index.weekly import weeks_with_inspections
from ...services.place.register import area_tree
from ...services.publications import published_weeks
from ...services.quality.closing import closing_points, moved_by_severity
from ...services.quality.plausible import with_plausibility
from .. import access
from ..context import may, now, scope, services, this_week, user, visitor
from ..forms import PageForm
from ..refusing import refuse
from .late_view import late_view
from .sample_view import sample_view

blueprint = Blueprint("index", __name__, url_prefix="/index")

_KEEP_S = 300
"""How long a browser may show a published page without asking again, in seconds: a correction appears soon."""


class PublishForm(PageForm):
    """The reason for a correction; a first publication needs none. ``anyway``: what is unfinished was seen."""

    reason = StringField(validators=[Length(max=500)])
    anyway = BooleanField()


@blueprint.get("/")
@access.public
def latest() -> BaseResponse:
    """The newest published week; for supervisors the week that is running."""
    if supervises():
        weeks = _weeks()
        return redirect(url_for("index.live", week=weeks[0] if weeks else this_week()))
    known = published_weeks(services().store)
    if known:
        return redirect(url_for("index.week", week=known[0]))
    return make_response(render_template("index/none.html"), 200)


@blueprint.get("/<week>")
@blueprint.get("/<week>/<int:revision>")
@access.public
def week(week: str, revision: int | None = None) -> BaseResponse:
    """A published week, its latest revision or the one named; the overview of the city."""
    require_week(week)
    if revision is None and supervises() and not revisions(services(), week):
        return redirect(url_for("index.live", week=week))
    return public_answer(_overview(found_week(week, revision), revision))


@blueprint.get("/<week>/areas/<area>")
@blueprint.get("/<week>/<int:revision>/areas/<area>")
@access.public
def area(week: str, area: str, revision: int | None = None) -> Response:
    """One area's week; revision 0 is the week as it stands, for supervisors."""
    require_week(week)
    shown = found_week(week, revision)
    row = shown.row(area)
    if row is None:
        refuse(404, f"{week} 没有区域「{area}」的测评")
    detail = shown.details[area]
    below = [one for one in shown.rows if one.parent == area]
    tree = area_tree(services().store, week)
    within = tree.within(area)
    page = render_template(
        "index/area.html",
        shown=shown,
        revision=revision,
        row=row,
        detail=detail,
        history=[*detail.history, PastWeek.of(row, week)],
        path=_above(shown, row),
        below=levels(below),
        map=_map(shown, below, revision),
        tree=tree,
        sites=[one for one in shown.sites if one.area == area],
        photos=[photo for photo in _photos(shown) if photo["area"] in within],
    )
    return public_answer(make_response(page)) if shown.head.revision else make_response(page)


@blueprint.get("/weeks")
@access.public
def weeks() -> Response:
    """All published weeks, newest first, with the figure of the widest area; of a damaged one, that it is."""
    known = published_weeks(services().store)
    found = [(one, readable(services(), one), revisions(services(), one)) for one in known]
    return public_answer(make_response(render_template("index/weeks.html", weeks=found)))


@blueprint.get("/method")
@access.public
def method() -> Response:
    """How the index is computed, with an example to follow, and the weights in force."""
    library = services().library
    page = render_template("index/method.html", method=METHOD, weights=library.weights, titles=library.titles)
    return public_answer(make_response(page))


@blueprint.get("/<week>/live")
@access.allowed(Permission.INDEX_PREVIEW)
def live(week: str) -> Response:
    """The week as it stands, as it would be published now, and what is still unfinished."""
    require_week(week)
    return live_page(week, 200)


@blueprint.post("/<week>/publish")
@access.allowed(Permission.WEEK_PUBLISH)
def publish_week(week: str) -> BaseResponse:
    """Freeze the week as it stands; a correction needs a reason, an unfinished week a tick."""
    require_week(week)
    form = PublishForm(meta={"csrf": False})
    if not form.validate():
        return live_page(week, 422, [Problem("index.reason_too_long")])
    still_open = [point.text for point in closing_points(services(), week, now(), scope=scope())]
    if still_open and not form.anyway.data:
        return live_page(week, 422, [Problem("index.unfinished")])
    reason = form.reason.data or ""
    beside = partial(with_plausibility, services())
    done = publish(services(), user().name, week, reason, now(), still_open=still_open, files=week_files, beside=beside)
    if isinstance(done, list):
        return live_page(week, 422, done)
    return redirect(url_for("index.week", week=week), 303)


def found_week(week: str, revision: int | None = None) -> PublishedWeek:
    """A published week, or 404. Revision 0 is the week as it stands, which supervisors alone may see."""
    require_week(week)
    if revision == 0 and supervises():
        return _preview(week)
    found = published(services(), week, revision)
    if found is None:
        refuse(404, f"{week} 的公共文明指数尚未发布" if revision is None else f"{week} 没有第{revision}版")
    return found


def _preview(week: str) -> PublishedWeek:
    """The week as it would be published now; of somebody's areas alone where they are held to some."""
    found = preview(services(), week, scope=scope(), now=now())
    return with_plausibility(services(), found) if scope().everywhere else found


def require_week(week: str) -> None:
    if not is_week(week):
        refuse(404, f"「{week}」不是有效的周，应形如 2026-W48")


def public_answer(answer: Response) -> Response:
    """A page that is the same for everybody may be kept for a while, and is sent again only where it changed."""
    if visitor() is None:
        answer.headers["Cache-Control"] = f"public, max-age={_KEEP_S}"
        answer.add_etag()
        answer.make_conditional(request)
    return answer


def levels(rows: Sequence[AreaWeek]) -> dict[str, list[AreaWeek]]:
    """Rows by level, in the order given."""
    found: dict[str, list[AreaWeek]] = {}
    for row in rows:
        found.setdefault(row.level, []).append(row)
    return found


def supervises() -> bool:
    return may(Permission.INDEX_PREVIEW)


def _above(shown: PublishedWeek, row: AreaWeek) -> list[AreaWeek]:
    """The rows of the areas above one, from the top."""
    found: list[AreaWeek] = []
    above = shown.row(row.parent)
    while above is not None:
        found.insert(0, above)
        above = shown.row(above.parent)
    return found


def _map(shown: PublishedWeek, rows: Sequence[AreaWeek], revision: int | None) -> Markup:
    """The rows with an outline on a map, each a link to its page; empty where fewer than two have one."""
    drawn = [row for row in rows if row.area in shown.outlines]
    if len(drawn) < 2:
        return Markup()
    from ...charts.area_map import MapShape, area_map  # shapely need not be there for a page without a map

    week = shown.head.week
    shapes = [
        MapShape(
            name=row.name,
            outline=shown.outlines[row.area],
            rate=row.rate,
            enough=row.enough,
            href=url_for("index.area", week=week, revision=revision, area=row.area),
        )
        for row in drawn
    ]
    return Markup(area_map(f"{shown.head.city}公共文明指数 {week}", shapes))


def _overview(shown: PublishedWeek, revision: int | None) -> Response:
    page = render_template(
        "index/week.html",
        **_shared(shown, revision),
        revisions=revisions(services(), shown.head.week) if revision else [],
        late=late_view(shown.head.week) if revision is None and supervises() else None,
        photos=_photos(shown),
    )
    return make_response(page)


def live_page(week: str, status: int, problems: Sequence[Problem] = ()) -> Response:
    shown = _preview(week)
    page = render_template(
        "index/live.html",
        **_shared(shown, 0),
        weeks=_weeks(),
        publication=next(iter(revisions(services(), week)[-1:]), None),
        late=late_view(week),
        open_points=closing_points(services(), week, now(), scope=scope(), shown=shown),
        moved=moved_by_severity(shown),
        problems=problems,
        photos=_photos(shown),
    )
    return make_response(page, status)


def _photos(shown: PublishedWeek) -> list[dict[str, object]]:
    """The photos of a week that the public sees; of one that is not published, what somebody may see of them."""
    return public_photos(services(), shown.head.week, scope=EVERYTHING if shown.head.revision else scope())


def _shared(shown: PublishedWeek, revision: int | None) -> dict[str, object]:
    widest = [row for row in shown.rows if shown.top and row.level == shown.top.level]
    # Of several areas that somebody is held to, none stands for the others.
    top = shown.top if len(widest) == 1 or revision != 0 else None
    found = levels([row for row in shown.rows if row is not top])
    # The finest level that fits on a map: streets where they have outlines, else districts.
    tree = area_tree(services().store, shown.head.week)
    maps = (_map(shown, found[level], revision) for level in ("街道乡镇", "区县", "市") if level in found)
    return {
        "shown": shown,
        "revision": revision,
        "top": top,
        "detail": shown.details[top.area] if top else None,
        "levels": found,
        "composites": composite_ranking(shown.rows),
        "map": next((one for one in maps if one), Markup()),
        "tree": tree,
        "edition": _edition(shown),
        "unseen": unseen_text(shown),
        "sample": sample_view(shown.sample, tree, running=shown.head.week >= this_week()) if shown.sample else None,
    }


def _edition(shown: PublishedWeek) -> Revision | None:
    """The publication that is shown; None of a preview."""
    found = revisions(services(), shown.head.week)
    return next((one for one in found if one.number == shown.head.revision), None)


def _weeks() -> list[str]:
    """The weeks that a supervisor may look at, newest first."""
    known = {*published_weeks(services().store), *weeks_with_inspections(services()), this_week()}
    return sorted(known, reverse=True)
