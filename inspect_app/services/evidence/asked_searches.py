"""Photos in which somebody wants faces and number plates found now: a job, which any process may do, and all see."""

from __future__ import annotations

from enum import Enum

from ...photos.models import Fault, model_faults
from ...store.jobs import JobState
from .. import Services
from .searching import can_search, found_in
from .working import ASKED, asked_id, begin

_FAILED = (JobState.AGAIN, JobState.SET_ASIDE)


class Stand(Enum):
    """How far the search of a photo is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"
    WITHOUT_MODELS = "impossible"
    DAMAGED_MODELS = "damaged"


def stand(services: Services, sha256: str, week: str) -> Stand:
    """How far the search of a photo is by which way it is shown now."""
    if found_in(services, sha256):
        return Stand.DONE
    if faults := model_faults():
        return Stand.DAMAGED_MODELS if Fault.DAMAGED in faults.values() else Stand.WITHOUT_MODELS
    return Stand.FAILED if _state(services, sha256, week) in _FAILED else Stand.WAITING


def search_soon(services: Services, sha256: str, week: str, *, again: bool = True) -> None:
    """Have a photo searched in the background, unless it was or waits already; returns at once.

    One whose last search failed is left until its next try where it is not to be tried ``again`` at once. ``week`` is
    that of what the photo belongs to.
    """
    if found_in(services, sha256) or not can_search():
        return
    known = _state(services, sha256, week)
    if known is None or (again and known in _FAILED):
        services.after.waiting.add(ASKED, asked_id(sha256, week), 1)
        begin(services)


def _state(services: Services, sha256: str, week: str) -> JobState | None:
    return services.after.waiting.state(ASKED, asked_id(sha256, week))
