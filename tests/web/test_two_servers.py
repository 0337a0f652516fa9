"""Two servers of one database, each with a data folder of its own: a browser comes to either, a request at a time."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder

from inspect_app.collections.inspecting.inspection import INSPECTIONS
from inspect_app.domain.checklists.checklist import Checklist
from inspect_app.services.keys import KEY_FILES, SHARED
from inspect_app.services.objects import are_elsewhere
from tests import forks, stores
from tests.conftest import ServerProcess
from tests.methods import right
from tests.ports import free_port
from tests.store.databases import empty_database
from tests.web.builders import hidden
from tests.web.inspecting.test_unsent import end_sessions
from tests.world import PASSWORD, World, photo, sha256

SITE = "public-toilet"


class Answer:
    def __init__(self, status: int, location: str, text: str) -> None:
        self.status, self.location, self.text = status, location, text


class Browser:
    """One that is sent to whichever server is named; its cookies are those of the site."""

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies, _Staying, urllib.request.ProxyHandler({}))

    def get(self, server: ServerProcess, path: str) -> Answer:
        return self._asked(urllib.request.Request(server.address + path))

    def post(self, server: ServerProcess, path: str, fields: dict[str, Any]) -> Answer:
        environ = EnvironBuilder(method="POST", data=fields).get_environ()
        sent = {"Content-Type": environ["CONTENT_TYPE"]}
        return self._asked(urllib.request.Request(server.address + path, environ["wsgi.input"].read(), sent))

    def sign_in(self, server: ServerProcess) -> None:
        token = hidden(self.get(server, "/login").text, "csrf_token")
        form = {"name": "inspector", "password": PASSWORD, "csrf_token": token}
        assert self.post(server, "/login", form).status == 302

    def filled(self, server: ServerProcess, checklist: Checklist) -> dict[str, Any]:
        """A form in which an item failed, with a photo."""
        page = self.get(server, f"/field/sites/{SITE}-1").text
        fields: dict[str, Any] = {name: hidden(page, name) for name in ("csrf_token", "id", "version", "started_at")}
        item = next(one.id for one in checklist.items if one.method == "compliance")
        for one in checklist.items:
            values = {"na": "y"} if one.photo == "always" else right(one).typed
            fields |= {f"answers.{one.id}.{name}": value for name, value in values.items()}
        fields |= {f"answers.{item}.value": "fail", f"answers.{item}.note": "门锁坏了"}
        return fields | {f"answers.{item}.photos": (io.BytesIO(photo(1)), "IMG_0001.jpg")}

    def _asked(self, request: urllib.request.Request) -> Answer:
        try:
            with self._opener.open(request) as answer:
                return Answer(answer.status, "", answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers.get("Location", ""), error.read().decode())


class _Staying(urllib.request.HTTPRedirectHandler):
    """Where an answer leads is looked at and not followed."""

    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture
def first(tmp_path: Path) -> World:
    """A server's data folder, with its documents in a database."""
    return World.in_database(tmp_path / "first", empty_database()).founded()


def beside(world: World, name: str) -> Path:
    """Another server's data folder, which is not there yet, of the same database."""
    data = world.data.with_name(name)
    stores.have_database(data, world.settings.database)
    data.mkdir()  # it is meant, and no slip of the first one's name
    return data


def keys(data: Path, *words: object, **more: str) -> subprocess.CompletedProcess[str]:
    """A command of one of the servers."""
    told = {"INSPECT_DATA": str(data), **stores.environment_of(data), **more}
    return forks.flask("keys", *map(str, words), check=False, **told)


def refused(data: Path, **more: str) -> str:
    """What a start that fails says."""
    arguments = ["run.py", "--data", str(data), "--host", "127.0.0.1", "--port", str(free_port())]
    done = forks.run(arguments, {**os.environ, **stores.environment_of(data), **more}, check=False)
    assert done.returncode == 1, done.stdout
    return done.stdout + done.stderr


def made_of(path: Path) -> dict[str, bytes]:
    return {name: (path / name).read_bytes() for name in KEY_FILES if (path / name).exists()}


