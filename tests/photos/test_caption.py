"""Captions of review copies, whatever was written: what the font cannot draw is said, and nothing fails."""

from __future__ import annotations

import pytest
from PIL import Image, ImageChops

from inspect_app.photos.caption import captioned
from inspect_app.photos.glyphs import drawable
from tests.fuzzing.pasting import CLASSES


@pytest.mark.parametrize(
    ("written", "drawn"),
    [
        ("中山路（东）No. 1", "中山路（东）No. 1"),
        ("公厕😀👩\u200d👧🏽东", "公厕［表情］东"),
        ("❤\ufe0f", "［表情］"),
        ("\U00031350村龴镇𠮷", "［U+31350］村龴镇𠮷"),
        ("שלום a", "□□□□ a"),
        ("\ud800一\u202e二", "一二"),
    ],
)
def test_what_the_font_cannot_draw_is_said(written, drawn):
    assert drawable(written) == drawn


@pytest.mark.parametrize("text", CLASSES.values(), ids=CLASSES)
def test_any_text_is_written_under_the_picture(text):
    plain = Image.new("RGB", (400, 300), "white")
    made = captioned(plain, [text, "第二行", text.replace("一", "\n")])
    assert made.size == plain.size
    assert ImageChops.difference(captioned(plain, ["x"]), made).getbbox()
