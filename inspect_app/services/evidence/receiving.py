"""Receiving a file: every way in asks here (programming interface, forms, exports of phones), so all have one limit."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ...domain.evidence.recordings import MAX_BYTES, MAX_RECORDINGS, mimetype_of
from ...domain.inspecting.submission import MAX_PHOTOS
from ...domain.problems import Problem
from ...photos import PhotoStore
from ...photos.intake import hash_problem
from .. import Services

_KIB = 1024


@dataclass(frozen=True, slots=True)
class Medium:
    """What a file may be: its title, how many a submission may have (in which unit), how many bytes it may have.

    ``store`` is where it is kept, ``problem(services, sha256, content, only_copy)`` what keeps it from being one.
    """

    title: str
    unit: str
    most: int
    most_bytes: Callable[[Services], int]
    hint: str
    store: Callable[[Services], PhotoStore]
    problem: Callable[[Services, str, bytes, bool], Problem | None]


@dataclass(frozen=True, slots=True)
class Received:
    """A file that is kept for good, under its SHA-256; whether it was not there before."""

    sha256: str
    is_new: bool


def receive(
    services: Services, medium: Medium, content: bytes, *, sha256: str | None = None, only_copy: bool = False
) -> Received | Problem:
    """Keep a file byte for byte; a problem where nothing is kept. Returns once the bytes are on disk.

    ``sha256`` is what the sender says that it is. What is kept already was checked when it came. With ``only_copy`` a
    photo that ends early is kept, too: the sender has no better one.
    """
    if problem := size_problem(services, medium, len(content)):
        return problem
    if sha256 is None:
        sha256 = hashlib.sha256(content).hexdigest()
    elif problem := hash_problem(sha256, content, medium.title):
        return problem
    store = medium.store(services)
    if not store.has(sha256) and (problem := medium.problem(services, sha256, content, only_copy)):
        return problem
    return Received(sha256, store.keep(sha256, content))


def quota_problem(services: Services, account: str, size: int, now: datetime) -> Problem | None:
    """What keeps an account from sending so many bytes more today; where nothing does they are counted."""
    most, today = services.settings.account_bytes_per_day, now.astimezone(services.settings.timezone).date()
    if services.quota.take(account, size, today, most):
        return None
    return Problem("evidence.days_part_used_up", details={"limit": _size(most)})


def size_problem(services: Services, medium: Medium, size: int) -> Problem | None:
    """Whether so many bytes are too many: also for who knows the size before the bytes."""
    limit = medium.most_bytes(services)
    return (
        Problem("evidence.file_too_large", details={"medium": medium.title, "limit": _size(limit), "hint": medium.hint})
        if size > limit
        else None
    )


def count_problem(medium: Medium, count: int, most: int | None = None) -> Problem | None:
    """Whether so many files are too many for one submission; ``most`` where it may have fewer than usual."""
    limit = medium.most if most is None else most
    return (
        Problem(
            "evidence.too_many_files",
            details={"medium": medium.title, "limit": limit, "unit": medium.unit, "count": count},
        )
        if count > limit
        else None
    )


def _photo_problem(services: Services, sha256: str, content: bytes, only_copy: bool) -> Problem | None:
    return services.looks.problem(sha256, content, only_copy=only_copy)


def _recording_problem(services: Services, sha256: str, content: bytes, only_copy: bool) -> Problem | None:
    """One that ends early (the phone died) is kept as it is: players play what there is."""
    return None if mimetype_of(content) else Problem("evidence.not_a_recording")


def _size(size: int) -> str:
    return f"{size / _KIB**2:.3g}MB" if size >= _KIB**2 else f"{size / _KIB:.3g}KB"


PHOTO = Medium(
    "照片",
    "张",
    MAX_PHOTOS,
    lambda services: services.settings.max_photo_bytes,
    "，请缩小后再上传",
    lambda services: services.photos,
    _photo_problem,
)
RECORDING = Medium(
    "录音",
    "段",
    MAX_RECORDINGS,
    lambda services: MAX_BYTES,
    "",
    lambda services: services.recordings,
    _recording_problem,
)
