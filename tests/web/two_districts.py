"""A city of two districts with something of every kind in each, and what pages and files say of it."""

from __future__ import annotations

import copy
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from inspect_app.collections import Kept
from inspect_app.collections.cases.case import CASES
from inspect_app.domain.accounts.permissions import CITYWIDE, GRANTS, Permission, Role
from inspect_app.domain.accounts.scope import EVERYTHING
from inspect_app.domain.cases.case import Case
from inspect_app.domain.evidence.redaction import Box
from inspect_app.domain.index.comparing import POOLED_WEEKS
from inspect_app.domain.index.schemes.reading import parse_scheme
from inspect_app.domain.index.schemes.scheme import PublicationScheme
from inspect_app.domain.inspecting.inspection import AD_HOC, Inspection
from inspect_app.domain.plan.week_plan import How
from inspect_app.domain.weeks import shifted
from inspect_app.services.accounts.accounts import add_user, find_user, inspectors
from inspect_app.services.accounts.tokens import add_token
from inspect_app.services.cases.acts import open_case
from inspect_app.services.cases.exposing import expose
from inspect_app.services.cases.rechecks import ask_recheck
from inspect_app.services.evidence.receiving import RECORDING, Received, receive
from inspect_app.services.evidence.redacting import finish, publish_photo, redaction_of
from inspect_app.services.evidence.reviewing import decide
from inspect_app.services.index.schemes import keep_filled_in, keep_scheme
from inspect_app.services.inspecting.denials import deny
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.place.register import area_tree
from inspect_app.services.plan.planning import drop, reassign, register
from inspect_app.web.access import rule_of
from inspect_app.web.cases.office import VIEWS
from tests.cases import FILED_AT, acted_on, after_photo
from tests.photos.marked import marked
from tests.plans import planned
from tests.published_weeks import publish_figures
from tests.sites import import_sites
from tests.web.inspecting.test_audio import WEBM
from tests.world import (
    BUREAU,
    NOW,
    PASSWORD,
    WEEK,
    World,
    evidence,
    failing,
    first_item,
    new_id,
    photo,
    received,
    sha256,
    tickets_of,
)

NEAR, FAR = "421002", "421003"
"""The districts: that of the scoped accounts, and another."""
KIND = "public-toilet"
CLOCK = FILED_AT + timedelta(days=1, hours=2)
"""What the server's clock is stopped at, in the week of the inspections."""
INSPECTOR, INSPECTOR_TITLE = "zhang3-sent-out", "张三丰的账号"
PARTNER = "li4-went-along"
"""Planned nowhere: whoever looks at a site a second time knows nothing of the first."""
EXACT = {"lat": 30.310537, "lon": 112.241271, "accuracy_m": 8.25}
"""Where the inspector's phone was: figures that nothing else has."""


@dataclass(frozen=True, slots=True)
class District:
    """What there is in one of the districts: ids, and the marks by which it is known in an answer."""

    area: str
    street: str
    site: str
    item: str
    open: str
    unfiled: str
    handled: str
    filed: str
    late: str
    photos: tuple[str, ...]
    after: str
    recording: str
    public: str
    cases: dict[str, str] = field(default_factory=dict)

    @property
    def marks(self) -> frozenset[str]:
        """Ids, numbers and hashes that stand for this district's things and for no other's."""
        inspections = (self.open, self.unfiled, self.handled, self.filed, self.late)
        shut = {f"shut-{self.area}", f"停业{self.area}", f"装修{self.area}", f"公厕{self.area}"}
        return frozenset({self.site, *shut, *inspections, *self.cases.values(), *self.photos, self.after, self.public})


