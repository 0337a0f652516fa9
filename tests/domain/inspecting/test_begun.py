"""A visit as it was begun: what the phone says of the area is a claim, and never decides where it is filed."""

from __future__ import annotations

import pytest

from inspect_app.domain.inspecting.begun import as_begun
from inspect_app.domain.place.areas import Area, AreaTree
from inspect_app.domain.place.sites import Site

DISTRICT = Area("421002", "沙市区", "")
STREETS = [Area(f"42100200{number}", f"街道{number}", DISTRICT.code) for number in (1, 2)]
MERGED = "421002003"
TREE = AreaTree([DISTRICT, *STREETS], {MERGED: STREETS[0].code})
SITE = Site("c", "点位", "toilet", STREETS[0].code, None)


@pytest.mark.parametrize(
    ("told", "reasons"),
    [
        ("", ()),
        ("nowhere", ()),
        (SITE.area, ()),
        (MERGED, ()),
        (STREETS[1].code, ("site_moved",)),
        (DISTRICT.code, ("site_moved",)),
    ],
)
def test_it_lies_where_the_register_has_it_and_another_area_waits_but_one_that_was_merged_into_it(told, reasons):
    assert as_begun(SITE, "toilet", told, TREE) == (SITE, reasons)
