"""Files that a browser saves: their type, and the name that they are saved under.

That they are not sniffed and not kept by anybody between is with every answer (``headers``); what is public says
otherwise (``index.pages.public_answer``).
"""

from __future__ import annotations

import re
from typing import TypeVar
from urllib.parse import quote

from flask import Response, make_response
from werkzeug.wrappers import Response as BaseResponse

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
Answer = TypeVar("Answer", bound=BaseResponse)
_PLAIN = re.compile(r"[A-Za-z0-9!#$&+.^_`|~ @,()-]+")
"""A name that every browser reads between quotes (RFC 6266, appendix D)."""


def download(content: bytes | str, kind: str, name: str) -> Response:
    """A file of this type, to be saved."""
    answer = make_response(content)
    answer.content_type = kind
    return saved_as(answer, name)


def saved_as(answer: Answer, name: str, how: str = "attachment") -> Answer:
    """An answer with the name that it is saved under; ``how`` may be ``inline``: then it is shown first."""
    told = f'filename="{name}"' if _PLAIN.fullmatch(name) else f"filename*=UTF-8''{quote(name, safe='')}"
    answer.headers["Content-Disposition"] = f"{how}; {told}"
    return answer
