"""A folder with each kind of file damaged, made usable again: as it was, where a copy has it or one byte is another."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from inspect_app.services import open_services
from inspect_app.services.checking import check
from inspect_app.services.repairing import RepairedInstallation, repair_installation
from inspect_app.settings import Settings, settings_from
from tests.old_folders import copied, environment
from tests.services.test_checking import files

NOW = datetime(2026, 11, 29, tzinfo=UTC)
RECORDS = re.compile(r"^(store|audit)/")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of an earlier version that was opened once, and left."""
    place = copied(tmp_path_factory.mktemp("old") / "whole")
    open_services(settings_from(environment(place))).store.close()
    return place


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return shutil.copytree(whole, tmp_path / "folder")


def settings_of(folder: Path) -> Settings:
    return settings_from(environment(folder))


def repaired(folder: Path, source: Path | None = None) -> RepairedInstallation:
    return repair_installation(settings_of(folder), NOW, source=source / "data" if source else None)


def found_wrong(folder: Path) -> list[str]:
    services = open_services(settings_of(folder))
    try:
        return check(services)
    finally:
        services.store.close()


def acts(folder: Path) -> list[str]:
    services = open_services(settings_of(folder))
    try:
        return [entry["act"] for entry in services.audit.entries()]
    finally:
        services.store.close()


@pytest.mark.parametrize("name", files())
def test_what_is_gone_comes_back_from_a_copy_and_the_log_tells_it(whole, folder, name):
    (folder / "data" / name).unlink()
    outcome = repaired(folder, whole)
    assert not outcome.is_nothing
    assert found_wrong(folder) == []
    assert acts(folder)[-1] == "store.repaired"
    assert repaired(folder).is_nothing


@pytest.mark.parametrize("name", [name for name in files() if RECORDS.search(name)])
def test_a_record_of_which_one_byte_is_another_needs_no_copy(folder, name):
    path = folder / "data" / name
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    outcome = repaired(folder)
    assert (outcome.is_nothing, outcome.loses) == (False, False)
    assert found_wrong(folder) == []
