"""Faces and number plates found in photos: how many, how many boxes on nothing, and at what cost.

``python benchmarks/redaction.py [--quick] [--photos FOLDER --truth FILE] [--drawn FOLDER]``

Without ``--photos``: the portrait that matplotlib ships, small, large, turned and dark, and generated streets with
plates by the looks of GA 36-2018. With it, the photos of a folder, against a truth file: a CSV with the heading
``file,kind,x,y,w,h``, where ``kind`` is ``face`` or ``plate`` and x, y, w, h are pixels of the upright photo. A photo
in which there is nothing has one row with an empty kind. ``redaction_truth.py`` says what else is understood. Photos
that the file does not name are left out. Models that are not there are fetched (``bin/models``).

A place counts as found when a box of its kind covers more than half of it and is no more than seven times as large;
a box that meets no place of its kind by a tenth of itself is false. ``--drawn`` gets the photos with what was found in
red and what was missed in blue. The last line is JSON: ``faces_recall``, ``plates_recall`` (null where there are none),
``false_per_photo``, ``cpu_ms`` (one thread's processor time for a photo of at most 1,600 px, without decoding).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import matplotlib.cbook
import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks.redaction_truth import Place, file_in, read_truth  # noqa: E402
from inspect_app.domain.problems import Problem  # noqa: E402
from inspect_app.photos.caption import _font  # noqa: E402
from inspect_app.photos.copies import copies_of  # noqa: E402
from inspect_app.photos.intake import decode  # noqa: E402
from inspect_app.photos.models import models_are_there  # noqa: E402
from inspect_app.photos.searching import search  # noqa: E402

GROUNDS = (((20, 60, 170), "white"), ((235, 180, 30), "black"), ((60, 170, 90), "black"), ((25, 25, 28), "white"))


@dataclass
class Photo:
    """A picture at most 1,600 px long, and its places as shares of it, with their kinds."""

    name: str
    picture: Image.Image
    places: list[tuple[str, Place]]


@dataclass
class Tally:
    found: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    there: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    false: int = 0
    photos: int = 0
    cpu_s: float = 0.0


def generated(quick: bool) -> Iterator[Photo]:
    with matplotlib.cbook.get_sample_data("grace_hopper.jpg") as file:
        portrait = Image.open(file).convert("RGB")
    rng = np.random.default_rng(28)
    for number in range(4 if quick else 16):
        yield portrait_in_a_street(portrait, number, rng)
        yield street(number, rng)


def ground(rng: np.random.Generator) -> Image.Image:
    grain = rng.normal(rng.integers(70, 150), 12, (1200, 1600, 3))
    return Image.fromarray(np.clip(grain, 0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(2))


def portrait_in_a_street(portrait: Image.Image, number: int, rng: np.random.Generator) -> Photo:
    picture, width = ground(rng), (500, 300, 180, 100)[number % 4]
    small = portrait.resize((width, round(width * portrait.height / portrait.width)))
    if number % 3 == 1:
        small = small.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if number % 3 == 2:
        small = ImageEnhance.Brightness(small).enhance(0.5)
    x, y = int(rng.integers(0, 1600 - width)), int(rng.integers(0, 1200 - small.height))
    picture.paste(small, (x, y))
    # The face in the portrait of 512 × 600: 175 to 340 across, 95 to 310 down.
    left = 175 if number % 3 != 1 else 512 - 340
    share = width / 512
    face = ((x + left * share) / 1600, (y + 95 * share) / 1200, 165 * share / 1600, 215 * share / 1200)
    return Photo(f"portrait-{number:02}", picture, [("face", face)])


def street(number: int, rng: np.random.Generator) -> Photo:
    picture, places = ground(rng), []
    draw = ImageDraw.Draw(picture)
    for column in range(2):
        width = int(rng.integers(70, 260))
        height = round(width * 140 / 440)
        x, y = column * 800 + int(rng.integers(width, 700 - width)), int(rng.integers(400, 900))
        body = tuple(int(value) for value in rng.integers(40, 220, 3))
        draw.rounded_rectangle((x - width, y - width, x + 2 * width, y + width // 2), width // 5, fill=body)
        picture.paste(plate(GROUNDS[(number + column) % len(GROUNDS)], rng).resize((width, height)), (x, y))
        places.append(("plate", (x / 1600, y / 1200, width / 1600, height / 1200)))
    return Photo(f"street-{number:02}", picture.filter(ImageFilter.GaussianBlur(0.8)), places)


def plate(look: tuple[tuple[int, int, int], str], rng: np.random.Generator) -> Image.Image:
    colour, ink = look
    picture = Image.new("RGB", (440, 140), colour)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((6, 6, 433, 133), 10, outline=ink, width=4)
    draw.text((20, 22), str(rng.choice(list("鄂京沪苏粤川"))) + "ABCDE"[int(rng.integers(5))], font=_font(88), fill=ink)
    draw.ellipse((196, 62, 210, 76), fill=ink)
    draw.text((222, 22), "".join(rng.choice(list("0123456789"), 5)), font=_font(80), fill=ink)
    return picture


def kept(folder: Path, truth_file: Path) -> Iterator[Photo]:
    truth = read_truth(truth_file)
    for what, number in truth.left_out.items():
        print(f"left out: {number} {what}", file=sys.stderr)
    for name, marked in sorted(truth.photos.items()):
        path = file_in(folder, name)
        content = path.read_bytes() if path else b""
        copies, whole = copies_of(content), decode(content, 100_000)
        if isinstance(copies, Problem) or isinstance(whole, Problem):
            print(f"left out: {name}, {'no picture' if path else 'not in the folder'}", file=sys.stderr)
            continue
        width, height = whole.small.size
        if whole.orientation >= 5:
            width, height = height, width
        yield Photo(name, copies.review, [(one.kind, one.share(width, height)) for one in marked])


def overlap(one: Place, other: Place) -> float:
    across = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    down = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    return max(0.0, across) * max(0.0, down)


def judge(photo: Photo, tally: Tally, drawn: Path | None) -> None:
    began = time.thread_time()
    boxes = [(box.kind, (box.x, box.y, box.width, box.height)) for box in search(photo.picture)]
    tally.cpu_s += time.thread_time() - began
    tally.photos += 1
    missed = []
    for kind, place in photo.places:
        size = place[2] * place[3]
        hit = any(kind == of and overlap(place, box) > size / 2 and box[2] * box[3] <= 7 * size for of, box in boxes)
        tally.there[kind] += 1
        tally.found[kind] += hit
        missed += [] if hit else [place]
    tally.false += sum(
        not any(kind == of and overlap(place, box) > 0.1 * box[2] * box[3] for of, place in photo.places)
        for kind, box in boxes
    )
    if drawn:
        draw(photo, [(box, "red") for _, box in boxes] + [(place, "blue") for place in missed], drawn)


def draw(photo: Photo, marks: list[tuple[Place, str]], folder: Path) -> None:
    picture = photo.picture.copy()
    pen, (width, height) = ImageDraw.Draw(picture), picture.size
    for (x, y, w, h), colour in marks:
        pen.rectangle((x * width, y * height, (x + w) * width, (y + h) * height), outline=colour, width=3)
    target = folder / f"{photo.name.replace('/', '_')}.jpg"
    folder.mkdir(parents=True, exist_ok=True)
    picture.save(target, quality=80)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a quarter of the generated pictures")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--drawn", type=Path, help="a folder for the photos with boxes drawn into them")
    given = parser.parse_args()
    if (given.photos is None) != (given.truth is None):
        parser.error("--photos and --truth belong together")
    if not models_are_there() and subprocess.run([sys.executable, PROJECT / "bin" / "models"]).returncode:
        parser.error("the models are not there, and could not be fetched: see above")
    tally = Tally()
    for photo in kept(given.photos, given.truth) if given.photos else generated(given.quick):
        judge(photo, tally, given.drawn)
    for kind in ("face", "plate"):
        print(f"{kind}: {tally.found[kind]} of {tally.there[kind]} found")
    print(f"{tally.false} boxes on nothing in {tally.photos} photos")
    recall = {kind: round(tally.found[kind] / n, 4) if (n := tally.there[kind]) else None for kind in ("face", "plate")}
    photos = max(1, tally.photos)
    print(
        json.dumps(
            {
                "faces_recall": recall["face"],
                "plates_recall": recall["plate"],
                "false_per_photo": round(tally.false / photos, 3),
                "cpu_ms": round(1000 * tally.cpu_s / photos, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
