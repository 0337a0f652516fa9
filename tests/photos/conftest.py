"""One object store for the tests of this folder, none of which ends it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.objects import Weed, running


@pytest.fixture(scope="session")
def weed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Weed]:
    with running(tmp_path_factory.mktemp("objects")) as weed:
        yield weed
