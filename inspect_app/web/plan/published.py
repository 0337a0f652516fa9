"""What everybody learns of draws: what is announced before, and all that is needed to repeat them afterwards."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, make_response, render_template

from ...domain.plan.beacon import SOURCES
from ...domain.plan.repeating import Repeated
from ...domain.plan.week_plan import SEALED, WeekPlan
from ...domain.weeks import is_week
from ...exports.plan import files
from ...services.place.register import all_sites, area_tree
from ...services.plan import planning, revealing
from ...settings import PROJECT
from .. import access
from ..context import now, services
from ..downloads import saved_as
from ..refusing import refuse

blueprint = Blueprint("draws", __name__, url_prefix="/plan")

VERIFIER = PROJECT / "inspect_app" / "data" / "verify_draw.py"
_JSON, _CSV = "application/json; charset=utf-8", "text/csv; charset=utf-8"
_MAKERS: Mapping[str, tuple[str, Callable[[WeekPlan, Repeated], bytes]]] = {
    "plan.json": (_JSON, lambda plan, repeated: files.plan_json(plan)),
    "drawn.csv": (_CSV, lambda plan, repeated: files.drawn_csv(repeated, second=plan.rule == SEALED)),
    "allocation.csv": (_CSV, lambda plan, repeated: files.allocation_csv(repeated)),
}
"""The files of a week that are made of its plan; the register was kept as it is."""
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@blueprint.get("/seeds")
@access.public
def announced() -> str:
    """Every announced draw with its time; of weeks that are over, what was revealed and a link to what was drawn."""
    plans = revealing.public_plans(services(), now())
    over = {plan.week for plan in plans if planning.is_over(services(), plan.week, now())}
    return render_template("plan/seeds.html", plans=plans, over=over, sources=SOURCES, sealed=SEALED)


@blueprint.get("/seeds.json")
@access.public
def announced_json() -> Response:
    """The same for programs: what was announced, newest week first."""
    plans = [files.announcement(plan) for plan in revealing.public_plans(services(), now())]
    return _file(files.as_json(plans), _JSON, "")


@blueprint.get("/verify_draw.py")
@access.public
def verifier() -> Response:
    """The program that repeats a draw from its files."""
    return _file(VERIFIER.read_bytes(), "text/x-python; charset=utf-8", VERIFIER.name)


@blueprint.get("/<week>/drawn")
@access.public
def drawn(week: str) -> str:
    """What was drawn in a week that is over. Who inspected is nobody's business."""
    plan = _revealed(week)
    if plan is None or not plan.drawn_at:
        refuse(404, f"{week} 的计划在这一周结束以后公开")
    tree, titles = area_tree(services().store, week), services().library.titles
    return render_template(
        "plan/drawn.html",
        plan=plan,
        sealed=plan.rule == SEALED,
        source=SOURCES.get(plan.beacon.source) if plan.beacon else None,
        repeatable=planning.register_file(services(), plan) is not None,
        names={site.code: site.name for site in all_sites(services().store)},
        tree=tree,
        titles=titles,
    )


@blueprint.get("/<week>/check")
@access.public
def check(week: str) -> str:
    """The draw of a week that is over made once more, step by step."""
    plan = _repeatable(week)
    return render_template(
        "plan/check.html",
        plan=plan,
        sealed=plan.rule == SEALED,
        repeated=revealing.repeated(services(), plan),
        tree=area_tree(services().store, week),
        titles=services().library.titles,
    )


@blueprint.get("/<week>/plan.json")
@access.public
def plan_json(week: str) -> Response:
    """What was announced, revealed and drawn in a week that is over."""
    return _made(week, "plan.json")


@blueprint.get("/<week>/drawn.csv")
@access.public
def drawn_csv(week: str) -> Response:
    """Every site of the register with its place by lot."""
    return _made(week, "drawn.csv")


@blueprint.get("/<week>/allocation.csv")
@access.public
def allocation_csv(week: str) -> Response:
    """How many sites of every street and type were drawn."""
    return _made(week, "allocation.csv")


@blueprint.get("/<week>/register.csv")
@access.public
def register(week: str) -> Response:
    """The register that a week that is over was drawn from; its SHA-256 was announced beforehand."""
    plan = _revealed(week)
    file = planning.register_file(services(), plan) if plan else None
    if file is None:
        refuse(404, f"{week} 的登记在这一周结束以后公开")
    return _file(file.encode(), _CSV, f"register-{week}.csv")


@blueprint.get("/<week>/draw.zip")
@access.public
def package(week: str) -> Response:
    """All of it in one, with the program that repeats the draw."""
    plan = _repeatable(week)
    register = planning.register_file(services(), plan)
    repeated = revealing.repeated(services(), plan)
    content = {name: make(plan, repeated) for name, (_, make) in _MAKERS.items()}
    content |= {"register.csv": (register or "").encode(), VERIFIER.name: VERIFIER.read_bytes()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in content.items():
            archive.writestr(zipfile.ZipInfo(name, _ZIP_TIME), body, zipfile.ZIP_DEFLATED)
    return _file(out.getvalue(), "application/zip", f"draw-{week}.zip")


def _made(week: str, name: str) -> Response:
    plan = _repeatable(week) if name != "plan.json" else _revealed(week)
    if plan is None:
        refuse(404, f"{week} 的计划在这一周结束以后公开")
    kind, make = _MAKERS[name]
    stem, _, ending = name.partition(".")
    repeated = revealing.repeated(services(), plan) if plan.drawn_at else Repeated()
    return _file(make(plan, repeated), kind, f"{stem}-{week}.{ending}")


def _repeatable(week: str) -> WeekPlan:
    plan = _revealed(week)
    if plan is None or not plan.drawn_at:
        refuse(404, f"{week} 的计划在这一周结束以后公开")
    if planning.register_file(services(), plan) is None:
        refuse(404, f"{week} 抽取时还没有留存登记，不能重抽")
    return plan


def _revealed(week: str) -> WeekPlan | None:
    if not is_week(week):
        refuse(404, f"「{week}」不是有效的周，应形如 2026-W48")
    return revealing.revealed_plan(services(), week, now())


def _file(content: bytes, kind: str, name: str) -> Response:
    answer = make_response(content)
    answer.content_type = kind
    answer.headers["Access-Control-Allow-Origin"] = "*"
    if name:
        saved_as(answer, name)
    return answer
