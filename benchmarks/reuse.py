"""Re-use: how often a photo is found that was changed before it was sent again, and how often another is taken for it.

Each photo is an original among all others; each is changed in 32 ways (benchmarks/changes.py) and looked for as the
server does, by either way: by the hash alone, up to 6 bits, as 相似照片 was found before (shown beside it); and by
candidates among all originals as its surroundings (``SimilarPhotos.candidates``), then corners and blocks
(``photos/reuse.py``). False matches: every pair of different originals is laid over each other, whatever the hashes
say; photos of one scene are the hard ones.

    python benchmarks/reuse.py [--quick] [--photos FOLDER] [--most N] [--asked N]

Without a folder: the photos that the package scikit-image brings (requirements-dev.txt), of scikit-learn where it is
installed, and generated scenes. The last line of the output is one JSON object. ``cpu_ms`` is the
processor time of one photo looked for, its decoding apart.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import io
import json
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from PIL import Image, ImageOps

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT))

from benchmarks.changes import CHANGES, changed  # noqa: E402
from inspect_app.photos.alignment import LEAST_AT_A_GLANCE, laid_over, matched  # noqa: E402
from inspect_app.photos.asking import asked_of  # noqa: E402
from inspect_app.photos.copies import REVIEW_PX, THUMBNAIL_PX  # noqa: E402
from inspect_app.photos.corners import CLOSE, GLANCE, Corners, corners_of, fitted  # noqa: E402
from inspect_app.photos.prints import difference, prints_of  # noqa: E402
from inspect_app.photos.reuse import MOST_CANDIDATES, NEARBY, made_of  # noqa: E402
from inspect_app.photos.similar import NEAR_BITS, similar_in  # noqa: E402
from tests.world import photo  # noqa: E402

SIZE, GENERATED = (1280, 960), 60
MOST, MOST_PAIRS = 300, 40_000
VISIT = str(uuid.UUID(int=1))
TARGETS = {"mean_recall": 0.92, "min_recall": 0.80, "false_rate": 0.001}
PACKAGED = (
    (
        "skimage",
        "data",
        ["astronaut", "brick", "camera", "chelsea", "coffee", "coins", "grass", "gravel", "motorcycle_left", "rocket"],
    ),
    ("sklearn", "datasets/images", ["china", "flower"]),
)
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="a quarter of the photos, and fewer pairs")
    parser.add_argument("--photos", type=Path, help="a folder of photos, with those in its folders")
    parser.add_argument("--most", type=int, default=MOST, help="at most so many photos, chosen by chance")
    parser.add_argument("--asked", type=int, default=MOST, help="at most so many of them are changed and looked for")
    given = parser.parse_args()
    most = max(20, given.most // 6) if given.quick else given.most
    pictures = chosen(given.photos, most)
    if len(pictures) < 2:
        parser.error("fewer than two photos of 200 px or more")
    print(f"{len(pictures)} photos")
    with tempfile.TemporaryDirectory() as folder:
        result = recall(pictures, Path(folder) / "similar.bin", most_asked=20 if given.quick else given.asked)
    result |= false_matches(pictures, MOST_PAIRS // 20 if given.quick else MOST_PAIRS)
    met = all(result[name] >= TARGETS[name] for name in ("mean_recall", "min_recall"))
    met = met and result["false_rate"] <= TARGETS["false_rate"]
    print(json.dumps({"benchmark": "reuse", **result, "photos": len(pictures), "targets": TARGETS, "met": met}))


def chosen(folder: Path | None, most: int) -> list[Image.Image]:
    """Photos of a folder, or of the packages and generated ones."""
    if folder is None:
        return [*packaged(), *generated(min(GENERATED, most))]
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    random.Random(1).shuffle(files)
    found: list[Image.Image] = []
    for path in files:
        if len(found) < most and (picture := opened(path.read_bytes())):
            found.append(picture)
    return found


def opened(content: bytes) -> Image.Image | None:
    """An upright picture at reading size; None of what is no photo, or a very small one."""
    try:
        image = Image.open(io.BytesIO(content))
        image.draft("RGB", (REVIEW_PX, REVIEW_PX))
        picture = ImageOps.exif_transpose(image).convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    if min(picture.size) < 200:
        return None
    return fitted(picture, REVIEW_PX) if max(picture.size) > REVIEW_PX else picture


def packaged() -> Iterator[Image.Image]:
    for package, folder, names in PACKAGED:
        found = importlib.util.find_spec(package)
        if found is None or found.origin is None:
            print(f"without the photos of {package}: it is not installed")
            continue
        for path in sorted((Path(found.origin).parent / folder).iterdir()):
            if path.stem in names and path.suffix in SUFFIXES and (picture := opened(path.read_bytes())):
                yield picture


def generated(count: int) -> Iterator[Image.Image]:
    for seed in range(count):
        if picture := opened(photo(seed, SIZE)):
            yield picture


def recall(pictures: list[Image.Image], path: Path, most_asked: int) -> dict[str, float]:
    """Share of changed photos that find their original, over all changes and in the worst one."""
    kept, smalls = similar_in(path), [fitted(one, THUMBNAIL_PX) for one in pictures]
    prints = [prints_of(one) for one in smalls]
    for number, one in enumerate(prints):
        kept.add(name(number), VISIT, one)
    numbers = {name(number): number for number in range(len(pictures))}
    asked = random.Random(2).sample(range(len(pictures)), min(most_asked, len(pictures)))
    shares, old_shares, cpu_s, wrong = {}, {}, 0.0, 0
    on_screen: Counter[str] = Counter()
    for change in CHANGES:
        hits = old_hits = 0
        for number in asked:
            query = changed(change, pictures[number], random.Random(number))
            small = fitted(query, THUMBNAIL_PX)
            started = time.process_time()
            candidates = kept.candidates(asked_of(small), [VISIT], most=MOST_CANDIDATES, nearby=NEARBY)
            made = made_of(
                small,
                lambda query=query: query,
                candidates,
                lambda sha256: smalls[numbers[sha256]],
                lambda sha256: pictures[numbers[sha256]],
            )
            laid = {one.sha256: laid for one, laid in made}
            cpu_s, found = cpu_s + time.process_time() - started, laid.keys()
            on_screen[change] += any(one.on_screen for one in laid.values())
            alone = difference(prints_of(small), prints[number]) <= NEAR_BITS
            hits += alone or name(number) in found
            wrong += len(found - {name(number)})
            old_hits += alone
        shares[change], old_shares[change] = hits / max(1, len(asked)), old_hits / max(1, len(asked))
        print(f"  {change:<30}{shares[change]:>7.1%}   hash alone {old_shares[change]:>7.1%}", flush=True)
    mean, before = sum(shares.values()) / len(shares), sum(old_shares.values()) / len(shares)
    print("told to be of a screen: " + (", ".join(f"{name} {n}" for name, n in on_screen.items() if n) or "none"))
    print(f"found {mean:.1%} (hash alone {before:.1%}); {wrong} others named for {len(asked) * len(CHANGES)} questions")
    return {
        "mean_recall": round(mean, 4),
        "min_recall": round(min(shares.values()), 4),
        "mean_recall_before": round(before, 4),
        "others_named": wrong,
        "cpu_ms": round(1000 * cpu_s / max(1, len(asked) * len(CHANGES)), 1),
    }


def false_matches(pictures: list[Image.Image], most: int) -> dict[str, float]:
    """Share of pairs of different originals that would be taken for one shot. Twice the same picture is left out."""
    small = [fitted(one, THUMBNAIL_PX) for one in pictures]
    prints, glances = [prints_of(one) for one in small], [corners_of(one, GLANCE) for one in small]
    pairs = list(combinations(range(len(pictures)), 2))
    pairs = random.Random(3).sample(pairs, min(most, len(pairs)))
    close: dict[int, Corners] = {}
    false = looked = by_hash = 0
    for a, b in pairs:
        if difference(prints[a], prints[b]) <= 2:
            continue
        looked += 1
        if difference(prints[a], prints[b]) <= NEAR_BITS:
            by_hash += 1
            continue
        told = matched(glances[a], glances[b])
        if told is None or told[1] < LEAST_AT_A_GLANCE:
            continue
        for one in (a, b):
            close[one] = close.get(one) or corners_of(pictures[one], CLOSE)
        laid = laid_over(close[a], close[b])
        false += laid is not None and laid.is_same_shot
    print(f"{false} of {looked:,} pairs of different photos taken for one, and {by_hash} by the hash alone")
    return {"false_rate": (false + by_hash) / max(1, looked), "false": false, "false_before": by_hash, "pairs": looked}


def name(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


if __name__ == "__main__":
    main()
