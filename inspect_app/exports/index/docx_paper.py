"""The bulletin as DOCX in the layout of official documents (GB/T 9704-2012)."""

from __future__ import annotations

import io
from typing import Any

from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.shared import Mm

from ...domain.index.figures import PublishedWeek
from ..official_paper import BODY, HEAD, TEXT_MM, paper, picture, run, signature, text
from .bulletin import Bulletin, ChartPicture, Grid, Heading, Paragraph, is_figure
from .packing import repacked

_TABLE_PT = 12


def docx(week: PublishedWeek, content: Bulletin) -> bytes:
    """The bulletin; ``week`` dates the file."""
    document = paper(content.title, week.head.city)
    run(document.add_paragraph(), content.addressees, BODY, 16)
    for block in content.blocks:
        match block:
            case Heading(words):
                paragraph = text(document, words, HEAD)
                paragraph.paragraph_format.keep_with_next = True
            case Paragraph(words):
                text(document, words, BODY)
            case Grid():
                table(document, block)
            case ChartPicture(chart):
                picture(document, chart.png(), chart.title, chart.description, 190)
    signature(document, content.signed, content.day)
    out = io.BytesIO()
    document.save(out)
    return repacked(out.getvalue(), week.head.published_at)


def table(document: Any, grid: Grid) -> None:
    """A table with its title above; headings come again on every page, rows stay whole."""
    title = document.add_paragraph()
    title.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title.paragraph_format.keep_with_next = True
    run(title, grid.title, HEAD, 14)
    made = document.add_table(rows=1, cols=len(grid.headings), style="Table Grid")
    made.alignment, made.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = [Mm(TEXT_MM * width / sum(grid.widths)) for width in grid.widths]
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for row in (grid.headings, *grid.rows):
        cells = made.rows[0].cells if row is grid.headings else made.add_row().cells
        for number, (cell, words) in enumerate(zip(cells, row, strict=True)):
            cell.width, cell.vertical_alignment = widths[number], WD_CELL_VERTICAL_ALIGNMENT.CENTER
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if row is grid.headings else _side(words)
            run(paragraph, words, HEAD if row is grid.headings else BODY, _TABLE_PT)
    for number, row in enumerate(made.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if number == 0:
            properties.append(OxmlElement("w:tblHeader"))
    document.add_paragraph()


def _side(text: str) -> Any:
    """Figures stand right, words left."""
    return WD_ALIGN_PARAGRAPH.RIGHT if is_figure(text) else WD_ALIGN_PARAGRAPH.LEFT