def city(world: World) -> None:
    """Accounts, sites in both districts, the week's plan with all of them, and a publication scheme."""
    store = world.services.store
    for name, role in (("near", Role.SUPERVISOR), ("near-leader", Role.LEADER)):
        add_user(store, name, role, PASSWORD, NOW, scope=(NEAR,), areas=area_tree(store))
        world.tokens[name] = str(add_token(store, name, datetime.now(UTC)))
    add_user(store, INSPECTOR, Role.INSPECTOR, PASSWORD, NOW, INSPECTOR_TITLE)
    rows = [
        f"{name}-{area},{called}{area},{KIND},{area}001,30.3105,112.2412,5"
        for area in (NEAR, FAR)
        for name, called in (("toilet", "公厕"), ("shut", "停业"))
    ]
    import_sites(store, "\n".join(["code,name,type,area,lat,lon,accuracy_m", *rows]), world.services.library.current)
    plan: Any = planned(world.services, WEEK, NOW, how=How(second_share=1), count=len(register(world.services, WEEK)))
    for area in (NEAR, FAR):
        assert isinstance(plan, Kept), plan
        plan = drop(world.services, "supervisor", plan, f"shut-{area}", f"装修{area}", NOW, scope=EVERYTHING)
        assert isinstance(plan, Kept), plan
        site = next(one for one in plan.value.sites if one.code == f"toilet-{area}")
        other = next(one.name for one in inspectors(store) if one.name not in (*site.inspectors, *site.second))
        reason = f"{INSPECTOR_TITLE}请假{area}"
        plan = reassign(world.services, "supervisor", plan, site.code, other, reason, NOW, scope=EVERYTHING)
    add_user(store, PARTNER, Role.INSPECTOR, PASSWORD, NOW)
    _scheme(world)


def _scheme(world: World) -> None:
    """A publication scheme, with a figure filled in for each of the districts."""
    scheme = parse_scheme('id = "survey"\ntitle = "问卷"\n[[parts]]\nid = "s"\ntitle = "满意度"\n', "问卷.toml")
    assert isinstance(scheme, PublicationScheme)
    assert keep_scheme(world.services, "supervisor", scheme, "", 0, NOW) == []
    figures = {area: {"满意度": "90"} for area in (NEAR, FAR)}
    assert keep_filled_in(world.services, "supervisor", scheme, WEEK, figures, 0, NOW) == []


def district(world: World, area: str, seed: int) -> District:
    """An open finding, one that is confirmed, and cases: one to be verified, one filed, one overdue; in a district.

    The partner of the visit with the open one denies it. Of the handled case a photo is public, the case is chosen
    to be exposed, and somebody was sent to look again.
    """
    services, site = world.services, f"toilet-{area}"
    figures = {f"{one}001": (80.0, 2.0) for one in dict.fromkeys((NEAR, area))}
    for n in range(min(POOLED_WEEKS)):
        publish_figures(services, shifted(WEEK, -10 - n), figures)
    item = first_item(world.checklist(KIND), "compliance").id
    partners = (PARTNER, "", "", "", "")
    visits = [_visit(world, site, seed + number, present=number < 4, partner=partners[number]) for number in range(5)]
    open_, unfiled, handled, filed, late = (stored.id for stored, _ in visits)
    denied = deny(services, world.user(PARTNER), open_, f"那天在{area}开会", FILED_AT)
    assert isinstance(denied, Kept), denied
    for id in (unfiled, handled, filed, late):
        decided = decide(services, "supervisor", id, item, "confirmed", "", 1, FILED_AT, scope=EVERYTHING)
        assert isinstance(decided, Kept), decided
    cases = {name: _filed(world, id, item) for name, id in (("handled", handled), ("filed", filed), ("late", late))}
    after = photo(seed + 9, (320, 240))
    received(services, after)
    case = acted_on(
        world,
        cases["handled"],
        "supervisor",
        "dispatch",
        unit=world.unit(BUREAU),
        deadline=FILED_AT + timedelta(hours=4),
        reason=f"有疑问找{INSPECTOR}",
    )
    case = acted_on(world, case, "unit", "accept")
    case = acted_on(world, case, "unit", "handle", after=(after_photo(sha256(after), world.unit(BUREAU)),))
    _reported(world, area, seed + 8)
    asked = ask_recheck(services, "supervisor", case.id, INSPECTOR, case.revision, FILED_AT, scope=EVERYTHING)
    assert isinstance(asked, Kept), asked
    shown = visits[2][1]
    public = _public(world, handled, shown)
    chosen = expose(services, "supervisor", case.id, [shown], "已修好", 0, asked.revision, FILED_AT, scope=EVERYTHING)
    assert isinstance(chosen, Kept), chosen
    return District(
        area=area,
        street=f"{area}001",
        site=site,
        item=item,
        open=open_,
        unfiled=unfiled,
        handled=handled,
        filed=filed,
        late=late,
        photos=tuple(name for _, name in visits),
        after=sha256(after),
        public=public,
        recording=visits[0][0].value.recordings[0].sha256,
        cases={name: one.id for name, one in cases.items()},
    )


