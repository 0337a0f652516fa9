"""Names of a closed set with what people call them."""

from __future__ import annotations

import json
import pickle

import pytest

from inspect_app.domain.accounts.permissions import Permission, Role
from inspect_app.domain.labelled import LabelledEnum


@pytest.mark.parametrize("enum", [Permission, Role])
def test_every_member_is_its_value_and_has_a_label_of_its_own(enum: type[LabelledEnum]):
    assert all(member == member.value and enum(member.value) is member for member in enum)
    assert len({member.label for member in enum}) == len(enum)
    assert all(member.label for member in enum)


def test_a_member_is_written_as_its_value():
    assert json.dumps([Role.LEADER]) == '["leader"]'
    assert f"{Role.LEADER}" == "leader"
    assert pickle.loads(pickle.dumps(Role.LEADER)) is Role.LEADER
    assert (Role.LEADER.label, Permission.CASE_READ.label) == ("领导", "查看整改件和统计")
