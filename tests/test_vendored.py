"""What is not from a Python package is what its authors published: unchanged, and named with its digest."""

from __future__ import annotations

import hashlib
import re

from inspect_app.web.static_files import STATIC

FOLDER = STATIC / "vendored"


def test_every_vendored_file_is_the_one_that_was_published():
    told = dict(re.findall(r"^\| `([^`]+)` \| `([0-9a-f]{64})` \|$", (FOLDER / "README.md").read_text("utf-8"), re.M))
    files = [path for path in FOLDER.rglob("*") if path.is_file() and path.name != "README.md"]
    found = {path.relative_to(FOLDER).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert found == told
    assert {path.parent for path in files} == {path.parent for path in FOLDER.rglob("LICENSE")}
