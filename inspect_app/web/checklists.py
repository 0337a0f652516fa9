"""Checklists for reading: the catalogue with its search, one checklist in any version, and its paper form."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from ..domain.checklists import Checklist
from ..domain.coverage import coverage
from ..domain.searching import matching_clauses, matching_items
from . import access
from .context import services

blueprint = Blueprint("checklists", __name__, url_prefix="/checklists")


@blueprint.get("/")
@access.signed_in
def catalogue() -> str:
    """All checklists and clauses; ``q`` finds items and clauses by words or clause number."""
    library, query = services().library, request.args.get("q", "").strip()[:100]
    rows = {row.clause.number: row for row in coverage(library.plan, library.current)}
    return render_template(
        "checklists/catalogue.html",
        query=query,
        checklists=library.current,
        items=matching_items(query, library.current) if query else [],
        clauses=[rows[clause.number] for clause in matching_clauses(query, library.plan)],
        plan=library.plan,
    )


@blueprint.get("/<id>")
@access.signed_in
def show(id: str) -> str:
    """One checklist, in force or in the version that ``version`` names."""
    checklist = one(id, request.args.get("version"))
    return render_template(
        "checklists/show.html",
        checklist=checklist,
        in_force=services().library.current.get(id),
        versions=services().library.versions_of(id),
    )


@blueprint.get("/<id>/paper")
@access.signed_in
def paper(id: str) -> str:
    """The checklist to print on A4 and fill in by hand, for where phones are not allowed."""
    return render_template("checklists/paper.html", checklist=one(id, request.args.get("version")))


def one(id: str, version: str | None = None) -> Checklist:
    """A site type's checklist, in force or in a named version; 404 where there is none."""
    library = services().library
    found = library.version(version) if version else library.current.get(id)
    if found is None or found.id != id:
        abort(404, f"没有清单「{id}」" + (f"的版本「{version}」" if version else ""))
    return found
