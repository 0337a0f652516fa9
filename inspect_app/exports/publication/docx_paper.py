"""The bulletin as DOCX in the layout of official documents (GB/T 9704-2012).

A4 with margins of 37, 35, 28 and 26 mm; 22 lines of 28 characters; title in 小标宋 of size 二号 (22 pt), body in
仿宋 of size 三号 (16 pt), headings in 黑体, page numbers between dashes. Where a computer lacks these typefaces, its
office program takes others of the same kind.
"""

from __future__ import annotations

import io
from typing import Any

from docx import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Mm, Pt

from ...domain.figures import PublishedWeek
from .bulletin import Bulletin, Grid, Heading, Paragraph, Picture, is_figure
from .packing import repacked

_TITLE, _BODY, _HEAD, _SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "宋体"
_LINE = Pt(28.95)
"""225 mm of type area for 22 lines."""
_TEXT_MM = 156
_TABLE_PT = 12


def docx(week: PublishedWeek, content: Bulletin) -> bytes:
    """The bulletin; ``week`` dates the file."""
    document = Document()
    _page(document.sections[0])
    document.core_properties.title, document.core_properties.author = content.title, week.head.city
    document.core_properties.comments, document.core_properties.language = "", "zh-CN"
    normal = document.styles["Normal"]
    _font(normal, _BODY, 16)
    _lines(normal.paragraph_format)
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.space_after = _LINE
    _run(title, content.title, _TITLE, 22)
    _run(document.add_paragraph(), content.addressees, _BODY, 16)
    for block in content.blocks:
        match block:
            case Heading(text):
                paragraph = _text(document, text, _HEAD)
                paragraph.paragraph_format.keep_with_next = True
            case Paragraph(text):
                _text(document, text, _BODY)
            case Grid():
                _table(document, block)
            case Picture(chart):
                _picture(document, chart)
    for line in (content.signed, content.day):
        signature = document.add_paragraph()
        signature.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        signature.paragraph_format.right_indent = Pt(64)
        signature.paragraph_format.keep_together = True
        _run(signature, line, _BODY, 16)
    out = io.BytesIO()
    document.save(out)
    return repacked(out.getvalue(), week.head.published_at)


def _page(section: Any) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(28)
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(footer, "— ", _SONG, 14)
    run = _run(footer, "", _SONG, 14)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:instrText" if text else "w:fldChar")
        if text:
            element.text = text
        else:
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)
    _run(footer, " —", _SONG, 14)


def _text(document: Any, text: str, family: str) -> Any:
    """A paragraph whose first line is set in by two characters."""
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.first_line_indent = Pt(32)
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    _run(paragraph, text, family, 16)
    return paragraph


def _table(document: Any, grid: Grid) -> None:
    """A table with its title above; headings come again on every page, rows stay whole."""
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.keep_with_next = True
    _run(title, grid.title, _HEAD, 14)
    table = document.add_table(rows=1, cols=len(grid.headings), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = [Mm(_TEXT_MM * width / sum(grid.widths)) for width in grid.widths]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for row in (grid.headings, *grid.rows):
        cells = table.rows[0].cells if row is grid.headings else table.add_row().cells
        for number, (cell, text) in enumerate(zip(cells, row, strict=True)):
            cell.width, cell.vertical_alignment = widths[number], WD_CELL_VERTICAL_ALIGNMENT.CENTER
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if row is grid.headings else _side(text)
            _run(paragraph, text, _HEAD if row is grid.headings else _BODY, _TABLE_PT)
    for number, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if number == 0:
            properties.append(OxmlElement("w:tblHeader"))
    document.add_paragraph()


def _side(text: str) -> Any:
    """Figures stand right, words left."""
    return WD_ALIGN_PARAGRAPH.RIGHT if is_figure(text) else WD_ALIGN_PARAGRAPH.LEFT


def _picture(document: Any, chart: Any) -> None:
    paragraph = document.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    shape = paragraph.add_run().add_picture(io.BytesIO(chart.png()), width=Mm(_TEXT_MM))
    limit = Mm(190)
    if shape.height > limit:
        shape.width, shape.height = Emu(int(shape.width * limit / shape.height)), limit
    described = shape._inline.docPr
    described.set("title", chart.title)
    described.set("descr", chart.description)


def _lines(form: Any) -> None:
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, _LINE
    form.space_before = form.space_after = Pt(0)


def _run(paragraph: Any, text: str, family: str, size_pt: float) -> Any:
    run = paragraph.add_run(text)
    _font(run, family, size_pt)
    return run


def _font(owner: Any, family: str, size_pt: float) -> None:
    """Chinese in the family, figures and letters in Times New Roman, as official documents have them."""
    owner.font.name, owner.font.size = "Times New Roman", Pt(size_pt)
    owner.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), family)