def moved_over(world: World, case: str, site: str) -> None:
    """Have a case of one district be of a site that is registered in the other by now."""
    found = CASES.get(world.services.store, case)
    assert found
    CASES.update(world.services.store, found, replace(found.value, site=site))


def _visit(world: World, site: str, seed: int, *, present: bool, partner: str) -> tuple[Kept[Inspection], str]:
    """An inspection with one finding, a photo and a recording of it; what is kept, and the photo's hash.

    It counts where it shows presence, else it waits. ``partner``: who is named as having gone along, empty for nobody.
    """
    checklist, content, sound = world.checklist(KIND), marked(seed), WEBM + bytes([seed])
    item, at = first_item(checklist, "compliance").id, NOW + timedelta(minutes=seed, seconds=17)
    received(world.services, content)
    assert receive(world.services, RECORDING, sound) == Received(sha256(sound), is_new=True)
    taken = {**evidence(content, item, **EXACT), "captured_at": at.isoformat()}
    taken["original"] = {"make": "独有牌", "model": "Model-9X"}
    raw = world.submission(KIND, started=at, photos=[taken])
    raw["site"], raw["partner"] = site, partner
    day = tickets_of(world.services.ticket_key, INSPECTOR, at, world.settings.timezone)[:1]
    # One after the other, each somewhere of its own: what is odd between districts is told to nobody who has but one.
    fix = {**raw["presence"]["fixes"][0], "lat": 30.3105 + seed * 1e-6}
    raw["presence"] = {"tickets": day, "fixes": [fix]} if present else {}
    raw["finished_at"] = (at + timedelta(seconds=40)).isoformat()
    raw["answers"] = failing(copy.deepcopy(raw["answers"]), checklist, item)
    raw["answers"][item]["note"] = f"门锁坏，和{INSPECTOR_TITLE}（{INSPECTOR}）一起看的"
    raw["audio"] = [{"sha256": sha256(sound), "item": item, "captured_at": at.isoformat(), "seconds": 2.0}]
    inspector = find_user(world.services.store, INSPECTOR)
    assert inspector
    outcome = submit(world.services, inspector, new_id(), raw, at + timedelta(minutes=30))
    assert outcome.kept, outcome.problems
    return outcome.kept, sha256(content)


def _reported(world: World, area: str, seed: int) -> None:
    """An ad-hoc report whose place is in the inspector's words, confirmed and filed."""
    checklist, content = world.services.library.ad_hoc, photo(seed, (320, 240))
    assert checklist
    item, at = checklist.items[0].id, NOW + timedelta(minutes=seed)
    received(world.services, content)
    raw = {
        "kind": AD_HOC,
        "checklist": AD_HOC,
        "version": checklist.version,
        "area": f"{area}001",
        "place": f"{INSPECTOR_TITLE}家门口{seed}",
        "started_at": at.isoformat(),
        "finished_at": (at + timedelta(minutes=2)).isoformat(),
        "answers": {item: {"value": "fail", "note": f"{INSPECTOR}看见"}},
        "photos": [evidence(content, item, **EXACT)],
    }
    inspector = find_user(world.services.store, INSPECTOR)
    assert inspector
    outcome = submit(world.services, inspector, new_id(), raw, at + timedelta(minutes=30))
    assert outcome.kept, outcome.problems
    said = ("confirmed", f"与{INSPECTOR}核实", outcome.kept.revision, FILED_AT)
    decided = decide(world.services, "supervisor", outcome.kept.id, item, *said, scope=EVERYTHING)
    assert isinstance(decided, Kept), decided
    case = _filed(world, outcome.kept.id, item)
    late = FILED_AT + timedelta(hours=4)
    acted_on(world, case, "supervisor", "dispatch", unit=world.unit(BUREAU), deadline=late)


