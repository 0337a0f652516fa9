"""The built-in plan and checklists."""

from __future__ import annotations

import pytest

from inspect_app.domain.checklists.catalogue import Catalogue
from inspect_app.domain.checklists.checklist import Checklist
from inspect_app.domain.starting_set import NO_CHECKLISTS
from inspect_app.services.checklists.library import read_checklists
from inspect_app.settings import PROJECT

FOLDER = PROJECT / "checklists"
IDS = sorted(path.stem for path in FOLDER.glob("*.toml") if path.name not in NO_CHECKLISTS)


@pytest.fixture(scope="session")
def plan_and_checklists() -> tuple[Catalogue, dict[str, Checklist]]:
    return read_checklists(FOLDER)


@pytest.fixture
def plan(plan_and_checklists) -> Catalogue:
    return plan_and_checklists[0]


@pytest.fixture(params=IDS)
def checklist(request, plan_and_checklists) -> Checklist:
    """Each built-in checklist in turn."""
    return plan_and_checklists[1][request.param]


@pytest.fixture
def toilet(plan_and_checklists) -> Checklist:
    return plan_and_checklists[1]["public-toilet"]
