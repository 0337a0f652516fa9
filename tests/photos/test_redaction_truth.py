"""Truth files of ``benchmarks/redaction.py``, as people and labelling tools write them."""

from __future__ import annotations

import json

import pytest

from benchmarks.redaction_truth import Marked, file_in, read_truth

FACE = Marked("face", (1.0, 2.0, 30.0, 40.0))
PLATE = Marked("plate", (1.0, 2.0, 30.0, 40.0))
COCO = {
    "images": [{"id": 1, "file_name": "a.jpg"}, {"id": 2, "file_name": "b.jpg"}],
    "annotations": [{"image_id": 1, "category_id": 5, "bbox": [1, 2, 30, 40]}],
    "categories": [{"id": 5, "name": "Face"}],
}


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("plain.csv", "file,kind,x,y,w,h\na.jpg,face,1,2,30,40\nb.jpg,,,,,\n", FACE),
        ("corners.csv", "filename;label;x1;y1;x2;y2\na.jpg;车牌;1;2;31;42\nb.jpg;;;;;\n", PLATE),
        ("tabs.tsv", "Image\tClass\tLeft\tTop\tWidth\tHeight\na.jpg\tlicense_plate\t1\t2\t30\t40\nb.jpg\n", PLATE),
        ("rows.json", json.dumps([{"file": "a.jpg", "kind": "face", "bbox": [1, 2, 30, 40]}, {"file": "b.jpg"}]), FACE),
        ("lists.json", json.dumps({"a.jpg": {"faces": [[1, 2, 30, 40]], "plates": []}, "b.jpg": []}), FACE),
        (
            "boxes.json",
            json.dumps([{"file": "a.jpg", "boxes": [{"kind": "plate", "x": 1, "y": 2, "w": 30, "h": 40}]}])[:-1]
            + ', {"file": "b.jpg", "boxes": []}]',
            PLATE,
        ),
        ("lines.jsonl", '{"file": "a.jpg", "kind": "人脸", "box": [1, 2, 30, 40]}\n{"file": "b.jpg"}\n', FACE),
        ("coco.json", json.dumps(COCO), FACE),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_truth_is_read_however_it_was_written(tmp_path, name, text, wanted, encoding):
    path = tmp_path / name
    path.write_text(text, encoding)
    truth = read_truth(path)
    assert truth.photos == {"a.jpg": [wanted], "b.jpg": []}
    assert not truth.left_out


def test_what_cannot_be_used_is_told(tmp_path):
    path = tmp_path / "truth.csv"
    path.write_text("file,kind,x,y,w,h\na.jpg,dog,1,2,3,4\na.jpg,face,one,2,3,4\n,face,1,2,3,4\na.jpg,face,1,2,0,4\n")
    truth = read_truth(path)
    assert truth.photos == {"a.jpg": []}
    assert dict(truth.left_out) == {"rows of kind dog": 1, "rows without a place": 2, "rows without a file": 1}
    path.write_text("nothing\n")
    with pytest.raises(ValueError, match="names no photo"):
        read_truth(path)


def test_numbers_of_which_none_exceeds_one_are_shares():
    assert Marked("face", (0.1, 0.2, 0.3, 0.4)).share(1600, 1200) == (0.1, 0.2, 0.3, 0.4)
    assert Marked("face", (160.0, 120.0, 320.0, 240.0)).share(1600, 1200) == (0.1, 0.1, 0.2, 0.2)


def test_a_photo_is_found_by_its_path_and_by_its_name_alone(tmp_path):
    (tmp_path / "street").mkdir()
    (tmp_path / "street" / "a.jpg").write_bytes(b"x")
    (tmp_path / "street" / "a [1].jpg").write_bytes(b"x")
    assert file_in(tmp_path, "a [1].jpg")
    for name in ("street/a.jpg", "street\\a.jpg", "a.jpg", "elsewhere/a.jpg"):
        assert file_in(tmp_path, name) == tmp_path / "street" / "a.jpg"
    assert file_in(tmp_path, "b.jpg") is None
