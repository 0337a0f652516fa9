"""The inspector's pages: the sites, the form of one site, and the own inspections of a week."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from werkzeug.wrappers import Response as BaseResponse

from ...collections.inspecting.inspection import INSPECTIONS
from ...domain.accounts.permissions import Permission
from ...domain.checklists.checklist import Checklist, checklist_to_document
from ...domain.inspecting.correction import as_submitted
from ...domain.inspecting.denial import MAX_REASON
from ...domain.inspecting.inspection import AD_HOC
from ...domain.inspecting.kinds import is_visit
from ...domain.place.areas import AreaTree
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...domain.searching import found_in, plain
from ...domain.weeks import is_week, shifted, utc_text
from ...services.accounts.accounts import all_users
from ...services.cases.rechecks import wanted_rechecks
from ...services.evidence.reviewing import inspections_of
from ...services.inspecting.denials import can_deny
from ...services.inspecting.moving import moved_from
from ...services.inspecting.partners import companions
from ...services.inspecting.submitting import Outcome, Taken, submit
from ...services.place.register import all_sites, area_tree, find_site
from ...services.plan.news import mark_of, news_for, note_seen
from ...services.plan.planning import own_sites
from ...services.plan.validating import own_validations
from .. import access, bodies
from ..context import now, services, this_week, user
from ..evidence.references import by_item
from ..forms import PageForm
from ..library_files import library_asset
from ..place.maps import own_tiles
from ..place.measured_from import place_data
from ..refusing import refuse
from ..roots import root_of_labels
from . import forms, signed_out
from .refused import hold_form

blueprint = Blueprint("field", __name__, url_prefix="/field")
_AS_BEGUN = "按开始时的清单填完，照常提交"


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One line of the site list; ``done`` counts the inspector's own inspections of the site this week.

    ``recheck`` are the problems to be looked at once more, empty where there are none; ``planned`` whether the week's
    plan sends the inspector there. ``namesake``: another site has the same name, so that its code has to tell them
    apart.
    """

    site: Site
    type_title: str
    done: int
    text: str
    recheck: str
    planned: bool
    namesake: bool


@blueprint.get("/")
@access.allowed(Permission.INSPECTION_SEND)
def sites() -> str:
    """The sites by area; ``q`` filters by words in code, name, type and area, ``type`` by site type."""
    words, site_type = request.args.get("q", "").strip(), request.args.get("type", "")
    rows, tree = _site_rows(), area_tree(services().store, this_week())
    news = news_for(services(), user(), now())
    shown = {row.site.code for row in rows if _matches(row, words, site_type)}
    return render_template(
        "inspecting/sites.html",
        groups=_groups(rows, tree),
        shown=shown,
        total=len(rows),
        done=sum(1 for row in rows if row.done),
        types={row.site.site_type: row.type_title for row in rows},
        words=words,
        site_type=site_type,
        week=this_week(),
        companions=companions(services(), user()),
        news=news,
        news_mark=mark_of(news),
        library_asset=library_asset,
        own_tiles=own_tiles(),
        root_of_labels=root_of_labels(),
    )


@blueprint.post("/news")
@access.allowed(Permission.INSPECTION_SEND)
def news_seen() -> BaseResponse:
    """Note that what is new was looked at, as the page showed it; what came since stays new."""
    note_seen(services(), user(), request.form.get("mark", ""), now())
    return redirect(url_for("field.sites"), 303)


@blueprint.get("/sites/<code>")
@access.allowed(Permission.INSPECTION_SEND)
def form(code: str) -> Response:
    """The form of one site, empty; with ``version`` as a draft of then has it, whatever was changed since."""
    begun_with = request.args.get("version", "")
    site = _site(code, begun_with)
    checklist = _checklist(site, begun_with)
    form = forms.inspection_form(checklist)
    form["id"].data, form["version"].data, form["started_at"].data = str(uuid4()), checklist.version, utc_text(now())
    return _form_page(site, checklist, form, ())


