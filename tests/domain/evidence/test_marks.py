"""Marks on photos: read strictly, kept as they came, and hidden in every copy as the picture is looked at."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inspect_app.domain.evidence.marks import BLUR, MAX_MARKS, Mark, blurred, corners, mark_to_json, parse_marks
from inspect_app.domain.evidence.photo import Evidence, evidence_from_json, evidence_to_json, parse_evidence
from inspect_app.photos.copies import Copies, copies_of
from inspect_app.photos.marks import drawn
from tests.world import evidence, photo

SHARE = st.integers(0, 1000)
POINTS = st.tuples(st.tuples(SHARE, SHARE), st.tuples(SHARE, SHARE)).filter(
    lambda points: points[0][0] != points[1][0] and points[0][1] != points[1][1]
)
MARKS = st.lists(
    st.builds(lambda kind, points: Mark(kind, *points), st.sampled_from(["arrow", "circle", "blur"]), POINTS),
    max_size=MAX_MARKS,
)
RIGHT = {"kind": "blur", "points": [[100, 100], [300, 300]]}


@given(marks=MARKS)
def test_marks_are_read_and_kept_as_they_were_written(marks: list[Mark]):
    sent = {**evidence(photo(1), "a"), "marks": [mark_to_json(mark) for mark in marks]}
    read = parse_evidence(sent, {"photo": 1}, ["a"])
    assert isinstance(read, Evidence)
    assert read.marks == tuple(marks)
    assert evidence_from_json(evidence_to_json(read)) == read
    assert ("marks" in evidence_to_json(read)) == bool(marks)


@given(marks=MARKS)
def test_what_is_hidden_is_within_the_picture_whichever_way_it_was_drawn(marks: list[Mark]):
    boxes = blurred(marks)
    assert len(boxes) == sum(mark.kind == BLUR for mark in marks)
    for box in boxes:
        assert 0 <= box.x < 1
        assert 0 <= box.y < 1
        assert 0 < box.width <= 1 - box.x + 1e-6
        assert 0 < box.height <= 1 - box.y + 1e-6
    turned = [Mark(mark.kind, mark.end, mark.start) for mark in marks]
    assert blurred(turned) == boxes


@pytest.mark.parametrize(
    "raw",
    [
        {}, "blur", 0, [None], [[]], [{}], [RIGHT] * (MAX_MARKS + 1),
        [{**RIGHT, "colour": "red"}], [{**RIGHT, "kind": "text"}], [{**RIGHT, "kind": ["blur"]}],
        [{**RIGHT, "points": [[1, 1]]}], [{**RIGHT, "points": [[1, 1], [2, 2], [3, 3]]}], [{**RIGHT, "points": {}}],
        [{**RIGHT, "points": [[1, 1], [2, 1001]]}], [{**RIGHT, "points": [[-1, 1], [2, 2]]}],
        [{**RIGHT, "points": [[1.5, 1], [2, 2]]}], [{**RIGHT, "points": [[True, 1], [2, 2]]}],
        [{**RIGHT, "points": [["1", 1], [2, 2]]}], [{**RIGHT, "points": [[1, 1, 1], [2, 2]]}],
        [{**RIGHT, "points": [[5, 1], [5, 9]]}], [{"kind": "arrow", "points": [[5, 5], [5, 5]]}],
    ],
)  # fmt: skip
def test_what_is_no_mark_is_refused_whole(raw: object):
    found = parse_evidence({**evidence(photo(1), "a"), "marks": raw}, {"photo": 1}, ["a"])
    assert isinstance(found, list)
    assert {problem.code for problem in found} <= {
        "evidence.marks_no_list", "evidence.too_many_marks", "evidence.mark_malformed"
    }  # fmt: skip
    problems: list = []
    assert parse_marks(raw, {}, problems) == ()
    assert problems


def stored_as(upright: Image.Image, orientation: int) -> bytes:
    """A JPEG whose EXIF says how it is to be turned to be upright (EXIF 2.32, tag 274)."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    exif = Image.Exif()
    exif[274] = orientation
    out = io.BytesIO()
    stored = upright.transpose(undo[orientation]) if orientation in undo else upright
    stored.save(out, "JPEG", quality=95, exif=exif)
    return out.getvalue()


UPRIGHT = Image.open(io.BytesIO(photo(3, (320, 200), quality=95))).convert("RGB")


@settings(max_examples=40, deadline=None)
@given(
    orientation=st.integers(1, 8),
    points=POINTS.filter(lambda p: min(abs(p[0][0] - p[1][0]), abs(p[0][1] - p[1][1])) > 150),
)
def test_a_blur_hides_the_place_that_was_looked_at_however_the_file_is_stored(orientation, points):
    copies = copies_of(stored_as(UPRIGHT, orientation))
    assert isinstance(copies, Copies)
    seen = copies.review
    assert seen.size == (320, 200)
    mark = Mark(BLUR, *points)
    left, top, right, bottom = corners(mark)
    inside = (slice(top * 200 // 1000 + 1, bottom * 200 // 1000), slice(left * 320 // 1000 + 1, right * 320 // 1000))
    was, now = np.asarray(seen, int), np.asarray(drawn(seen, [mark]), int)
    # A box is rounded outwards, by at most a pixel on each side.
    outside = np.ones(was.shape[:2], bool)
    outside[
        max(0, top * 200 // 1000 - 1) : bottom * 200 // 1000 + 1,
        max(0, left * 320 // 1000 - 1) : right * 320 // 1000 + 1,
    ] = False
    assert (was[outside] == now[outside]).all()
    # Sensor noise differs from pixel to pixel; what is left are the coarse colours of 4 by 4 cells.
    assert roughness(now[inside]) < roughness(was[inside]) / 3


def roughness(pixels: np.ndarray) -> float:
    return float(np.abs(np.diff(pixels, axis=1)).mean() + np.abs(np.diff(pixels, axis=0)).mean())


def test_arrows_and_circles_are_drawn_where_they_point_and_the_picture_given_stays():
    before = UPRIGHT.tobytes()
    made = np.asarray(
        drawn(UPRIGHT, [Mark("arrow", (100, 500), (500, 500)), Mark("circle", (600, 200), (900, 800))]), int
    )
    red = (made[:, :, 0] > 200) & (made[:, :, 1] < 60) & (made[:, :, 2] < 60)
    assert red[100, 100]
    assert red[100, 192]  # the left end of the ellipse: 600 thousandths of 320
    assert not red[100, 240]  # its middle
    assert UPRIGHT.tobytes() == before
    assert drawn(UPRIGHT, []) is UPRIGHT
