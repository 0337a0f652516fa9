"""Ending a request with a sentence of our own."""

from __future__ import annotations

from typing import NoReturn

from werkzeug.exceptions import HTTPException

DISK_FULL = (
    "服务器的磁盘已满，没有确认保存；已有的内容照常可以查看。"
    "请通知管理员清理磁盘，之后再试一次；手机上待发的内容会自动重发"
)
"""What is said with 507 (RFC 4918, 11.5)."""


class Refused(HTTPException):
    """An error whose description is for the reader, in Chinese. Werkzeug's own say nothing to people here."""

    def __init__(self, status: int, sentence: str, again_after_s: int | None = None) -> None:
        super().__init__(sentence)
        self.code = status
        self.again_after_s = again_after_s


def refuse(status: int, sentence: str, *, again_after_s: int | None = None) -> NoReturn:
    """End the request with this status, and this sentence on the page or as the answer's ``error``.

    ``again_after_s`` is told as ``Retry-After``.
    """
    raise Refused(status, sentence, again_after_s)
