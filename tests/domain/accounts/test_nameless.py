"""Free text without the names of those who may have inspected."""

from __future__ import annotations

import pytest

from inspect_app.domain.accounts.nameless import as_written, without_names
from inspect_app.domain.accounts.permissions import Role
from inspect_app.domain.accounts.user import User


def user(name: str, title: str = "") -> User:
    return User(name, title or name, Role.INSPECTOR, True, "")


WORDS = without_names(
    [user("li4", "李四"), user("li4-2", "李四光"), user("an", "Ann Lee"), user("wang", "王"), user("t1", "测评员")]
)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("和李四一起看的", "和（姓名略）一起看的"),
        ("李 四、李四光", "（姓名略）、（姓名略）"),
        ("账号 LI4 提交", "账号 （姓名略） 提交"),
        ("li4-2拍的", "（姓名略）拍的"),
        ("Ann Lee，ann lee", "（姓名略），（姓名略）"),
        ("anti-slip，plan", "anti-slip，plan"),
        ("li42", "li42"),
        ("王家巷口没有测评员", "王家巷口没有测评员"),
        ("门锁坏了", "门锁坏了"),
        ("", ""),
    ],
)
def test_names_are_left_out_and_nothing_else(written: str, told: str):
    """A longer name goes before a shorter one that it begins with; words and one-character titles stay."""
    assert WORDS(written) == told


def test_signs_in_a_name_are_only_themselves():
    assert without_names([user("a.b", "张(三)")])("axb、张(三)、张三") == "axb、（姓名略）、张三"


def test_where_nobody_is_nothing_is_left_out():
    assert without_names([]) is as_written
    assert as_written("李四") == "李四"
