"""What a phone exported, taken in by the command: each inspection once, hostile files not at all."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.world import World, evidence, new_id, photo, sha256


def written(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def manifest(**more: Any) -> bytes:
    return json.dumps({"format": "inspect-phone-export", "version": 1, "inspector": "inspector", **more}).encode()


def export(world: World, count: int = 2) -> tuple[dict[str, bytes], list[str]]:
    """An export of inspections with one photo each, and a draft."""
    files, ids = {"manifest.json": manifest()}, [new_id() for _ in range(count)]
    for number, id in enumerate(ids):
        content = photo(number, (320, 240))
        files[f"photos/{sha256(content)}.jpg"] = content
        submission = world.submission(photos=[evidence(content, "markings")])
        files[f"inspections/{id}/record.json"] = json.dumps(submission).encode()
    files[f"drafts/{new_id()}/draft.json"] = b"{}"
    return files, ids


def run(world: World, *arguments: str):
    return world.app().test_cli_runner().invoke(args=["inspections", "import", *arguments])


def test_an_export_is_taken_in_once(world, tmp_path):
    files, ids = export(world)
    path = written(tmp_path / "phone.zip", files)
    first = run(world, str(path))
    assert (first.exit_code, first.output.count("已导入"), first.output.count("草稿，未导入")) == (0, 2, 1), (
        first.output
    )
    second = run(world, str(path), "--json")
    taken = [json.loads(line)["taken"] for line in second.output.splitlines()]
    assert (second.exit_code, sorted(taken)) == (0, ["draft", "same", "same"])
    for id in ids:
        assert world.services.store.get("inspections", id).document["inspector"] == "inspector"


def test_one_bad_inspection_does_not_hold_up_the_others(world, tmp_path):
    files, ids = export(world, 3)
    files[f"inspections/{ids[0]}/record.json"] = b"{"
    lost = json.loads(files[f"inspections/{ids[1]}/record.json"])["photos"][0]["sha256"]
    del files[f"photos/{lost}.jpg"]
    done = run(world, str(written(tmp_path / "phone.zip", files)))
    assert done.exit_code == 1
    assert "不是有效的JSON" in done.output
    assert "服务器尚未收到" in done.output
    assert world.services.store.get("inspections", ids[2])
    assert world.services.store.get("inspections", ids[1]) is None


def test_a_photo_that_is_not_what_its_name_says_is_named(world, tmp_path):
    files, ids = export(world, 1)
    name = next(name for name in files if name.startswith("photos/"))
    files[name] = photo(77)
    done = run(world, str(written(tmp_path / "phone.zip", files)))
    assert (done.exit_code, world.services.store.get("inspections", ids[0])) == (1, None)
    assert "内容与SHA-256不符" in done.output


def test_another_inspector_may_be_named(world, tmp_path):
    files, ids = export(world, 1)
    files["manifest.json"] = manifest(inspector="gone")
    path = str(written(tmp_path / "phone.zip", files))
    assert "没有测评员账号「gone」" in run(world, path).output
    assert "没有测评员账号「supervisor」" in run(world, path, "--inspector", "supervisor").output
    assert run(world, path, "--inspector", "inspector2").exit_code == 0
    assert world.services.store.get("inspections", ids[0]).document["inspector"] == "inspector2"


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"../evil.txt": b"x"}, "不属于导出文件的条目"),
        ({"photos/../../evil.jpg": b"x"}, "不属于导出文件的条目"),
        ({"/etc/passwd": b"x"}, "不属于导出文件的条目"),
        ({"manifest.json": b"[]"}, "不是手机导出的文件"),
        ({"manifest.json": b"{"}, "不是有效的JSON"),
        ({"manifest.json": manifest(version=2)}, "版本太新"),
        ({f"photos/{'a' * 64}.jpg": b"1", f"photos/{'a' * 64}.png": b"2"}, "出现了两次"),
    ],
)
def test_a_file_that_is_no_export_is_refused_whole(world, tmp_path, more, sentence):
    files, ids = export(world, 1)
    done = run(world, str(written(tmp_path / "x.zip", {**files, **more})))
    assert done.exit_code == 1
    assert sentence in done.output
    assert world.services.store.get("inspections", ids[0]) is None


def test_a_bomb_is_not_unpacked(world, tmp_path):
    files, ids = export(world, 1)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            zeros = b" " * 100_000_000 if name.endswith("record.json") else content
            archive.writestr(name, zeros)
    done = run(world, str(path))
    assert done.exit_code == 1
    assert "内容过大" in done.output
    assert world.services.store.get("inspections", ids[0]) is None


@pytest.mark.parametrize("cut", [0, 10, 200, -30])
def test_a_file_that_was_cut_on_its_way_is_told(world, tmp_path, cut):
    files, _ = export(world, 1)
    output = io.BytesIO()
    with zipfile.ZipFile(output, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    path = tmp_path / "cut.zip"
    path.write_bytes(output.getvalue()[:cut])
    done = run(world, str(path))
    assert done.exit_code == 1
    assert "不是完整的 ZIP 文件" in done.output
