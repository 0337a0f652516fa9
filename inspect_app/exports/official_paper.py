"""Official documents as DOCX (GB/T 9704-2012): what a bulletin and a letter share.

A4 with margins of 37, 35, 28 and 26 mm; 22 lines of 28 characters; title in 小标宋 of size 二号 (22 pt), body in
仿宋 of size 三号 (16 pt), headings in 黑体, page numbers between dashes. Where a computer lacks these typefaces, its
office program takes others of the same kind.
"""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt

from ..domain.text import xml_text

TITLE, BODY, HEAD, _SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"
LINE = Pt(28.95)
"""225 mm of type area for 22 lines."""
TEXT_MM = 156


def paper(title: str, author: str) -> Any:
    """An empty document with its page, its styles and its title."""
    document = Document()
    _page(document.sections[0])
    document.core_properties.title, document.core_properties.author = xml_text(title), xml_text(author)
    document.core_properties.comments, document.core_properties.language = "", "zh-CN"
    normal = document.styles["Normal"]
    font(normal, BODY, 16)
    lines(normal.paragraph_format)
    heading = document.add_paragraph()
    heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
    heading.paragraph_format.space_after = LINE
    run(heading, title, TITLE, 22)
    return document


def signature(document: Any, signed: str, day: str) -> None:
    """Who signs and when, at the right, set in by four characters."""
    for line in (signed, day):
        paragraph = document.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(64)
        paragraph.paragraph_format.keep_together = True
        run(paragraph, line, BODY, 16)


def _page(section: Any) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(28)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run(footer, "— ", _SONG, 14)
    number = run(footer, "", _SONG, 14)
    for kind, words in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:instrText" if words else "w:fldChar")
        if words:
            element.text = words
        else:
            element.set(qn("w:fldCharType"), kind)
        number._r.append(element)
    run(footer, " —", _SONG, 14)


def text(document: Any, words: str, family: str) -> Any:
    """A paragraph whose first line is set in by two characters."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Pt(32)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    run(paragraph, words, family, 16)
    return paragraph


def lines(form: Any) -> None:
    """Lines as far apart as the standard's 22 on a page."""
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, LINE
    form.space_before = form.space_after = Pt(0)


def picture(document: Any, content: bytes, title: str, description: str, highest_mm: float) -> None:
    """A picture as wide as the text, unless it would be too high; with its words for screen readers."""
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    shape = paragraph.add_run().add_picture(io.BytesIO(content), width=Mm(TEXT_MM))
    limit = Mm(highest_mm)
    if shape.height > limit:
        shape.width, shape.height = Emu(int(shape.width * limit / shape.height)), limit
    described = shape._inline.docPr
    described.set("title", xml_text(title))
    described.set("descr", xml_text(description))


def run(paragraph: Any, words: str, family: str, size_pt: float) -> Any:
    """Words at the end of a paragraph."""
    made = paragraph.add_run(xml_text(words))
    font(made, family, size_pt)
    return made


def font(owner: Any, family: str, size_pt: float) -> None:
    """Chinese in the family, figures and letters in Times New Roman, as official documents have them."""
    owner.font.name, owner.font.size = "Times New Roman", Pt(size_pt)
    owner.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), family)