def test_a_form_that_one_server_kept_is_sent_at_the_other_though_the_first_was_killed(
    first: World, serve: Callable[..., ServerProcess], tmp_path: Path
):
    here = serve(first.data)
    second = beside(first, "second")
    for name, content in made_of(first.data).items():
        (second / name).write_bytes(content)
    there = serve(second)
    browser = Browser()
    browser.sign_in(here)
    fields = browser.filled(there, first.checklist(SITE))
    end_sessions(first)
    assert browser.post(here, f"/field/sites/{SITE}-1", fields).location == "/login?next=/field/unsent"
    os.kill(here.pid, signal.SIGKILL)
    assert "照片1张" in browser.get(there, "/login").text
    browser.sign_in(there)
    page = browser.get(there, "/field/unsent").text
    assert "门锁坏了" in page
    target = page.split('/send"')[0].rpartition('action="')[2] + "/send"
    sent = browser.post(there, target, {"csrf_token": hidden(page, "csrf_token"), "id": fields["id"]})
    assert sent.location == f"/inspections/{fields['id']}", sent.text
    kept = INSPECTIONS.get(first.services.store, fields["id"])
    assert kept
    assert [one.sha256 for one in kept.value.photos] == [sha256(photo(1))]
    assert "没有等待提交的表单" in browser.get(there, "/field/unsent").text
    for folder in (first.data, second):
        assert not (folder / "unsent").exists()
    assert are_elsewhere(first.services), "without an object store the photo is at the second server alone"


def test_a_server_with_other_keys_or_none_does_not_start_and_makes_none(
    first: World, serve: Callable[..., ServerProcess], tmp_path: Path
):
    serve(first.data).stop()
    own = made_of(first.data)
    assert set(own) == {one.name for one in SHARED}, "all are there to be handed over"
    second = beside(first, "second")
    said = refused(second)
    for part in (*own, "没有启动，也没有生成新的", "keys export", "keys import"):
        assert part in said
    assert made_of(second) == {}
    for name, content in own.items():
        (second / name).write_bytes(content)
    (second / "secret.key").write_bytes(b"x" * 32)
    said = refused(second)
    assert "secret.key 缺失、损坏，或不是" in said
    assert "receipt.key" not in said
    assert made_of(second) == {**own, "secret.key": b"x" * 32}


def test_keys_are_handed_to_another_server_in_a_file_that_only_its_code_opens(
    first: World, serve: Callable[..., ServerProcess], tmp_path: Path
):
    serve(first.data).stop()
    file, own = tmp_path / "keys.bin", made_of(first.data)
    exported = keys(first.data, "export", "--to", file)
    assert exported.returncode == 0, exported.stderr
    assert file.stat().st_mode & 0o077 == 0
    assert not any(content in file.read_bytes() for content in own.values())
    assert "已经有了" in keys(first.data, "export", "--to", file).stderr
    code = exported.stdout.rpartition("：")[2].strip()
    assert [one["after"] for one in first.services.audit.entries() if one["act"] == "key.exported"] == [
        {"names": sorted(own)}
    ]
    second = beside(first, "second")
    wrong = keys(second, "import", file, "--code", f"{'a' if code[0] != 'a' else 'b'}{code[1:]}")
    assert (wrong.returncode, "口令不对" in wrong.stderr) == (1, True), wrong.stderr
    cut = tmp_path / "cut.bin"
    cut.write_bytes(file.read_bytes()[:-1])
    assert "口令不对，或文件不完整" in keys(second, "import", cut, "--code", code).stderr
    other = beside(first, "other")
    stores.have_database(other, empty_database())
    assert keys(other, "import", file, "--code", code).returncode == 1
    assert (list(second.iterdir()), list(other.iterdir())) == ([], []), "nothing came of what was refused"
    done = keys(second, "import", file, "--code", code.upper().replace("-", " "))
    assert done.returncode == 0, done.stderr
    assert made_of(second) == own
    assert "都已经在了" in keys(second, "import", file, "--code", code).stdout
    (second / "plan.key").write_bytes(b"p" * 32)
    assert "plan.key 已经有另一把" in keys(second, "import", file, "--code", code).stderr
    assert (second / "plan.key").read_bytes() == b"p" * 32
    (second / "plan.key").write_bytes(own["plan.key"])
    browser, here, there = Browser(), serve(first.data), serve(second)
    browser.sign_in(here)
    assert browser.get(there, "/field/").status == 200, "a session of one is one of the other"


def test_keys_of_a_mounted_folder_open_an_empty_data_folder_and_stay_where_they_are(
    first: World, serve: Callable[..., ServerProcess], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    serve(first.data).stop()
    mounted, own = tmp_path / "mounted", made_of(first.data)
    mounted.mkdir()
    for name, content in own.items():
        (mounted / name).write_bytes(content)
        (mounted / name).chmod(0o400)
    second = beside(first, "second")
    monkeypatch.setenv("INSPECT_KEYS", str(mounted))
    assert Browser().get(serve(second), "/login").status == 200
    assert made_of(second) == {}
    assert made_of(mounted) == own
