"""Every page of the app, with the roles that may open it and real things to show: a new page needs a row here."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inspect_app.collections import Kept
from inspect_app.collections.cases.case import CASES
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.cases.routing import RoutingRule
from inspect_app.domain.evidence.signals import Signal
from inspect_app.domain.index.industries import Industry
from inspect_app.domain.index.periods import period_of
from inspect_app.domain.index.schemes.reading import parse_scheme
from inspect_app.domain.weeks import shifted
from inspect_app.exports.index.scheme_files import maker_for
from inspect_app.services import Services, open_services
from inspect_app.services.accounts.accounts import find_user
from inspect_app.services.accounts.sign_in_codes import make_code
from inspect_app.services.cases.exposing import expose
from inspect_app.services.cases.routing import keep_rules
from inspect_app.services.evidence.redacting import finish, redaction_of
from inspect_app.services.evidence.references import adopt
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.index.industries import keep_industries
from inspect_app.services.index.publishing import publish
from inspect_app.services.index.schemes import find_scheme, keep_filled_in, keep_scheme, publish_table
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.quality.calibrating import AskedFor, open_round
from inspect_app.settings import PROJECT
from tests.cases import FILED_AT, acted_on, after_photo, dispatched
from tests.cases import filed as filed_case
from tests.plans import planned
from tests.services.evidence.test_references import CHECKLIST, redacted_visit
from tests.world import BUREAU, NOW, WEEK, World, evidence, failing, first_item, new_id, photo, received, sha256

EVERYONE = ("inspector", "supervisor", "administrator")
STRANGER = "stranger"


@dataclass(frozen=True)
class Row:
    """A page: its endpoint, who opens it, and its address with names of things of ``filled`` in braces."""

    endpoint: str
    roles: tuple[str, ...]
    path: str


ROWS = [
    Row("auth.login", (STRANGER,), "/login"),
    Row("trust.show", (STRANGER,), "/trust"),
    Row("index.latest", (STRANGER, "supervisor"), "/index/"),
    Row("index.week", (STRANGER, "supervisor"), f"/index/{WEEK}"),
    Row("index.area", (STRANGER,), f"/index/{WEEK}/areas/421002001"),
    Row("index.live", ("supervisor",), f"/index/{WEEK}/live"),
    Row("index.weeks", (STRANGER,), "/index/weeks"),
    Row("index.method", (STRANGER,), "/index/method"),
    Row("schemes.show", (STRANGER, "supervisor"), "/schemes"),
    Row("industries.show", ("supervisor",), "/industries"),
    Row("industries.new", ("supervisor",), "/industries/new"),
    Row("industries.edit", ("supervisor",), "/industries/1"),
    Row("schemes.new", ("supervisor",), "/schemes/new"),
    Row("schemes.edit", ("supervisor",), "/schemes/wuhan/edit"),
    Row("schemes.figures", ("supervisor",), "/schemes/wuhan/2026-10/figures"),
    Row("schemes.live", ("supervisor",), "/schemes/wuhan/2026-10/live"),
    Row("schemes.period", (STRANGER,), "/schemes/periods/2026-10"),
    Row("schemes.table", (STRANGER,), "/schemes/wuhan/2026-10"),
    Row("revising.frame", ("supervisor",), f"/index/{WEEK}/frame"),
    Row("comparing.show", ("supervisor",), f"/index/{WEEK}/comparing"),
    Row("plan.show", ("supervisor",), "/plan/{plan_week}"),
    Row("quality.show", ("supervisor",), f"/quality/{WEEK}"),
    Row("quality.complaints", ("supervisor",), f"/quality/{WEEK}/complaints"),
    Row("validation.show", ("supervisor",), "/quality/validation"),
    Row("calibration.show", ("supervisor",), "/quality/calibration"),
    Row("calibration.new", ("supervisor",), "/quality/calibration/new"),
    Row("calibration.one", ("supervisor",), "/quality/calibration/{round}"),
    Row("calibration.own", ("inspector",), "/field/calibration"),
    Row("calibration.judging", ("inspector",), "/field/calibration/{round}"),
    Row("draws.announced", (STRANGER,), "/plan/seeds"),
    Row("draws.drawn", (STRANGER,), "/plan/{plan_week}/drawn"),
    Row("draws.check", (STRANGER,), "/plan/{plan_week}/check"),
    Row("signing.show", (STRANGER,), "/key/"),
    Row("embedding.widget", (STRANGER,), "/index/widget"),
    Row("field.sites", ("inspector",), "/field/"),
    Row("field.form", ("inspector",), "/field/sites/zebra-crossing-1"),
    Row("field.form", ("inspector",), "/field/sites/school-perimeter-1"),
    Row("last_visit.show", ("inspector",), "/field/last/zebra-crossing-1"),
    Row("correcting.form", ("inspector",), "/field/corrections/{inspection}"),
    Row("field.mine", ("inspector",), f"/field/mine?week={WEEK}"),
    Row("own_missed.show", ("inspector",), "/field/missed/"),
    Row("phone.form", ("inspector",), "/field/forms/public-toilet"),
    Row("outbox.show", ("inspector",), "/field/outbox"),
    Row("adhoc.show", ("inspector",), "/field/adhoc"),
    Row("unsent.show", ("inspector",), "/field/unsent"),
    Row("inspections.show", EVERYONE, "/inspections/{inspection}"),
    Row("review.photo_log", ("supervisor",), f"/review/photos?week={WEEK}"),
    Row("exchange.show", ("supervisor",), f"/exchange/?week={WEEK}"),
    Row("map.show", ("supervisor",), f"/map/?week={WEEK}"),
    Row("denials.show", ("supervisor",), f"/review/denials?week={WEEK}"),
    Row("review.inspections", ("supervisor",), f"/review/inspections?week={WEEK}"),
    Row("checklists.catalogue", EVERYONE, "/checklists/"),
    Row("checklists.catalogue", ("inspector",), "/checklists/?q=斑马线"),
    Row("checklists.show", EVERYONE, "/checklists/public-toilet"),
    Row("checklists.diff", EVERYONE, "/checklists/public-toilet/diff?old={old}&new={new}"),
    Row("checklists.paper", EVERYONE, "/checklists/school-perimeter/paper"),
    Row("references.show", ("inspector", "supervisor"), "/field/references/zebra-crossing"),
    Row("references.edit", ("supervisor",), "/checklists/zebra-crossing/references"),
    Row("checklists.upload", ("administrator",), "/checklists/upload"),
    Row("admin.overview", ("administrator",), "/admin/"),
    Row("admin.users", ("administrator",), "/admin/users"),
    Row("sites.show", ("administrator",), "/admin/sites"),
    Row("sites.edit", ("administrator",), "/admin/sites/school-perimeter-1/edit"),
    Row("sites.labels", ("administrator",), "/admin/sites/labels"),
    Row("sites_import.show", ("administrator",), "/admin/sites/import"),
    Row("site_shape.show", ("administrator",), "/admin/sites/school-perimeter-1/shape"),
    Row("areas.show", ("administrator",), "/admin/areas"),
    Row("areas.changes", ("administrator",), "/admin/areas/changes"),
    Row("held.show", ("administrator",), "/admin/imports/"),
    Row("admin.tokens", ("administrator",), "/admin/tokens"),
    Row("status.show", ("administrator",), "/admin/status"),
    Row("jobs.show", ("administrator",), "/admin/jobs"),
    Row("codes.devices", ("administrator",), "/admin/devices"),
    Row("codes.show", ("administrator",), "/admin/sign-in-codes/{code_id}"),
    Row("devices.enter", (STRANGER,), "/enter/{code}"),
    Row("devices.own", (*EVERYONE, "unit"), "/devices"),
    Row("account.show", (*EVERYONE, "unit"), "/account"),
    Row("account.password", (*EVERYONE, "unit"), "/account/password"),
    Row("account.prove", (*EVERYONE, "unit"), "/account/prove"),
    Row("cases.show", ("supervisor",), "/cases/?view=handled"),
    Row("cases.unfiled", ("supervisor",), f"/cases/unfiled?week={WEEK}"),
    Row("cases.case", ("supervisor",), "/cases/{handled}"),
    Row("cases.case", ("supervisor",), "/cases/{filed}"),
    Row("years.show", ("administrator",), "/cases/years"),
    Row("case_figures.show", ("supervisor", "administrator"), f"/cases/figures?first={WEEK}&last={WEEK}"),
    Row("exposure.office", ("supervisor",), "/cases/exposure"),
    Row("exposure.edit", ("supervisor",), "/cases/{handled}/exposure"),
    Row("exposure.public", (STRANGER,), "/exposure/"),
    Row("exposure.public_case", (STRANGER,), "/exposure/{exposed}"),
    Row("unit.cases", ("unit",), "/unit/"),
    Row("unit.case", ("unit",), "/unit/cases/{accepted}"),
    Row("unit.case", ("unit",), "/unit/cases/{handled}"),
    Row("unit.map", ("unit",), "/unit/map"),
    Row("units.show", ("administrator",), "/admin/units"),
    Row("units.edit", ("administrator",), "/admin/units/{unit}/edit"),
    Row("units.routing", ("administrator",), "/admin/units/routing"),
    Row("desk.show", ("supervisor",), f"/review/desk/?week={WEEK}"),
    Row("reuse.show", ("supervisor",), "/inspections/{inspection}/photos/{photo}/reuse"),
    Row("captions.show", ("administrator",), "/review/captions"),
    Row("redaction.edit", ("supervisor",), "/review/redactions/{inspection}/{photo}"),
    Row("blanking.show", ("administrator",), "/blanking/{inspection}"),
]
# The same pages without inspectors and without what is done there.
LEADERS = [
    "index.live", "revising.frame", "plan.show", "quality.show", "inspections.show", "review.photo_log",
    "comparing.show", "exchange.show", "map.show", "review.inspections",
    "checklists.catalogue", "checklists.show", "checklists.diff", "checklists.paper",
    "devices.own", "account.show", "account.password", "account.prove", "cases.show", "cases.unfiled", "cases.case",
    "case_figures.show", "exposure.office", "desk.show", "schemes.live",
]  # fmt: skip
ROWS += [Row(row.endpoint, ("leader",), row.path) for row in ROWS if row.endpoint in LEADERS and "?q=" not in row.path]

# What answers a GET with something that nobody reads as a page, or only leads to one.
NO_PAGES = {
    # Only after a password; looked at in use.
    "account.app",
    "auth.second",
    "trust.certificate",
    *("health.alive", "health.ready", "metrics.show"),
    "auth.home",
    "files.static",
    "libraries.library",
    "map.layers",
    "map.findings",
    "comparing.pooled_file",
    "phone.worker",
    "phone.manifest",
    "phone.outlines",
    "phone.today",
    "plan.latest",
    "draws.announced_json",
    "draws.verifier",
    "draws.plan_json",
    "draws.drawn_csv",
    "draws.allocation_csv",
    "draws.register",
    "draws.package",
    "signing.head",
    "signing.key",
    "signing.timestamp",
    "signing.verifier",
    "quality.latest",
    "held.photo",
    "last_visit.photo",
    "publication.week_json",
    "publication.week_csv",
    "publication.file",
    "charts.chart",
    "charts.card",
    "embedding.feed",
    "embedding.latest",
    "embedding.weights",
    "embedding.post",
    "exchange.geojson",
    "exchange.csv",
    "checklists.workbook",
    "checklists.xlsform",
    "inspections.original",
    "inspections.thumbnail",
    "inspections.recording",
    "inspections.review_copy",
    "codes.state",
    "desk.photos",
    "desk.visit",
    "captions.picture",
    "redaction.plain",
    "redaction.searched",
    "redaction.public",
    "cases.after",
    "cases.before",
    "case_figures.file",
    "case_figures.report",
    "case_figures.supervision_letter",
    "industries.text",
    "schemes.figures_sheet",
    "schemes.go",
    "schemes.text",
    "schemes.file",
    "references.small",
    "calibration.shown",
    "years.template",
    "exposure.photo",
    "unit.after",
    "unit.photo",
    "inspections.bundle",
}


def filled(folder: Path) -> tuple[World, dict[str, str]]:
    """A world with something on every page, and the things' names. Its checklists lie in ``folder/checklists``."""
    world = World.made_in(folder / "data").founded()
    old = world.checklist("public-toilet")
    shutil.copytree(PROJECT / "checklists", folder / "checklists")
    file = folder / "checklists" / "public-toilet.toml"
    file.write_text(file.read_text("utf-8").replace(old.item("flush").text, "全部为水冲式，冲水正常"), "utf-8")
    world.services.store.close()
    services = open_services(replace(world.settings, checklists=folder / "checklists"))
    world.services = services
    things = {
        "inspection": _inspected(world, services),
        "photo": sha256(_picture(0)),
        "old": old.version,
        "new": services.library.current["public-toilet"].version,
    }
    for number in range(3):
        _inspected(world, services, number + 1)
    made = make_code(services.store, "inspector", "administrator", datetime.now(UTC) + timedelta(hours=1))
    assert not isinstance(made, list)
    things |= {"code": made[0], "code_id": made[1].id}
    assert publish(services, "supervisor", WEEK, "", NOW + timedelta(days=1)) == 1
    things["plan_week"] = shifted(WEEK, -1)
    planned(services, things["plan_week"], NOW - timedelta(weeks=1), count=2)
    things |= _cases(world)
    things["round"] = _calibrated(world)
    _scheme_published(services)
    services.after.wait()
    services.store.close()
    return world, things


