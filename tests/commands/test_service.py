"""The unit for systemd: complete, hardened, with the paths of the installation, however they are written."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from inspect_app.commands.service import unit_of
from inspect_app.settings import settings_from
from tests.conftest import PROJECT
from tests.forks import flask

HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "ProtectHome": "yes",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
    "RestrictSUIDSGID": "yes",
    "UMask": "0077",
    "SystemCallFilter": "@system-service",
}


def read(unit: str) -> dict[str, list[str]]:
    """The values of a unit by their keys, each in the section where systemd looks for it."""
    found: dict[str, list[str]] = {}
    sections = []
    for line in unit.splitlines():
        if line.startswith("["):
            sections.append(line)
        elif line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    assert sections == ["[Unit]", "[Service]", "[Install]"]
    return found


def test_the_command_prints_a_hardened_unit_before_there_is_an_installation(tmp_path):
    told = flask("service", "--", "--host", "127.0.0.1", INSPECT_DATA="/var/lib/inspect").stdout
    found = read(told)
    assert {key: found[key] for key in HARDENED} == {key: [value] for key, value in HARDENED.items()}
    assert found["User"] == ["inspect"]
    assert found["StateDirectory"] == ["inspect"], "systemd makes it for the account"
    python, script, *options = shlex.split(found["ExecStart"][0])
    assert (Path(script).name, options) == ("run.py", ["--data", "/var/lib/inspect", "--host", "127.0.0.1"])
    assert Path(python).exists()
    assert "ReadWritePaths" not in found
    refused = flask("service", "--user", "Nobody Here", check=False)
    assert refused.returncode == 1
    assert "--user：应为系统账号名" in refused.stderr


def test_every_folder_that_is_written_to_is_named_and_a_low_port_has_its_capability(tmp_path):
    data, copies = tmp_path / "明察 100%", tmp_path / "copies"
    environment = {
        "INSPECT_DATA": str(data),
        "INSPECT_BACKUPS": str(copies),
        "INSPECT_LOG": "/var/log/inspect/inspect.jsonl",
    }
    found = read(unit_of(settings_from(environment), "www-data", ["--https-port", "443"]))
    assert found["ReadWritePaths"] == [f'"{tmp_path}/明察 100%%"', str(copies)]
    assert found["LogsDirectory"] == ["inspect"]
    assert found["CapabilityBoundingSet"] == ["CAP_NET_BIND_SERVICE"]
    assert f'--data "{tmp_path}/明察 100%%" --https-port 443' in found["ExecStart"][0]
    at_home = read(unit_of(settings_from({"INSPECT_DATA": "/home/inspect/data"}), "inspect", []))
    assert at_home["ProtectHome"] == ["read-only"]
    away = {
        "INSPECT_DATA": "/var/lib/inspect",
        "INSPECT_BACKUPS": "sftp://b@host/x",
        "INSPECT_BACKUPS_HOST_KEY": "ssh-ed25519 AAAA",
        "INSPECT_BACKUPS_KEY_FILE": "/home/inspect/key",
    }
    found = read(unit_of(settings_from(away), "inspect", []))
    assert (found["ProtectHome"], found["StateDirectory"]) == (["read-only"], ["inspect"]), "a key that is only read"


def test_the_data_of_the_unit_lies_outside_the_program_or_is_named(tmp_path):
    found = read(unit_of(settings_from({}), "inspect", []))
    assert [one.strip('"') for one in found["ReadWritePaths"]] == [str(PROJECT / "data"), str(PROJECT / "photos")]


@pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")
def test_systemd_understands_every_line_and_finds_it_well_guarded(tmp_path):
    environment = {"INSPECT_DATA": str(tmp_path / "明察 100%"), "INSPECT_LOG": "/var/log/inspect/inspect.jsonl"}
    unit = tmp_path / "inspect.service"
    unit.write_text(unit_of(settings_from(environment), "root", ["--https-port", "443"]), "utf-8")
    done = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    judged = subprocess.run(
        ["systemd-analyze", "security", "--offline=yes", "--threshold=30", unit], capture_output=True, text=True
    )
    assert judged.returncode == 0, judged.stdout