@blueprint.post("/sites/<code>")
@access.allowed(Permission.INSPECTION_SEND)
@bodies.takes_files
@access.kept_when_signed_out(signed_out.limit_form, signed_out.keep_form)
def submit_form(code: str) -> BaseResponse:
    """The form sent whole, photos and all, by a phone without JavaScript."""
    return taken(code, CombinedMultiDict((request.files, request.form)), now())


def taken(code: str, sent: MultiDict[str, Any], at: datetime) -> BaseResponse:
    """The answer to a whole form that came at an instant, its files among its fields: 303 where it is kept."""
    begun_with = sent.get("version", "")
    site = _site(code, begun_with)
    checklist = _checklist(site, begun_with)
    form = forms.inspection_form(checklist, sent)
    photo_problems = forms.receive_photos(services(), form, checklist)
    raw = forms.submission_from(form, checklist, site.code, at)
    if photo_problems:
        problems = [one for several in photo_problems.values() for one in several]
        hold_form(form["id"].data or "", raw, problems)
        return _form_page(site, checklist, form, problems)
    outcome = submit(services(), user(), form["id"].data or "", raw, now())
    if outcome.kept is None and not (outcome.taken is Taken.CONFLICT and _sent_before(form["id"].data, raw, checklist)):
        hold_form(form["id"].data or "", raw, outcome.problems)
        return _form_page(site, checklist, form, outcome.problems, outcome)
    return redirect(url_for("inspections.show", id=form["id"].data), 303)


@blueprint.get("/mine")
@access.allowed(Permission.INSPECTION_SEND)
def mine() -> str:
    """The own inspections of a week, this one unless ``week`` names another."""
    current = this_week()
    week = request.args.get("week", current)
    if not is_week(week):
        refuse(404, f"没有「{week}」这一周")
    found = inspections_of(services(), user().name, week)
    titles = {kept.id: services().library.kept(kept.value.version).title for kept in found}
    return render_template(
        "inspecting/mine.html",
        week=week,
        current=current,
        earlier=shifted(week, -1),
        later=shifted(week, 1) if week < current else None,
        inspections=found,
        titles=titles,
        areas=area_tree(services().store, week),
        people={one.name: one.title for one in all_users(services().store)},
        deniable={kept.id for kept in found if can_deny(services(), user(), kept.value)},
        max_denial=MAX_REASON,
    )


def _groups(rows: Sequence[SiteRow], tree: AreaTree) -> dict[str, list[SiteRow]]:
    """The sites to be looked at again first, then the inspector's own of the week's plan, the others by area."""
    again = [row for row in rows if row.recheck]
    planned = [row for row in rows if row.planned and not row.recheck]
    validated = set(own_validations(services(), user().name, now()))
    left = [row for row in rows if not row.planned and not row.recheck]
    checked = [row for row in left if row.site.code in validated]
    named = {"复查": again, "独立核验": checked, "本周计划": planned}
    others = _by_area([row for row in left if row.site.code not in validated], tree)
    return {**{name: some for name, some in named.items() if some}, **others}


def _site_rows() -> list[SiteRow]:
    store, library = services().store, services().library
    tree = area_tree(store, this_week())
    own = (kept.value for kept in inspections_of(services(), user().name, this_week()))
    done = Counter(inspection.site.code for inspection in own if is_visit(inspection))
    planned = set(own_sites(services(), user().name, this_week()))
    again: dict[str, list[str]] = {}
    for wanted in wanted_rechecks(services(), user().name, now()):
        again.setdefault(wanted.site, []).append(wanted.title)
    active = all_sites(store, active_only=True)
    names = Counter(site.name for site in active)
    return [
        SiteRow(
            site=site,
            type_title=title,
            done=done[site.code],
            text=plain(f"{site.code} {site.name} {title} {tree.full_name(site.area)}"),
            recheck="；".join(again.get(site.code, ())),
            planned=site.code in planned,
            namesake=names[site.name] > 1,
        )
        for site in active
        if (title := library.current[site.site_type].title if site.site_type in library.current else site.site_type)
    ]


