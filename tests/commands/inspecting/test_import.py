"""What a phone exported, taken in by the command: each inspection once, hostile files not at all."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes as hashes_of
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from inspect_app.services import open_services
from inspect_app.services.audit import entries_of
from inspect_app.services.inspecting import holding
from inspect_app.services.reconciling import Compared, compare
from tests.web.accounts.test_second_factor import later
from tests.web.builders import hidden, signed_in
from tests.world import PASSWORD, World, evidence, headers, new_id, photo, sha256


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


def waiting(world: World) -> list[str]:
    return [kept.id for kept in holding.waiting(open_services(world.settings))]


def accept(world: World, *arguments: str):
    return world.app().test_cli_runner().invoke(args=["inspections", "accept", *arguments, "--reason", "本人电话核实"])


def test_an_export_is_taken_in_once_and_is_nobodys_visit_until_the_office_says_so(world, tmp_path):
    files, ids = export(world)
    path = written(tmp_path / "phone.zip", files)
    first = run(world, str(path))
    assert (first.exit_code, first.output.count("已收下"), first.output.count("草稿，未导入")) == (0, 2, 1), (
        first.output
    )
    assert world.services.store.get("inspections", ids[0]) is None
    assert sorted(waiting(world)) == sorted(ids)
    again = [json.loads(line)["taken"] for line in run(world, str(path), "--json").output.splitlines()]
    assert sorted(again) == ["draft", "held", "held"]
    listed = world.app().test_cli_runner().invoke(args=["inspections", "waiting"]).output
    assert all(id in listed for id in ids)
    assert accept(world, *ids).exit_code == 0
    second = run(world, str(path), "--json")
    taken = [json.loads(line)["taken"] for line in second.output.splitlines()]
    assert (second.exit_code, sorted(taken)) == (0, ["draft", "same", "same"])
    for id in ids:
        assert world.services.store.get("inspections", id).document["inspector"] == "inspector"
    assert waiting(world) == []


def test_the_log_says_who_brought_it_and_who_took_it_over_for_whom(world, tmp_path):
    files, (id,) = export(world, 1)
    run(world, str(written(tmp_path / "phone.zip", files)))
    accept(world, id)
    held, taken = entries_of(world.services, id)
    assert (held["act"], held["who"], held["after"]["inspector"]) == ("import.held", "命令行", "inspector")
    assert (taken["act"], taken["who"], taken["after"]["inspector"]) == ("inspection.imported", "命令行", "inspector")
    assert taken["after"]["reason"] == "本人电话核实"
    assert isinstance(compare(open_services(world.settings)), Compared)


def shown_form(page: str) -> dict[str, str]:
    """What the forms of the page carry along."""
    return {name: hidden(page, name) for name in ("csrf_token", "revision")}


def test_a_file_somebody_wrote_in_another_s_name_is_left_out_with_the_reason(world, tmp_path):
    files, (id,) = export(world, 1)
    path = str(written(tmp_path / "phone.zip", files))
    run(world, path)
    client = signed_in(world, "administrator")
    page = client.get("/admin/imports/").text
    assert "inspector" in page
    token = shown_form(page)
    empty = client.post(f"/admin/imports/{id}/refuse", data={**token, "reason": " "})
    assert (empty.status_code, "应写明怎样核实的" in empty.text) == (422, True)
    done = client.post(f"/admin/imports/{id}/refuse", data={**token, "reason": "本人没有去过"})
    assert done.status_code == 303
    assert world.services.store.get("inspections", id) is None
    assert "没有等待核实的导入" in client.get("/admin/imports/").text
    again = run(world, path)
    assert (again.exit_code, "本人没有去过" in again.output) == (1, True)
    assert client.post(f"/admin/imports/{id}/accept", data={**token, "reason": "x"}).status_code == 422


def test_an_administrator_takes_one_over_by_the_page(world, tmp_path):
    files, (id,) = export(world, 1)
    run(world, str(written(tmp_path / "phone.zip", files)))
    client = signed_in(world, "administrator")
    form = {**shown_form(client.get("/admin/imports/").text), "reason": "见过手机"}
    done = client.post(f"/admin/imports/{id}/accept", data=form)
    assert done.status_code == 303
    assert world.services.store.get("inspections", id).document["inspector"] == "inspector"
    assert entries_of(world.services, id)[-1]["who"] == "administrator"


def test_taking_one_over_asks_who_it_is_once_more_and_leaving_one_out_does_not(world, tmp_path, monkeypatch):
    files, (first, second) = export(world, 2)
    run(world, str(written(tmp_path / "phone.zip", files)))
    client = signed_in(world, "administrator")
    later(monkeypatch, timedelta(minutes=11))
    form = {**shown_form(client.get("/admin/imports/").text), "reason": "见过手机"}
    asked = client.post(f"/admin/imports/{first}/accept", data=form)
    assert (asked.status_code, "确认是您本人" in asked.text) == (403, True)
    assert 'name="reason" value="见过手机"' in asked.text
    assert hidden(asked.text, "revision") == form["revision"]
    wrong = client.post(f"/admin/imports/{first}/accept", data={**form, "proof": "wrong"})
    assert (wrong.status_code, world.services.store.get("inspections", first)) == (403, None)
    assert client.post(f"/admin/imports/{second}/refuse", data=form).status_code == 303
    assert client.post(f"/admin/imports/{first}/accept", data={**form, "proof": PASSWORD}).status_code == 303
    assert world.services.store.get("inspections", first)


def test_what_the_phone_sends_itself_meanwhile_waits_no_more(world, tmp_path):
    files, (id,) = export(world, 1)
    run(world, str(written(tmp_path / "phone.zip", files)))
    record = files[f"inspections/{id}/record.json"]
    sent = (
        world.app()
        .test_client()
        .put(
            f"/api/v1/inspections/{id}",
            data=record,
            headers={**headers(world.tokens["inspector"]), "Content-Type": "application/json"},
        )
    )
    assert sent.status_code == 201, sent.text
    assert waiting(world) == []


def test_one_bad_inspection_does_not_hold_up_the_others(world, tmp_path):
    files, ids = export(world, 3)
    files[f"inspections/{ids[0]}/record.json"] = b"{"
    lost = json.loads(files[f"inspections/{ids[1]}/record.json"])["photos"][0]["sha256"]
    gone = files.pop(f"photos/{lost}.jpg")
    done = run(world, str(written(tmp_path / "phone.zip", files)))
    assert done.exit_code == 1
    assert "不是有效的JSON" in done.output
    assert "服务器尚未收到" in done.output
    assert done.output.count("已放进「待核实」") == 2
    held = {one.id: one.value for one in holding.waiting(open_services(world.settings))}
    assert {id: held[id].was_refused for id in ids} == {ids[0]: True, ids[1]: True, ids[2]: False}
    assert (held[ids[0]].raw, held[ids[0]].by) == ({"unreadable": "{"}, "命令行")
    assert "服务器尚未收到" in held[ids[1]].why
    page = signed_in(world, "administrator").get("/admin/imports/").text
    assert "没有本人手机的签名" in page
    assert accept(world, ids[0]).exit_code == 1, "what nobody can read is nobody's visit"
    whole = {**files, f"photos/{lost}.jpg": gone}
    assert run(world, str(written(tmp_path / "whole.zip", whole))).exit_code == 1
    held = {one.id: one.value for one in holding.waiting(open_services(world.settings))}
    assert {id: held[id].was_refused for id in ids} == {ids[0]: True, ids[1]: False, ids[2]: False}


def test_a_photo_that_is_not_what_its_name_says_is_named(world, tmp_path):
    files, ids = export(world, 1)
    name = next(name for name in files if name.startswith("photos/"))
    files[name] = photo(77)
    done = run(world, str(written(tmp_path / "phone.zip", files)))
    assert (done.exit_code, waiting(world)) == (1, ids)
    assert "内容与SHA-256不符" in done.output
    assert "内容与SHA-256不符" in holding.waiting(open_services(world.settings))[0].value.why


def test_another_inspector_may_be_named(world, tmp_path):
    files, ids = export(world, 1)
    files["manifest.json"] = manifest(inspector="gone")
    path = str(written(tmp_path / "phone.zip", files))
    assert "没有测评员账号「gone」" in run(world, path).output
    assert "没有测评员账号「supervisor」" in run(world, path, "--inspector", "supervisor").output
    assert run(world, path, "--inspector", "inspector2").exit_code == 0
    assert accept(world, *ids).exit_code == 0
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
    files, _ids = export(world, 1)
    done = run(world, str(written(tmp_path / "x.zip", {**files, **more})))
    assert done.exit_code == 1
    assert sentence in done.output
    assert waiting(world) == []


@pytest.mark.parametrize("layers", [100, 600, 5_000])
def test_a_record_of_many_layers_is_named_and_the_others_wait(world, tmp_path, layers):
    files, ids = export(world)
    record = json.loads(files[f"inspections/{ids[0]}/record.json"])
    deep = json.dumps({**record, "more": "DEEP"}).replace('"DEEP"', "[" * layers + "]" * layers)
    done = run(world, str(written(tmp_path / "x.zip", {**files, f"inspections/{ids[0]}/record.json": deep.encode()})))
    assert (done.exit_code, type(done.exception)) == (1, SystemExit)
    assert "不是有效的JSON" in done.output
    held = [one.value.was_refused for one in holding.waiting(open_services(world.settings)) if one.id in ids]
    assert sorted(held) == [False, True]


def test_a_bomb_is_not_unpacked(world, tmp_path):
    files, _ids = export(world, 1)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            zeros = b" " * 100_000_000 if name.endswith("record.json") else content
            archive.writestr(name, zeros)
    done = run(world, str(path))
    assert done.exit_code == 1
    assert "内容过大" in done.output
    assert waiting(world) == []


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


# Unpacked and packed again

_LEFT_BY_SYSTEMS = {
    "__MACOSX/._手机导出": b"x", "手机导出/": b"", "手机导出/photos/": b"", "手机导出/.DS_Store": b"x",
    "手机导出/photos/Thumbs.db": b"x", "手机导出/photos/._1.jpg": b"x", "__MACOSX/手机导出/._manifest.json": b"x",
    "手机导出/desktop.ini": b"x",
}  # fmt: skip


@pytest.mark.parametrize("around", ["", "手机导出/", "下载/手机导出/", "手机导出\\"])
def test_an_export_packed_again_is_still_what_the_phone_signed(world, tmp_path, around):
    key, _ = registered(world)
    files, (id,) = export(world, 1)
    again = {around + name: content for name, content in signed(files, key).items()}
    done = run(world, str(written(tmp_path / "phone.zip", {**_LEFT_BY_SYSTEMS, **again})))
    assert (done.exit_code, done.output.count("已导入"), waiting(world)) == (0, 1, []), done.output
    assert world.services.store.get("inspections", id)


def test_a_second_export_in_the_same_archive_is_refused(world, tmp_path):
    files, _ = export(world, 1)
    twice = {f"{around}/{name}": content for around in "ab" for name, content in files.items()}
    done = run(world, str(written(tmp_path / "phone.zip", twice)))
    assert (done.exit_code, "不属于导出文件的条目" in done.output) == (1, True)


# Signed by the phone


def registered(world: World, who: str = "inspector"):
    """Somebody's browser with a key of its own, as the server knows it from now on."""
    key, client = ec.generate_private_key(ec.SECP256R1()), signed_in(world, who)
    token = client.get("/api/v1/session").json["csrf"]
    answer = client.put("/field/device-key", json=public_half(key), headers={"X-CSRFToken": token})
    assert answer.status_code == 200, answer.text
    return key, client


