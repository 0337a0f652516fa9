"""Photos that come with a form, from phones without JavaScript."""

from __future__ import annotations

from collections.abc import Sequence

from werkzeug.datastructures import FileStorage

from ...domain.problems import Problem, placed
from ...services.evidence.receiving import PHOTO, Received, count_problem, receive
from ..context import services


def receive_photos(files: Sequence[FileStorage], most: int | None = None) -> tuple[list[str], list[Problem]]:
    """Keep the photos among the files of a form: their hashes, and what was wrong with others. Empty ones are none.

    None is kept of more than ``most``, or than a submission may have.
    """
    chosen = [file for file in files if file.filename]
    if problem := count_problem(PHOTO, len(chosen), most):
        return [], [problem]
    taken = [(file.filename, receive(services(), PHOTO, content)) for file in chosen if (content := file.read())]
    kept = [one.sha256 for _, one in taken if isinstance(one, Received)]
    problems = [placed(one, {"photo_file": str(name)}) for name, one in taken if isinstance(one, Problem)]
    return list(dict.fromkeys(kept)), problems