def _cases(world: World) -> dict[str, str]:
    """A case of each kind that pages show differently; one is exposed, and one comes back."""
    services = world.services
    content = _picture(40)
    assert received(services, content).is_new
    after = replace(after_photo(sha256(content), world.unit(BUREAU)), signals=(Signal("edited", "编辑过"),))
    accepted = acted_on(world, dispatched(world, seed=31), "unit", "accept")
    handled = acted_on(world, dispatched(world, seed=32), "unit", "accept")
    handled = acted_on(world, handled, "unit", "handle", after=(after,))
    dispatched(world, seed=33)
    late = acted_on(world, dispatched(world, seed=34), "unit", "accept")
    exposed = acted_on(world, acted_on(world, late, "unit", "handle", after=(after,)), "supervisor", "close")
    shown = exposed.value.photos[0]
    redaction = redaction_of(services, exposed.value.inspection, shown, scope=EVERYTHING)
    assert redaction
    finish(services, "supervisor", redaction, [], FILED_AT)
    kept = expose(
        services, "supervisor", exposed.id, [shown], "已修好", 0, exposed.revision, FILED_AT, scope=EVERYTHING
    )
    assert isinstance(kept, Kept), kept
    assert kept.value.exposure
    # Pages go by the clock on the wall.
    exposure = replace(kept.value.exposure, not_before=datetime(2020, 1, 1, tzinfo=UTC))
    CASES.update(services.store, kept, replace(kept.value, exposure=exposure))
    rule = RoutingRule(BUREAU, clause="(五)4", area="421002")
    assert keep_rules(services, "administrator", [rule], FILED_AT) == []
    industry = Industry("环卫", units=(BUREAU,), types=("public-toilet",))
    assert keep_industries(services, "supervisor", [industry], FILED_AT, 0) == []
    ids = {
        "accepted": accepted.id,
        "handled": handled.id,
        "exposed": exposed.id,
        "filed": filed_case(world, seed=35).id,
    }
    return {**ids, "unit": world.unit(BUREAU)}


