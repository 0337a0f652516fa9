"""Photos that come with a form, from phones without JavaScript."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from werkzeug.datastructures import FileStorage

from ...domain.problems import Problem
from ...services.evidence.photo_intake import receive_photo
from ..context import services


def receive_photos(files: Iterable[FileStorage]) -> tuple[list[str], list[Problem]]:
    """Keep the photos among the files of a form: their hashes, and what was wrong with others. Empty ones are none."""
    kept, problems = [], []
    for file in files:
        content = file.read() if file.filename else b""
        if not content:
            continue
        sha256 = hashlib.sha256(content).hexdigest()
        taken = receive_photo(services(), sha256, content)
        if isinstance(taken, Problem):
            problems.append(Problem(f"照片「{file.filename}」", taken.what))
        else:
            kept.append(sha256)
    return list(dict.fromkeys(kept)), problems
