"""Photos that come with a form, from phones without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import FileStorage

from ...domain.problems import Problem, placed
from ...services.evidence.receiving import PHOTO, Received, count_problem, quota_problem, receive
from ..context import now, services, user


def receive_photos(files: Sequence[FileStorage], most: int | None = None) -> tuple[list[str], list[Problem]]:
    """Keep the photos among the files of a form: their hashes, and what was wrong with others. Empty ones are none.

    None is kept of more than ``most``, or than a submission may have.
    """
    chosen = [file for file in files if file.filename]
    if problem := count_problem(PHOTO, len(chosen), most):
        return [], [problem]
    taken = [(file.filename, take_photo(content)) for file in chosen if (content := file.read())]
    kept = [one.sha256 for _, one in taken if isinstance(one, Received)]
    problems = [placed(one, {"photo_file": str(name)}) for name, one in taken if isinstance(one, Problem)]
    return list(dict.fromkeys(kept)), problems


def take_photo(content: bytes) -> Received | Problem:
    """Keep a photo of whoever is signed in, where the account's part of the day has room for it."""
    return quota_problem(services(), user().name, len(content), now()) or receive(services(), PHOTO, content)
