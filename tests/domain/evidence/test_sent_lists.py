"""Lists of photos and recordings in a submission: one way to read both."""

from __future__ import annotations

from inspect_app.domain.evidence.sent_lists import parse_list
from inspect_app.domain.problems import Problem


def even(entry: object, where: str) -> int | list[Problem]:
    return entry if isinstance(entry, int) and entry % 2 == 0 else [Problem(where, "应为偶数", ("value",))]


def read(raw: object) -> tuple[int, ...] | list[Problem]:
    return parse_list(raw, "photos", ("张", "照片"), 3, even)


def test_a_list_is_read_in_the_order_sent():
    assert read([4, 2]) == (4, 2)
    assert read([]) == ()


def test_every_wrong_entry_is_told_with_its_place():
    assert read([1, 2, 3]) == [
        Problem("第1张照片", "应为偶数", ("photos", 0, "value")),
        Problem("第3张照片", "应为偶数", ("photos", 2, "value")),
    ]


def test_what_is_no_list_or_too_long_is_told():
    assert read({"0": 2}) == [Problem("photos", "应为列表", ("photos",))]
    assert read([2, 2, 2, 2]) == [Problem("photos", "一次测评最多3张照片", ("photos",), "too_many")]
