"""The log for programs: one JSON object a line, rotated, whole also where several processes write; no secrets."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from inspect_app.logs import JsonLines, RotatedFile
from inspect_app.settings import LogFile, SettingsError, settings_from
from tests.conftest import PROJECT
from tests.test_run import ended
from tests.web.test_full_disk import Asking
from tests.world import PASSWORD, headers, new_id, photo, sha256

WRITER = """
import logging, sys
from pathlib import Path
from inspect_app.logs import log_into
from inspect_app.settings import LogFile
log_into(LogFile(Path(sys.argv[1]), 4000, 50))
logging.getLogger().setLevel(logging.INFO)
for number in range(300):
    logging.getLogger("inspect_app.test").info("%s %d", sys.argv[2], number)
"""


def lines(*files: Path) -> list[dict[str, object]]:
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


def record(text: str, *values: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("inspect_app.web.errors", logging.ERROR, "x.py", 1, text, values, None)
    made.__dict__.update(more)
    return made


def test_a_server_tells_each_request_by_its_route_and_nothing_of_who_and_what(world, serve, monkeypatch, tmp_path):
    file = tmp_path / "logs" / "inspect.jsonl"
    monkeypatch.setenv("INSPECT_LOG", str(file))
    world.services.store.close()
    server = serve(world.data)
    ask, tokens, content, id = Asking(server.port), headers(world.tokens["inspector"]), photo(4), new_id()
    assert ask.send("/login", "/login", name="inspector", password=PASSWORD)[0] == 302
    assert ask("PUT", f"/api/v1/photos/{sha256(content)}", content, **tokens)[0] == 201
    sent = json.dumps(world.submission())
    assert ask("PUT", f"/api/v1/inspections/{id}", sent, **tokens, **{"Content-Type": "application/json"})[0] == 201
    assert ask("GET", f"/nothing?word={quote('绝密')}")[0] == 404
    server.stop()
    told = lines(file)
    requests = {(one["method"], one["route"], one["status"]) for one in told if one["event"] == "requests"}
    assert requests >= {
        ("GET", "auth.login", 200),
        ("POST", "auth.login", 302),
        ("PUT", "api.put_photo", 201),
        ("PUT", "api.put_inspection", 201),
        ("GET", "none", 404),
    }
    assert any(one["event"] == "starting" and "version" in str(one["text"]) for one in told)
    for one in told:
        assert datetime.fromisoformat(str(one["time"])).utcoffset() == timedelta()
        assert one["level"] in ("info", "warning", "error")
    ids = [one["request"] for one in told if one["event"] == "requests"]
    assert len(set(ids)) == len(ids)
    text = file.read_text("utf-8")
    secrets = [
        PASSWORD,
        world.tokens["inspector"],
        id,
        sha256(content),
        "127.0.0.1",
        "绝密",
        quote("绝密"),
        "inspector",
    ]
    assert [one for one in secrets if one in text] == []
    assert file.stat().st_mode & 0o777 == 0o600
    readable = (world.data.parent / f"server-{server.port}.log").read_text("utf-8")
    assert "put_photo" not in readable, "people are not shown each request"


def test_several_processes_write_to_one_file_and_no_line_is_lost_or_torn_when_it_is_rotated(tmp_path):
    file = tmp_path / "inspect.jsonl"
    command = [sys.executable, "-c", WRITER, str(file)]
    writers = [subprocess.Popen([*command, f"writer{number}"], cwd=PROJECT) for number in range(3)]
    assert [writer.wait(120) for writer in writers] == [0, 0, 0]
    files = [path for path in tmp_path.iterdir() if not path.name.endswith(".lock")]
    assert len(files) > 1
    texts = [str(one["text"]) for one in lines(*files)]
    assert sorted(texts) == sorted(f"writer{writer} {number}" for writer in range(3) for number in range(300))


def test_only_so_many_files_are_kept_and_a_file_that_is_taken_away_is_made_anew(tmp_path):
    file = tmp_path / "inspect.jsonl"
    handler = RotatedFile(LogFile(file, 300, 2))
    handler.setFormatter(JsonLines())
    for number in range(40):
        handler.emit(record("%d", number))
    kept = sorted(path.name for path in tmp_path.iterdir() if not path.name.endswith(".lock"))
    assert kept == ["inspect.jsonl", "inspect.jsonl.1", "inspect.jsonl.2"]
    newest = lines(tmp_path / "inspect.jsonl.2", tmp_path / "inspect.jsonl.1", file)
    assert [one["text"] for one in newest] == [str(number) for number in range(40 - len(newest), 40)]
    file.rename(tmp_path / "elsewhere")
    handler.emit(record("anew"))
    assert [one["text"] for one in lines(file)] == ["anew"]
    handler.close()


def test_a_line_is_one_object_whatever_is_in_it():
    try:
        raise ValueError("zwei\nZeilen")
    except ValueError:
        told = record("a\n%s\x00\u2028", "b\r\n{", exc_info=sys.exc_info(), route="x.y", status=500, ms=1.5)
    line = JsonLines().format(told)
    assert not {"\n", "\r", "\x00"} & set(line)
    found = json.loads(line)
    assert (found["event"], found["level"], found["text"]) == ("web.errors", "error", "a\nb\r\n{\x00\u2028")
    assert "ValueError: zwei" in found["trace"]
    assert (found["route"], found["status"], found["ms"]) == ("x.y", 500, 1.5)


@pytest.mark.skipif(sys.platform != "linux", reason="a file that takes nothing is Linux's")
def test_a_full_disk_is_said_once_and_fails_nobody(capsys):
    handler = RotatedFile(LogFile(Path("/dev/full"), 10**9, 1))
    handler.setFormatter(JsonLines())
    for _ in range(3):
        handler.emit(record("x"))
    assert capsys.readouterr().err.count("日志写不进去") == 1
    handler.close()


def test_a_file_that_cannot_be_or_is_inside_the_data_folder_is_refused(tmp_path):
    for wrong in ("inspect.jsonl", str(tmp_path), str(tmp_path / "data" / "log.jsonl")):
        with pytest.raises(SettingsError, match=r"^INSPECT_LOG：应为"):
            settings_from({"INSPECT_DATA": str(tmp_path / "data"), "INSPECT_LOG": wrong})
    for name in ("INSPECT_LOG_MB", "INSPECT_LOG_FILES"):
        with pytest.raises(SettingsError, match=f"^{name}：应为"):
            settings_from({name: "0"})
    assert settings_from({}).log is None


def test_a_start_whose_log_cannot_be_written_says_so(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("INSPECT_LOG", str(tmp_path / "file" / "inspect.jsonl"))
    told = ended("--port", "1", data=tmp_path / "data")
    assert told.returncode == 1
    assert told.stderr.startswith(f"INSPECT_LOG：{tmp_path}/file/inspect.jsonl 写不进去：")
