"""A published week's files: opened by the programs and libraries that people use, and the same bytes each time."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path

import frictionless
import pytest
from docx import Document
from docx.shared import Mm
from openpyxl import load_workbook
from PIL import Image

from inspect_app.exports.index.bulletin import Grid, Paragraph, bulletin
from inspect_app.exports.index.docx_paper import docx
from inspect_app.exports.index.package import archive, datapackage
from inspect_app.exports.index.pdf_paper import pdf
from inspect_app.exports.index.post import post_text
from inspect_app.exports.index.table import areas_table, as_csv, as_geojson, as_json, parts_table, sites_table
from inspect_app.exports.index.workbook import workbook
from inspect_app.settings import PROJECT
from tests.weeks import CITY, STREETS, made_week

DAY = date(2026, 11, 23)
WEEK = made_week()


@pytest.fixture(autouse=True)
def keep_the_limit_of_csv_fields():
    """frictionless raises it for the whole process, and other tests count on it."""
    limit = csv.field_size_limit()
    yield
    csv.field_size_limit(limit)


def files() -> dict[str, bytes]:
    content = bulletin(WEEK, DAY)
    return {
        "index.xlsx": workbook(WEEK),
        "bulletin.docx": docx(WEEK, content),
        "bulletin.pdf": pdf(content),
        "data.zip": archive(WEEK),
        "index.json": as_json(WEEK),
        "post.txt": post_text(WEEK).encode(),
    }


def digests() -> str:
    return "\n".join(f"{name} {hashlib.sha256(content).hexdigest()}" for name, content in files().items())


def test_the_same_week_gives_the_same_bytes_on_another_day_and_in_another_zone(tmp_path):
    """Another process, its clock a year ahead as far as Python tells the time, its zone and hashes others."""
    code = (
        "import time, datetime\n"
        "real = time.time\n"
        "time.time = lambda: real() + 366 * 86400\n"
        "from tests.exports.index.test_files import digests; print(digests())"
    )
    environment = {**os.environ, "TZ": "America/New_York", "PYTHONHASHSEED": "99", "MPLCONFIGDIR": str(tmp_path)}
    other = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == digests()


def test_office_files_carry_no_time_but_that_of_publication():
    for content in (workbook(WEEK), docx(WEEK, bulletin(WEEK, DAY)), archive(WEEK)):
        with zipfile.ZipFile(io.BytesIO(content)) as archived:
            assert {info.date_time for info in archived.infolist()} == {(2026, 11, 23, 1, 0, 0)}
            if "docProps/core.xml" in archived.namelist():
                dates = re.findall(rb">(20\d\d-[^<]*)<", archived.read("docProps/core.xml"))
                assert set(dates) == {b"2026-11-23T01:00:00Z"}


# --- XLSX ------------------------------------------------------------------------------------------------------------


def test_the_workbook_has_its_sheets_with_real_numbers_frozen_headings_and_a_print_set_up():
    book = load_workbook(io.BytesIO(workbook(WEEK)))
    assert book.sheetnames == ["排名", "维度", "测评项", "点位", "方法"]
    ranking = book["排名"]
    headings = [cell.value for cell in ranking[1]]
    first = {heading: ranking.cell(4 + 1, number) for number, heading in enumerate(headings, start=1)}
    assert (first["区域"].value, first["指数"].value, first["指数"].number_format) == ("中山街道", 97, "0.00")
    assert first["区划代码"].data_type == "s"
    assert [sheet.freeze_panes for sheet in book.worksheets] == ["D2", "C2", "C2", "C2", None]
    for sheet in book.worksheets[:-1]:
        assert sheet.page_setup.fitToWidth == 1
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.print_title_rows == "$1:$1"
        assert sheet.auto_filter.ref
    method = {row[0].value: row[1].value for row in book["方法"].iter_rows()}
    assert method["许可"].startswith("CC BY 4.0")
    assert method["方法"] == "第2版"
    assert method["校验码（SHA-256）"] == WEEK.head.digest


def test_a_name_like_a_formula_stays_a_name():
    book = load_workbook(io.BytesIO(workbook(WEEK)))
    named = [cell for row in book["排名"].iter_rows() for cell in row if cell.value == "=cmd|街道"]
    assert [cell.data_type for cell in named] == ["s"]
    assert b"'=cmd|" in as_csv(areas_table(WEEK))


# --- DOCX and PDF ----------------------------------------------------------------------------------------------------


def test_the_letter_has_the_layout_of_official_documents():
    document = Document(io.BytesIO(docx(WEEK, bulletin(WEEK, DAY))))
    section = document.sections[0]
    margins = [section.top_margin, section.bottom_margin, section.left_margin, section.right_margin]
    assert [round(margin.mm) for margin in margins] == [37, 35, 28, 26]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    title, body = document.paragraphs[0], document.paragraphs[2]
    assert (title.text, title.runs[0].font.size.pt) == ("荆州市公共文明指数测评情况通报", 22)
    assert "方正小标宋简体" in title.runs[0]._r.xml
    assert (body.runs[0].font.size.pt, "仿宋_GB2312" in body.runs[0]._r.xml) == (16, True)
    assert body.paragraph_format.first_line_indent.pt == 32
    assert all("w:tblHeader" in table.rows[0]._tr.xml for table in document.tables)
    assert len(document.inline_shapes) == 2
    assert all(shape._inline.docPr.get("descr") for shape in document.inline_shapes)
    assert document.inline_shapes[0].width <= Mm(156)
    assert "PAGE" in section.footer.paragraphs[0]._p.xml


def text_of(path: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_libreoffice_opens_the_letter_and_makes_pages_of_it_that_can_be_read(tmp_path):
    (tmp_path / "bulletin.docx").write_bytes(docx(WEEK, bulletin(WEEK, DAY)))
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "bulletin.docx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    text = text_of(tmp_path / "bulletin.pdf")
    for words in ("荆州市公共文明指数测评情况通报", "一、总体情况", "中山街道", "— 1 —", "2026 年 11 月 23 日"):
        assert words.replace(" ", "") in text.replace(" ", "")
    # 22 lines fit on a page, so the four pages of this letter are no fewer and not many more.
    assert 3 <= text.count("\f") <= 5
    subprocess.run(["pdftoppm", "-r", "40", "-png", tmp_path / "bulletin.pdf", tmp_path / "page"], check=True)
    pages = [Image.open(path).convert("L") for path in sorted(tmp_path.glob("page-*.png"))]
    for page in pages:
        top, left = page.height * 37 // 297 - 6, page.width * 28 // 210 - 6
        assert page.crop((0, 0, page.width, top)).getextrema()[0] > 200, "the top margin is white"
        assert page.crop((0, 0, left, page.height)).getextrema()[0] > 200, "the left margin is white"
        assert page.getextrema()[0] < 100, "there is something on the page"


def test_the_pdf_has_its_text_and_its_own_typefaces(tmp_path):
    path = tmp_path / "bulletin.pdf"
    path.write_bytes(pdf(bulletin(WEEK, DAY)))
    text = re.sub(r"\s", "", text_of(path))
    for words in (
        "荆州市公共文明指数测评情况通报",
        "三、各街道乡镇情况",
        "荆州经济技术开发区",
        "=cmd|街道",
        "2026年11月23日",
    ):
        assert words in text
    fonts = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert fonts
    assert all(re.search(r"\s(yes)\s+(yes)\s+(yes|no)\s", line) for line in fonts), "embedded, as subsets"
    about = subprocess.run(["pdfinfo", path], capture_output=True, text=True, check=True).stdout
    assert "CreationDate" not in about
    assert re.search(r"Tagged:\s+yes", about)


def test_the_letter_says_no_more_than_the_intervals_bear():
    """The districts' changes of -0.4 are within their errors; the city's rise of 1.62 is sure."""
    said = " ".join(block.text for block in bulletin(WEEK, DAY).blocks if isinstance(block, Paragraph))
    assert "比上周上升 1.62" in said
    assert "各区域的变化都在误差之内" in said
    assert "荆州经济技术开发区样本不足，不排名" in said
    grids = [block for block in bulletin(WEEK, DAY).blocks if isinstance(block, Grid)]
    streets = next(grid for grid in grids if "街道" in grid.title)
    assert len(streets.rows) == len(STREETS)
    assert streets.rows[0][:3] == ("1", "中山街道", "97.00")
    assert streets.rows[-1][4] == "样本不足"


def test_a_correction_says_so_in_every_text():
    week = made_week(revision=2, reason="补录三次测评")
    for text in (post_text(week), " ".join(b.text for b in bulletin(week, DAY).blocks if isinstance(b, Paragraph))):
        assert "第2版" in text
        assert "补录三次测评" in text


# --- open data -------------------------------------------------------------------------------------------------------


def test_the_data_package_is_valid_for_its_own_library(tmp_path):
    with zipfile.ZipFile(io.BytesIO(archive(WEEK))) as archived:
        archived.extractall(tmp_path)
    report = frictionless.validate(str(tmp_path / "datapackage.json"))
    assert report.valid, report.flatten(["title", "message"])
    assert [task.stats["rows"] for task in report.tasks] == [len(table.rows) for table in map_tables()]
    # A figure that cannot be is found: the check is no formality.
    damaged = tmp_path / "areas.csv"
    damaged.write_bytes(damaged.read_bytes().replace(b"97.000000", b"970.00000"))
    assert not frictionless.validate(str(tmp_path / "datapackage.json")).valid
    about = json.loads(datapackage(WEEK))
    assert (about["licenses"][0]["name"], about["method"], about["digest"]) == ("CC-BY-4.0", "2", WEEK.head.digest)


def map_tables():
    return areas_table(WEEK), parts_table(WEEK), sites_table(WEEK)


def test_the_csv_is_as_rfc_4180_has_it_and_excel_reads_its_chinese():
    content = as_csv(areas_table(WEEK), titles=True)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == len(WEEK.rows) + 1
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert (rows[3]["区域"], rows[3]["得分率"], rows[3]["样本足够"]) == ("中山街道", "97.00", "是")
    machine = list(csv.DictReader(io.StringIO(as_csv(areas_table(WEEK)).decode("utf-8-sig"))))
    assert (machine[0]["area"], machine[0]["rate"], machine[0]["change_sure"]) == (CITY, "80.500000", "true")


def test_geojson_has_every_area_and_null_where_no_outline_is_known():
    document = json.loads(as_geojson(WEEK))
    kinds = {feature["id"]: feature["geometry"] and feature["geometry"]["type"] for feature in document["features"]}
    assert kinds[CITY] is None
    assert sum(kind == "Polygon" for kind in kinds.values()) == len(STREETS)
    assert document["licence"] == "CC BY 4.0"


def test_no_file_tells_who_inspected_or_when():
    """All that the figures hold of a site is its name and rate: there is no field for more."""
    document = json.loads(as_json(WEEK))
    assert set(document["sites"][0]) == {"site", "name", "type_title", "area", "rate", "inspections"}
