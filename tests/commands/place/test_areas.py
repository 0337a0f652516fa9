"""The commands of areas: rename, merge, take back, outlines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from inspect_app.domain.weeks import shifted, week_of
from inspect_app.services.place.area_outlines import area_outlines
from inspect_app.services.place.register import area_history, area_tree
from tests.domain.place.areas_drawn import A, B, C, collection, feature, street, streets


@pytest.fixture
def run(world):
    runner = world.app().test_cli_runner()
    return lambda *arguments: runner.invoke(args=list(arguments))


@pytest.fixture
def this_week(world) -> str:
    return week_of(datetime.now(UTC), world.services.settings.timezone)


def test_streets_are_merged_renamed_listed_by_week_and_taken_back(world, run, this_week):
    later = shifted(this_week, 1)
    merged = run("areas", "merge", A, C, "--into", B, "--from", later, "--reason", "合并试点")
    assert (merged.exit_code, merged.stderr) == (0, "")
    assert run("areas", "rename", B, "崇文大街街道", "--from", later, "--reason", "更名").exit_code == 0
    before, after = run("areas", "list", "--week", this_week).stdout, run("areas", "list", "--week", later).stdout
    assert "中山街道\t街道乡镇\t421002\n" in before
    assert "大街" not in before
    assert f"{B}\t崇文大街街道\t" in after
    assert f"{A}\t" not in after
    listed = run("areas", "changes").stdout.splitlines()
    assert listed[0] == f"1\t{later}\t合并\t{A}→{B} {C}→{B}\t有效\t合并试点"
    assert run("areas", "withdraw", "1").exit_code == 1
    assert run("areas", "withdraw", "2").exit_code == 0
    assert area_tree(world.services.store).name(A) == "崇文街道"
    assert "已撤回" in run("areas", "changes").stdout


def test_a_merge_without_a_week_begins_in_this_one_and_may_make_a_new_street(world, run, this_week):
    made = run("areas", "merge", A, B, "--into", "421002009", "--name", "新街道", "--reason", "试点")
    assert made.exit_code == 0
    assert area_history(world.services.store).changes[0].week == this_week
    assert area_tree(world.services.store, this_week).full_name(A) == "沙市区 新街道"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("merge", A, "--into", "421003", "--reason", "x"), "不是同一级"),
        (("merge", A, "--into", B, "--from", "2026-W99", "--reason", "x"), "不是有效的周"),
        (("rename", "999", "新", "--reason", "x"), "没有这个区域"),
        (("withdraw", "1"), "最后一次"),
        (("list", "--week", "x"), "不是有效的周"),
    ],
)
def test_what_cannot_be_ends_with_exit_code_1_and_a_sentence(world, run, arguments, said):
    result = run("areas", *arguments)
    assert result.exit_code == 1
    assert said in result.stderr
    assert result.stdout == ""
    assert not area_history(world.services.store).changes


def test_outlines_are_checked_then_taken(world, run, tmp_path):
    file = tmp_path / "街道.geojson"
    file.write_bytes(streets(A, B))
    checked = run("areas", "outlines", str(file), "--check")
    assert checked.exit_code == 0
    assert f"1\t新增\t{A}" in checked.stdout
    assert area_outlines(world.services.store) == {}
    assert "已导入 2 个轮廓" in run("areas", "outlines", str(file)).stdout
    assert "已导入 0 个轮廓" in run("areas", "outlines", str(file)).stdout
    assert set(area_outlines(world.services.store)) == {A, B}
    file.write_bytes(collection(feature(street(C), code=C), feature(street(A), name="别处街道")))
    refused = run("areas", "outlines", str(file), "--parent", "421002")
    assert refused.exit_code == 1
    assert "沙市区内没有名为「别处街道」的区域" in refused.stderr
    assert set(area_outlines(world.services.store)) == {A, B}
