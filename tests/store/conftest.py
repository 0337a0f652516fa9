"""What a test of the store starts ends with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.store.folders import end_started


@pytest.fixture(autouse=True)
def _nothing_goes_on() -> Iterator[None]:
    """A writer that a failed test left would write on, and take the processor from all others."""
    yield
    end_started()
