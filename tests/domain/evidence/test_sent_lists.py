"""Lists of photos and recordings in a submission: one way to read both."""

from __future__ import annotations

from inspect_app.domain.evidence.sent_lists import ListWrong, parse_list
from inspect_app.domain.problems import Problem

NO_LIST, TOO_MANY = Problem("x.no_list", ("photos",)), Problem("x.too_many", ("photos",), details={"most": 3})


def even(entry: object, number: int) -> int | list[Problem]:
    wrong = [Problem("x.odd", ("value",), details={"photo": number})]
    return entry if isinstance(entry, int) and entry % 2 == 0 else wrong


def read(raw: object) -> tuple[int, ...] | list[Problem]:
    return parse_list(raw, "photos", ListWrong(NO_LIST, 3, TOO_MANY), even)


def test_a_list_is_read_in_the_order_sent():
    assert read([4, 2]) == (4, 2)
    assert read([]) == ()


def test_every_wrong_entry_is_told_with_its_place():
    assert read([1, 2, 3]) == [
        Problem("x.odd", ("photos", 0, "value"), details={"photo": 1}),
        Problem("x.odd", ("photos", 2, "value"), details={"photo": 3}),
    ]


def test_what_is_no_list_or_too_long_is_told():
    assert read({"0": 2}) == [NO_LIST]
    assert read([2, 2, 2, 2]) == [TOO_MANY]
