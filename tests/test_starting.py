"""What keeps a server from starting: each wrong setting, option and condition is a sentence and an exit code."""

from __future__ import annotations

import argparse
import errno
import logging
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from inspect_app import durable, listening
from inspect_app.collections import LAYOUTS
from inspect_app.durable import is_full, keep_once, sync_folder
from inspect_app.listening import Own, PortTaken
from inspect_app.network import in_url
from inspect_app.options import OptionWrong, checked
from inspect_app.services.keys import SESSIONS, KeyLost, Keys
from inspect_app.settings import KNOWN, SettingsError, settings_from, unknown_names
from inspect_app.store.memory import MemoryStore
from inspect_app.usable import Unusable, refuse_unusable, said
from inspect_app.ways import WayIn, ports_of
from tests.conftest import PROJECT
from tests.forks import flask
from tests.ports import free_port
from tests.test_run import ended

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="needs the limits and modes of POSIX")
RUN = "import sys; sys.path.insert(0, '.'); sys.argv[0] = 'run.py'; import run; sys.exit(run.main())"
NO_ROOM = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))\n"
"""No file may become longer than nothing: the kernel refuses every write, as on a full disk."""
NO_FOLDER_SYNC = """
import errno, os, stat
real = os.fsync
def fsync(descriptor):
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    real(descriptor)
os.fsync = fsync
"""


@contextmanager
def started(first: str, *options: str, data: Path) -> Iterator[subprocess.Popen[str]]:
    """``run.py`` in a process that does something first; what it says on both channels comes in one stream."""
    command = [sys.executable, "-c", first + RUN, "--host", "127.0.0.1", "--data", str(data), *options]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        yield process
        process.terminate()
        process.wait(20)
    finally:
        process.kill()
        process.communicate()


def said_until_ready(process: subprocess.Popen[str]) -> str:
    """What a process says until it is ready, or ends."""
    assert process.stdout
    lines = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("READY http"):
            break
    return "".join(lines)


def options(**changed: object) -> argparse.Namespace:
    return argparse.Namespace(
        **{
            "host": "0.0.0.0",
            "port": 8000,
            "https_port": None,
            "threads": 8,
            "processes": None,
            "data": None,
            **changed,
        }
    )


# Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("INSPECT_TIMEZONE", "Mars/Olympus"),
        ("INSPECT_TIMEZONE", "Asia"),
        ("INSPECT_TIMEZONE", "x" * 5000),
        ("INSPECT_TIMEZONE", ""),
        ("INSPECT_CITY", "荆州\udcff"),
        ("INSPECT_CITY", "荆州\n市"),
        ("INSPECT_ADDRESS", "ming.example.cn"),
        ("INSPECT_ADDRESS", "https://"),
        ("INSPECT_ADDRESS", "https://ming.example.cn/?a=1"),
        ("INSPECT_ADDRESS", "https://name:word@ming.example.cn"),
        ("INSPECT_ADDRESS", "https://ming.example.cn:99999"),
        ("INSPECT_ADDRESS", "https://ming.example.cn/a/../b"),
        ("INSPECT_ADDRESS", "https://ming.example.cn//a"),
        ("INSPECT_TRUSTED_PROXY", "nginx"),
        ("INSPECT_SECURE_COOKIES", "yes"),
        ("INSPECT_MAX_PHOTO_MB", "25MB"),
        ("INSPECT_MAX_PHOTO_MB", "９"),
        ("INSPECT_MAX_PHOTO_MB", "9" * 40),
        ("INSPECT_OFFICE_MAIL", "office@city.example, nobody"),
        ("INSPECT_OFFICE_WEBHOOK", "qyapi.weixin.qq.com/cgi-bin"),
        ("INSPECT_WEBHOOK_NETWORKS", "10.0.0.1/8"),
        ("INSPECT_TILES_SYSTEM", "bd09"),
    ],
)
def test_a_setting_that_cannot_be_is_named(name, value):
    also = {"INSPECT_TILES": "https://tiles.example/{z}/{x}/{y}.png"} if name == "INSPECT_TILES_SYSTEM" else {}
    with pytest.raises(SettingsError, match=rf"^{name}：.*[应没不含]"):
        settings_from({name: value, **also})


