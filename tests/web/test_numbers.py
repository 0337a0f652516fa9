"""Whole numbers in fields and addresses: Python takes other digits too, and refuses to read thousands of them."""

from __future__ import annotations

import pytest

from inspect_app.web.numbers import page_number
from tests.world import headers

LONG = "000001" + "9" * 5000


@pytest.mark.parametrize(
    ("text", "page"),
    [("", 1), ("0", 1), ("7", 7), ("999999", 999_999), ("1000000", 1), (LONG, 1), ("１２", 1), ("-3", 1)],
)
def test_a_page_number_is_one_that_a_list_may_have(text, page):
    assert page_number(text) == page


@pytest.mark.parametrize("path", ["/admin/sites?page=", "/cases/?page=", "/review/inspections?page="])
def test_a_list_opens_at_its_first_page_where_the_address_names_none(world, path):
    answer = world.office.test_client().get(path + LONG, headers=headers(world.tokens["administrator"]))
    assert answer.status_code == 200
