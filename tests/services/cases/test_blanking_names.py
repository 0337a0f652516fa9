"""A name in a registered site's name is blanked in what was handed in of the site, once the register has another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from inspect_app.collections.cases.case import CASES
from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.blanking import BLANK
from inspect_app.services.audit import verify
from inspect_app.services.cases.blanking import blank, written_about
from inspect_app.services.cases.written_elsewhere import SITE
from inspect_app.services.inspecting.submitting import submit
from inspect_app.services.place.sites_changing import change_site, find_with_revision
from inspect_app.services.reconciling import Compared, compare
from inspect_app.store import Head
from tests.cases import dispatched
from tests.world import NOW, World, new_id

NAME, OTHER = "王大明", "zebra-crossing-1"
REGISTERED = f"{NAME}小卖部门前"


@pytest.fixture
def office(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


def called(world: World, code: str, name: str) -> None:
    site, revision = find_with_revision(world.services.store, code)
    change_site(world.services, "administrator", replace(site, name=name), revision, NOW, "改名")


def blanked(world: World, id: str) -> int:
    done = blank(world.services, "administrator", id, NAME, "写了个人姓名", NOW)
    assert isinstance(done, int), done
    return done


def names(world: World, *ids: str) -> list[str]:
    return [INSPECTIONS.get(world.services.store, id).value.site.name for id in ids]


def handed_in(world: World) -> list[str]:
    """Two visits of a site by the name that it has then."""
    called(world, OTHER, REGISTERED)
    raw, user = world.submission("zebra-crossing"), world.user("inspector")
    return [submit(world.services, user, new_id(), raw, NOW).kept.id for _ in range(2)]


def test_all_that_was_handed_in_of_a_site_is_reached_from_the_site_and_keeps_a_trace(office: World):
    ids = handed_in(office)
    assert [one.code for one in blank(office.services, "administrator", SITE + OTHER, NAME, "误写", NOW)] == [
        "texts.in_name"
    ]
    called(office, OTHER, "小卖部门前")
    assert REGISTERED in written_about(office.services, SITE + OTHER).texts
    assert blanked(office, SITE + OTHER) >= 2
    assert names(office, *ids) == [f"{BLANK}小卖部门前"] * 2
    assert [len(INSPECTIONS.get(office.services.store, id).value.blanked) for id in ids] == [1, 1]
    assert written_about(office.services, SITE + OTHER).inspection is None
    assert isinstance(verify(office.services), Head)
    assert isinstance(compare(office.services), Compared)


def test_from_its_own_page_one_is_reached_once_the_register_has_another_name(office: World):
    one, other = handed_in(office)
    assert [found.code for found in blank(office.services, "administrator", one, NAME, "误写", NOW)] == [
        "texts.not_written"
    ], "the register still says it"
    called(office, OTHER, "小卖部门前")
    assert blanked(office, one) == 1
    assert names(office, one, other) == [f"{BLANK}小卖部门前", REGISTERED]


def test_a_case_of_the_site_is_reached_with_it(office: World):
    case = dispatched(office)
    code, before = case.value.site, case.value.place.name
    called(office, code, "改了的名称")
    done = blank(office.services, "administrator", SITE + code, before[:3], "写了个人姓名", NOW)
    assert isinstance(done, int)
    assert CASES.get(office.services.store, case.id).value.place.name.startswith(BLANK)