def test_addresses_that_can_be_are_taken_without_the_slash_at_their_end():
    for address, prefix in (
        ("https://ming.example.cn/", ""),
        ("http://[2001:db8::1]:8000", ""),
        ("https://明察.example.cn/inspect/", "/inspect"),
        ("https://city.example/a/b-c", "/a/b-c"),
    ):
        settings = settings_from({"INSPECT_ADDRESS": address})
        assert settings.address == address.rstrip("/")
        assert settings.prefix == prefix
    assert settings_from({"INSPECT_CITY": "荆州　市"}).city == "荆州　市"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("INSPECT_ADRESS", "INSPECT_ADDRESS"),
        ("INSPECT_TIME_ZONE", "INSPECT_TIMEZONE"),
        ("INSPECT_TIMESTAMP_ROOT", "INSPECT_TIMESTAMP_ROOTS"),
        ("inspect_city", "INSPECT_CITY"),
    ],
)
def test_a_name_that_is_nearly_one_of_ours_is_refused_and_the_one_that_was_meant_is_told(written, meant):
    with pytest.raises(SettingsError, match=f"{written}：.*{meant}？"):
        settings_from({written: "1"})


def test_another_name_that_begins_as_ours_is_told_and_does_nothing():
    found = {"INSPECT_CITY": "x", "INSPECT_LOG_LEVEL": "debug", "HOME": "/"}
    assert unknown_names(found) == ["INSPECT_LOG_LEVEL"]
    assert settings_from(found) == settings_from({"INSPECT_CITY": "x"})


def test_the_names_that_are_known_are_those_that_are_read():
    read: set[str] = set()

    class Noted(dict[str, str]):
        def get(self, name, default=None):
            read.add(name)
            return super().get(name, default)

    present = Noted(
        INSPECT_DATA="d",
        INSPECT_SMTP_HOST="mail.example",
        INSPECT_SMTP_FROM="a@b.example",
        INSPECT_TILES="/{z}/{x}/{y}",
        INSPECT_OFFICE_WEBHOOK="https://robot.example",
    )
    settings_from(present)
    assert read == KNOWN


# Options


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"host": "300.0.0.1"}, "--host"),
        ({"host": ""}, "--host"),
        ({"host": "*"}, "--host"),
        ({"host": "http://127.0.0.1"}, "--host"),
        ({"port": 0}, "--port"),
        ({"port": 65536}, "--port"),
        ({"https_port": 99999}, "--https-port"),
        ({"https_port": 8000}, "--https-port"),
        ({"threads": 0}, "--threads"),
        ({"data": " "}, "--data"),
    ],
)
def test_an_option_that_cannot_be_is_named(wrong, named):
    with pytest.raises(OptionWrong, match=f"^{named}：.*[应能没]"):
        checked(options(**wrong))


def test_one_port_for_http_and_https_is_refused_where_both_are_opened():
    same = options(port=8443, https=False)
    for way in (WayIn.BOTH, WayIn.HTTPS_ONLY):
        with pytest.raises(OptionWrong, match=r"^--port：8443 是 HTTPS 的端口"):
            ports_of(same, way)
    assert ports_of(same, WayIn.BEHIND_PROXY) == {8443: "--port"}
    assert ports_of(options(https_port=9443), WayIn.BOTH) == {8000: "--port", 9443: "--https-port"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("::", "::"),
        ("[::]", "::"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("[::1]", "::1"),
        ("::ffff:127.0.0.1", "127.0.0.1"),
        ("fe80::1%eth0", "fe80::1%eth0"),
        ("localhost", "localhost"),
    ],
)
def test_an_address_to_listen_at_may_be_written_in_any_form(written, meant):
    assert checked(options(host=written)).host == meant


def test_an_address_of_ipv6_stands_in_brackets_in_a_url():
    assert [in_url(one) for one in ("::1", "127.0.0.1", "fe80::1%eth0")] == ["[::1]", "127.0.0.1", "[fe80::1%25eth0]"]


