"""What is handed out of a week: byte for byte as it was frozen; of a week as it stands, made of the figures of now.

What was not frozen with a revision is made of its frozen figures: all of it where an earlier version of the program
published it, and the charts of single areas.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from zoneinfo import ZoneInfo

from flask import Response, make_response

from ...domain.index.figures import PublishedWeek
from ...exports.index.files import FILES, made, picture, picture_file
from ...services.index.frozen import WeekFile
from ...services.index.week_files import frozen_file
from ..context import services
from ..refusing import refuse
from .pages import found_week, public_answer, require_week

_Load = Callable[[str], PublishedWeek]


def file_of(week: str, revision: int | None, name: str) -> WeekFile:
    """A file of a revision, the latest where none is given, or 404; of revision 0 for supervisors alone.

    Raises ``FrozenDamaged`` where what was frozen is gone or others.
    """
    require_week(week)
    if found := frozen_file(services(), week, revision, name):
        return found
    if name not in FILES:
        refuse(404, f"没有文件「{name}」")
    shown, zone = found_week(week, revision), services().settings.timezone
    digest = shown.head.digest
    return _made_once(services().frozen.week, digest, name, zone) if digest else made(shown, name, zone)


def picture_of(week: str, revision: int, name: str) -> WeekFile:
    """A chart or the card of a revision, as ``file_of``."""
    require_week(week)
    if found := frozen_file(services(), week, revision, picture_file(name)):
        return found
    shown = found_week(week, revision)
    digest = shown.head.digest
    drawn = _drawn_once(services().frozen.week, digest, name) if digest else picture(shown, name)
    if drawn is None:
        refuse(404, f"没有图「{name}」")
    return drawn


def answer_of(found: WeekFile) -> Response:
    """What is handed out, as an answer."""
    answer = make_response(found.content)
    answer.content_type = found.type
    return public_answer(answer)


def opened(answer: Response) -> Response:
    """An answer that pages of any site may read."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@lru_cache(maxsize=32)
def _made_once(load: _Load, digest: str, name: str, zone: ZoneInfo) -> WeekFile:
    """For all who ask: a letter takes a third of a second to set."""
    return made(load(digest), name, zone)


@lru_cache(maxsize=256)
def _drawn_once(load: _Load, digest: str, name: str) -> WeekFile | None:
    return picture(load(digest), name)