def public_half(key) -> dict[str, str]:
    numbers = key.public_key().public_numbers()
    coded = (base64.urlsafe_b64encode(one.to_bytes(32, "big")).rstrip(b"=").decode() for one in (numbers.x, numbers.y))
    return dict(zip(("x", "y"), coded, strict=True))


def signed(files: dict[str, bytes], key, **said: Any) -> dict[str, bytes]:
    """The files with a manifest as the browser that has a key writes it."""
    hashes = {name: sha256(content) for name, content in files.items() if name != "manifest.json"}
    told = {"format": "inspect-phone-export-files", "inspector": "inspector", "key": public_half(key), "files": hashes}
    text = json.dumps({**told, **said})
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(hashes_of.SHA256())))
    signature = base64.b64encode(r.to_bytes(32, "big") + s.to_bytes(32, "big")).decode()
    return {**files, "manifest.json": manifest(signed=text, signature=signature)}


def test_what_the_inspectors_own_phone_signed_is_their_visit_brought_by_whom_the_log_says(world, tmp_path):
    key, _ = registered(world)
    files, ids = export(world)
    path = str(written(tmp_path / "phone.zip", signed(files, key)))
    done = run(world, path)
    assert (done.exit_code, done.output.count("已导入")) == (0, 2), done.output
    assert waiting(world) == []
    (entry,) = entries_of(world.services, ids[0])
    assert (entry["act"], entry["who"], entry["after"]["inspector"]) == ("inspection.imported", "命令行", "inspector")
    assert run(world, path).output.count("先前已有") == 2