@pytest.mark.parametrize("wrong", [["--prot", "1"], ["--port"], ["--port", "http"], ["--threads", "-1"]])
def test_options_that_are_none_end_with_2_and_a_sentence(wrong, tmp_path):
    told = ended(*wrong, data=tmp_path / "data")
    assert told.returncode == 2
    assert re.fullmatch(r"选项有误：.*全部选项见 .*--help\n", told.stderr)
    assert not (tmp_path / "data").exists()


# Ports


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (errno.EADDRINUSE, "占用"),
        (errno.EACCES, "1024 以下"),
        (errno.EADDRNOTAVAIL, "本机没有这个地址"),
        (errno.EAFNOSUPPORT, "IPv6"),
        (errno.ENOBUFS, "请换一个 --port"),
    ],
)
def test_why_a_port_cannot_be_listened_at_is_told(number, told, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(listening, "_bound", refuse)
    with pytest.raises(PortTaken, match=rf"\[::1\]:8000.*{told}"):
        Own().refuse_taken("::1", 8000)


def test_a_host_that_is_not_this_machine_is_told_before_anything_is_founded(tmp_path):
    told = ended("--host", "192.0.2.77", "--port", str(free_port()), data=tmp_path / "data")
    assert told.returncode == 1
    assert "本机没有这个地址" in told.stderr
    assert not (tmp_path / "data").exists()
    with pytest.raises(PortTaken, match="找不到主机"):
        Own().refuse_taken("no-such-host.invalid", 8000)


# Folders


def test_a_data_folder_that_is_a_file_is_told_in_a_sentence(tmp_path):
    (tmp_path / "data").write_text("x")
    for folder in (tmp_path / "data", tmp_path / "data" / "inside"):
        told = ended("--port", str(free_port()), data=folder)
        assert told.returncode == 1
        assert told.stderr.startswith(f"{tmp_path / 'data'}：应为目录")
        assert "Traceback" not in told.stderr


def test_what_stands_in_the_place_of_something_of_ours_is_named(tmp_path):
    (tmp_path / "store").write_text("x")
    with pytest.raises(Unusable, match="store：应为目录"):
        refuse_unusable(tmp_path)
    (tmp_path / "store").unlink()
    (tmp_path / "secret.key").mkdir()
    with pytest.raises(Unusable, match=r"secret\.key：应为文件"):
        refuse_unusable(tmp_path)


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may enter: those of pytest and of bin/test are closed already."""
    folder = Path(tempfile.mkdtemp(prefix="open-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


@POSIX
@pytest.mark.parametrize("closed", [".", "store", "inside"])
def test_what_this_account_may_not_read_or_write_is_named_with_what_to_do(place, closed):
    """Folders of root for another account; for an ordinary one, a folder that it has closed to itself."""
    data = place / "data"
    (data / "store").mkdir(parents=True, mode=0o755)
    (data / ("" if closed == "inside" else closed)).chmod(0o500)
    if os.geteuid() == 0:
        (data / "store").chmod(0o700 if closed == "store" else 0o755)
        data.chmod(0o755 if closed == "store" else 0o700)
        if closed == "store":
            os.chown(data, 65534, 65534)
    script = (
        "import os, sys; from pathlib import Path; from inspect_app.usable import Unusable, refuse_unusable\n"
        "if not os.geteuid(): os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try: refuse_unusable(Path(sys.argv[1]))\n"
        "except Unusable as error: print(error)"
    )
    folder = data / "new" if closed == "inside" else data
    command = [sys.executable, "-c", script, folder]
    told = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "没有权限" in told
    assert "chown" in told
    assert str(data / ("" if closed == "inside" else closed)) in told


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder in which not even root makes files")
def test_keys_that_cannot_be_made_in_their_own_folder_are_named_as_such(tmp_path, monkeypatch):
    monkeypatch.setenv("INSPECT_KEYS", "/proc")
    told = ended("--host", "127.0.0.1", "--port", str(free_port()), data=tmp_path / "data")
    assert told.returncode == 1
    assert told.stderr.startswith("INSPECT_KEYS：/proc 里还没有密钥，也写不进去"), told.stderr


@pytest.mark.parametrize(
    ("number", "told"), [(errno.EROFS, "只读"), (errno.EIO, "磁盘出错"), (errno.ENOSPC, "已满"), (errno.ELOOP, "链接")]
)
def test_what_the_system_says_of_a_folder_is_said_in_chinese(number, told, tmp_path):
    assert told in said(OSError(number, os.strerror(number), str(tmp_path)), tmp_path)
    assert str(tmp_path) in said(OSError(number, os.strerror(number)), tmp_path)


def test_a_disk_that_is_read_only_is_refused(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(tmp_path / ".probe"))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Unusable, match="只读"):
        refuse_unusable(tmp_path)


def test_a_sound_folder_is_made_tried_and_left_as_it_was(tmp_path):
    assert refuse_unusable(tmp_path / "new" / "data")
    assert list((tmp_path / "new" / "data").iterdir()) == []


def test_a_key_of_sessions_is_made_whole_or_not_at_all_and_a_part_of_one_is_no_key(tmp_path):
    keys = Keys(tmp_path, MemoryStore(LAYOUTS))
    key = keys.opened(SESSIONS)
    assert len(key) == 32
    assert keys.opened(SESSIONS) == key
    assert keep_once(tmp_path / "secret.key", b"another") == key
    assert [path.name for path in tmp_path.iterdir()] == ["secret.key"]
    (tmp_path / "secret.key").write_bytes(key[:31])
    for noted_or_not in (keys, Keys(tmp_path, MemoryStore(LAYOUTS))):
        with pytest.raises(KeyLost, match=r"secret\.key (损坏|已损坏)"):
            noted_or_not.opened(SESSIONS)


def test_a_command_says_what_is_wrong_as_the_server_does(tmp_path):
    (tmp_path / "file").write_text("x")
    for name, value in (("INSPECT_TIMEZONE", "Asia"), ("INSPECT_DATA", str(tmp_path / "file"))):
        told = flask("users", "list", check=False, **{"INSPECT_DATA": str(tmp_path / "data"), name: value})
        assert told.returncode == 1
        assert re.search("没有名为「Asia」的时区|应为目录", told.stderr)
        assert "Traceback" not in told.stderr


# Disks


@POSIX
def test_on_a_full_disk_nothing_is_founded_and_what_is_there_can_be_read(tmp_path):
    with started(NO_ROOM, "--port", str(free_port()), data=tmp_path / "data") as new:
        told, _ = new.communicate(timeout=60)
    assert new.returncode == 1
    assert "所在的磁盘已满，不能新建数据目录" in told
    assert "Traceback" not in told
    assert list((tmp_path / "data").iterdir()) == []
    with started("", "--port", str(free_port()), data=tmp_path / "data") as first:
        assert "READY" in said_until_ready(first)
    port = free_port()
    with started(NO_ROOM, "--port", str(port), data=tmp_path / "data") as full:
        told = said_until_ready(full)
        assert "只能查看" in told
        assert "READY" in told
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/login", timeout=20) as answer:
            assert "登录" in answer.read().decode()
    assert full.returncode == 0


@POSIX
def test_a_disk_that_cannot_sync_folders_is_told_once_and_used(tmp_path):
    with started(NO_FOLDER_SYNC, "--port", str(free_port()), data=tmp_path / "data") as run:
        told = said_until_ready(run)
    assert "READY" in told
    assert told.count("停电或死机时") == 1


@POSIX
def test_only_what_is_not_offered_is_done_without(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(durable, "_unsynced", set())
    number = errno.EINVAL

    def refuse(_: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(durable, "_sync", refuse)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            sync_folder(tmp_path)
    assert len(caplog.records) == 1
    assert durable.is_unsynced(tmp_path)
    number = errno.EIO
    with pytest.raises(OSError, match="Input/output"):
        sync_folder(tmp_path)


def test_a_full_disk_is_known_by_its_number_also_as_the_cause_of_another_error():
    full = OSError(errno.ENOSPC, "No space left on device")
    later = OSError("写盘失败过")
    later.__cause__ = full
    assert [is_full(one) for one in (full, later, OSError(errno.EIO, "x"), ValueError())] == [True, True, False, False]