def _matches(row: SiteRow, words: str, site_type: str) -> bool:
    return site_type in ("", row.site.site_type) and found_in(words, (row.text,))


def _by_area(rows: Iterable[SiteRow], tree: AreaTree) -> dict[str, list[SiteRow]]:
    groups: dict[str, list[SiteRow]] = {}
    for row in rows:
        groups.setdefault(tree.full_name(row.site.area), []).append(row)
    return groups


def _site(code: str, begun_with: str) -> Site:
    """A site in use, or one that was when a form of it was opened with this version of a checklist."""
    site = find_site(services().store, code)
    if site is None or not (site.state == "active" or _version(begun_with)):
        refuse(404, f"没有点位「{code}」，或已停用；请回到点位列表重新选择")
    return site


def _version(version: str) -> Checklist | None:
    """A checklist of sites, in force or not."""
    found = services().library.version(version) if version else None
    return found if found and found.id != AD_HOC else None


def _checklist(site: Site, begun_with: str) -> Checklist:
    """The checklist that a form was opened with, whatever the site's type is by now; else the one in force."""
    found = _version(begun_with) or services().library.current.get(site.site_type)
    if found is None:
        refuse(404, f"点位「{site.name}」的类型「{site.site_type}」没有测评清单，请联系管理员")
    return found


def _sent_before(id: str, raw: dict[str, object], checklist: Checklist) -> bool:
    """Whether the own inspection kept under this id is this form, sent a second time (a double tap, a reload)."""
    kept = INSPECTIONS.get(services().store, id)
    if kept is None or kept.value.inspector != user().name:
        return False
    sites = {kept.value.site.code, *moved_from(services(), id)}
    return forms.says_the_same(raw, as_submitted(kept.value), checklist, sites)


def _form_page(
    site: Site, checklist: Checklist, form: PageForm, problems: Sequence[Problem], outcome: Outcome | None = None
) -> Response:
    conflict = outcome is not None and outcome.taken is Taken.CONFLICT
    page = render_template(
        "inspecting/form.html",
        site=site,
        area=area_tree(services().store, this_week()).full_name(site.area),
        checklist=checklist,
        form=form,
        problems=problems,
        problems_of=forms.problems_by_item(checklist, problems, form),
        conflict=conflict,
        answer_form=forms.answer_form,
        data=page_data(site, checklist),
        changed=_changed(site, checklist),
        companions=companions(services(), user()),
    )
    return make_response(page, 409 if conflict else 422 if problems else 200)


def _changed(site: Site, checklist: Checklist) -> str:
    """What was changed since a form with this checklist was opened, for the inspector; empty where nothing was."""
    if site.state != "active":
        return f"这个点位已经停用。{_AS_BEGUN}，怎样计入由办公室决定。"
    if site.site_type != checklist.id:
        return f"这个点位的类型已经改了。{_AS_BEGUN}，怎样计入由办公室决定。"
    current = services().library.current.get(checklist.id)
    return "" if current and current.version == checklist.version else f"测评清单已经更新。{_AS_BEGUN}。"


def page_data(site: Site | None, checklist: Checklist) -> dict[str, object]:
    """What the page's script needs to know; of a form without a site it finds the rest on the phone."""
    return {
        "site": site.code if site else None,
        "place": place_data(site) if site else None,
        "area": area_tree(services().store, this_week()).standing(site.area) if site else None,
        "checklist": checklist_to_document(checklist),
        "references": by_item(checklist),
        "inspector": user().name,
        "maxPhotoBytes": services().settings.max_photo_bytes,
        "photoLongestPx": services().settings.photo_longest_px,
    }
