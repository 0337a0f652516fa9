"""Laying one photo over another: what was made of it is found with the way it lies, another picture never."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from benchmarks.changes import changed
from inspect_app.domain.evidence.reuse import changes_told, is_on_screen
from inspect_app.photos.alignment import laid_over
from inspect_app.photos.asking import asked_of, without_bars
from inspect_app.photos.corners import CLOSE, corners_of
from inspect_app.photos.prints import prints_of
from inspect_app.photos.similar import similar_in

VISIT = "0b9d6a1e-3c52-4e0f-9a3b-2f1f6f0d7c11"
SIZE = (480, 360)


def texture(seed: int) -> Image.Image:
    """Noise of several grains, different for each seed: it has corners everywhere."""
    chance = np.random.default_rng(seed)
    layers = [
        np.asarray(Image.fromarray(chance.integers(0, 256, side, np.uint8)).resize(SIZE, Image.Resampling.BICUBIC))
        for side in ((9, 12), (36, 48), (90, 120))
    ]
    grey = Image.fromarray(np.mean(layers, axis=0).astype(np.uint8))
    return grey.filter(ImageFilter.GaussianBlur(0.7)).convert("RGB")


@pytest.fixture(scope="module")
def textures() -> list[Image.Image]:
    return [texture(seed) for seed in range(6)]


@pytest.mark.parametrize("seed", range(4))
def test_a_homography_is_found_again(textures, seed):
    """To half a percent of the longer side at the corners of the picture."""
    rng, (w, h) = random.Random(seed), SIZE
    corners = [(0, 0), (w, 0), (w, h), (0, h)]
    moved = [(x + rng.uniform(-0.06, 0.06) * w, y + rng.uniform(-0.06, 0.06) * h) for x, y in corners]
    # Pillow maps from where it goes to where it comes from.
    rows = [
        row
        for (x, y), (u, v) in zip(moved, corners, strict=True)
        for row in ((x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y))
    ]
    back = np.linalg.solve(np.array(rows), np.array(corners).ravel())
    new = textures[seed].transform(SIZE, Image.Transform.PERSPECTIVE, tuple(back), Image.Resampling.BICUBIC)
    laid = laid_over(corners_of(new, CLOSE), corners_of(textures[seed], CLOSE))
    assert laid
    assert laid.is_same_shot
    seen = np.c_[np.array(corners) / w, np.ones(4)] @ laid.matrix.T
    assert np.abs(seen[:, :2] / seen[:, 2:] - np.array(moved) / w).max() < 0.005


def test_unrelated_pictures_are_never_one_shot(textures):
    close = [corners_of(one, CLOSE) for one in textures]
    laid = [laid_over(a, b) for a in close for b in close if a is not b]
    assert [one for one in laid if one and one.is_same_shot] == []


def test_plain_pictures_have_nothing_to_be_laid_by():
    plain = corners_of(Image.new("RGB", SIZE, (90, 90, 90)), CLOSE)
    assert len(plain.points) == 0
    assert laid_over(plain, plain) is None


def test_where_another_thing_stands_it_is_another_shot(textures):
    """As before a camera that stands still: a quarter of the picture is a car, and another one today."""
    new = textures[0].copy()
    new.paste(textures[1].crop((0, 0, 260, 180)), (110, 90))
    laid = laid_over(corners_of(new, CLOSE), corners_of(textures[0], CLOSE))
    assert laid
    assert not laid.is_same_shot
    assert (laid.blocks[5:8, 5:11] != 1).all()


def test_another_car_at_the_head_of_the_picture_is_no_caption(textures):
    """As at a gate, whose camera looks down: the car stands in the uppermost third."""
    new = textures[0].copy()
    new.paste(textures[1].crop((0, 0, 240, 110)), (120, 0))
    laid = laid_over(corners_of(new, CLOSE), corners_of(textures[0], CLOSE))
    assert laid
    assert not laid.is_same_shot


def test_two_photos_made_by_turning_the_camera_are_two(textures):
    """Each shows a part of the other, exactly; a photo that was cut lies within its original."""
    wide = textures[0]
    left, right = wide.crop((0, 0, 300, 360)), wide.crop((180, 0, 480, 360))
    laid = laid_over(corners_of(left, CLOSE), corners_of(right, CLOSE))
    assert laid is None or not laid.is_same_shot
    cut = laid_over(corners_of(left, CLOSE), corners_of(wide, CLOSE))
    assert cut
    assert cut.is_same_shot


@pytest.mark.parametrize(("inside", "told"), [(0.04, True), (-0.04, False)])
def test_a_screen_is_told_where_all_of_it_is_seen_aslant(inside, told):
    seen = np.array([(inside, 0.05), (0.9, 0.12), (0.9, 0.6), (0.05, 0.7)])
    assert is_on_screen(seen, (400, 300)) is told
    straight = np.array([(0.1, 0.1), (0.9, 0.1), (0.9, 0.6), (0.1, 0.6)])
    assert not is_on_screen(straight, (400, 300)), "a screenshot, or somebody who stepped back"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("mirrored", ("mirrored",)),
        ("turned 90°", ("turned",)),
        ("turned 5°", ("inclined", "cut")),
        ("cut 20 % around", ("cut",)),
        ("screenshot", ("framed",)),
        ("photo of a screen, tilted", ("screen",)),
        ("quality 20", ()),
    ],
)
def test_a_changed_photo_is_found_and_it_is_told_what_was_done(textures, tmp_path, change, told):
    kept = similar_in(tmp_path / "similar.bin")
    for number, one in enumerate(textures):
        kept.add(f"{number:064x}", VISIT, prints_of(one))
    new = changed(change, textures[2], random.Random(1))
    found = kept.candidates(asked_of(new), [VISIT], most=16, nearby=600)
    assert f"{2:064x}" in {one.sha256 for one in found}
    mirrored = next(one.mirrored for one in found if one.sha256 == f"{2:064x}")
    laid = laid_over(corners_of(new, CLOSE, mirrored=mirrored), corners_of(textures[2], CLOSE), mirrored=mirrored)
    assert laid
    assert laid.is_same_shot
    assert changes_told(tuple(laid.matrix.ravel()), SIZE, new.size) == told


def test_bars_with_small_signs_in_them_are_left_out(textures):
    shot = changed("screenshot", textures[0], random.Random(2)).convert("L")
    bare = without_bars(shot)
    assert abs(bare.width / bare.height - SIZE[0] / SIZE[1]) < 0.03


def test_of_strangers_only_what_is_next_to_the_same_is_a_candidate(textures, tmp_path):
    kept = similar_in(tmp_path / "similar.bin")
    kept.add("a" * 64, VISIT, prints_of(textures[0]))
    cut = changed("cut 20 % of one side", textures[0], random.Random(1))
    assert kept.candidates(asked_of(cut), [VISIT], most=16, nearby=600)
    assert kept.candidates(asked_of(cut), [], most=16, nearby=600) == []
    mirrored = kept.candidates(asked_of(ImageOps.mirror(textures[0])), [], most=16, nearby=600)
    assert [(one.sha256, one.mirrored) for one in mirrored] == [("a" * 64, True)]
