"""``run.py`` as an administrator meets it: a real process, its output, its pages."""

from __future__ import annotations

import os
import re
import signal
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from inspect_app.collections.accounts.user import USERS
from inspect_app.domain.accounts.permissions import Role
from inspect_app.listening import Own
from inspect_app.network import lan_address
from inspect_app.services import Services, open_services
from inspect_app.services.accounts.accounts import signed_in
from inspect_app.services.index.week_files import weeks_without_files
from inspect_app.services.place.register import area_tree
from inspect_app.services.publications import published_weeks
from inspect_app.services.reconciling import Compared, compare
from inspect_app.settings import settings_from
from tests import forks
from tests.conftest import PROJECT
from tests.ports import free_port


def begun(arguments: list[str], environment: dict[str, str], afresh: bool) -> forks.Forked | subprocess.Popen[str]:
    """Python in the project's folder; ``afresh`` from its first import on, else forked where that can be."""
    if afresh or not forks.AVAILABLE:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
    with Path(os.devnull).open("w") as unread:
        return forks.fork(arguments, environment, unread)


class Run:
    """One ``run.py`` and what it printed until it was ready (or ended)."""

    def __init__(
        self, data: Path, *options: str, port: int | None = None, afresh: bool = False, **settings: str
    ) -> None:
        self.port = port or free_port()
        environment = {name: value for name, value in os.environ.items() if not name.startswith("INSPECT_")}
        arguments = ["run.py", "--port", str(self.port), "--data", str(data), *options]
        self.process = begun(arguments, environment | settings, afresh)
        assert self.process.stdout
        lines = []
        for line in self.process.stdout:
            lines.append(line)
            if line.startswith("READY http"):
                break
        self.printed = "".join(lines)

    def passwords(self) -> dict[str, str]:
        return dict(re.findall(r"账号 (\S+) +密码 (\S+)", self.printed))

    def cpu_s(self) -> float:
        """Seconds of a processor that it and its ended children took (proc(5), stat)."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
            assert answer.status == 200
            return str(answer.read().decode())


def acts(services: Services) -> list[tuple[str, str]]:
    """Who did what, by the log."""
    return [(str(entry["who"]), str(entry["act"])) for entry in services.audit.entries()]


def ended(*options: str, data: Path) -> subprocess.CompletedProcess[str]:
    return forks.run(["run.py", "--data", str(data), *options])


def test_the_first_run_makes_everything_prints_passwords_once_and_ends_cleanly(tmp_path):
    first = Run(tmp_path / "data", afresh=True)
    assert first.printed.count("READY http") == 1
    assert f"READY http://127.0.0.1:{first.port}" in first.printed
    passwords = first.passwords()
    assert set(passwords) == {"admin", "inspector"}
    assert len(set(passwords.values())) == 2
    assert "登录" in first.get("/login")
    assert first.stop() == 0
    services = open_services(settings_from({"INSPECT_DATA": str(tmp_path / "data")}))
    for name, role in [("admin", Role.ADMINISTRATOR), ("inspector", Role.INSPECTOR)]:
        user = signed_in(services.store, name, passwords[name])
        assert user
        assert user.role is role
    assert len(area_tree(services.store)) == 31
    begun = [("启动", "settings.changed"), ("首次运行", "areas.imported"), *[("首次运行", "account.added")] * 2]
    assert acts(services) == begun
    found = compare(services)
    assert isinstance(found, Compared)
    assert (found.documents, found.unwitnessed) == (1 + 31 + 2, 0)
    hashes = [account.value.password for account in USERS.find(services.store)]
    assert all(int(one.split(":")[1]) >= 2**15 for one in hashes), "scrypt, with as much memory as is recommended"
    services.store.close()
    second = Run(tmp_path / "data", INSPECT_CITY="沙市")
    assert second.passwords() == {}
    second.stop()
    services = open_services(settings_from({"INSPECT_DATA": str(tmp_path / "data")}))
    assert acts(services) == [*begun, ("启动", "settings.changed")]
    assert list(services.audit.entries())[-1]["after"] == {"city": "沙市"}
    services.store.close()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*") if path.is_file())
    assert not [password for password in passwords.values() if password.encode() in stored]


def test_this_machine_gets_plain_http_and_all_others_https(tmp_path):
    """What ``bin/serve`` does without options. Other machines: tests/serving/test_doors.py."""
    secure = free_port()
    run = Run(tmp_path / "data", "--https-port", str(secure))
    assert "登录" in run.get("/login")
    phone = f"https://{lan_address()}:{secure}" if lan_address() else "没有找到局域网地址"
    assert phone in run.printed
    assert f":{run.port}/trust" in run.printed
    unverified = ssl._create_unverified_context()
    with urllib.request.urlopen(f"https://127.0.0.1:{secure}/login", timeout=20, context=unverified) as answer:
        assert answer.headers["Set-Cookie"].startswith("__Host-session=")
    (tmp_path / "another").mkdir()  # who makes it means it, beside another installation
    second = Run(tmp_path / "another", "--https-port", str(secure))
    assert "READY" not in second.printed, "one that was asked for by name is needed"
    second.stop()
    run.stop()


def test_plain_http_for_everybody_is_an_option_that_says_what_it_means(tmp_path):
    run = Run(tmp_path / "data", "--plain-http")
    assert "登录" in run.get("/login")
    assert "能看到密码" in run.printed
    assert "https://" not in run.printed
    run.stop()


def test_all_addresses_of_ipv6_and_of_ipv4_are_listened_at_or_one_alone(tmp_path):
    if not Own().is_free("::1", free_port()):
        said = ended("--host", "::1", data=tmp_path / "data").stderr
        assert "::1" in said
        assert "Traceback" not in said
        return
    run = Run(tmp_path / "data", "--host", "[::]", "--plain-http")
    assert f"READY http://127.0.0.1:{run.port}\n" in run.printed
    for host in ("127.0.0.1", "[::1]"):
        with urllib.request.urlopen(f"http://{host}:{run.port}/login", timeout=20) as answer:
            assert answer.status == 200
    run.stop()
    run = Run(tmp_path / "data", "--host", "::1")
    assert f"READY http://[::1]:{run.port}\n" in run.printed
    with urllib.request.urlopen(f"http://[::1]:{run.port}/login", timeout=20) as answer:
        assert answer.status == 200
    assert Own().is_free("127.0.0.1", run.port)
    run.stop()


def test_help_documents_host_port_data_folder_and_demo():
    shown = subprocess.run(
        [sys.executable, "run.py", "--help"], cwd=PROJECT, capture_output=True, text=True, check=True
    ).stdout
    for option in ("--host", "--port", "--data", "--demo", "--debug", "--threads", "INSPECT_DATA"):
        assert option in shown


def test_a_port_in_use_is_said_in_a_sentence(tmp_path):
    first = Run(tmp_path / "data")
    second = ended("--port", str(first.port), data=tmp_path / "data")
    assert second.returncode == 1
    assert "端口已被别的程序占用" in second.stderr
    assert "Traceback" not in second.stderr
    first.stop()


@pytest.mark.parametrize("damage", ["checklist", "journal", "setting"])
def test_what_keeps_the_server_from_starting_is_said_in_a_sentence(tmp_path, damage, monkeypatch):
    data = tmp_path / "data"
    open_services(settings_from({"INSPECT_DATA": str(data)})).store.close()
    expected = {"checklist": "sample.toml", "journal": "第0字节", "setting": "INSPECT_TIMEZONE"}[damage]
    if damage == "checklist":
        folder = tmp_path / "checklists"
        folder.mkdir()
        (folder / "plan.toml").write_text((PROJECT / "checklists/plan.toml").read_text("utf-8"), "utf-8")
        (folder / "sample.toml").write_text('titel = "x"', "utf-8")
        monkeypatch.setenv("INSPECT_CHECKLISTS", str(folder))
    if damage == "journal":
        journal = next((data / "store" / "checklists" / "all").glob("journal.*"))
        content = bytearray(journal.read_bytes())
        content[20] ^= 1
        journal.write_bytes(content)
    if damage == "setting":
        monkeypatch.setenv("INSPECT_TIMEZONE", "Mars/Olympus")
    run = ended("--port", str(free_port()), data=data)
    assert run.returncode == 1
    assert expected in run.stderr
    assert "Traceback" not in run.stderr


@pytest.mark.slow
def test_the_demonstration_fills_three_weeks_that_every_page_can_show_and_only_once(tmp_path):
    data = tmp_path / "data"
    run = Run(data, "--demo", afresh=True)
    # Of the processor, which a quiet machine with one gives as fast: what else runs beside this does not count.
    assert run.cpu_s() < 60
    index = run.get("/index/")
    assert "第1版" in index
    assert "样本不足" in index
    run.stop()
    services = open_services(settings_from({"INSPECT_DATA": str(data)}))
    weeks = services.store.weeks("inspections")
    assert len(weeks) == 3
    inspections = services.store.find("inspections")
    assert len(inspections) >= 60
    assert all("【演示】" in stored.document["site_as_inspected"]["name"] for stored in inspections)
    assert {stored.document["state"] for stored in inspections} == {"open", "reviewed", "clear"}
    assert (len(published_weeks(services.store)), weeks_without_files(services)) == (2, [])
    services.store.close()
    again = Run(data, "--demo")
    again.stop()
    services = open_services(settings_from({"INSPECT_DATA": str(data)}))
    assert len(services.store.find("inspections")) == len(inspections)