def _filed(world: World, inspection: str, item: str) -> Kept[Case]:
    said = f"请修复，{INSPECTOR_TITLE}发现"
    case = open_case(world.services, "supervisor", inspection, item, said, FILED_AT, scope=EVERYTHING)
    assert isinstance(case, Kept), case
    return case


def _public(world: World, inspection: str, name: str) -> str:
    """The name under which the public sees a photo, once its week is published."""
    found = redaction_of(world.services, inspection, name, scope=EVERYTHING)
    assert found
    done = finish(world.services, "supervisor", found, [Box(0.1, 0.1, 0.2, 0.2, "face")], FILED_AT)
    assert not isinstance(done, list), done
    shown = publish_photo(world.services, "supervisor", done, True, FILED_AT)
    assert not isinstance(shown, list), shown
    assert shown.value.public
    return shown.value.public


# What is asked of the app.

QUERIES: dict[str, list[str]] = {
    "cases.show": [f"?view={view}" for view in VIEWS] + ["?q=toilet", "?q=公厕"],
    "schemes.go": [f"?scheme=survey&period={WEEK}"],
    "cases.unfiled": [f"?week={WEEK}"],
    "review.photo_log": [f"?week={WEEK}"],
    "review.inspections": [f"?week={WEEK}"],
    "desk.show": [f"?week={WEEK}"],
    "desk.photos": [f"?week={WEEK}&decision={name}" for name in ("all", "open", "confirmed")],
    "map.show": [f"?week={WEEK}"],
    "map.layers": [f"?week={WEEK}"],
    "map.findings": [f"?week={WEEK}"],
    "exchange.show": [f"?week={WEEK}"],
    "exchange.geojson": ["", f"?week={WEEK}", f"?week={WEEK}&area={FAR}"],
    "exchange.csv": [f"?week={WEEK}"],
    "api.get_area_at": ["?lat=30.31&lon=112.24&accuracy_m=5"],
    "case_figures.show": [f"?first={WEEK}&last={WEEK}"],
    "case_figures.file": [f"?first={WEEK}&last={WEEK}"],
}
"""With which arguments pages are opened that show other things with others; all else without."""
MANY: dict[str, list[str]] = {
    "layer": ["areas", "sites", "site-grounds", "site-lines", "site-gates", "inspections", "findings"],
    "name": ["ranking-9", f"trend-{NEAR}"],
    "file": ["index.json", "sites.csv", "areas.geojson", "index.xlsx"],
}
"""Values of parameters that name no object of an area; of charts and files some: all are made of the same week."""
OF_CASES = ("cases.", "exposure.", "case_figures.", "unit.")


def values(endpoint: str, there: District, *, case: str = "handled") -> dict[str, str]:
    """Values for every parameter that an address of this endpoint may have, of things in a district."""
    of_case = endpoint.startswith(OF_CASES)
    other = {"cases.after": there.after, "inspections.recording": there.recording}
    return {
        "id": there.cases[case] if of_case else {"inspections.settle_presence": there.late}.get(endpoint, there.open),
        "sha256": other.get(endpoint, there.photos[2 if of_case else 0]),
        "item": there.item,
        "code": there.site,
        "area": there.street,
        "week": WEEK,
        "revision": "0",
        "number": "1",
        "act": "drop" if endpoint.startswith("plan.") else "dispatch",
        "checklist": KIND,
        "version": "1",
        "period": WEEK,
        "edition": "1",
        "kind": "toml",
    }


