"""The bulletin as PDF, set by Typst with typefaces of its own: the same pages on every machine."""

from __future__ import annotations

import json
from typing import Any

import typst

from ...domain.text import with_texts
from ...photos.fonts import font_file
from ...photos.glyphs import drawable
from .bulletin import Bulletin, ChartPicture, Grid, Heading, Paragraph, is_figure

_FAMILY_BODY, _FAMILY_HEAD = "Noto Serif CJK SC", "Noto Sans CJK SC"
# Everything that was made of data comes from data.json: no text of anybody's can become markup.
_SOURCE = """
#let it = json("data.json")
#set document(title: it.title, author: it.signed, date: none)
#set page(paper: "a4", margin: (top: 37mm, bottom: 35mm, left: 28mm, right: 26mm),
  footer: context align(center, text(14pt)[— #counter(page).display() —]))
#set text(font: "BODY", size: 16pt, lang: "zh", region: "cn")
#set par(justify: true, leading: 12pt, spacing: 12pt)
#show heading: it => block(above: 14pt, below: 14pt, text(font: "HEAD", size: 16pt, weight: "regular", it.body))
#show table.cell.where(y: 0): set text(font: "HEAD")
#align(center, text(22pt, it.title))
#v(12pt)
#it.addressees
#for block in it.blocks {
  if block.kind == "heading" { heading(level: 1, h(2em) + block.text) }
  else if block.kind == "paragraph" { par(first-line-indent: (amount: 2em, all: true), block.text) }
  else if block.kind == "picture" { align(center, image(block.file, alt: block.alt, width: 100%)) }
  else {
    align(center, text(14pt, font: "HEAD", block.title))
    set text(11pt)
    table(
      columns: block.widths.map(width => width * 1fr),
      align: (x, y) => if y == 0 { center } else if block.right.at(x) { right } else { left },
      stroke: 0.5pt, inset: 5pt,
      table.header(..block.headings.map(heading => [#heading])),
      ..block.rows.flatten().map(cell => [#cell]),
    )
  }
}
#v(24pt)
#align(right, block(inset: (right: 4em), align(center)[#it.signed \\ #it.day]))
"""


def pdf(content: Bulletin) -> bytes:
    """The bulletin with embedded fonts, tagged for screen readers, without any date of its making."""
    files: dict[str, bytes] = {}
    blocks = [_block(block, number, files) for number, block in enumerate(content.blocks)]
    data = {
        "title": content.title,
        "addressees": content.addressees,
        "signed": content.signed,
        "day": content.day,
        "blocks": blocks,
    }
    source = _SOURCE.replace("BODY", _FAMILY_BODY).replace("HEAD", _FAMILY_HEAD)
    # Its types know of paths only; a mapping of names to contents is accepted, and needs no folder.
    told = json.dumps(with_texts(data, drawable), ensure_ascii=False).encode()
    inputs: Any = {"main.typ": source.encode(), "data.json": told, **files}
    made = typst.compile(
        inputs,
        font_paths=[str(font_file().parent)],
        ignore_system_fonts=True,
        format="pdf",
    )
    assert isinstance(made, bytes)
    return made


def _block(block: Heading | Paragraph | Grid | ChartPicture, number: int, files: dict[str, bytes]) -> dict[str, object]:
    match block:
        case Heading(text):
            return {"kind": "heading", "text": text}
        case Paragraph(text):
            return {"kind": "paragraph", "text": text}
        case ChartPicture(chart):
            files[f"chart-{number}.svg"] = chart.svg()
            return {"kind": "picture", "file": f"chart-{number}.svg", "alt": f"{chart.title}：{chart.description}"}
        case Grid():
            columns = zip(*block.rows, strict=True) if block.rows else ()
            return {
                "kind": "grid",
                "title": block.title,
                "headings": block.headings,
                "widths": block.widths,
                "right": [all(is_figure(cell) for cell in column) for column in columns],
                "rows": block.rows,
            }
