"""Which photos a submission that was refused lacks: the office takes it over without them, and is to know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ...domain.checklists.checklist import Checklist
from ...domain.inspecting.held_import import HeldImport
from ...domain.inspecting.inspection import AD_HOC
from ...domain.inspecting.kinds import Kind, kind_of
from ...domain.inspecting.submission import Header, photo_problems
from ...domain.place.sites import Site
from ...domain.problems import Problem
from ...domain.text import cleaned_tree
from .. import Services
from ..place.register import area_tree, find_site
from .correcting import correction_lacking, is_correction
from .submitting import CHOSEN, with_what_came


def photos_lacking(services: Services, held: HeldImport, code: str = "") -> list[Problem]:
    """The items whose photo rule is not met by what is here, as ``photo_problems`` has them, as far as it can be read.

    ``code`` is that of the site at which it was made, empty where it names the right one; where there is no such site,
    nothing can be told of answers that are measured from its ground.
    """
    if not held.was_refused:
        return []
    if is_correction(held.raw):
        return correction_lacking(services, held.raw)
    raw: Any = cleaned_tree(held.raw, chosen=CHOSEN)
    kind = kind_of(raw)
    header = kind.parse_header(raw)
    checklist = None if isinstance(header, list) else _checklist(services, kind, header)
    if isinstance(header, list) or checklist is None:
        return []
    submission = kind.parse(raw, header, checklist)
    if isinstance(submission, list):
        return []
    score = kind.score(submission, checklist, _site(services, kind, replace(header, site=code or header.site)))
    return photo_problems(with_what_came(services, submission), checklist, score)


def _checklist(services: Services, kind: Kind[Any], header: Header) -> Checklist | None:
    """The checklist that a header names, where the kind of submission can be read by it."""
    found = services.library.version(header.version)
    is_of_it = found and found.id == header.checklist and (found.id == AD_HOC) != kind.counted
    return found if is_of_it else None


def _site(services: Services, kind: Kind[Any], header: Header) -> Site:
    found = kind.locate(header, lambda code: find_site(services.store, code), area_tree(services.store))
    return found if isinstance(found, Site) else Site(header.site, "", header.checklist, "", None)
