"""What is stored already, however odd its characters, makes files that strict readers open."""

from __future__ import annotations

import io
from xml.sax.saxutils import escape

from docx import Document
from lxml import etree
from openpyxl import Workbook, load_workbook

from inspect_app.domain.text import xml_text
from inspect_app.exports.cells import put
from inspect_app.exports.official_paper import paper, text

_STORED = "一\v二\x00三\ufffe四\x1b五\ud83d六龴\U00031350😀"


def test_a_cell_keeps_all_that_xml_carries() -> None:
    book, out = Workbook(), io.BytesIO()
    put(book.active, 1, 1, _STORED)
    book.save(out)
    assert load_workbook(out).active["A1"].value == "一\n二三四五六龴\U00031350😀"


def test_a_letter_is_written_and_read_again() -> None:
    document, out = paper(_STORED, _STORED), io.BytesIO()
    text(document, _STORED, "仿宋")
    document.save(out)
    assert Document(out).paragraphs[-1].text == "一\n二三四五六龴\U00031350😀"


def test_words_of_a_drawing_are_well_formed() -> None:
    assert etree.fromstring(f"<title>{escape(xml_text(_STORED))}</title>").text == "一\n二三四五六龴\U00031350😀"
