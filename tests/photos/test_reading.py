"""What the server reads out of photo files; the phone is held to it by tests/browser/evidence/test_exif.py."""

from __future__ import annotations

import pytest

from inspect_app.photos.exif import read_exif
from inspect_app.photos.intake import decode, photo_problem
from tests.photos.reading import corpus, png, tiff

FIELDS = ("width", "height", "orientation", "taken_at", "lat", "lon", "make", "model", "software")


@pytest.mark.parametrize("name", corpus())
def test_a_file_says_what_it_says(name):
    content, said = corpus()[name]
    assert photo_problem(content) is None
    found = read_exif(content)
    assert found is not None
    values = {field: getattr(found, field) for field in FIELDS}
    values["taken_at"] = found.taken_at.isoformat() if found.taken_at else None
    there = {field: value for field, value in values.items() if value is not None}
    assert there == {name: pytest.approx(v, abs=1e-6) if name in ("lat", "lon") else v for name, v in said.items()}


def test_a_late_orientation_turns_the_picture_of_a_png():
    picture = decode(png(tiff([(0x0112, 3, [6])]), late=True), 64)
    assert picture.orientation == 6
