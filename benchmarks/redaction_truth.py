"""Where faces and number plates are in photos, read from a file that somebody wrote by hand or with a labelling tool.

The plain form is a CSV with the heading ``file,kind,x,y,w,h``: ``file`` is the path inside of the folder of photos,
``kind`` is ``face`` or ``plate``, and x, y, w, h are left, top, width and height in pixels of the upright photo as it
is kept. A photo in which there is nothing has one row with an empty kind. What else is understood:

- other words: ``filename``, ``file_name``, ``image``, ``photo``, ``path``; ``type``, ``label``, ``class``; ``left``,
  ``top``, ``width``, ``height``; ``x1``, ``y1``, ``x2``, ``y2``, or ``right``, ``bottom``; 人脸, 车牌,
  ``license_plate``;
- shares of the picture in place of pixels, in a row where no number exceeds 1;
- tabs or semicolons between the columns; UTF-8 or GB 18030;
- JSON, also one object a line: a list of such rows; with lists in them, as in ``{"file": "a.jpg", "faces":
  [[x, y, w, h], …], "plates": []}`` or ``{"file": "a.jpg", "boxes": [{"kind": …, "x": …}, …]}``; an object of these
  by file; or COCO's ``images``, ``annotations`` and ``categories``.

Of rows of other kinds, and of rows that cannot be read, is said how many were left out.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from glob import escape
from pathlib import Path, PureWindowsPath
from typing import Any

Place = tuple[float, float, float, float]
KINDS = {
    **dict.fromkeys(("face", "faces", "人脸", "脸"), "face"),
    **dict.fromkeys(("plate", "plates", "车牌", "号牌", "lp", "licenseplate", "licenceplate", "numberplate"), "plate"),
}
_WORDS = {
    "file": ("file", "filename", "file_name", "image", "photo", "path", "name"),
    "kind": ("kind", "type", "label", "class", "category"),
    "x": ("x", "left", "x1", "xmin"),
    "y": ("y", "top", "y1", "ymin"),
    "w": ("w", "width"),
    "h": ("h", "height"),
    "right": ("right", "x2", "xmax"),
    "bottom": ("bottom", "y2", "ymax"),
}
_NOTHING = ("", "none", "null", "nothing", "无")


@dataclass(frozen=True)
class Marked:
    """One place: its kind, and left, top, width and height in pixels of the upright photo, or as shares of it."""

    kind: str
    place: Place

    def share(self, width: int, height: int) -> Place:
        """The place as shares of a photo of this size."""
        if max(self.place) <= 1:
            return self.place
        x, y, w, h = self.place
        return x / width, y / height, w / width, h / height


@dataclass(frozen=True)
class Truth:
    """The places by photo, some with none; and what was left out, with how often."""

    photos: dict[str, list[Marked]]
    left_out: Counter[str]


def read_truth(path: Path) -> Truth:
    """All that a truth file says. Raises ``ValueError`` where it names no photo."""
    truth = Truth({}, Counter())
    for row in _rows(_text(path)):
        _take(row, truth)
    if not truth.photos:
        raise ValueError(f"{path.name} names no photo: {dict(truth.left_out)}")
    return truth


def file_in(folder: Path, name: str) -> Path | None:
    """The photo that a truth file calls so: by its path in the folder, else by its name alone; None where none is."""
    parts = PureWindowsPath(name).parts
    if (direct := folder.joinpath(*parts)).is_file():
        return direct
    return next((one for one in sorted(folder.rglob(escape(parts[-1]))) if one.is_file()), None) if parts else None


def _take(row: Mapping[str, Any], truth: Truth) -> None:
    row = {str(word).strip().lower(): value for word, value in row.items()}
    name = _value(row, "file")
    if not name:
        truth.left_out["rows without a file"] += 1
        return
    marked = truth.photos.setdefault(str(name), [])
    kind = str(_value(row, "kind") or "").strip().lower()
    if kind in _NOTHING:
        return
    if (known := KINDS.get(kind.replace("_", "").replace("-", "").replace(" ", ""))) is None:
        truth.left_out[f"rows of kind {kind}"] += 1
    elif (place := _place(row)) is None:
        truth.left_out["rows without a place"] += 1
    else:
        marked.append(Marked(known, place))


def _place(row: Mapping[str, Any]) -> Place | None:
    try:
        if (box := row.get("bbox") or row.get("box")) is not None:
            x, y, w, h = (float(side) for side in box)
        else:
            x, y = float(_value(row, "x")), float(_value(row, "y"))
            right, bottom = _value(row, "right"), _value(row, "bottom")
            w = float(right) - x if right not in (None, "") else float(_value(row, "w"))
            h = float(bottom) - y if bottom not in (None, "") else float(_value(row, "h"))
    except (TypeError, ValueError):
        return None
    return (x, y, w, h) if w > 0 and h > 0 else None


def _value(row: Mapping[str, Any], field: str) -> Any:
    return next((row[word] for word in _WORDS[field] if word in row), None)


def _rows(text: str) -> Iterator[Mapping[str, Any]]:
    if text.lstrip()[:1] in ("{", "["):
        yield from _of_json(_json(text))
        return
    heading = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    yield from csv.DictReader(text.lstrip().splitlines(), delimiter=delimiter)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _of_json(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, dict) and "annotations" in found:
        yield from _of_coco(found)
    elif isinstance(found, dict) and not {"file", "filename", "file_name", "image", "photo"} & set(found):
        for name, one in found.items():
            for row in [one] if isinstance(one, dict) else [*one, {}]:
                yield from _of_photo({"file": name, **row})
    else:
        for row in [found] if isinstance(found, dict) else found:
            yield from _of_photo(row)


def _of_photo(row: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The rows of an object that may hold lists of places."""
    lists = {key: value for key, value in row.items() if isinstance(value, list) and key not in ("bbox", "box")}
    rest = {key: value for key, value in row.items() if key not in lists}
    yield {"kind": "", **rest}
    for key, places in lists.items():
        for one in places:
            place = one if isinstance(one, dict) else {"box": one}
            yield {**rest, **({"kind": key} if key in KINDS else {}), **place}


def _of_coco(found: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    names = {one["id"]: one["file_name"] for one in found["images"]}
    kinds = {one["id"]: one["name"] for one in found.get("categories", [])}
    yield from ({"file": name} for name in names.values())
    for one in found["annotations"]:
        yield {"file": names.get(one["image_id"]), "kind": kinds.get(one["category_id"]), "bbox": one["bbox"]}


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")