def addresses(rule: Rule, there: District) -> Iterator[str]:
    """The addresses of a route: of a district's things, with every layer, chart and file, and with each query."""
    of_room = {"checklists": {"id": KIND}, "schemes": {"id": "survey"}}
    known = values(rule.endpoint, there) | of_room.get(rule.endpoint.partition(".")[0], {})
    filled = [re.sub(r"<(?:[^:<>]+:)?(\w+)>", lambda found: known.get(found[1], found[0]), rule.rule)]
    for name, several in MANY.items():
        if f"<{name}>" in filled[0]:
            filled = [one.replace(f"<{name}>", value) for one in filled for value in several]
    return (path + query for path in filled for query in QUERIES.get(rule.endpoint, [""]))


def reading(app: Any, *roles: Role) -> list[Rule]:
    """The routes that are read with what a role may do beyond what everybody may; previews of weeks among them.

    What concerns the whole city is closed to who is held to some areas.
    """
    office = frozenset[Permission]().union(*(GRANTS[role] for role in roles)) - CITYWIDE - {Permission.DEVICE_OWN}
    return [
        rule
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and ((rule_of(app, rule.endpoint) or set()) & office or _previews(rule))
    ]


def _previews(rule: Rule) -> bool:
    """Whether a public route shows the office the week as it stands: its revision 0. Of that no head is printed.

    A scheme's table has a page of its own for that.
    """
    return "revision" in rule.arguments and not rule.endpoint.startswith(("signing.", "schemes."))


def text_of(body: bytes) -> str:
    """All that an answer says, the members of archives too (ZIP, XLSX, DOCX), and JSON as readers see it."""
    if zipfile.is_zipfile(io.BytesIO(body)):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            return "\n".join(f"{name}\n{text_of(archive.read(name))}" for name in archive.namelist())
    text = body.decode("utf-8", "replace")
    try:
        return text + json.dumps(json.loads(text), ensure_ascii=False)
    except ValueError:
        return text


_OF_CHANCE = re.compile(r"""(csrf[-_]token" (?:content|value)="|W3CDTF">)[^"<]*""")
"""Tokens of pages, and when a workbook was made."""


def told(client: FlaskClient, path: str, token: str) -> tuple[int, str]:
    """Status and text of an answer, without what is of chance."""
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"} if token else {})
    return answer.status_code, _OF_CHANCE.sub(r"\1", text_of(answer.data))


class StoppedClock(datetime):
    """``datetime`` in a week that the inspections are of."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:
        return CLOCK.astimezone(tz or UTC)


FIGURES = frozenset({"charts.chart", "charts.card", "embedding.post", "index.area", "index.week", "publication.file"})
"""What shows figures of the index: how sure they are is told from the whole city's inspections."""
Told = tuple[int, str]


@dataclass
class City:
    """A world with two districts, and its app. ``before`` is what ``near`` was told while there was only one."""

    world: World
    app: Flask
    near: District
    far: District
    before: dict[str, Told] = field(repr=False)

    def told(self, path: str, name: str | None) -> Told:
        """What an account is told; None is the public."""
        return told(self.app.test_client(), path, self.world.tokens[name] if name else "")

    def steady(self, path: str) -> Told:
        """What ``near`` is told, without the figures of the index."""
        status, text = self.told(path, "near")
        return status, text.partition('<div class="headline">')[0]


def copied(city: City, data: Path) -> City:
    """One that goes on from there, and leaves it as it is."""
    world = World.copied(city.world.data, city.world.tokens, data)
    return City(world, world.app(), city.near, city.far, city.before)


def comparable(app: Any) -> list[Rule]:
    """What a supervisor reads that stays the same.

    A bundle tells how often it was exported before; one's own account when it was used, and a new secret each time.
    """
    changing = FIGURES | {"inspections.bundle", "account.show", "account.app"}
    return [rule for rule in reading(app, Role.SUPERVISOR) if rule.endpoint not in changing]
