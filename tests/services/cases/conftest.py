"""Services of cases are tested on documents in memory; what needs a folder asks for ``world_on_disk``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World.in_memory(tmp_path / "data")


@pytest.fixture
def world_on_disk(tmp_path: Path) -> World:
    return World.made_in(tmp_path / "data")