def _calibrated(world: World) -> str:
    """A reference photo, and a round of calibration about it and about a site."""
    services, checklist = world.services, world.checklist(CHECKLIST)
    one = redacted_visit(world, seed=60)
    assert adopt(services, "supervisor", checklist, one, "severe", "压线等候", NOW, expected=0) == []
    asked = [AskedFor(CHECKLIST, one.item, one, key="severe")]
    asked += [AskedFor(CHECKLIST, item.id, site=f"{CHECKLIST}-1") for item in checklist.items[:2]]
    id = open_round(services, "supervisor", "四季度校准", asked, NOW)
    assert isinstance(id, str), id
    return id


SCHEME = """
id = "wuhan"
title = "城市综合管理成绩"
level = "区县"
[[parts]]
id = "site"
title = "实地"
source = "input"
weight = 0.6
[[parts]]
id = "asked"
title = "问卷"
source = "input"
weight = 0.4
"""


def _scheme_published(services: Services) -> None:
    """A scheme of two columns, filled in and published for a month."""
    scheme, period = parse_scheme(SCHEME, "wuhan.toml"), period_of("2026-10")
    assert not isinstance(scheme, list), scheme
    assert period
    assert keep_scheme(services, "supervisor", scheme, "", 0, NOW) == []
    rows = {"421002": ("90", "95"), "421003": ("85", "80")}
    figures = {area: dict(zip(scheme.columns, row, strict=True)) for area, row in rows.items()}
    assert keep_filled_in(services, "supervisor", scheme, period.name, figures, 0, NOW) == []
    kept = find_scheme(services, scheme.id)
    assert kept
    assert publish_table(services, "supervisor", kept, period, "", NOW, maker_for(services.settings.timezone)) == 1


def _picture(number: int) -> bytes:
    return photo(number, (320, 240))


def _inspected(world: World, services: Services, number: int = 0) -> str:
    """An inspection with one item failed on a photo, decided on where it is the first."""
    checklist = world.checklist("public-toilet")
    item = first_item(checklist, "compliance").id
    content = _picture(number)
    assert received(services, content).is_new
    started = NOW + timedelta(minutes=20 * number)
    photos = [{**evidence(content, item), "captured_at": started.isoformat()}]
    raw = world.submission("public-toilet", started=started, photos=photos)
    raw["answers"] = failing(raw["answers"], checklist, item)
    raw["answers"][item] |= {"note": "门锁着"}
    inspector, id = find_user(services.store, "inspector"), new_id()
    assert inspector
    outcome = submit(services, inspector, id, raw, NOW + timedelta(hours=3))
    assert outcome.kept, outcome
    if number == 0:
        decide(services, "supervisor", id, item, "confirmed", "照片清楚", 1, NOW + timedelta(hours=4), scope=EVERYTHING)
    return id
