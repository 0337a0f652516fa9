"""Captions of review copies, whatever was written: what the font cannot draw is said, and nothing fails."""

from __future__ import annotations

import io
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from inspect_app.domain.evidence.captions import FIELDS, CaptionRules, caption_of, caption_rules
from inspect_app.domain.evidence.photo import Evidence
from inspect_app.domain.place.positions import Fix
from inspect_app.domain.problems import Problem
from inspect_app.photos.caption import captioned
from inspect_app.photos.glyphs import drawable
from inspect_app.photos.wrapping import wrapped
from tests.fuzzing.pasting import CLASSES
from tests.world import NOW, photo


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
    assert made.width == plain.width
    assert made.height > captioned(plain, ["x"]).height


def scene(size: tuple[int, int]) -> Image.Image:
    return Image.open(io.BytesIO(photo(1, (320, 240)))).convert("RGB").resize(size)


LONG = caption_of(
    Evidence("ab" * 32, "x", NOW, Fix(30.31, 112.24, 8.0, "browser", NOW)),
    CaptionRules(tuple(FIELDS)),
    office="荆州市精神文明建设指导委员会办公室",
    inspection="7f3c1a2b-0000",
    area="荆州市沙市区中山街道工人社区第十三居民小组",
    site="原棉纺织厂家属院三号楼与四号楼之间的无名背街小巷（靠近垃圾收集点的一侧），长约一百二十米" * 3,
    item="人行横道标线清晰完整，无大面积磨损、缺失；机动车在斑马线前主动礼让行人",
    clauses="(五)4(2) (五)5(1)",
    timezone=ZoneInfo("Asia/Shanghai"),
)
SIZES = [(1600, 1200), (1200, 1600), (1600, 300), (300, 1600), (640, 480), (480, 640), (320, 240), (160, 120), (64, 48)]


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_caption_stands_below_the_picture_whose_pixels_stay_and_nothing_is_cut_off_at_an_edge(size):
    picture = scene(size)
    made = captioned(picture, LONG.lines, LONG.short)
    assert made.crop((0, 0, *size)).tobytes() == picture.tobytes()
    band = made.crop((0, size[1], *made.size)).convert("L").point(lambda value: value > 40 and 255)
    left, top, right, bottom = band.getbbox()
    assert left >= 3 <= top
    assert right <= band.width - 3
    assert bottom <= band.height - 3


@pytest.mark.parametrize(("width", "least_px"), [(320, 11), (640, 11), (1600, 22)])
def test_letters_are_large_enough_to_be_read(width, least_px):
    picture = scene((width, width * 3 // 4))
    band = captioned(picture, ["国"], ["国"]).crop((0, picture.height, width, 10_000)).convert("L")
    _, top, _, bottom = band.point(lambda value: value > 100 and 255).getbbox()
    assert bottom - top >= least_px


def test_a_small_picture_has_what_matters_first_and_a_tiny_one_nothing():
    assert LONG.short == ("2026-11-23 10:30:00", LONG.short[1], "编号 7f3c1a2b")
    assert captioned(scene((320, 240)), LONG.lines, LONG.short).height < 240 + 8 * 22
    tiny = scene((20, 15))
    assert captioned(tiny, LONG.lines, LONG.short).tobytes() == tiny.tobytes()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("一二三四五，六七八", ["一二三四", "五，六七八"]),
        ("一二三四（五六）", ["一二三四", "（五六）"]),
        ("时间2026-11-23 10:30", ["时间", "2026-11-23", "10:30"]),
        ("标线(五)4(2) (五)5(1)", ["标线", "(五)4(2)", "(五)5(1)"]),
        ("一二三四五六七八九十一二三四五六", ["一二三四五", "六七八九十", "一二三四…"]),
        ("ABCDEFGHIJKLMNO", ["ABCDEFGHIJ", "KLMNO"]),
        ("", []),
    ],
)
def test_lines_are_broken_as_chinese_text_is(text, rows):
    """Ten half-widths a row: a number stays whole, no mark stands where it may not, what goes on says so."""
    assert wrapped(text, 10, 3, lambda row: sum(1 + (sign > "\u2e80") for sign in row)) == rows


def test_an_office_chooses_from_a_list_and_nothing_else():
    assert caption_rules(["hash", "time"]) == CaptionRules(("time", "hash"))
    assert isinstance(caption_rules(["time", "inspector"]), Problem)
