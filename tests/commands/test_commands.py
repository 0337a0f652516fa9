"""The command line, each command through Flask's own runner over a real data folder."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from inspect_app.domain.accounts.device import End, Way
from inspect_app.domain.accounts.sign_in_code import CodeState
from inspect_app.services.accounts.accounts import find_user, signed_in
from inspect_app.services.accounts.devices import add_device, find_device
from inspect_app.services.accounts.sign_in_codes import use_code
from inspect_app.services.accounts.tokens import token_user
from inspect_app.services.place.register import area_tree, find_site
from inspect_app.settings import PROJECT
from tests import forks
from tests.stores import environment_of
from tests.world import right_answers


@pytest.fixture
def run(world):
    runner = world.app().test_cli_runner()
    return lambda *arguments: runner.invoke(args=list(arguments))


def test_accounts_can_be_added_listed_changed_and_blocked(world, run):
    added = run("users", "add", "li4", "--role", "supervisor", "--title", "李四")
    assert added.exit_code == 0
    assert signed_in(world.services.store, "li4", added.stdout.strip()).title == "李四"
    assert "li4\t督导员\t正常\t李四" in run("users", "list").stdout
    assert run("users", "password", "li4", "--password", "another-one-9").stdout == ""
    assert signed_in(world.services.store, "li4", "another-one-9")
    run("users", "block", "li4")
    assert not find_user(world.services.store, "li4").active
    run("users", "unblock", "li4")
    assert find_user(world.services.store, "li4").active


def test_accounts_can_be_held_to_some_areas(world, run):
    assert run("users", "add", "wang5", "--role", "supervisor", "--scope", "421002").exit_code == 0
    assert find_user(world.services.store, "wang5").scope == ("421002",)
    assert "wang5\t督导员\t正常\twang5\t421002" in run("users", "list").stdout
    assert run("users", "scope", "wang5", "421002001", "421003").exit_code == 0
    assert find_user(world.services.store, "wang5").scope == ("421002001", "421003")
    assert run("users", "scope", "wang5").exit_code == 0
    assert find_user(world.services.store, "wang5").scope == ()


def test_wrong_accounts_end_with_exit_code_1_and_a_sentence(run):
    for arguments in (
        ("users", "add", "X", "--role", "inspector"),
        ("users", "add", "inspector", "--role", "inspector"),
        ("users", "password", "nobody"),
        ("users", "block", "nobody"),
        ("users", "scope", "nobody", "421002"),
        ("users", "scope", "supervisor", "999999"),
        ("users", "scope", "inspector", "421002"),
        ("users", "add", "zhao6", "--role", "unit", "--scope", "421002"),
        ("token", "add", "--user", "nobody"),
        ("token", "revoke", "123456"),
        ("index", "2026-W99"),
    ):
        result = run(*arguments)
        assert result.exit_code == 1, arguments
        assert result.stdout == ""
        assert result.stderr.strip()


def test_token_add_prints_the_token_alone_and_loads_nothing_of_pages(world):
    """Through the real ``flask`` command, as scripts call it; what it imports is said on the other channel."""
    done = subprocess.run(
        [
            *(sys.executable, "-X", "importtime", "-m", "flask", "--app", "inspect_app"),
            *("token", "add", "--user", "inspector"),
        ],
        cwd=PROJECT,
        env={**os.environ, **environment_of(world.data), "INSPECT_DATA": str(world.data)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert len(done.stdout.splitlines()) == 1
    assert token_user(world.services.store, done.stdout.strip(), datetime.now(UTC))[0].name == "inspector"
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "inspect_app.commands.accounts.tokens" in loaded
    assert loaded & {"inspect_app.web", "matplotlib", "docx", "webauthn", "wtforms", "geopy", "scipy"} == set()


def test_what_flask_itself_asks_of_the_application_has_its_pages(world):
    assert "/login" in forks.flask("routes", INSPECT_DATA=str(world.data)).stdout


def test_tokens_are_listed_by_number_and_revoked(world, run):
    token = run("token", "add", "--user", "inspector").stdout.strip()
    listed = [line for line in run("token", "list").stdout.splitlines() if "\tinspector\t" in line]
    assert len(listed) == 2
    assert token not in "".join(listed)
    for line in listed:
        assert run("token", "revoke", line.split("\t")[0]).exit_code == 0
    assert token_user(world.services.store, token, datetime.now(UTC)) is None


def test_areas_are_imported_whole_or_not_at_all(world, run, tmp_path):
    file = tmp_path / "areas.csv"
    file.write_text("code,name,parent_code\n421002901,新街道,421002\n421009001,孤街,421009\n", "utf-8")
    refused = run("areas", "import", str(file))
    assert refused.exit_code == 1
    assert "第3行 parent_code" in refused.stderr
    assert "421002901" not in area_tree(world.services.store)
    file.write_text("code,name,parent_code\n421002901,新街道,421002\n", "utf-8")
    assert run("areas", "import", str(file)).exit_code == 0
    assert "421002901\t新街道\t街道乡镇\t421002" in run("areas", "list").stdout


def test_sites_are_added_and_imported(world, run, tmp_path):
    options = ("--name", "新路口", "--type", "zebra-crossing", "--area", "421002001", "--lat", "30.3", "--lon", "112.2")
    assert run("sites", "add", "N-1", *options).exit_code == 0
    assert find_site(world.services.store, "N-1").name == "新路口"
    assert run("sites", "add", "N-1", *options).exit_code == 1
    told = [(entry["who"], entry["act"]) for entry in world.services.audit.about("site/N-1")]
    assert told == [("命令行", "site.added")]
    assert run("sites", "add", "N-2", *options[:-3], "200", "--lon", "1").exit_code == 1
    file = tmp_path / "sites.csv"
    file.write_bytes("code,name,type,area,lat,lon\nN-3,公厕,public-toilet,421002001,,\n".encode("gb18030"))
    assert run("sites", "import", str(file)).exit_code == 0
    assert "N-3\t公厕" in run("sites", "list").stdout
    file.write_text("code,name,type,area,lat,lon\nN-4,x,tank,421002001,,\n", "utf-8")
    assert run("sites", "import", str(file)).exit_code == 1


def test_checklists_check_names_file_item_and_field(run, tmp_path):
    assert "全部正确" in run("checklists", "check").stdout
    for path in (PROJECT / "checklists").glob("*.toml"):
        text = path.read_text("utf-8")
        if path.name == "public-toilet.toml":
            text = text.replace("weight = 20", "wieght = 20", 1)
        (tmp_path / path.name).write_text(text, "utf-8")
    result = run("checklists", "check", str(tmp_path))
    assert result.exit_code == 1
    assert "public-toilet.toml 第 cleanliness 项 字段 wieght" in result.stderr
    assert "weight" in result.stderr


def test_checklists_score_scores_a_file_without_keeping_it(world, run, tmp_path):
    """Zebra crossing with 14 of 20 yielding, all else full: 100 × (30 × 0.7 + 70) / 100 = 91."""
    checklist = world.checklist("zebra-crossing")
    answers = right_answers(checklist)
    answers["yielding"] = {"value": {"bus": {"yes": 5, "of": 5}, "other": {"yes": 9, "of": 15}}}
    file = tmp_path / "answers.json"
    file.write_text(json.dumps({"checklist": checklist.id, "answers": answers}), "utf-8")
    result = run("checklists", "score", str(file), "--json")
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["rate"] == pytest.approx(91)
    assert document["rate_text"] == "91.00"
    assert "得分率 91.00" in run("checklists", "score", str(file)).stdout
    assert world.services.store.weeks("inspections") == []


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"checklist": "tank"}', '{"checklist": "zebra-crossing", "answers": {"x": 1}}']
)
def test_a_wrong_answers_file_is_refused(run, tmp_path, text):
    file = tmp_path / "answers.json"
    file.write_text(text, "utf-8")
    result = run("checklists", "score", str(file), "--json")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.strip()


def test_devices_are_listed_named_and_revoked(world, run):
    store, now = world.services.store, datetime.now(UTC)
    device = add_device(store, find_user(store, "inspector"), "安卓手机 · Chrome", Way.CODE, now)
    add_device(store, find_user(store, "supervisor"), "Windows · Edge", Way.PASSWORD, now)
    assert run("devices", "name", device.number, "备用机").exit_code == 0
    assert f"{device.number}\tinspector\t备用机\t安卓手机 · Chrome\t" in run("devices", "list").stdout
    assert "supervisor" not in run("devices", "list", "--user", "inspector").stdout
    assert run("devices", "revoke", device.number).exit_code == 0
    assert find_device(store, device.id, now).end is End.REVOKED
    assert "备用机" not in run("devices", "list").stdout
    assert "已作废" in run("devices", "list", "--all").stdout
    for arguments in (
        ("revoke", "000000"),
        ("revoke", ""),
        ("name", "000000", "x"),
        ("name", device.number, "长" * 41),
    ):
        result = run("devices", *arguments)
        assert (result.exit_code, result.stdout) == (1, ""), arguments
        assert result.stderr


def test_a_sign_in_code_is_printed_and_can_be_taken_back(world, run):
    store, now = world.services.store, datetime.now(UTC)
    printed = run("devices", "code", "inspector", "--address", "https://inspect.city.example/")
    code = re.search(r"^https://inspect\.city\.example/enter/(\w{26})$", printed.stdout, re.MULTILINE)[1]
    assert "█" in printed.stdout
    number = re.search(r"devices revoke (\w+)", printed.stdout)[1]
    assert f"{number}\tinspector\t登录码" in run("devices", "list").stdout
    assert run("devices", "revoke", number).exit_code == 0
    assert use_code(store, code, "x", "x", now) is CodeState.REVOKED
    for arguments in (("inspector", "--address", "ftp://x"), ("nobody", "--address", "https://x")):
        result = run("devices", "code", *arguments)
        assert (result.exit_code, result.stdout) == (1, ""), arguments