def changed_record(files: dict[str, bytes], key) -> dict[str, bytes]:
    name = next(name for name in files if name.endswith("record.json"))
    return {**signed(files, key), name: files[name] + b" "}


def with_more(files: dict[str, bytes], key) -> dict[str, bytes]:
    return {**signed(files, key), f"drafts/{new_id()}/draft.json": b"{}"}


def by_an_unknown_phone(files: dict[str, bytes], key) -> dict[str, bytes]:
    return signed(files, ec.generate_private_key(ec.SECP256R1()))


def of_somebody_else(files: dict[str, bytes], key) -> dict[str, bytes]:
    return signed(files, key, inspector="inspector2")


def altered_signature(files: dict[str, bytes], key) -> dict[str, bytes]:
    made = signed(files, key)
    return {**made, "manifest.json": made["manifest.json"].replace(b'"signature": "', b'"signature": "AAAA')}


def no_list(files: dict[str, bytes], key) -> dict[str, bytes]:
    return {**files, "manifest.json": manifest(signed="[", signature="x")}


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (changed_record, "签名之后内容被改动"),
        (with_more, "签名之后文件里有增减"),
        (by_an_unknown_phone, "没有在这个账号下登记过"),
        (of_somebody_else, "签名的不是这个测评员"),
        (altered_signature, "手机的签名无效"),
        (no_list, "手机的签名无效"),
        (lambda files, key: files, "文件没有手机的签名"),
    ],
)
def test_what_that_phone_did_not_sign_as_it_is_waits_with_the_reason(world, tmp_path, made, why):
    key, _ = registered(world)
    files, (id,) = export(world, 1)
    done = run(world, str(written(tmp_path / "phone.zip", made(files, key))))
    assert (done.exit_code, waiting(world)) == (0, [id]), done.output
    assert why in signed_in(world, "administrator").get("/admin/imports/").text


