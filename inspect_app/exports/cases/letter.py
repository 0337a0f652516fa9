"""The supervision letter (督办单) of a case as DOCX, in the layout of official documents (GB/T 9704-2012).

It goes to the unit, so it is made of what a unit may know and of nothing else.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from docx.enum.text import WD_ALIGN_PARAGRAPH

from ...domain.cases.unit_view import CaseForUnit
from ...domain.cases.working_time import guess_words
from ...domain.weeks import utc_text
from ..index.packing import repacked
from ..official_paper import BODY, HEAD, paper, picture, run, signature, text

_MOST_PHOTOS, _HIGHEST_MM = 4, 100


def letter(
    case: CaseForUnit,
    photos: Sequence[bytes],
    office: str,
    day: date,
    timezone: ZoneInfo,
    now: datetime,
    guessed: Sequence[int] = (),
) -> bytes:
    """The letter to the lead unit; ``photos`` are JPEGs without metadata, ``office`` signs it on ``day``.

    ``guessed`` are the years without known holidays that make its deadline a guess.
    """
    document = paper("整改督办单", office)
    number = document.add_paragraph()
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run(number, f"督办〔{case.id[:4]}〕{int(case.id[5:])}号", BODY, 16)
    run(document.add_paragraph(), f"{case.lead}：", BODY, 16)
    found = date.fromisoformat(case.found_on)
    again = f"该问题在同一点位已是第{case.times}次发现。" if case.times > 1 else ""
    about = f"{case.description.rstrip('。；')}。" if case.description.strip() != case.title.strip() else ""
    text(
        document,
        f"{found.year}年{found.month}月{found.day}日，在{case.area.replace(' ', '')}{case.place}"
        f"（{case.site_type}）发现：{case.title.rstrip('。')}。{about}{again}"
        + (f"依据测评体系条款{'、'.join(case.clauses)}。" if case.clauses else ""),
        BODY,
    )
    _paragraph(document, "整改要求", _demand(case, timezone, guess_words(guessed)))
    if case.joint:
        _paragraph(document, "协办单位", f"{'、'.join(case.joint)}。")
    if photos:
        _paragraph(document, "现场照片", f"共{len(photos[:_MOST_PHOTOS])}张，附后。")
    signature(document, office, f"{day.year}年{day.month}月{day.day}日")
    for number_, content in enumerate(photos[:_MOST_PHOTOS], start=1):
        picture(document, content, f"现场照片{number_}", case.title, _HIGHEST_MM)
    out = io.BytesIO()
    document.save(out)
    return repacked(out.getvalue(), utc_text(now))


def _demand(case: CaseForUnit, timezone: ZoneInfo, guess: str) -> str:
    if case.deadline is None:
        return "请抓紧整改，并上传整改后照片。"
    by = case.deadline.astimezone(timezone)
    unsure = f"（{guess}）" if guess else ""
    return (
        f"请于{by.year}年{by.month}月{by.day}日{by.hour}时{f'{by.minute}分' if by.minute else ''}前整改到位{unsure}，"
        "并在系统中上传整改后照片；确有困难的，应在期限内申请延期并说明理由。"
    )


def _paragraph(document: Any, heading: str, words: str) -> None:
    paragraph = text(document, f"{heading}：", HEAD)
    run(paragraph, words, BODY, 16)