def test_a_phone_that_signed_out_or_is_another_accounts_signs_nothing(world, tmp_path):
    key, client = registered(world)
    _, other = registered(world, "inspector2")
    files, (id,) = export(world, 1)
    path = str(written(tmp_path / "phone.zip", signed(files, key)))
    assert run(world, path, "--inspector", "inspector2").exit_code == 0
    assert waiting(world) == [id]
    token = other.get("/api/v1/session").json["csrf"]
    other.put("/field/device-key", json=public_half(key), headers={"X-CSRFToken": token})
    token = hidden(client.get("/field/").text, "csrf_token")
    client.post("/logout", data={"csrf_token": token})
    files, (second,) = export(world, 1)
    run(world, str(written(tmp_path / "second.zip", signed(files, key))))
    assert set(waiting(world)) == {id, second}
    assert "已退出登录或已作废" in signed_in(world, "administrator").get("/admin/imports/").text


@pytest.mark.parametrize("told", [{}, {"x": 1, "y": 2}, {"x": "AA", "y": "AA"}, {"x": "A" * 43, "y": "A" * 43}])
def test_what_is_no_key_is_not_kept(world, told):
    client = signed_in(world)
    token = client.get("/api/v1/session").json["csrf"]
    answer = client.put("/field/device-key", json=told, headers={"X-CSRFToken": token})
    assert (answer.status_code, "不是 P-256 的公钥" in answer.json["error"]) == (422, True)
    assert client.put("/field/device-key", json=[], headers={"X-CSRFToken": token}).status_code == 400
